package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/tram-station/tram/mrz"
	"github.com/tram-station/tram/mrz/specimen"
)

// share counts how many of some pictures were read.
type share struct {
	Pictures int `json:"pictures"`
	Read     int `json:"read"`
}

func (s *share) add(read bool) {
	s.Pictures++
	if read {
		s.Read++
	}
}

func (s share) String() string {
	return fmt.Sprintf("%.1f", 100*float64(s.Read)/float64(max(1, s.Pictures)))
}

// size is in pixels a module, or a millimetre for zones.
type size float64

// MarshalText makes a size the name of a member in JSON.
func (s size) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%g", float64(s)), nil }

// printTally is what one reader did on one set.
type printTally struct {
	Group  string `json:"group"`
	Set    string `json:"set"`
	Reader string `json:"reader"`
	share
	Wrong      int                `json:"wrong"`              // pictures with a wrong answer: for zones one believed although a checked character is wrong
	Believed   int                `json:"believed,omitempty"` // pictures with an answer that its reader stands for
	BySeverity map[int]*share     `json:"by_severity"`
	BySize     map[size]*share    `json:"by_size,omitempty"` // by pixels a module, or a millimetre for zones
	Median     float64            `json:"median_ms"`
	P95        float64            `json:"p95_ms"`
	Ratio      map[string]float64 `json:"ratio,omitempty"` // of median and p95 to the first peer's

	zones bool
	times []time.Duration
}

func newPrintTally(set, reader string) *printTally {
	return &printTally{Group: "print", Set: set, Reader: reader, BySeverity: map[int]*share{}, BySize: map[size]*share{}}
}

// add judges an answer.
func (t *printTally) add(l specimen.Label, a printAnswer) {
	t.zones = t.zones || len(l.Lines) > 0
	read, believed, wrong := false, false, false
	for _, c := range a.codes {
		read = read || c.matches(l)
		believed = believed || !c.doubtful
		switch {
		case c.doubtful:
		case len(l.Lines) > 0:
			wrong = wrong || !sameChecked(c.text, joined(l.Lines))
		default:
			wrong = wrong || !c.matches(l)
		}
	}
	switch {
	case nothing(l):
		read = !believed
	case read && len(l.Lines) == 0:
		wrong = false // another code in the same picture, which the label does not know
	}
	if believed {
		t.Believed++
	}
	if wrong {
		t.Wrong++
	}
	t.share.add(read)
	t.times = append(t.times, a.took)
	of(t.BySeverity, l.Severity).add(read)
	if n := max(l.Module, l.PxMM); n > 0 {
		of(t.BySize, size(n)).add(read)
	}
}

// nothing reports whether the picture shows neither code nor zone.
func nothing(l specimen.Label) bool { return l.Text == "" && l.Hex == "" && len(l.Lines) == 0 }

func of[K comparable](m map[K]*share, k K) *share {
	if m[k] == nil {
		m[k] = new(share)
	}
	return m[k]
}

// sameChecked reports whether two zones agree in all that has a check digit.
func sameChecked(a, b string) bool {
	x, err := mrz.Parse(a)
	if err != nil {
		return false
	}
	y, err := mrz.Parse(b)
	if err != nil || x.Format != y.Format {
		return false
	}
	unchecked := func(f mrz.Field) bool { return f.Printed == "" }
	return slices.EqualFunc(slices.DeleteFunc(x.Fields(), unchecked), slices.DeleteFunc(y.Fields(), unchecked), func(a, b mrz.Field) bool {
		return a.Name == b.Name && a.Value == b.Value && a.Printed == b.Printed
	})
}

// finish computes the times.
func (t *printTally) finish() {
	slices.Sort(t.times)
	if n := len(t.times); n > 0 {
		const ninetyFive = 95
		t.Median, t.P95 = ms(t.times[n/2]), ms(t.times[min(n-1, n*ninetyFive/100)])
	}
}

// printTallies prints the table of one set. Times are compared with those of
// the tally at base, where there is one.
func printTallies(a *app, all []*printTally, base int) error {
	for _, t := range all {
		t.finish()
	}
	for _, t := range all {
		if base >= 0 && all[base].Median > 0 {
			t.Ratio = map[string]float64{"median": t.Median / all[base].Median, "p95": t.P95 / all[base].P95}
		}
		if a.json {
			if err := a.printJSON(t); err != nil {
				return err
			}
		}
	}
	if a.json || len(all) == 0 {
		return nil
	}
	return printTable(a.stdout, all)
}

// printTable prints what people want to see of one set.
func printTable(out io.Writer, all []*printTally) error {
	first := all[0]
	severities, sizes := slices.Sorted(maps.Keys(first.BySeverity)), slices.Sorted(maps.Keys(first.BySize))
	if len(severities) == 1 {
		severities = nil // that of a set which knows none
	}
	fmt.Fprintf(out, "\n%s: %d pictures\n", first.Set, first.Pictures)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "\tread %\tread\t")
	if first.zones {
		fmt.Fprint(w, "believed\t")
	}
	fmt.Fprint(w, "wrong\tmedian ms\tp95 ms\t")
	if first.Ratio != nil {
		fmt.Fprint(w, "× median\t× p95\t")
	}
	for _, s := range severities {
		fmt.Fprintf(w, "severity %d\t", s)
	}
	for _, s := range sizes {
		fmt.Fprintf(w, "%g px\t", s)
	}
	fmt.Fprintln(w)
	for _, t := range all {
		fmt.Fprintf(w, "%s\t%s\t%d\t", t.Reader, t.share, t.Read)
		if first.zones {
			fmt.Fprintf(w, "%d\t", t.Believed)
		}
		fmt.Fprintf(w, "%d\t%.1f\t%.1f\t", t.Wrong, t.Median, t.P95)
		if t.Ratio != nil {
			fmt.Fprintf(w, "%.2f\t%.2f\t", t.Ratio["median"], t.Ratio["p95"])
		}
		for _, s := range severities {
			fmt.Fprintf(w, "%s\t", of(t.BySeverity, s))
		}
		for _, s := range sizes {
			fmt.Fprintf(w, "%s\t", of(t.BySize, s))
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}
