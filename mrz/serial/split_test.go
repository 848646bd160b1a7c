package serial

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// all takes everything that is complete, one line a payload.
func all(s *splitter) []string {
	var out []string
	for r, ok := s.next(); ok; r, ok = s.next() {
		switch {
		case errors.Is(r.err, ErrTooLong):
			out = append(out, "too long")
		default:
			out = append(out, string(r.payload))
		}
	}
	return out
}

func TestSplit(t *testing.T) {
	long := strings.Repeat("x", MaxPayload)
	for name, c := range map[string]struct {
		sent []string // a silence between
		want []string
	}{
		"CR":               {[]string{"a|b\r"}, []string{"a|b"}},
		"CR LF, twice":     {[]string{"a\r\nb\r\n"}, []string{"a", "b"}},
		"LF, in pieces":    {[]string{"Nguyễn\n"}, []string{"Nguyễn"}},
		"silence":          {[]string{"a", "b"}, []string{"a", "b"}},
		"ends with nobody": {[]string{"\r\n\r\n", ""}, nil},
		"the longest":      {[]string{long, ""}, []string{long}},
		"too long, then a": {[]string{long + long + long + "\ra\r"}, []string{"too long", "a"}},
		"too long, then b": {[]string{long + "xx", "b"}, []string{"too long", "b"}},
	} {
		var s splitter
		var got []string
		for _, piece := range c.sent {
			for i := range len(piece) {
				s.feed([]byte{piece[i]})
			}
			s.end()
			got = append(got, all(&s)...)
		}
		if strings.Join(got, "¶") != strings.Join(c.want, "¶") {
			t.Errorf("%s: %.80q", name, got)
		}
	}
}

// However the bytes are cut into pieces, the payloads are the same; none is
// empty, too long or holds a line end.
func FuzzSplit(f *testing.F) {
	f.Add([]byte("001090990001|…|20052021\r\nb\n"), uint16(3))
	f.Add(bytes.Repeat([]byte("x"), 2*MaxPayload), uint16(MaxPayload))
	f.Fuzz(func(t *testing.T, b []byte, at uint16) {
		var whole, pieces splitter
		cut := min(int(at), len(b))
		whole.feed(b)
		pieces.feed(b[:cut])
		got := all(&pieces)
		pieces.feed(b[cut:])
		whole.end()
		pieces.end()
		got = append(got, all(&pieces)...)
		want := all(&whole)
		if strings.Join(got, "\r") != strings.Join(want, "\r") {
			t.Fatalf("%q, %q", got, want)
		}
		for _, s := range want {
			if s == "" || len(s) > MaxPayload || strings.ContainsAny(s, "\r\n") {
				t.Fatalf("%q", s)
			}
		}
	})
}
