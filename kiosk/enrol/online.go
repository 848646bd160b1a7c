package enrol

import (
	"slices"
	"strings"

	"github.com/tram-station/tram/reader/verdict"
)

// What is asked of the central while the citizen is there: its share of the
// enrolment's tables.

// onlineSlots are the places of what is asked: of the register, of the phone.
type onlineSlots struct{ asking, phone slot }

var onlineFolds = map[string]fold{
	CmdRegisterCheck: foldRegister,
	evRegister:       foldChecked,
	CmdPhoneSend:     foldPhoneSend,
	CmdPhoneSkip:     foldPhoneSkip,
	evPhone:          foldPhone,
	evCodeSent:       foldCodeSent,
	evCodeTried:      foldCodeTried,
}

var onlineDones = map[Step]done{StepPhone: phoneDone}

var onlineAllowed = map[string][]Step{
	CmdRegisterCheck: between(StepRegister, StepSign),
	CmdPhoneSend:     between(StepPhone, StepSign),
	CmdPhoneCode:     between(StepPhone, StepSign),
	CmdPhoneSkip:     between(StepPhone, StepSign),
}

var onlineAccepts = map[string]accept{
	CmdRegisterCheck: acceptPlain,
	CmdPhoneSend:     acceptPhoneSend,
	CmdPhoneSkip:     acceptPhoneSkip,
}

// Acts in the audit log.
const (
	actRegisterAnswer = "register-answered"
	actMessage        = "code-sent"
	actTried          = "code-tried"
	actPhoneSkipped   = "phone-not-verified"
)

var onlineActs = map[string]string{CmdRegisterCheck: actRegister}

var onlineActWords = map[string]verdict.Words{
	actRegisterAnswer: words("Kết quả đối chiếu cơ sở dữ liệu", "Answer of the register"),
	actMessage:        words("Gửi mã xác thực số thuê bao", "Sent a code to the phone"),
	actTried:          words("Công dân nhập mã xác thực", "The citizen typed the code"),
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
	}
	return nil
}

var onlineProblems = map[string][2]verdict.Words{
	"register-pending": {words("Đang chờ kết quả đối chiếu", "The register's answer is still under way"), words("Chờ vài giây rồi ký lại", "Wait a few seconds, then sign again")},
	"phone-offline":    {words("Trạm chưa kết nối trung tâm", "The station is not connected to the central"), words("Tiếp tục hồ sơ; số thuê bao được ghi là chưa xác thực", "Go on; the number is recorded as not verified")},
	"phone-verified":   {words("Số thuê bao đã được xác thực", "The number is verified already"), words("Làm tiếp bước sau", "Go on with the next step")},
	"phone-taken":      {words("Số này đã dùng cho tài khoản khác", "This number serves another account"), words("Hỏi công dân số khác và xác nhận lại", "Ask the citizen for another number and confirm it")},
	"phone-busy":       {words("Đang chờ trung tâm trả lời", "The central is being asked"), words("Chờ vài giây rồi thử lại", "Wait a few seconds and try again")},
	"code-wait":        {words("Chưa gửi lại mã được", "Another code can not be sent yet"), words("Chờ hết thời gian đếm ngược", "Wait until the countdown is over")},
	"bad-code":         {words("Mã có 6 chữ số", "The code has 6 digits"), words("Công dân nhập đủ 6 số trong tin nhắn", "The citizen types the 6 digits of the message")},
	"no-code":          {words("Chưa có mã nào còn dùng được", "There is no code to be typed"), words("Gửi mã mới", "Send a new code")},
}

func joined(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), " ")
}
