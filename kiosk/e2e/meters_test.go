//go:build realparts

package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/reader/chip"
)

// seals are the outcomes that the assurance meter shows, by item.
func (b *browser) seals() map[string]string {
	b.t.Helper()
	return eval[map[string]string](b, `Object.fromEntries([...document.querySelectorAll('.assurance .seal')].map((e) => [e.dataset.test.slice(5), e.dataset.outcome]))`)
}

func (b *browser) worth(want string) {
	b.t.Helper()
	b.wait("the worth "+want, `document.querySelector('[data-test="assurance"]')?.dataset.worth === '`+want+`'`)
}

// railFits: the meters stand below the steps, all of them to be seen.
func (b *browser) railFits() {
	b.t.Helper()
	if !eval[bool](b, `(() => { const rail = document.querySelector('.rail'), meter = document.querySelector('.assurance').getBoundingClientRect();
		const steps = document.querySelector('.steps');
		return steps.scrollHeight <= steps.clientHeight + 1 && meter.height > 40 && meter.bottom <= rail.getBoundingClientRect().bottom; })()`) {
		b.t.Error("the steps and the meter do not fit beside the page")
	}
}

// TestMeters: from the card to the receipt the page says how sure the
// application is, what it lacks, and where the time went.
func TestMeters(t *testing.T) {
	s := newSite(t)
	card := s.issue(chip.FaultNone)
	b := newBrowser(t, s)
	b.login()
	if eval[bool](b, `!document.querySelector('[data-test="assurance"]').classList.contains('hidden')`) {
		t.Error("there is a meter of no application")
	}
	b.toCard()
	b.worth("not-enough")
	if got := b.seals(); got["chip"] != "missing" || got["fingers"] != "missing" || len(got) < 6 {
		t.Errorf("before the card: %v", got)
	}
	b.railFits()
	b.do(chromedp.Focus(css("assurance")), chromedp.KeyEvent(kb.Enter))
	if got := b.shows("item-chip"); !strings.Contains(got, "Chưa có") || !strings.Contains(got, "Đặt thẻ lên đầu đọc") {
		t.Errorf("the list says of the chip %q", got)
	}
	s.slot.Put(card)
	b.fits("assurance")
	b.click("assurance-close")
	b.write("qr-text", card.QR()+kb.Enter)
	b.step("person")
	b.wait("the chip", chipDone)
	b.wait("the chip's seal", `document.querySelector('[data-test="seal-chip"]')?.dataset.outcome === 'passed'`)
	b.click("assurance")
	if got := b.shows("wait-card"); !strings.Contains(got, "giây") {
		t.Errorf("the wait for the card is %q", got)
	}
	b.fits("assurance-read")
	b.click("assurance-close")
	b.confirm()
	s.central.slow.Store(int64(2 * time.Second))
	b.toReceipt(func(name string) {
		if name == "review" {
			b.settled(s)
		}
	})
	b.uploads()
	s.central.slow.Store(0)
	b.custody(s)
	if got := b.shows("waits"); !strings.Contains(got, "giây") || strings.Contains(got, "0,0 giây") {
		t.Errorf("behind the receipt the wait is %q", got)
	}
	b.fits("receipt")
}

// settled looks at the meter before the signature.
func (b *browser) settled(s *site) {
	b.t.Helper()
	got := b.seals()
	for _, item := range s.station.Snapshot().Assurance.Items {
		if got[item.Name] != item.Outcome {
			b.t.Errorf("%s is %s, the meter shows %s", item.Name, item.Outcome, got[item.Name])
		}
	}
	if got["chip"] != "passed" || got["face"] != "passed" || got["fingers"] != "passed" || got["consent"] != "passed" {
		b.t.Errorf("before the signature: %v", got)
	}
	b.worth(s.station.Snapshot().Assurance.Worth)
}

// uploads waits until the bar shows that a part of the application is there.
func (b *browser) uploads() {
	b.t.Helper()
	b.wait("a part of the upload", `(() => { const now = Number(document.querySelector('[data-test="progress-upload"]')?.getAttribute('aria-valuenow') ?? 0); return now > 0 && now < 100; })()`)
	if got := b.shows("progress-upload"); !strings.Contains(got, "kB") {
		b.t.Errorf("the bar says %q", got)
	}
	b.picture("upload")
}

// TestRefusedSaysSoInWords: what the central's program says is a technician's,
// and folded away; the officer reads what to do, in the page's language.
func TestRefusedSaysSoInWords(t *testing.T) {
	s := newSite(t)
	s.central.final.Store(true)
	id := s.queued("officer-1", "N.V.T.")
	s.reaches(id, offline.Refused)
	b := newBrowser(t, s)
	b.login()
	b.do(chromedp.KeyEvent(kb.F3))
	b.step("lookup")
	b.lookUp("001090990001")
	b.click("found-" + id.String())
	b.level("custody", "bad")
	for language, words := range map[string][]string{"vi": {"Trung tâm không nhận", "Báo hỗ trợ kỹ thuật"}, "en": {"Refused by the central system", "Call support"}} {
		if eval[string](b, `document.documentElement.lang`) != language {
			b.click("language")
			b.lookUp("001090990001")
		}
		got := b.shows("state-custody")
		for _, w := range words {
			if !strings.Contains(got, w) {
				t.Errorf("in %s the stage says %q, want %q", language, got, w)
			}
		}
		if strings.Contains(got, "gateway") {
			t.Errorf("in %s the stage shows %q", language, got)
		}
		b.fits("refused-" + language)
	}
	b.do(chromedp.Click(chromedp.CSS(`[data-test="state-custody"] summary`)))
	b.tells("state-custody", "virtual device <b>")
}

// TestFingersProgress: the bar counts the fingers that are settled.
func TestFingersProgress(t *testing.T) {
	b := newBrowser(t, newSite(t))
	b.toFingers("ngón trỏ phải, ngón trỏ trái")
	if got := b.shows("progress-fingers"); !strings.Contains(got, "Xong 0/2 ngón") {
		t.Errorf("before anything the bar says %q", got)
	}
	b.click("next")
	b.shown("2", "done")
	if got := b.shows("progress-fingers"); !strings.Contains(got, "Xong 1/2 ngón") || eval[string](b, `document.querySelector('[data-test="progress-fingers"]').getAttribute('aria-valuenow')`) != "50" {
		t.Errorf("after one of two the bar says %q", got)
	}
}
