package qr

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// writer builds the codewords of a code of one version, bit by bit.
type writer struct {
	version int
	bits    []byte // one a bit
}

func (w *writer) put(v, n int) *writer {
	for i := n - 1; i >= 0; i-- {
		w.bits = append(w.bits, byte(v>>i&1))
	}
	return w
}

func (w *writer) header(mode, count int) *writer {
	return w.put(mode, 4).put(count, countBits(mode, w.version))
}

func (w *writer) octets(s string) *writer {
	w.header(modeByte, len(s))
	for _, c := range []byte(s) {
		w.put(int(c), 8)
	}
	return w
}

func (w *writer) numeric(s string) *writer {
	w.header(modeNumeric, len(s))
	for ; len(s) > 0; s = s[min(3, len(s)):] {
		n, v := min(3, len(s)), 0
		for _, c := range s[:n] {
			v = 10*v + int(c-'0')
		}
		w.put(v, []int{0, 4, 7, 10}[n])
	}
	return w
}

func (w *writer) alphanumeric(s string) *writer {
	w.header(modeAlphanumeric, len(s))
	for ; len(s) > 1; s = s[2:] {
		w.put(45*strings.IndexByte(alphabet, s[0])+strings.IndexByte(alphabet, s[1]), 11)
	}
	if s != "" {
		w.put(strings.IndexByte(alphabet, s[0]), 6)
	}
	return w
}

// eci writes an assignment in the shortest way.
func (w *writer) eci(v int) *writer {
	w.put(modeECI, 4)
	switch {
	case v < 1<<7:
		return w.put(v, 8)
	case v < 1<<14:
		return w.put(0b10, 2).put(v, 14)
	}
	return w.put(0b110, 3).put(v, 21)
}

// end returns the codewords: terminator, zero bits, and pad codewords to size.
func (w *writer) end(size int) []byte {
	all := append(slices.Clip(w.bits), 0, 0, 0, 0)
	for len(all)%8 != 0 {
		all = append(all, 0)
	}
	var out []byte
	for i := 0; i < len(all); i += 8 {
		var c byte
		for _, b := range all[i : i+8] {
			c = c<<1 | b
		}
		out = append(out, c)
	}
	for i := 0; len(out) < size; i++ {
		out = append(out, [2]byte{0xEC, 0x11}[i%2])
	}
	return out
}

func in(version int) *writer { return &writer{version: version} }

func TestReadStream(t *testing.T) {
	for name, c := range map[string]struct {
		w     *writer
		bytes string
		text  string // as bytes where empty
		eci   int
	}{
		"nothing":             {in(1), "", "", noECI},
		"digits":              {in(1).numeric("001090990001"), "001090990001", "", noECI},
		"one digit over":      {in(9).numeric("0010"), "0010", "", noECI},
		"two digits over":     {in(10).numeric("00107"), "00107", "", noECI},
		"leading zeros":       {in(27).numeric("000007"), "000007", "", noECI},
		"letters":             {in(1).alphanumeric("HTTP://A.VN/ 0$%*+-."), "HTTP://A.VN/ 0$%*+-.", "", noECI},
		"odd letters":         {in(40).alphanumeric("AB:"), "AB:", "", noECI},
		"bytes":               {in(9).octets(thu), thu, "", noECI},
		"bytes, wide count":   {in(10).octets(thu), thu, "", noECI},
		"NUL":                 {in(1).octets("a\x00b\x00"), "a\x00b\x00", "", noECI},
		"mixed":               {in(8).numeric("001").octets("ữ|").alphanumeric("NAM"), "001ữ|NAM", "", noECI},
		"character cut apart": {in(8).octets("Nguy\xe1\xbb").octets("\x85n"), "Nguyễn", "", noECI},
		"UTF-8 by ECI":        {in(7).eci(26).octets("Đỗ"), "Đỗ", "", 26},
		"ECI in the middle":   {in(7).octets("Đỗ ").eci(3).octets("Caf\xe9"), "Đỗ Caf\xe9", "Đỗ Café", 3},
		"several ECIs":        {in(7).eci(4).octets("\xb3").eci(26).octets("ữ").eci(7).octets("\xd0").numeric("12"), "\xb3ữ\xd012", "łữа12", 7},
		"ECI of two bytes":    {in(3).eci(899).octets("\x00\xff"), "\x00\xff", "\x00ÿ", 899},
		"ECI of three bytes":  {in(3).eci(999_999).octets("\xc4\x90"), "\xc4\x90", "\u00c4\u0090", 999_999},
		"Kanji":               {in(5).header(modeKanji, 2).put(0x0D9F, 13).put(0x1AAA, 13), "\x93\x5f\xe4\xaa", "点茗", noECI},
		"Hanzi":               {in(5).put(modeHanzi, 4).put(1, 4).put(2, 8).put((0xD6-0xA6)*0x60+0xD0-0xA1, 13).put(0x60*2+0x13, 13), "\xd6\xd0\xa3\xb4", "中４", noECI},
		"FNC1 first": {in(5).put(modeFNC1First, 4).numeric("01").alphanumeric("A%B%%C%"), "01A\x1dB%C\x1d",
			"", noECI},
		"FNC1 second, digits": {in(5).put(modeFNC1Second, 4).put(7, 8).alphanumeric("A%%"), "07A%", "", noECI},
		"FNC1 second, letter": {in(5).put(modeFNC1Second, 4).put(100+'a', 8).octets("%"), "a%", "", noECI},
		"percent":             {in(5).alphanumeric("A%%B%"), "A%%B%", "", noECI},
	} {
		for _, size := range []int{0, 200} { // the code is full, or padded
			s, err := readStream(c.w.end(size), c.w.version)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				break
			}
			want := c.text
			if want == "" {
				want = c.bytes
			}
			if b, text := s.content(); string(b) != c.bytes || text != want || s.eci != c.eci || s.append != nil {
				t.Errorf("%s: %q %q, ECI %d", name, b, text, s.eci)
			}
		}
	}
}

func TestReadStreamAppend(t *testing.T) {
	s, err := readStream(in(2).put(modeAppend, 4).put(1, 4).put(3, 4).put(0xA5, 8).octets("part").end(30), 2)
	if err != nil || !reflect.DeepEqual(s.append, &Append{Index: 1, Total: 4, Parity: 0xA5}) {
		t.Fatalf("%+v %v", s, err)
	}
}

func TestReadStreamRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		data    []byte
		version int
	}{
		"no such mode":               {in(1).put(0b1111, 4).end(20), 1},
		"three digits above 999":     {in(1).header(modeNumeric, 3).put(1000, 10).end(20), 1},
		"two digits above 99":        {in(1).header(modeNumeric, 2).put(100, 7).end(20), 1},
		"a digit above 9":            {in(1).header(modeNumeric, 1).put(10, 4).end(20), 1},
		"two characters above 44":    {in(1).header(modeAlphanumeric, 2).put(45*45, 11).end(20), 1},
		"a character above 44":       {in(1).header(modeAlphanumeric, 1).put(45, 6).end(20), 1},
		"more bytes than there are":  {in(1).header(modeByte, 200).put('a', 8).end(0), 1},
		"part beyond the whole":      {in(1).put(modeAppend, 4).put(3, 4).put(2, 4).put(0, 8).end(20), 1},
		"ECI designator":             {in(1).put(modeECI, 4).put(0xFF, 8).end(20), 1},
		"ECI above 999,999":          {in(1).put(modeECI, 4).put(0b110, 3).put(1_000_000, 21).end(20), 1},
		"application indicator":      {in(1).put(modeFNC1Second, 4).put(120, 8).end(20), 1},
		"subset of Hanzi":            {in(1).put(modeHanzi, 4).put(2, 4).put(0, 8).end(20), 1},
		"Kanji with a hole":          {in(1).header(modeKanji, 1).put(0x3F, 13).end(20), 1},
		"Kanji behind the row":       {in(1).header(modeKanji, 1).put(0xBF, 13).end(20), 1},
		"Hanzi behind the row":       {in(1).put(modeHanzi, 4).put(1, 4).put(1, 8).put(0x5E, 13).end(20), 1},
		"more than the largest code": {make([]byte, maxCodewords+1), 40},
		"version 0":                  {nil, 0},
		"version 41":                 {nil, 41},
	} {
		if s, err := readStream(c.data, c.version); !errors.Is(err, errStream) || s != nil {
			t.Errorf("%s: %+v %v", name, s, err)
		}
	}
	// A stream cut anywhere inside its segment is none.
	whole := in(9).octets(thu).end(0)
	for n := 1; n < len(thu)+2; n++ {
		if s, err := readStream(whole[:n], 9); !errors.Is(err, errStream) {
			t.Fatalf("%d of %d codewords: %+v %v", n, len(whole), s, err)
		}
	}
	if _, err := readStream(whole, 9); err != nil {
		t.Error("the control:", err)
	}
}

// FuzzReadStream: whatever a code holds, its text is valid UTF-8, and its bytes
// written again as one byte segment read the same.
func FuzzReadStream(f *testing.F) {
	f.Add(in(9).octets(thu).end(182), 9)
	f.Add(in(1).numeric("0010").alphanumeric("A%").eci(26).octets("\xff").end(20), 1)
	f.Add(in(27).put(modeAppend, 4).put(1, 4).put(3, 4).put(7, 8).put(modeFNC1Second, 4).put(7, 8).header(modeKanji, 1).put(0x0D9F, 13).end(30), 27)
	f.Add(in(5).put(modeHanzi, 4).put(1, 4).put(1, 8).put(99, 13).eci(25).octets("\xd8\x00\x00").eci(20).octets("\x81").end(40), 5)
	f.Fuzz(func(t *testing.T, data []byte, version int) {
		s, err := readStream(data, version)
		if err != nil {
			if s != nil || !errors.Is(err, errStream) {
				t.Fatal(s, err)
			}
			return
		}
		b, text := s.content()
		if !utf8.ValidString(text) || len(b) > 3*len(data) {
			t.Fatalf("%q of %d bytes out of %d", text, len(b), len(data))
		}
		if len(b) >= 1<<countBits(modeByte, version) || len(b)+4 > maxCodewords {
			return
		}
		again, err := readStream((&writer{version: version}).octets(string(b)).end(0), version)
		if err != nil {
			t.Fatal(err)
		}
		if c, _ := again.content(); string(c) != string(b) {
			t.Fatalf("%q became %q", b, c)
		}
	})
}
