package libusb

import (
	"bytes"
	"errors"
	"testing"

	"github.com/tram-station/tram/biometrics"
)

// FuzzImage: whatever a reader sends becomes a whole picture or a bad image.
func FuzzImage(f *testing.F) {
	good := imageOf(lines(), paperKey)
	f.Add(good)
	f.Add(good[:headerSize])
	f.Add([]byte{})
	odd := bytes.Clone(good)
	copy(odd[atRuns:], []byte{0xff, 60, 0x81, 2, 0x83, 80, 0x00, 1, 0x07, 3, 0x82, 144})
	f.Add(odd)
	f.Fuzz(func(t *testing.T, b []byte) {
		raw, err := parseImage(bytes.Clone(b))
		if err != nil {
			if !errors.Is(err, biometrics.ErrBadImage) || raw != nil {
				t.Fatalf("%v", err)
			}
			return
		}
		asked := 0
		if err := raw.unscramble(func(byte) (uint32, error) { asked++; return 0xdeadbeef, nil }); err != nil {
			t.Fatal(err)
		}
		if asked > 1+maxRuns {
			t.Fatalf("%d keys asked for", asked)
		}
		if img := raw.picture(true); len(img.Pix) != width*height {
			t.Fatalf("%d pixels", len(img.Pix))
		}
	})
}

// FuzzScramble: a picture comes out as it went in, whatever the keys.
func FuzzScramble(f *testing.F) {
	f.Add(uint32(0x544409d6), byte(7), byte(2))
	f.Add(uint32(0), byte(0), byte(0))
	f.Fuzz(func(t *testing.T, key uint32, grey, step byte) {
		ground := lines()
		for i := range ground.Pix {
			ground.Pix[i] += grey + step*byte(i>>4)
		}
		of := func(number byte) uint32 { return key ^ uint32(number)<<11 }
		raw, err := parseImage(imageOf(ground, of))
		if err != nil {
			t.Fatal(err)
		}
		if err := raw.unscramble(func(n byte) (uint32, error) { return of(n), nil }); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(raw.picture(true).Pix, asSent(ground, true).Pix) {
			t.Fatal("another picture came out")
		}
	})
}
