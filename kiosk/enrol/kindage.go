package enrol

import (
	"slices"
	"time"

	"github.com/tram-station/tram/kiosk/rules"
)

// day is the one the enrolment began, in Hanoi: an age does not change under
// the officer's hands at midnight.
func (s *state) day(now time.Time) time.Time {
	if !s.begun.IsZero() {
		now = s.begun
	}
	return now.In(hanoi)
}

// aged returns the code of what a kind says of somebody born on a day, "" where
// there is nothing. Who is too young for anything here is shown the way by the
// rules' refusal.
func (s *state) aged(birth, day time.Time, r *rules.Pack) string {
	years := age(birth, day)
	switch {
	case s.looksOnly():
		return ""
	case refused(r, years) != "":
		return refused(r, years)
	case years < r.MinimumAge:
		return "not-eligible"
	case s.as != nil && s.as.UnderAge > 0 && years >= s.as.UnderAge:
		return "too-old"
	}
	return ""
}

// refused is the code of the rules' word to somebody of an age: the kind's own,
// or that of another kind, where this one is for older people.
func refused(r *rules.Pack, years int) string {
	if code := youngest(*r.As(), years); code != "" || years >= r.MinimumAge {
		return code
	}
	for _, k := range r.Kinds {
		if code := youngest(k, years); code != "" {
			return code
		}
	}
	return ""
}

// youngest is the refusal that means the fewest people.
func youngest(k rules.Kind, years int) (code string) {
	under := 0
	for _, x := range k.Refuse {
		if years < x.UnderAge && (code == "" || x.UnderAge < under) {
			code, under = x.Code, x.UnderAge
		}
	}
	return code
}

// ageProblem has the words of a code that aged returned, or those of the table.
func ageProblem(code string, r *rules.Pack) *Problem {
	for _, k := range append([]rules.Kind{*r.As()}, r.Kinds...) {
		if i := slices.IndexFunc(k.Refuse, func(x rules.Refusal) bool { return x.Code == code }); i >= 0 {
			return &Problem{Code: code, Words: k.Refuse[i].Words, Next: k.Refuse[i].Next}
		}
	}
	p := problem(code)
	if k := r.As(); code == "expired" && k.Dossier == "" {
		p.Next = words("Hướng dẫn công dân làm thủ tục cấp đổi thẻ", "Show the citizen the way to another card")
	}
	return p
}

// final reports whether a code ends the enrolment; those of the rules' refusals do too.
func final(code string, r *rules.Pack) bool {
	switch code {
	case "not-eligible", "too-old":
		return true
	case "expired":
		return r.ExpiredCard == "refuse" && r.As().Dossier != ""
	}
	return refusal(code, r)
}

func refusal(code string, r *rules.Pack) bool {
	return slices.ContainsFunc(r.Kinds, func(k rules.Kind) bool {
		return slices.ContainsFunc(k.Refuse, func(x rules.Refusal) bool { return x.Code == code })
	})
}
