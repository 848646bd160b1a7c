//go:build realparts

package e2e

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestWarningsPage: the table is there to learn from. Each row and each cue can
// be listened to, no two are the same as sound waves, and the switch is kept.
func TestWarningsPage(t *testing.T) {
	b := newBrowser(t, newSite(t))
	b.login()
	eval[bool](b, listening)
	b.click("menu")
	b.click("room-warnings")
	b.step("warnings")
	b.fits("warnings")
	names := eval[[]string](b, `[...document.querySelectorAll('.warnings-table li')].map((e) => e.dataset.test.slice(4))`)
	if len(names) < 20 {
		t.Fatalf("only %d rows: %v", len(names), names)
	}
	heard := map[string]string{}
	for _, name := range names {
		b.click("hear-" + name)
		now := strings.Join(eval[[]string](b, `window.heard.splice(0)`), ", ")
		if now == "" || heard[now] != "" {
			t.Errorf("%s sounds %q, as does %q", name, now, heard[now])
		}
		heard[now] = name
	}
	b.rendered(names)
	b.click("sound")
	b.wait("silence", `document.querySelector('[data-test="hear-failed"]').disabled`)
	b.do(chromedp.Reload())
	b.step("idle")
	eval[bool](b, listening)
	b.click("menu")
	b.click("room-warnings")
	b.step("warnings")
	b.wait("silence still", `document.querySelector('[data-test="hear-failed"]').disabled`)
	if got := eval[[]string](b, `window.heard`); len(got) > 0 {
		t.Errorf("a silent page played %v", got)
	}
	b.fits("warnings-silent")
	b.click("sound")
	b.click("hear-failed")
	if got := eval[[]string](b, `window.heard`); len(got) == 0 {
		t.Error("sounds stay off")
	}
	b.click("language")
	b.fits("warnings-en")
	b.click("next")
	b.step("idle")
}

// rendered plays the tunes into memory and compares the waves themselves, by
// how strong which frequency is in each tenth of a second.
func (b *browser) rendered(names []string) {
	b.t.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](`(async () => {
		const { play } = await import('/parts/sound.js');
		window.waves = {};
		for (const { dataset } of document.querySelectorAll('.warnings-table li')) {
			const name = dataset.test.slice(4);
			const out = new OfflineAudioContext(1, 8000, 8000);
			play(name, out);
			window.waves[name] = [...(await out.startRendering()).getChannelData(0)];
		}
	})()`))
	b.wait("the waves", fmt.Sprintf(`Object.keys(window.waves ?? {}).length === %d`, len(names)))
	waves := map[string][]float64{}
	for _, name := range names {
		wave := eval[[]float64](b, fmt.Sprintf(`window.waves[%q]`, name))
		waves[name] = spectrogram(wave)
		if loudest := slices.Max(wave); loudest < 0.02 || loudest > 0.5 {
			b.t.Errorf("%s is %.3f loud", name, loudest)
		}
	}
	for i, a := range names {
		for _, other := range names[:i] {
			if like := alike(waves[a], waves[other]); like > 0.95 {
				b.t.Errorf("%s and %s sound alike: %.2f", a, other, like)
			}
		}
	}
}

// spectrogram is how strong each note of a scale is in each tenth of a second,
// of a second at 8 kHz.
func spectrogram(wave []float64) (out []float64) {
	const rate, window = 8000, 800
	for at := 0; at+window <= len(wave); at += window {
		for pitch := 140.0; pitch < 1500; pitch *= math.Pow(2, 1.0/12) {
			var re, im float64
			for i, v := range wave[at : at+window] {
				sin, cos := math.Sincos(2 * math.Pi * pitch * float64(i) / rate)
				re, im = re+v*cos, im+v*sin
			}
			out = append(out, math.Hypot(re, im))
		}
	}
	return out
}

// alike is the cosine of the angle between two vectors.
func alike(a, b []float64) float64 {
	var ab, aa, bb float64
	for i := range a {
		ab, aa, bb = ab+a[i]*b[i], aa+a[i]*a[i], bb+b[i]*b[i]
	}
	return ab / math.Sqrt(aa*bb)
}
