package enrol

import (
	"context"
	"image"
	"strings"
	"time"

	"github.com/tram-station/tram/mrz/gray"
	"github.com/tram-station/tram/mrz/ocr"
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

// otherFrames is how often the zone is looked for while a code is in sight: the
// newest cards have both on one side, and the code may stay unreadable.
const otherFrames = 3

// eye looks for the card's print in the frames of one camera: for the code
// first, which says more, and for the zone where no code is.
type eye struct {
	now    func() time.Time
	qr     qr.Scanner
	mrz    ocr.Scanner
	frames int
}

func newEye(now func() time.Time) *eye {
	return &eye{now: now, qr: qr.Scanner{Now: now}, mrz: ocr.Scanner{Now: now}}
}

// look reads one frame. The error is that of ctx, or of a picture that is too
// large to look at.
func (e *eye) look(ctx context.Context, frame image.Image) (sight, error) {
	size := frame.Bounds()
	if err := gray.CheckSize(size.Dx(), size.Dy()); err != nil {
		return sight{}, err
	}
	picture := gray.From(frame) // starts at the origin, as the corners do
	code, err := e.code(ctx, picture)
	if err != nil || code.state == scanRead {
		return code, err
	}
	if e.frames++; code.state == scanSeen && e.frames%otherFrames != 0 {
		return code, nil
	}
	zone, err := e.zone(ctx, picture)
	if err != nil || zone.state == scanRead || code.state != scanSeen {
		return zone, err
	}
	return code, nil
}

func (e *eye) code(ctx context.Context, picture *image.Gray) (sight, error) {
	found, err := e.qr.Scan(ctx, picture)
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

func (e *eye) zone(ctx context.Context, picture *image.Gray) (sight, error) {
	found, err := e.mrz.Scan(ctx, picture)
	if err != nil || found.Corners == nil {
		return sight{state: scanLooking}, err
	}
	out := sight{state: scanSeen, kind: kindMRZ, cause: found.Cause, corners: found.Corners}
	if found.Reading == nil {
		return out, nil
	}
	if out.scan, _ = scanMRZ(strings.Join(found.Reading.Lines, "\n"), e.now()); out.scan == nil {
		out.cause = "unclear"
		return out, nil
	}
	out.state, out.cause = scanRead, ""
	return out, nil
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
