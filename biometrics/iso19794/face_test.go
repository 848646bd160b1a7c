package iso19794

import (
	"bytes"
	"encoding/hex"
	"errors"
	"image"
	"image/jpeg"
	"reflect"
	"strings"
	"testing"
)

// sample is a record of one face, octet by octet after ISO/IEC 19794-5:2005
// §5.4 to §5.7, around an image of four octets.
const sample = `
	46414300 30313000 00000042 0001
	00000034 0002 02 03 02 000005 0001 01B402 030405
	01 C1 0064 012C 0000
	01 C2 00C8 012C 0000
	01 01 01E0 0280 01 06 0007 0058
	FF4FFF51`

var sampleFace = Face{
	Gender: Female, Eyes: EyesBrown, Hair: HairBlack,
	Features: FeaturesSpecified | Moustache, Expression: Neutral,
	Pose: [3]Angle{NewAngle(0), NewAngle(-2), NewAngle(2)}, PoseUncertainty: [3]byte{3, 4, 5},
	Points: []FacePoint{{Type: MPEG4, Code: PointEyeLeft, X: 100, Y: 300}, {Type: MPEG4, Code: PointEyeRight, X: 200, Y: 300}},
	Kind:   FullFrontal, Coding: JPEG2000, Width: 480, Height: 640,
	Colour: RGB24, Source: VideoDigital, DeviceType: 7, Quality: 88,
	Image: []byte{0xFF, 0x4F, 0xFF, 0x51},
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRecord(t *testing.T) {
	want := unhex(t, sample)
	r := &FaceRecord{Faces: []Face{sampleFace}}
	got, err := r.Marshal()
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("written %X, %v\n   want %X", got, err, want)
	}
	back, err := ParseFace(want)
	if err != nil || !reflect.DeepEqual(back, r) {
		t.Errorf("read %+v, %v", back, err)
	}
	two := &FaceRecord{Faces: []Face{sampleFace, {Image: []byte{1}}}}
	b, err := two.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if back, err := ParseFace(b); err != nil || !reflect.DeepEqual(back, two) {
		t.Errorf("two faces: %+v, %v", back, err)
	}
}

// TestCut: a record that ends early, or late, is refused wherever it ends.
func TestCut(t *testing.T) {
	whole := unhex(t, sample)
	for n := range whole {
		if r, err := ParseFace(whole[:n]); !errors.Is(err, ErrFace) || r != nil {
			t.Errorf("%d bytes were taken: %v", n, err)
		}
	}
	if _, err := ParseFace(append(whole, 0)); !errors.Is(err, ErrFace) {
		t.Errorf("one more: %v", err)
	}
}

func TestHostile(t *testing.T) {
	change := func(at int, v ...byte) []byte {
		b := unhex(t, sample)
		copy(b[at:], v)
		return b
	}
	long := append(unhex(t, sample), make([]byte, MaxRecord)...)
	copy(long[8:], []byte{0, 0x80, 0, 0x42})
	for name, b := range map[string][]byte{
		"format":                  change(0, 'X'),
		"version of 2011":         change(4, '0', '3', '0'),
		"no face":                 change(12, 0, 0),
		"17 faces":                change(12, 0, 17),
		"two faces, one there":    change(12, 0, 2),
		"block past the end":      change(14, 0, 0, 0, 0x35),
		"block of nothing":        change(14, 0, 0, 0, 0),
		"block without an image":  change(14, 0, 0, 0, 0x30),
		"block before the end":    change(14, 0, 0, 0, 0x33),
		"points past the end":     change(18, 0, 3),
		"as many points as go in": change(18, 0xFF, 0xFF),
		"too long":                long,
	} {
		if r, err := ParseFace(b); !errors.Is(err, ErrFace) || r != nil {
			t.Errorf("%s was taken: %v", name, err)
		}
	}
}

func TestMarshalRefuses(t *testing.T) {
	for name, change := range map[string]func(*Face){
		"no image":       func(f *Face) { f.Image = nil },
		"too wide":       func(f *Face) { f.Width = 1 << 16 },
		"negative":       func(f *Face) { f.Height = -1 },
		"point outside":  func(f *Face) { f.Points = []FacePoint{{X: 1 << 16}} },
		"25th bit":       func(f *Face) { f.Features = 1 << 24 },
		"too many bytes": func(f *Face) { f.Image = make([]byte, MaxRecord) },
	} {
		f := sampleFace
		change(&f)
		if b, err := (&FaceRecord{Faces: []Face{f}}).Marshal(); !errors.Is(err, ErrFace) || b != nil {
			t.Errorf("%s was written: %v", name, err)
		}
	}
	for _, n := range []int{0, MaxFaces + 1} {
		if _, err := (&FaceRecord{Faces: make([]Face, n)}).Marshal(); !errors.Is(err, ErrFace) {
			t.Errorf("%d faces: %v", n, err)
		}
	}
}

func TestAngle(t *testing.T) {
	for degrees, want := range map[float64]Angle{0: 1, 2: 2, 45: 24, 90: 46, 180: 91, -2: 180, -90: 136, -178: 92, -180: 91, 181.5: 0, -200: 0} {
		a := NewAngle(degrees)
		if a != want {
			t.Errorf("%v° is %d, want %d", degrees, a, want)
		}
		if back, ok := a.Degrees(); ok != (want != 0) || ok && degrees > -180 && max(back-int(degrees), int(degrees)-back) > 1 {
			t.Errorf("%v° comes back as %d, %v", degrees, back, ok)
		}
	}
	for _, a := range []Angle{0, 181, 255} {
		if d, ok := a.Degrees(); ok || d != 0 {
			t.Errorf("%d is %d°", a, d)
		}
	}
}

func picture(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestNewFace(t *testing.T) {
	f, err := NewFace(FullFrontal, picture(t, image.NewRGBA(image.Rect(0, 0, 480, 640))))
	if err != nil || f.Width != 480 || f.Height != 640 || f.Colour != RGB24 || f.Coding != JPEG {
		t.Fatalf("%+v, %v", f, err)
	}
	if g, err := NewFace(Basic, picture(t, image.NewGray(image.Rect(0, 0, 4, 3)))); err != nil || g.Colour != Grey8 {
		t.Errorf("grey: %v", err)
	}
	if f, err := NewFace(Basic, []byte("GIF89a")); !errors.Is(err, ErrFace) || f != nil {
		t.Errorf("a GIF: %v", err)
	}
}

// TestCheck: each statement that does not hold is found, and a good one passes.
func TestCheck(t *testing.T) {
	points := func(lx, rx, y int) []FacePoint {
		return []FacePoint{{Type: MPEG4, Code: PointEyeLeft, X: lx, Y: y}, {Type: MPEG4, Code: PointEyeRight, X: rx, Y: y}}
	}
	good := func(kind FaceKind) Face {
		f, err := NewFace(kind, picture(t, image.NewRGBA(image.Rect(0, 0, 480, 640))))
		if err != nil {
			t.Fatal(err)
		}
		f.Points = points(300, 180, 288)
		return *f
	}
	for name, test := range map[string]struct {
		kind   FaceKind
		change func(*Face)
		ok     bool
	}{
		"full frontal":            {FullFrontal, func(*Face) {}, true},
		"token":                   {TokenFrontal, func(*Face) {}, true},
		"without points":          {TokenFrontal, func(f *Face) { f.Points = nil }, true},
		"basic":                   {Basic, func(f *Face) { f.Points = points(20, 10, 5) }, true},
		"grey as other":           {FullFrontal, func(f *Face) { f.Colour = ColourOther }, true},
		"other width":             {FullFrontal, func(f *Face) { f.Width-- }, false},
		"colour as grey":          {FullFrontal, func(f *Face) { f.Colour = Grey8 }, false},
		"JPEG as JPEG 2000":       {FullFrontal, func(f *Face) { f.Coding = JPEG2000 }, false},
		"other coding":            {FullFrontal, func(f *Face) { f.Coding = 9 }, false},
		"damaged":                 {FullFrontal, func(f *Face) { f.Image = f.Image[:10] }, false},
		"eyes outside":            {FullFrontal, func(f *Face) { f.Points = points(480, 180, 288) }, false},
		"eyes close together":     {FullFrontal, func(f *Face) { f.Points = points(260, 180, 288) }, false},
		"token, eyes elsewhere":   {TokenFrontal, func(f *Face) { f.Points = points(310, 180, 288) }, false},
		"token, eyes exchanged":   {TokenFrontal, func(f *Face) { f.Points = points(180, 300, 288) }, false},
		"token, eyes too far up":  {TokenFrontal, func(f *Face) { f.Points = points(300, 180, 280) }, false},
		"JPEG 2000":               {FullFrontal, func(f *Face) { f.Coding, f.Image = JPEG2000, sampleFace.Image }, true},
		"full frontal, landscape": {FullFrontal, func(f *Face) { f.Coding, f.Image, f.Width = JPEG2000, sampleFace.Image, 640 }, false},
		"token, 5:7":              {TokenFrontal, func(f *Face) { f.Coding, f.Image, f.Width = JPEG2000, sampleFace.Image, 457 }, false},
	} {
		f := good(test.kind)
		test.change(&f)
		if err := f.Check(); (err == nil) != test.ok || err != nil && !errors.Is(err, ErrStatement) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzFace: what is read, written again, is the same to the octet, within the
// limits; and judging it never fails by itself.
func FuzzFace(f *testing.F) {
	f.Add(unhex(f, sample))
	two := &FaceRecord{Faces: []Face{sampleFace, {Image: []byte{1}}}}
	b, err := two.Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ParseFace(b)
		if err != nil {
			if r != nil || !errors.Is(err, ErrFace) {
				t.Fatalf("%+v, %v", r, err)
			}
			return
		}
		again, err := r.Marshal()
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%X written again: %X, %v", b, again, err)
		}
		for i := range r.Faces {
			if err := r.Faces[i].Check(); err != nil && !errors.Is(err, ErrStatement) {
				t.Fatal(err)
			}
		}
	})
}
