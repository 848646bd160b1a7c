package enrol

import (
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/offline/inquiry"
	"github.com/tram-station/tram/reader/verdict"
)

// Commands of the phone's step.
const (
	CmdPhoneSend = "phone-send" // no arguments
	CmdPhoneCode = "phone-code" // CodeArgs; nothing of it is journalled
	CmdPhoneSkip = "phone-skip" // ReasonArgs: a code of PhoneView.Reasons
)

// CodeArgs carries the code that the citizen got and typed. It goes to the
// central and nowhere else.
type CodeArgs struct {
	Code OTP `json:"code"`
}

// Events of the phone's step.
const (
	evPhone     = "phone-answer" // Phone: whose number it is, or that nobody says
	evCodeSent  = "code-sent"    // Phone: Ticket
	evCodeTried = "code-tried"   // Phone: Outcome, or Code: why the central did not say
)

// phoneEvent is what happened to a phone's verification. Which field is filled
// follows from the event's kind. No code of a message is ever in it.
type phoneEvent struct {
	Phone   string          `cbor:"phone"`
	Outcome inquiry.Outcome `cbor:"outcome,omitempty"`
	Code    string          `cbor:"code,omitempty"` // why it was not done
	Ticket  uuid.UUID       `cbor:"ticket,omitempty"`
	// Life is for how long the code is good, Wait for how long no other is sent.
	Life time.Duration `cbor:"life,omitempty"`
	Wait time.Duration `cbor:"wait,omitempty"`
}

// sentCode is a message under way to the citizen.
type sentCode struct {
	id       uuid.UUID
	at       time.Time
	life     time.Duration
	tries    int
	verdict  inquiry.Outcome // of the last code that was typed; "": none
	consumed bool
}

// phoning is the phone's share of an enrolment's state. All of it is about one
// number of one citizen.
type phoning struct {
	online   bool   // there was a central to ask when the person was confirmed
	number   string // the phone that the rest is about
	asked    bool   // the central said whose it is, or did not
	unique   inquiry.Outcome
	sends    int // messages wanted
	sending  bool
	sent     *sentCode
	trials   int       // codes that were tried, of all messages
	waitFrom time.Time // no other message before waitFrom + wait
	wait     time.Duration
	verified time.Time
	passed   string // why it was not verified, and the enrolment goes on
	skipper  string // the officer who said so
}

// passes says that the number is not verified for now.
func (p *phoning) passes(code string) { p.passed = code }

// phoneDone: the number is verified, or it is known why not. What was never
// asked for want of a central holds nobody up.
func phoneDone(s *state, _ *rules.Pack) bool {
	p := &s.phoning
	return s.person != nil && (!p.online || p.passed != "" || !p.verified.IsZero())
}

// rephone begins the phone's verification for the person that was confirmed.
// What is known of the same number stays.
func (s *state) rephone(e *event) {
	if s.number != e.Person.Phone {
		s.phoning = phoning{number: e.Person.Phone}
	}
	s.online = s.online || e.Online
}

func foldPhone(s *state, e *event, _ *rules.Pack) {
	p, said := &s.phoning, e.Phone
	if said.Phone != p.number {
		return
	}
	s.machine[StepPhone] += e.Elapsed
	switch said.Code {
	case "": // where it came too late the officer has gone on, and is not called back
		p.asked, p.unique = true, said.Outcome
	case codeSlow:
		p.passes(codeSlow)
	default:
		p.asked = true
		p.passes(said.Code)
	}
}

func foldPhoneSend(s *state, _ *event, _ *rules.Pack) {
	s.sends++
	s.sending = true
}

func foldCodeSent(s *state, e *event, _ *rules.Pack) {
	p, said := &s.phoning, e.Phone
	if said.Phone != p.number {
		return
	}
	s.machine[StepPhone] += e.Elapsed
	p.sending = false
	p.waitFrom, p.wait = e.At, said.Wait
	if said.Code != "" {
		if said.Code != askedTooOften {
			p.passes(said.Code)
		}
		return
	}
	p.sent = &sentCode{id: said.Ticket, at: e.At, life: said.Life}
}

func foldCodeTried(s *state, e *event, _ *rules.Pack) {
	p, said := &s.phoning, e.Phone
	if said.Phone != p.number || p.sent == nil {
		return
	}
	s.machine[StepPhone] += e.Elapsed
	p.trials++
	if said.Code != "" {
		p.passes(said.Code)
		return
	}
	p.sent.tries++
	p.sent.verdict = said.Outcome
	switch said.Outcome {
	case inquiry.Pass:
		p.verified, p.passed, p.skipper = e.At, "", ""
	case inquiry.Spent:
		p.sent.consumed = true
	}
}

func foldPhoneSkip(s *state, e *event, _ *rules.Pack) {
	s.passes(e.Reason)
	s.skipper = e.Officer
}

// codeSlow: the central takes longer than anybody waits for it.
const codeSlow = "slow"

// phoneChecks are the phone's checks once the person is confirmed.
func (s *state) phoneChecks(r *rules.Pack) (out []verdict.Check) {
	if s.person == nil {
		return nil
	}
	p := &s.phoning
	if p.taken() {
		out = append(out, verdict.Check{Name: checkUnique, Outcome: verdict.Failed,
			Reason: words("Số thuê bao đã dùng cho tài khoản khác", "The number serves another account"),
			Next:   words("Hỏi công dân số khác, hoặc ghi lý do", "Ask the citizen for another number, or give the reason")})
	}
	if !p.verified.IsZero() {
		return append(out, verdict.Check{Name: checkOTP, Outcome: verdict.Passed,
			Reason: words("Công dân đã nhập đúng mã gửi đến số này", "The citizen typed the code that was sent to this number")})
	}
	c := notDone(checkOTP, "Chưa kiểm tra số thuê bao bằng mã OTP", "The number was not checked by a one-time code",
		"Đọc lại số cho công dân xác nhận", "Read the number back to the citizen")
	if why := phoneWhy(r, p.passed); why != (verdict.Words{}) {
		c.Reason = words(c.Reason.VI+": "+why.VI, c.Reason.EN+": "+why.EN)
	}
	return append(out, c)
}

// The names of the phone's checks.
const (
	checkOTP    = "phone-otp"
	checkUnique = "phone-unique"
)

// phoneWhy says why a number is not verified.
func phoneWhy(r *rules.Pack, code string) verdict.Words {
	if reason, there := r.SkipsPhone(code); there {
		return reason.Words
	}
	if code == codeSlow {
		return notAskedWords[noLine]
	}
	return notAskedWords[code]
}

// taken reports whether the number is another account's.
func (p *phoning) taken() bool { return p.asked && p.unique == inquiry.Fail }
