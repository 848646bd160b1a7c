package face

import (
	"errors"

	"github.com/tram-station/tram/reader/verdict"
)

// Challenge is a movement that the citizen is asked for.
type Challenge string

// The challenges. The empty one asks for nothing.
const (
	Blink Challenge = "blink" // shut both eyes for a moment
	Turn  Challenge = "turn"  // turn the head to a side chosen at random, and back
)

// Errors of a challenge.
var (
	// ErrNoLandmarks says that the finder does not see what a challenge looks at.
	ErrNoLandmarks = errors.New("the face finder has no landmarks, which a challenge is seen by: install a model pack (`make assets`) or switch the challenge off")
	// ErrNoChallenge says that there is no challenge of that name.
	ErrNoChallenge = errors.New(`no such challenge: choose "blink", "turn" or none`)
)

// ChallengeState is how far a challenge is, for the page.
type ChallengeState struct {
	Kind Challenge `json:"kind"`
	// Code names the request: "blink", "turn-left", "turn-right" (the
	// citizen's left and right), "turn-back", "challenge-passed" or
	// "challenge-missed".
	Code    string        `json:"code"`
	Message verdict.Words `json:"message"`
	Done    bool          `json:"done"`
	Passed  bool          `json:"passed"`
}
