//go:build realparts

package e2e

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"github.com/tram-station/tram/biometrics/virtual"
	"github.com/tram-station/tram/reader/chip"
)

// What the tests hold the preview to. The aim is 15 frames a second and more,
// which the figure printed shows; a machine that does much else is slower.
const (
	fluent = 2    // frames a second
	share  = 0.15 // of those that the camera filmed meanwhile
)

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

// fluently counts what the page shows for some seconds beside what was filmed.
func (b *browser) fluently(what, shown string, filmed func() int) {
	b.t.Helper()
	from, had, begun := eval[int](b, shown), filmed(), time.Now()
	time.Sleep(4 * time.Second)
	n, of, took := eval[int](b, shown)-from, filmed()-had, time.Since(begun).Seconds()
	b.t.Logf("%s: %.1f frames a second of %.1f", what, float64(n)/took, float64(of)/took)
	if float64(n) < fluent*took || float64(n) < share*float64(of) {
		b.t.Errorf("%s: %d frames of %d in %.1f s", what, n, of, took)
	}
}

// TestThePreviewIsFluent: while the station reads codes, guides a citizen who
// is too far away, and while the page films.
func TestThePreviewIsFluent(t *testing.T) {
	s := newSite(t)
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	s.counter.lay(t, desk(t, "", 0))
	far := must(virtual.NewCamera(seed).Frame(t.Context()))(t)
	s.sitter.lay(t, far.Image)
	b := newBrowser(t, s)
	eval[bool](b, paints)
	b.login()
	b.toCard()
	b.click("tab-camera")
	b.wait("a live picture", `document.querySelector('.finder canvas').width === 1280`)
	filmed := func(c *counter) func() int { return func() int { _, n := c.running(); return n } }
	b.fluently("the card, by the station's camera", `window.painted`, filmed(&s.counter))
	b.click("tab-scan")
	b.write("qr-text", card.QR()+kb.Enter)
	b.confirm()
	b.click("next")
	b.wait("a live picture", `(document.querySelector('.live canvas')?.width ?? 0) > 400`)
	b.fluently("the portrait, by the station's camera", `window.painted`, filmed(&s.sitter))
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
	all := func() int { return eval[int](b, shown) }
	b.fluently("by the page's camera", shown, all)
	b.fluently("posted to the station", sent, all)
}
