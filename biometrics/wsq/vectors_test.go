package wsq

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"image"
	"testing"
)

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// Files and pixels of drawn prints, the same on every machine. NBIS 5 makes the
// very same files of these images, and the same pixels of the files.
func TestVectors(t *testing.T) {
	for _, v := range []struct {
		width, height int
		bitrate       float64
		size          int
		file, pixels  string // first 8 bytes of their SHA-256
	}{
		{256, 256, 0.75, 6916, "41a01db8a40f9bba", "0146c32ebaebbcbb"},
		{257, 301, 2.25, 22988, "500fc8d9a72c9d56", "331c1b0063f62268"},
		{500, 500, 0.75, 19660, "d79bff472488fdd0", "145840a68a870359"},
		{640, 333, 0.4, 6854, "06de233de7f3efeb", "31e1d55165cadf1a"},
	} {
		img := drawn(v.width, v.height, uint32(v.width))
		b, err := Encode(img, Options{Bitrate: v.bitrate, DPI: 500})
		if err != nil {
			t.Fatal(err)
		}
		back, err := Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) != v.size || digest(b) != v.file || digest(back.Gray.Pix) != v.pixels {
			t.Errorf("{%d, %d, %v, %d, %q, %q}", v.width, v.height, v.bitrate, len(b), digest(b), digest(back.Gray.Pix))
		}
		if p := PSNR(img, back.Gray); p < 25 {
			t.Errorf("%d×%d: %.1f dB", v.width, v.height, p)
		}
	}
}

// refiltered is a file with other filters in place of its own: nonsense to look
// at, but every decoder must make the same nonsense of it.
func refiltered(t testing.TB, file []byte, low, high int) []byte {
	t.Helper()
	body := []byte{byte(low), byte(high)}
	for _, n := range []int{low, high} {
		for k := range (n + 1) / 2 {
			body = append(body, byte((k+n)%3/2), 9)
			body = binary.BigEndian.AppendUint32(body, uint32(700_000_000/(k*k+k+1)))
		}
	}
	e := encoder{}
	e.segment(markDTT, body)
	at := bytes.Index(file, []byte{0xff, 0xa4, 0, 58})
	if at < 0 {
		t.Fatal("no filters")
	}
	return append(append(append([]byte(nil), file[:at]...), e.b...), file[at+60:]...)
}

// Filters other than the usual, with odd and even numbers of taps, as NBIS 5
// decodes them.
func TestFilterVectors(t *testing.T) {
	for _, v := range []struct {
		low, high, width, height int
		pixels                   string
	}{
		{9, 7, 256, 256, "9a3c04c8154beee5"},
		{8, 8, 256, 256, "0d5e1604e37403b2"},
		{8, 8, 261, 259, "1dd0f269f23c81a4"},
		{13, 11, 261, 259, "a522327bc429c530"},
		{5, 3, 256, 259, "cd88ea85627be7b8"},
		{6, 10, 261, 256, "b35fcc1a2849cbca"},
		{7, 9, 257, 257, "8aaf07fc38947e12"},
	} {
		file, err := Encode(drawn(v.width, v.height, 3), Options{})
		if err != nil {
			t.Fatal(err)
		}
		img, err := Decode(refiltered(t, file, v.low, v.high))
		if err != nil {
			t.Fatal(err)
		}
		if got := digest(img.Gray.Pix); got != v.pixels {
			t.Errorf("{%d, %d, %d, %d, %q}", v.low, v.high, v.width, v.height, got)
		}
	}
}

// A file of a few bytes must not keep a core busy for seconds: what is large has
// the standard's filters.
func TestUnusualFiltersOfALargeImage(t *testing.T) {
	file, err := Encode(drawn(1100, 1100, 3), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Decode(refiltered(t, file, 13, 11)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("%v, want too large", err)
	}
	if _, err := Decode(file); err != nil {
		t.Error(err)
	}
}

// At a bitrate next to nothing the steps are wider than a file can say: that is
// an error, never a file that nobody reads.
func TestTinyBitrates(t *testing.T) {
	refused := 0
	img := image.NewGray(image.Rect(0, 0, 291, 256))
	for _, k := range []int{150, 300, 350} {
		for i := range img.Pix {
			img.Pix[i] = uint8(i % img.Stride * (i / img.Stride) / k)
		}
		for _, rate := range []float64{0.1, 0.034, 0.02, 0.01, 0.002, 0.001} {
			b, err := Encode(img, Options{Bitrate: rate})
			if errors.Is(err, ErrBitrate) {
				refused++
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Decode(b); err != nil {
				t.Errorf("%v bits, %d: %v", rate, k, err)
			}
		}
	}
	if refused == 0 {
		t.Error("none was refused: the test is too mild")
	}
}

// The sums that are written out for 9 and 7 taps are those of the loops.
func TestWrittenOut(t *testing.T) {
	f, err := parseFilters([]byte{9, 7, 0, 9, 0x32, 0xd3, 0x25, 0xcd, 0, 10, 0xe0, 0xf3, 0x19, 0x9a, 1, 10, 0x41, 0xef, 0xf1, 0x9a,
		1, 11, 0x8e, 0x27, 0x64, 0xcd, 0, 11, 0xe1, 0x79, 0xa3, 0x33, 0, 9, 0x2e, 0xff, 0x56, 0, 1, 10, 0xf9, 0x33, 0xd3, 0x33,
		1, 11, 0xf2, 0x87, 0x21, 0x9a, 0, 10, 0x26, 0x77, 0xda, 0x33})
	if err != nil {
		t.Fatal(err)
	}
	noise := drawn(131, 98, 5)
	for range 2 {
		noise = Resample(noise, 3, 4) // any sizes will do
	}
	w, h := noise.Rect.Dx(), noise.Rect.Dy()
	var got [2][]float32
	for i := range got {
		s, err := newSynthesis(f, w, h)
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range noise.Pix {
			s.plane[k] = float32(v) - 100
		}
		if !s.standard() {
			t.Fatal("9 and 7 taps are not known for the usual ones")
		}
		if i == 1 { // a tap of nothing more makes them unusual
			s.low[0] = append(s.low[0], 0)
			s.lowRow = append(s.lowRow, 0)
		}
		s.run(newLayout(w, h))
		got[i] = s.plane
	}
	for i := range got[0] {
		if got[0][i] != got[1][i] {
			t.Fatalf("sample %d: %v and %v", i, got[0][i], got[1][i])
		}
	}
}

// Every size is cut into bands without a pixel left or used twice, but for the
// dropped corner.
func TestLayout(t *testing.T) {
	for w := 256; w < 300; w++ {
		h := 556 - w
		l := newLayout(w, h)
		if len(l.splits) != 20 || l.n != bands {
			t.Fatalf("%d splits, %d bands", len(l.splits), l.n)
		}
		seen := image.NewGray(image.Rect(0, 0, w, h))
		for _, b := range l.bands {
			for y := b.y; y < b.y+b.h; y++ {
				for x := b.x; x < b.x+b.w; x++ {
					seen.Pix[y*w+x]++
				}
			}
		}
		for i, n := range seen.Pix {
			want := byte(1)
			if i%w >= (w+1)/2 && i/w >= (h+1)/2 {
				want = 0
			}
			if n != want {
				t.Fatalf("%d×%d: pixel %d is in %d bands", w, h, i, n)
			}
		}
	}
}
