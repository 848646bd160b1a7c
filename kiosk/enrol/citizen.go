package enrol

import (
	"slices"
	"strings"
	"time"

	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/reader/verdict"
)

// CmdCitizenPhone is what the citizen types on their own screen: a proposal for
// the officer, who confirms the person. Nobody else can send it.
const CmdCitizenPhone = "citizen-phone" // CitizenPhoneArgs

// CitizenPhoneArgs is how the citizen wants to be reached.
type CitizenPhoneArgs struct {
	Phone string `json:"phone"`
	Email string `json:"email,omitempty"`
}

// CitizenSaid is what the citizen typed, and when. confirm-person takes it where
// the officer sends no number.
type CitizenSaid struct {
	Phone string    `json:"phone" cbor:"phone"`
	Email string    `json:"email,omitempty" cbor:"email,omitempty"`
	At    time.Time `json:"at" cbor:"at"`
}

// What the citizen's own screen shows, one thing at a time.
const (
	ScreenBlank    = "blank"
	ScreenNotice   = "notice"
	ScreenCard     = "card"
	ScreenPerson   = "person"
	ScreenGuardian = "guardian"
	ScreenPhone    = "phone" // types the number
	ScreenOTP      = "code"  // types the code of the message
	ScreenPortrait = "portrait"
	ScreenFingers  = "fingers"
	ScreenConsent  = "consent"
	ScreenWait     = "wait" // the officer works
	ScreenStatus   = "status"
)

// screens are those that follow from the step alone.
var screens = map[Step]string{
	StepIdle: ScreenBlank, StepNotice: ScreenNotice, StepGuardian: ScreenGuardian, StepCard: ScreenCard,
	StepPortrait: ScreenPortrait, StepFingers: ScreenFingers, StepConsent: ScreenConsent,
}

// CitizenScreen says what the citizen sees of an enrolment.
func CitizenScreen(s Snapshot) string {
	switch s.Step {
	case StepDone:
		if s.Receipt != nil {
			return ScreenStatus
		}
	case StepGuardian:
		if g := s.Guardian; g != nil && (g.Carried || len(g.Fields) > 0) {
			return ScreenWait // no card is asked for any more
		}
	case StepPerson:
		if s.Citizen == nil && takesPhone(s) {
			return ScreenPhone
		}
		return ScreenPerson
	case StepPhone:
		switch {
		case s.Phone.State != phoneTaken:
			return ScreenOTP
		case s.Citizen == nil || s.Citizen.Phone == s.Person.Phone:
			return ScreenPhone // another number is wanted
		}
	}
	if screen, own := screens[s.Step]; own {
		return screen
	}
	return ScreenWait
}

func takesPhone(s Snapshot) bool {
	return slices.ContainsFunc(s.Steps, func(v StepView) bool { return v.Name == StepPhone })
}

// citizenCommands are those of the citizen's own screen, each with the screens
// on which it is taken.
var citizenCommands = map[string][]string{
	CmdNotice:          {ScreenNotice},
	CmdCitizenPhone:    {ScreenPhone, ScreenPerson},
	CmdPhoneSend:       {ScreenOTP},
	CmdPhoneCode:       {ScreenOTP},
	CmdConsent:         {ScreenConsent},
	CmdConsentWithdraw: {ScreenConsent, ScreenWait},
}

// otherCitizen refuses what was meant for another enrolment than the present
// one: nothing that one citizen typed reaches the next.
func (s *Station) otherCitizen(enrolment string) *Problem {
	if s.st == nil || s.st.id.String() != enrolment {
		return problem("other-enrolment")
	}
	return nil
}

// taken says whether a command belongs to where the enrolment stands, and to
// whoever sends it.
func (s *Station) taken(c Command) *Problem {
	steps, known := allowed[c.Name]
	if c.Citizen != "" {
		on, own := citizenCommands[c.Name]
		switch {
		case !own:
			return problem("unknown-command")
		case !slices.Contains(on, CitizenScreen(s.Snapshot())):
			return problem("wrong-step")
		case c.Name == CmdCitizenPhone:
			return nil
		}
	}
	if !known {
		return problem("unknown-command")
	}
	if !s.st.accepted(steps, s.rules) {
		return problem("wrong-step")
	}
	return nil
}

func acceptCitizenPhone(s *Station, c Command, e *event) *Problem {
	var a CitizenPhoneArgs
	if p := readArgs(c.Args, &a); p != nil {
		return p
	}
	if !s.st.takes(StepPhone) {
		return problem("wrong-step")
	}
	if p := s.reached(&a.Phone, &a.Email); p != nil {
		return p
	}
	e.Said = &CitizenSaid{Phone: a.Phone, Email: a.Email, At: e.At}
	return nil
}

// reached puts a phone number and an e-mail address into their form and checks
// them against the rules.
func (s *Station) reached(phone, email *string) *Problem {
	*phone = strings.NewReplacer(" ", "", ".", "", "-", "").Replace(*phone)
	if rest, ok := strings.CutPrefix(*phone, "+84"); ok {
		*phone = "0" + rest
	}
	// Nobody is called about what is only forwarded.
	if (*phone != "" || s.st.takes(StepPhone)) && !s.rules.PhoneOK(*phone) {
		return problem("bad-phone")
	}
	if *email = strings.TrimSpace(*email); *email != "" && !s.rules.EmailOK(*email) {
		return problem("bad-email")
	}
	return nil
}

// asSaid fills in what the citizen typed where the officer sends no number.
func (s *state) asSaid(a *PersonArgs) {
	if s.citizen == nil || a.Phone != "" {
		return
	}
	a.Phone = s.citizen.Phone
	if a.Email == "" {
		a.Email = s.citizen.Email
	}
}

var citizenFolds = map[string]fold{
	CmdCitizenPhone: func(s *state, e *event, _ *rules.Pack) { s.citizen = e.Said },
}

var citizenAccepts = map[string]accept{CmdCitizenPhone: acceptCitizenPhone}

// Acts of the citizen's screen in the audit log. What is done on it beside these
// has the act of the same command, with onScreen in the detail.
const (
	ActScreenOpened  = "citizen-screen-opened"
	ActScreenClosed  = "citizen-screen-closed"
	ActScreenRefused = "citizen-screen-refused"
	actCitizenPhone  = "citizen-phone"

	onScreen = "citizen-screen"
)

var citizenPlainActs = map[string]string{CmdCitizenPhone: actCitizenPhone}

var citizenActWords = map[string]verdict.Words{
	ActScreenOpened:  words("Mở màn hình công dân", "Opened the citizen's screen"),
	ActScreenClosed:  words("Đóng màn hình công dân", "Closed the citizen's screen"),
	ActScreenRefused: words("Mã mở màn hình công dân nhập sai nhiều lần", "Wrong codes for the citizen's screen"),
	actCitizenPhone:  words("Công dân tự nhập số thuê bao", "The citizen typed their number"),
}

var citizenProblems = map[string][2]verdict.Words{
	"other-enrolment": {words("Màn hình công dân còn ở hồ sơ trước", "The citizen's screen still shows an earlier enrolment"), words("Xem nội dung mới trên màn hình rồi làm lại", "Look at what it shows now, then do it again")},
}
