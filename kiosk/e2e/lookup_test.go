//go:build realparts

package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/reader/chip"
)

// say has the central bring a dossier to a state.
func (s *site) say(id string, e gateway.Event) {
	s.t.Helper()
	status := must(s.outbox.Status(uuid.MustParse(id)))(s.t)
	e.Station, e.Dossier, e.Manifest, e.By = stationID, status.ID, status.Manifest, "reviewer-1"
	must(s.central.states.Append(s.t.Context(), e))(s.t)
}

// level waits for a stage of the application's way.
func (b *browser) level(stage, level string) {
	b.t.Helper()
	b.wait(stage+" is "+level, `document.querySelector('[data-test="state-`+stage+`"]')?.dataset.level === '`+level+`'`)
}

// lookUp asks for a citizen by a number and waits for the answer.
func (b *browser) lookUp(number string) {
	b.t.Helper()
	b.write("qr-text", number+kb.Enter)
	b.wait("the answer", `document.querySelector('[data-test="lookup-results"]').children.length > 0 && !document.querySelector('[data-test="lookup-results"]').innerText.includes('…')`)
}

// TestLookupAndCorrection: the central asks for another portrait; the page
// follows, the officer finds the application by the citizen's number, another
// citizen's card is refused, and the correction goes out as a dossier of its own.
func TestLookupAndCorrection(t *testing.T) {
	s := newSite(t)
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	b := newBrowser(t, s)
	b.login()
	b.toCard()
	b.write("qr-text", card.QR()+kb.Enter)
	b.confirm()
	b.toReceipt(blind)
	b.custody(s)
	id := b.shows("receipt-id")
	s.say(id, gateway.Event{State: "validated"})
	b.level("validated", "done")
	s.say(id, gateway.Event{State: "fix-needed", Section: "portrait", Reason: "blurred", Words: "Ảnh chân dung bị nhòe", Deadline: time.Now().Add(72 * time.Hour)})
	b.level("result", "bad")
	// The state comes by the events, what is asked for with the queue.
	b.wait("what is asked for", `(({ innerText: said }) => said.includes('ảnh chân dung') && said.includes('bị nhòe'))(document.querySelector('[data-test="state-result"]'))`)
	b.fits("fix-needed")
	b.findAndRefuse(s, id)
	s.slot.Put(card)
	b.write("qr-text", card.QR()+kb.Enter)
	b.step("portrait")
	b.click("next")
	b.taken("accept")
	b.click("next")
	b.step("sign")
	b.wait("the pictures", `document.querySelectorAll('.gallery canvas').length === 2`)
	b.click("sure")
	b.fits("correction-review")
	b.click("next")
	b.step("done")
	b.custody(s)
	correction := must(s.outbox.Status(uuid.MustParse(b.shows("receipt-id"))))(t)
	if correction.Corrects.String() != id || correction.Kind != "correction" {
		t.Errorf("the correction is %s of %s", correction.Kind, correction.Corrects)
	}
	b.do(chromedp.KeyEvent(kb.F3))
	b.step("lookup")
	b.lookUp("001090990001")
	b.click("found-" + id)
	b.wait("the word on the correction", `document.querySelector('[data-test="corrected"]') !== null && document.querySelector('[data-test="correct"]') === null`)
	b.fits("corrected")
	eval[bool](b, `(window.print = () => { window.prints = (window.prints ?? 0) + 1; }, true)`)
	b.click("reprint")
	b.wait("the print", `window.prints === 1`)
	b.click("lookup-back")
	b.step("done")
}

// findAndRefuse looks the dossier up, begins its correction, and lays down the
// card of somebody else.
func (b *browser) findAndRefuse(s *site, id string) {
	b.t.Helper()
	b.click("lookup")
	b.step("lookup")
	b.fits("lookup-empty")
	b.lookUp("001190990002") // the control: somebody whom the station never saw
	if b.shows("lookup-none") == "" || eval[bool](b, `document.querySelector('[data-test="correct"]') !== null`) {
		b.t.Error("found a citizen that was never here")
	}
	b.lookUp("001090990001")
	if got := b.shows("lookup-id"); got != id {
		b.t.Errorf("found %s, want %s", got, id)
	}
	text := eval[string](b, `document.querySelector('.lookup').innerText`)
	if strings.Contains(text, "001090") || strings.Contains(text, "Thử") || !strings.Contains(text, "N.V.T.") {
		b.t.Errorf("the look-up shows %q", text)
	}
	b.fits("lookup")
	b.click("language")
	b.wait("English", `document.documentElement.lang === 'en' && document.body.innerText.includes('Where is the application?')`)
	b.fits("lookup-en")
	b.click("language")
	b.lookUp("001090990001")
	b.click("correct")
	b.step("card")
	if got := b.shows("banner-notice"); !strings.Contains(got, "Bổ sung hồ sơ: ảnh chân dung") || !strings.Contains(got, "bị nhòe") {
		b.t.Errorf("the banner says %q", got)
	}
	other := chip.Sample()
	other.Number, other.OldNumber, other.Name, other.Sex = "001190990002", "", "Trần Thị Mẫu", "Nữ"
	stranger := s.issueTo(other, chip.FaultNone)
	s.slot.Put(stranger)
	b.write("qr-text", stranger.QR()+kb.Enter)
	if got := b.shows("banner-other-card"); !strings.Contains(got, "công dân khác") {
		b.t.Errorf("the banner says %q", got)
	}
	b.step("card")
	b.fits("other-citizen")
	if n := len(must(s.outbox.List())(b.t)); n < 1 || s.station.Snapshot().Step != "card" {
		b.t.Errorf("%d dossiers, step %s", n, s.station.Snapshot().Step)
	}
}
