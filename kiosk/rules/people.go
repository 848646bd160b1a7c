package rules

import (
	"errors"
	"fmt"
	"slices"

	"github.com/tram-station/tram/reader/verdict"
)

// Field is something that is written by hand.
type Field struct {
	Name     string        `json:"name"`
	Words    verdict.Words `json:"words"`
	Format   string        `json:"format,omitempty"` // one of Pack.Formats; "": any text
	Required bool          `json:"required,omitempty"`
}

// FamilyRule is one member of the family that is asked for.
type FamilyRule struct {
	ExceptionRule
	Required bool    `json:"required,omitempty"` // one at least, or a reason why there is none
	Many     bool    `json:"many,omitempty"`     // there may be several
	Fields   []Field `json:"fields"`
}

// RequestRule is what a forwarded request says.
type RequestRule struct {
	Actions []ExceptionRule `json:"actions"`           // what is asked for
	Reasons []ExceptionRule `json:"reasons,omitempty"` // why; empty: no reason is asked
	Fields  []Field         `json:"fields,omitempty"`
}

// Related reports whether a dependant may be this to the citizen.
func (r *Pack) Related(code string) bool { return listed(r.Relations, code) }

// Member returns the rule for a member of the family, nil where there is none.
func (r *Pack) Member(code string) *FamilyRule {
	for i := range r.Family {
		if r.Family[i].Code == code {
			return &r.Family[i]
		}
	}
	return nil
}

func (r *Pack) checkPeople() error {
	var family []ExceptionRule
	for _, f := range r.Family {
		family = append(family, f.ExceptionRule)
		if err := r.checkFields("family "+f.Code, f.Fields); err != nil {
			return err
		}
	}
	return errors.Join(distinct("relations", r.Relations), distinct("family", family))
}

// checkFields refuses a field that can not be told from another, or whose format
// nobody describes.
func (r *Pack) checkFields(list string, fields []Field) error {
	seen := map[string]bool{}
	for _, f := range fields {
		if f.Name == "" || seen[f.Name] || !worded(f.Words) {
			return fmt.Errorf("%s: field %q is empty, listed twice or without words", list, f.Name)
		}
		seen[f.Name] = true
		if f.Format != "" && !r.describes(f.Format) {
			return fmt.Errorf("%s: field %q: there is no format %q", list, f.Name, f.Format)
		}
	}
	return nil
}

func (r *Pack) describes(format string) bool {
	if _, ok := earlierFormats[format]; ok {
		return true
	}
	for _, f := range r.Formats {
		if f.Name == format {
			return true
		}
	}
	return false
}

// Exceptions says who lets an enrolment go on where something is missing or did
// not hold, and what becomes of it.
type Exceptions struct {
	WaitS         int             `json:"wait_s"`         // seconds for a supervisor's answer; then the dossier goes on and waits for one
	SamplePercent int             `json:"sample_percent"` // of a day's other dossiers, that a supervisor sees too
	Kinds         []ExceptionRule `json:"kinds"`          // what can be excepted, by the codes below
	Reasons       []ExceptionRule `json:"reasons"`        // why a supervisor agrees
	Refusals      []ExceptionRule `json:"refusals"`       // why not
}

// The exceptions.
const (
	ExceptFinger = "finger-missing"
	ExceptFace   = "face-mismatch"
	ExceptChip   = "chip-failed" // failed; inconclusive is none
	// ExceptRegister is a check at the register that failed.
	ExceptRegister = "register-failed"
)

// Wait is for how long a supervisor is waited for where a pack says nothing, in
// seconds, and how many of a hundred dossiers are looked at.
const (
	earlierWait   = 60
	earlierSample = 2
	maxWait       = 600
)

func word(code, vi, en string) ExceptionRule {
	return ExceptionRule{code, verdict.Words{VI: vi, EN: en}}
}

// earlierPhoneReasons are those of a pack that names none.
func earlierPhoneReasons() []ExceptionRule {
	return []ExceptionRule{
		word("phone-absent", "Công dân không mang theo điện thoại", "The citizen does not have the phone here"),
		word("no-message", "Tin nhắn không đến", "The message does not arrive"),
		word("cannot-type", "Công dân không tự nhập được mã", "The citizen can not type the code"),
		word("declined", "Công dân không muốn xác thực lúc này", "The citizen does not want to verify it now"),
	}
}

// SkipsPhone returns the reason of a code for which a number may stay
// unverified.
func (r *Pack) SkipsPhone(code string) (ExceptionRule, bool) {
	i := slices.IndexFunc(r.PhoneReasons, func(x ExceptionRule) bool { return x.Code == code })
	if i < 0 {
		return ExceptionRule{}, false
	}
	return r.PhoneReasons[i], true
}

// earlierExceptions are those of a pack from before there were any.
func earlierExceptions() *Exceptions {
	return &Exceptions{
		WaitS: earlierWait, SamplePercent: earlierSample,
		Kinds: []ExceptionRule{
			word(ExceptFinger, "Thiếu vân tay", "A fingerprint is missing"),
			word(ExceptFace, "Ảnh mặt không khớp", "The portrait does not match"),
			word(ExceptChip, "Chip không xác thực được", "The chip could not be authenticated"),
		},
		Reasons: []ExceptionRule{
			word("seen", "Đã trực tiếp kiểm tra công dân", "The supervisor has seen the citizen"),
			word("proof", "Bằng chứng kèm theo đầy đủ", "The proof is sufficient"),
		},
		Refusals: []ExceptionRule{
			word("retry", "Thu nhận lại", "Capture it again"),
			word("proof", "Chưa đủ bằng chứng", "The proof is not sufficient"),
		},
	}
}

// Excepts reports whether the pack knows the exception.
func (x *Exceptions) Excepts(code string) bool { return listed(x.Kinds, code) }

// Approves reports whether a supervisor may agree for this reason.
func (x *Exceptions) Approves(reason string) bool { return listed(x.Reasons, reason) }

// Declines reports whether a supervisor may disagree for this reason.
func (x *Exceptions) Declines(reason string) bool { return listed(x.Refusals, reason) }

func (x *Exceptions) check() error {
	switch {
	case x.WaitS < 1 || x.WaitS > maxWait:
		return fmt.Errorf("exceptions.wait_s is 1 to %d", maxWait)
	case x.SamplePercent < 0 || x.SamplePercent > 100:
		return fmt.Errorf("exceptions.sample_percent is 0 to 100")
	case len(x.Kinds) == 0 || len(x.Reasons) == 0 || len(x.Refusals) == 0:
		return fmt.Errorf("exceptions: kinds, reasons and refusals name one each at least")
	}
	return errors.Join(distinct("exceptions.kinds", x.Kinds), distinct("exceptions.reasons", x.Reasons), distinct("exceptions.refusals", x.Refusals))
}
