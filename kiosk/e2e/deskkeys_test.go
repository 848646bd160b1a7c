//go:build realparts

package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/reader/chip"
)

// TestSupervisorDecidesByKey: with a security key in place of the PIN the
// supervisor releases a held dossier, and agrees to an exception in the officer's
// window; one that signs wrongly decides nothing.
func TestSupervisorDecidesByKey(t *testing.T) {
	identity := must(envelope.GenerateIdentity())(t)
	s := newSite(t, func(s *site) { s.reviewer, s.rules.Exceptions.WaitS = identity.Recipient(), 600 })
	id := s.heldDossier("officer-1", "face-review")
	b := newBrowser(t, s)
	key := b.virtualKey()
	b.signIn(supervisor, supervisorPIN)
	b.step("idle")
	b.room("settings")
	b.addsKey("khóa của người phụ trách", supervisorPIN)
	b.wait("the key in the list", `document.querySelectorAll('[data-test="own-keys"] li').length === 1`)
	b.room("desk")
	b.do(chromedp.SetUploadFiles(css("held-key-file"), []string{identityFile(t, identity)}, chromedp.NodeReady))
	b.tells("next", "Mở hồ sơ")
	b.click("next")
	b.shows("held-findings")
	b.tells("next", "Quyết định")
	b.click("next")
	b.click("decide-yes")
	if !eval[bool](b, `document.querySelector('[data-test="decide-key"]').disabled`) {
		t.Error("a key can decide without a reason")
	}
	b.click("decide-reason-seen")
	b.bogus(key, true)
	b.click("decide-key")
	b.tells("decide-problem", "Khóa bảo mật")
	b.fits("decide-key")
	if n := s.actsOf(supervisor, "held-approved"); n != 0 {
		t.Errorf("%d releases by a key that signs wrongly", n)
	}
	b.bogus(key, false)
	b.click("decide-key")
	b.tells("held-told", "Đã duyệt")
	s.reaches(id, offline.Custody)
	if n := s.actsOf(supervisor, "held-approved"); n != 1 {
		t.Errorf("the log has %d releases", n)
	}
	b.click("logout")
	b.wait("the log-in", `document.querySelector('[data-test="officer"]') !== null`)
	b.login()
	b.agreesByKey(func(on bool) { b.bogus(key, on) })
}

// agreesByKey has the supervisor agree, in the officer's window, that a chip
// without a valid signature does.
func (b *browser) agreesByKey(bogus func(on bool)) {
	b.t.Helper()
	card := b.site.issue(chip.FaultSODHash)
	b.site.slot.Put(card)
	b.toCard()
	b.write("qr-text", card.QR()+kb.Enter)
	b.step("person")
	b.click("needs")
	if !eval[bool](b, `document.querySelector('[data-test="need-key"]').disabled`) {
		b.t.Error("a key can agree without a reason")
	}
	b.click("need-reason-seen")
	bogus(true)
	b.click("need-key")
	b.tells("need-problem", "Khóa bảo mật")
	bogus(false)
	b.click("need-key")
	b.wait("the dialog's end", `document.querySelector('dialog') === null`)
	now := b.site.station.Snapshot()
	if len(now.Exceptions) != 1 || now.Exceptions[0].State != "approved" || now.Exceptions[0].By != supervisor || now.Officer != "officer-1" {
		b.t.Errorf("%+v of %s", now.Exceptions, now.Officer)
	}
	if n := b.site.actsOf("station", enrol.ActKeyRefused); n != 2 {
		b.t.Errorf("the log has %d refused keys, want 2", n)
	}
}
