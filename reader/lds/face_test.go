package lds

import (
	"bytes"
	"testing"
)

// record builds a facial record around an image (ISO/IEC 19794-5:2005 §5).
func record(points int, img []byte) []byte {
	size := 20 + 8*points + 12 + len(img)
	u32 := func(n int) []byte { return []byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)} }
	return bytes.Join([][]byte{
		[]byte("FAC\x00010\x00"), u32(14 + size), {0, 1},
		u32(size), {0, byte(points)}, make([]byte, 14), make([]byte, 8*points),
		{1, 0, 0x01, 0x9D, 0x02, 0x13, 1, 0, 0, 0, 0, 0}, img,
	}, nil)
}

func dg2(tag uint32, block []byte) []byte {
	return node(0x75, node(0x7F61, node(0x02, []byte{1}), node(0x7F60, node(0xA1, node(0x81, []byte{2})), node(tag, block))))
}

var jpegHead = []byte{0xFF, 0xD8, 0xFF, 0xE0, 0, 16, 'J', 'F', 'I', 'F'}

func TestDG2(t *testing.T) {
	for name, test := range map[string]struct {
		img   []byte
		media string
	}{
		"JPEG":       {jpegHead, MediaJPEG},
		"JPEG 2000":  {[]byte("\x00\x00\x00\x0CjP  \r\n\x87\n\x00"), MediaJP2},
		"codestream": {[]byte{0xFF, 0x4F, 0xFF, 0x51, 0}, MediaJ2C},
	} {
		for _, points := range []int{0, 3} {
			for _, tag := range []uint32{0x5F2E, 0x7F2E} {
				f, err := ParseDG2(dg2(tag, record(points, test.img)))
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if f.MediaType != test.media || !bytes.Equal(f.Image, test.img) || f.Width != 413 || f.Height != 531 {
					t.Errorf("%s, %d points: %s, %d bytes, %d × %d", name, points, f.MediaType, len(f.Image), f.Width, f.Height)
				}
			}
		}
	}
}

// newBlock wraps an image as ISO/IEC 39794-5 does.
func newBlock(img []byte) []byte {
	image := node(0xA1, node(0xA0, node(0xA0, node(0x80, img), node(0xA1))))
	return node(0xA1, node(0x65, node(0xA0, node(0x80, []byte{3})), node(0xA1, node(0x30, node(0x80, []byte{0}), image))))
}

func TestDG2New(t *testing.T) {
	f, err := ParseDG2(dg2(0x7F2E, newBlock(jpegHead)))
	if err != nil || f.MediaType != MediaJPEG || !bytes.Equal(f.Image, jpegHead) {
		t.Errorf("%+v, %v", f, err)
	}
	for name, block := range map[string][]byte{
		"no image": node(0xA1, node(0x65, node(0xA1))), "cut": node(0xA1, node(0x65, []byte{0xA1, 9})), "GIF": newBlock([]byte("GIF89a")),
	} {
		if f, err := ParseDG2(dg2(0x7F2E, block)); err == nil || f != nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestDG2Hostile(t *testing.T) {
	change := func(at int, v byte) []byte {
		r := record(1, jpegHead)
		r[at] = v
		return dg2(0x5F2E, r)
	}
	for name, b := range map[string][]byte{
		"unknown image":   dg2(0x5F2E, record(0, []byte("GIF89a"))),
		"no image":        dg2(0x5F2E, record(0, nil)),
		"other format":    change(0, 'X'),
		"other version":   change(5, '2'),
		"record length":   change(11, 0),
		"no face":         change(13, 0),
		"block length":    change(14, 0xFF),
		"points past end": change(18, 0xFF),
		"short record":    dg2(0x5F2E, record(0, nil)[:40]),
		"count zero":      node(0x75, node(0x7F61, node(0x02, []byte{0}), node(0x7F60, node(0x5F2E, record(0, jpegHead))))),
		"no template":     node(0x75, node(0x7F61, node(0x02, []byte{1}))),
		"no block":        node(0x75, node(0x7F61, node(0x02, []byte{1}), node(0x7F60, node(0xA1)))),
		"empty":           nil,
		"too long":        make([]byte, maxBiometrics+1),
	} {
		if f, err := ParseDG2(b); err == nil || f != nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// fullFace is the record of one face that states all there is to state.
func fullFace(img []byte) []byte {
	u32 := func(n int) []byte { return []byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)} }
	return bytes.Join([][]byte{
		u32(20 + 8 + 12 + len(img)), {0, 1}, {2, 3, 0xFF, 0x00, 0x00, 0x05, 0x00, 0x01, 1, 180, 2, 3, 4, 5},
		{1, 0x31, 0x00, 0x64, 0x01, 0x2C, 0, 0},
		{2, 0, 0x01, 0x9D, 0x02, 0x13, 3, 2, 0, 7, 0, 88}, img,
	}, nil)
}

func TestDG2States(t *testing.T) {
	one := fullFace(jpegHead)
	two := append(append([]byte{}, one...), fullFace([]byte{0xFF, 0x4F, 0xFF, 0x51, 0})...)
	n := 14 + len(two)
	rec := append([]byte("FAC\x00010\x00"), 0, 0, byte(n>>8), byte(n), 0, 2)
	f, err := ParseDG2(node(0x75, node(0x7F61, node(0x02, []byte{2}),
		node(0x7F60, node(0xA1, node(0x81, []byte{2}), node(0x82, []byte{0}), node(0x83, []byte{0x20}), node(0x85, []byte{0x21}),
			node(0x87, []byte{1, 1}), node(0x88, []byte{0, 8})), node(0x5F2E, append(rec, two...))),
		node(0x7F60, node(0x7F2E, newBlock(jpegHead))))))
	if err != nil {
		t.Fatal(err)
	}
	if f.Gender != "female" || f.Eyes != "brown" || f.Hair != "other" || f.Kind != "token-frontal" || f.Colour != "grey8" ||
		f.Source != "camera" || f.Quality != 88 || f.Features != 5 || f.Expression != 1 ||
		f.Pose != [3]byte{1, 180, 2} || f.PoseUncertainty != [3]byte{3, 4, 5} {
		t.Errorf("%+v", f)
	}
	if len(f.Points) != 1 || f.Points[0] != (FeaturePoint{1, 0x31, 100, 300}) {
		t.Errorf("points %+v", f.Points)
	}
	if h := f.Template; h.Owner != 0x101 || h.Format != 8 || h.Kind[0] != 2 || h.Subtype[0] != 0 || h.Created[0] != 0x20 || h.Validity[0] != 0x21 {
		t.Errorf("header %+v", h)
	}
	if len(f.Others) != 2 || f.Others[0].MediaType != MediaJ2C || f.Others[0].Template.Owner != 0x101 || f.Others[1].Gender != "" {
		t.Errorf("%d others: %+v", len(f.Others), f.Others)
	}
	three := append([]byte("FAC\x00010\x00"), 0, 0, byte(n>>8), byte(n), 0, 3)
	extra := append([]byte("FAC\x00010\x00"), 0, 0, byte(n>>8), byte(n), 0, 1)
	for name, r := range map[string][]byte{"one face too few": append(three, two...), "one too many": append(extra, two...)} {
		if f, err := ParseDG2(dg2(0x5F2E, r)); err == nil || f != nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// coded wraps a code as a CHOICE of ISO/IEC 39794 does.
func coded(tag uint32, v byte) []byte { return node(tag, node(0x80, []byte{v})) }

func TestDG2NewStates(t *testing.T) {
	image := node(0xA1, node(0xA0, node(0xA0, node(0x80, jpegHead),
		node(0xA1, coded(0xA0, 2), coded(0xA1, 0), node(0xA7, node(0x80, []byte{0x02, 0x58}), node(0x81, []byte{0x03, 0x20})), coded(0xA9, 2)))))
	r := node(0x30, node(0x80, []byte{0}), image,
		node(0xA2, node(0x80, []byte{0x07, 0xEA}), node(0x81, []byte{5}), node(0x82, []byte{31})),
		node(0xA3, node(0x30, node(0xA0), node(0xA1, coded(0xA1, 0))), node(0x30, node(0xA0), node(0xA1, node(0x80, []byte{77})))),
		node(0xA8, coded(0xA0, 3), coded(0xA1, 8), coded(0xA2, 3)),
		node(0xA9, node(0x30, node(0xA0), node(0xA1, node(0xA0, node(0xA0, node(0x80, []byte{10}), node(0x81, []byte{20})))))))
	f, err := ParseDG2(dg2(0x7F2E, node(0xA1, node(0x65, node(0xA0, node(0x80, []byte{3})), node(0xA1, r, r)))))
	if err != nil {
		t.Fatal(err)
	}
	if f.Width != 600 || f.Height != 800 || f.Kind != "mrtd" || f.Colour != "rgb24" || f.Gender != "female" ||
		f.Eyes != "multi-coloured" || f.Hair != "black" || f.Quality != 77 || f.Captured != (Date{2026, 5, 31}) {
		t.Errorf("%+v", f)
	}
	if len(f.Points) != 1 || f.Points[0] != (FeaturePoint{X: 10, Y: 20}) || len(f.Others) != 1 {
		t.Errorf("points %+v, %d others", f.Points, len(f.Others))
	}
}
