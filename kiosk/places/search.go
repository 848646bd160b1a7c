package places

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// entry is what is searched of one unit.
type entry struct {
	name  string // folded, with a space before each word: " phuong ben nghe"
	bare  string // without the word for its kind: " ben nghe"
	label string // name and province
	exact string // bare, lower case with its marks
}

// kinds are the words that begin a unit's name, folded, the longer ones first.
var kinds = []string{"thanh pho", "dac khu", "thi tran", "phuong", "tinh", "xa"}

// short are what people write for them, and for one long name.
var short = map[string]string{"tp": "thanh pho", "p": "phuong", "x": "xa", "dk": "dac khu", "tt": "thi tran", "hcm": "ho chi minh", "tphcm": "thanh pho ho chi minh"}

// Limits of one search.
const (
	MaxText   = 200 // bytes of text that are looked at
	MaxAnswer = 50  // units in an answer
)

func indexed(l *List) []entry {
	out := make([]entry, len(l.units))
	for i, u := range l.units {
		e := entry{name: fold(u.Name)}
		if e.label = e.name; !u.IsProvince() { // the province stands before its communes
			e.label += out[l.codes[u.Province]].name
		}
		e.bare, e.exact = e.name, strings.ToLower(norm.NFC.String(u.Name))
		for _, kind := range kinds {
			if rest, ok := strings.CutPrefix(e.name, " "+kind+" "); ok {
				e.bare = " " + rest
				words := strings.Fields(e.exact)
				e.exact = strings.Join(words[min(len(words), 1+strings.Count(kind, " ")):], " ")
				break
			}
		}
		out[i] = e
	}
	return out
}

// fold writes text without marks and case, a space before each word: " ho chi
// minh" for "Hồ Chí Minh", "HỒ-CHÍ-MINH" and "ho chi  minh".
func fold(text string) string {
	var b strings.Builder
	gap := true
	for _, r := range norm.NFD.String(text) {
		r = unicode.ToLower(r)
		switch {
		case unicode.Is(unicode.Mn, r):
			continue
		case r == 'đ', r == 'ð': // they do not decompose; the second is what some key in
			r = 'd'
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			gap = true
			continue
		}
		if gap {
			b.WriteByte(' ')
			gap = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Search finds units by any part of their names, with or without marks, the
// commune before the province or alone: "phuong ben nghe", "bến nghé, hcm", "p
// ben n". The best are first, at most limit of them (0: MaxAnswer).
func (l *List) Search(text string, limit int) []Unit { return l.SearchIn("", text, limit) }

// SearchIn finds units of one province, "" for all.
func (l *List) SearchIn(province, text string, limit int) []Unit {
	if limit <= 0 || limit > MaxAnswer {
		limit = MaxAnswer
	}
	q := asked(text)
	if len(q.words) == 0 {
		return nil
	}
	var hits [maxRank + 1][]Unit // the first of each rank
	for i := range l.index {
		if province != "" && l.units[i].Province != province {
			continue
		}
		if rank := q.rank(&l.index[i], l.units[i].IsProvince()); rank > 0 && len(hits[rank]) < limit {
			hits[rank] = append(hits[rank], l.units[i])
		}
	}
	var out []Unit
	for _, units := range slices.Backward(hits[:]) {
		out = append(out, units[:min(len(units), limit-len(out))]...)
	}
	return out
}

// question is a text to search for.
type question struct {
	words []string // those that have to be there, folded, each with a space before it
	whole string
	exact string // as it was written, in lower case
}

func asked(text string) question {
	text = strings.ToValidUTF8(text[:min(len(text), MaxText)], "")
	var b strings.Builder
	for _, word := range strings.Fields(fold(text)) {
		if long, ok := short[word]; ok {
			word = long
		}
		b.WriteString(" " + word)
	}
	q := question{whole: b.String(), exact: strings.ToLower(norm.NFC.String(strings.TrimSpace(text)))}
	need := strings.Fields(strings.NewReplacer(" thanh pho ", " ", " tinh ", " ").Replace(q.whole + " "))
	if len(need) == 0 {
		need = strings.Fields(q.whole)
	}
	for _, word := range need {
		q.words = append(q.words, " "+word)
	}
	return q
}

// maxRank is the best that rank returns.
const maxRank = 9*4 + 3

// rank says how well a unit answers; 0: not at all. Every word has to begin one
// of the unit's or its province's; what kind of province it is, people leave out
// or mistake.
func (q question) rank(e *entry, province bool) int {
	for _, word := range q.words {
		if !strings.Contains(e.label, word) {
			return 0
		}
	}
	rank := 1
	switch {
	case q.whole == e.bare || q.whole == e.name:
		rank = 9
	case begins(q.whole, e.bare) || begins(q.whole, e.name):
		rank = 7 // the unit in full, and something of its province
	case strings.HasPrefix(e.bare, q.whole) || strings.HasPrefix(e.name, q.whole):
		rank = 5
	case strings.Contains(e.name, q.whole):
		rank = 3
	}
	rank *= 4
	if strings.Contains(q.exact, e.exact) || strings.Contains(e.exact, q.exact) {
		rank += 2 // the marks agree too
	}
	if province {
		rank++
	}
	return rank
}

// begins reports whether a text goes on with another word after a name.
func begins(text, name string) bool {
	return len(text) > len(name) && text[len(name)] == ' ' && strings.HasPrefix(text, name)
}
