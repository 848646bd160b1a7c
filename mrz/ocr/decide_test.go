package ocr

import (
	"slices"
	"strings"
	"testing"

	"github.com/tram-station/tram/mrz"
)

var card = []string{
	"IDVNM0990000014001099000001<<3",
	"9902145F3902142VNM<<<<<<<<<<<0",
	"NGUYEN<<THU<HANG<<<<<<<<<<<<<<",
}

// valid returns the lines with right check digits.
func valid(t *testing.T, lines []string) []string {
	t.Helper()
	z, err := mrz.Parse(strings.Join(lines, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	out := slices.Clone(lines)
	for range 2 { // the composite covers the others
		for _, c := range mrz.Checks(z.Format, z.VietnameseCard()) {
			text := ""
			for _, s := range c.Covers {
				text += out[s.Line][s.From:s.To]
			}
			d, err := mrz.CheckDigit(text)
			if err != nil {
				t.Fatal(err)
			}
			b := []byte(out[c.Line])
			b[c.Column] = d
			out[c.Line] = string(b)
		}
	}
	return out
}

// seen returns odds under which each character of the lines is sure.
func seen(lines []string) odds {
	o := make(odds, len(lines))
	for i, l := range lines {
		o[i] = make([]likelihoods, len(l))
		for c := range l {
			o[i][c][glyphOf(l[c])] = 40
		}
	}
	return o
}

// vague makes the glyphs about as likely as the right one, by that much less.
func (o odds) vague(line, column int, also string, less float32) {
	l := &o[line][column]
	_, best := l.best(nil)
	for _, c := range []byte(also) {
		l[glyphOf(c)] = best - less
	}
}

func decided(t *testing.T, o odds, s shape) (*form, *decision, []string) {
	t.Helper()
	f, d := settleForm(s, o)
	if d == nil {
		t.Fatal("no form")
	}
	lines := make([]string, len(d.text))
	for i := range lines {
		lines[i] = spell(d.text[i])
	}
	return f, d, lines
}

func TestDecideFormats(t *testing.T) {
	passport := []string{"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"}
	visa := []string{"V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"}
	for format, lines := range map[mrz.Format][]string{
		mrz.TD1: valid(t, card), mrz.TD3: passport, mrz.MRVA: visa,
		mrz.FRAID: {"IDFRABERTHIER<<<<<<<<<<<<<<<<<<<<<<<", "8806923102858CORINNE<<<<<<<6512068F6"},
		mrz.TD2:   {"I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6"},
	} {
		f, d, got := decided(t, seen(lines), shape{len(lines[0]), len(lines)})
		if f.format != format || !d.fits || !f.sure(d) || !slices.Equal(got, lines) {
			t.Errorf("%s: %s fits %v sure %v %q", format, f.format, d.fits, f.sure(d), got)
		}
	}
}

func TestCheckDigitsDecide(t *testing.T) {
	lines := valid(t, card)
	// The date of birth may be read in ten ways, and the wrong ones look better.
	o := seen(lines)
	o.vague(1, 3, "0123456789", -3)
	o[1][3][glyphOf(lines[1][3])] -= 6
	f, d, got := decided(t, o, shape{30, 3})
	if !slices.Equal(got, lines) || !d.fits || d.margin[1][3] < sureMargin || !f.sure(d) {
		t.Errorf("%q, margin %.1f", got, d.margin[1][3])
	}

	// Two digits of one field: another pair fits the check digits as well.
	o = seen(lines)
	for _, c := range []int{2, 3, 4, 5} {
		o.vague(1, c, "0123456789", 0)
	}
	if f, d, _ := decided(t, o, shape{30, 3}); f.sure(d) {
		t.Error("sure of a date that fits in many ways")
	}
}

func TestTwinsDecide(t *testing.T) {
	lines := valid(t, card)
	// Three digits of the document number cannot be seen; the holder's number
	// says them again.
	o := seen(lines)
	for _, c := range []int{6, 9, 12} {
		o[0][c] = likelihoods{}
	}
	f, d, got := decided(t, o, shape{30, 3})
	if !slices.Equal(got, lines) || !f.sure(d) {
		t.Errorf("%q", got)
	}
	// Where the two differ for sure, both stay what they are.
	other := slices.Clone(lines)
	other[0] = other[0][:20] + "7" + other[0][21:]
	other = valid(t, other)
	if _, _, got := decided(t, seen(other), shape{30, 3}); !slices.Equal(got, other) {
		t.Errorf("%q, want %q", got, other)
	}
}

func TestSureIsNeverChanged(t *testing.T) {
	lines := valid(t, card)
	b := []byte(lines[1])
	b[6] = '0' + (b[6]-'0'+1)%10 // a wrong check digit, clearly printed
	lines[1] = string(b)
	_, d, got := decided(t, seen(lines), shape{30, 3})
	if d.fits || !slices.Equal(got, lines) {
		t.Errorf("fits %v, %q", d.fits, got)
	}
}

func TestNamesKeepTheirForm(t *testing.T) {
	lines := valid(t, card)
	o := seen(lines)
	o.vague(2, 6, "K", -2)  // a filler between the names looks more like a K
	o.vague(2, 25, "L", -2) // and one behind them like an L
	if _, _, got := decided(t, o, shape{30, 3}); got[2][25] != '<' {
		t.Errorf("a letter behind the fillers: %q", got[2])
	}
	o = seen(lines)
	o.vague(2, 2, "<", 1)
	o.vague(2, 9, "7", -5)
	_, d, got := decided(t, o, shape{30, 3})
	if got[2] != lines[2] || d.margin[2][2] > 1.5 {
		t.Errorf("%q, margin %.1f", got[2], d.margin[2][2])
	}
}
