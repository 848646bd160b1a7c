//go:build realparts

package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/offline/inquiry"
	"github.com/tram-station/tram/reader/chip"
)

// doubtful is a station with a card whose chip fails a check, at the citizen's
// data; the reason is given.
func doubtful(t *testing.T, change ...func(*site)) (*site, *browser) {
	t.Helper()
	s := newSite(t, change...)
	card := s.issue(chip.FaultSODHash)
	s.slot.Put(card)
	b := newBrowser(t, s)
	b.toPerson(card)
	b.click("acknowledge-check:sod-hashes")
	b.write("reason", "Đã đối chiếu với sổ gốc tại quầy")
	b.click("reason-go")
	b.wait("the banner's end", `document.querySelector('[data-test="banner-failed"]') === null`)
	return s, b
}

// need is the exception of the chip.
func (s *site) need() enrol.NeedView {
	s.t.Helper()
	for _, n := range s.station.Snapshot().Exceptions {
		if n.ID == "chip" {
			return n
		}
	}
	s.t.Fatal("the chip needs no supervisor")
	return enrol.NeedView{}
}

// approve fills the supervisor's form in the dialog.
func (b *browser) approve(pin string) {
	b.t.Helper()
	b.clear("need-supervisor")
	b.write("need-supervisor", supervisor)
	b.write("need-pin", pin)
	b.click("need-go")
}

// TestSupervisorAtTheStation: the bar counts the time that is left; the
// supervisor sees what failed, gives a reason, and signs with the own PIN. The
// officer's own name does not do.
func TestSupervisorAtTheStation(t *testing.T) {
	s, b := doubtful(t)
	b.wait("the countdown", `/^[01]:\d\d$/.test(document.querySelector('[data-test="need-time"]').innerText)`)
	first := b.shows("need-time")
	b.wait("that it counts", `document.querySelector('[data-test="need-time"]').innerText < "`+first+`"`)
	b.includes("needs", "Cần người phụ trách")
	b.fits("need")
	b.click("needs")
	b.includes("need-dialog", "Toàn vẹn dữ liệu")
	b.fits("need-dialog")
	if eval[bool](b, `!document.querySelector('[data-test="need-go"]').disabled`) {
		t.Error("the supervisor can sign without a reason, a name or a PIN")
	}
	b.click("need-reason-seen")
	b.approve("000000")
	b.includes("need-problem", "phụ trách")
	b.fits("need-refused")
	b.clear("need-supervisor")
	b.write("need-supervisor", "officer-1")
	b.write("need-pin", pin+kb.Enter)
	b.wait("no approval of one's own", `document.querySelector('[data-test="need-pin"]').value === '' && document.querySelector('[data-test="need-problem"]').innerText !== ''`)
	if got := s.need(); got.State == "approved" {
		t.Fatalf("the officer approved the own exception: %+v", got)
	}
	b.approve(supervisorPIN)
	b.wait("the dialog's end", `document.querySelector('dialog') === null`)
	if got := s.need(); got.State != "approved" || got.By != supervisor || got.Why != "seen" {
		t.Errorf("the exception is %+v", got)
	}
	b.includes("needs", "Đã duyệt ngoại lệ")
	if eval[string](b, `document.querySelector('[data-test="need-time"]').innerText`) != "" {
		t.Error("it still counts")
	}
}

// TestSupervisorElsewhere: the central is asked, and refuses; then a supervisor
// at the station agrees. The review shows where it stands.
func TestSupervisorElsewhere(t *testing.T) {
	central := &judging{decision: func(e inquiry.Exception) inquiry.Approval {
		return inquiry.Approval{ID: e.ID, State: inquiry.Refused, Dossier: e.Dossier, Code: e.Code, Reason: "proof", Words: "Chưa đủ bằng chứng", Supervisor: "central-7", At: time.Now()}
	}}
	s, b := doubtful(t, func(s *site) { s.inquiry = central })
	b.click("needs")
	b.click("need-ask")
	b.wait("the refusal", `document.querySelector('[data-test="needs"]').dataset.state === 'refused'`)
	b.includes("need-dialog", "Chưa đủ bằng chứng")
	b.fits("need-elsewhere")
	if got := s.need(); got.State != "refused" || got.By != "central-7" || len(central.asks) != 1 {
		t.Errorf("the exception is %+v after %d questions", got, len(central.asks))
	}
	b.click("need-close")
	b.write("phone", "0912345678")
	b.click("next")
	b.step("phone")
	b.click("phone-skip")
	b.click("choose-declined")
	b.step("portrait")
	b.click("next")
	b.taken("accept")
	b.click("next")
	b.step("fingers")
	b.toReview()
	b.includes("need-chip", "Chưa đồng ý")
	b.click("sure")
	b.wait("why it can not be signed", `document.querySelector('[data-next]').disabled && document.querySelector('.hint').innerText.includes('chưa đồng ý')`)
	b.fits("review-refused")
	b.click("need-open-chip")
	b.click("need-reason-proof")
	b.approve(supervisorPIN)
	b.wait("the dialog's end", `document.querySelector('dialog') === null`)
	b.includes("need-chip", "Đã đồng ý: "+supervisor)
	b.click("next")
	b.step("done")
}

// TestNobodyDecides: after the rules' wait the exception is pending and the
// enrolment goes on.
func TestNobodyDecides(t *testing.T) {
	s, b := doubtful(t, func(s *site) { s.rules.Exceptions.WaitS = 3 })
	b.wait("pending", `document.querySelector('[data-test="needs"]').dataset.state === 'pending'`)
	b.includes("needs", "Chờ duyệt ngoại lệ")
	if got := s.need(); got.State != "pending" {
		t.Errorf("the exception is %+v", got)
	}
	b.fits("pending")
	b.confirm()
}

// TestFindingsOfTheCentral: what the central would return stands over the
// review, no reason stands in for it, and its button leads to where it is put
// right and back.
func TestFindingsOfTheCentral(t *testing.T) {
	s := newSite(t, func(s *site) { s.rules.Signature = true })
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	b := newBrowser(t, s)
	b.toPerson(card)
	b.toPapers()
	b.click("next")
	b.step("consent")
	b.click("consent-registration")
	b.click("next")
	b.step("sign")
	b.includes("findings", "Chưa có chữ ký của công dân")
	b.wait("the way on is shut", `document.querySelector('[data-next]').disabled && document.querySelector('.hint').innerText.includes('trung tâm sẽ trả lại')`)
	if text := eval[string](b, `document.body.innerText`); strings.Contains(text, "Ghi lý do và tiếp tục") {
		t.Error("the page offers a reason against a finding")
	}
	b.fits("findings")
	b.click("fix-consent")
	b.step("consent")
	b.click("sign-paper")
	b.click("next")
	b.step("sign")
	b.wait("no finding", `document.querySelector('[data-test="findings"]') === null`)
	if c := s.station.Snapshot().Consent; c.Signed != "paper" {
		t.Errorf("the consent is %+v", c)
	}
	b.click("again-documents")
	b.step("documents")
	b.click("add-document")
	b.do(chromedp.SetValue(css("document-type"), "driving-licence"))
	b.write("document-number", "010123456789")
	b.click("document-seen")
	b.click("next")
	b.step("consent") // the new paper has no answer yet
	b.click("consent-document-0")
	b.click("next")
	b.step("sign")
	b.click("sure")
	b.click("next")
	b.step("done")
}
