//go:build realparts

package e2e

import (
	"slices"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/reader/chip"
)

// untranslated lists what a page in English says in Vietnamese without saying that
// it is Vietnamese, and the names of words that are missing. Text of a card or a
// form is marked as what it is, so that it is read out well, too.
const untranslated = `(() => {
	const vietnamese = /[ăâđêôơưĂÂĐÊÔƠƯ\u1ea0-\u1ef9]/, missing = /^[a-z]+(-[a-z]+)*\.[a-z0-9]+(-[a-z0-9]+)*$/;
	const said = (e) => [...[...e.childNodes].filter((n) => n.nodeType === Node.TEXT_NODE).map((n) => n.data),
		...['aria-label', 'title', 'placeholder', 'alt'].map((name) => e.getAttribute(name) ?? '')].map((text) => text.replaceAll('Trạm', '').trim());
	return [...document.querySelectorAll('body, body *')].filter((e) => e.closest('[lang]').lang === 'en' && e.checkVisibility())
		.flatMap((e) => said(e).filter((text) => missing.test(text) || vietnamese.test(text)).map((text) => e.tagName + '.' + e.className + ': ' + text));
})()`

// english looks at the page as somebody does who reads English.
func (b *browser) english(name string) {
	b.t.Helper()
	b.fits(name)
	if !eval[bool](b, `document.title === [document.querySelector('.frame h1')?.innerText, 'Trạm'].filter(Boolean).join(' – ')`) {
		b.t.Errorf("%s: the window's title is %q", name, eval[string](b, `document.title`))
	}
	if eval[bool](b, `[...document.querySelectorAll('dialog[open]')].some((d) => d.scrollWidth > d.clientWidth + 1)`) {
		b.t.Errorf("%s: the dialog is cut off sideways", name)
	}
	for _, text := range eval[[]string](b, untranslated) {
		b.t.Errorf("%s is not in English: %s", name, text)
	}
}

// inEnglish turns the page's language, from the log-in.
func (b *browser) inEnglish() {
	b.t.Helper()
	b.click("language")
	b.wait("English", `document.documentElement.lang === 'en' && document.querySelector('[data-test="pin"]') !== null`)
}

// offered lists the pages that the menu offers.
func (b *browser) offered() []string {
	b.t.Helper()
	b.click("menu")
	b.wait("the menu", `document.querySelector('dialog.rooms, dialog .rooms') !== null`)
	return eval[[]string](b, `[...document.querySelectorAll('[data-test^="room-"]')].map((e) => e.dataset.test.slice(5))`)
}

// TestEveryRoomInEnglish: whoever signs in is offered the pages of their role and
// no other; each of them fits at both sizes, has no barriers, is in English where
// English is wanted, and can be used at 200 %.
func TestEveryRoomInEnglish(t *testing.T) {
	identity := must(envelope.GenerateIdentity())(t)
	s := newSite(t, func(s *site) { s.reviewer = identity.Recipient() })
	secret := s.administrator("admin-1")
	id := s.queued("officer-1", "N.V.T.")
	s.reaches(id, offline.Custody)
	s.heldDossier("officer-1", "face-review")
	if err := s.outbox.Act("station", enrol.ActFlagged, id, "••••••••0001", "chip-failed exception-pending"); err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, s)
	b.inEnglish()
	b.english("login")
	for _, who := range []struct {
		name, pin, home string
		rooms           []string
	}{
		{"officer-1", pin, "idle", []string{"lookup", "queue", "warnings", "devices", "settings"}},
		{supervisor, supervisorPIN, "idle", []string{"lookup", "queue", "desk", "audit", "warnings", "devices", "settings"}},
		{"admin-1", secret, "people", []string{"queue", "audit", "warnings", "devices", "people", "settings"}},
	} {
		b.signIn(who.name, who.pin)
		b.step(who.home)
		offered := b.offered()
		slices.Sort(offered)
		if want := slices.Sorted(slices.Values(who.rooms)); !slices.Equal(offered, want) {
			t.Errorf("%s is offered %v, want %v", who.name, offered, want)
		}
		b.english(who.name + "-menu")
		b.press(kb.Escape)
		for _, room := range who.rooms {
			b.room(room)
			b.english(who.name + "-" + room)
			b.large(who.name + "-" + room)
			if room == "desk" {
				b.deskInEnglish()
			}
		}
		if shown := eval[bool](b, `['second', 'lookup'].some((name) => document.querySelector('[data-test="'+name+'"]').checkVisibility())`); shown != (who.home == "idle") {
			t.Errorf("%s is offered the look-up or the citizen's screen: %v", who.name, shown)
		}
		b.click("logout")
		b.wait("the log-in", `document.querySelector('[data-test="pin"]') !== null`)
	}
}

// deskInEnglish looks at the parts of the supervisor's desk.
func (b *browser) deskInEnglish() {
	b.t.Helper()
	for _, part := range []string{"now", "held", "day"} {
		b.click("desk-" + part)
		b.english("desk-" + part)
		b.large("desk-" + part)
	}
}

// TestEveryStepInEnglish: one enrolment with a document from the first page to
// the receipt, and what lies over the pages.
func TestEveryStepInEnglish(t *testing.T) {
	s := newSite(t)
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	b := newBrowser(t, s)
	b.inEnglish()
	b.login()
	b.english("idle")
	b.click("second")
	b.shows("second-text")
	b.english("second")
	b.click("second-code")
	b.shows("second-digits")
	b.english("second-code")
	b.press(kb.Escape)
	b.click("next")
	b.step("notice")
	b.english("notice")
	b.click("heard")
	b.click("next")
	b.step("card")
	b.english("card")
	for _, way := range []string{"hand", "picture"} {
		b.click("tab-" + way)
		b.english("card-" + way)
	}
	b.click("tab-scan")
	b.write("qr-text", card.QR()+kb.Enter)
	b.step("person")
	b.wait("the chip", chipDone)
	b.english("person")
	b.click("correct-residence")
	b.english("correct")
	b.press(kb.Escape)
	b.click("cancel")
	b.english("cancel")
	b.press(kb.Escape)
	b.confirm()
	b.toReceipt(b.english)
	b.custody(s)
	b.english("receipt")
}
