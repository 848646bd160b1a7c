package rules

import (
	"encoding/json"

	"github.com/tram-station/tram/biometrics"
)

// Fingers is a list of fingers that JSON shows as numbers.
type Fingers []biometrics.Finger

// MarshalJSON writes numbers: a list of small integers would be text.
func (f Fingers) MarshalJSON() ([]byte, error) {
	numbers := make([]int, len(f))
	for i, finger := range f {
		numbers[i] = int(finger)
	}
	return json.Marshal(numbers)
}

// The modes of Pack.FingerMode.
const (
	Single      = "single"       // the fingers one by one
	Slaps       = "slaps"        // right four, left four, both thumbs
	SlapsRolled = "slaps-rolled" // the slaps, then each finger rolled
)

// AllSlaps are the slaps in the order of capture.
var AllSlaps = [...]biometrics.Finger{biometrics.RightSlap, biometrics.LeftSlap, biometrics.Thumbs}
