package face

import (
	"time"

	"github.com/tram-station/tram/reader/verdict"
)

// Attack says what was done against presentation attacks: a printed face or
// one on a screen before the camera. The zero value is the usual one: nothing
// was assessed. A challenge is recorded for what it is; it is no detection
// that was tested after ISO/IEC 30107-3.
type Attack struct {
	// Assessed says that a challenge was asked.
	Assessed  bool      `json:"assessed" cbor:"assessed"`
	Challenge Challenge `json:"challenge,omitempty" cbor:"challenge,omitempty"`
	// Passed says that the citizen did what was asked.
	Passed bool `json:"passed,omitempty" cbor:"passed,omitempty"`
	// Asked is each request in turn: "blink", "turn-left", "turn-right".
	Asked  []string      `json:"asked,omitempty" cbor:"asked,omitempty"`
	Frames int           `json:"frames,omitempty" cbor:"frames,omitempty"` // looked at for it
	Took   time.Duration `json:"took_ns,omitempty" cbor:"took_ns,omitempty"`
	Model  string        `json:"model,omitempty" cbor:"model,omitempty"` // whose landmarks it was seen in
	Note   string        `json:"note" cbor:"note"`
}

// Notes of an Attack.
const (
	noteNotAssessed = "presentation attack: not assessed"
	noteChallenge   = "challenge only; presentation attack detection after ISO/IEC 30107-3: not assessed"
)

// Words says the same to people.
func (a Attack) Words() verdict.Words {
	switch {
	case !a.Assessed:
		return verdict.Words{VI: "Tấn công trình diện (ảnh in, màn hình): chưa đánh giá.", EN: "Presentation attack: not assessed."}
	case a.Passed:
		return verdict.Words{VI: "Đã làm theo yêu cầu chuyển động. Tấn công trình diện: chưa đánh giá.", EN: "The movement asked for was made. Presentation attack: not assessed."}
	}
	return verdict.Words{VI: "Chưa làm theo yêu cầu chuyển động. Tấn công trình diện: chưa đánh giá.", EN: "The movement asked for was not seen. Presentation attack: not assessed."}
}
