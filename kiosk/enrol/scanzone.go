package enrol

import (
	"fmt"
	"strings"
	"time"

	"github.com/tram-station/tram/mrz"
	"github.com/tram-station/tram/mrz/compare"
)

// warnRepaired says in the dossier that a zone was read with characters that
// the scanner had confused, put right by the check digits. The chip answers to
// nothing else than the right ones.
const warnRepaired = "mrz-repaired"

// zoneIn takes the zone out of what a scanner sent around it; the text as it
// is where none is in it.
func zoneIn(text string) string {
	if _, err := mrz.Parse(text); err == nil {
		return text
	}
	for stream := mrz.NewStream(strings.NewReader(text)); ; {
		part, err := stream.Next()
		if err != nil {
			return text
		}
		if _, err := mrz.Parse(part); err == nil {
			return part
		}
	}
}

func scanMRZ(text string, now time.Time) (*scanned, *Problem) {
	z, changes, err := mrz.Read(text)
	if err != nil {
		return nil, problem("bad-scan")
	}
	if !z.Valid {
		return nil, zoneProblem(z)
	}
	s := &scanned{Source: kindMRZ}
	if len(changes) > 0 {
		s.Warnings = []string{warnRepaired}
	}
	s.Fields = shownValues(compare.FromZone(compare.Zone, z, now))
	doc, birth, expiry := z.Keys()
	s.Zones = []zoneKey{{doc, birth, expiry}}
	if n := z.PersonalNumber(); z.VietnameseCard() && len(n) == numberDigits {
		s.CAN = n[numberDigits-canDigits:]
	}
	if _, err := s.keys(); err != nil {
		return nil, problem("bad-scan")
	}
	return s, nil
}

// zoneWords name the fields that have a check digit or a form of their own.
var zoneWords = map[string][2]string{
	mrz.FieldNumber:      {"số thẻ", "document number"},
	mrz.FieldOptional:    {"số định danh", "personal number"},
	mrz.FieldPersonal:    {"số định danh", "personal number"},
	mrz.FieldBirth:       {"ngày sinh", "date of birth"},
	mrz.FieldSex:         {"giới tính", "sex"},
	mrz.FieldExpiry:      {"ngày hết hạn", "date of expiry"},
	mrz.FieldNationality: {"quốc tịch", "nationality"},
	mrz.FieldSurname:     {"họ", "surname"},
	mrz.FieldGiven:       {"tên", "given names"},
}

// zoneProblem names the first field of a card's zone that is wrong, and where it
// stands.
func zoneProblem(z *mrz.Zone) *Problem {
	p := problem("bad-mrz")
	if f, ok := wrongField(z); ok {
		p.Next = words(fmt.Sprintf("Kiểm tra lại dòng %d: %s; hoặc quét mã QR", f.Line+1, zoneWords[f.Name][0]),
			fmt.Sprintf("Check line %d again: %s; or scan the QR code", f.Line+1, zoneWords[f.Name][1]))
	}
	return p
}

// passportWords are what a passport calls otherwise than a card.
var passportWords = map[string][2]string{
	mrz.FieldNumber:   {"số hộ chiếu", "passport number"},
	mrz.FieldPersonal: {"số ở cuối dòng", "the number at the line's end"},
}

// passportProblem is zoneProblem of a passport, which has no QR code.
func passportProblem(z *mrz.Zone) *Problem {
	p := problem("bad-passport")
	f, ok := wrongField(z)
	if !ok {
		return p
	}
	name, own := passportWords[f.Name]
	if !own {
		name = zoneWords[f.Name]
	}
	p.Next = words(fmt.Sprintf("Kiểm tra lại dòng %d: %s", f.Line+1, name[0]), fmt.Sprintf("Check line %d again: %s", f.Line+1, name[1]))
	return p
}

// wrongField is the first field that is wrong and has a name for people.
func wrongField(z *mrz.Zone) (mrz.Field, bool) {
	for _, f := range z.Fields() {
		if _, known := zoneWords[f.Name]; known && !f.OK {
			return f, true
		}
	}
	return mrz.Field{}, false
}
