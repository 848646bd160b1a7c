package qr

import (
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/makiuchi-d/gozxing/qrcode/encoder"
)

// vietnamese is every letter of the alphabet with every tone, in both cases.
func vietnamese() string {
	var b strings.Builder
	for _, base := range "aăâbcdđeêghiklmnoôơpqrstuưvxyAĂÂBCDĐEÊGHIKLMNOÔƠPQRSTUƯVXY" {
		b.WriteRune(base)
	}
	b.WriteString("áàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ")
	b.WriteString("ÁÀẢÃẠẮẰẲẴẶẤẦẨẪẬÉÈẺẼẸẾỀỂỄỆÍÌỈĨỊÓÒỎÕỌỐỒỔỖỘỚỜỞỠỢÚÙỦŨỤỨỪỬỮỰÝỲỶỸỴ")
	return b.String()
}

func TestNamedCharacterSets(t *testing.T) {
	for eci, c := range map[int]struct{ bytes, text string }{
		0: {"\x80", "Ç"}, 1: {"\xe9", "é"}, 2: {"\x80", "Ç"}, 3: {"\xe9\x00", "é\x00"}, 4: {"\xb3", "ł"}, 5: {"\xb6", "ĥ"},
		6: {"\xe0", "ā"}, 7: {"\xd0", "а"}, 8: {"\xc7", "ا"}, 9: {"\xe1", "α"}, 10: {"\xe0", "א"}, 11: {"\xfd", "ı"},
		12: {"\xe7", "į"}, 13: {"\xa1", "ก"}, 15: {"\xe0", "ą"}, 16: {"\xa1", "Ḃ"}, 17: {"\xa4", "€"}, 18: {"\xaa", "Ș"},
		20: {"\x93\x5f\xb1", "点ｱ"}, 21: {"\x9c", "ś"}, 22: {"\xe0", "а"}, 23: {"\x80", "€"}, 24: {"\xc7", "ا"},
		25: {"\x1e\xed", "ử"}, 26: {"ử", "ử"}, 27: {"Thu", "Thu"}, 28: {"\xa4\xa4", "中"}, 29: {"\xd6\xd0", "中"},
		30: {"\xb0\xa1", "가"}, 31: {"\xd6\xd0", "中"}, 32: {"\xd6\xd0", "中"}, 33: {"\xed\x1e", "ử"},
		34: {"\x00\x00\x1e\xed", "ử"}, 35: {"\xed\x1e\x00\x00", "ử"}, 170: {"THU", "THU"},
		// Not known, and binary: one character a byte.
		14: {"\xc4\x90", "Ä\u0090"}, 899: {"\x00\xff", "\x00ÿ"}, 1000: {"\xe1\xbb\xad", "á»\u00ad"},
	} {
		s, err := readStream(in(5).eci(eci).octets(c.bytes).end(60), 5)
		if err != nil {
			t.Fatal(eci, err)
		}
		if b, text := s.content(); string(b) != c.bytes || text != c.text || s.eci != eci {
			t.Errorf("ECI %d: %q is %q, want %q", eci, b, text, c.text)
		}
	}
}

// A code may name a character set that its bytes are not in.
func TestWronglyNamed(t *testing.T) {
	for name, c := range map[string]struct {
		eci         int
		bytes, text string
	}{
		"UTF-8 that is not":        {26, "Caf\xe9 \x80", "Café €"},
		"ASCII that is UTF-8":      {27, "Đỗ", "Đỗ"},
		"invariant, in fact UTF-8": {170, "Đỗ", "Đỗ"},
		"half a Shift JIS":         {20, "a\x93", "a“"},
		"half a UTF-16":            {25, "ữ", "ữ"},
		"a hole in Latin-3":        {5, "five hundred \xa5", "five hundred ¥"},
	} {
		s, err := readStream(in(5).eci(c.eci).octets(c.bytes).end(60), 5)
		if err != nil {
			t.Fatal(name, err)
		}
		if b, text := s.content(); string(b) != c.bytes || text != c.text {
			t.Errorf("%s: %q is %q, want %q", name, b, text, c.text)
		}
	}
}

func TestGuessed(t *testing.T) {
	for name, c := range map[string]struct{ bytes, text string }{
		"UTF-8":            {vietnamese(), vietnamese()},
		"decomposed":       {"Nguye\u0302\u0303n", "Nguye\u0302\u0303n"},
		"UTF-8 with mark":  {"\ufeffĐỗ", "\ufeffĐỗ"},
		"Latin-1":          {"Caf\xe9 \xe0 la carte", "Café à la carte"},
		"Windows 1252":     {"\x93quoted\x94 \x80 5", "“quoted” € 5"},
		"Shift JIS":        {"\x82\xb1\x82\xf1\x82\xc9\x82\xbf\x82\xcd", "こんにちは"},
		"UTF-16 with mark": {"\xfe\xff\x01\x10\x1e\xd7", "Đỗ"},
		"no character set": {"\xfd\x80\x81\x9d\xc0\x00", "ý\u0080\u0081\u009dÀ\x00"},
	} {
		s, err := readStream(in(20).octets(c.bytes).end(0), 20)
		if err != nil {
			t.Fatal(name, err)
		}
		b, text := s.content()
		if string(b) != c.bytes || text != c.text {
			t.Errorf("%s: %q is %q", name, b, text)
		}
	}
}

// TestCorrect takes gozxing's codes apart: every level, with and without ECI,
// damaged up to what the level stands, and mirrored.
func TestCorrect(t *testing.T) {
	rng := newRand()
	texts := []string{thu, vietnamese(), "0123456789", "HTTPS://EXAMPLE.ORG/", "点茗", person(rng)}
	damage := map[decoder.ErrorCorrectionLevel]int{ // modules that no level minds, in one block
		decoder.ErrorCorrectionLevel_L: 3, decoder.ErrorCorrectionLevel_M: 4,
		decoder.ErrorCorrectionLevel_Q: 6, decoder.ErrorCorrectionLevel_H: 8,
	}
	for _, text := range texts {
		for level, flips := range damage {
			for _, named := range []bool{false, true} {
				hints, eci := map[gozxing.EncodeHintType]any{}, noECI
				if named || text == vietnamese() || text == thu {
					hints[gozxing.EncodeHintType_CHARACTER_SET] = "UTF-8"
					if strings.Trim(text, alphabet) != "" { // byte mode
						eci = eciUTF8
					}
				}
				code, err := encoder.Encoder_encode(text, level, hints)
				if err != nil {
					t.Fatal(err)
				}
				n := code.GetMatrix().GetWidth()
				for _, mirrored := range []bool{false, true} {
					matrix, err := gozxing.NewSquareBitMatrix(n)
					if err != nil {
						t.Fatal(err)
					}
					for y := range n {
						for x := range n {
							if code.GetMatrix().Get(x, y) == 1 {
								if mirrored {
									matrix.Set(y, x)
								} else {
									matrix.Set(x, y)
								}
							}
						}
					}
					for range flips {
						matrix.Flip(9+rng.IntN(n-18), 9+rng.IntN(n-18))
					}
					s, err := correct(matrix)
					if err != nil {
						t.Fatalf("%q %v: %v", text, level, err)
					}
					content, err := readStream(s.codewords, s.version)
					if err != nil {
						t.Fatal(err)
					}
					if _, got := content.content(); got != text || s.mirrored != mirrored || string(s.level) != level.String() ||
						s.version != (n-17)/4 || content.eci != eci {
						t.Errorf("%q became %q: %+v", text, got, s)
					}
				}
			}
		}
	}
}
