package tfjs_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/tram-station/tram/biometrics/face/onnx"
	"github.com/tram-station/tram/biometrics/face/tfjs"
	"github.com/tram-station/tram/testdata"
)

// network is one of the two, with what it is held against.
type network struct {
	name, files string
	convert     func(manifest, weights []byte) ([]byte, error)
	slow        func(map[string][]float64, block) []float64
	side        int
	output      string
	// first are the first numbers that face-api 1.7.15 itself gives for the
	// drawn picture (TensorFlow.js 4.22, its backend "cpu").
	first  []float64
	digest string // SHA-256 of the model
}

var networks = []network{
	{"landmarks", "face_landmark_68_model", tfjs.Landmarks68, slowLandmarks, 112, "landmarks",
		[]float64{0.23414218425750732, 0.4917469322681427, 0.31033164262771606, 0.5541294813156128},
		"a38d62af7751cadafaa768a38d11c8fa302c511d4ba9aa7d14d960001150cf41"},
	{"recognition", "face_recognition_model", tfjs.Recognition, slowRecognition, 150, "embedding",
		[]float64{-0.091968834400177, 0.13891541957855225, 0.04009570926427841, -0.0019578805658966303},
		"fcb745894316df34d506682275e963680538d100f21fe2c030d3c30e84f46950"},
}

// source reads the published weights out of the assets.
func (n network) source(tb testing.TB) (manifest, weights []byte) {
	tb.Helper()
	read := func(ending string) []byte {
		path := testdata.Asset(tb, "sources/face-api/"+n.files+ending)
		b, err := os.ReadFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		return b
	}
	return read("-weights_manifest.json"), read(".bin")
}

// drawn is a picture with edges, slopes and colours, and no two alike parts.
func drawn(side int) block {
	b := newBlock(side, side, 3)
	s := float64(side)
	for y := range side {
		for x := range side {
			fx, fy := float64(x)/s, float64(y)/s
			for c := range 3 {
				v := 60 + 120*fx*float64(c+1)/3 + 60*math.Sin(9*fy+float64(c))*math.Cos(7*fx)
				for i, eye := range [][2]float64{{0.33, 0.4}, {0.67, 0.42}, {0.5, 0.75}} {
					if math.Hypot((fx-eye[0])*1.3, fy-eye[1]) < 0.05+0.02*float64(i) {
						v = 25 + 20*float64(c)
					}
				}
				*b.at(y, x, c) = math.Round(min(max(v, 0), 255))
			}
		}
	}
	return b
}

// planes lays a picture out as the models take it.
func planes(b block) onnx.Tensor {
	t := onnx.Tensor{Shape: []int64{1, 3, int64(b.h), int64(b.w)}}
	for c := range 3 {
		for y := range b.h {
			for x := range b.w {
				t.Data = append(t.Data, float32(*b.at(y, x, c)))
			}
		}
	}
	return t
}

// TestEqual: the model in ONNX Runtime computes what the published network
// does.
func TestEqual(t *testing.T) {
	path := testdata.Asset(t, onnx.Library())
	rt, err := onnx.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range networks {
		t.Run(n.name, func(t *testing.T) {
			manifest, weights := n.source(t)
			model, err := n.convert(manifest, weights)
			if err != nil {
				t.Fatal(err)
			}
			s, err := rt.Open(model, 1)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if out := s.Outputs()[0].Name; out != n.output || s.Inputs()[0].Name != "input" {
				t.Errorf("input %v, output %q", s.Inputs(), out)
			}
			picture := drawn(n.side)
			got, err := s.Run(planes(picture))
			if err != nil {
				t.Fatal(err)
			}
			want := n.slow(published(t, manifest, weights), picture)
			worst, largest := apart(t, got[0].Data, want)
			t.Logf("at most %.2g apart, the largest number is %.2g", worst, largest)
			if worst > 1e-5*largest {
				t.Errorf("%v apart, the largest number is %v", worst, largest)
			}
			if d, _ := apart(t, got[0].Data[:len(n.first)], n.first); d > 1e-5*largest {
				t.Errorf("the first numbers are %v, face-api gives %v", got[0].Data[:len(n.first)], n.first)
			}
			// The control: another picture gives other numbers.
			picture.each(func(v float64, _ int) float64 { return 255 - v })
			other, err := s.Run(planes(picture))
			if err != nil {
				t.Fatal(err)
			}
			if d, _ := apart(t, other[0].Data, want); d < 1e-2*largest {
				t.Errorf("the negative is only %v apart", d)
			}
		})
	}
}

// apart is the largest difference, and the largest number of want.
func apart(t *testing.T, got []float32, want []float64) (worst, largest float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d numbers, want %d", len(got), len(want))
	}
	for i := range want {
		worst = max(worst, math.Abs(float64(got[i])-want[i]))
		largest = max(largest, math.Abs(want[i]))
	}
	return worst, largest
}

// TestDigest: the model is the same every time and everywhere.
func TestDigest(t *testing.T) {
	for _, n := range networks {
		manifest, weights := n.source(t)
		for range 2 {
			model, err := n.convert(manifest, weights)
			if err != nil {
				t.Fatal(err)
			}
			sum := sha256.Sum256(model)
			if got := hex.EncodeToString(sum[:]); got != n.digest {
				t.Errorf("%s has SHA-256 %s, want %s", n.name, got, n.digest)
			}
		}
	}
}

// TestWrong: weights that are cut, changed in shape or of another network are
// errors.
func TestWrong(t *testing.T) {
	manifest, weights := networks[0].source(t)
	other, otherWeights := networks[1].source(t)
	text := string(manifest)
	change := func(old, replacement string) []byte {
		t.Helper()
		changed := strings.Replace(text, old, replacement, 1)
		if changed == text {
			t.Fatalf("no %q in the manifest", old)
		}
		return []byte(changed)
	}
	for name, in := range map[string][2][]byte{
		"nothing":             {nil, nil},
		"no JSON":             {[]byte("weights"), weights},
		"no group":            {[]byte("[]"), weights},
		"a byte short":        {manifest, weights[:len(weights)-1]},
		"a byte more":         {manifest, append(weights[:len(weights):len(weights)], 0)},
		"another network":     {other, otherWeights},
		"of another type":     {change(`"float32"`, `"int32"`), weights},
		"two bytes a weight":  {change(`"uint8"`, `"uint16"`), weights},
		"negative":            {change(`[3,3,3,32]`, `[3,3,-3,32]`), weights},
		"huge":                {change(`[3,3,3,32]`, `[3000000,3000000,3000000,32]`), weights},
		"another shape":       {change(`[3,3,3,32]`, `[3,3,32,3]`), weights},
		"another name":        {change(`dense0/conv0/filters`, `dense9/conv0/filters`), weights},
		"a name twice":        {change(`dense0/conv1/bias`, `dense0/conv0/bias`), weights},
		"infinite":            {change(`"min":-0.58`, `"min":-1e300`), weights},
		"more than is needed": {change(`{"name":"fc/bias"`, `{"name":"x","shape":[1],"dtype":"float32","quantization":{"dtype":"uint8","scale":1,"min":0}},{"name":"fc/bias"`), append(weights[:len(weights):len(weights)], 0)},
	} {
		if model, err := tfjs.Landmarks68(in[0], in[1]); !errors.Is(err, tfjs.ErrWeights) || model != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := tfjs.Landmarks68(manifest, weights); err != nil {
		t.Errorf("the control: %v", err)
	}
}
