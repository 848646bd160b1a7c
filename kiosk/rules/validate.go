package rules

import (
	"slices"
	"strconv"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/mrz/compare"
)

// Validate is the central's validator, run before sealing: it returns what the
// central would turn the dossier down for, by the rules of the candidate's kind,
// in the order of the sections; nothing where it is good.
func (r *Pack) Validate(c Candidate) []Finding {
	p, ok := r.For(c.Kind)
	if !ok {
		p = r
	}
	v := &validation{Pack: p, kind: p.As(), c: &c}
	if !ok {
		v.find(FindKind, SectionKind, c.Kind)
		return v.out
	}
	for _, rule := range []func(){
		v.frame, v.evidence, v.identity, v.guardian, v.person, v.dates, v.contact, v.portrait, v.fingers, v.family, v.request, v.documents,
		v.dependants, v.consent,
	} {
		rule()
	}
	return v.out
}

// validation is one run: the pack as it holds for the kind.
type validation struct {
	*Pack
	kind *Kind
	c    *Candidate
	out  []Finding
}

func (v *validation) find(code, section, of string) {
	s := findings[code]
	v.out = append(v.out, Finding{Code: code, Section: section, Of: of, Words: s.words, Next: s.next})
}

// frame looks at what holds for the whole: station, reason, day.
func (v *validation) frame() {
	if v.c.Station != "" && !slices.Contains(v.kind.Stations, v.c.Station) {
		v.find(FindStation, SectionKind, v.c.Station)
	}
	if len(v.kind.Reasons) > 0 && !listed(v.kind.Reasons, v.c.Reason) {
		v.find(FindReason, SectionKind, v.c.Reason)
	}
	if !v.Calendar.Works(v.Deadline(v.c.Day)) {
		v.find(FindDeadline, SectionKind, "")
	}
}

func (v *validation) evidence() {
	if !v.kind.Takes("card") || v.c.Evidence {
		return
	}
	if v.kind.Card == CardRequired || v.c.NoCard == "" {
		v.find(FindEvidence, SectionEvidence, "")
	}
}

// identity asks for the papers that stand for a card: all of them where the kind
// knows no card, and one at least where there is none today.
func (v *validation) identity() {
	if !v.kind.Takes("identity") {
		return
	}
	has := func(kind string) bool {
		return slices.ContainsFunc(v.c.Identity, func(p CandidatePaper) bool { return p.Type == kind })
	}
	switch {
	case v.kind.Card == CardNone:
		for _, kind := range v.kind.Papers {
			if !has(kind) {
				v.find(FindPaperMissing, SectionIdentity, kind)
			}
		}
	case !v.c.Evidence && len(v.kind.Papers) > 0 && !slices.ContainsFunc(v.kind.Papers, has):
		v.find(FindPaperMissing, SectionIdentity, "")
	}
	for _, p := range v.c.Identity {
		v.paper(p, SectionIdentity, v.Papers)
	}
}

// paper looks at one paper by the rules of a list.
func (v *validation) paper(p CandidatePaper, section string, list []DocumentRule) {
	rule := documentIn(list, p.Type)
	numbers := v.formats.papers
	if section == SectionDocuments {
		numbers = v.formats.documents
	}
	switch {
	case rule == nil || !numbers[p.Type].ok(p.Number):
		v.find(FindPaperNumber, section, p.Type)
	case !p.Seen:
		v.find(FindPaperUnseen, section, p.Type)
	case rule.Scan && !p.Scan:
		v.find(FindPaperScan, section, p.Type)
	}
}

func (v *validation) guardian() {
	rule, g := v.kind.Guardian, v.c.Guardian
	switch {
	case rule == nil:
		return
	case g == nil:
		v.find(FindGuardian, SectionGuardian, "")
		return
	case !g.Verified || !v.FormatOK(FormatIDNumber, g.Number):
		v.find(FindGuardianCard, SectionGuardian, "")
	case g.Number == v.c.Fields[compare.Number]:
		v.find(FindGuardianSame, SectionGuardian, "")
	}
	if birth, ok := whole(g.Birth); !ok || years(birth, v.c.Day) < rule.MinimumAge {
		v.find(FindGuardianAge, SectionGuardian, "")
	}
	if !listed(rule.Relations, g.Relation) {
		v.find(FindRelation, SectionGuardian, g.Relation)
	}
	if len(rule.Papers) > 0 && !slices.ContainsFunc(g.Papers, func(p CandidatePaper) bool { return slices.Contains(rule.Papers, p.Type) }) {
		v.find(FindPaperMissing, SectionGuardian, "")
	}
	for _, p := range g.Papers {
		v.paper(p, SectionGuardian, v.Papers)
	}
}

// person asks for the fields without which nobody can be found.
func (v *validation) person() {
	if !v.kind.Takes("person") {
		return
	}
	for _, name := range []string{compare.Name, compare.Birth, compare.Sex, compare.Nationality} {
		if v.c.Fields[name] == "" {
			v.find(FindFieldMissing, SectionPerson, name)
		}
	}
	number := v.c.Fields[compare.Number]
	switch {
	case number == "" && v.kind.Card != CardRequired: // a first card, or a foreigner's papers
	case number == "":
		v.find(FindFieldMissing, SectionPerson, compare.Number)
	case v.kind.Card != CardNone && !v.FormatOK(FormatIDNumber, number):
		v.find(FindFieldFormat, SectionPerson, compare.Number)
	}
	if old := v.c.Fields[compare.OldNumber]; old != "" && !v.FormatOK(FormatOldNumber, old) {
		v.find(FindFieldFormat, SectionPerson, compare.OldNumber)
	}
}

// dates looks at birth, issue and expiry together, and at the age on the day.
func (v *validation) dates() {
	day := v.c.Day.In(Hanoi).Format(time.DateOnly)
	birth, issue, expiry := v.c.Fields[compare.Birth], v.c.Fields[compare.Issue], v.c.Fields[compare.Expiry]
	if expiry == compare.NoExpiry {
		expiry = ""
	}
	order := []string{birth, issue, expiry}
	for i, name := range []string{compare.Birth, compare.Issue, compare.Expiry} {
		if order[i] != "" && !partly(order[i]) {
			v.find(FindFieldFormat, SectionPerson, name)
			return
		}
	}
	given := slices.DeleteFunc(slices.Clone(order), func(s string) bool { return s == "" })
	if !slices.IsSortedFunc(given, before) || before(day, birth) < 0 || issue != "" && before(day, issue) < 0 {
		v.find(FindDates, SectionPerson, "")
		return
	}
	if v.ExpiredCard == "refuse" && v.c.Evidence && expiry != "" && before(expiry, day) < 0 {
		v.find(FindExpired, SectionEvidence, "")
	}
	born, ok := whole(birth)
	if !ok || !v.kind.Takes("person") {
		return
	}
	if age := years(born, v.c.Day); age < v.MinimumAge || v.kind.UnderAge > 0 && age >= v.kind.UnderAge {
		v.find(FindAge, SectionPerson, strconv.Itoa(age))
	}
}

// before compares two dates as far as both are known.
func before(a, b string) int {
	n := min(len(a), len(b))
	switch a, b = a[:n], b[:n]; {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// whole is a date of which the day is known.
func whole(text string) (time.Time, bool) {
	t, err := time.Parse(time.DateOnly, text)
	return t, err == nil
}

// partly reports whether a text is a date, a month or a year.
func partly(text string) bool {
	for _, form := range []string{time.DateOnly, "2006-01", "2006"} {
		if _, err := time.Parse(form, text); err == nil {
			return true
		}
	}
	return false
}

// years counts the full years from birth to day. Who was born on 29 February
// completes a year on 1 March where there is no such day.
func years(birth, day time.Time) int {
	day = day.In(Hanoi)
	n := day.Year() - birth.Year()
	if day.Month() < birth.Month() || day.Month() == birth.Month() && day.Day() < birth.Day() {
		n--
	}
	return n
}

func (v *validation) contact() {
	if v.kind.Takes("phone") && !v.PhoneOK(v.c.Phone) {
		v.find(FindPhone, SectionPerson, "")
	}
	if v.c.Email != "" && !v.EmailOK(v.c.Email) {
		v.find(FindEmail, SectionPerson, "")
	}
}

func (v *validation) portrait() {
	p := v.c.Portrait
	switch {
	case !v.kind.Takes("portrait"):
	case p == nil || !p.Accepted:
		v.find(FindPortrait, SectionPortrait, "")
	case p.Width < v.PortraitMinWidth || p.Height < v.PortraitMinHeight:
		v.find(FindPortraitSize, SectionPortrait, "")
	}
}

// fingers asks for each finger, in each way that the mode wants, or for what
// proves why there is none.
func (v *validation) fingers() {
	if !v.kind.Takes("fingers") {
		return
	}
	for _, f := range v.Fingers {
		if i := slices.IndexFunc(v.c.Declined, func(d CandidateDeclined) bool { return d.Finger == f }); i >= 0 {
			v.declined(v.c.Declined[i])
			continue
		}
		v.print(f, false)
		if v.FingerMode == SlapsRolled {
			v.print(f, true)
		}
	}
}

func (v *validation) print(f biometrics.Finger, rolled bool) {
	i := slices.IndexFunc(v.c.Prints, func(p CandidatePrint) bool { return p.Finger == f && p.Rolled == rolled })
	if i < 0 {
		v.find(FindFinger, SectionPrints, strconv.Itoa(int(f)))
		return
	}
	p := v.c.Prints[i]
	weak := p.Score >= 0 && p.Score < v.Threshold(f) || p.Score < 0 && p.Minutiae >= 0 && p.Minutiae < v.FingerMinutiae
	if weak && !p.Excused {
		v.find(FindFingerWeak, SectionPrints, strconv.Itoa(int(f)))
	}
}

func (v *validation) declined(d CandidateDeclined) {
	rule := v.Finger(d.Reason)
	if rule == nil || rule.Photo && !d.Photo || rule.Supervisor && !d.Supervisor && !d.Waiting {
		v.find(FindFingerProof, SectionPrints, strconv.Itoa(int(d.Finger)))
	}
}
