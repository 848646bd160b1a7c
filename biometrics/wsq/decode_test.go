package wsq

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"github.com/tram-station/tram/testdata"
)

// sample reads a file of ../shared/data/fingerprints.
func sample(t testing.TB, elem ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(testdata.Shared(t, append([]string{"data", "fingerprints"}, elem...)...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The very pixels of NBIS's dwsq, from files of three encoders.
func TestDecodeAsReference(t *testing.T) {
	n := 0
	for line := range strings.Lines(string(sample(t, "reference", "wsq", "nbis-dwsq-raw.sha256"))) {
		f := strings.Fields(line)
		var b []byte
		switch name := f[2]; {
		case name == "sa.wsq":
			b = sample(t, "sourceafis", "wsq-original.wsq")
		case name == "lbe.wsq":
			b = sample(t, "libbiomeval", "img.wsq")
		case strings.HasPrefix(name, "t4-"):
			b = sample(t, "reference", "wsq", name)
		default: // the image inside of a record of ISO/IEC 19794-4
			finger := strings.TrimSuffix(strings.TrimPrefix(name, "wsq-"), ".authwsq.wsq")
			b = sample(t, "mosip", finger+".authwsq.iso")
			start := []byte{0xff, 0xa0, 0xff, 0xa8}
			_, b, _ = bytes.Cut(b, start)
			b = append(start, b...)
		}
		img, err := Decode(b)
		if err != nil {
			t.Errorf("%s: %v", f[2], err)
			continue
		}
		sum := sha256.Sum256(img.Gray.Pix)
		if hex.EncodeToString(sum[:]) != f[0] {
			t.Errorf("%s: %v: other pixels than the reference", f[2], img.Gray.Rect)
		}
		w, h, err := DecodeConfig(b)
		if err != nil || w != img.Gray.Rect.Dx() || h != img.Gray.Rect.Dy() {
			t.Errorf("%s: DecodeConfig %d×%d, %v", f[2], w, h, err)
		}
		n++
	}
	if n < 15 {
		t.Errorf("only %d files", n)
	}
}
