package enrol

import (
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/reader/verdict"
)

// The states of a unit and of a finger.
const (
	fingerTodo      = "todo"
	fingerActive    = "active"
	fingerDone      = "done"
	fingerException = "exception"
)

// PrintsView is the state of the fingers' step: what is laid on the reader,
// and what the prints have told of each other. The single prints are in
// Snapshot.Fingers.
type PrintsView struct {
	Units  []UnitView `json:"units"`  // in order
	Reader string     `json:"reader"` // name of the open reader; "": none is open
	// Rolled are the rolled fingers, where the rules want them. Their pictures
	// are Image("print-r<finger>").
	Rolled []FingerView `json:"rolled"`
	// Clashes are prints that look alike, or changed places.
	Clashes []ClashView `json:"clashes"`
	// Notes say what the reader can not take and what is done instead.
	Notes []verdict.Words `json:"notes"`
	// Hand is the camera while it looks at a hand, for the picture of an
	// exception. The live picture is the preview.
	Hand HandView `json:"hand"`
}

// UnitView is what is laid on the reader at once.
type UnitView struct {
	ID       string            `json:"id"`     // "2", "13", "r1" (rolled): what fingers-start names
	Finger   biometrics.Finger `json:"finger"` // 1 to 10, 13, 14, 15
	Rolled   bool              `json:"rolled"`
	Words    verdict.Words     `json:"words"`
	Prompt   verdict.Words     `json:"prompt"`  // what the citizen does now
	Fingers  rules.Fingers     `json:"fingers"` // expected on it, excepted ones taken out
	State    string            `json:"state"`   // "todo", "active", "done" or "exception" (all its fingers are)
	Tries    int               `json:"tries"`
	MaxTries int               `json:"max_tries"`
}

// FingerView is the state of one finger. Its picture is Image("print-<finger>").
type FingerView struct {
	Finger   biometrics.Finger        `json:"finger"`
	Words    verdict.Words            `json:"words"`
	Required bool                     `json:"required"`
	State    string                   `json:"state"` // "todo", "active", "done", "exception"
	Tries    int                      `json:"tries"`
	Reason   string                   `json:"reason,omitempty"` // code of the exception's
	DPI      int                      `json:"dpi,omitempty"`
	Quality  *biometrics.PrintQuality `json:"quality,omitempty"` // of the best print, which is the one shown
	Virtual  bool                     `json:"virtual"`
	// Threshold is the score from which a print of this finger is good enough.
	Threshold int   `json:"threshold"`
	Scores    []int `json:"scores"` // of every try, in order
	// Causes say why the last try was weak; empty when it was good.
	Causes []verdict.Words `json:"causes"`
	Good   bool            `json:"good"` // the kept print is what the rules want; false without one
	// Picture changes whenever the kept picture does; "": there is none.
	Picture   string         `json:"picture"`
	Exception *ExceptionView `json:"exception,omitempty"`
	// Card is how the print compares with the chip's of the same finger: "same",
	// "differs", or "" where there is nothing to compare with.
	Card string `json:"card,omitempty"`
}

// ExceptionView is why a finger is not captured. Its picture is
// Image("exception-<finger>").
type ExceptionView struct {
	Reason     verdict.Words `json:"reason"`
	Code       string        `json:"code"`
	Photo      bool          `json:"photo"`      // there is a picture of the hand
	Supervisor string        `json:"supervisor"` // who approved it; "": nobody yet
	At         time.Time     `json:"at"`         // of the declaration
	Approved   time.Time     `json:"approved,omitzero"`
	// Picture changes whenever the picture of the hand does; "": there is none.
	// An approval names the picture that the supervisor saw by it.
	Picture string `json:"picture"`
	// What the reason's rule still asks for: first the picture, then the
	// supervisor. Until then the finger is not done.
	WantsPhoto      bool `json:"wants_photo"`
	WantsSupervisor bool `json:"wants_supervisor"`
}

// ClashView is a pair of prints that can not both be right: one finger under
// two names, or a print that belongs to another name.
type ClashView struct {
	// Issue is the code of the issue: "finger-repeated:2-7" (two prints of one
	// finger), "finger-swapped:2-7" (the print of 2 is the card's, or the flat
	// print's, of 7).
	Issue        string            `json:"issue"`
	A            biometrics.Finger `json:"a"`
	B            biometrics.Finger `json:"b"`
	Words        verdict.Words     `json:"words"`
	Next         verdict.Words     `json:"next"`
	Acknowledged bool              `json:"acknowledged"`
}

// HandView is the camera over a hand.
type HandView struct {
	State  string            `json:"state"`            // "off", "starting", "live" or "taking"
	Finger biometrics.Finger `json:"finger,omitempty"` // whose picture is being taken
}

// The states of HandView.
const (
	handOff      = "off"
	handStarting = "starting"
	handLive     = "live"
	handTaking   = "taking"
)
