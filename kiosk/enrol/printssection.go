package enrol

import (
	"crypto/sha256"
	"slices"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/kiosk/rules"
)

// printsSchema is the version of the prints' layout. 2: slaps and rolled
// prints, every try with its scores, records, proven exceptions, comparisons.
const printsSchema = 2

type printsSection struct {
	Schema     int              `cbor:"schema"`
	Liveness   string           `cbor:"liveness"` // "not assessed"
	Mode       string           `cbor:"mode"`     // of the rules
	Prints     []printRecord    `cbor:"prints"`   // flat ones by finger, then the rolled ones
	Tries      []fingerTry      `cbor:"tries"`    // all that gave a picture, in order
	Originals  []originals      `cbor:"originals"`
	Exceptions []fingerDeclined `cbor:"exceptions"`
	Compared   *comparedPrints  `cbor:"compared"` // nil: nothing was
}

// printRecord is the best print of one finger. The picture for the page stays
// at the station.
type printRecord struct {
	Finger    biometrics.Finger       `cbor:"finger"`
	Rolled    bool                    `cbor:"rolled"`
	Records   printRecords            `cbor:"records"`
	Width     int                     `cbor:"width"` // as captured, pixels
	Height    int                     `cbor:"height"`
	DPI       int                     `cbor:"dpi"`
	Quality   biometrics.PrintQuality `cbor:"quality"`
	Said      *biometrics.Said        `cbor:"said"`      // the device's own word
	Threshold int                     `cbor:"threshold"` // score from which it is good enough
	Good      bool                    `cbor:"good"`
	Try       int                     `cbor:"try"` // index of the try it comes from
	Device    biometrics.Device       `cbor:"device"`
	Time      time.Time               `cbor:"time"`
}

// originals are what the device delivered for one try, as it signed it. Only
// tries that a print was kept of have any.
type originals struct {
	Try     int      `cbor:"try"`
	Records [][]byte `cbor:"records"`
}

// fingerDeclined is a finger that was not captured, and what proves why.
type fingerDeclined struct {
	Finger     biometrics.Finger  `cbor:"finger"`
	Reason     string             `cbor:"reason"`
	Officer    string             `cbor:"officer"`
	At         time.Time          `cbor:"at"`
	Photo      []byte             `cbor:"photo"`  // JPEG of the hand; empty without
	SHA256     []byte             `cbor:"sha256"` // of the photo
	Device     *biometrics.Device `cbor:"device"` // that took it
	Supervisor string             `cbor:"supervisor"`
	Approved   time.Time          `cbor:"approved"`
}

func (s *state) printsSection(r *rules.Pack) printsSection {
	out := printsSection{Schema: printsSchema, Liveness: notAssessed, Mode: r.FingerMode, Prints: []printRecord{}, Tries: append([]fingerTry{}, s.attempts...),
		Originals: []originals{}, Exceptions: []fingerDeclined{}, Compared: s.compared}
	for _, p := range s.sortedPrints() {
		out.Prints = append(out.Prints, printRecord{Finger: p.Finger, Rolled: p.Rolled, Records: p.Records, Width: p.Width, Height: p.Height,
			DPI: p.DPI, Quality: p.Quality, Said: p.Said, Threshold: r.Threshold(p.Finger), Good: good(p, r), Try: p.run, Device: p.Device, Time: p.Time})
		known := slices.ContainsFunc(out.Originals, func(o originals) bool { return o.Try == p.run })
		if records := s.records[p.run]; len(records) > 0 && !known {
			out.Originals = append(out.Originals, originals{p.run, records})
		}
	}
	for f := biometrics.RightThumb; f <= biometrics.LeftLittle; f++ {
		x, ok := s.exceptions[f]
		if !ok {
			continue
		}
		d := fingerDeclined{Finger: f, Reason: x.Reason, Officer: x.Officer, At: x.At, Supervisor: x.supervisor, Approved: x.approved}
		if p := x.photo; p != nil {
			digest := sha256.Sum256(p.JPEG)
			d.Photo, d.SHA256, d.Device = p.JPEG, digest[:], &p.Device
		}
		out.Exceptions = append(out.Exceptions, d)
	}
	return out
}

// sortedPrints are the kept prints of fingers without an exception.
func (s *state) sortedPrints() (out []*capturedPrint) {
	for _, rolled := range []bool{false, true} {
		for f := biometrics.RightThumb; f <= biometrics.LeftLittle; f++ {
			_, declined := s.exceptions[f]
			if p := s.kept[spot{f, rolled}]; p != nil && !declined {
				out = append(out, p)
			}
		}
	}
	return out
}
