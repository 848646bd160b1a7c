package iso19794

import (
	"bytes"
	"errors"
	"math"
	"os"
	"reflect"
	"testing"

	"github.com/tram-station/tram/testdata"
)

// Records of one finger and two minutiae, octet by octet: after ISO/IEC
// 19794-2:2005 §7, ANSI INCITS 378-2004 §6, ISO/IEC 19794-2:2011 §8 and ANSI
// INCITS 378-2007 §6.
const (
	sampleMinutiae2005 = `464D5200 20323000 0000002F 00B5 0118 01C0 00C5 00C5 01 00
		02 10 5A 02 4064 00C8 40 5A  80A4 0011 C0 00  0005 0001 00 05 07`
	sampleANSI2004 = `464D5200 20323000 0031 0042 0011 00B5 0118 01C0 00C5 00C5 01 00
		02 10 5A 02 4064 00C8 2D 5A  80A4 0011 87 00  0005 0001 00 05 07`
	sampleMinutiae2011 = `464D5200 30333000 00000047 0001 00
		00000038 07EA 0B 16 0C 1E 00 01F4 07 1234 0002 01 39 0040 000F
		02 01 00C5 00C5 00 0118 01C0 61 02 4064 00C8 40 5A  80A4 0011 C0 FE  0005 0001 00 05 07`
	sampleANSI2007 = `464D5200 30333000 00000038 0042 0011 00B5 01 00
		02 01 00 5A 0040 000F 0118 01C0 00C5 00C5 02 4064 00C8 2D 5A  80A4 0011 87 00  0005 0001 00 05 07`
)

func TestMinutiaeRecords(t *testing.T) {
	for e, hex := range map[Edition]string{
		Edition2005: sampleMinutiae2005, ANSI2004: sampleANSI2004, Edition2011: sampleMinutiae2011, ANSI2007: sampleANSI2007,
	} {
		b := unhex(t, hex)
		r, err := ParseMinutiae(b)
		if err != nil {
			t.Errorf("edition %d: %v", e, err)
			continue
		}
		v := &r.Views[0]
		if r.Edition != e || v.Position != 2 || v.Number != 1 || v.Width != 280 || v.Height != 448 || v.DPI() != 500 || len(v.Minutiae) != 2 {
			t.Errorf("edition %d: %+v", e, r)
			continue
		}
		if m := v.Minutiae[0]; m.Kind != RidgeEnding || m.X != 100 || m.Y != 200 || m.Quality != 90 || e.Degrees(m.Angle) != 90 {
			t.Errorf("edition %d: %+v", e, m)
		}
		if m := v.Minutiae[1]; m.Kind != RidgeBifurcation || e.Degrees(m.Angle) != 270 {
			t.Errorf("edition %d: %+v", e, m)
		}
		again, err := r.Marshal(e)
		if err != nil || !bytes.Equal(again, b) {
			t.Errorf("edition %d: %X written again %X, %v", e, b, again, err)
		}
		for n := range b {
			if r, err := ParseMinutiae(b[:n]); !errors.Is(err, ErrMinutiae) || r != nil {
				t.Errorf("edition %d: %d bytes were taken", e, n)
			}
		}
		if _, err := ParseMinutiae(append(b, 0)); !errors.Is(err, ErrMinutiae) {
			t.Errorf("edition %d: one more: %v", e, err)
		}
	}
}

// TestMinutiaeEditions: a record says the same in every edition.
func TestMinutiaeEditions(t *testing.T) {
	from, err := ParseMinutiae(unhex(t, sampleMinutiae2005))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []Edition{Edition2005, ANSI2004, Edition2011, ANSI2007} {
		b, err := from.Marshal(e)
		if err != nil {
			t.Errorf("edition %d: %v", e, err)
			continue
		}
		back, err := ParseMinutiae(b)
		if err != nil || back.Edition != e || !reflect.DeepEqual(back.Views[0].Minutiae, from.Views[0].Minutiae) {
			t.Errorf("edition %d: %+v, %v", e, back, err)
		}
	}
	long := *from
	long.Views = nil
	for range 60 { // more than 65,535 bytes: ANSI counts them otherwise
		v := from.Views[0]
		v.Minutiae = make([]MinutiaPoint, maxMinutiae)
		long.Views = append(long.Views, v)
	}
	for _, e := range []Edition{Edition2005, ANSI2004, Edition2011, ANSI2007} {
		b, err := long.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := ParseMinutiae(b); err != nil || back.Edition != e || len(back.Views) != 60 {
			t.Errorf("edition %d, %d bytes: %v", e, len(b), err)
		}
	}
}

func TestMinutiaAngles(t *testing.T) {
	for _, e := range []Edition{Edition2005, Edition2011, ANSI2004, ANSI2007} {
		for d := -720.0; d < 720; d += 0.7 {
			off := math.Abs(math.Remainder(e.Degrees(e.Angle(d))-d, 360))
			if off > 1.001 {
				t.Fatalf("edition %d: %v° comes back %v away", e, d, off)
			}
		}
	}
}

func TestMinutiaeRefuses(t *testing.T) {
	for name, change := range map[string]func(*MinutiaeRecord){
		"no view":        func(r *MinutiaeRecord) { r.Views = nil },
		"too many":       func(r *MinutiaeRecord) { r.Views = make([]MinutiaeView, MaxViews+1) },
		"too wide":       func(r *MinutiaeRecord) { r.Views[0].Width = 1 << 16 },
		"256 minutiae":   func(r *MinutiaeRecord) { r.Views[0].Minutiae = make([]MinutiaPoint, 256) },
		"outside":        func(r *MinutiaeRecord) { r.Views[0].Minutiae = []MinutiaPoint{{X: 1 << 14}} },
		"view 16":        func(r *MinutiaeRecord) { r.Views[0].Number = 16 },
		"two scores":     func(r *MinutiaeRecord) { r.Views[0].Qualities = make([]Quality, 2) },
		"no quality":     func(r *MinutiaeRecord) { r.Views[0].Bare = true },
		"two image size": func(r *MinutiaeRecord) { r.Views = append(r.Views, MinutiaeView{Width: 1}) },
	} {
		r, err := ParseMinutiae(unhex(t, sampleMinutiae2005))
		if err != nil {
			t.Fatal(err)
		}
		change(r)
		if b, err := r.Marshal(Edition2005); !errors.Is(err, ErrMinutiae) || b != nil {
			t.Errorf("%s was written: %v", name, err)
		}
	}
	for name, b := range map[string][]byte{
		"version": unhex(t, `464D5200 39323000 00000018`), "format": unhex(t, `464D5201 20323000 00000018`),
	} {
		if r, err := ParseMinutiae(b); !errors.Is(err, ErrMinutiae) || r != nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// TestMinutiaeSamples: records of other programs are read, and written again
// they are the same to the octet; the three are of one finger.
func TestMinutiaeSamples(t *testing.T) {
	for file, e := range map[string]Edition{"fmr.iso2005": Edition2005, "fmr.ansi2004": ANSI2004, "fmr.ansi2007": ANSI2007} {
		b, err := os.ReadFile(testdata.Shared(t, "data/fingerprints/libbiomeval/"+file))
		if err != nil {
			t.Fatal(err)
		}
		r, err := ParseMinutiae(b)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		v := &r.Views[0]
		if r.Edition != e || len(r.Views) < 2 || v.Position != 7 || v.Width != 512 || len(v.Minutiae) != 27 || v.Minutiae[0].X != 100 || v.Minutiae[0].Y != 14 {
			t.Errorf("%s: %+v", file, v)
		}
		if again, err := r.Marshal(e); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%s: written again it differs, %v", file, err)
		}
	}
}

// FuzzMinutiae: what is read, written again, is the same to the octet.
func FuzzMinutiae(f *testing.F) {
	for _, hex := range []string{sampleMinutiae2005, sampleANSI2004, sampleMinutiae2011, sampleANSI2007} {
		f.Add(unhex(f, hex))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ParseMinutiae(b)
		if err != nil {
			if r != nil || !errors.Is(err, ErrMinutiae) {
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
			Extensions(r.Views[i].Extended)
		}
	})
}
