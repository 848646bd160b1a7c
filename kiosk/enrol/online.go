package enrol

import (
	"slices"
	"strings"

	"github.com/tram-station/tram/reader/passive"
	"github.com/tram-station/tram/reader/verdict"
)

// What is asked of the central while the citizen is there: its share of the
// enrolment's tables.

// onlineSlots are the places of what is asked: of the register, of the phone,
// and of supervisors.
type onlineSlots struct {
	asking, phone, deciding slot
	// untrusted: the last card's chain could not be built, for want of a trust
	// list. That is the station's affair, and no citizen's.
	untrusted bool
}

// driveOnline asks what there is to ask of the central.
func (s *Station) driveOnline() {
	if st := s.st; st != nil && st.chip != nil {
		s.untrusted = slices.ContainsFunc(st.chip.Checks, func(c verdict.Check) bool {
			return c.Name == passive.CheckChain && c.Outcome == verdict.Inconclusive
		})
	}
	s.driveRegister()
	s.drivePhone()
	s.driveExceptions()
}

var onlineFolds = map[string]fold{
	CmdRegisterCheck: foldRegister,
	evRegister:       foldChecked,
	CmdPhoneSend:     foldPhoneSend,
	CmdPhoneSkip:     foldPhoneSkip,
	evPhone:          foldPhone,
	evCodeSent:       foldCodeSent,
	evCodeTried:      foldCodeTried,

	CmdExceptionAsk:     foldAsk,
	CmdExceptionApprove: foldDecided,
	evPending:           foldPending,
	evDecided:           foldDecided,
}

var onlineDones = map[Step]done{StepPhone: phoneDone}

var onlineAllowed = map[string][]Step{
	CmdRegisterCheck: between(StepRegister, StepSign),
	CmdPhoneSend:     between(StepPhone, StepSign),
	CmdPhoneCode:     between(StepPhone, StepSign),
	CmdPhoneSkip:     between(StepPhone, StepSign),

	CmdExceptionAsk:     between(StepCard, StepSign),
	CmdExceptionApprove: between(StepCard, StepSign),
}

var onlineAccepts = map[string]accept{
	CmdRegisterCheck: acceptPlain,
	CmdPhoneSend:     acceptPhoneSend,
	CmdPhoneSkip:     acceptPhoneSkip,

	CmdExceptionAsk:     acceptExceptionAsk,
	CmdExceptionApprove: acceptExceptionApprove,
}

// Acts in the audit log.
const (
	actRegisterAnswer = "register-answered"
	actMessage        = "code-sent"
	actTried          = "code-tried"
	actPhoneSkipped   = "phone-not-verified"
	actAsked          = "exception-asked"
	actPending        = "exception-pending"
	actRefusedThere   = "exception-refused"
	ActFlagged        = "dossier-flagged"
)

var onlineActs = map[string]string{CmdRegisterCheck: actRegister}

var onlineActWords = map[string]verdict.Words{
	actRegisterAnswer: words("Kết quả đối chiếu cơ sở dữ liệu", "Answer of the register"),
	actMessage:        words("Gửi mã xác thực số thuê bao", "Sent a code to the phone"),
	actTried:          words("Công dân nhập mã xác thực", "The citizen typed the code"),
	actAsked:          words("Hỏi người phụ trách từ xa về ngoại lệ", "Asked a supervisor elsewhere about an exception"),
	actPending:        words("Chờ duyệt ngoại lệ", "Exception pending"),
	actRefusedThere:   words("Người phụ trách chưa đồng ý ngoại lệ", "A supervisor did not agree to an exception"),
	ActFlagged:        words("Hồ sơ cần xem cuối ngày", "Flagged for the end of the day"),
	actPhoneSkipped:   words("Tiếp tục khi chưa xác thực số thuê bao", "Went on without verifying the number"),
}

// actsOnline names the acts of the central's answers.
func actsOnline(e *event) []Act {
	switch e.Kind {
	case evRegister:
		c := e.Checked
		return one(actRegisterAnswer, joined(string(c.Kind), string(c.Outcome), c.Code, joined(c.Failed...)))
	case evCodeSent:
		return one(actMessage, e.Phone.Code)
	case evCodeTried:
		return one(actTried, joined(string(e.Phone.Outcome), e.Phone.Code))
	case CmdPhoneSkip:
		return one(actPhoneSkipped, e.Reason)
	case CmdExceptionAsk:
		return one(actAsked, joined(e.Exception.ID, e.Exception.Reason))
	case evPending:
		return one(actPending, joined(e.Exception.ID, e.Exception.Code))
	case CmdExceptionApprove, evDecided:
		return actOfDecision(e.Exception)
	}
	return nil
}

// actOfDecision says who decided: the central names its own supervisors.
func actOfDecision(x *exceptionEvent) []Act {
	d := x.Decided
	a := Act{What: actApproved, Detail: joined(x.ID, d.Reason)}
	if !d.Approved {
		a.What = actRefusedThere
	}
	if d.Remote {
		a.Who, a.Detail = machine, joined(a.Detail, "by", d.By)
	} else {
		a.Who = d.By
	}
	return []Act{a}
}

var onlineProblems = map[string][2]verdict.Words{
	"register-pending":  {words("Đang chờ kết quả đối chiếu", "The register's answer is still under way"), words("Chờ vài giây rồi ký lại", "Wait a few seconds, then sign again")},
	"phone-offline":     {words("Trạm chưa kết nối trung tâm", "The station is not connected to the central"), words("Tiếp tục hồ sơ; số thuê bao được ghi là chưa xác thực", "Go on; the number is recorded as not verified")},
	"phone-verified":    {words("Số thuê bao đã được xác thực", "The number is verified already"), words("Làm tiếp bước sau", "Go on with the next step")},
	"phone-taken":       {words("Số này đã dùng cho tài khoản khác", "This number serves another account"), words("Hỏi công dân số khác và xác nhận lại", "Ask the citizen for another number and confirm it")},
	"phone-busy":        {words("Đang chờ trung tâm trả lời", "The central is being asked"), words("Chờ vài giây rồi thử lại", "Wait a few seconds and try again")},
	"code-wait":         {words("Chưa gửi lại mã được", "Another code can not be sent yet"), words("Chờ hết thời gian đếm ngược", "Wait until the countdown is over")},
	"no-such-exception": {words("Không có ngoại lệ này", "There is no such exception"), words("Xem lại danh sách ngoại lệ", "Look at the list of exceptions")},
	"exception-settled": {words("Ngoại lệ này đã được đồng ý", "This exception was agreed to"), words("Làm tiếp hồ sơ", "Go on with the application")},
	"exception-asked":   {words("Đã hỏi người phụ trách từ xa", "A supervisor elsewhere was asked already"), words("Chờ quyết định; hết thời gian thì hồ sơ vẫn đi tiếp", "Wait for the decision; after the wait the application goes on")},
	"exception-waits":   {words("Ngoại lệ đang chờ người phụ trách", "An exception waits for a supervisor"), words("Mời người phụ trách xác nhận, hỏi từ xa, hoặc chờ hết đếm ngược rồi ký", "Ask a supervisor here or at the central, or wait until the countdown is over and sign")},
	"exception-refused": {words("Người phụ trách chưa đồng ý ngoại lệ", "A supervisor does not agree to an exception"), words("Thu nhận lại phần đó, mời người phụ trách tại trạm, hoặc hủy và hướng dẫn công dân", "Capture that part again, ask a supervisor here, or cancel and show the citizen the way")},
	"no-trust":          {words("Trạm chưa có đủ danh sách tin cậy để kết luận về chứng thư của thẻ", "The station's trust list does not reach the card's certificate"), words("Tiếp tục như thường, trung tâm sẽ kiểm tra lại; báo bộ phận kỹ thuật nhập danh sách", "Go on as usual, the central checks again; have the technicians import the list")},
	"bad-code":          {words("Mã có 6 chữ số", "The code has 6 digits"), words("Công dân nhập đủ 6 số trong tin nhắn", "The citizen types the 6 digits of the message")},
	"no-code":           {words("Chưa có mã nào còn dùng được", "There is no code to be typed"), words("Gửi mã mới", "Send a new code")},
}

func joined(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), " ")
}
