// Package dossier holds one enrolment as the sections that leave the station.
package dossier

import (
	"time"

	"github.com/google/uuid"
)

// Dossier is one finished enrolment, in the clear, in memory only.
type Dossier struct {
	ID      uuid.UUID // UUIDv7, minted when the enrolment began
	Kind    string    // "citizen-level2", …
	Station string
	Officer string // the officer's identifier, not the name
	Begun   time.Time
	Sealed  time.Time
	Virtual bool // any device of it was virtual
	// Masked is what the station may still show once the dossier is sealed,
	// such as initials and the last digits. It is kept in the clear: never a
	// full name or number.
	Masked string
	// Lookup is the citizen's number. It stays in memory: the station keeps a
	// keyed hash of it, by which the dossier is found again, and it does not
	// travel in the header.
	Lookup string
	// Initials are kept in the clear like Masked, such as "N.V.T."; no digits.
	Initials string
	// Promise is what the citizen was told. The station keeps it for a receipt
	// that is printed again; it does not travel.
	Promise Promise
	// Corrects and Section are set in a correction: the dossier that the
	// central asked to mend, and the one section that this one brings anew.
	Corrects uuid.UUID
	Section  string
	Sections []Section
}

// Promise is what a receipt says of the result, by the rules of its enrolment.
type Promise struct {
	Day  string // of the result, YYYY-MM-DD; "": none was named
	Sure bool   // the list of holidays reaches that far
	Days int    // the longest time to the result, in working days
	Form string // the form's number, say TK01
}

// The sections that the central wants first: with them it can begin its work
// while the rest is still on a slow line.
const (
	EvidenceSection = "evidence"
	PortraitSection = "portrait"
)

// Section is a part that is sealed by itself: "evidence" (chip files, checks,
// key facts), "portrait", "prints", "person", "consent", or one a document.
type Section struct {
	Name      string
	MediaType string
	Bytes     []byte
}
