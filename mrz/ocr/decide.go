package ocr

import "math"

// likelihoods are, for a place, the logarithms of how likely each glyph makes
// what was seen; only differences count.
type likelihoods [glyphs]float32

// odds holds the likelihoods of each line and column.
type odds [][]likelihoods

const (
	// doubt is how much less likely than the likeliest a glyph may be that the
	// check digits may still choose: what is sure is never changed.
	doubt = 12
	// looseCost is what a filler in place of a check digit costs.
	looseCost = 3
	// likelyGain is what a glyph gains where it nearly always stands.
	likelyGain = 4
	states     = 1000 // three sums modulo ten
)

// never is the likelihood of what cannot be.
var never = float32(math.Inf(-1))

// decision is the likeliest reading of a zone under the rules of a form.
type decision struct {
	text   [][]int     // glyphs
	margin [][]float64 // how much less likely the best zone is with another glyph there, at most doubt
	loss   float64     // how much less likely than the likeliest glyphs without any rule
	fits   bool        // all check digits are right
}

// decide finds the likeliest zone whose check digits are right. Where there is
// none without changing what is sure, it is the likeliest one of the classes.
func (f *form) decide(o odds) *decision {
	d := &decision{text: make([][]int, len(o)), margin: make([][]float64, len(o))}
	var free float64
	for i := range o {
		d.text[i], d.margin[i] = make([]int, len(o[i])), make([]float64, len(o[i]))
		for c := range o[i] {
			_, best := o[i][c].best(nil)
			free += float64(best)
		}
	}
	if f.head != "" && !f.begins(o) {
		return nil
	}
	choices := make([][]choice, len(f.steps))
	for i := range f.steps {
		choices[i] = f.steps[i].choices(o)
	}
	steps, fits := f.checkedPath(choices, d)
	if !fits {
		steps = f.freePath(choices, d)
	}
	d.fits = fits
	d.loss = free - steps - f.namePath(o, d)
	return d
}

// begins reports whether no glyph of the head contradicts what was seen.
func (f *form) begins(o odds) bool {
	for i := range len(f.head) {
		_, best := o[0][i].best(nil)
		if best-o[0][i][glyphOf(f.head[i])] > doubt {
			return false
		}
	}
	return true
}

// best returns the likeliest of these glyphs, of all where among is nil.
func (l *likelihoods) best(among []int) (glyph int, likelihood float32) {
	likelihood = never
	if among == nil {
		for g, v := range l {
			if v > likelihood {
				glyph, likelihood = g, v
			}
		}
		return glyph, likelihood
	}
	for _, g := range among {
		if l[g] > likelihood {
			glyph, likelihood = g, l[g]
		}
	}
	return glyph, likelihood
}

// choice is a glyph that may be decided on, the likeliest first.
type choice struct {
	glyph      int
	likelihood float32
}

// choices returns the glyphs of a step that are not out of the question.
func (s *step) choices(o odds) []choice {
	all := make([]choice, 0, len(s.glyphs))
	best := never
	for _, g := range s.glyphs {
		var sum float32
		for _, p := range s.at {
			sum += o[p.line][p.column][g]
		}
		if s.loose && g == filler {
			sum -= looseCost
		}
		if g == s.likely {
			sum += likelyGain
		}
		all = append(all, choice{g, sum})
		best = max(best, sum)
	}
	kept := all[:0]
	for _, c := range all {
		if c.likelihood >= best-doubt {
			kept = append(kept, c)
		}
	}
	return kept
}

// next returns the sums after the glyph; ok is false where it is a wrong check
// digit.
func (s *step) next(state, glyph int) (after int, ok bool) {
	sum := [sums]int{state % 10, state / 10 % 10, state / 100}
	v := value(glyph)
	if s.check >= 0 {
		if glyph != filler && v != sum[s.check] || glyph == filler && !s.loose {
			return 0, false
		}
		sum[s.check] = 0
	}
	for i := range sum {
		sum[i] = (sum[i] + s.add[i]*v) % 10
	}
	return sum[0] + 10*sum[1] + 100*sum[2], true
}

// checkedPath finds the likeliest glyphs with which all check digits are right,
// and the margins.
func (f *form) checkedPath(choices [][]choice, d *decision) (likelihood float64, ok bool) {
	n := len(f.steps)
	forward := make([][states]float32, n+1)
	backward := make([][states]float32, n+1)
	for i := range forward {
		for s := range states {
			forward[i][s], backward[i][s] = never, never
		}
	}
	forward[0][0] = 0
	for i := range n {
		for s, v := range &forward[i] {
			if v == never {
				continue
			}
			for _, c := range choices[i] {
				if t, ok := f.steps[i].next(s, c.glyph); ok && v+c.likelihood > forward[i+1][t] {
					forward[i+1][t] = v + c.likelihood
				}
			}
		}
	}
	for s := range states {
		backward[n][s] = 0
	}
	best := never
	for i := n - 1; i >= 0; i-- {
		through := make([]float32, len(choices[i]))
		for k := range through {
			through[k] = never
		}
		for s, v := range &forward[i] {
			if v == never {
				continue
			}
			for k, c := range choices[i] {
				t, ok := f.steps[i].next(s, c.glyph)
				if !ok {
					continue
				}
				rest := c.likelihood + backward[i+1][t]
				backward[i][s] = max(backward[i][s], rest)
				through[k] = max(through[k], v+rest)
			}
		}
		best = f.settle(d, i, choices[i], through)
	}
	return float64(best), best != never
}

// settle writes the likeliest choice of a step down, and its margin.
func (f *form) settle(d *decision, i int, choices []choice, likelihood []float32) float32 {
	best, first, second := 0, never, never
	for k, v := range likelihood {
		switch {
		case v > first:
			best, first, second = k, v, first
		case v > second:
			second = v
		}
	}
	margin := float64(doubt)
	if second != never {
		margin = min(margin, float64(first-second))
	}
	for _, p := range f.steps[i].at {
		d.text[p.line][p.column], d.margin[p.line][p.column] = choices[best].glyph, margin
	}
	return first
}

// freePath takes the likeliest choice of each step.
func (f *form) freePath(choices [][]choice, d *decision) (likelihood float64) {
	for i := range f.steps {
		alone := make([]float32, len(choices[i]))
		for k, c := range choices[i] {
			alone[k] = c.likelihood
		}
		likelihood += float64(f.settle(d, i, choices[i], alone))
	}
	return likelihood
}
