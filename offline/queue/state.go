package queue

import (
	"fmt"
)

// State is how far a dossier has come: draft, sealed, sending, custody,
// validated, matched, and then approved, fix-needed or rejected. It only moves
// forward; a correction is a new dossier. Beside the way stand refused and
// damaged, which an officer can send again.
type State uint8

// The states. Their numbers are stored.
const (
	Sealed    State = iota + 1 // durable at the station
	Sending                    // a try is or was under way
	Custody                    // the central has it: the receipt is stored, the sealed bytes are deleted
	Refused                    // the central will not take it as it is
	Damaged                    // the copy at the station does not match its digests
	Draft                      // begun, not sealed: the queue holds nothing of it
	Validated                  // the central opened it and it is complete
	Matched                    // the central compared it with its registers
	Approved                   // the end
	FixNeeded                  // the end of this dossier: a section has to be brought again
	Rejected                   // the end
)

var stateNames = [...]string{
	Sealed: "sealed", Sending: "sending", Custody: "custody", Refused: "refused", Damaged: "damaged", Draft: "draft",
	Validated: "validated", Matched: "matched", Approved: "approved", FixNeeded: "fix-needed", Rejected: "rejected",
}

// beside is the rank of the states beside the way.
const beside = -1

var ranks = [...]int{
	Draft: 0, Sealed: 1, Sending: 2, Custody: 3, Validated: 4, Matched: 5, Approved: 6, FixNeeded: 6, Rejected: 6,
	Refused: beside, Damaged: beside,
}

// rank orders the states on the way.
func (s State) rank() int {
	if s.known() {
		return ranks[s]
	}
	return beside
}

func (s State) known() bool { return int(s) < len(stateNames) && stateNames[s] != "" }

func (s State) String() string {
	if s.known() {
		return stateNames[s]
	}
	return fmt.Sprintf("state %d", uint8(s))
}

// MarshalText writes the state's name.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *State) UnmarshalText(b []byte) error {
	for i, name := range stateNames {
		if name != "" && name == string(b) {
			*s = State(i)
			return nil
		}
	}
	return fmt.Errorf("queue: unknown state %q", b)
}

// Waiting says that the dossier is still to be sent.
func (s State) Waiting() bool { return s == Sealed || s == Sending }

// Final says that the central will say nothing more of the dossier.
func (s State) Final() bool { return s.rank() == ranks[Approved] }
