package enrol

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/offline/inquiry"
	"github.com/tram-station/tram/reader/verdict"
)

// PhoneView is how far the verification of the citizen's number is.
type PhoneView struct {
	// State is "none" (no person yet, or no such step), "asking" (whose it is),
	// "ready" (a message can be sent), "sent" (a code is under way), "verified",
	// "not-done", "taken" (another account's), "expired" or "spent" (another
	// code is needed).
	State string        `json:"state"`
	Words verdict.Words `json:"words"`
	// Busy: a question to the central is under way.
	Busy bool `json:"busy"`
	// ResendAt is from when another message can be sent.
	ResendAt time.Time `json:"resend_at,omitzero"`
	Expires  time.Time `json:"expires,omitzero"` // of the code
	Tries    int       `json:"tries"`            // of the present code
	Digits   int       `json:"digits"`           // that a code has
	Code     string    `json:"code,omitempty"`   // why it was not done
	// Reasons are those of phone-skip.
	Reasons []rules.ExceptionRule `json:"reasons"`
}

// The states of PhoneView.
const (
	phoneNone     = "none"
	phoneAsking   = "asking"
	phoneReady    = "ready"
	phoneSent     = "sent"
	phoneVerified = "verified"
	phoneNotDone  = "not-done"
	phoneTaken    = "taken"
	phoneExpired  = "expired"
	phoneSpent    = "spent"
)

// phoneWords say each state, one sentence at a time.
var phoneWords = map[string]verdict.Words{
	phoneNone:     {},
	phoneAsking:   words("Đang hỏi trung tâm về số này", "Asking the central about this number"),
	phoneReady:    words("Gửi mã đến điện thoại của công dân", "Send a code to the citizen's phone"),
	phoneSent:     words("Công dân nhập 6 số vừa nhận được", "The citizen types the 6 digits they got"),
	phoneVerified: words("Số thuê bao đã được xác thực", "The number is verified"),
	phoneNotDone:  words("Chưa xác thực số thuê bao", "The number is not verified"),
	phoneTaken:    words("Số này đã dùng cho tài khoản khác: hỏi công dân số khác", "This number serves another account: ask for another one"),
	phoneExpired:  words("Mã đã hết hạn: gửi lại mã", "The code is too old: send another one"),
	phoneSpent:    words("Đã nhập sai nhiều lần: gửi lại mã", "Too many wrong codes: send another one"),
}

var phoneWrong = words("Mã chưa đúng: xem lại tin nhắn rồi nhập lại", "Not the right code: look at the message and type it again")

// phoneState says where the verification stands.
func (s *state) phoneState(now time.Time) string {
	p := &s.phoning
	switch {
	case s.person == nil || !s.takes(StepPhone):
		return phoneNone
	case !p.verified.IsZero():
		return phoneVerified
	case p.taken():
		return phoneTaken
	case p.skipper != "":
		return phoneNotDone
	case p.sent != nil && p.sent.consumed:
		return phoneSpent
	case p.sent != nil && (p.sent.verdict == inquiry.Expired || remaining(p.sent.at, p.sent.life, now) == 0):
		return phoneExpired
	case p.sent != nil:
		return phoneSent
	case !p.online || p.passed != "":
		return phoneNotDone
	case !p.asked:
		return phoneAsking
	}
	return phoneReady
}

func (s *Station) phoneView() PhoneView {
	v := PhoneView{State: phoneNone, Reasons: s.rules.PhoneReasons, Digits: s.rules.OTP.Digits}
	st := s.st
	if st == nil || st.done != nil {
		return v
	}
	now, p := s.cfg.Now(), &st.phoning
	v.State = st.phoneState(now)
	v.Words = phoneWords[v.State]
	switch why := phoneWhy(s.rules, p.passed); {
	case v.State == phoneSent && p.sent.verdict == inquiry.Fail:
		v.Words = phoneWrong
	case v.State == phoneNotDone && why != (verdict.Words{}):
		v.Code = p.passed
		v.Words = words(v.Words.VI+": "+why.VI, v.Words.EN+": "+why.EN)
	}
	v.Busy = st.signedAt.IsZero() && (s.live.typed != nil || p.sending || v.State == phoneAsking && s.phone.key != "")
	if p.sent != nil && (v.State == phoneSent || v.State == phoneExpired) {
		v.Expires, v.Tries = now.Add(remaining(p.sent.at, p.sent.life, now)).Round(time.Second), p.sent.tries
	}
	if wait := remaining(p.waitFrom, p.wait, now); wait > 0 && v.State != phoneVerified {
		v.ResendAt = now.Add(wait).Round(time.Second)
	}
	return v
}

// acceptPhoneSend wants a message sent, where nothing keeps it back.
func acceptPhoneSend(s *Station, c Command, e *event) *Problem {
	if p := acceptPlain(s, c, e); p != nil {
		return p
	}
	p := &s.st.phoning
	switch {
	case !s.st.takes(StepPhone) || s.st.person == nil:
		return problem("wrong-step")
	case s.cfg.Central == nil:
		return problem("phone-offline")
	case !p.verified.IsZero():
		return problem("phone-verified")
	case p.taken():
		return problem("phone-taken")
	case p.sending || s.live.typed != nil:
		return problem("phone-busy")
	case remaining(p.waitFrom, p.wait, e.At) > 0:
		return problem("code-wait")
	}
	return nil
}

// acceptPhoneSkip goes on without the number being verified.
func acceptPhoneSkip(s *Station, c Command, e *event) *Problem {
	var a ReasonArgs
	if p := readArgs(c.Args, &a); p != nil {
		return p
	}
	_, known := s.rules.SkipsPhone(a.Reason)
	switch {
	case !s.st.takes(StepPhone) || s.st.person == nil:
		return problem("wrong-step")
	case !s.st.phoning.verified.IsZero():
		return problem("phone-verified")
	case !known:
		return problem("bad-reason")
	}
	e.Reason = a.Reason
	return nil
}

// typeCode carries out "phone-code": the code goes to the central. It stands in
// no journal, no snapshot and no log, and not in what is remembered of commands.
func (s *Station) typeCode(c Command) *Problem {
	var a CodeArgs
	if p := readArgs(c.Args, &a); p != nil {
		return p
	}
	code := strings.Join(strings.Fields(string(a.Code)), "")
	p := &s.st.phoning
	switch {
	case utf8.RuneCountInString(code) != s.rules.OTP.Digits || strings.ContainsFunc(code, func(r rune) bool { return r < '0' || r > '9' }):
		return problem("bad-code")
	case s.cfg.Central == nil:
		return problem("phone-offline")
	case !p.verified.IsZero():
		return problem("phone-verified")
	case s.live.typed != nil || p.sending:
		return problem("phone-busy")
	case p.sent == nil || p.sent.consumed:
		return problem("no-code")
	}
	s.live.typed = &typedCode{ticket: p.sent.id, trial: p.trials, Code: OTP(code)}
	s.remember(c)
	return nil
}

// phoneOutcome is the phone as the dossier's person section has it.
type phoneOutcome struct {
	Unique string    `json:"unique"`                     // "passed", "failed" or "not done"
	OTP    string    `json:"otp"`                        // "passed" or "not done"
	Why    string    `json:"why,omitempty"`              // code, where it was not done
	Tries  int       `json:"tries,omitempty"`            // of codes
	At     time.Time `json:"at,omitzero"`                // of the verification
	By     string    `json:"officer,omitempty"`          // who went on without it
	Typed  bool      `json:"typed_by_citizen,omitempty"` // on their own screen
}

func (s *state) phoneOutcome() phoneOutcome {
	p := &s.phoning
	o := phoneOutcome{Unique: verdict.NotDone.String(), OTP: verdict.NotDone.String(), Why: p.passed, Tries: p.trials, At: p.verified, By: p.skipper}
	switch {
	case p.taken():
		o.Unique = verdict.Failed.String()
	case p.asked && p.unique == inquiry.Pass:
		o.Unique = verdict.Passed.String()
	}
	o.Typed = s.citizen != nil && s.person != nil && s.citizen.Phone == s.person.Phone
	if !p.verified.IsZero() {
		o.OTP, o.Why = verdict.Passed.String(), ""
	}
	return o
}
