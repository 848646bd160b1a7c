package enrol

import (
	"context"
	"image"
	"time"

	"github.com/tram-station/tram/mrz/qr"
)

// Kinds of print, as in ScanningView.Kind and scanned.Source.
const (
	kindQR  = "qr"
	kindMRZ = "mrz"
)

// sight is what one frame shows of the card's print.
type sight struct {
	state, kind, cause string
	corners            *[4]image.Point
	scan               *scanned // what was read, with state scanRead
}

// eye looks for the card's print in the frames of one camera.
type eye struct {
	now func() time.Time
	qr  qr.Scanner
}

func newEye(now func() time.Time) *eye {
	return &eye{now: now, qr: qr.Scanner{Now: now}}
}

// look reads one frame. The error is that of ctx, or of a picture that is too
// large to look at.
func (e *eye) look(ctx context.Context, frame image.Image) (sight, error) {
	found, err := e.qr.Scan(ctx, frame)
	switch {
	case err != nil:
		return sight{}, err
	case len(found.Codes) > 0:
		return ofCodes(found.Codes), nil
	case len(found.Seen) > 0:
		s := found.Seen[0]
		return sight{state: scanSeen, kind: kindQR, cause: string(s.Cause), corners: &s.Corners}, nil
	}
	return sight{state: scanLooking}, nil
}

// ofCodes takes the card's code out of all that were read, which is at least
// one: a counter has other codes too.
func ofCodes(codes []qr.Code) sight {
	other := sight{state: scanSeen, kind: kindQR, cause: "not-card"}
	for i, c := range codes {
		scan, p := scanQR(c.Text)
		switch {
		case p == nil:
			return sight{state: scanRead, kind: kindQR, corners: &codes[i].Corners, scan: scan}
		case p.Code != "bad-scan": // a card's, but not to be used
			other.cause, other.corners = "unusable", &codes[i].Corners
		case other.corners == nil:
			other.corners = &codes[i].Corners
		}
	}
	return other
}
