package enrol

import (
	"time"

	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/reader/verdict"
)

// checks lists every check of the enrolment so far: the chip's own, and what
// the station did or did not do. What was not done says so.
func (s *state) checks(fields []Field, r *rules.Pack) []verdict.Check {
	var out []verdict.Check
	if s.chip != nil {
		out = append(out, cleanChecks(s.chip.Checks)...)
		out = append(out, crossCheck(fields))
	}
	out = append(out, s.kindChecks()...)
	out = append(out, s.registerChecks()...)
	out = append(out, s.phoneChecks(r)...)
	if s.portrait != nil {
		out = append(out, s.faceCheck())
	}
	if c := s.scannerCheck(); c.Name != "" {
		out = append(out, c)
	}
	return out
}

func notDone(name, vi, en, nextVI, nextEN string) verdict.Check {
	return verdict.Check{Name: name, Outcome: verdict.NotDone, Reason: words(vi, en), Next: words(nextVI, nextEN)}
}

// issues lists what stands before the signature: failed checks and conflicts
// wait for a reason; what the rules forbid is final.
func (s *state) issues(fields []Field, checks []verdict.Check, r *rules.Pack, now time.Time) []Issue {
	var out []Issue
	add := func(code string, w, next verdict.Words, final bool) {
		_, known := s.acks[code]
		out = append(out, Issue{Code: code, Words: w, Next: next, Acknowledged: known && !final, Final: final})
	}
	for _, c := range checks {
		// What does not fit the print or the register is an issue field by field,
		// and two pictures that differ are decided upon in the portrait's step.
		if c.Outcome == verdict.Failed && c.Name != "cross-check" && !ofRegister(c.Name) && (c.Name != "face-match" || s.decision != nil) {
			add("check:"+c.Name, c.Reason, c.Next, false)
		}
	}
	for _, f := range fields {
		if f.Conflict {
			add("conflict:"+f.Name, words("Thông tin in và chip khác nhau", "Print and chip differ"),
				words("Đối chiếu với thẻ rồi ghi lý do", "Compare it with the card and give the reason"), false)
		}
	}
	for _, f := range append(s.fingerIssues(r), s.registerIssues()...) {
		add(f.code, f.words, f.next, false)
	}
	for _, f := range s.paperIssues(fields) {
		p := problem(f.code)
		add(p.Code, p.Words, p.Next, f.final)
	}
	if s.stopped != nil {
		p := problem("faces-differ")
		add(p.Code, p.Words, p.Next, true)
	}
	for _, code := range s.kindCodes(fields, s.day(now)) {
		p := problem(code)
		add(code, p.Words, p.Next, false)
	}
	for _, f := range s.findings(fields, r, now) {
		out = append(out, Issue{Code: findingCode(f), Words: f.Words, Next: f.Next, Section: f.Section})
	}
	for _, code := range s.eligibility(fields, r, now) {
		p := ageProblem(code, r)
		add(code, p.Words, p.Next, final(code, r))
	}
	return out
}

// eligibility lists the codes of the rules that the citizen's data meet or
// leave open.
func (s *state) eligibility(fields []Field, r *rules.Pack, now time.Time) []string {
	day := s.day(now)
	var codes []string
	if v := value(fields, fieldBirth); v != "" {
		birth, err := time.Parse(isoDate, v)
		switch {
		case err != nil:
			codes = append(codes, "birth-unknown")
		case s.aged(birth, day, r) != "":
			codes = append(codes, s.aged(birth, day, r))
		}
	}
	if v := value(fields, fieldExpiry); v != "" && v != NoExpiry {
		// A card is valid through its last day.
		if t, err := time.Parse(isoDate, v); err == nil && day.Format(isoDate) > t.Format(isoDate) {
			codes = append(codes, "expired")
		}
	}
	return codes
}

// hanoi is the legal time of the counter, whatever the machine's zone is.
var hanoi = rules.Hanoi

// age counts the full years between two days. Who was born on 29 February
// completes a year on 1 March where there is no such day.
func age(birth, day time.Time) int {
	years := day.Year() - birth.Year()
	if day.Month() < birth.Month() || day.Month() == birth.Month() && day.Day() < birth.Day() {
		years--
	}
	return years
}

// blocking reports whether an issue keeps the officer from signing.
func blocking(issues []Issue) bool {
	for _, i := range issues {
		if !i.Acknowledged {
			return true
		}
	}
	return false
}

// finalIssue returns the issue that ends the enrolment, "" when there is none.
func finalIssue(issues []Issue) string {
	for _, i := range issues {
		if i.Final {
			return i.Code
		}
	}
	return ""
}
