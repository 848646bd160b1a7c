package mrz

import "strings"

// Letters and digits that optical recognition takes for one another.
var (
	digitFor  = strings.NewReplacer("O", "0", "Q", "0", "D", "0", "I", "1", "L", "1", "Z", "2", "S", "5", "G", "6", "B", "8")
	letterFor = strings.NewReplacer("0", "O", "1", "I", "2", "Z", "5", "S", "6", "G", "8", "B")
)

// Repair undoes what optical recognition confuses where the format leaves no
// choice: a letter among digits becomes the digit it resembles, and the other
// way round. It returns a new zone only where that makes an invalid zone valid,
// nil otherwise: the check digits decide, never the guess.
func Repair(z *Zone) *Zone {
	if z.Valid {
		return nil
	}
	head := letterFor.Replace(z.Lines[0][:5]) + z.Lines[0][5:]
	l, err := layoutOf(append([]string{head}, z.Lines[1:]...))
	if err != nil {
		return nil
	}
	lines := make([][]byte, len(z.Lines))
	for i, s := range z.Lines {
		lines[i] = []byte(s)
	}
	for _, p := range l.parts {
		field := lines[p.line][p.from:p.to]
		switch p.class {
		case digits:
			copy(field, digitFor.Replace(string(field)))
		case letters:
			copy(field, letterFor.Replace(string(field)))
		}
		if p.check > 0 {
			digit := lines[p.line][p.check : p.check+1]
			copy(digit, digitFor.Replace(string(digit)))
		}
	}
	if l.composite != nil {
		line, column := l.compositeAt()
		digit := lines[line][column : column+1]
		copy(digit, digitFor.Replace(string(digit)))
	}
	text := make([]string, len(lines))
	for i, line := range lines {
		text[i] = string(line)
	}
	if repaired, err := Parse(strings.Join(text, "\n")); err == nil && repaired.Valid {
		return repaired
	}
	return nil
}
