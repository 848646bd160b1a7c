//go:build cgo || windows

package pcsc

import (
	"errors"
	"testing"

	"github.com/ebfe/scard"

	"github.com/tram-station/tram/reader/apdu"
)

// TestTranslate: a lost card, a loose cable, a busy reader and a missing
// service are four different things.
func TestTranslate(t *testing.T) {
	all := []error{apdu.ErrCardLost, apdu.ErrNoReader, apdu.ErrBusy, ErrNoService, apdu.ErrReset} // the last is a missing reader, too
	for cause, want := range map[scard.Error]error{
		scard.ErrRemovedCard:        apdu.ErrCardLost,
		scard.ErrNoSmartcard:        apdu.ErrCardLost,
		scard.ErrNotTransacted:      apdu.ErrCardLost,
		scard.ErrResetCard:          apdu.ErrReset,
		scard.ErrUnpoweredCard:      apdu.ErrCardLost,
		scard.ErrUnresponsiveCard:   apdu.ErrCardLost,
		scard.ErrReaderUnavailable:  apdu.ErrNoReader,
		scard.ErrUnknownReader:      apdu.ErrNoReader,
		scard.ErrNoReadersAvailable: apdu.ErrNoReader,
		scard.ErrSharingViolation:   apdu.ErrBusy,
		scard.ErrNoService:          ErrNoService,
		scard.ErrServiceStopped:     ErrNoService,
		scard.ErrSecurityViolation:  apdu.ErrNoReader,
		scard.ErrInvalidHandle:      apdu.ErrNoReader,
		scard.ErrInternalError:      apdu.ErrNoReader,
		scard.ErrInvalidValue:       nil, // our own fault: passed on
	} {
		got := translate(cause)
		for _, e := range all {
			is := errors.Is(got, e)
			if should := errors.Is(want, e); is != should {
				t.Errorf("%v: is %v = %v", cause, e, is)
			}
		}
		if want == nil && !errors.Is(got, cause) {
			t.Errorf("%v became %v", cause, got)
		}
	}
	if translate(nil) != nil {
		t.Error("an error out of nothing")
	}
}
