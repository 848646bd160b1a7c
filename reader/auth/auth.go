// Package auth is what follows after a chip has been opened: the chip shows
// that it is no copy, by chip authentication (Doc 9303-11 §6.2) or active
// authentication (§6.1), and the terminal shows that it may read fingerprints
// and irises, by terminal authentication (§7.1).
package auth

import (
	"context"
	"errors"
	"fmt"

	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/securemsg"
)

var (
	// ErrMismatch says that the chip could not prove its key: the check has
	// failed. It is a verdict only where passive authentication has passed for
	// the file that the key is from.
	ErrMismatch = errors.New("the chip could not prove that it is no copy: read the card again, then tell the supervisor")
	// ErrRefused says that the chip refused a protocol that its files announce,
	// as a copy without the key would. It is an [ErrMismatch]; the chip's
	// status word is in the error as [apdu.Status].
	ErrRefused = fmt.Errorf("%w (it refused to try)", ErrMismatch)
	// ErrUnsupported says that the key, the algorithm or the length of the
	// answer is none that this program or this reader can use: the check is
	// inconclusive.
	ErrUnsupported = errors.New("the chip's way to prove itself is not known to this program: update the program")
	// ErrNotAuthorised says that the chip did not accept the terminal: its
	// fingerprints and irises stay closed. It says nothing against the card.
	ErrNotAuthorised = errors.New("the chip does not let this terminal read fingerprints: renew the terminal's certificates")
)

// maxShortPlain is the most plain data that a protected command in short form
// carries with any cipher: 255 bytes hold the cryptogram's header (4), its
// whole blocks with at least one byte of padding, Le (3) and the code (10).
const maxShortPlain = 223

// Status words of a chip that does not chain commands (ISO/IEC 7816-4 §5.6).
const (
	swLastExpected apdu.Status = 0x6883
	swNoChaining   apdu.Status = 0x6884
	swClassUnknown apdu.Status = 0x6E00
)

// send sends a command whose data may be longer than a short command carries:
// as a chain of short commands, and in extended form where the chip does not
// know chaining. Doc 9303-11 allows both.
func send(ctx context.Context, card apdu.Card, c apdu.Command) (apdu.Response, error) {
	if len(c.Data) <= maxShortPlain {
		return apdu.Send(ctx, card, c)
	}
	r, begun, err := apdu.SendChain(ctx, card, c, maxShortPlain)
	if err == nil && !begun && unchained(r.Status) {
		return apdu.Send(ctx, card, c)
	}
	return r, err
}

// unchained reports whether a chip refuses the first command of a chain for
// being one.
func unchained(s apdu.Status) bool {
	return s == swNoChaining || s == swLastExpected || s == swClassUnknown || s == apdu.WrongLength
}

// inTheClear says of an error that ended the session whether the chip refused
// the protocol by its plain status word ([ErrRefused]). One that complains of
// the protection, a lost card and every other error come back as they are.
func inTheClear(err error) error {
	var status apdu.Status
	if errors.Is(err, apdu.ErrCardLost) || !errors.Is(err, securemsg.ErrEnded) || !errors.As(err, &status) ||
		status == apdu.NoSecureData || status == apdu.BadSecureData {
		return err
	}
	return fmt.Errorf("%w: %w", ErrRefused, err)
}
