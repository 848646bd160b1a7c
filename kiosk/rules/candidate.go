package rules

import (
	"log/slog"
	"time"

	"github.com/tram-station/tram/biometrics"
)

// Candidate is an enrolment as the central will see it, before it is sealed:
// plain data, so that anybody can make one. What is nil or empty was not done.
type Candidate struct {
	Kind    string    // the kind's code
	Reason  string    // why a card is issued, coded
	Station string    // the station's kind; "": not looked at
	Day     time.Time // of the enrolment: ages and the deadline count from it
	// Evidence says that the chip was read; NoCard why it was not, coded or in
	// words, where the kind allows that.
	Evidence bool
	NoCard   string
	// Fields are the person's by the names of package compare. Dates are
	// 2006-01-02, or shorter where the day or month is not known; expiry may be
	// "none".
	Fields     map[string]string
	Phone      string
	Email      string
	Identity   []CandidatePaper // that say who it is, instead of a card or beside it
	Guardian   *CandidateGuardian
	Portrait   *CandidatePortrait
	Prints     []CandidatePrint
	Declined   []CandidateDeclined // fingers that were not captured
	Documents  []CandidatePaper
	Dependants []CandidateDependant
	Family     []CandidateMember
	Request    *CandidateRequest
	Consent    *CandidateConsent
}

// LogValue keeps the citizen out of logs.
func (c Candidate) LogValue() slog.Value { return slog.StringValue("candidate [redacted] " + c.Kind) }

// CandidatePaper is a paper that was shown.
type CandidatePaper struct {
	Type    string
	Number  string
	Seen    bool // the officer saw the original
	Scan    bool // a picture of it is in the dossier
	Consent bool // to its integration
}

// CandidateGuardian is who stands beside the citizen.
type CandidateGuardian struct {
	Number   string
	Birth    string // 2006-01-02
	Relation string
	Verified bool // by an own card
	Papers   []CandidatePaper
}

// CandidatePortrait is the portrait, in pixels.
type CandidatePortrait struct {
	Width, Height int
	Accepted      bool // compared or looked at, and taken
}

// CandidatePrint is one captured finger.
type CandidatePrint struct {
	Finger   biometrics.Finger
	Rolled   bool
	Score    int  // 0 to 100; below 0 where it is not measured
	Minutiae int  // below 0 where they are not counted
	Excused  bool // the officer gave a reason for a weak one
}

// CandidateDeclined is a finger without a print, and what proves why.
type CandidateDeclined struct {
	Finger     biometrics.Finger
	Reason     string // one of Pack.FingerReasons
	Photo      bool
	Supervisor bool // agreed
	Waiting    bool // the dossier is held for one
}

// CandidateDependant is somebody who depends on the citizen.
type CandidateDependant struct {
	Relation string
	Number   string
	Paper    CandidatePaper
}

// CandidateMember is a member of the family.
type CandidateMember struct {
	Code   string
	Fields map[string]string
}

// CandidateRequest is a request that is forwarded.
type CandidateRequest struct {
	Action string
	Reason string
	Fields map[string]string
}

// CandidateConsent is what the citizen agreed to. Each document has its own.
type CandidateConsent struct {
	Registration bool
	Signed       bool // on the screen or on paper
}
