package mrz

import (
	"strings"
)

// Change is one character that was decided otherwise than it was read. Line
// and Column count from 0; From or To is 0 where a character was added or left
// out.
type Change struct {
	Line, Column int
	From, To     byte
	Field        string // the field it belongs to, with its check digit
}

// maxVariants bounds the readings that Repair weighs for one field, and for
// the whole zone.
const maxVariants = 256

// mistaken lists, for a character that cannot stand in its column, what it may
// have been; the likeliest first.
var mistaken = map[byte]string{
	'0': "ODQ", '1': "IL", '2': "Z", '4': "A", '5': "S", '6': "G", '7': "T", '8': "B",
	'O': "0", 'Q': "0", 'D': "0", 'U': "0", 'I': "1", 'L': "1<", 'Z': "2", 'A': "4",
	'S': "5", 'G': "6", 'T': "7", 'B': "8", 'C': "<", 'E': "<", 'K': "<", 'X': "<",
}

// similar lists what a character may have been where it can stand: pairs of a
// letter and a digit that look alike. Digits are not taken for other digits: a
// check digit finds such an error, it does not tell which. G and 6 are not
// here: they have the same value in a check digit.
var similar = map[byte]string{
	'0': "ODQ", '1': "IL", '2': "Z", '5': "S", '8': "B",
	'O': "0", 'Q': "0", 'D': "0", 'I': "1", 'L': "1", 'Z': "2", 'S': "5", 'B': "8",
}

// fillerLike are the letters that a filler is taken for.
const fillerLike = "CEKLX"

// Repair undoes what optical recognition confuses. Classes come first: a letter
// among digits becomes the digit it resembles, and the other way round. Where a
// check digit is still wrong, one character of its field may have been taken
// for one that looks alike; on the Vietnamese card, which prints nine digits
// twice, they may be right in the other place. Repair returns the zone and what
// was changed only where exactly one such reading, with the fewest changes,
// makes the whole zone valid; nil otherwise, and where there is nothing to
// repair: a wrong repair is worse than another scan.
func Repair(z *Zone) (fixed *Zone, changes []Change) {
	return repair(z, 1)
}

// repair is Repair with so many characters at most taken for similar ones
// where a check digit covers them.
func repair(z *Zone, most int) (fixed *Zone, changes []Change) {
	r := newRepairer(z)
	if r == nil {
		return nil, nil
	}
	r.most = most
	if z.Valid {
		return r.only([]edits{r.fixed})
	}
	for guesses := range most + 1 {
		valid := r.valid(r.readings(guesses))
		if len(valid) > 0 {
			return r.only(valid)
		}
	}
	return nil, nil
}

// edits is one way to read a stretch of the zone.
type edits []Change

// repairer holds a zone under repair.
type repairer struct {
	z       *Zone
	l       *layout
	classes [][]Class
	fixed   edits // head and names: what the classes alone decide
	most    int   // characters of a field that may be taken for similar ones
}

func newRepairer(z *Zone) *repairer {
	head := readHead(z.Lines[0][:5])
	l, err := layoutOf(append([]string{head + z.Lines[0][len(head):]}, z.Lines[1:]...))
	if err != nil {
		return nil
	}
	r := &repairer{z: z, l: l, classes: Classes(l.format, l == &td1VN)}
	for i := range l.parts {
		p := &l.parts[i]
		to := z.Lines[p.line][p.from:p.to]
		switch p.kind {
		case kindCode, kindIssuer:
			to = head[p.from:p.to]
		case kindNationality:
			to = asState(to)
		case kindSurname, kindGiven:
			to = asLetters(to)
		case kindNames:
			to = withoutNoise(asLetters(to))
		default:
			continue
		}
		r.fixed = append(r.fixed, r.replace(p, to)...)
	}
	return r
}

// replace returns the changes that make the part read to.
func (r *repairer) replace(p *part, to string) (changes edits) {
	printed := r.z.Lines[p.line][p.from:p.to]
	for i := range len(to) {
		if to[i] == printed[i] {
			continue
		}
		name := p.kind.String()
		if p.kind == kindNames {
			name = FieldSurname
			if _, _, second := splitNames(to); i >= second {
				name = FieldGiven
			}
		}
		changes = append(changes, Change{p.line, p.from + i, printed[i], to[i], name})
	}
	return changes
}

// readHead reads code and issuer as letters; what resembles a card that has a
// layout of its own is taken for that.
func readHead(printed string) string {
	for _, known := range []string{"IDVNM", "IDFRA"} {
		if resembles(printed, known) {
			return known
		}
	}
	read := []byte(asLetters(printed))
	if printed[1] == '0' {
		read[1] = 'D' // ID is common, IO unheard of
	}
	return string(read[:2]) + asState(printed[2:])
}

// resembles reports whether printed may be a misread known.
func resembles(printed, known string) bool {
	for i := range len(known) {
		if printed[i] != known[i] && strings.IndexByte(mistaken[printed[i]], known[i]) < 0 {
			return false
		}
	}
	return true
}

// asLetters replaces each digit by the letter it resembles most.
func asLetters(s string) string {
	b := []byte(s)
	for i, c := range b {
		if ClassDigit.Has(c) && mistaken[c] != "" {
			b[i] = mistaken[c][0]
		}
	}
	return string(b)
}

// withoutNoise makes fillers of what a reader took for letters behind the end
// of the names: after three fillers, or after the second pair of them.
func withoutNoise(names string) string {
	end := strings.Index(names, "<<<")
	if first := strings.Index(names, "<<"); first >= 0 {
		if second := strings.Index(names[first+2:], "<<"); second > 0 && (end < 0 || first+2+second < end) {
			end = first + 2 + second
		}
	}
	if end < 0 || strings.Trim(names[end:], "<"+fillerLike) != "" {
		return names
	}
	return names[:end] + strings.Repeat("<", len(names)-end)
}
