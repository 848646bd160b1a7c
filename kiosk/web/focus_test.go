package web

import (
	"regexp"
	"strings"
	"testing"
)

// TestFocusIsSeen: the ring around what has the focus is one colour on light
// ground and one on the header, each with the contrast of WCAG 2.2, 1.4.11.
func TestFocusIsSeen(t *testing.T) {
	styles := read(t, func(name string) bool { return strings.HasSuffix(name, ".css") })
	colour := func(file, property string) string {
		t.Helper()
		m := regexp.MustCompile(`--` + property + `: ([^;]+);`).FindStringSubmatch(styles["css/"+file])
		if m == nil {
			t.Fatalf("%s has no --%s", file, property)
		}
		return m[1]
	}
	ring := func(file string) string {
		name := strings.TrimSuffix(strings.TrimPrefix(colour(file, "focus"), "var(--"), ")")
		return colour("base.css", name)
	}
	for ground, ring := range map[string]string{
		"sheet": ring("base.css"), "paper": ring("base.css"), "navy-tint": ring("base.css"), "gold-tint": ring("base.css"), "navy": ring("frame.css"),
	} {
		if c := contrast(t, ring, colour("base.css", ground)); c < 3 {
			t.Errorf("the focus is seen with %.2f:1 on %s", c, ground)
		}
	}
	drawn := regexp.MustCompile(`outline: \d[^;]*(?:solid|dashed) ([^;]+);`)
	for name, text := range styles {
		for _, rule := range strings.Split(text, "}") {
			if m := drawn.FindStringSubmatch(rule); m != nil && strings.Contains(rule, ":focus") && m[1] != "var(--focus)" {
				t.Errorf("%s has a focus of its own: %s", name, m[0])
			}
		}
	}
}
