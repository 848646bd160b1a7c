//go:build realparts

package e2e

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"github.com/tram-station/tram/biometrics/virtual"
	"github.com/tram-station/tram/reader/chip"
)

// fluent is what the tests hold the preview to, frames a second. The aim is 15
// and more; beside other work on a small machine it is less.
const fluent = 5

// paints counts the pictures that the page paints on the preview.
const paints = `(() => {
	window.painted = 0;
	const real = CanvasRenderingContext2D.prototype.drawImage;
	CanvasRenderingContext2D.prototype.drawImage = function (...args) {
		if (this.canvas.closest('.live')) window.painted++;
		return real.apply(this, args);
	};
	return true;
})()`

// rate is how often a count of the page grows in a second.
func (b *browser) rate(count string) float64 {
	b.t.Helper()
	from, begun := eval[int](b, count), time.Now()
	time.Sleep(4 * time.Second)
	to := eval[int](b, count)
	return float64(to-from) / time.Since(begun).Seconds()
}

// TestThePreviewIsFluent: while the station reads codes, guides a citizen who
// is too far away, and while the page films.
func TestThePreviewIsFluent(t *testing.T) {
	s := newSite(t)
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	s.counter.lay(t, desk(t, "", 0))
	b := newBrowser(t, s)
	eval[bool](b, paints)
	b.login()
	b.toCard()
	b.click("tab-camera")
	b.wait("a live picture", `document.querySelector('.finder canvas').width === 1280`)
	check := func(what string, rate float64) {
		t.Helper()
		t.Logf("%s: %.1f frames a second", what, rate)
		if rate < fluent {
			t.Errorf("%s: %.1f frames a second, want %d and more", what, rate, fluent)
		}
	}
	check("the card, by the station's camera", b.rate(`window.painted`))
	b.click("tab-scan")
	b.write("qr-text", card.QR()+kb.Enter)
	b.confirm()
	far := must(virtual.NewCamera(seed).Frame(t.Context()))(t)
	s.sitter.lay(t, far.Image)
	b.click("next")
	b.wait("a live picture", `(document.querySelector('.live canvas')?.width ?? 0) > 400`)
	check("the portrait, by the station's camera", b.rate(`window.painted`))
}

func TestThePagesPreviewIsFluent(t *testing.T) {
	s := newSite(t, pageFilms)
	b := newBrowser(t, s, append(filmFlags(t), allowed)...)
	b.login()
	b.toCard()
	b.click("tab-camera")
	b.wait("the camera's own picture", filming)
	const shown = `document.querySelector('.live video').getVideoPlaybackQuality().totalVideoFrames`
	const sent = `performance.getEntriesByType('resource').filter((e) => e.name.includes('/api/camera/frame') && e.responseStatus === 204).length`
	eval[bool](b, `performance.setResourceTimingBufferSize(100000), true`)
	for what, count := range map[string]string{"shown": shown, "posted": sent} {
		rate := b.rate(count)
		t.Logf("%s: %.1f frames a second", what, rate)
		if rate < fluent {
			t.Errorf("%s: %.1f frames a second, want %d and more", what, rate, fluent)
		}
	}
}
