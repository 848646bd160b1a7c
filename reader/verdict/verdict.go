// Package verdict holds the outcome of a check in words: what was checked,
// how it ended, why, and what the officer does next. Words never accuse; they
// say what failed.
package verdict

import "fmt"

// Outcome is how a check ended.
type Outcome uint8

// The five outcomes. The zero value is NotDone, so that a forgotten check
// never reads as passed.
const (
	NotDone Outcome = iota
	Passed
	Failed
	Inconclusive
	NotSupported
)

var outcomes = [...]string{"not done", "passed", "failed", "inconclusive", "not supported"}

func (o Outcome) String() string {
	if int(o) < len(outcomes) {
		return outcomes[o]
	}
	return fmt.Sprintf("outcome %d", uint8(o))
}

// outcomeWords are the officer's words.
var outcomeWords = [...]Words{
	NotDone:      {VI: "Chưa kiểm tra", EN: "Not done"},
	Passed:       {VI: "Đạt", EN: "Passed"},
	Failed:       {VI: "Không đạt", EN: "Failed"},
	Inconclusive: {VI: "Chưa đủ căn cứ kết luận", EN: "Inconclusive"},
	NotSupported: {VI: "Thiết bị/thẻ không hỗ trợ", EN: "Not supported"},
}

// Words returns the outcome as an officer reads it.
func (o Outcome) Words() Words {
	if int(o) < len(outcomeWords) {
		return outcomeWords[o]
	}
	return Words{}
}

// MarshalText writes the outcome's English name.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (o *Outcome) UnmarshalText(b []byte) error {
	for i, s := range outcomes {
		if s == string(b) {
			*o = Outcome(i)
			return nil
		}
	}
	return fmt.Errorf("verdict: unknown outcome %q", b)
}

// Words is one sentence in the two languages of the station.
type Words struct {
	VI string `json:"vi"`
	EN string `json:"en"`
}

// Check is one check and its outcome.
type Check struct {
	// Name is stable and machine-readable: "access", "sod-hashes",
	// "sod-signature", "chain", "chip-authentication", …
	Name    string  `json:"check"`
	Outcome Outcome `json:"outcome"`
	Reason  Words   `json:"reason"`
	Next    Words   `json:"next"` // what the officer does; empty when nothing
}

// Worst returns the gravest outcome of the checks: Failed before Inconclusive
// before everything else; Passed when nothing is worse.
func Worst(checks []Check) Outcome {
	w := Passed
	for _, c := range checks {
		switch c.Outcome {
		case Failed:
			return Failed
		case Inconclusive:
			w = Inconclusive
		}
	}
	return w
}
