package access

import (
	"errors"
	"fmt"

	"github.com/tram-station/tram/reader/apdu"
)

// What can go wrong while a chip is opened. Every other error is a link that
// failed ([apdu.ErrCardLost] …) or a status word that says something else
// ([apdu.Status]).
var (
	// ErrWrongKey says that the chip refused the key: the number typed or
	// scanned is not the one printed on this card. A [Refusal] is one.
	ErrWrongKey = errors.New("wrong key: check the number printed on the card and scan it again")
	// ErrNeedsMRZ says that the chip has no PACE, so that only the
	// machine-readable zone opens it. It is an [ErrWrongKey]: another key is
	// the next step.
	ErrNeedsMRZ = fmt.Errorf("%w (this card opens only with its machine-readable zone)", ErrWrongKey)
	// ErrLastTry says that the chip grants this PIN one more try and that it
	// was not used: a wrong one would block the card. Nothing was tried. The
	// next step is another key, or [Key.WithLastTry] once the holder is sure.
	ErrLastTry = errors.New("one try is left for this PIN: let the holder make sure of it, or use the number printed on the card")
	// ErrSuspended says that the chip takes the last try of a PIN only after
	// the card access number: open the chip with that, then its session with
	// the PIN.
	ErrSuspended = errors.New("one try is left for this PIN, and the card asks for the number printed on it first: open it with the CAN, then with the PIN")
	// ErrBlocked says that the chip takes this key no more after too many
	// wrong ones. The next step is the PUK, or the number printed on the card.
	ErrBlocked = errors.New("the card has blocked this key after too many wrong tries: unblock it with the PUK, or use the number printed on the card")
	// ErrUnsupported says that the chip asks for a protocol or for parameters
	// that this program does not know. BAC is not tried instead of PACE: that
	// would be a downgrade.
	ErrUnsupported = errors.New("the card asks for a protocol or parameters that this program does not know: update the program")
	// ErrProtocol says that the chip's answer breaks the protocol.
	ErrProtocol = errors.New("the chip did not keep to the opening protocol: read the card again")
	// ErrMismatch says that the chip could not prove the key that the issuer
	// signed for it.
	ErrMismatch = errors.New("the chip could not prove that it is the one that was issued: have the card examined")
)

// Status words that only the opening knows.
const (
	blocked  apdu.Status = 0x6983 // authentication method blocked
	badData  apdu.Status = 0x6A80 // incorrect parameters in the data field
	noTries  apdu.Status = 0x63C0 // a wrong key, and no more tries
	unstated             = -1     // tries left: the chip does not say
)

// Refusal is a key that the chip refused. It is an [ErrWrongKey], and an
// [ErrBlocked] where no try is left.
type Refusal struct {
	Status    apdu.Status // what the chip answered
	TriesLeft int         // -1 where the chip does not say
}

func (r *Refusal) Error() string {
	text := fmt.Sprintf("%v (%v)", ErrWrongKey, r.Status)
	switch r.TriesLeft {
	case unstated:
		return text
	case 0:
		return fmt.Sprintf("%v (%v)", ErrBlocked, r.Status)
	case 1:
		return text + ": 1 try is left"
	}
	return fmt.Sprintf("%s: %d tries are left", text, r.TriesLeft)
}

// Unwrap makes a Refusal what it is.
func (r *Refusal) Unwrap() []error {
	if r.TriesLeft == 0 {
		return []error{ErrBlocked, ErrWrongKey, r.Status}
	}
	return []error{ErrWrongKey, r.Status}
}

// triesLeft returns the counter of a 63Cx.
func triesLeft(s apdu.Status) (n int, ok bool) { return int(s & 0xF), s&0xFFF0 == noTries }

// refused turns the status of a step after the nonce was mapped into an error.
// Only there a wrong password shows: the two ends then compute with different
// generators. Most chips say 6300 or 63Cx to the token, some 6A80. before is
// the counter that MSE:Set AT told.
func refused(s apdu.Status, before int) error {
	if s == blocked {
		return fmt.Errorf("%w (%w)", ErrBlocked, s)
	}
	if !s.WrongKey() && s != badData {
		return s
	}
	left, ok := triesLeft(s)
	if !ok {
		left = max(before-1, unstated)
	}
	return &Refusal{Status: s, TriesLeft: left}
}
