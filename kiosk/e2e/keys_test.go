//go:build realparts

package e2e

import (
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// TestSecurityKey: a key is registered with the PIN, unlocks the session and
// signs in, in Chromium with an authenticator of its own; one that signs wrongly
// opens nothing.
func TestSecurityKey(t *testing.T) {
	s := newSite(t)
	b := newBrowser(t, s)
	if eval[bool](b, `document.querySelector('[data-test="login-key"]') !== null`) {
		t.Error("a page that no key answers asks for one")
	}
	key := b.virtualKey()
	b.login()
	b.room("settings")
	b.addsKey("khóa xanh", pin)
	b.wait("the key in the list", `document.querySelectorAll('[data-test="own-keys"] li').length === 1`)
	b.click("next") // done with the settings
	b.step("idle")
	b.click("next")
	b.step("notice")
	b.click("lock")
	b.wait("the locked page", `document.querySelector('[data-test="officer"]')?.disabled === true`)
	if text := eval[string](b, `document.body.innerText`); len(text) == 0 || eval[bool](b, `document.querySelector('.frame') !== null`) {
		t.Error("the enrolment is still on the screen")
	}
	b.fits("locked")
	b.write("pin", "000000"+kb.Enter)
	b.wait("the wrong PIN", `document.querySelector('[data-test="login-problem"]').innerText.includes('PIN')`)
	b.click("login-key")
	b.step("notice") // nothing was lost
	b.click("logout")
	b.wait("the log-in", `document.querySelector('[data-test="officer"]')?.disabled === false`)
	b.bogus(key, true)
	b.click("login-key")
	b.wait("the refused key", `document.querySelector('[data-test="login-problem"]').innerText.includes('Khóa bảo mật')`)
	b.bogus(key, false)
	b.click("login-key") // the control
	b.step("notice")
}

// TestTakeOver: another officer's window looks on, takes the enrolment over in
// the same step, and the first one can only look.
func TestTakeOver(t *testing.T) {
	s := newSite(t)
	first := newBrowser(t, s)
	first.login()
	first.click("next")
	first.step("notice")
	second := newBrowser(t, s)
	second.signIn("supervisor-1", supervisorPIN)
	second.step("notice")
	second.click("heard")
	second.click("next")
	second.wait("the hand-over", `document.querySelector('[data-test="login-other"]') !== null`)
	second.fits("take-over")
	second.signIn("supervisor-1", supervisorPIN)
	second.wait("the enrolment again", `document.querySelector('.frame')?.dataset.step === "notice"`)
	if now := s.station.Snapshot(); now.Officer != "supervisor-1" || len(now.Officers) != 2 {
		t.Errorf("the enrolment is %s's, after %v", now.Officer, now.Officers)
	}
	first.click("cancel")
	first.click("cancel-drop")
	first.wait("the hand-over", `document.querySelector('[data-test="login-other"]') !== null`)
	if s.station.Snapshot().Step != "notice" {
		t.Error("who handed over cancelled it")
	}
}
