package reader_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/tram-station/tram/reader"
	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/securemsg"
)

func TestEachFaultHasItsOwnWords(t *testing.T) {
	seen := map[string]bool{}
	for code, err := range map[string]error{
		"no-key": reader.ErrNoKey, "too-many-keys": reader.ErrTooManyKeys, "needs-mrz": access.ErrNeedsMRZ,
		"key-blocked": access.ErrBlocked, "pin-suspended": access.ErrSuspended, "pin-last-try": access.ErrLastTry,
		"wrong-key": access.ErrWrongKey, "other-card": reader.ErrOtherCard, "not-an-id-card": reader.ErrNoApplication,
		"card-reset": apdu.ErrReset, "reader-busy": apdu.ErrBusy, "chip-silent": apdu.ErrSilent, "chip-timeout": apdu.ErrTimeout,
		"card-lost": apdu.ErrCardLost, "no-reader": apdu.ErrNoReader, "unsupported": access.ErrUnsupported,
		"protocol": access.ErrProtocol, "session-ended": securemsg.ErrEnded, "timeout": context.DeadlineExceeded,
		"cancelled": context.Canceled, reader.FaultOther: errors.New("something else"),
	} {
		f := reader.Explain(fmt.Errorf("read card: %w", err))
		if f.Code != code {
			t.Errorf("%v is called %q", err, f.Code)
		}
		if by, ok := reader.FaultByCode(code); !ok || by != f {
			t.Errorf("%s by its code: %+v", code, by)
		}
		for _, w := range []string{f.Words.VI, f.Words.EN, f.Next.VI, f.Next.EN} {
			if w == "" || seen[f.Words.VI] {
				t.Errorf("%s lacks words of its own: %+v", code, f)
			}
		}
		seen[f.Words.VI] = true
	}
	if _, ok := reader.FaultByCode("no such code"); ok {
		t.Error("words for a code that there is not")
	}
}
