package enrol

import (
	"slices"
	"strings"
	"time"

	"github.com/tram-station/tram/kiosk/places"
	"github.com/tram-station/tram/mrz/cccd"
	"github.com/tram-station/tram/mrz/compare"
)

// Places is the list of provinces and communes; *places.List is one.
type Places interface {
	Unit(code string) (places.Unit, bool)
	Address(province, commune, line string) (places.Address, error)
}

// PlaceArgs is an address by the list: the code of a commune, or of a province
// where the list knows no communes, and what stands before it.
type PlaceArgs struct {
	Code string `json:"code" cbor:"code"`
	Line string `json:"line,omitempty" cbor:"line,omitempty"`
}

// takeScan turns the arguments into a print.
func (s *Station) takeScan(a ScanArgs, now time.Time) (scan *scanned, p *Problem) {
	if !slices.Contains(vias, a.Via) {
		return nil, problem("bad-args")
	}
	byHand := len(a.Fields) > 0 || a.Place != nil
	switch {
	case byHand && strings.Join(append(a.MRZ, a.Text, a.QR, a.Number, a.CAN, a.Document, a.Birth, a.Expiry), "") != "":
		return nil, problem("bad-args")
	case byHand:
		scan, p = s.scanByHand(a, now)
	default:
		scan, p = readScan(a, now)
	}
	if p == nil {
		scan.Via = a.Via
	}
	return scan, p
}

// scanByHand takes the fields of the card as the officer typed them. They open
// the chip like any other print, and are compared with it.
func (s *Station) scanByHand(a ScanArgs, now time.Time) (*scanned, *Problem) {
	typed := &identified{Fields: map[string]string{}}
	if p := typed.takeFields(a.Fields, s.rules, s.st.day(now)); p != nil {
		return nil, p
	}
	scan := &scanned{Source: string(compare.Typed), Fields: typed.Fields}
	if a.Place != nil {
		if scan.Fields[fieldResidence] != "" {
			return nil, problem("bad-args")
		}
		address, p := s.address(*a.Place)
		if p != nil {
			return nil, p
		}
		scan.Fields[fieldResidence], scan.Place = address.Text, address
	}
	number, err := cccd.ParseNumber(scan.Fields[fieldNumber])
	if err != nil || scan.Fields[fieldName] == "" || scan.Fields[fieldBirth] == "" {
		return nil, problem("bad-identity")
	}
	scan.CAN = number.CAN()
	if birth, expiry := zoneDate(scan.Fields[fieldBirth]), zoneDate(scan.Fields[fieldExpiry]); birth != "" && expiry != "" {
		scan.Zones = []zoneKey{{number.Document(), birth, expiry}}
	}
	return scan, nil
}

// noExpiryZone stands in a zone for a card without limit.
const noExpiryZone = "991231"

// zoneDate is a full date as a zone has it, YYMMDD; "" for any other.
func zoneDate(date string) string {
	if date == NoExpiry {
		return noExpiryZone
	}
	t, err := time.Parse(isoDate, date)
	if err != nil {
		return ""
	}
	return t.Format("060102")
}

// address finds a place in the station's list.
func (s *Station) address(a PlaceArgs) (*places.Address, *Problem) {
	if s.cfg.Places == nil {
		return nil, problem("no-places")
	}
	unit, ok := s.cfg.Places.Unit(a.Code)
	if !ok {
		return nil, problem("bad-place")
	}
	text := ""
	if a.Line != "" {
		if text, ok = line(a.Line, maxField); !ok {
			return nil, problem("bad-place")
		}
	}
	commune := unit.Code
	if unit.IsProvince() {
		commune = ""
	}
	address, err := s.cfg.Places.Address(unit.Province, commune, text)
	if err != nil {
		return nil, problem("bad-place")
	}
	return &address, nil
}

// placed puts the residence of the list in place of free text.
func (s *Station) placed(a *PersonArgs) *Problem {
	if a.Place == nil {
		return nil
	}
	if a.Corrections[fieldResidence] != "" {
		return problem("bad-args")
	}
	address, p := s.address(*a.Place)
	if p != nil {
		return p
	}
	if a.Corrections == nil {
		a.Corrections = map[string]string{}
	}
	a.Corrections[fieldResidence], a.Address = address.Text, address
	return nil
}

// residencePlace is the residence by the list, where it came from there.
func (s *state) residencePlace() *places.Address {
	if s.person != nil && s.person.Address != nil {
		return s.person.Address
	}
	if s.person != nil && s.person.Corrections[fieldResidence] != "" || s.chip != nil {
		return nil // other words are in force
	}
	for _, p := range s.prints {
		if p.Fields[fieldResidence] != "" {
			return p.Place
		}
	}
	return nil
}
