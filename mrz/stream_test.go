package mrz

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// drain reads all texts; errors other than io.EOF come as texts.
func drain(t *testing.T, r io.Reader) []string {
	t.Helper()
	s := NewStream(r)
	var all []string
	for range 8 * MaxText {
		text, err := s.Next()
		switch {
		case errors.Is(err, io.EOF):
			return all
		case err != nil:
			all = append(all, "error: "+err.Error())
		default:
			all = append(all, text)
		}
	}
	t.Fatal("no end")
	return nil
}

const payload = "001090990001|012999901|Nguyễn Văn Thử|14021990|Nam|Phố Mẫu, Hà Nội|20052021"

func TestStream(t *testing.T) {
	card := strings.TrimSpace(thu)
	flat := func(zone string) string { return strings.ReplaceAll(zone, "\n", "") }
	bad := strings.Replace(card, "9002144", "9002145", 1)
	badPassport := strings.Replace(specimens[TD3], "7408122", "7408123", 1)
	badVisa := strings.Replace(specimens[MRVA], "4009078", "4009079", 1)
	badVisaB := strings.Replace(specimens[MRVB], "4009078", "4009079", 1)
	for name, c := range map[string]struct {
		in   string
		want []string
	}{
		"line feeds":               {thu, []string{card}},
		"carriage returns":         {strings.ReplaceAll(thu, "\n", "\r"), []string{card}},
		"both":                     {strings.ReplaceAll(thu, "\n", "\r\n"), []string{card}},
		"tabs":                     {strings.ReplaceAll(thu, "\n", "\t"), []string{card}},
		"no line ends":             {flat(thu), []string{card}},
		"no last line end":         {card, []string{card}},
		"one line":                 {flat(thu) + "\r", []string{card}},
		"symbology identifier":     {"]o2" + flat(thu) + "\r\n", []string{card}},
		"start and end of text":    {"\x02" + thu + "\x03", []string{card}},
		"noise before":             {"A7<" + flat(thu), []string{card}},
		"small letters":            {strings.ToLower(thu), []string{card}},
		"spaces for fillers":       {strings.ReplaceAll(thu, "<", " "), []string{card}},
		"spaces, no line ends":     {strings.ReplaceAll(flat(thu), "<", " "), []string{card}},
		"groups of characters":     {strings.ReplaceAll(flat(thu), "9", " 9 "), []string{card}},
		"guillemets":               {strings.ReplaceAll(thu, "<<", "«"), []string{card}},
		"guillemets of Latin-1":    {strings.ReplaceAll(thu, "<<", "\xab"), []string{card}},
		"full width":               {strings.NewReplacer("<", "＜", "N", "Ｎ", "0", "０").Replace(thu), []string{card}},
		"two cards":                {flat(thu) + flat(specimens[TD1]), []string{card, specimens[TD1]}},
		"passport, then card":      {flat(specimens[TD3]) + flat(thu), []string{specimens[TD3], card}},
		"all formats, flat":        {flat(specimens[TD2] + specimens[MRVA] + specimens[MRVB] + specimens[FRAID]), []string{specimens[TD2], specimens[MRVA], specimens[MRVB], specimens[FRAID]}},
		"code, then card":          {payload + "\r\n" + thu, []string{payload, card}},
		"card, then code":          {flat(thu) + payload + "\r\n", []string{card, payload}},
		"code with an identifier":  {"]Q1" + payload + "\n", []string{payload}},
		"code without an end":      {payload, []string{payload}},
		"wrong digit":              {bad + "\n" + thu, []string{bad, card}},
		"wrong digit, flat":        {flat(bad) + flat(thu), []string{bad, card}},
		"wrong passport, flat":     {flat(badPassport) + flat(thu), []string{badPassport, card}},
		"a character lost, flat":   {flat(bad)[:50] + flat(bad)[51:] + flat(thu), []string{bad[:51] + bad[52:61] + bad[62:] + "X", card}},
		"a character lost":         {strings.Replace(thu, "VNM<", "VNM", 1), []string{strings.Replace(card, "VNM<", "VNM", 1)}},
		"broken off, then a card":  {card[:61] + "\r" + payload + "\r" + thu, []string{card[:61], payload, card}},
		"broken off, then another": {card[:31] + thu, []string{card[:30], card}},
		"wrong visas, flat":        {flat(badVisa+specimens[TD1]) + flat(badVisaB) + flat(thu), []string{badVisa, specimens[TD1], badVisaB, card}},
		"bad card on one line":     {flat(bad) + "\r" + flat(bad) + "7\r" + thu, []string{bad, bad, card}},
		"French, one line, wrong":  {strings.Replace(flat(specimens[FRAID]), "85", "75", 1) + "\n" + thu, []string{strings.Replace(specimens[FRAID], "85", "75", 1), card}},
		"visa and passport, mixed": {specimens[MRVB][:37] + specimens[TD3], []string{specimens[MRVB][:36], specimens[TD3]}},
		"first lines only":         {specimens[TD3][:45] + specimens[TD3], []string{specimens[TD3][:44], specimens[TD3]}},
		"short lines":              {"12345\r\nOK\r\n", []string{"12345", "OK"}},
		"nothing":                  {"\r\n \r\n\x03", nil},
		"endless":                  {strings.Repeat("x|", MaxText) + "\n" + thu, []string{"error: " + ErrTooLong.Error(), card}},
	} {
		want := c.want
		if name == "a character lost, flat" { // the 90th is the first of the next card
			short := flat(bad)[:50] + flat(bad)[51:] + "I"
			want = []string{short[:30] + "\n" + short[30:60] + "\n" + short[60:], card}
		}
		if name == "broken off, then a card" {
			want[0] = strings.TrimSpace(want[0])
		}
		for how, r := range map[string]io.Reader{
			"at once": strings.NewReader(c.in), "in pieces": iotest.OneByteReader(strings.NewReader(c.in)),
		} {
			if got := drain(t, r); !slices.Equal(got, want) {
				t.Errorf("%s, %s: %q, want %q", name, how, got, want)
			}
		}
	}
}

// TestStreamDoesNotWait: a zone is there with its last character, before the
// scanner sends anything else.
func TestStreamDoesNotWait(t *testing.T) {
	for format, zone := range specimens {
		r, w := io.Pipe()
		go func() { _, _ = io.WriteString(w, strings.ReplaceAll(zone, "\n", "")) }()
		if text, err := NewStream(r).Next(); err != nil || text != zone {
			t.Errorf("%s: %q, %v", format, text, err)
		}
	}
	// An error comes after what was complete, and the stream goes on.
	card := strings.TrimSpace(thu)
	s := NewStream(iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("O" + payload + "\n" + thu))))
	for i, want := range []string{"O", "", payload, card, ""} {
		text, err := s.Next()
		if text != want || (err == nil) != (want != "") || i == 1 && !errors.Is(err, iotest.ErrTimeout) {
			t.Errorf("%d: %q, %v", i, text, err)
		}
	}
}

func TestStreamSamples(t *testing.T) {
	var in strings.Builder
	var want []string
	for _, s := range samples(t) {
		in.WriteString(strings.ReplaceAll(s.text, "\n", ""))
		want = append(want, s.text)
	}
	if got := drain(t, strings.NewReader(in.String())); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func FuzzStream(f *testing.F) {
	for _, zone := range specimens {
		f.Add([]byte(strings.ReplaceAll(zone, "\n", "")))
	}
	f.Add([]byte("]o2" + thu + payload + "\r\n\xab\x02" + thu[:40]))
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) > 4*MaxText {
			return // nothing new, and slow
		}
		// The pieces in which it comes make no difference, and whatever was noise,
		// the card behind a line end is read.
		in = append(in, '\n')
		in = append(in, thu...)
		whole := drain(t, strings.NewReader(string(in)))
		if pieces := drain(t, iotest.OneByteReader(strings.NewReader(string(in)))); !slices.Equal(whole, pieces) {
			t.Fatalf("%q\n%q", whole, pieces)
		}
		if len(whole) == 0 || whole[len(whole)-1] != strings.TrimSpace(thu) {
			t.Fatalf("the card is lost: %q", whole)
		}
	})
}
