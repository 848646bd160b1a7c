package enrol

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/kiosk/places"
	"github.com/tram-station/tram/mrz"
	"github.com/tram-station/tram/mrz/cccd"
	"github.com/tram-station/tram/mrz/compare"
	"github.com/tram-station/tram/reader/access"
)

// scanned is what the print of the card says, and how it opens the chip. The
// keys themselves are not kept: they are made anew from the print.
type scanned struct {
	Source   string            `cbor:"source"` // "qr", "mrz" or "manual"
	Fields   map[string]string `cbor:"fields"` // by Field.Name
	CAN      string            `cbor:"can,omitempty"`
	Zones    []zoneKey         `cbor:"zones,omitempty"` // in the order to try
	Warnings []string          `cbor:"warnings,omitempty"`
	Via      string            `cbor:"via,omitempty"`   // how it came, where that was said
	Place    *places.Address   `cbor:"place,omitempty"` // the residence by the list
	// Device is the camera that read it; nil where it was typed.
	Device *biometrics.Device `cbor:"device,omitempty"`
}

// zoneKey is the input of an MRZ key; dates are YYMMDD.
type zoneKey struct {
	Document string `cbor:"document"`
	Birth    string `cbor:"birth"`
	Expiry   string `cbor:"expiry"`
}

// Scan takes what a scanner of the station itself read, as if the officer had
// typed it: nobody waits for an answer there, so that a refusal is shown until
// the next scan. The error is that of Do; outside the steps of a scan it is
// ErrWrongStep and nothing is shown.
func (s *Station) Scan(ctx context.Context, text string) error {
	id, err := uuid.NewRandomFromReader(s.rand)
	if err != nil {
		return err
	}
	args, err := json.Marshal(ScanArgs{Text: text, Via: ViaScanner})
	if err != nil {
		return err
	}
	now, name := s.Snapshot(), CmdScan
	if now.Step == StepGuardian {
		name = CmdGuardianScan
	}
	_, err = s.Do(ctx, Command{ID: id.String(), Name: name, Args: args, Officer: now.Officer})
	var refused *CommandError
	if errors.As(err, &refused) && errors.Is(err, ErrRefused) {
		s.report(ctx, func() { s.trouble("scan", refused.Problem) })
	}
	return err
}

// keys lists the chip's keys in the order to try: CAN first.
func (s *scanned) keys() ([]access.Key, error) {
	var keys []access.Key
	if s.CAN != "" {
		k, err := access.CAN(s.CAN)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	for _, z := range s.Zones {
		k, err := access.MRZ(z.Document, z.Birth, z.Expiry)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	return keys, nil
}

const (
	maxScanText = 4 << 10 // the longest QR holds 2,953 bytes
	maxMRZLines = 3
)

// readScan turns the arguments into a print. The problem is "bad-scan" where
// the text is no card, "bad-args" where the arguments are not one way to say it.
func readScan(a ScanArgs, now time.Time) (*scanned, *Problem) {
	given := 0
	for _, s := range []string{a.Text, a.QR, strings.Join(a.MRZ, ""), a.Number, a.CAN, a.Document} {
		if len(s) > maxScanText {
			return nil, problem("bad-scan")
		}
		if s != "" {
			given++
		}
	}
	if given != 1 || len(a.MRZ) > maxMRZLines {
		return nil, problem("bad-args")
	}
	switch {
	case a.QR != "":
		return scanQR(a.QR)
	case len(a.MRZ) > 0:
		return scanMRZ(strings.Join(a.MRZ, "\n"), now)
	case a.Number != "":
		return scanNumber(a.Number)
	case a.CAN != "":
		return scanNumber(a.CAN)
	case a.Document != "":
		return scanDocument(a)
	}
	return scanText(a.Text, now)
}

// scanText tells by its shape what a scanner or a keyboard gave.
func scanText(text string, now time.Time) (*scanned, *Problem) {
	text = strings.TrimSpace(text)
	switch {
	case strings.Contains(text, "|"):
		return scanQR(text)
	case strings.Contains(text, "<"):
		return scanMRZ(zoneIn(text), now)
	}
	// A keyboard of another layout types the bars as something else.
	if _, err := cccd.ParseQR([]byte(text)); errors.Is(err, cccd.ErrMangled) {
		return nil, scanProblem(err)
	}
	return scanNumber(text)
}

const (
	numberDigits = 12
	canDigits    = 6
)

// scanNumber takes the 12-digit number, whose last six digits are the CAN, or
// the CAN alone.
func scanNumber(text string) (*scanned, *Problem) {
	digits := strings.Join(strings.Fields(text), "")
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return nil, problem("bad-scan")
	}
	s := &scanned{Source: "manual", Fields: map[string]string{}}
	switch len(digits) {
	case numberDigits:
		s.Fields[fieldNumber] = digits
		s.CAN = digits[numberDigits-canDigits:]
	case canDigits:
		s.CAN = digits
	default:
		return nil, problem("bad-scan")
	}
	return s, nil
}

func scanDocument(a ScanArgs) (*scanned, *Problem) {
	s := &scanned{
		Source: "manual", Fields: map[string]string{},
		Zones: []zoneKey{{strings.TrimSpace(a.Document), a.Birth, a.Expiry}},
	}
	_, _, _, birth := mrz.Date(a.Birth).Parts()
	_, _, _, expiry := mrz.Date(a.Expiry).Parts()
	if _, err := s.keys(); err != nil || !birth || !expiry {
		return nil, problem("bad-scan")
	}
	return s, nil
}

// scanQR reads the payload of the card's QR code. Its warnings go with the
// dossier; they never stop anybody (a corrected citizen may keep a number
// whose digits no longer fit).
func scanQR(text string) (*scanned, *Problem) {
	c, err := cccd.ParseQR([]byte(text))
	if err != nil {
		return nil, scanProblem(err)
	}
	s := &scanned{Source: "qr", Fields: shownValues(compare.FromQR(c))}
	k := c.Keys()
	s.CAN = k.CAN
	for _, z := range k.MRZ {
		s.Zones = append(s.Zones, zoneKey{z.Document, z.Birth, z.Expiry})
	}
	for _, w := range c.Warnings {
		s.Warnings = append(s.Warnings, string(w.Code))
	}
	if _, err := s.keys(); err != nil {
		return nil, problem("bad-scan")
	}
	return s, nil
}

// scanProblem says what is wrong with a payload in the words of its kind.
func scanProblem(err error) *Problem {
	p := problem("bad-scan")
	switch {
	case errors.Is(err, cccd.ErrMangled):
		p = problem("mangled-scan")
	case errors.Is(err, cccd.ErrBroken):
		p = problem("broken-scan")
	}
	var fault *cccd.Fault
	if errors.As(err, &fault) && fault.Kind != cccd.KindNotCard {
		p.Words, p.Next = fault.Words(), fault.Next()
	}
	return p
}
