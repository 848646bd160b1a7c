package reader_test

import (
	"testing"

	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/chip"
	"github.com/tram-station/tram/reader/verdict"
)

func TestEverythingOfTheMasterFile(t *testing.T) {
	s := newStation(t)
	for name, edit := range map[string]func(*chip.Spec){
		"extended":             func(s *chip.Spec) { s.MaxResponse = 3000 },
		"short":                short,
		"no short identifiers": func(s *chip.Spec) { s.NoShortIDs = true },
	} {
		for _, has := range []bool{true, false} {
			card := s.issueSpec(t, spec(t, chip.ProfilePACEP256, func(s *chip.Spec) { edit(s); s.Content.Directory = has }), chip.FaultNone)
			for _, asked := range []bool{true, false} {
				s.reader.Everything = asked
				report, err := s.reader.Read(t.Context(), slot(card), []access.Key{mrzKey(t, card)})
				if err != nil || verdict.Worst(report.Checks) != verdict.Passed {
					t.Fatalf("%s: %v, %+v", name, err, report)
				}
				doc := report.Document
				if (doc.ATRInfo != nil) != (has && asked) || (len(doc.DIR) > 0) != (has && asked) {
					t.Errorf("%s, has %v, asked %v: EF.ATR/INFO %+v, EF.DIR %+v", name, has, asked, doc.ATRInfo, doc.DIR)
				}
				if has && asked && name == "extended" && doc.ATRInfo.MaxResponse != 3002 {
					t.Errorf("longest response %d", doc.ATRInfo.MaxResponse)
				}
			}
		}
	}
}
