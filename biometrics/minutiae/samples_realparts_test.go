//go:build realparts

package minutiae_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tram-station/tram/biometrics/jp2"
	"github.com/tram-station/tram/biometrics/minutiae"
	"github.com/tram-station/tram/testdata"
)

// TestLossyJPEG2000IsTheSameFinger: the prints as a register sends them for
// comparison, JPEG 2000 with loss, match the lossless ones and no other.
func TestLossyJPEG2000IsTheSameFinger(t *testing.T) {
	decoder, err := jp2.Load(context.Background(), testdata.Asset(t, jp2.Asset))
	if err != nil {
		t.Fatal(err)
	}
	defer decoder.Close()
	root := testdata.Shared(t, "data", "fingerprints", "mosip")
	all := samples(t)
	var lossy []sample
	for _, s := range all {
		var name string
		if n, err := fmt.Sscanf(s.name, "mosip-%s", &name); n != 1 || err != nil {
			continue
		}
		b, err := os.ReadFile(filepath.Join(root, strings.TrimSuffix(name, ".png")+".auth.iso"))
		if err != nil {
			t.Fatal(err)
		}
		start := bytes.Index(b, []byte("\x00\x00\x00\x0cjP  \r\n"))
		if start < 0 {
			t.Fatalf("%s: no JP2 in it", name)
		}
		img, err := decoder.Decode(context.Background(), b[start:])
		if err != nil {
			t.Fatal(name, err)
		}
		g, ok := img.(*image.Gray)
		if !ok {
			t.Fatalf("%s: %T", name, img)
		}
		lossy = append(lossy, sample{"lossy " + name, s.finger, g, extract(t, g, 500)})
	}
	s := compare(append(all, lossy...), 1)
	t.Logf("%d genuine from %d (%s), others up to %d (%s)", len(s.genuine), s.genuine[0], s.worst, s.other[len(s.other)-1], s.best)
	if len(s.genuine) != 11 || s.genuine[0] < minutiae.SameFinger*2 {
		t.Errorf("%d genuine, %s: %d", len(s.genuine), s.worst, s.genuine[0])
	}
	if m := s.other[len(s.other)-1]; m >= minutiae.SameFinger {
		t.Errorf("%s: %d", s.best, m)
	}
}
