//go:build realparts

package e2e

import (
	"bytes"
	"image/jpeg"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/fxamacker/cbor/v2"
	"github.com/google/uuid"

	"github.com/tram-station/tram/biometrics/virtual"
	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/dossier"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/reader"
	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/chip"
	"github.com/tram-station/tram/reader/lds"
)

// photographOf reads DG2 of a card.
func (s *site) photographOf(card *chip.Card) []byte {
	s.t.Helper()
	slot := &apdu.VirtualSlot{}
	slot.Put(card)
	report := must((&reader.Reader{}).Read(s.t.Context(), slot, []access.Key{must(access.CAN(card.CAN()))(s.t)}))(s.t)
	for _, f := range report.Document.Raw {
		if f.ID == lds.EFDG2 {
			return f.Bytes
		}
	}
	s.t.Fatal("the card has no photograph")
	return nil
}

// heldDossier makes a dossier of the drawn citizen wait for a supervisor, with
// the chip's photograph, the portrait and why it waits.
func (s *site) heldDossier(officer string, reason string) uuid.UUID {
	s.t.Helper()
	t := s.t
	dg2 := s.photographOf(s.issue(chip.FaultNone))
	var portrait bytes.Buffer
	if err := jpeg.Encode(&portrait, virtual.Portrait(seed, 480, 640), nil); err != nil {
		t.Fatal(err)
	}
	type m = map[string]any
	evidence := must(cbor.Marshal(m{"review": []string{reason}, "files": []m{{"id": 0x0102, "name": "DG2", "bytes": dg2}},
		"checks": []m{{"check": "face-match", "outcome": "failed"}}, "issues": []m{{"code": "face", "reason": "đã so từng nét mặt", "officer": officer, "at": time.Now().Format(time.RFC3339Nano)}}}))(t)
	picture := must(cbor.Marshal(m{"jpeg": portrait.Bytes(), "match": m{"done": true, "score": 0.42, "band": "review"}}))(t)
	d := s.invented(officer, "N.V.T.")
	d.Sections = []dossier.Section{
		{Name: "evidence", MediaType: "application/cbor", Bytes: evidence}, {Name: "portrait", MediaType: "application/cbor", Bytes: picture},
		{Name: "person", MediaType: "application/json", Bytes: []byte(`{"fields":[{"name":"name","value":"Nguyễn Văn Thử <img src=x onerror=alert(1)>","source":"chip"},{"name":"number","value":"001090990001","source":"chip"},{"name":"birth","value":"1990-02-14","source":"chip"}]}`)},
	}
	if err := s.outbox.Hold(t.Context(), d, s.reviewer); err != nil {
		t.Fatal(err)
	}
	if err := s.outbox.Act("station", enrol.ActReview, d.ID, "••••••••0001", reason); err != nil {
		t.Fatal(err)
	}
	return d.ID
}

// identityFile writes an identity to a file, as `tram keys supervisor` does.
func identityFile(t *testing.T, identity *envelope.Identity) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "supervisor.key")
	if err := envelope.SaveIdentity(path, identity); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestSupervisorDecidesOnHeld: with the key of the supervisor a held dossier is
// opened and looked at, with another key it is not; released it goes out, turned
// down it is gone. Who took it decides nothing.
func TestSupervisorDecidesOnHeld(t *testing.T) {
	identity, stranger := must(envelope.GenerateIdentity())(t), must(envelope.GenerateIdentity())(t)
	s := newSite(t, func(s *site) { s.reviewer = identity.Recipient() })
	good, bad, own := s.heldDossier("officer-1", "face-review"), s.heldDossier("officer-1", "portrait-by-hand"), s.heldDossier(supervisor, "face-review")
	b := newBrowser(t, s)
	b.signIn(supervisor, supervisorPIN)
	b.step("idle")
	b.room("desk")
	b.click("held-" + good.String())
	b.tells("held-"+good.String(), "So khớp khuôn mặt chưa chắc chắn")
	b.tells("next", "Chọn tệp khóa")
	b.fits("sealed")
	b.do(chromedp.Click(chromedp.CSS(`[data-test="held-command"] summary`)))
	b.tells("held-command", "tram queue review "+good.String())
	b.picture("command")

	b.do(chromedp.SetUploadFiles(css("held-key-file"), []string{identityFile(t, stranger)}, chromedp.NodeReady))
	b.tells("next", "Mở hồ sơ")
	b.click("next")
	b.wait("the refusal", `(document.querySelector('.banner')?.innerText ?? '').includes('Khóa này không mở được hồ sơ')`)
	b.do(chromedp.SetUploadFiles(css("held-key-file"), []string{identityFile(t, identity)}, chromedp.NodeReady))
	b.tells("next", "Mở hồ sơ")
	b.do(chromedp.KeyEvent(kb.F2))
	b.tells("held-findings", "đã so từng nét mặt")
	for _, name := range []string{"portrait", "dg2"} {
		b.wait("the picture "+name, `document.querySelector('[data-test="held-picture-`+name+`"] canvas')?.width > 100`)
	}
	b.tells("held-one", "<img src=x onerror=alert(1)>") // what a card says is text
	b.fits("opened")
	b.decide("yes", "seen", "111111")
	b.tells("decide-problem", "mã PIN")
	b.fits("decide")
	b.write("decide-pin", supervisorPIN+kb.Enter)
	b.tells("held-told", "Đã duyệt")
	s.reaches(good, offline.Custody)

	b.click("held-" + bad.String())
	b.click("next")
	b.shows("held-findings")
	b.decide("no", "retry", supervisorPIN)
	b.tells("held-told", "Không duyệt")
	if _, err := s.outbox.Status(bad); err == nil {
		t.Error("what was turned down is still here")
	}
	b.click("held-" + own.String())
	b.click("next")
	b.tells("held-may", "Cần một người khác xác nhận")
	if !eval[bool](b, `document.querySelector('[data-test="next"]').disabled`) {
		t.Error("the supervisor can decide on an own one")
	}
	b.fits("own")
	b.click("desk-back")
	b.step("idle")
	if text := eval[string](b, `document.body.innerHTML + JSON.stringify(sessionStorage) + JSON.stringify(localStorage)`); strings.Contains(text, "Nguyễn Văn Thử") || strings.Contains(text, "AGE-SECRET-KEY") {
		t.Error("something of the held dossier, or the key, stays behind")
	}
	for what, want := range map[string]int{"held-reviewed": 3, "held-approved": 1, "held-rejected": 1, enrol.ActApprovalRefused: 1} {
		if n := s.actsOf(supervisor, what); n != want {
			t.Errorf("the log has %d times %s, want %d", n, what, want)
		}
	}
}

// decide fills the form of a decision.
func (b *browser) decide(verdict, reason, pin string) {
	b.t.Helper()
	b.tells("next", "Quyết định")
	b.click("next")
	b.click("decide-" + verdict)
	b.click("decide-reason-" + reason)
	b.write("decide-pin", pin)
	b.click("decide-go")
}

// TestEndOfDayAtTheDesk: the flagged dossiers are counted, looked at in the log,
// and marked once; an officer has neither page.
func TestEndOfDayAtTheDesk(t *testing.T) {
	s := newSite(t)
	id := s.queued("officer-1", "N.V.T.")
	s.reaches(id, offline.Custody)
	if err := s.outbox.Act("station", enrol.ActFlagged, id, "••••••••0001", "chip-failed sample"); err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, s)
	b.login()
	b.click("menu")
	if b.shows("room-queue"); eval[bool](b, `document.querySelector('[data-test="room-desk"], [data-test="room-audit"]') !== null`) {
		t.Error("an officer may enter the desk or the audit log")
	}
	b.click("menu-close")
	b.click("logout")
	b.signIn(supervisor, supervisorPIN)
	b.step("idle")
	b.room("desk")
	b.shows("held-empty")
	b.fits("nothing-held")
	b.click("desk-now")
	b.shows("desk-no-exceptions")
	b.click("desk-day")
	b.tells("day-sealed", "1")
	b.tells("desk-end", "Chip không xác thực được")
	b.tells("desk-end", "Mẫu ngẫu nhiên")
	b.fits("day")
	b.click("look-" + id.String())
	b.tells("looked-"+id.String(), supervisor)
	if n := s.actsOf(supervisor, enrol.ActLookedAt); n != 1 {
		t.Errorf("the log has %d acts of looking", n)
	}
	b.fits("day-looked")
	b.click("acts-" + id.String())
	b.step("audit")
	b.wait("its acts alone", `(() => { const of = [...document.querySelectorAll('.audit tbody td:nth-child(5)')].map((c) => c.innerText); return of.length > 2 && of.every((x) => x === '`+id.String()[28:]+`'); })()`)
	b.fits("of-one")
}

// TestAuditPage: newest first and verified; narrowed by who and what; older ones
// come page by page; nobody is named. A log that was changed says so.
func TestAuditPage(t *testing.T) {
	s := newSite(t)
	for range 130 {
		if err := s.outbox.Act("officer-2", enrol.ActLookUp, uuid.Nil, "N.V.T. ••••••••0001", "1"); err != nil {
			t.Fatal(err)
		}
	}
	b := newBrowser(t, s)
	b.signIn(supervisor, supervisorPIN)
	b.step("idle")
	b.room("audit")
	b.tells("audit-head", "Nhật ký còn nguyên vẹn")
	b.wait("a page", `document.querySelectorAll('.audit tbody tr').length === 100`)
	b.fits("newest")
	if got := eval[string](b, `document.querySelector('.audit tbody tr').innerText`); !strings.Contains(got, supervisor) || !strings.Contains(got, "Đăng nhập") {
		t.Errorf("the newest act is %q", got)
	}
	if text := eval[string](b, `document.querySelector('.audit').innerText`); strings.Contains(text, "•") || strings.Contains(text, "N.V.T.") {
		t.Error("the log names a citizen")
	}
	b.do(chromedp.KeyEvent(kb.F2))
	b.wait("older ones", `document.querySelectorAll('.audit tbody tr').length > 130 && document.querySelector('[data-test="act-0"]') !== null`)
	b.write("audit-who", "officer-2"+kb.Enter)
	b.wait("one officer's", `[...document.querySelectorAll('.audit tbody td:nth-child(3)')].every((c) => c.innerText === 'officer-2')`)
	b.click("audit-clear")
	b.wait("all", `[...document.querySelectorAll('.audit tbody td:nth-child(3)')].some((c) => c.innerText !== 'officer-2')`)
	b.do(chromedp.SetValue(css("audit-what"), enrol.ActSignIn))
	eval[bool](b, `document.querySelector('[data-test="audit-what"]').dispatchEvent(new Event('change'))`)
	b.wait("sign-ins", `document.querySelectorAll('.audit tbody tr').length === 1`)
	b.fits("narrowed")
	b.click("language")
	b.tells("audit-head", "The log is whole")
	b.fits("newest-en")
	b.click("audit-back")
	b.step("idle")
}

// TestSupervisorDecidesInTheirOwnWindow: the officer goes on at the counter while
// a supervisor, signed in elsewhere, looks at the exception and agrees to it.
func TestSupervisorDecidesInTheirOwnWindow(t *testing.T) {
	s := newSite(t, func(s *site) { s.rules.Exceptions.WaitS = 600 })
	card := s.issue(chip.FaultSODHash)
	s.slot.Put(card)
	b := newBrowser(t, s)
	b.login()
	b.toCard()
	b.write("qr-text", card.QR()+kb.Enter)
	b.step("person")
	b.shows("needs")
	other := newBrowser(t, s)
	other.signIn(supervisor, supervisorPIN)
	other.step("person")
	other.room("desk")
	other.shows("need-list")
	other.fits("exception")
	other.do(chromedp.KeyEvent(kb.F2))
	other.click("need-reason-seen")
	other.write("need-supervisor", supervisor)
	other.write("need-pin", supervisorPIN)
	other.click("need-go")
	other.wait("the dialog's end", `document.querySelector('dialog') === null`)
	other.tells("need-chip", supervisor)
	needs := s.station.Snapshot()
	if len(needs.Exceptions) != 1 || needs.Exceptions[0].State != "approved" || needs.Exceptions[0].By != supervisor || needs.Officer != "officer-1" {
		t.Errorf("%+v of %s", needs.Exceptions, needs.Officer)
	}
	b.wait("the officer sees it", `document.querySelector('[data-test="needs"]').dataset.state === 'approved'`)
}
