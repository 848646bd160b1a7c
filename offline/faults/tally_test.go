package faults_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tram-station/tram/offline/faults"
)

// judge takes what Record says in place of a test.
type judge struct{ errors []string }

func (*judge) Helper()             {}
func (*judge) Logf(string, ...any) {}
func (j *judge) Errorf(format string, a ...any) {
	j.errors = append(j.errors, fmt.Sprintf(format, a...))
}
func acked(names ...string) (m map[string]string) {
	m = map[string]string{}
	for _, n := range names {
		m[n] = "digest of " + n
	}
	return m
}

func TestTallyCounts(t *testing.T) {
	var tally faults.Tally
	tally.Count(acked("whole", "lost", "torn", "twice"), []faults.Found{
		{"whole", "digest of whole"}, {"torn", ""}, {"twice", "digest of twice"}, {"twice", "digest of twice"},
		{"not acknowledged", "anything"},
	})
	if tally.Acknowledged != 4 || tally.Lost != 1 || tally.Torn != 1 || tally.Doubled != 1 || tally.Broken() != 3 {
		t.Errorf("%+v", tally)
	}
}

func TestTallyRecords(t *testing.T) {
	table := filepath.Join(t.TempDir(), "table")
	t.Setenv(faults.EnvTable, table)
	good := faults.Tally{Fault: "good", Runs: 1, Acknowledged: 1, Control: 1, ControlBy: "no fsync"}
	for name, x := range map[string]struct {
		change func(*faults.Tally)
		errors int
	}{
		"good":         {func(*faults.Tally) {}, 0},
		"lost":         {func(g *faults.Tally) { g.Lost = 1 }, 1},
		"doubled":      {func(g *faults.Tally) { g.Doubled = 1 }, 1},
		"torn":         {func(g *faults.Tally) { g.Torn = 1 }, 1},
		"empty":        {func(g *faults.Tally) { g.Acknowledged = 0 }, 1},
		"cannot fail":  {func(g *faults.Tally) { g.Control = 0 }, 1},
		"nothing good": {func(g *faults.Tally) { *g = faults.Tally{Lost: 1} }, 3},
	} {
		tally, j := good, &judge{}
		x.change(&tally)
		if tally.Record(j); len(j.errors) != x.errors {
			t.Errorf("%s: %q", name, j.errors)
		}
	}
	raw, err := os.ReadFile(table)
	if err != nil || strings.Count(string(raw), "\n") != 7 {
		t.Errorf("the table: %s, %v", raw, err)
	}
}

func TestRounds(t *testing.T) {
	t.Setenv("TRAM_TEST_ROUNDS", "500")
	if n := faults.Rounds("TRAM_TEST_ROUNDS", 3); n != 500 {
		t.Error(n)
	}
	for _, no := range []string{"", "-1", "many"} {
		t.Setenv("TRAM_TEST_ROUNDS", no)
		if n := faults.Rounds("TRAM_TEST_ROUNDS", 3); n != 3 {
			t.Errorf("%q: %d", no, n)
		}
	}
}
