package enrol

import (
	"slices"
	"time"

	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/reader/verdict"
)

// Codes of the people's acts in the audit log.
const (
	ActNotAllowed    = "not-allowed"
	ActSessionLocked = "session-locked"
	ActUnlocked      = "session-unlocked"
	ActKeyAdded      = "key-added"
	ActKeyRemoved    = "key-removed"
	ActKeyRefused    = "security-key-refused"
	ActKeySuspect    = "key-suspended"
	ActPersonAdded   = "person-added"
	ActPersonPIN     = "person-pin"
	ActPersonRole    = "person-role"
	ActPersonCard    = "person-card"
	ActPersonRemoved = "person-removed"
	ActOfficersList  = "officers-list"
	ActDeviceTried   = "device-tried"
	actHandedOver    = "handed-over"
)

var peopleActWords = map[string]verdict.Words{
	ActNotAllowed:    words("Việc không được phép đã bị từ chối", "Refused what the person may not do"),
	ActSessionLocked: words("Phiên làm việc bị khóa", "The session was locked"),
	ActUnlocked:      words("Mở khóa phiên làm việc", "Unlocked the session"),
	ActKeyAdded:      words("Đăng ký khóa bảo mật", "Registered a security key"),
	ActKeyRemoved:    words("Gỡ khóa bảo mật", "Removed a security key"),
	ActKeyRefused:    words("Khóa bảo mật không được chấp nhận", "A security key was refused"),
	ActKeySuspect:    words("Tạm ngừng khóa bảo mật có bộ đếm lùi", "Suspended a security key whose counter went back"),
	ActPersonAdded:   words("Thêm cán bộ", "Added a person"),
	ActPersonPIN:     words("Cấp mã PIN mới", "Gave a new PIN"),
	ActPersonRole:    words("Đổi vai trò", "Changed a role"),
	ActPersonCard:    words("Ghi nhận thẻ của chính cán bộ", "Noted a person's own card"),
	ActPersonRemoved: words("Xóa cán bộ", "Removed a person"),
	ActOfficersList:  words("Nhận danh sách cán bộ của trung tâm", "Took the central's list of officers"),
	ActDeviceTried:   words("Thử thiết bị", "Tried a device"),
	actHandedOver:    words("Tiếp quản hồ sơ", "Took the enrolment over"),
}

var peopleProblems = map[string][2]verdict.Words{
	"own-enrolment":          {words("Hồ sơ này do chính cán bộ này đang làm", "The enrolment is this officer's already"), words("Làm tiếp hồ sơ", "Go on with it")},
	"officer-is-citizen":     {words("Cán bộ không làm hồ sơ cho chính mình", "An officer does not enrol themself"), words("Hủy hồ sơ và mời cán bộ khác tiếp nhận", "Cancel it and let another officer enrol")},
	"supervisor-is-guardian": {words("Người phụ trách không duyệt hồ sơ mà mình là người giám hộ", "A supervisor does not approve the application of their own ward"), words("Nhờ người phụ trách khác", "Ask another supervisor")},
	"supervisor-is-citizen":  {words("Người phụ trách không duyệt hồ sơ của chính mình", "A supervisor does not approve their own application"), words("Nhờ người phụ trách khác", "Ask another supervisor")},
}

var (
	peopleFolds   = map[string]fold{CmdHandOver: foldHandOver}
	peopleAccepts = map[string]accept{CmdHandOver: acceptHandOver}
	peopleAllowed = map[string][]Step{CmdHandOver: between(StepNotice, StepSeal)}
)

// CmdHandOver gives the enrolment to another officer, who is the one of the
// command: the server sends it when somebody takes over.
const CmdHandOver = "hand-over"

// handOver is a change of the officer in the middle of an enrolment.
type handOver struct {
	From string    `cbor:"from"`
	To   string    `cbor:"to"`
	At   time.Time `cbor:"at"`
}

func foldHandOver(s *state, e *event, _ *rules.Pack) {
	s.handOvers = append(s.handOvers, handOver{From: s.officer, To: e.Officer, At: e.At})
	s.officer = e.Officer
	s.unapprove(e.Officer)
	if g := &s.guardian; g.household != nil && g.said == nil { // carried over by another officer's word
		s.guardian = guardian{}
	}
}

func acceptHandOver(s *Station, c Command, e *event) *Problem {
	if p := acceptPlain(s, c, e); p != nil {
		return p
	}
	switch c.Officer {
	case "":
		return problem("no-officer")
	case s.st.officer:
		return problem("own-enrolment")
	}
	e.Reason = s.st.officer // for the audit log: from whom
	return nil
}

// officers are all who worked at the enrolment, the present one last.
func (s *state) officers() []string {
	out := []string{}
	for _, h := range s.handOvers {
		if !slices.Contains(out, h.From) {
			out = append(out, h.From)
		}
	}
	out = slices.DeleteFunc(out, func(id string) bool { return id == s.officer })
	return append(out, s.officer)
}

// ownCard is the issue of an officer whose own card is the citizen's, or the
// guardian's: it ends the enrolment, which another officer may begin. A number
// that the station does not know as anybody's is nobody's.
func (s *Station) ownCard(fields []Field) (out []Issue) {
	for _, x := range [][2]string{{"officer-is-citizen", value(fields, fieldNumber)}, {"guardian-is-officer", s.st.guardianNumber()}} {
		if s.isOfficer(x[1]) {
			p := problem(x[0])
			out = append(out, Issue{Code: p.Code, Words: p.Words, Next: p.Next, Final: true})
		}
	}
	return out
}

// mayApprove says whether a supervisor may approve something of this enrolment:
// nobody who worked at it, and neither the citizen nor the guardian.
func (s *Station) mayApprove(supervisor string) *Problem {
	if slices.Contains(s.st.officers(), supervisor) {
		return problem("own-approval")
	}
	switch {
	case s.owns(supervisor, value(s.st.personFields(s.cfg.Now()), fieldNumber)):
		return problem("supervisor-is-citizen")
	case s.owns(supervisor, s.st.guardianNumber()):
		return problem("supervisor-is-guardian")
	}
	return nil
}
