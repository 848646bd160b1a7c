package iso19794

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/tram-station/tram/testdata"
)

// sampleFinger2005 is a record of two fingers, octet by octet after ISO/IEC
// 19794-4:2005 §7, around images of four octets.
const sampleFinger2005 = `
	46495200 30313000 000000000044 0007 001F 02 01 01F4 01F4 01F4 01F4 08 02 0000
	00000012 02 01 01 5A 00 0118 01C0 00 FFA0FFA8
	00000012 07 01 01 FE 01 0180 0190 00 FFA0FFA1`

var sampleFingers2005 = FingerRecord{
	Edition: Edition2005, Positions: 2, SensorModel: 7, Level: 31,
	Views: []FingerView{
		{Position: 2, Views: 1, Number: 1, Qualities: []Quality{{Score: 90}}, Units: PerInch, Scan: Density{500, 500}, Dots: Density{500, 500},
			Depth: 8, Compression: WSQ, Width: 280, Height: 448, Image: []byte{0xFF, 0xA0, 0xFF, 0xA8}, Captured: NoMoment},
		{Position: 7, Views: 1, Number: 1, Qualities: []Quality{{Score: QualityUnset}}, Units: PerInch, Scan: Density{500, 500}, Dots: Density{500, 500},
			Depth: 8, Compression: WSQ, Impression: 1, Width: 384, Height: 400, Image: []byte{0xFF, 0xA0, 0xFF, 0xA1}, Captured: NoMoment},
	},
}

// sampleFinger2011 is a certified record of one finger, octet by octet after
// ISO/IEC 19794-4:2011 §8, with a comment behind the image.
const sampleFinger2011 = `
	46495200 30323000 0000004D 0001 01 01
	0000003D 07EA 0B 16 0C 1E 00 01F4 07 1234 0002 01 39 0040 000F 01 0040 02
	02 00 02 00C5 00C5 00C5 00C5 08 06 00 0118 01C0 00000004 89504E47
	0003 0007 546875`

var sampleFingers2011 = FingerRecord{
	Edition: Edition2011, Positions: 1, Certified: true,
	Views: []FingerView{{
		Position: 2, Qualities: []Quality{{Score: 57, Vendor: 0x40, Algorithm: 15}}, Units: PerCentimetre,
		Scan: Density{197, 197}, Dots: Density{197, 197}, Depth: 8, Compression: PNG, Width: 280, Height: 448,
		Image: []byte{0x89, 'P', 'N', 'G'}, Captured: NewMoment(time.Date(2026, 11, 22, 12, 30, 0, 500e6, time.UTC)),
		Sensor: Sensor{Technology: 7, Vendor: 0x1234, Model: 2}, Certificates: []Certificate{{0x40, 2}},
		Extended: []byte{0, 3, 0, 7, 'T', 'h', 'u'},
	}},
}

func TestFingerRecords(t *testing.T) {
	for name, c := range map[string]struct {
		hex    string
		record FingerRecord
	}{"2005": {sampleFinger2005, sampleFingers2005}, "2011": {sampleFinger2011, sampleFingers2011}} {
		want := unhex(t, c.hex)
		got, err := c.record.Marshal(c.record.Edition)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s written %X, %v\n   want %X", name, got, err, want)
		}
		back, err := ParseFinger(want)
		if err != nil || !reflect.DeepEqual(back, &c.record) {
			t.Errorf("%s read %+v, %v", name, back, err)
		}
	}
	v := &sampleFingers2011.Views[0]
	if q, ok := v.Quality(); v.DPI() != 500 || q.Score != 57 || !ok {
		t.Errorf("%d dpi, quality %+v", v.DPI(), q)
	}
	if _, ok := sampleFingers2005.Views[1].Quality(); ok {
		t.Error("a score that is none")
	}
	if at, ok := v.Captured.Time(); !ok || !at.Equal(time.Date(2026, 11, 22, 12, 30, 0, 500e6, time.UTC)) {
		t.Errorf("captured %v, %v", at, ok)
	}
	if _, ok := NoMoment.Time(); ok || NewMoment(time.Time{}) != NoMoment {
		t.Error("no moment is one")
	}
	if e, err := Extensions(v.Extended); err != nil || len(e) != 1 || e[0].Type != 3 || string(e[0].Data) != "Thu" {
		t.Errorf("extensions %+v, %v", e, err)
	}
	for _, b := range [][]byte{{0}, {0, 3, 0, 3}, {0, 3, 0, 9, 1}} {
		if e, err := Extensions(b); !errors.Is(err, ErrExtension) || e != nil {
			t.Errorf("%X was taken", b)
		}
	}
}

// TestFingerEditions: the same fingers in the other edition, where it can say
// them.
func TestFingerEditions(t *testing.T) {
	r := sampleFingers2005
	b, err := r.Marshal(Edition2011)
	if err != nil {
		t.Fatal(err)
	}
	back, err := ParseFinger(b)
	if err != nil || back.Edition != Edition2011 || len(back.Views) != 2 || back.Views[1].Width != 384 || back.Views[1].DPI() != 500 {
		t.Errorf("%+v, %v", back, err)
	}
	png := sampleFingers2005
	png.Views = []FingerView{png.Views[0]}
	png.Positions = 1
	png.Views[0].Compression = PNG
	if b, err = png.Marshal(Edition2005); err != nil || b[29] != 5 {
		t.Errorf("PNG of 2005: %v", err)
	}
	if back, err := ParseFinger(b); err != nil || back.Views[0].Compression != PNG {
		t.Errorf("PNG of 2005: %v", err)
	}
	if b, err := sampleFingers2011.Marshal(Edition2005); !errors.Is(err, ErrFinger) || b != nil {
		t.Errorf("extended data in the edition of 2005: %v", err)
	}
}

func TestFingerCut(t *testing.T) {
	for _, hex := range []string{sampleFinger2005, sampleFinger2011} {
		whole := unhex(t, hex)
		for n := range whole {
			if r, err := ParseFinger(whole[:n]); !errors.Is(err, ErrFinger) || r != nil {
				t.Errorf("%d bytes were taken: %v", n, err)
			}
		}
		if _, err := ParseFinger(append(whole, 0)); !errors.Is(err, ErrFinger) {
			t.Errorf("one more: %v", err)
		}
	}
}

func TestFingerHostile(t *testing.T) {
	change := func(hex string, at int, v ...byte) []byte {
		b := unhex(t, hex)
		copy(b[at:], v)
		return b
	}
	for name, b := range map[string][]byte{
		"format":              change(sampleFinger2005, 0, 'X'),
		"version":             change(sampleFinger2005, 4, '9'),
		"longer than a file":  change(sampleFinger2005, 8, 1),
		"three fingers":       change(sampleFinger2005, 18, 3),
		"unknown compression": change(sampleFinger2005, 29, 6),
		"bare pixels":         change(sampleFinger2005, 29, 0),
		"packed pixels":       change(sampleFinger2005, 29, 1),
		"image of nothing":    change(sampleFinger2005, 32, 0, 0, 0, 14),
		"image of 4 GB":       change(sampleFinger2005, 32, 0xFF, 0xFF, 0xFF, 0xFF),
		"no image":            change(sampleFinger2011, 12, 0, 0),
		"two images":          change(sampleFinger2011, 12, 0, 2),
		"65,535 images":       change(sampleFinger2011, 12, 0xFF, 0xFF),
		"flag of two":         change(sampleFinger2011, 14, 2),
		"flag away":           change(sampleFinger2011, 14, 0),
		"short view":          change(sampleFinger2011, 16, 0, 0, 0, 3),
		"long view":           change(sampleFinger2011, 16, 0x7F, 0xFF, 0xFF, 0xFF),
		"scores past the end": change(sampleFinger2011, 34, 0xFF),
		"image past the end":  change(sampleFinger2011, 62, 0, 0, 0xFF, 0xFF),
		"image of none":       change(sampleFinger2011, 62, 0, 0, 0, 0),
	} {
		if r, err := ParseFinger(b); !errors.Is(err, ErrFinger) || r != nil {
			t.Errorf("%s was taken: %v", name, err)
		}
	}
	if _, err := ParseFinger(change(sampleFinger2005, 14, 9)); err != nil {
		t.Errorf("the control: %v", err)
	}
}

func TestFingerMarshalRefuses(t *testing.T) {
	for name, change := range map[string]func(*FingerRecord){
		"no view":             func(r *FingerRecord) { r.Views = nil },
		"too many":            func(r *FingerRecord) { r.Views = make([]FingerView, MaxViews+1) },
		"no image":            func(r *FingerRecord) { r.Views[0].Image = nil },
		"too wide":            func(r *FingerRecord) { r.Views[0].Width = 1 << 16 },
		"too large":           func(r *FingerRecord) { r.Views[0].Image = make([]byte, MaxRecord) },
		"bare pixels":         func(r *FingerRecord) { r.Views[0].Compression = Raw },
		"two densities":       func(r *FingerRecord) { r.Views[0].Dots.X = 1 },
		"two scores":          func(r *FingerRecord) { r.Views[0].Qualities = make([]Quality, 2) },
		"lossless":            func(r *FingerRecord) { r.Views[0].Compression = JPEG2000Lossless },
		"more fingers claims": func(r *FingerRecord) { r.Positions = 3 },
	} {
		r := sampleFingers2005
		r.Views = append([]FingerView(nil), r.Views...)
		change(&r)
		if b, err := r.Marshal(Edition2005); !errors.Is(err, ErrFinger) || b != nil {
			t.Errorf("%s was written: %v", name, err)
		}
	}
	r := sampleFingers2011
	r.Certified = false
	if b, err := r.Marshal(Edition2011); !errors.Is(err, ErrFinger) || b != nil {
		t.Errorf("certificates without their mark: %v", err)
	}
	for _, e := range []Edition{0, ANSI2004, 99} {
		if b, err := sampleFingers2005.Marshal(e); !errors.Is(err, ErrFinger) || b != nil {
			t.Errorf("edition %d: %v", e, err)
		}
	}
}

// TestSBIRecords: what certified devices send is read, and written again it is
// the same to the octet.
func TestSBIRecords(t *testing.T) {
	files, err := filepath.Glob(testdata.Shared(t, "data/fingerprints/mosip/*.iso"))
	if err != nil || len(files) != 30 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		r, err := ParseFinger(b)
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
			continue
		}
		v := &r.Views[0]
		if r.Edition != Edition2011 || v.Position == 0 || v.Position > 10 || v.DPI() != 500 || v.Depth != 8 {
			t.Errorf("%s: %+v", filepath.Base(file), v.Position)
		}
		if _, ok := v.Captured.Time(); !ok {
			t.Errorf("%s: captured %X", filepath.Base(file), v.Captured)
		}
		if blocks, err := Extensions(v.Extended); err != nil || r.Certified != (len(blocks) == 3) {
			t.Errorf("%s: %d blocks, %v", filepath.Base(file), len(blocks), err)
		}
		if again, err := r.Marshal(r.Edition); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%s: written again it differs, %v", filepath.Base(file), err)
		}
	}
}

// FuzzFinger: what is read, written again, is the same to the octet, within the
// limits.
func FuzzFinger(f *testing.F) {
	f.Add(unhex(f, sampleFinger2005))
	f.Add(unhex(f, sampleFinger2011))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ParseFinger(b)
		if err != nil {
			if r != nil || !errors.Is(err, ErrFinger) {
				t.Fatalf("%+v, %v", r, err)
			}
			return
		}
		again, err := r.Marshal(r.Edition)
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%X written again: %X, %v", b, again, err)
		}
		for i := range r.Views {
			r.Views[i].DPI()
			r.Views[i].Captured.Time()
			Extensions(r.Views[i].Extended)
		}
	})
}
