package wsq

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
)

// file is a small valid file.
func file(t testing.TB) []byte {
	t.Helper()
	b, err := Encode(drawn(256, 256, 256), Options{DPI: 500, Comments: []string{"tay phải"}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A file that ends early is refused wherever it ends.
func TestDecodeCut(t *testing.T) {
	b := file(t)
	for n := 0; n < len(b); n += 1 + n/400 {
		if img, err := Decode(b[:n]); !errors.Is(err, ErrFormat) || img != nil {
			t.Fatalf("%d of %d bytes: %v", n, len(b), err)
		}
	}
	if _, err := Decode(append(b, "and more"...)); err != nil {
		t.Errorf("bytes after the end: %v", err)
	}
}

// segmentAt is where the nth segment of a marker begins in a file.
func segmentAt(t *testing.T, b []byte, marker uint16, nth int) int {
	t.Helper()
	at := 0
	for range nth {
		i := bytes.Index(b[at:], binary.BigEndian.AppendUint16(nil, marker))
		if i < 0 {
			t.Fatalf("no marker %04x", marker)
		}
		at += i + 2
	}
	return at - 2
}

// Each kind of damage has its answer.
func TestDecodeRefuses(t *testing.T) {
	set := func(marker uint16, nth, offset int, v ...byte) func(b []byte) []byte {
		return func(b []byte) []byte {
			copy(b[segmentAt(t, b, marker, nth)+4+offset:], v)
			return b
		}
	}
	insert := func(marker uint16, nth int, v ...byte) func(b []byte) []byte {
		return func(b []byte) []byte {
			at := segmentAt(t, b, marker, nth)
			return append(append(append([]byte(nil), b[:at]...), v...), b[at:]...)
		}
	}
	drop := func(marker uint16) func(b []byte) []byte {
		return func(b []byte) []byte {
			at := segmentAt(t, b, marker, 1)
			n := int(binary.BigEndian.Uint16(b[at+2:]))
			return append(b[:at], b[at+2+n:]...)
		}
	}
	comments := bytes.Repeat([]byte{0xff, 0xa8, 0, 2}, maxSegments)
	blocks := bytes.Repeat([]byte{0xff, 0xa3, 0, 3, 0}, maxBlocks)
	for name, c := range map[string]struct {
		damage func(b []byte) []byte
		err    error
		say    string
	}{
		"a JPEG":             {func([]byte) []byte { return []byte{0xff, 0xd8, 0xff, 0xe0, 0, 2} }, ErrFormat, "no start"},
		"nothing":            {func([]byte) []byte { return nil }, ErrFormat, "cut short"},
		"wide":               {set(markSOF, 1, 4, 0xff, 0xff), ErrFormat, "of"}, // fits, but the pixels are not there
		"wide and high":      {set(markSOF, 1, 2, 0xff, 0xff, 0xff, 0xff), ErrTooLarge, "65535×65535"},
		"tiny":               {set(markSOF, 1, 2, 0, 95, 0, 95), ErrFormat, "95×95"},
		"lower":              {set(markSOF, 1, 2, 0, 200), ErrFormat, "more"},
		"no filters":         {drop(markDTT), ErrFormat, "before their tables"},
		"no quantization":    {drop(markDQT), ErrFormat, "before their tables"},
		"no frame":           {drop(markSOF), ErrFormat, "before their size"},
		"no codes":           {drop(markDHT), ErrFormat, "without its Huffman table"},
		"a missing table":    {set(markSOB, 1, 0, 7), ErrFormat, "without its Huffman table"},
		"table 8":            {set(markDHT, 1, 0, 8), ErrFormat, "table 8"},
		"three 1-bit codes":  {set(markDHT, 1, 1, 3), ErrFormat, "Huffman"},
		"filters of 200":     {set(markDTT, 1, 0, 200), ErrFormat, "200 and 7 taps"},
		"filters of 1":       {set(markDTT, 1, 1, 1), ErrFormat, "9 and 1 taps"},
		"odd and even":       {set(markDTT, 1, 0, 8), ErrFormat, "8 and 7 taps"},
		"no pair":            {set(markDTT, 1, 0, 7), ErrFormat, "do not match"},
		"more taps than is":  {set(markDTT, 1, 0, 13, 11), ErrFormat, "cut short"},
		"two frames":         {insert(markSOB, 1, 0xff, 0xa2, 0, 2), ErrFormat, "second frame"},
		"restarts":           {insert(markSOB, 1, 0xff, 0xa7, 0, 4, 0, 0), ErrFormat, "ffa7"},
		"filters in between": {insert(markSOB, 2, 0xff, 0xa4, 0, 2), ErrFormat, "between blocks"},
		"too many segments":  {insert(markSOB, 1, comments...), ErrFormat, "too many"},
		"too many comments":  {insert(markSOB, 1, comments[:4*(maxComments+1)]...), ErrFormat, "too many comments"},
		"too many blocks":    {insert(markSOB, 2, blocks...), ErrFormat, "too many blocks"},
		"a segment of 1":     {insert(markSOB, 1, 0xff, 0xa8, 0, 1), ErrFormat, "1 bytes"},
		"a cut quantization": {insert(markSOB, 1, 0xff, 0xa5, 0, 4, 0, 0), ErrFormat, "quantization cut"},
		"a cut frame":        {insert(markSOF, 1, 0xff, 0xa2, 0, 4, 0, 0), ErrFormat, "header cut"},
		"no end":             {func(b []byte) []byte { return b[:len(b)-2] }, ErrFormat, "cut short"},
		"another end":        {func(b []byte) []byte { b[len(b)-1] = 0xd9; return b }, ErrFormat, "ffd9"},
	} {
		img, err := Decode(c.damage(file(t)))
		if img != nil || !errors.Is(err, c.err) || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v, want %q", name, err, c.say)
		}
	}
	// What is odd but harmless passes.
	for name, damage := range map[string]func(b []byte) []byte{
		"comments in between": insert(markSOB, 2, 0xff, 0xa8, 0, 3, 'x'),
		"an empty block":      insert(markSOB, 2, 0xff, 0xa3, 0, 3, 0),
		"untouched":           func(b []byte) []byte { return b },
	} {
		if _, err := Decode(damage(file(t))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// mutations is the variable that sets how many damaged files TestMutations
// tries: a long run takes 100000.
const mutations = "TRAM_WSQ_MUTATIONS"

// Damaged files give an error or an image within the limits, never a panic.
func TestMutations(t *testing.T) {
	n := 2000
	if s := os.Getenv(mutations); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	good := file(t)
	refused, shown := 0, 0
	for seed := range n {
		r := rand.New(rand.NewPCG(uint64(seed), 6))
		b := mutated(bytes.Clone(good), r)
		img, err := Decode(b)
		switch {
		case err != nil && (img != nil || !errors.Is(err, ErrFormat) && !errors.Is(err, ErrTooLarge)):
			t.Fatalf("mutation %d: %v", seed, err)
		case err != nil:
			refused++
		case len(img.Gray.Pix) > MaxPixels || len(img.Comments) > maxComments || img.DPI < 0 || img.DPI > maxDPI:
			t.Fatalf("mutation %d: %v, %d dpi", seed, img.Gray.Rect, img.DPI)
		default:
			shown++
		}
	}
	if refused < n/10 || shown < n/10 {
		t.Errorf("of %d files %d were refused, %d shown: the damage is of one kind", n, refused, shown)
	}
}

// mutated damages a file: some bytes anywhere, or in the tables before the
// pixels, or bits, or a piece gone, doubled or moved.
func mutated(b []byte, r *rand.Rand) []byte {
	for range 1 + r.IntN(4) {
		head := min(800, len(b))
		switch r.IntN(6) {
		case 0:
			b[r.IntN(len(b))] = byte(r.Uint32())
		case 1:
			b[r.IntN(head)] = byte(r.Uint32())
		case 2:
			b[r.IntN(head)] ^= 1 << r.IntN(8)
		case 3:
			i := r.IntN(len(b) - 1)
			j := i + 1 + r.IntN(min(64, len(b)-i-1))
			b = append(b[:i], b[j:]...)
		case 4:
			i := r.IntN(len(b) - 1)
			j := i + 1 + r.IntN(min(64, len(b)-i-1))
			b = append(b[:j:j], b[i:]...)
		default:
			i, j := r.IntN(len(b)), r.IntN(len(b))
			copy(b[i:], bytes.Clone(b[j:min(j+r.IntN(300), len(b))]))
		}
	}
	return b
}

// small is a valid file below the size that Encode takes, for speed.
func small(t testing.TB, img *image.Gray) []byte {
	t.Helper()
	b, err := encode(img, Options{DPI: 500, Bitrate: 2.25, Comments: []string{"x"}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func FuzzDecode(f *testing.F) {
	print := small(f, drawn(96, 97, 1))
	f.Add(print)
	f.Add(refiltered(f, print, 8, 8))
	f.Add(refiltered(f, print, 5, 3))
	f.Add(small(f, image.NewGray(image.Rect(0, 0, 96, 96))))
	f.Fuzz(func(t *testing.T, b []byte) {
		w, h, err := DecodeConfig(b)
		if err == nil && w*h > 1<<15 {
			t.Skip("large images take long and show no more")
		}
		img, decodeErr := Decode(b)
		if decodeErr != nil {
			return
		}
		if err != nil || img.Gray.Rect != image.Rect(0, 0, w, h) {
			t.Fatalf("%v, but the header says %d×%d, %v", img.Gray.Rect, w, h, err)
		}
		roundTrip(t, img.Gray, Options{DPI: img.DPI, Bitrate: DefaultBitrate, Comments: img.Comments})
	})
}

// FuzzEncode takes any image there is.
func FuzzEncode(f *testing.F) {
	f.Add([]byte{1, 200, 3, 90}, byte(0), byte(101), 0.75)
	f.Add([]byte{0, 255}, byte(30), byte(1), 2.25)
	f.Add([]byte{7}, byte(1), byte(1), 0.1)
	f.Fuzz(func(t *testing.T, grain []byte, w, h byte, bitrate float64) {
		if len(grain) == 0 || !(bitrate > 0) || bitrate > MaxBitrate {
			return
		}
		img := image.NewGray(image.Rect(0, 0, minDecodedSide+int(w), minDecodedSide+int(h)))
		for i := range img.Pix {
			img.Pix[i] = grain[i*(1+i/997)%len(grain)]
		}
		roundTrip(t, img, Options{Bitrate: bitrate})
	})
}

// roundTrip writes an image and reads it back: what is said of it stays, and it
// is written the same every time.
func roundTrip(t *testing.T, img *image.Gray, o Options) {
	t.Helper()
	b, err := encode(img, o)
	if errors.Is(err, ErrBitrate) {
		return // coefficients too large for a file
	}
	if err != nil {
		t.Fatal(err)
	}
	back, err := Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if back.Gray.Rect.Size() != img.Rect.Size() || back.DPI != o.DPI || len(back.Comments) != len(o.Comments) {
		t.Fatalf("%v at %d dpi came back as %v at %d", img.Rect, o.DPI, back.Gray.Rect, back.DPI)
	}
	again, err := encode(img, o)
	if err != nil || !bytes.Equal(again, b) {
		t.Fatalf("written twice, it is another file: %v", err)
	}
}
