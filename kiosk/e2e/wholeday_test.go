//go:build realparts

package e2e

import (
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/memory"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/tram-station/tram/reader/chip"
)

// standing is a listener whose connections stand still while the flag is set, as
// those of a program that hangs.
type standing struct {
	net.Listener
	still *atomic.Bool
}

func (l standing) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return standingConn{conn, l.still}, err
}

type standingConn struct {
	net.Conn
	still *atomic.Bool
}

func (c standingConn) Write(b []byte) (int, error) {
	for c.still.Load() {
		time.Sleep(20 * time.Millisecond)
	}
	return c.Conn.Write(b)
}

// held counts what the page holds, after what nobody needs is gone.
func (b *browser) held() memory.GetDOMCountersResult {
	b.t.Helper()
	for range 3 {
		if _, err := chromedp.Call(b.ctx, heapprofiler.CollectGarbage, cdp.Empty{}); err != nil {
			b.t.Fatal(err)
		}
	}
	return must(chromedp.Call(b.ctx, memory.GetDOMCounters, cdp.Empty{}))(b.t)
}

// TestPageDoesNotGrow: it stays open all day. What one citizen's round left
// behind, with its pictures, dialogs, pages and languages, would be there once
// more after each.
func TestPageDoesNotGrow(t *testing.T) {
	s := newSite(t)
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	b := newBrowser(t, s)
	b.login()
	round := func() {
		b.toCard()
		b.click("tab-camera")
		b.click("tab-scan")
		b.write("qr-text", card.QR()+kb.Enter)
		b.step("person")
		b.wait("the chip", chipDone)
		b.click("assurance")
		b.click("assurance-close")
		b.confirm()
		b.click("next")
		b.wait("a live picture", `(document.querySelector('.live canvas')?.width ?? 0) > 400`)
		b.click("cancel")
		b.click("cancel-drop")
		b.step("idle")
		for _, name := range []string{"settings", "warnings"} {
			b.room(name)
			b.press(kb.F4) // the queue, and back from it
			b.step("queue")
			b.press(kb.F4)
			b.step("idle")
		}
		b.click("language")
		b.click("language")
		b.step("idle")
	}
	const warm, rounds = 2, 6
	for range warm {
		round()
	}
	before := b.held()
	for range rounds {
		round()
	}
	after := b.held()
	t.Logf("before %+v, after %d rounds %+v", before, rounds, after)
	if grown := after.Nodes - before.Nodes; grown > 60*rounds {
		t.Errorf("the page grew by %d nodes in %d rounds", grown, rounds)
	}
	if grown := after.JsEventListeners - before.JsEventListeners; grown > 10*rounds {
		t.Errorf("the page grew by %d listeners in %d rounds", grown, rounds)
	}
	if before.Nodes < 100 || before.JsEventListeners < 10 {
		t.Errorf("only %+v were counted: the count is broken", before)
	}
}

// TestNoSoundBeforeATouch: a page that nobody has touched stays silent, and does
// not make up for it later.
func TestNoSoundBeforeATouch(t *testing.T) {
	s := newSite(t)
	b := newBrowser(t, s)
	b.login()
	b.do(chromedp.Reload())
	b.step("idle")
	if eval[bool](b, `navigator.userActivation.hasBeenActive`) {
		t.Fatal("the page counts as touched: nothing can be said")
	}
	eval[bool](b, listening)
	s.central.down.Store(true)
	if quiet := b.row("network"); len(quiet.Heard) > 0 {
		t.Errorf("an untouched page played %v", quiet.Heard)
	}
	s.central.down.Store(false)
	b.wait("no banner", `document.querySelector('[role="alert"] > .banner') === null`)
	b.click("menu")
	b.click("menu-close")
	if late := eval[[]string](b, `window.heard.splice(0)`); len(late) > 0 {
		t.Errorf("the touch played %v", late)
	}
	s.central.down.Store(true)
	b.shows("banner-network")
	b.wait("its sound", `window.heard.length > 0`) // the control
}

// TestStationThatHangsIsSaid: the connection stands and nothing comes. The
// officer is told, and the page goes on by itself where it was.
func TestStationThatHangsIsSaid(t *testing.T) {
	s := newSite(t)
	b := newBrowser(t, s)
	b.login()
	b.click("next")
	b.step("notice")
	s.still.Store(true)
	t.Cleanup(func() { s.still.Store(false) })
	if got := b.shows("banner-daemon"); !strings.Contains(got, "không trả lời") || !strings.Contains(got, "hồ sơ vẫn được giữ") {
		t.Errorf("banner %q", got)
	}
	s.still.Store(false)
	b.wait("no banner", `document.querySelector('[role="alert"] > .banner') === null`)
	b.click("heard")
	b.click("next")
	b.step("card")
}

// TestEndOfTheShift: a page that its officer locked lets another one take the
// enrolment over in the same step; who only looked at that form comes back to the
// lock.
func TestEndOfTheShift(t *testing.T) {
	s := newSite(t)
	b := newBrowser(t, s)
	b.login()
	b.click("next")
	b.step("notice")
	b.click("lock")
	b.wait("the locked page", `document.querySelector('[data-test="officer"]')?.disabled === true`)
	b.click("login-other")
	b.wait("the hand-over", `document.querySelector('[data-test="officer"]')?.disabled === false && document.querySelector('h1').innerText === 'Tiếp quản'`)
	b.fits("end-of-shift")
	b.click("login-other") // back
	b.wait("the locked page again", `document.querySelector('[data-test="officer"]')?.disabled === true`)
	b.click("login-other")
	b.wait("the hand-over again", `document.querySelector('[data-test="officer"]')?.disabled === false`)
	b.signIn(supervisor, supervisorPIN)
	b.step("notice")
	if now := s.station.Snapshot(); now.Officer != supervisor || now.Step != "notice" {
		t.Errorf("the enrolment is %s's, in step %s", now.Officer, now.Step)
	}
	b.click("heard")
	b.click("next")
	b.step("card") // and goes on
}

// TestLookingOnAsksForNothing: a second window that only looks on shows the same
// step, also while the camera looks for a card, and is not asked to take over.
func TestLookingOnAsksForNothing(t *testing.T) {
	s := newSite(t)
	first := newBrowser(t, s)
	first.login()
	first.toCard()
	first.click("tab-camera")
	first.wait("the camera", `document.querySelector('.finder')?.dataset.state === 'looking'`)
	second := newBrowser(t, s)
	second.signIn(supervisor, supervisorPIN)
	second.step("card")
	second.wait("the same picture", `document.querySelector('.finder')?.dataset.state === 'looking'`)
	time.Sleep(500 * time.Millisecond) // its own wish for the camera is refused meanwhile
	second.step("card")
	first.click("tab-scan") // the control: the first one leads
	second.wait("what the first one did", `document.querySelector('.finder')?.dataset.state === 'off'`)
	if now := s.station.Snapshot(); now.Officer != "officer-1" {
		t.Errorf("the enrolment is %s's", now.Officer)
	}
}
