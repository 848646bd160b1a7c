package enrol

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/mrz"
	"github.com/tram-station/tram/mrz/compare"
	"github.com/tram-station/tram/reader/verdict"
)

// IdentityArgs says who the citizen is where no chip says it. Where the kind's
// card is optional, Card is "read" (nothing else is given), "none", or
// "unreadable" with the Reason in words; where the kind has no card it is left
// out. MRZ are the two lines of a passport, scanned or typed, where the kind asks
// for one. Fields are typed: "number" (12 digits), "name", "birth", "sex",
// "nationality", "origin", "residence", "issue", "expiry", "old_number"; dates
// are YYYY-MM-DD.
type IdentityArgs struct {
	Card   string            `json:"card,omitempty"`
	Reason string            `json:"reason,omitempty"`
	MRZ    []string          `json:"mrz,omitempty"`
	Fields map[string]string `json:"fields,omitempty"`
	Papers []Paper           `json:"papers,omitempty"`
}

// Paper says who somebody is, or how two people are related. Expiry is
// YYYY-MM-DD, needed of a residence card.
type Paper struct {
	Type         string `json:"type" cbor:"type"`
	Number       string `json:"number" cbor:"number"`
	Expiry       string `json:"expiry,omitempty" cbor:"expiry,omitempty"`
	OriginalSeen bool   `json:"original_seen" cbor:"original_seen"`
	// Pages are the attached pages that show it.
	Pages []string `json:"pages,omitempty" cbor:"pages,omitempty"`
}

// What IdentityArgs.Card says.
const (
	cardRead       = "read"
	cardNone       = "none"
	cardUnreadable = "unreadable"
)

// Papers that the program knows something of.
const (
	paperPassport  = "passport"
	paperResidence = "residence-card"
)

const (
	maxPapers     = 8
	passportLines = 2
)

// identified is what stands for the chip.
type identified struct {
	Card   string            `cbor:"card"`
	Reason string            `cbor:"reason,omitempty"`
	Source string            `cbor:"source"` // "mrz" or "manual"
	Zone   []string          `cbor:"zone,omitempty"`
	Fields map[string]string `cbor:"fields"`
	Papers []Paper           `cbor:"papers,omitempty"`
}

// view is what was taken; of a passport the fields are those that it says, too.
func (i *identified) view() *IdentityArgs {
	if i == nil {
		return nil
	}
	return &IdentityArgs{Card: i.Card, Reason: i.Reason, MRZ: slices.Clone(i.Zone), Fields: maps.Clone(i.Fields), Papers: slices.Clone(i.Papers)}
}

func foldIdentity(s *state, e *event, _ *rules.Pack) {
	before := s.cardless()
	s.identity = e.Identity
	s.anew()
	if s.cardless() != before { // what the portrait is compared with has changed
		s.matched, s.decision, s.stopped = nil, nil, nil
	}
}

// anew drops what was confirmed on other data.
func (s *state) anew() { s.person, s.register, s.phoning = nil, false, phoning{} }

// cardless reports whether the enrolment goes on without a chip: the kind knows
// no card, or the citizen has none that can be read.
func (s *state) cardless() bool {
	if s == nil || s.as == nil {
		return false
	}
	return s.as.Card == rules.CardNone || s.identity != nil && s.identity.Card != cardRead
}

// looksOnly reports whether the card is only verified, for no dossier.
func (s *state) looksOnly() bool { return s != nil && s.as != nil && s.as.Dossier == "" }

func acceptIdentity(s *Station, c Command, e *event) *Problem {
	var a IdentityArgs
	if p := readArgs(c.Args, &a); p != nil {
		return p
	}
	if s.st.chip != nil {
		return problem("already-read")
	}
	i, p := s.readIdentity(a, s.st.as)
	if p != nil {
		return p
	}
	if i.Card != cardRead {
		known := maps.Clone(i.Fields)
		if i.Card == cardUnreadable && s.st.scan != nil { // its print can still be read
			for name, v := range s.st.scan.Fields {
				if known[name] == "" {
					known[name] = v
				}
			}
		}
		for _, name := range []string{fieldNumber, fieldName, fieldBirth, fieldSex} {
			if known[name] == "" {
				return problem("bad-identity")
			}
		}
		if code := s.otherNumber(s.st.corrects, known[fieldNumber]); code != "" {
			return problem(code)
		}
	}
	e.Identity, e.Code = i, i.Card
	return nil
}

// readIdentity checks the arguments by themselves.
func (s *Station) readIdentity(a IdentityArgs, k *rules.Kind) (*identified, *Problem) {
	day := s.st.day(s.cfg.Now())
	i := &identified{Card: a.Card, Source: "manual", Fields: map[string]string{}}
	if k.Card == rules.CardNone {
		i.Card = cardNone
	}
	switch {
	case a.Card != "" && k.Card == rules.CardNone && a.Card != cardNone:
		return nil, problem("bad-args")
	case i.Card == cardRead:
		if a.Reason != "" || len(a.MRZ)+len(a.Fields)+len(a.Papers) > 0 {
			return nil, problem("bad-args")
		}
		return i, nil
	case i.Card == cardUnreadable:
		var ok bool
		if i.Reason, ok = s.reason(a.Reason); !ok {
			return nil, problem("bad-reason")
		}
	case i.Card != cardNone:
		return nil, problem("card-said")
	case a.Reason != "":
		return nil, problem("bad-args")
	}
	foreign := k.Card == rules.CardNone && slices.Contains(k.Papers, paperPassport)
	if foreign {
		if p := i.takePassport(a.MRZ, day); p != nil {
			return nil, p
		}
	} else if len(a.MRZ) > 0 {
		return nil, problem("bad-args")
	}
	if p := i.takeFields(a.Fields, s.rules, day); p != nil {
		return nil, p
	}
	var p *Problem
	if i.Papers, p = s.papers(a.Papers, k.Papers, PageIdentity, day); p != nil {
		return nil, p
	}
	if foreign && slices.ContainsFunc(i.Papers, func(x Paper) bool { return x.Type == paperPassport && x.Number != i.Fields[fieldDocument] }) {
		return nil, problem("bad-paper") // another passport than the one of the zone
	}
	for _, kind := range k.Papers { // all of them where there is no card, one where there may be one
		has := foreign && kind == paperPassport || slices.ContainsFunc(i.Papers, func(x Paper) bool { return x.Type == kind })
		if !has && k.Card == rules.CardNone {
			return nil, problem("paper-missing")
		}
	}
	if len(k.Papers) > 0 && !foreign && len(i.Papers) == 0 {
		return nil, problem("paper-missing")
	}
	return i, nil
}

// takePassport reads the zone of a passport (Doc 9303-4), each check digit of
// which has to be right: nothing else proves what was typed.
func (i *identified) takePassport(lines []string, day time.Time) *Problem {
	if len(lines) != passportLines || len(lines[0])+len(lines[1]) > mrz.MaxText {
		return problem("bad-passport")
	}
	z, err := mrz.Parse(strings.Join(lines, "\n"))
	if err != nil || z.Format != mrz.TD3 || !strings.HasPrefix(z.Code, "P") {
		return problem("bad-passport")
	}
	if !z.Valid {
		return passportProblem(z)
	}
	if z.Nationality == vietnam {
		return problem("not-foreign")
	}
	if t, ok := z.Expiry.ExpiryOn(day); !ok || day.Format(isoDate) > t.Format(isoDate) {
		return problem("passport-expired")
	}
	i.Source, i.Zone = kindMRZ, z.Lines
	i.Fields = shownValues(compare.FromZone(compare.Zone, z, day))
	i.Fields[fieldNumber], i.Fields[fieldDocument] = z.Number, z.Number
	return nil
}

const vietnam = "VNM"

// typed are the fields that can be typed; behind a passport only those that it
// does not say.
var typed = []string{fieldNumber, fieldName, fieldBirth, fieldSex, fieldNationality, fieldOrigin, fieldResidence, fieldIssue, fieldExpiry, fieldOldNumber}

func (i *identified) takeFields(fields map[string]string, r *rules.Pack, day time.Time) *Problem {
	for name, v := range fields {
		said := i.Fields[name] != "" && name != fieldNumber // the passport's number gives way to a personal one
		v, ok := line(v, maxField)
		if !ok || said || !slices.Contains(typed, name) {
			return problem("bad-identity")
		}
		switch name {
		case fieldNumber:
			ok = r.FormatOK(rules.FormatIDNumber, v)
		case fieldName:
			ok = r.FormatOK(rules.FormatPersonName, v)
		case fieldOldNumber:
			ok = r.FormatOK(rules.FormatOldNumber, v)
		case fieldBirth:
			ok = partDate(v) && v <= day.Format(isoDate)
		case fieldIssue:
			ok = isDate(v) && v <= day.Format(isoDate)
		case fieldExpiry:
			ok = isDate(v) || v == NoExpiry
		case fieldSex:
			ok = v == "Nam" || v == "Nữ"
		}
		if !ok {
			return problem("bad-identity")
		}
		i.Fields[name] = v
	}
	return nil
}

// papers checks the papers against those that the rules take; their pages were
// attached for a purpose.
func (s *Station) papers(given []Paper, taken []string, purpose string, day time.Time) ([]Paper, *Problem) {
	if len(given) > maxPapers {
		return nil, problem("bad-args")
	}
	var out []Paper
	for _, x := range given {
		x.Number = strings.ToUpper(strings.TrimSpace(x.Number))
		again := slices.ContainsFunc(out, func(o Paper) bool { return o.Type == x.Type && o.Number == x.Number })
		ok := slices.Contains(taken, x.Type) && s.rules.PaperOK(x.Type, x.Number)
		expires := x.Expiry != "" || x.Type == paperResidence
		switch {
		case !ok || again || expires && !isDate(x.Expiry):
			return nil, problem("bad-paper")
		case !x.OriginalSeen:
			return nil, problem("original-unseen")
		case expires && x.Expiry < day.Format(isoDate):
			return nil, problem("paper-expired")
		case !s.st.knowsPages(x.Pages, purpose):
			return nil, problem("unknown-page")
		case len(x.Pages) == 0 && s.rules.Paper(x.Type).Scan:
			return nil, problem("pages-missing")
		}
		out = append(out, x)
	}
	return out, nil
}

func isDate(s string) bool {
	_, err := time.Parse(isoDate, s)
	return err == nil
}

// partDate allows a date of birth of which only month and year, or the year, are
// known.
func partDate(s string) bool {
	return slices.ContainsFunc(dateForms, func(form string) bool {
		_, err := time.Parse(form, s)
		return err == nil
	})
}

// kindChecks are what stands in the dossier because there was no chip, or
// because the station can not do what the kind would have.
func (s *state) kindChecks() (out []verdict.Check) {
	if s.as == nil {
		return nil
	}
	out = s.guardianChecks()
	if i := s.identity; i != nil && s.cardless() {
		if i.Zone != nil {
			out = append(out, verdict.Check{Name: "passport-mrz", Outcome: verdict.Passed,
				Reason: words("Các số kiểm tra của hộ chiếu đều đúng", "The passport's check digits are right")})
		}
		why := words("Không có thẻ để đọc chip", "There is no card to read")
		if i.Card == cardUnreadable {
			why = words("Chip của thẻ không đọc được", "The card's chip can not be read")
		}
		out = append(out, notDone("chip", why.VI, why.EN, "Trung tâm đối chiếu theo giấy tờ đã ghi", "The central checks it by the papers"))
	}
	if s.as.Code == rules.Issuance && s.corrects == nil {
		out = append(out, verdict.Check{Name: "iris", Outcome: verdict.NotSupported,
			Reason: words("Thiết bị của trạm không hỗ trợ thu nhận mống mắt", "The station has no device that takes the iris"),
			Next:   words("Thu nhận mống mắt tại nơi có thiết bị, nếu được yêu cầu", "It is taken where there is such a device, if it is asked for")})
	}
	return out
}

type identitySection struct {
	Schema int               `json:"schema"`
	Reason string            `json:"issuance_reason,omitempty"` // why a card is issued
	Card   string            `json:"card"`
	Why    string            `json:"why,omitempty"` // it can not be read
	Source string            `json:"source"`
	Zone   []string          `json:"mrz,omitempty"`
	Fields map[string]string `json:"fields"`
	Papers []Paper           `json:"papers"`
}

func (s *state) identityJSON() any {
	i := s.identity
	out := identitySection{Schema: sectionSchema, Card: i.Card, Why: i.Reason, Source: i.Source, Zone: i.Zone, Fields: i.Fields,
		Papers: append([]Paper{}, i.Papers...)}
	if s.opening != nil {
		out.Reason = s.opening.Reason
	}
	return out
}
