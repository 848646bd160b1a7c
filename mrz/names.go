package mrz

import (
	"math"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// splitNames divides the name field at the first double filler (Doc 9303-3
// §4.6): before it the primary identifier, behind it the secondary. It returns
// them with spaces, and the column where the secondary begins, len(raw) where
// there is none.
func splitNames(raw string) (surname, given string, second int) {
	second = len(raw)
	first := withoutFillers(raw)
	rest := ""
	for i := 1; i < len(first); i++ {
		if first[i] == '<' && first[i-1] == '<' {
			first, rest, second = first[:i-1], first[i+1:], i+1
			break
		}
	}
	first, rest = strings.Trim(first, "<"), strings.Trim(rest, "<")
	if strings.IndexByte(first, '<') < 0 && strings.IndexByte(rest, '<') < 0 {
		return first, rest, second
	}
	// Both in one piece of memory.
	room := make([]byte, 0, maxNames)
	room = appendSpaced(room, first)
	n := len(room)
	both := string(appendSpaced(room, rest))
	return both[:n], both[n:], second
}

// maxNames is the room of the format that has most for names.
const maxNames = 39

// appendSpaced appends raw, which has no fillers at its ends, with one space
// for each run of fillers.
func appendSpaced(to []byte, raw string) []byte {
	for i := range len(raw) {
		if raw[i] != '<' {
			to = append(to, raw[i])
		} else if raw[i-1] != '<' {
			to = append(to, ' ')
		}
	}
	return to
}

// spaced turns each run of fillers into one space, none at the ends.
func spaced(raw string) string {
	raw = strings.Trim(raw, "<")
	if strings.IndexByte(raw, '<') < 0 {
		return raw
	}
	return string(appendSpaced(make([]byte, 0, maxNames), raw))
}

func pad(s string, n int) string {
	if len(s) >= n {
		return s
	}
	return s + strings.Repeat("<", n-len(s))
}

// SplitVietnamese divides a full name as the Vietnamese card prints it: the
// first word is the surname, the rest the middle and given names.
func SplitVietnamese(full string) (surname, given string) {
	words := strings.Fields(full)
	if len(words) == 0 {
		return "", ""
	}
	return words[0], strings.Join(words[1:], " ")
}

// noLimit is the room of names that are not truncated.
const noLimit = math.MaxInt

// nameField writes names as the zone has them, truncated to the room as Doc
// 9303-4 §4.2.3, -5 and -6 allow: at least the first letter of the secondary
// identifier stays, and the field ends with a letter, which says that it may be
// truncated.
func nameField(surname, given string, room int) string {
	first := strings.ReplaceAll(Transliterate(surname), " ", "<")
	rest := strings.ReplaceAll(Transliterate(given), " ", "<")
	if rest == "" {
		return truncate(first, room)
	}
	if most := room - len("<<X"); len(first) > most {
		return truncate(first, most) + "<<" + rest[:1]
	}
	return truncate(first+"<<"+rest, room)
}

// truncate cuts names to the room. Where a filler would be the last character,
// a part before it gives up a letter for the first of the next.
func truncate(names string, room int) string {
	if len(names) <= room {
		return names
	}
	for names[room-1] == '<' {
		end := -1 // of the last part before that has a letter to spare
		for i := room - 2; i > 0 && end < 0; i-- {
			if names[i] != '<' && names[i+1] == '<' && names[i-1] != '<' {
				end = i
			}
		}
		if end < 0 {
			break
		}
		names = names[:end] + names[end+1:]
		if len(names) <= room {
			return names
		}
	}
	return names[:room]
}

// Truncated reports whether names may have been cut for want of room: their
// field ends with a letter (Doc 9303-4 §4.2.3). A name that just fits looks the
// same.
func (z *Zone) Truncated() bool {
	l := layoutFor(z.Format, z.vietnamese())
	if l == nil {
		return false
	}
	for _, p := range l.parts {
		if k := p.kind; k == kindNames || k == kindSurname || k == kindGiven {
			if z.Lines[p.line][p.to-1] != '<' {
				return true
			}
		}
	}
	return false
}

// MatchesName reports whether the zone's names are those of the full
// Vietnamese name, as far as the zone had room for them.
func (z *Zone) MatchesName(full string) bool { return z.MatchesNames(SplitVietnamese(full)) }

// MatchesNames reports whether the zone's names are these, as far as the zone
// had room for them, in either spelling of Ä, Å, Ö and Ü. Where the zone is
// truncated, in whatever way the issuer chose, each part must begin like the
// one that it stands for.
func (z *Zone) MatchesNames(surname, given string) bool {
	for _, s := range spellingsOf(surname) {
		for _, g := range spellingsOf(given) {
			if z.hasNames(s, g) {
				return true
			}
		}
	}
	return false
}

func (z *Zone) hasNames(surname, given string) bool {
	if z.Surname == surname && z.Given == given {
		return true
	}
	if z.VietnameseCard() { // cut, perhaps behind a whole part
		const room = 30
		names := nameField(surname, given, noLimit)
		return len(names) > room && pad(withoutFillers(names[:room]), room) == z.Lines[2]
	}
	return z.Truncated() && begin(z.Surname, surname) && begin(z.Given, given)
}

// begin reports whether each part of the printed name begins the part of the
// whole name that it stands for. Parts at the end may be missing.
func begin(printed, whole string) bool {
	short, long := strings.Fields(printed), strings.Fields(whole)
	if len(short) > len(long) || len(short) == 0 && len(long) > 0 {
		return false
	}
	for i, s := range short {
		if !strings.HasPrefix(long[i], s) {
			return false
		}
	}
	return true
}

// otherSpelling is the other choice that Doc 9303-3 §6 A leaves.
var otherSpelling = strings.NewReplacer("Ä", "A", "ä", "a", "Å", "A", "å", "a", "Ö", "O", "ö", "o", "Ü", "U", "ü", "u")

func spellingsOf(name string) []string {
	first := Transliterate(name)
	if second := Transliterate(otherSpelling.Replace(norm.NFC.String(name))); second != first {
		return []string{first, second}
	}
	return []string{first}
}
