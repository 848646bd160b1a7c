package lds

import (
	"bytes"
	"testing"

	"github.com/tram-station/tram/biometrics/iso19794"
)

var wsqHead = []byte{0xFF, 0xA0, 0xFF, 0xA8, 0, 2}

// view is one image of a finger image record (ISO/IEC 19794-4:2005 §7.3).
func view(position byte, width, height int, img []byte) []byte {
	n := 14 + len(img)
	return append([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n), position, 1, 1, 90, 0,
		byte(width >> 8), byte(width), byte(height >> 8), byte(height), 0}, img...)
}

// fir is a finger image record (ISO/IEC 19794-4:2005 §7.2).
func fir(fingers, units, resolution, depth, coding byte, views ...[]byte) []byte {
	body := bytes.Join(views, nil)
	n := 32 + len(body)
	return bytes.Join([][]byte{
		[]byte("FIR\x00010\x00"), {0, 0, 0, 0, byte(n >> 8), byte(n)}, {0, 0, 0, 31, fingers, units},
		{0, resolution, 0, resolution, 0, resolution, 0, resolution}, {depth, coding, 0, 0}, body,
	}, nil)
}

func dg3(blocks ...[]byte) []byte {
	parts := [][]byte{node(0x02, []byte{byte(len(blocks))})}
	for _, b := range blocks {
		parts = append(parts, node(0x7F60, node(0xA1, node(0x81, []byte{8}), node(0x82, []byte{9})), node(0x5F2E, b)))
	}
	return node(0x63, node(0x7F61, parts...))
}

func TestDG3(t *testing.T) {
	two := view(7, 300, 400, wsqHead)
	two[7] = 0xFE // nobody judged it
	fingers, err := ParseDG3(dg3(
		fir(2, 2, 197, 8, 2, view(2, 300, 400, wsqHead), two),
		fir(1, 1, 250, 8, 0, view(6, 3, 2, make([]byte, 6))),
		fir(1, 1, 250, 4, 1, view(6, 3, 2, make([]byte, 4)))))
	if err != nil || len(fingers) != 4 {
		t.Fatalf("%+v, %v", fingers, err)
	}
	f := fingers[0]
	if f.Position != 2 || f.MediaType != MediaWSQ || !bytes.Equal(f.Image, wsqHead) || f.Width != 300 || f.Height != 400 ||
		f.Depth != 8 || f.Resolution != 500 || f.Quality != 90 || f.View != 1 || f.Views != 1 || f.Template.Kind[0] != 8 {
		t.Errorf("%+v", f)
	}
	if fingers[1].Quality != QualityUnknown || fingers[2].MediaType != "" || fingers[2].Resolution != 250 || len(fingers[3].Image) != 4 {
		t.Errorf("%+v", fingers[1:])
	}
	for name, b := range map[string][]byte{
		"empty": node(0x63, node(0x7F61, node(0x02, []byte{0}))),
		// Doc 9303-10 §4.7.3 lets an issuer fill an empty group with noise.
		"filled": node(0x63, node(0x7F61, node(0x02, []byte{0}), node(0x53, []byte{1, 2, 3}))),
	} {
		if fingers, err := ParseDG3(b); err != nil || fingers != nil {
			t.Errorf("%s: %+v, %v", name, fingers, err)
		}
	}
}

// TestDG3Of2011: an issuer may hold the newer edition's record.
func TestDG3Of2011(t *testing.T) {
	r := &iso19794.FingerRecord{Positions: 1, Views: []iso19794.FingerView{{
		Position: 2, Units: iso19794.PerInch, Dots: iso19794.Density{X: 500, Y: 500}, Depth: 8, Compression: iso19794.WSQ,
		Qualities: []iso19794.Quality{{Score: 255}, {Score: 61}}, Width: 300, Height: 400, Image: wsqHead,
	}}}
	b, err := r.Marshal(iso19794.Edition2011)
	if err != nil {
		t.Fatal(err)
	}
	fingers, err := ParseDG3(dg3(b))
	if err != nil || len(fingers) != 1 || fingers[0].Resolution != 500 || fingers[0].Quality != 61 || fingers[0].MediaType != MediaWSQ {
		t.Errorf("%+v, %v", fingers, err)
	}
}

func TestDG3Hostile(t *testing.T) {
	change := func(at int, v byte) []byte {
		r := fir(1, 1, 250, 8, 2, view(2, 300, 400, wsqHead))
		r[at] = v
		return dg3(r)
	}
	if _, err := ParseDG3(change(14, 0)); err != nil {
		t.Fatalf("the control: %v", err)
	}
	many := make([][]byte, iso19794.MaxViews+1)
	for i := range many {
		many[i] = view(1, 1, 1, wsqHead)
	}
	for name, b := range map[string][]byte{
		"other format": change(0, 'X'), "other version": change(5, '2'), "record length": change(13, 0),
		"huge record": change(8, 1), "finger missing": change(18, 2), "image length": change(32, 1), "image too short": change(35, 14),
		"unknown coding": change(46, 0), "raw and short": change(29, 0), "packed and short": change(29, 1),
		"many views": dg3(fir(1, 1, 250, 8, 2, many...)), "no view": dg3(fir(0, 1, 250, 8, 2)),
		"claims none": node(0x63, node(0x7F61, node(0x02, []byte{0}), node(0x7F60, node(0x5F2E, fir(1, 1, 250, 8, 2, view(2, 3, 4, wsqHead)))))),
		"short":       dg3([]byte("FIR\x00010\x00")), "view cut": dg3(fir(1, 1, 250, 8, 2, make([]byte, 5))),
		"other group": dg2(0x5F2E, fir(1, 1, 250, 8, 2, view(2, 3, 4, wsqHead))),
	} {
		if f, err := ParseDG3(b); err == nil || f != nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// fingerRepresentation is one image of ISO/IEC 39794-4.
func fingerRepresentation(img []byte) []byte {
	return node(0x30, coded(0xA0, 7), coded(0xA1, 1), coded(0xA2, 1), node(0x83, img),
		node(0xA4, node(0x80, []byte{0x07, 0xEA}), node(0x81, []byte{2}), node(0x82, []byte{3})),
		node(0xA6, node(0x30, node(0xA0), node(0xA1, node(0x80, []byte{60})))),
		node(0xA7, node(0x80, []byte{0x01, 0xF4}), node(0x81, []byte{0})))
}

func TestDG3New(t *testing.T) {
	block := node(0xA1, node(0x64, node(0xA0), node(0xA1, fingerRepresentation(wsqHead), fingerRepresentation(wsqHead))))
	fingers, err := ParseDG3(node(0x63, node(0x7F61, node(0x02, []byte{1}), node(0x7F60, node(0x7F2E, block)))))
	if err != nil || len(fingers) != 2 {
		t.Fatalf("%+v, %v", fingers, err)
	}
	f := fingers[1]
	if f.Position != 7 || f.Impression != 1 || f.MediaType != MediaWSQ || f.Resolution != 500 || f.Quality != 60 ||
		f.View != 2 || f.Views != 2 || f.Captured != (Date{2026, 2, 3}) || !bytes.Equal(f.Image, wsqHead) {
		t.Errorf("%+v", f)
	}
	many := bytes.Repeat(fingerRepresentation(wsqHead), maxRepresentations+1)
	for name, b := range map[string][]byte{
		"no image": node(0x64, node(0xA1, node(0x30, coded(0xA0, 7)))), "unknown coding": node(0x64, node(0xA1, fingerRepresentation([]byte("GIF")))),
		"none": node(0x64, node(0xA1)), "a face": node(0x65, node(0xA1, fingerRepresentation(wsqHead))),
		"too many": node(0x64, node(0xA1, many)), "cut": node(0x64, node(0xA1, []byte{0x30, 9})), "two blocks": bytes.Repeat(node(0x64, node(0xA1, fingerRepresentation(wsqHead))), 2),
	} {
		if f, err := ParseDG3(dg3(b)); err == nil || f != nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestDG4(t *testing.T) {
	b := dg3([]byte("IIR\x00010\x00"))
	b[0] = 0x76
	irises, err := ParseDG4(b)
	if err != nil || len(irises) != 1 || string(irises[0].Record[:3]) != "IIR" || irises[0].Template.Kind[0] != 8 {
		t.Errorf("%+v, %v", irises, err)
	}
	if irises, err := ParseDG4(dg3(nil)); err == nil || irises != nil {
		t.Error("DG3 was taken for DG4")
	}
}
