// Package faults breaks what the way of a dossier stands on, and counts what
// comes of it: a line that is cut (Cutter), a disk that loses its power or its
// room (Disk), and the one measure for all (Tally): lost, doubled, torn. It
// knows nothing of dossiers, so that the tests of any room may use it.
package faults

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
)

// EnvTable names a file that Record appends its line to: deploy/soak.sh prints
// it at the end.
const EnvTable = "TRAM_SOAK_TABLE"

// Tally is the count of one fault. What a system acknowledged must be there,
// once, whole: Lost, Doubled and Torn have to be 0. Control is how many of them
// the same measure found where the promise was broken on purpose; at 0 the test
// could not have failed and shows nothing.
type Tally struct {
	Fault        string `json:"fault"`
	Runs         int    `json:"runs"`
	Acknowledged int    `json:"acknowledged"`
	Lost         int    `json:"lost"`
	Doubled      int    `json:"doubled"`
	Torn         int    `json:"torn"`
	Control      int    `json:"control"`
	ControlBy    string `json:"control_by"` // how the promise was broken
}

// Count compares what was acknowledged, name by digest, with what was found,
// and adds to the tally. A name that was not acknowledged counts for nothing
// unless it was found twice: a system may keep more than it promised.
func (t *Tally) Count(acknowledged map[string]string, found []Found) {
	t.Acknowledged += len(acknowledged)
	times := map[string]int{}
	whole := map[string]bool{}
	for _, f := range found {
		times[f.Name]++
		if want, ok := acknowledged[f.Name]; ok && want == f.Digest {
			whole[f.Name] = true
		}
	}
	for name := range acknowledged {
		switch {
		case times[name] == 0:
			t.Lost++
		case !whole[name]:
			t.Torn++
		}
	}
	for _, n := range times {
		t.Doubled += max(0, n-1)
	}
}

// Found is one thing that is there after the fault. Its digest is computed from
// what was read; an unreadable one has none.
type Found struct{ Name, Digest string }

// Add counts another round of the same fault in.
func (t *Tally) Add(o Tally) {
	t.Runs += o.Runs
	t.Acknowledged += o.Acknowledged
	t.Lost += o.Lost
	t.Doubled += o.Doubled
	t.Torn += o.Torn
}

// Broken is how many promises were broken.
func (t *Tally) Broken() int { return t.Lost + t.Doubled + t.Torn }

// Test is what Record needs of a *testing.T.
type Test interface {
	Helper()
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
}

// Record logs the tally, fails the test when a promise was broken, when nothing
// was acknowledged or when the control found nothing, and appends the line to
// the soak table where there is one.
func (t *Tally) Record(test Test) {
	test.Helper()
	test.Logf("%s", t)
	if t.Broken() != 0 {
		test.Errorf("%s: %d lost, %d doubled, %d torn", t.Fault, t.Lost, t.Doubled, t.Torn)
	}
	if t.Acknowledged == 0 {
		test.Errorf("%s: nothing was acknowledged: the test showed nothing", t.Fault)
	}
	if t.Control == 0 {
		test.Errorf("%s: the control (%s) found nothing: the test cannot fail", t.Fault, t.ControlBy)
	}
	path := os.Getenv(EnvTable)
	if path == "" {
		return
	}
	if err := t.append(path); err != nil {
		test.Errorf("%s: soak table: %v", t.Fault, err)
	}
}

func (t *Tally) append(path string) error {
	line, err := json.Marshal(t)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	// One write: tests of other packages append to the same file.
	if _, err := f.Write(append(line, '\n')); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}

func (t *Tally) String() string {
	return fmt.Sprintf("%s: %d runs, %d acknowledged, %d lost, %d doubled, %d torn (control, %s: %d)",
		t.Fault, t.Runs, t.Acknowledged, t.Lost, t.Doubled, t.Torn, t.ControlBy, t.Control)
}

// Rounds is how often a fault test repeats: the number in the environment
// variable, for the long form, or short.
func Rounds(env string, short int) int {
	if n, err := strconv.Atoi(os.Getenv(env)); err == nil && n > 0 {
		return n
	}
	return short
}
