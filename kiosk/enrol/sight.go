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

// otherCodes is how many codes that are not the card's may lie in a frame.
const otherCodes = 3

// code looks for the card's code. The scanner ends with the first code that it
// reads; one that is another's is painted over in the picture, which is ours,
// and it looks again.
func (e *eye) code(ctx context.Context, picture *image.Gray) (sight, error) {
	other := sight{state: scanLooking}
	for range otherCodes + 1 {
		found, err := e.qr.Scan(ctx, picture)
		switch {
		case err != nil:
			return sight{}, err
		case len(found.Codes) > 0:
			s := ofCodes(found.Codes)
			if s.state == scanRead {
				return s, nil
			}
			if other.state == scanLooking || s.cause == "unusable" {
				other = s
			}
			for _, c := range found.Codes {
				paintOver(picture, c.Corners)
			}
			continue
		case len(found.Seen) > 0:
			s := found.Seen[0]
			return sight{state: scanSeen, kind: kindQR, cause: string(s.Cause), corners: &s.Corners}, nil
		}
		break
	}
	return other, nil
}

// paintOver makes a code's quadrilateral even, so that no pattern of it is left.
func paintOver(g *image.Gray, corners [4]image.Point) {
	const even = 0x80
	box := image.Rectangle{Min: corners[0], Max: corners[0].Add(image.Pt(1, 1))}
	for _, c := range corners[1:] {
		box = box.Union(image.Rectangle{Min: c, Max: c.Add(image.Pt(1, 1))})
	}
	box = box.Intersect(g.Rect)
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			if inside(corners, image.Pt(x, y)) {
				g.Pix[g.PixOffset(x, y)] = even
			}
		}
	}
}

// inside reports whether a point lies in a convex quadrilateral, its edge
// included: on the same side of all four edges, whichever way they run.
func inside(corners [4]image.Point, p image.Point) bool {
	left, right := true, true
	for i, a := range corners {
		b := corners[(i+1)%4]
		side := (b.X-a.X)*(p.Y-a.Y) - (b.Y-a.Y)*(p.X-a.X)
		left, right = left && side <= 0, right && side >= 0
	}
	return left || right
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
