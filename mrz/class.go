package mrz

// Class is the set of characters that may stand in one column of a zone.
type Class uint8

// The members of a Class; a column's class is one of them or several together.
const (
	ClassLetter Class = 1 << iota // A–Z
	ClassDigit                    // 0–9
	ClassFiller                   // <
	ClassSex                      // F, M and X, which are letters too

	ClassAny = ClassLetter | ClassDigit | ClassFiller
)

// Has reports whether c may stand where the class is.
func (s Class) Has(c byte) bool { return classes[c]&s != 0 }

// fits reports whether every character of text may stand in the class.
func (s Class) fits(text string) bool {
	for i := range len(text) {
		if classes[text[i]]&s == 0 {
			return false
		}
	}
	return true
}

// What the rules of the zone say about each character.
var (
	classes  = classTable()   // 0 for what cannot occur in a zone
	weights  = weightTable()  // its value in a check digit (Doc 9303-3 §4.9)
	capitals = capitalTable() // what a reader of text makes of it, 0 for nothing
)

func classTable() (table [256]Class) {
	table['<'] = ClassFiller
	for c := '0'; c <= '9'; c++ {
		table[c] = ClassDigit
	}
	for c := 'A'; c <= 'Z'; c++ {
		table[c] = ClassLetter
	}
	for _, c := range "FMX" {
		table[c] |= ClassSex
	}
	return table
}

func weightTable() (table [256]uint8) {
	for c := byte('0'); c <= '9'; c++ {
		table[c] = c - '0'
	}
	for c := byte('A'); c <= 'Z'; c++ {
		table[c] = c - 'A' + 10
	}
	return table
}

func capitalTable() (table [256]byte) {
	for c, class := range classTable() {
		if class != 0 {
			table[c] = byte(c)
		}
		if class&ClassLetter != 0 {
			table[c-'A'+'a'] = byte(c)
		}
	}
	return table
}

// Classes returns for each line of the format and each of its columns what may
// stand there in a zone as it should be: the guide of who reads a picture.
// With vietnamese it is the identity card of Vietnam (TD1), whose numbers are
// digits and whose second optional field is empty. The result is nil for an
// unknown format.
func Classes(f Format, vietnamese bool) [][]Class {
	l := layoutFor(f, vietnamese)
	if l == nil {
		return nil
	}
	rows := make([][]Class, l.rows)
	for i := range rows {
		rows[i] = make([]Class, l.width)
	}
	for _, p := range l.parts {
		for i := p.from; i < p.to; i++ {
			rows[p.line][i] = p.class
		}
		if p.needed() {
			rows[p.line][p.from] &^= ClassFiller
		}
		if p.check > 0 {
			rows[p.line][p.check] = ClassDigit
			if p.mayOmitCheck() || p.kind == kindNumber && l.longNumbers() {
				rows[p.line][p.check] |= ClassFiller
			}
		}
	}
	if l.composite != nil {
		line, column := l.compositeAt()
		rows[line][column] = ClassDigit
	}
	if l == &td1VN {
		narrowVietnamese(rows)
	}
	return rows
}

// narrowVietnamese makes the classes of a TD1 those of the Vietnamese card:
// nine digits and a check digit, the twelve of the number, two fillers and a
// check digit; a whole date of expiry; nothing behind the nationality.
func narrowVietnamese(rows [][]Class) {
	set := func(line, from, to int, c Class) {
		for i := from; i < to; i++ {
			rows[line][i] = c
		}
	}
	set(0, 0, 5, ClassLetter)
	set(0, 5, 27, ClassDigit)
	set(0, 27, 29, ClassFiller)
	set(0, 29, 30, ClassDigit)
	set(1, 8, 15, ClassDigit)
	set(1, 15, 18, ClassLetter)
	set(1, 18, 29, ClassFiller)
}
