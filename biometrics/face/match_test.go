package face_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/tram-station/tram/biometrics/face"
)

func TestCompare(t *testing.T) {
	a := face.Template{Model: "m", Vector: []float32{3, 4}}
	for _, c := range []struct {
		b    face.Template
		want float64
	}{
		{a, 1},
		{face.Template{Model: "m", Vector: []float32{-6, -8}}, -1},
		{face.Template{Model: "m", Vector: []float32{-4, 3}}, 0},
	} {
		if got, err := face.Compare(a, c.b); err != nil || math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%v: %v, %v; want %v", c.b.Vector, got, err, c.want)
		}
	}
	for _, other := range []face.Template{{Model: "n", Vector: a.Vector}, {Model: "m", Vector: a.Vector[:1]}} {
		if _, err := face.Compare(a, other); !errors.Is(err, face.ErrOtherModel) {
			t.Errorf("%v %v", other.Vector, err)
		}
	}
	if _, err := face.Compare(a, face.Template{Model: "m", Vector: make([]float32, 2)}); err == nil {
		t.Error("an empty template was compared")
	}
}

func TestBands(t *testing.T) {
	b := face.Bands{Accept: 0.5, Review: 0.35}
	for score, want := range map[float64]face.Band{1: face.Accept, 0.5: face.Accept, 0.49: face.Review, 0.35: face.Review, 0.34: face.Alarm, -1: face.Alarm, math.NaN(): face.Alarm} {
		if got := b.Of(score); got != want {
			t.Errorf("%v: %v, want %v", score, got, want)
		}
	}
}

// TestTemplateIsSilent: biometric data is in no log.
func TestTemplateIsSilent(t *testing.T) {
	a := face.Template{Model: "m", Vector: []float32{0.125}}
	if s := fmt.Sprint(a, a.LogValue()); strings.Contains(s, "0.125") {
		t.Errorf("said %q", s)
	}
}
