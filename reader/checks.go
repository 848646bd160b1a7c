package reader

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/passive"
	"github.com/tram-station/tram/reader/verdict"
)

// Names of the checks that this package makes, beside those of passive.
const (
	CheckAccess     = "access"
	CheckFiles      = "files"
	CheckCardAccess = "card-access"
	CheckChipAuth   = "chip-authentication"
	CheckActiveAuth = "active-authentication"
	CheckTerminal   = "terminal-authentication"
)

var (
	nextReadAgain = verdict.Words{
		VI: "Đặt thẻ lại ngay ngắn và đọc lại. Nếu vẫn vậy, báo người phụ trách.",
		EN: "Place the card again and read it again. If it stays so, tell the supervisor.",
	}
	nextTellAdministrator = verdict.Words{
		VI: "Ghi nhận và báo quản trị viên. Việc tiếp nhận vẫn tiếp tục được.",
		EN: "Note it and tell the administrator. The intake may go on.",
	}
	nextGoOn = verdict.Words{
		VI: "Không cần thao tác. Việc tiếp nhận vẫn tiếp tục được.",
		EN: "Nothing to do. The intake may go on.",
	}
)

// verify makes the checks, in the order in which they are shown.
func (s *session) verify() {
	s.checks = []verdict.Check{s.checkAccess(), s.checkFiles()}
	s.checks = append(s.checks, passive.Verify(s.doc.Raw, s.reader.Trust, s.reader.now())...)
	s.checks = append(s.checks, s.checkCardAccess())
	if s.proofs.signed != nil {
		// Once more, with DG1: its state is whose issuer has to vouch.
		_, check := passive.CardSecurity(s.raw(lds.EFCardSecurity), s.reader.Trust, s.reader.now(), s.doc.Raw...)
		s.proofs.signed = &check
		s.checks = append(s.checks, check)
	}
	s.checks = append(s.checks, s.checkChipAuth(), s.checkActiveAuth(), s.checkTerminal())
}

// checkAccess says how the chip was opened; a chip that was not is an error of
// Read.
func (s *session) checkAccess() verdict.Check {
	how := map[access.Method]verdict.Words{
		access.PACECAN: {VI: "Đã mở chip bằng PACE với số CAN in trên thẻ.", EN: "Opened by PACE with the card access number."},
		access.PACEPIN: {VI: "Đã mở chip bằng PACE với mã PIN của công dân.", EN: "Opened by PACE with the holder's PIN."},
		access.PACEPUK: {VI: "Đã mở chip bằng PACE với mã PUK.", EN: "Opened by PACE with the PUK."},
		access.PACEMRZ: {VI: "Đã mở chip bằng PACE với dòng MRZ.", EN: "Opened by PACE with the machine-readable zone."},
		access.BAC:     {VI: "Đã mở chip bằng BAC với dòng MRZ.", EN: "Opened by BAC with the machine-readable zone."},
	}
	return verdict.Check{Name: CheckAccess, Outcome: verdict.Passed, Reason: how[s.method]}
}

// checkFiles tells of files that the chip lists and that could not be used. A
// file that is damaged or cannot be read is Failed; one that is absent, not
// allowed, or that this program cannot decode is Inconclusive.
func (s *session) checkFiles() verdict.Check {
	c := verdict.Check{Name: CheckFiles, Outcome: verdict.Passed, Reason: verdict.Words{
		VI: "Đã đọc đủ các tệp cần thiết mà chip liệt kê.", EN: "Every needed file that the chip lists was read.",
	}}
	var vi, en []string
	for _, p := range s.problems {
		var status apdu.Status
		outcome := verdict.Failed
		what := verdict.Words{VI: "không đọc được", EN: "cannot be read"}
		switch {
		case errors.Is(p.err, apdu.NotFound):
			outcome, what = verdict.Inconclusive, verdict.Words{VI: "không có trên chip", EN: "is not on the chip"}
		case errors.Is(p.err, apdu.NotAllowed):
			outcome, what = verdict.Inconclusive, verdict.Words{VI: "chip không cho đọc", EN: "may not be read"}
		case errors.Is(p.err, errDecode):
			outcome, what = verdict.Inconclusive, verdict.Words{VI: "chưa giải mã được", EN: "cannot be decoded"}
		case errors.As(p.err, &status):
			what.VI, what.EN = what.VI+" ("+status.String()+")", what.EN+" ("+status.String()+")"
		case errors.Is(p.err, errFile):
			what = verdict.Words{VI: "dữ liệu không nguyên vẹn", EN: "is damaged: " + p.err.Error()}
		}
		if c.Outcome != verdict.Failed {
			c.Outcome = outcome
		}
		vi = append(vi, fmt.Sprintf("%v %s", p.id, what.VI))
		en = append(en, fmt.Sprintf("%v %s", p.id, what.EN))
	}
	if len(s.problems) > 0 {
		c.Reason = verdict.Words{VI: strings.Join(vi, "; ") + ".", EN: strings.Join(en, "; ") + "."}
		c.Next = nextReadAgain
	}
	return c
}

// checkCardAccess compares what EF.CardAccess offered with the signed DG14: a
// difference, also an offer that was missing, means that it was changed on its
// way to make the station open the chip in a weaker way.
func (s *session) checkCardAccess() verdict.Check {
	c := verdict.Check{Name: CheckCardAccess}
	var offered []lds.PACEInfo
	if s.doc.CardAccess != nil {
		offered = s.doc.CardAccess.PACE
	}
	switch {
	case s.doc.CardAccess == nil && (s.doc.Security == nil || len(s.doc.Security.PACE) == 0):
		c.Outcome = verdict.NotSupported
		c.Reason = verdict.Words{VI: "Thẻ không có EF.CardAccess.", EN: "The card has no EF.CardAccess."}
	case s.doc.Security == nil:
		c.Outcome = verdict.NotDone
		c.Reason = verdict.Words{VI: "Chưa kiểm tra: không có DG14 để đối chiếu EF.CardAccess.", EN: "Not done: there is no DG14 to compare EF.CardAccess with."}
	case len(s.doc.Security.PACE) == 0:
		c.Outcome = verdict.NotSupported
		c.Reason = verdict.Words{VI: "DG14 của thẻ không nhắc lại thông tin PACE.", EN: "The card's DG14 does not repeat its PACE information."}
	case samePACE(offered, s.doc.Security.PACE):
		c.Outcome = verdict.Passed
		c.Reason = verdict.Words{VI: "EF.CardAccess khớp với DG14.", EN: "EF.CardAccess matches DG14."}
	default:
		c.Outcome = verdict.Failed
		c.Reason = verdict.Words{VI: "Chip không xác thực được: EF.CardAccess khác DG14.", EN: "The chip could not be authenticated: EF.CardAccess differs from DG14."}
		c.Next = nextReadAgain
	}
	return c
}

// samePACE reports whether two lists hold the same entries in any order.
func samePACE(a, b []lds.PACEInfo) bool {
	in := func(list []lds.PACEInfo, p lds.PACEInfo) bool {
		return slices.ContainsFunc(list, func(q lds.PACEInfo) bool {
			return p.OID.Equal(q.OID) && p.Version == q.Version && p.ParameterID == q.ParameterID
		})
	}
	for _, p := range a {
		if !in(b, p) {
			return false
		}
	}
	for _, q := range b {
		if !in(a, q) {
			return false
		}
	}
	return true
}
