//go:build realparts

package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/reader/chip"
)

// TestHeldForASupervisor: the page after sealing and the look-up say that the
// application waits for a supervisor, and why; nothing of that is on the paper.
// After the release it goes its way.
func TestHeldForASupervisor(t *testing.T) {
	identity := must(envelope.GenerateIdentity())(t)
	s := newSite(t, func(s *site) {
		s.rules.Station.Review, s.reviewer = []string{"face-review"}, identity.Recipient()
	})
	s.matcher.score.Store(42)
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	b := newBrowser(t, s)
	b.login()
	b.toPortrait(card)
	b.click("next")
	b.taken("review")
	b.do(chromedp.Focus(css("same")), chromedp.KeyEvent(kb.Enter))
	b.step("fingers")
	b.toReview()
	b.click("sure")
	b.click("next")
	b.step("done")
	b.wait("held", `document.querySelector('.receipt')?.dataset.state === 'held'`)
	b.level("sealed", "active")
	if got := b.shows("state-sealed"); !strings.Contains(got, "Chờ cấp trên duyệt") {
		t.Errorf("the stage says %q", got)
	}
	if got := b.shows("review"); !strings.Contains(got, "So khớp khuôn mặt chưa chắc chắn") {
		t.Errorf("the reason is %q", got)
	}
	if paper := eval[string](b, `document.querySelector('.paperlike').innerText`); strings.Contains(paper, "khuôn mặt") || strings.Contains(paper, "cấp trên") {
		t.Errorf("the paper says %q", paper)
	}
	b.fits("held")
	id := uuid.MustParse(b.shows("receipt-id"))
	b.do(chromedp.KeyEvent(kb.F3))
	b.step("lookup")
	b.lookUp("001090990001")
	if got := b.shows("found-" + id.String()); !strings.Contains(got, "Chờ cấp trên duyệt") {
		t.Errorf("the look-up says %q", got)
	}
	b.fits("lookup-held")
	b.click("lookup-back")
	b.step("done")
	if err := s.outbox.Release(t.Context(), id, identity, true, supervisor, "checked"); err != nil {
		t.Fatal(err)
	}
	b.custody(s)
	if eval[bool](b, `document.querySelector('[data-test="review"]') !== null`) {
		t.Error("it still waits")
	}
}
