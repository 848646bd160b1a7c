package web

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// leastContrast is what WCAG 2.2 AA asks of text, leastDistance what keeps two
// colours of signs side by side apart: 2.3 is just noticed.
const (
	leastContrast = 4.5
	leastDistance = 14
)

var (
	tableRow  = regexp.MustCompile(`(?m)^  '?([a-z-]+)'?: row\('([a-z]+)'`)
	tableTone = regexp.MustCompile(`\.banner\.([a-z-]+) \{ --tone: (#[0-9a-f]{6}); --tint: (#[0-9a-f]{6})`)
)

// TestTruthTableIsWhole: each row has a sign, a colour, a sound and words of its
// own, and what is written on its colours can be read.
func TestTruthTableIsWhole(t *testing.T) {
	words := dictionary(t)
	files := read(t, func(name string) bool {
		return strings.HasPrefix(name, "parts/") || name == "css/truth.css" || name == "dom.js"
	})
	tones := map[string][]string{}
	for _, m := range tableTone.FindAllStringSubmatch(files["css/truth.css"], -1) {
		tones[m[1]] = m[2:]
	}
	rows := tableRow.FindAllStringSubmatch(files["parts/truth.js"], -1)
	if len(rows) < 18 {
		t.Fatalf("only %d rows found: the search is broken", len(rows))
	}
	seen := map[string]string{}
	once := func(row, what, value string) {
		if other := seen[what+value]; value == "" || other != "" {
			t.Errorf("%s has the %s %q, as has %q", row, what, value, other)
		}
		seen[what+value] = row
	}
	for _, m := range rows {
		row, sign := m[1], m[2]
		once(row, "sign", sign)
		if !strings.Contains(files["dom.js"], "\n  "+sign+": '") {
			t.Errorf("%s: nobody has drawn %q", row, sign)
		}
		tune := regexp.MustCompile(`(?m)^  '?` + row + `'?: (tune\(.*\)),$`).FindStringSubmatch(files["parts/sound.js"])
		if tune == nil {
			t.Errorf("%s has no sound", row)
		} else {
			once(row, "sound", tune[1])
		}
		for _, language := range []string{"vi", "en"} {
			once(row, "headline in "+language, words["truth."+row][language])
			once(row, "next action in "+language, words["truth-next."+row][language])
		}
		if tones[row] == nil {
			t.Errorf("%s has no colour", row)
			continue
		}
		once(row, "colour", tones[row][0])
		for ground, what := range map[string]string{tones[row][1]: "its tint", "#ffffff": "white"} {
			if c := contrast(t, tones[row][0], ground); c < leastContrast {
				t.Errorf("%s: %.2f between its colour and %s", row, c, what)
			}
		}
		if c := contrast(t, "#16202e", tones[row][1]); c < leastContrast {
			t.Errorf("%s: %.2f between ink and its tint", row, c)
		}
		for other, tone := range tones {
			if d := distance(t, tones[row][0], tone[0]); other != row && d < leastDistance {
				t.Errorf("%s and %s look alike: %.1f between %s and %s", row, other, d, tones[row][0], tone[0])
			}
		}
	}
}

// distance is how far two colours are from each other to the eye: CIE 1976, in
// L*a*b* under D65.
func distance(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := lab(t, a), lab(t, b)
	return math.Hypot(math.Hypot(x[0]-y[0], x[1]-y[1]), x[2]-y[2])
}

func lab(t *testing.T, colour string) [3]float64 {
	t.Helper()
	c := linear(t, colour)
	f := func(red, green, blue, white float64) float64 {
		v := (red*c[0] + green*c[1] + blue*c[2]) / white
		if v > 216.0/24389 {
			return math.Cbrt(v)
		}
		return (24389.0/27*v + 16) / 116
	}
	x, y, z := f(0.4124, 0.3576, 0.1805, 0.9505), f(0.2126, 0.7152, 0.0722, 1), f(0.0193, 0.1192, 0.9505, 1.089)
	return [3]float64{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

// contrast is that of WCAG 2.2 between two colours.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	c := linear(t, colour)
	return 0.2126*c[0] + 0.7152*c[1] + 0.0722*c[2]
}

// linear is the light of red, green and blue.
func linear(t *testing.T, colour string) (out [3]float64) {
	t.Helper()
	for i := range out {
		v, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(v) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		out[i] = c
	}
	return out
}
