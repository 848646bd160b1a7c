package reader_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/tram-station/tram/reader"
	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/chip"
	"github.com/tram-station/tram/reader/verdict"
)

// sound is what every check says of a sound card.
var sound = map[string]verdict.Outcome{
	"access": verdict.Passed, "files": verdict.Passed, "sod-hashes": verdict.Passed, "sod-signature": verdict.Passed,
	"chain": verdict.Passed, "card-access": verdict.Passed, "chip-authentication": verdict.Passed, "active-authentication": verdict.Passed,
}

// but returns what sound says, with other outcomes.
func but(pairs ...any) map[string]verdict.Outcome {
	m := map[string]verdict.Outcome{}
	for name, o := range sound {
		m[name] = o
	}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1].(verdict.Outcome)
	}
	return m
}

const (
	failed, unsure, undone, unsupported = verdict.Failed, verdict.Inconclusive, verdict.NotDone, verdict.NotSupported
)

// faults is what a read makes of each scripted fault: an error, or the checks
// and what they say.
var faults = map[chip.Fault]struct {
	err  error
	want map[string]verdict.Outcome
}{
	chip.FaultNone:            {want: sound},
	chip.FaultSODHash:         {want: but("sod-hashes", failed)},
	chip.FaultSODSignature:    {want: but("sod-signature", failed)},
	chip.FaultSignerExpired:   {want: sound},
	chip.FaultSignerLate:      {},
	chip.FaultSignerRevoked:   {want: sound}, // no revocation list here
	chip.FaultSignerForged:    {want: but("chain", failed)},
	chip.FaultSignerUnknown:   {want: but("chain", unsure)},
	chip.FaultSignerDocuments: {},
	chip.FaultSignerUsage:     {want: but("chain", unsure)},
	chip.FaultOtherState:      {},
	chip.FaultCertRSA:         {},
	chip.FaultCertCurve:       {},
	chip.FaultCertDeep:        {want: sound}, // in what nobody looks at

	chip.FaultLength:      {want: but("files", failed)},
	chip.FaultLengthShort: {want: but("files", unsure, "sod-hashes", failed)},
	chip.FaultEndless:     {want: but("files", failed)},
	chip.FaultDeepTLV:     {},
	chip.FaultHugeTLV:     {},
	chip.FaultNoCOM:       {want: but("files", unsure)},
	chip.FaultHidden:      {want: but("files", unsure, "chip-authentication", failed, "active-authentication", failed, "card-access", undone)},
	chip.FaultPlain6A82:   {want: but("files", unsure)},
	chip.FaultCardAccess:  {want: but("card-access", failed)},
	chip.FaultChipClone:   {want: but("chip-authentication", failed)},
	chip.FaultActiveClone: {want: but("active-authentication", failed)},

	chip.FaultKeyRefused:   {err: access.ErrWrongKey},
	chip.FaultWrongKey6982: {want: sound},
	chip.FaultWrongKey6A80: {want: sound},
	chip.FaultLeadingZero:  {want: sound},

	chip.FaultPull:      {err: apdu.ErrCardLost},
	chip.FaultPullOnce:  {want: sound},
	chip.FaultZero:      {err: apdu.ErrSilent},
	chip.FaultSwap:      {err: reader.ErrOtherCard},
	chip.FaultTwin:      {err: reader.ErrOtherCard},
	chip.FaultReset:     {want: sound},
	chip.FaultPlain6982: {want: but("files", unsure)},
	chip.FaultPlain6D00: {want: but("files", failed)},
	chip.FaultMAC:       {want: but("files", failed)},

	chip.FaultShortOnly:     {want: sound},
	chip.FaultExtendedDies:  {want: sound},
	chip.FaultExtendedShort: {want: sound},
	chip.FaultShortBlocks:   {want: sound},
	chip.FaultNoShortIDs:    {want: sound},
	chip.FaultExactLength:   {want: sound},
	chip.FaultNoSelectMF:    {want: sound},
}

func TestFaults(t *testing.T) {
	s := newStation(t)
	s.reader.Wait = time.Minute
	for _, f := range append(chip.Faults(), chip.FaultNone) {
		tt, known := faults[f]
		if !known {
			t.Errorf("fault %q is not tested", f)
		}
		t.Run(string(f), func(t *testing.T) {
			card := s.issue(t, chip.Sample(), chip.ProfileCCCD, f)
			begun := time.Now()
			report, err := s.reader.Read(t.Context(), slot(card), []access.Key{mrzKey(t, card)})
			if !errors.Is(err, tt.err) || (err == nil) != (report != nil) {
				t.Fatal(err)
			}
			if took := time.Since(begun); took > 30*time.Second {
				t.Errorf("took %v", took)
			}
			if err != nil {
				return
			}
			for name, outcome := range tt.want {
				if got := outcomes(report)[name]; got != outcome {
					t.Errorf("%s is %v (%s)", name, got, reason(report, name).EN)
				}
			}
			if tt.want == nil && !slices.Contains([]verdict.Outcome{failed, unsure}, verdict.Worst(report.Checks)) {
				t.Errorf("nothing is said of it: %+v", report.Checks)
			}
			for _, c := range report.Checks {
				if c.Reason.VI == "" || c.Reason.EN == "" || (c.Next.VI == "") != (c.Next.EN == "") {
					t.Errorf("%s lacks words: %+v", c.Name, c)
				}
			}
		})
	}
}
