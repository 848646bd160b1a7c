//go:build realparts

package e2e

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/tram-station/tram/reader/chip"
)

// press types keys into whatever has the focus.
func (b *browser) press(keys string) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(keys))
}

// tabTo goes to a control with the Tab key, as somebody without a mouse does.
func (b *browser) tabTo(name string) {
	b.t.Helper()
	at := func() bool { return eval[bool](b, `document.activeElement?.dataset.test === "`+name+`"`) }
	b.wait(name, `document.querySelector('[data-test="`+name+`"]') !== null`)
	for range 80 {
		if at() {
			return
		}
		b.press(kb.Tab)
	}
	b.fail(fmt.Errorf("the Tab key does not reach %s", name))
}

// next presses F2 once the next action is offered.
func (b *browser) next() {
	b.t.Helper()
	b.wait("the next action", `(() => { const e = document.querySelector('[data-next]'); return !!e && !e.disabled; })()`)
	b.press(kb.F2)
}

// TestKeyboardOnly: from the log-in to the next citizen without a mouse.
func TestKeyboardOnly(t *testing.T) {
	s := newSite(t)
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	b := newBrowser(t, s)
	b.wait("the log-in", `document.querySelector('[data-test="officer"]') !== null`)
	b.tabTo("officer")
	b.press("officer-1")
	b.tabTo("pin")
	b.press(pin + kb.Enter)
	b.step("idle")
	b.next()
	b.step("notice")
	b.tabTo("heard")
	b.press(" ")
	b.next()
	b.step("card")
	b.press(card.QR() + kb.Enter) // the field for the scanner has the focus
	b.step("person")
	b.tabTo("phone")
	b.press("0912345678")
	b.wait("the chip", chipDone)
	b.next()
	b.step("portrait")
	b.next()
	b.taken("accept")
	b.next()
	b.step("fingers")
	b.next()
	b.shown("2", "done")
	b.next()
	b.step("documents")
	b.tabTo("add-document")
	b.press(kb.Enter)
	b.tabTo("document-type")
	b.press(kb.ArrowDown)
	b.do(chromedp.SetValue(css("document-type"), "driving-licence"))
	b.tabTo("document-number")
	b.press("010123456789")
	b.tabTo("document-seen")
	b.press(" ")
	b.next()
	b.step("consent")
	b.tabTo("consent-registration")
	b.press(" ")
	b.tabTo("consent-document-0")
	b.press(" ")
	b.next()
	b.step("sign")
	b.tabTo("sure")
	b.press(" ")
	b.next()
	b.step("done")
	b.custody(s)
	b.next()
	b.step("idle")
}

// countsHands counts what the officer's hands do: clicks of the mouse, and keys,
// without those of the scanner.
const countsHands = `(() => { window.hands = {clicks: 0, keys: 0};
	addEventListener('click', (e) => { if (e.isTrusted && e.detail > 0) hands.clicks++; }, true);
	addEventListener('keydown', (e) => { if (e.isTrusted && e.target.dataset?.test !== 'qr-text') hands.keys++; }, true);
	return true; })()`

type hands struct{ Clicks, Keys int }

// TestClicksOfAPlainEnrolment counts what one enrolment with one document asks
// of the officer's hands, from the ready station to the next citizen.
func TestClicksOfAPlainEnrolment(t *testing.T) {
	s := newSite(t)
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	b := newBrowser(t, s)
	b.login()
	eval[bool](b, countsHands)
	b.toCard()
	b.write("qr-text", card.QR()+kb.Enter)
	b.confirm()
	b.toReceipt(blind)
	b.click("next")
	b.step("idle")
	did := eval[hands](b, `window.hands`)
	const choice = 2 // of the document's kind, which the test sets without the list
	t.Logf("a plain enrolment with one document: %d clicks, %d keys", did.Clicks+choice, did.Keys)
	if did.Clicks < 10 || did.Keys < 10 {
		t.Errorf("only %+v were counted: the count is broken", did)
	}
	if did.Clicks+choice > 25 {
		t.Errorf("%d clicks, at most 25 are allowed", did.Clicks+choice)
	}
}

// TestTwiceTheSize: with the page at 200 % nothing is cut off sideways, and the
// next action stays where it is.
func TestTwiceTheSize(t *testing.T) {
	s := newSite(t)
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	b := newBrowser(t, s)
	b.large("login")
	b.login()
	b.large("idle")
	b.toCard()
	b.large("card")
	b.write("qr-text", card.QR()+kb.Enter)
	b.step("person")
	b.wait("the chip", chipDone)
	b.large("person")
	b.confirm()
	b.toReceipt(b.large)
	b.large("receipt")
}

// large looks at the page as a window of 1366 × 768 shows it at 200 %.
func (b *browser) large(name string) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(683, 384), chromedp.Sleep(150*time.Millisecond))
	const wide = `(() => { const s = document.querySelector('.sheet'); return document.documentElement.scrollWidth > innerWidth || (s !== null && s.scrollWidth > s.clientWidth + 1); })()`
	if eval[bool](b, wide) {
		b.t.Errorf("%s is cut off sideways at 200 %%", name)
	}
	const seen = `(() => { const e = document.querySelector('[data-next]:not(.hidden)'); if (!e) return true; e.scrollIntoView({block: 'nearest'}); const r = e.getBoundingClientRect();
		return r.top >= 0 && r.left >= 0 && r.bottom <= innerHeight + 1 && r.right <= innerWidth + 1; })()`
	if !eval[bool](b, seen) {
		b.t.Errorf("%s: the next action is out of sight at 200 %%", name)
	}
	b.picture(name + "-200")
	b.do(chromedp.EmulateViewport(1366, 768))
}

// loaded is what one load of the page took: milliseconds until it could be used,
// files, their bytes, and those that came from elsewhere.
type loaded struct {
	Ms, Files, Bytes float64
	Elsewhere        []string
}

// TestPagesComeFromHereAlone: both pages load from the station and from nowhere
// else, and say how long that takes.
func TestPagesComeFromHereAlone(t *testing.T) {
	b := newBrowser(t, newSite(t))
	for path, there := range map[string]string{"/": `document.querySelector('[data-test="pin"]') !== null`, "/citizen": `document.querySelector('button') !== null`} {
		best := loaded{Ms: math.Inf(1)}
		for range 5 {
			b.do(chromedp.Navigate("http://" + b.site.host + path))
			b.wait("the page", there)
			got := eval[loaded](b, `(() => { const all = performance.getEntriesByType('resource'); return {
				Ms: Math.max(performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd, ...all.map((r) => r.responseEnd)),
				Files: all.length, Bytes: all.reduce((sum, r) => sum + r.decodedBodySize, 0),
				Elsewhere: all.map((r) => r.name).filter((name) => !name.startsWith(location.origin + '/'))}; })()`)
			if len(got.Elsewhere) > 0 {
				t.Errorf("%s asks elsewhere: %v", path, got.Elsewhere)
			}
			if got.Files < 5 || got.Bytes > 2<<20 {
				t.Errorf("%s has %v files of %v bytes", path, got.Files, got.Bytes)
			}
			if got.Ms < best.Ms {
				best = got
			}
		}
		t.Logf("%s can be used after %.0f ms: %.0f files, %.0f kB", path, best.Ms, best.Files, best.Bytes/1024)
	}
}
