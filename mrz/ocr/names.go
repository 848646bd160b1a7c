package ocr

// The states of reading the field of names (Doc 9303-3 §4.6): primary
// identifier, two fillers, secondary identifier, fillers; inside either one
// filler between its parts.
const (
	nameBegin = iota
	namePrimary
	namePrimaryFiller // one filler behind a part of the primary identifier
	nameDouble        // two: the secondary identifier or nothing follows
	nameSecondary
	nameSecondaryFiller
	nameEnd // fillers to the end
	nameStates
)

// afterName returns the state behind a filler or a letter, -1 where it may not
// stand.
func afterName(state int, isFiller bool) int {
	if isFiller {
		return [nameStates]int{-1, namePrimaryFiller, nameDouble, nameEnd, nameSecondaryFiller, nameEnd, nameEnd}[state]
	}
	return [nameStates]int{namePrimary, namePrimary, namePrimary, nameSecondary, nameSecondary, nameSecondary, -1}[state]
}

// nameLook is what was seen at a place of the names.
type nameLook struct {
	glyph          int // the likeliest letter
	letter, second float32
	filler         float32
}

func lookForName(l *likelihoods) nameLook {
	out := nameLook{letter: never, second: never, filler: l[filler]}
	for g := glyphOf('A'); g <= glyphOf('Z'); g++ {
		switch v := l[g]; {
		case v > out.letter:
			out.glyph, out.letter, out.second = g, v, out.letter
		case v > out.second:
			out.second = v
		}
	}
	return out
}

// namePath finds the likeliest names and their margins.
func (f *form) namePath(o odds, d *decision) (likelihood float64) {
	n := len(f.names)
	if n == 0 {
		return 0
	}
	looks := make([]nameLook, n)
	for i, p := range f.names {
		looks[i] = lookForName(&o[p.line][p.column])
	}
	forward, backward := make([][nameStates]float32, n+1), make([][nameStates]float32, n+1)
	for s := 1; s < nameStates; s++ {
		forward[0][s] = never
	}
	for i, l := range looks {
		for s := range nameStates {
			forward[i+1][s] = never
		}
		for s, v := range forward[i] {
			if t := afterName(s, false); t >= 0 {
				forward[i+1][t] = max(forward[i+1][t], v+l.letter)
			}
			if t := afterName(s, true); t >= 0 {
				forward[i+1][t] = max(forward[i+1][t], v+l.filler)
			}
		}
	}
	for i := n - 1; i >= 0; i-- {
		l := looks[i]
		asLetter, asFiller := never, never
		for s, v := range forward[i] {
			letter, fill := never, never
			if t := afterName(s, false); t >= 0 {
				letter = l.letter + backward[i+1][t]
			}
			if t := afterName(s, true); t >= 0 {
				fill = l.filler + backward[i+1][t]
			}
			backward[i][s] = max(letter, fill)
			asLetter, asFiller = max(asLetter, v+letter), max(asFiller, v+fill)
		}
		glyph, margin := l.glyph, float64(min(asLetter-asFiller, l.letter-l.second))
		if asFiller > asLetter {
			glyph, margin = filler, float64(asFiller-asLetter)
		}
		p := f.names[i]
		d.text[p.line][p.column], d.margin[p.line][p.column] = glyph, min(margin, doubt)
		likelihood = float64(max(asLetter, asFiller))
	}
	return likelihood
}
