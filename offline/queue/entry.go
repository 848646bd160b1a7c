package queue

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
)

// Entry is what the index keeps of one dossier. It names nobody: Lookup is a
// keyed hash, Initials and Masked are what a station may show.
type Entry struct {
	ID       uuid.UUID       `cbor:"1,keyasint"`
	State    State           `cbor:"2,keyasint"`
	Sequence uint64          `cbor:"3,keyasint"`
	Digest   envelope.Digest `cbor:"4,keyasint"` // of Manifest
	Manifest []byte          `cbor:"5,keyasint"` // signed
	Size     int64           `cbor:"6,keyasint"` // sealed bytes
	Tag      [32]byte        `cbor:"7,keyasint"` // keyed hash of the content, to know a repeat
	Kind     string          `cbor:"8,keyasint"`
	Masked   string          `cbor:"9,keyasint"` // what the station may still show
	Virtual  bool            `cbor:"10,keyasint"`
	Enqueued int64           `cbor:"11,keyasint"` // Unix milliseconds
	Tries    int             `cbor:"12,keyasint"`
	Detail   string          `cbor:"13,keyasint"` // in words: why it waits or was refused
	Receipt  []byte          `cbor:"14,keyasint"` // signed, from custody on

	// What follows is left out when it is empty, so that entries of the first
	// layout read and write as they were.
	Lookup   [32]byte        `cbor:"15,keyasint,omitzero"` // keyed hash of the citizen's number, to find the dossier again
	Initials string          `cbor:"16,keyasint,omitzero"`
	Corrects uuid.UUID       `cbor:"17,keyasint,omitzero"` // the dossier that this one corrects
	Section  string          `cbor:"18,keyasint,omitzero"` // and the section it brings again
	Steps    []Step          `cbor:"19,keyasint,omitempty"`
	Fix      *Fix            `cbor:"20,keyasint,omitzero"`
	Notice   []byte          `cbor:"21,keyasint,omitempty"` // the signed notice of the newest state
	Blob     envelope.Digest `cbor:"22,keyasint,omitzero"`  // of the file of all chunks; zero when there is none
	Station  string          `cbor:"23,keyasint,omitzero"`  // whose it is, when carried for another station
	Held     bool            `cbor:"24,keyasint,omitzero"`  // it waits for a supervisor
	Promise  Promise         `cbor:"25,keyasint,omitzero"`  // what the receipt says of the result
}

// Promise is what the citizen was told when the dossier was sealed: a receipt
// that is printed again says the same, whatever the rules say by then.
type Promise struct {
	Day  string `cbor:"1,keyasint,omitzero" json:"day,omitempty"` // YYYY-MM-DD
	Sure bool   `cbor:"2,keyasint,omitzero" json:"sure,omitempty"`
	Days int    `cbor:"3,keyasint,omitzero" json:"days,omitempty"` // working days
	Form string `cbor:"4,keyasint,omitzero" json:"form,omitempty"`
}

// Step is the evidence of when a dossier came to a state.
type Step struct {
	State State          `cbor:"1,keyasint" json:"state"`
	At    envelope.Clock `cbor:"2,keyasint" json:"at"`
}

// Fix is what the central wants to have brought again.
type Fix struct {
	Section  string    `cbor:"1,keyasint" json:"section"`
	Reason   string    `cbor:"2,keyasint" json:"reason"` // a code
	Words    string    `cbor:"3,keyasint" json:"words"`  // for people
	Deadline time.Time `cbor:"4,keyasint" json:"deadline"`
}

// maxSteps bounds the steps of an entry. Only an officer's retries after a
// refusal repeat any: of those the newest stay.
const maxSteps = 64

// Time returns when the entry was enqueued.
func (e *Entry) Time() time.Time { return time.UnixMilli(e.Enqueued).UTC() }

// Chunks returns the digests and lengths of the entry's chunks.
func (e *Entry) Chunks() ([]envelope.Digest, []int, error) {
	if err := e.Digest.Check(e.Manifest); err != nil {
		return nil, nil, err
	}
	m, err := envelope.ParseManifest(e.Manifest)
	if err != nil {
		return nil, nil, err
	}
	digests, lengths := m.Chunks()
	return digests, lengths, nil
}

// unsettled says that there is no receipt yet, whatever the central's notices
// said: the sealed bytes stay until it is here.
func (e *Entry) unsettled() bool { return len(e.Receipt) == 0 }

// waits says that the dossier is to be sent without anybody's doing.
func (e *Entry) waits() bool { return e.unsettled() && e.State.rank() != beside }

// step moves the entry to the state, which the caller knows to be allowed.
func (e *Entry) step(to State, at envelope.Clock) {
	e.State = to
	if n := len(e.Steps); n > 0 {
		last := e.Steps[n-1].At
		at.Trusted = max(at.Trusted, last.Trusted)
		if at.Boot != nil && last.Boot != nil && *at.Boot == *last.Boot {
			// Two changes at once: whoever looked at the clock first may write last.
			at.Monotonic = max(at.Monotonic, last.Monotonic)
		}
	}
	if len(e.Steps) == maxSteps {
		e.Steps = append(e.Steps[:1:1], e.Steps[2:]...)
	}
	e.Steps = append(e.Steps, Step{to, at})
}

// draftSteps are the steps from before the entry was sealed.
func (e *Entry) draftSteps() []Step {
	return slices.DeleteFunc(slices.Clone(e.Steps), func(s Step) bool { return s.State != Draft })
}

// since is when the entry came to its state, by the central's time in Unix
// milliseconds; 0 when that is not known.
func (e *Entry) since() int64 {
	if n := len(e.Steps); n > 0 && e.Steps[n-1].At.Trusted != 0 {
		return e.Steps[n-1].At.Trusted
	}
	return receiptTime(e.Receipt)
}
