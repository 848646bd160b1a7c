package enrol

import (
	"time"

	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/mrz/compare"
	"github.com/tram-station/tram/reader/verdict"
)

// Step is where the enrolment stands.
type Step string

// The steps, in order.
const (
	StepIdle      Step = "idle"
	StepNotice    Step = "notice"
	StepIdentity  Step = "identity" // what stands for the card
	StepGuardian  Step = "guardian"
	StepCard      Step = "card"
	StepPerson    Step = "person"
	StepRequest   Step = "request" // of an account that is there
	StepRegister  Step = "register"
	StepPhone     Step = "phone"
	StepPortrait  Step = "portrait"
	StepFingers   Step = "fingers"
	StepFamily    Step = "family"
	StepDocuments Step = "documents"
	StepConsent   Step = "consent"
	StepSign      Step = "sign"
	StepSeal      Step = "seal"
	StepDone      Step = "done"
)

// Order lists the steps as the page shows them.
var Order = [...]Step{StepNotice, StepIdentity, StepGuardian, StepCard, StepPerson, StepRequest, StepRegister, StepPhone,
	StepPortrait, StepFingers, StepFamily, StepDocuments, StepConsent, StepSign, StepSeal}

// Snapshot is the enrolment as the page shows it. It holds personal data and
// is never logged.
type Snapshot struct {
	Version uint64     `json:"version"`      // grows with every change, also over restarts of a page
	ID      string     `json:"id,omitempty"` // the dossier's UUIDv7
	Step    Step       `json:"step"`
	Steps   []StepView `json:"steps"`
	Officer string     `json:"officer,omitempty"`
	// Kind is what is enrolled; nil between two enrolments.
	Kind *KindView `json:"kind,omitempty"`
	// Corrects is what a correction is about; nil: a whole enrolment.
	Corrects *CorrectionView `json:"corrects,omitempty"`
	Officers []string        `json:"officers"` // all who worked at it, the present one last
	// Guardian is there where the kind has one; Household behind a receipt, where
	// the next citizen of the same guardian can begin.
	Guardian  *GuardianView  `json:"guardian,omitempty"`
	Household *HouseholdView `json:"household,omitempty"`
	Identity  *IdentityArgs  `json:"identity,omitempty"` // what was taken in the step identity
	Request   *RequestArgs   `json:"request,omitempty"`
	Person    PersonView     `json:"person"`
	// Citizen is what the citizen typed on their own screen: a proposal.
	Citizen  *CitizenSaid    `json:"citizen,omitempty"`
	Checks   []verdict.Check `json:"checks"`
	Issues   []Issue         `json:"issues"` // what stands before the signature
	Register RegisterView    `json:"register"`
	Phone    PhoneView       `json:"phone"`
	// Exceptions need a supervisor.
	Exceptions []NeedView `json:"exceptions"`
	// Assurance is what the dossier would be worth; nil between two enrolments.
	Assurance *AssuranceView `json:"assurance,omitempty"`
	Chip      ChipView       `json:"chip"`
	Camera    CameraView     `json:"camera"`
	Scanning  ScanningView   `json:"scanning"`
	Portrait  PortraitView   `json:"portrait"`
	Prints    PrintsView     `json:"prints"`
	Fingers   []FingerView   `json:"fingers"` // the required ones, then any further one
	Documents []Document     `json:"documents"`
	Pages     []PageView     `json:"pages"`
	Consent   *ConsentView   `json:"consent,omitempty"`
	// ConsentText is what the citizen is to be asked.
	ConsentText *ConsentText `json:"consent_text,omitempty"`
	Dependants  []Dependant  `json:"dependants"`
	Family      *FamilyView  `json:"family,omitempty"` // nil where nobody asks for it
	Error       *Problem     `json:"error,omitempty"`  // of a device or the disk; commands answer with their own
	Receipt     *Receipt     `json:"receipt,omitempty"`
	Notices     []Problem    `json:"notices"` // of the station itself; they stop nothing
	Rules       RulesView    `json:"rules"`
	Resumed     bool         `json:"resumed"` // this enrolment went on after a restart
}

// CorrectionView is what a correction is about.
type CorrectionView struct {
	Dossier  string    `json:"dossier"` // the sealed one's UUID
	Section  string    `json:"section"` // one of the dossier's that the station can take anew
	Reason   string    `json:"reason"`  // the central's code
	Words    string    `json:"words"`   // and its words for people
	Deadline time.Time `json:"deadline"`
}

// StepState is how far one step is.
type StepState string

// The states of a step. Several can be active: the chip is read while the
// officer confirms the person.
const (
	StateTodo    StepState = "todo"
	StateActive  StepState = "active"
	StateDone    StepState = "done"
	StateSkipped StepState = "skipped"
)

// StepView is one step of the list.
type StepView struct {
	Name           Step      `json:"name"`
	State          StepState `json:"state"`
	MachineSeconds float64   `json:"machine_seconds"` // spent waiting for devices
}

// PersonView is the citizen's data with the source of each field.
type PersonView struct {
	Fields    []Field `json:"fields"`
	Phone     string  `json:"phone,omitempty"`
	Email     string  `json:"email,omitempty"`
	Confirmed bool    `json:"confirmed"`
	Ready     bool    `json:"ready"` // there is enough to confirm
}

// Field is one datum of the citizen: "number", "name", "birth", "sex",
// "nationality", "residence", "issue", "expiry", "old_number", … Dates are
// YYYY-MM-DD where they are full.
type Field struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Source string `json:"source"` // "chip", "print", "paper" (of the step identity) or "officer"
	Print  string `json:"print,omitempty"`
	Chip   string `json:"chip,omitempty"`
	// Outcome is how print and chip compare; a conflict is a difference that the
	// officer has to settle.
	Outcome  compare.Outcome `json:"outcome,omitempty"`
	Conflict bool            `json:"conflict"`
	Said     []SaidView      `json:"said"` // by each source
}

// Issue stands before the signature until it is acknowledged with a reason;
// a final one ends the enrolment.
type Issue struct {
	Code         string        `json:"code"` // "check:sod-hashes", "conflict:name", "not-eligible", "expired"
	Words        verdict.Words `json:"words"`
	Next         verdict.Words `json:"next"`
	Acknowledged bool          `json:"acknowledged"`
	Final        bool          `json:"final"`
	// Section is where a finding of the central's rules is put right: no reason
	// helps against it.
	Section string `json:"section,omitempty"`
}

// ChipView is the state of the card.
type ChipView struct {
	State   string `json:"state"` // "idle", "waiting", "reading", "done", "failed"
	Step    string `json:"step,omitempty"`
	Done    int    `json:"done"` // bytes
	Total   int    `json:"total"`
	Slot    string `json:"slot"`
	Virtual bool   `json:"virtual"`
	Access  string `json:"access,omitempty"`
	Tries   int    `json:"tries"`
	// Photo is how the chip's photograph stands: "" while it is not there yet,
	// "shown" as Image("dg2"), "none" or "unreadable".
	Photo string `json:"photo,omitempty"`
}

// CameraView says whether the camera is to film now. It is wanted from
// card-down on, so that it is warm when the portrait begins.
type CameraView struct {
	Source string `json:"source"` // SourceStation or SourceBrowser
	Wanted bool   `json:"wanted"`
}

// The sources of the camera's frames.
const (
	SourceStation = "station" // a camera of its own
	SourceBrowser = "browser" // the page films and posts
)

// ScanningView is what the camera sees of the card's print while it looks for
// it. The picture is the preview.
type ScanningView struct {
	// State is "off", "starting" (the camera is being opened), "looking"
	// (nothing is seen), "seen" (not readable yet) or "read" (taken as the scan,
	// the camera is closed).
	State string `json:"state"`
	Kind  string `json:"kind,omitempty"` // what is seen or was read: "qr" or "mrz"
	// Cause says why it is not read yet: "too-far", "cut-off", "glare",
	// "blurred", "too-dark", "tilted", "unclear", "confirming" (a zone waits for
	// the next frame to agree), "not-card" or "unusable" (read, but no card's).
	Cause string `json:"cause,omitempty"`
	// Corners are the code's or the zone's: top left, top right, bottom right,
	// bottom left as it is printed, in a picture of Size pixels.
	Corners *[4][2]int    `json:"corners,omitempty"`
	Size    [2]int        `json:"size"`
	Message verdict.Words `json:"message"` // one at a time, each at least 0.6 s
	Virtual bool          `json:"virtual"`
}

// Document is one paper that the citizen wants integrated.
type Document struct {
	Type         string `json:"type" cbor:"type"`
	Number       string `json:"number" cbor:"number"`
	OriginalSeen bool   `json:"original_seen" cbor:"original_seen"`
	// Pages are the attached pages that show it; Holder is in whose name it is,
	// where that is not the citizen.
	Pages  []string `json:"pages,omitempty" cbor:"pages,omitempty"`
	Holder string   `json:"holder,omitempty" cbor:"holder,omitempty"`
}

// Problem is an error in words with the next step.
type Problem struct {
	Code  string        `json:"code"` // "wrong-key", "card-lost", "no-reader", "no-camera", …
	Words verdict.Words `json:"words"`
	Next  verdict.Words `json:"next"`
}

// Receipt is what stays readable after sealing: no name, no full number.
type Receipt struct {
	ID       string    `json:"id"`
	Initials string    `json:"initials"`
	Number   string    `json:"number"` // masked: "••••••••0001"
	Sealed   time.Time `json:"sealed"`
	Virtual  bool      `json:"virtual"`
	State    string    `json:"state"` // "sealed", or StateHeld, until SetQueueState says more
	// Due is the day of the result by the rules (YYYY-MM-DD, legal time); DueSure
	// says that the list of holidays reaches that far. Form is the form's number.
	Due     string `json:"due,omitempty"`
	DueSure bool   `json:"due_sure,omitempty"`
	Form    string `json:"form,omitempty"`
	// Review says why it waits, or waited, for a supervisor: codes of the rules.
	Review []string `json:"review,omitempty"`
	// Flags are what a supervisor looks for at the end of the day: the codes of
	// exceptions, "exception-pending", "sample".
	Flags []string `json:"flags,omitempty"`
	// Words say what still waits for a decision.
	Words verdict.Words `json:"words,omitzero" cbor:"-"`
}

// States of a receipt beside those of the outbox.
const (
	StateHeld       = "held"        // it waits for a supervisor
	StateTurnedDown = "turned-down" // the supervisor did not let it out
)

// RulesView is what the page needs of the rule pack.
type RulesView struct {
	Version      string               `json:"version"`
	Kinds        []KindView           `json:"kinds"`     // what the station can begin
	Elsewhere    []ElsewhereView      `json:"elsewhere"` // what other offices take
	Refused      []rules.Refusal      `json:"refused"`   // who is too young for anything here, and the way that is shown
	MinimumAge   int                  `json:"minimum_age"`
	WorkingDays  int                  `json:"working_days"`
	PhonePattern string               `json:"phone_pattern"`
	EmailPattern string               `json:"email_pattern"`
	Correctable  []string             `json:"correctable"` // fields that confirm-person may correct
	Documents    []rules.DocumentRule `json:"documents"`
	Papers       []rules.DocumentRule `json:"papers"`
	// Relations of a dependant to the citizen; Family is asked for where a card
	// is issued.
	Relations     []rules.ExceptionRule `json:"relations"`
	Family        []rules.FamilyRule    `json:"family"`
	FingerReasons []rules.FingerReason  `json:"finger_reasons"`
	FingerMode    string                `json:"finger_mode"` // "single", "slaps" or "slaps-rolled"
	FingerTries   int                   `json:"finger_tries"`

	PortraitTries   int                   `json:"portrait_tries"`
	PortraitReasons []rules.ExceptionRule `json:"portrait_reasons"` // for taking it by hand

	PhoneReasons     []rules.ExceptionRule `json:"phone_reasons"`     // of phone-skip
	ExceptionReasons []rules.ExceptionRule `json:"exception_reasons"` // of exception-approve and exception-ask
	// ExceptionRefusals are why a supervisor does not agree.
	ExceptionRefusals []rules.ExceptionRule `json:"exception_refusals"`
}
