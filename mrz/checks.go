package mrz

// Span is a stretch of one line: columns From up to To, which is not part of
// it. Lines and columns count from 0.
type Span struct{ Line, From, To int }

// Check is a check digit of a format: where it stands, and what it is computed
// over, in this order (Doc 9303-3 §4.9).
type Check struct {
	Field        string // FieldComposite for the one over several fields
	Line, Column int
	Covers       []Span
}

// Checks returns the check digits of a format in the order of the print, each
// behind what it covers; with vietnamese those of the identity card of Vietnam.
// It is for who reads a picture and lets the check digits decide; the digit of
// a number longer than its field is not among them. The result is nil for an
// unknown format.
func Checks(f Format, vietnamese bool) []Check {
	l := layoutFor(f, vietnamese)
	if l == nil {
		return nil
	}
	var all []Check
	for _, p := range l.parts {
		if p.check > 0 {
			all = append(all, Check{p.kind.String(), p.line, p.check, []Span{{p.line, p.from, p.to}}})
		}
	}
	if l.composite != nil {
		line, column := l.compositeAt()
		c := Check{Field: FieldComposite, Line: line, Column: column}
		for _, s := range l.composite {
			c.Covers = append(c.Covers, Span{s.line, s.from, s.to})
		}
		all = append(all, c)
	}
	return all
}
