package verdict

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestOutcomeText(t *testing.T) {
	for o := NotDone; o <= NotSupported; o++ {
		b, err := json.Marshal(Check{Name: "x", Outcome: o})
		if err != nil {
			t.Fatal(err)
		}
		var c Check
		if err := json.Unmarshal(b, &c); err != nil || c.Outcome != o {
			t.Errorf("%v came back as %v, %v", o, c.Outcome, err)
		}
		if w := o.Words(); w.VI == "" || w.EN == "" {
			t.Errorf("%v has no words", o)
		}
	}
	var o Outcome
	if err := o.UnmarshalText([]byte("perfect")); err == nil {
		t.Error("an unknown outcome was read")
	}
	if !strings.Contains(Outcome(9).String(), "9") || Outcome(9).Words() != (Words{}) {
		t.Error("an outcome out of range has words")
	}
}

func TestZeroIsNotDone(t *testing.T) {
	if (Check{}).Outcome != NotDone {
		t.Error("a forgotten check reads as something else than not done")
	}
}

func TestWorst(t *testing.T) {
	for _, test := range []struct {
		in   []Outcome
		want Outcome
	}{
		{nil, Passed},
		{[]Outcome{Passed, NotDone, NotSupported}, Passed},
		{[]Outcome{Passed, Inconclusive, Passed}, Inconclusive},
		{[]Outcome{Inconclusive, Failed, Passed}, Failed},
		{[]Outcome{Failed, Inconclusive}, Failed},
	} {
		var checks []Check
		for _, o := range test.in {
			checks = append(checks, Check{Outcome: o})
		}
		if got := Worst(checks); got != test.want {
			t.Errorf("%v: %v, want %v", test.in, got, test.want)
		}
	}
}
