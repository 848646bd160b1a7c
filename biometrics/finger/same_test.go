package finger_test

import (
	"image"
	"maps"
	"slices"
	"testing"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/finger"
	"github.com/tram-station/tram/biometrics/minutiae"
	"github.com/tram-station/tram/biometrics/virtual"
)

type hand = map[biometrics.Finger]*minutiae.Template

// drawn is a hand of ten drawn prints.
func drawn(t *testing.T, seed int64, fingers ...biometrics.Finger) hand {
	t.Helper()
	h := hand{}
	for _, f := range fingers {
		h[f] = found(t, virtual.Ridges(seed, f))
	}
	return h
}

func found(t *testing.T, img *image.Gray) *minutiae.Template {
	t.Helper()
	m, err := minutiae.Extract(img, 500)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// again is another touch of the same finger: a part of it, elsewhere on the
// platen.
func again(img *image.Gray) *image.Gray {
	b := img.Bounds()
	moved := image.NewGray(b)
	for y := range b.Dy() {
		for x := range b.Dx() {
			moved.Pix[y*moved.Stride+x] = 245
			if u, v := x-25, y+30; u >= 0 && v < b.Dy() {
				moved.Pix[y*moved.Stride+x] = img.GrayAt(b.Min.X+u, b.Min.Y+v).Y
			}
		}
	}
	return moved
}

var allTen = []biometrics.Finger{
	biometrics.RightThumb, biometrics.RightIndex, biometrics.RightMiddle, biometrics.RightRing, biometrics.RightLittle,
	biometrics.LeftThumb, biometrics.LeftIndex, biometrics.LeftMiddle, biometrics.LeftRing, biometrics.LeftLittle,
}

func TestTenFingersDoNotClash(t *testing.T) {
	h := drawn(t, 3, allTen...)
	if c := finger.Clashes(h); len(c) != 0 {
		t.Errorf("ten different fingers clash: %v", c)
	}
	if c := finger.Swapped(h, h); len(c) != 0 {
		t.Errorf("fingers in their places are swapped: %v", c)
	}
}

func TestARepeatedFingerIsSeenUnderAnotherName(t *testing.T) {
	h := drawn(t, 3, biometrics.RightIndex, biometrics.RightMiddle, biometrics.LeftIndex)
	h[biometrics.LeftMiddle] = found(t, again(virtual.Ridges(3, biometrics.RightIndex)))
	c := finger.Clashes(h)
	if len(c) != 1 || c[0].A != biometrics.RightIndex || c[0].B != biometrics.LeftMiddle || c[0].Score < minutiae.SameFinger {
		t.Errorf("right index again as left middle: %v", c)
	}
}

func TestASwapAgainstTheCardIsSeen(t *testing.T) {
	card := drawn(t, 5, biometrics.RightIndex, biometrics.LeftIndex)
	prints := hand{
		biometrics.RightIndex: found(t, again(virtual.Ridges(5, biometrics.LeftIndex))),
		biometrics.LeftIndex:  found(t, again(virtual.Ridges(5, biometrics.RightIndex))),
		biometrics.LeftMiddle: found(t, virtual.Ridges(5, biometrics.LeftMiddle)),
	}
	var got []biometrics.Finger
	for _, c := range finger.Swapped(prints, card) {
		got = append(got, c.A, c.B)
	}
	want := []biometrics.Finger{biometrics.RightIndex, biometrics.LeftIndex, biometrics.LeftIndex, biometrics.RightIndex}
	if !slices.Equal(got, want) {
		t.Errorf("swapped %v, want %v", got, want)
	}
}

// TestAPrintOfItsOwnFingerIsNotSwapped: where the card holds one finger twice,
// the print that is in its place is not called swapped.
func TestAPrintOfItsOwnFingerIsNotSwapped(t *testing.T) {
	card := drawn(t, 5, biometrics.RightIndex, biometrics.LeftIndex)
	card[biometrics.LeftIndex] = card[biometrics.RightIndex]
	prints := maps.Clone(card)
	delete(prints, biometrics.LeftIndex)
	if c := finger.Swapped(prints, card); len(c) != 0 {
		t.Errorf("%v", c)
	}
}

func TestNothingClashesWithNothing(t *testing.T) {
	h := drawn(t, 5, biometrics.RightIndex)
	h[biometrics.LeftIndex] = nil
	if c := append(finger.Clashes(h), finger.Swapped(h, hand{})...); len(c) != 0 {
		t.Errorf("%v", c)
	}
}
