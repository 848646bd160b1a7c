package enrol

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/tram-station/tram/reader"
	"github.com/tram-station/tram/reader/verdict"
)

// Codes of the acts in the station's audit log, whoever writes them: the
// enrolment, the server, the command line.
const (
	ActSignIn           = "sign-in"
	ActSignOut          = "sign-out"
	ActSignInRefused    = "sign-in-refused"
	ActLockout          = "lockout"
	ActApprovalRefused  = "approval-refused"
	ActLookUp           = "look-up"
	ActPrinted          = "receipt-printed"
	ActFormPrinted      = "form-printed"
	ActSettings         = "settings"
	ActSentAgain        = "sent-again"
	ActLookedAt         = "flagged-looked-at"
	actBegun            = "enrolment-begun"
	actResumed          = "enrolment-resumed"
	actCancelled        = "enrolment-cancelled"
	actCorrection       = "correction-begun"
	actNotice           = "notice-heard"
	actScanned          = "card-scanned"
	actRead             = "card-read"
	actRefused          = "card-refused"
	actFailed           = "verification-failed"
	actAcknowledged     = "issue-acknowledged"
	actPerson           = "person-confirmed"
	actRegister         = "register-checked"
	actPortrait         = "portrait-taken"
	actPortraitByHand   = "portrait-by-hand"
	actPortraitAgain    = "portrait-retaken"
	actPortraitAccepted = "portrait-accepted"
	actPortraitDiffers  = "portrait-differs"
	actPrints           = "prints-taken"
	actException        = "finger-excepted"
	actHand             = "hand-photographed"
	actApproved         = "exception-approved"
	actSigned           = "reviewed-signed"
	actSeal             = "seal-ordered"
	ActReview           = "review-asked"
)

// actWords is the table of the acts: each code with its words.
var actWords = join(coreActWords, peopleActWords, kindActWords, paperActWords, onlineActWords, citizenActWords)

var coreActWords = map[string]verdict.Words{
	ActSignIn:           words("Đăng nhập", "Signed in"),
	ActSignOut:          words("Đăng xuất", "Signed out"),
	ActSignInRefused:    words("Đăng nhập không thành công", "Sign-in refused"),
	ActLockout:          words("Tạm khóa sau nhiều lần sai mã PIN", "Locked after wrong PINs"),
	ActApprovalRefused:  words("Xác nhận của người phụ trách không thành công", "Supervisor's approval refused"),
	ActLookUp:           words("Tra cứu hồ sơ", "Looked an application up"),
	ActPrinted:          words("In giấy tiếp nhận", "Printed the receipt"),
	ActFormPrinted:      words("In phiếu đề nghị", "Printed the form"),
	ActSettings:         words("Đổi thiết lập của trạm", "Changed the station's settings"),
	ActSentAgain:        words("Yêu cầu gửi lại hồ sơ", "Had applications sent again"),
	ActLookedAt:         words("Đã xem hồ sơ cần xem cuối ngày", "Looked at a flagged application"),
	actBegun:            words("Bắt đầu hồ sơ", "Began an enrolment"),
	actResumed:          words("Tiếp tục hồ sơ sau khi khởi động lại", "Resumed an enrolment after a restart"),
	actCancelled:        words("Hủy hồ sơ", "Cancelled the enrolment"),
	actCorrection:       words("Bắt đầu bổ sung hồ sơ", "Began a correction"),
	actNotice:           words("Công dân đã nghe thông báo", "The citizen heard the notice"),
	actScanned:          words("Nhận thông tin in trên thẻ", "Took the print of the card"),
	actRead:             words("Đọc chip", "Read the chip"),
	actRefused:          words("Chip chưa mở được", "The chip was not opened"),
	actFailed:           words("Chip không xác thực được", "A check of the chip failed"),
	actAcknowledged:     words("Ghi lý do cho một vấn đề", "Gave the reason for an issue"),
	actPerson:           words("Xác nhận thông tin công dân", "Confirmed the person"),
	actRegister:         words("Đối chiếu cơ sở dữ liệu", "Register check"),
	actPortrait:         words("Chụp ảnh chân dung", "Took the portrait"),
	actPortraitByHand:   words("Chụp chân dung thủ công", "Took the portrait by hand"),
	actPortraitAgain:    words("Chụp lại chân dung", "Had the portrait taken again"),
	actPortraitAccepted: words("Nhận ảnh chân dung", "Accepted the portrait"),
	actPortraitDiffers:  words("Hai ảnh cần xác minh thêm", "The two pictures need verification"),
	actPrints:           words("Thu vân tay", "Took prints"),
	actException:        words("Khai ngoại lệ một ngón", "Declared a finger's exception"),
	actHand:             words("Chụp ảnh bàn tay", "Took the picture of the hand"),
	actApproved:         words("Người phụ trách xác nhận ngoại lệ", "A supervisor approved an exception"),
	actSigned:           words("Cán bộ kiểm tra và ký", "The officer reviewed and signed"),
	actSeal:             words("Yêu cầu niêm phong", "Ordered the seal"),
	ActReview:           words("Chờ cấp trên duyệt", "Waits for a supervisor"),
}

// ActWords returns the words of an act's code; ok is false for one that is not
// in the table.
func ActWords(code string) (w verdict.Words, ok bool) {
	w, ok = actWords[code]
	return w, ok
}

// Act is one line for the audit log: who did what. Nothing of it is a name, a
// full number or the officer's free words.
type Act struct {
	Who     string // the officer's identifier; "": the station itself
	What    string // a code of the table
	Dossier uuid.UUID
	Masked  string // of the citizen's number
	Detail  string // codes and counts
}

// machine is who acts where no officer did.
const machine = "station"

// maxDetail bounds what an act says, in bytes: a chip decides how many checks
// there are.
const maxDetail = 400

// Note writes an act into the audit log. What fails there stops nobody at the
// counter: the snapshot's notices say so until it works again.
func (s *Station) Note(ctx context.Context, a Act) {
	s.send(ctx, func() {
		if s.note(a) {
			s.publish()
		}
	})
}

// note reports whether the notice about the log came or went.
func (s *Station) note(a Act) (changed bool) {
	if a.Who == "" {
		a.Who = machine
	}
	if len(a.Detail) > maxDetail {
		a.Detail = strings.ToValidUTF8(a.Detail[:maxDetail], "")
	}
	err := s.cfg.Outbox.Act(a.Who, a.What, a.Dossier, a.Masked, a.Detail)
	if err != nil {
		s.log.Error("the audit log took no act", "act", a.What, "err", err)
	}
	changed = s.unlogged != (err != nil)
	s.unlogged = err != nil
	return changed
}

// noteEvent writes what an event was into the audit log.
func (s *Station) noteEvent(e *event) {
	if s.st == nil || s.st.done != nil {
		return
	}
	number := Masked(value(s.st.personFields(s.cfg.Now()), fieldNumber))
	for _, a := range actsOf(e) {
		if a.Who == "" {
			a.Who = e.Officer
		}
		if e.Citizen && a.What != actCitizenPhone {
			a.Detail = joined(a.Detail, onScreen)
		}
		a.Dossier, a.Masked = s.st.id, number
		s.note(a)
	}
}

// actsOf names the acts of an event; none, where it shows and does nothing.
func actsOf(e *event) []Act {
	switch e.Kind {
	case CmdCorrect:
		return one(actCorrection, e.Corrects.Section+" of "+e.Corrects.Dossier.String())
	case CmdScan:
		return one(actScanned, e.Scan.Source)
	case evChip, evGuardianChip:
		return actsOfChip(e.Chip)
	case CmdAcknowledge:
		return one(actAcknowledged, e.Ack.Code)
	case CmdConfirmPerson:
		return one(actPerson, strings.Join(slices.Sorted(maps.Keys(e.Person.Corrections)), " "))
	case evTaken:
		return one(actPrints, strings.TrimSpace(fmt.Sprintf("%s %s", e.Taking.Unit, e.Taking.Problem)))
	case CmdFingerException, evPhoto:
		return one(plainActs[e.Kind], strings.TrimSpace(fmt.Sprintf("%d %s", e.Finger, e.Reason)))
	case CmdFingerApprove:
		return []Act{{Who: e.Supervisor, What: actApproved, Detail: fmt.Sprint(int(e.Finger))}}
	case CmdDocuments:
		return one(actDocuments, fmt.Sprint(len(e.Documents)))
	case CmdHandOver:
		return one(actHandedOver, "from "+e.Reason)
	case CmdPortraitManual:
		return one(actPortraitByHand, e.Reason)
	}
	if acts := actsOnline(e); acts != nil {
		return acts
	}
	if what := plainActs[e.Kind]; what != "" {
		return one(what, e.Code)
	}
	return nil
}

func one(what, detail string) []Act { return []Act{{What: what, Detail: detail}} }

// plainActs are the events that say all by themselves or by their code.
var plainActs = join(corePlainActs, kindPlainActs, paperActs, onlineActs, citizenPlainActs)

var corePlainActs = map[string]string{
	CmdBegin: actBegun, CmdNotice: actNotice, evChipRefused: actRefused,
	evPortrait: actPortrait, CmdPortraitRetake: actPortraitAgain, CmdPortraitAccept: actPortraitAccepted,
	CmdPortraitDiffers: actPortraitDiffers, CmdFingerException: actException, evPhoto: actHand,
	CmdSign: actSigned, CmdSeal: actSeal,
}

// actsOfChip says how each check ended, and once more which of them failed.
func actsOfChip(r *reader.Report) []Act {
	all, failed := []string{}, []string{}
	for _, c := range r.Checks {
		all = append(all, c.Name+"="+strings.ReplaceAll(c.Outcome.String(), " ", "-"))
		if c.Outcome == verdict.Failed {
			failed = append(failed, c.Name)
		}
	}
	acts := one(actRead, strings.Join(all, " "))
	if len(failed) > 0 {
		acts = append(acts, Act{What: actFailed, Detail: strings.Join(failed, " ")})
	}
	return acts
}
