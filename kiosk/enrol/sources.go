package enrol

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/mrz/cccd"
	"github.com/tram-station/tram/mrz/compare"
	"github.com/tram-station/tram/reader"
)

// How a print came to the station, in ScanArgs.Via and SaidView.Via.
const (
	ViaWedge    = "wedge"    // a scanner that types
	ViaScanner  = "scanner"  // one that the station itself reads
	ViaCamera   = "camera"   // the station's
	ViaPicture  = "picture"  // that somebody sent
	ViaKeyboard = "keyboard" // the officer
)

var vias = []string{"", ViaWedge, ViaScanner, ViaCamera, ViaPicture, ViaKeyboard}

// SaidView is what one source says of a field: "qr", "mrz", "manual", "paper",
// files of the chip such as "dg13", or "officer".
type SaidView struct {
	Source string `json:"source"`
	Via    string `json:"via,omitempty"`
	Value  string `json:"value"`
}

// sourceRanks is the order of the print's sources, the richest first.
var sourceRanks = map[string]int{kindQR: 1, kindMRZ: 2, string(compare.Typed): 3}

// source is another print of the card, which is compared with those that are
// there, as long as it can be of the same card; else it takes their place.
func (s *state) source(scan *scanned) {
	if !s.sameCard(scan) {
		s.prints = nil
	}
	all := slices.DeleteFunc(slices.Clone(s.prints), func(p *scanned) bool { return p.Source == scan.Source })
	all = append(all, scan)
	slices.SortStableFunc(all, func(a, b *scanned) int { return cmp.Compare(sourceRanks[a.Source], sourceRanks[b.Source]) })
	s.prints = all
}

// sameCard reports whether a print is of the card that was scanned before, by the
// first of number, CAN and document number that both have.
func (s *state) sameCard(scan *scanned) bool {
	number := scan.Fields[fieldNumber]
	return !slices.ContainsFunc(s.prints, func(p *scanned) bool {
		other := p.Fields[fieldNumber]
		switch {
		case number != "" && other != "":
			return number != other
		case scan.CAN != "" && p.CAN != "":
			return scan.CAN != p.CAN
		case len(scan.Zones) > 0 && len(p.Zones) > 0:
			return scan.Zones[0].Document != p.Zones[0].Document
		}
		return true
	})
}

// adds reports whether a print is one more source beside a chip that was read:
// of that card, and of a kind that was not there yet.
func (s *state) adds(scan *scanned, now time.Time) bool {
	number := scan.Fields[fieldNumber]
	return number != "" && s.chipFacts(now).Values()[fieldNumber] == number &&
		!slices.ContainsFunc(s.prints, func(p *scanned) bool { return p.Source == scan.Source && len(p.Fields) > 0 })
}

// heard is called when another source speaks: what the officer said of the
// differences so far was about less than is known now.
func (s *state) heard() {
	maps.DeleteFunc(s.acks, func(code string, _ ack) bool { return strings.HasPrefix(code, "conflict:") })
}

func foldScan(s *state, e *event, _ *rules.Pack) {
	s.source(e.Scan)
	s.heard()
	if s.chip != nil {
		return // one more to compare with
	}
	s.scan = e.Scan
	s.scans++
	s.chipRefused = ""
	// What was confirmed on another print does not hold for this one.
	s.anew()
}

// printFacts are what the prints say, as far as they were kept, and the papers
// that stand for them.
func (s *state) printFacts() compare.Facts {
	var all []compare.Facts
	if s.cardless() && s.identity != nil {
		all = append(all, compare.Of(compare.Source(s.identity.Source), s.identity.Fields))
	}
	for _, p := range s.prints {
		all = append(all, compare.Of(compare.Source(p.Source), p.Fields))
	}
	return cleanFacts(compare.Join(all...))
}

// paperFields are the fields that the papers say where there is no chip.
func (s *state) paperFields() map[string]string {
	if s.cardless() && s.identity != nil {
		return s.identity.Fields
	}
	return nil
}

// said lists the sources of a field: the chip's, then the print's, then the
// officer's word.
func (s *state) said(name string, chip, print compare.Facts) (out []SaidView) {
	for _, f := range append(slices.Clone(chip[name]), print[name]...) {
		if f.Computed {
			continue
		}
		v := SaidView{Source: string(f.Source), Value: f.Value}
		if i := slices.IndexFunc(s.prints, func(p *scanned) bool { return p.Source == v.Source }); i >= 0 {
			v.Via = s.prints[i].via()
		}
		out = append(out, v)
	}
	if s.person != nil && s.person.Corrections[name] != "" {
		out = append(out, SaidView{Source: sourceOfficer, Value: s.person.Corrections[name]})
	}
	return out
}

// via says how a print came.
func (s *scanned) via() string {
	switch {
	case s.Via != "":
		return s.Via
	case s.Device != nil:
		return ViaCamera
	case s.Source == string(compare.Typed):
		return ViaKeyboard
	}
	return ""
}

// noteWarnings are codes of a print that the officer has to know of: it may not
// say what is on the card.
var noteWarnings = []string{string(cccd.WarnRestored), string(cccd.WarnNoMarks)}

// warnings lists what is unusual about the data and refuses nobody: a corrected
// citizen may keep a number whose digits no longer fit.
func (s *state) warnings(fields []Field) (out []string) {
	number, err := cccd.ParseNumber(value(fields, fieldNumber))
	if err == nil && !s.foreign() {
		if _, known := number.Province(); !known {
			out = append(out, string(cccd.WarnProvince))
		}
		sex := map[string]string{"Nam": "M", "Nữ": "F"}[value(fields, fieldSex)]
		if sex != "" && number.Sex() != sex {
			out = append(out, string(cccd.WarnSex))
		}
		birth := value(fields, fieldBirth)
		if born, err := time.Parse("2006", birth[:min(len(birth), 4)]); err == nil && number.BirthYear() != born.Year() {
			out = append(out, string(cccd.WarnYear))
		}
	}
	for _, code := range noteWarnings {
		if slices.ContainsFunc(s.prints, func(p *scanned) bool { return slices.Contains(p.Warnings, code) }) {
			out = append(out, code)
		}
	}
	return out
}

// foreign reports whether the kind is for people without a citizen's number.
func (s *state) foreign() bool { return s.as != nil && s.as.Code == rules.Foreigner }

// The fields of DG13 that no enrolment needs, by their number.
const (
	dg13Ethnicity = 6
	dg13Religion  = 7
)

// discreet is a report without ethnicity and religion taken apart: they stay in
// the chip's own file, which goes into the evidence as it is.
func discreet(r *reader.Report) *reader.Report {
	if r.Document.VN == nil {
		return r
	}
	report, document, vn := *r, *r.Document, *r.Document.VN
	vn.Ethnicity, vn.Religion, vn.Fields = "", "", maps.Clone(vn.Fields)
	delete(vn.Fields, dg13Ethnicity)
	delete(vn.Fields, dg13Religion)
	document.VN = &vn
	report.Document = &document
	return &report
}
