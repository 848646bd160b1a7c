//go:build realparts

package e2e

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/uuid"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/offline"
)

// stop is what the Tab key has come to: its name, and what is wrong with it.
type stop struct{ Name, Fault string }

// stopped looks at the control that has the focus. It has a ring, here or around
// its label, and the bar that stays in place does not lie over it.
const stopped = `(() => { const e = document.activeElement, r = e.getBoundingClientRect(), bar = document.querySelector('.bar'), at = bar.getBoundingClientRect();
	const ringed = (x) => x !== null && getComputedStyle(x).outlineStyle !== 'none' && parseFloat(getComputedStyle(x).outlineWidth) >= 2;
	const under = !bar.contains(e) && e.closest('dialog') === null && r.top >= at.top - 1;
	return {Name: e === document.body ? '' : [e.tagName, e.dataset.test ?? e.getAttribute('aria-label') ?? e.textContent.slice(0, 30)].join(' '),
		Fault: e === document.body ? '' : !(ringed(e) || ringed(e.closest('label'))) ? 'has no ring' : r.bottom < 1 || r.top > innerHeight - 1 ? 'is out of sight' : under ? 'lies under the bar' : ''}; })()`

// tour goes round a page with the Tab key, and back to where it began.
func (b *browser) tour(name string) {
	b.t.Helper()
	b.do(chromedp.Focus(css("menu")))
	var seen []string
	for range 150 {
		b.press(kb.Tab)
		at := eval[stop](b, stopped)
		if at.Fault != "" {
			b.t.Errorf("%s: %s %s", name, at.Name, at.Fault)
		}
		seen = append(seen, at.Name)
		if at.Name == "BUTTON menu" {
			break
		}
	}
	if !slices.Contains(seen, "BUTTON menu") || len(seen) < 6 {
		b.t.Errorf("%s: the Tab key goes round in %d: %q", name, len(seen), seen)
	}
}

// TestFocusIsSeen: in each room of a supervisor, at the usual size and at 200 %,
// whatever the Tab key comes to is ringed, on the screen and under nothing.
func TestFocusIsSeen(t *testing.T) {
	s := newSite(t)
	for range 9 {
		id := s.queued("officer-1", "N.V.T.")
		s.reaches(id, offline.Custody)
		if err := s.outbox.Act("station", enrol.ActFlagged, id, "••••••••0001", "sample"); err != nil {
			t.Fatal(err)
		}
	}
	b := newBrowser(t, s)
	b.signIn(supervisor, supervisorPIN)
	b.step("idle")
	for _, room := range []string{"lookup", "queue", "desk", "audit", "warnings", "settings"} {
		b.room(room)
		if room == "desk" {
			b.click("desk-day")
			b.shows("desk-end")
		}
		b.tour(room)
		b.do(chromedp.EmulateViewport(683, 384), chromedp.Sleep(150*time.Millisecond))
		b.tour(room + "-200")
		b.do(chromedp.EmulateViewport(1366, 768))
	}
}

// TestDialogsAndTheKeyboard: Escape closes a dialog and the focus is where it was;
// inside, the Tab key stays inside.
func TestDialogsAndTheKeyboard(t *testing.T) {
	b := newBrowser(t, newSite(t))
	b.login()
	for _, opener := range []string{"menu", "second", "assurance", "cancel"} {
		if opener == "assurance" { // which an enrolment has
			b.next()
			b.step("notice")
		}
		b.tabTo(opener)
		b.press(kb.Enter)
		b.wait("the dialog of "+opener, `document.querySelector('dialog[open]') !== null && document.querySelector('dialog').contains(document.activeElement)`)
		for range 12 {
			b.press(kb.Tab)
			if eval[bool](b, `document.activeElement !== document.body && !document.querySelector('dialog').contains(document.activeElement)`) {
				t.Errorf("%s: the focus left the dialog", opener)
			}
		}
		b.press(kb.Escape)
		b.wait("the end of the dialog of "+opener, `document.querySelector('dialog') === null`)
		if got := eval[string](b, `document.activeElement?.dataset.test ?? ''`); got != opener {
			t.Errorf("after the dialog of %s the focus is at %q", opener, got)
		}
	}
}

// TestKeysAreTheBrowsersOwn: a key that is held down acts once, and one that is
// pressed with another is left to the browser.
func TestKeysAreTheBrowsersOwn(t *testing.T) {
	b := newBrowser(t, newSite(t))
	b.login()
	b.wait("the next action", `!document.querySelector('[data-next]').disabled`)
	for _, c := range []struct {
		key  string
		ours bool
	}{
		{`key: 'F2', repeat: true`, true}, {`key: 'F3', repeat: true`, true}, {`key: 'F4', altKey: true`, false}, {`key: 'F4', ctrlKey: true`, false},
		{`key: 'F3', shiftKey: true`, false}, {`key: 'F2', metaKey: true`, false}, {`key: 'F5'`, false}, {`key: 'F4'`, true},
	} {
		if ours := eval[bool](b, fmt.Sprintf(`!document.body.dispatchEvent(new KeyboardEvent('keydown', {%s, bubbles: true, cancelable: true}))`, c.key)); ours != c.ours {
			t.Errorf("{%s} is the page's own: %v", c.key, ours)
		}
		if at := b.now(); (at == "queue") != (c.key == `key: 'F4'`) || at != "queue" && at != "idle" {
			t.Errorf("after {%s} the page shows %s", c.key, at)
		}
	}
}

// TestRoomStaysWhenAnEnrolmentBegins: the page beside the enrolment keeps what was
// chosen when one begins in another window, and what it prints is what it shows.
func TestRoomStaysWhenAnEnrolmentBegins(t *testing.T) {
	s := newSite(t)
	first, second := s.queued("officer-1", "N.V.T."), s.queued("officer-1", "L.T.M.")
	s.reaches(first, offline.Custody)
	s.reaches(second, offline.Custody)
	b := newBrowser(t, s)
	b.login()
	b.printing()
	b.click("queue")
	b.step("queue")
	b.click("queue-list-all")
	b.click("queue-row-" + first.String())
	if _, err := s.station.Do(t.Context(), enrol.Command{ID: uuid.NewString(), Name: enrol.CmdBegin, Officer: "officer-1", Args: []byte(`{"kind":"citizen"}`)}); err != nil {
		t.Fatal(err)
	}
	b.wait("the enrolment", `!document.querySelector('[data-test="lookup"]').checkVisibility()`)
	if got := b.shows("queue-id"); got != first.String() {
		t.Errorf("an enrolment began, and the page shows %s in place of %s", got, first)
	}
	if b.press(kb.F3); b.now() != "queue" { // the look-up is closed during an enrolment
		t.Errorf("F3 leads to %s", b.now())
	}
	b.click("queue-row-" + second.String())
	b.tells("queue-id", second.String())
	b.click("reprint")
	b.wait("the print", `window.prints === 1`)
	if got := eval[string](b, `document.querySelector('.paper-id').textContent`); got != second.String() {
		t.Errorf("the page shows %s and prints %s", second, got)
	}
}
