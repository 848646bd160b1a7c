//go:build realparts

package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/virtual"
	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/reader/chip"
)

// scanning is what the preview of a fingerprint reader has to reach.
const scanning = 3 // pictures a second

// toFingers goes from a ready station to the fingers; the notice has to tell the
// citizen which.
func (b *browser) toFingers(which string) {
	b.t.Helper()
	card := b.site.issue(chip.FaultNone)
	b.site.slot.Put(card)
	b.login()
	b.click("next")
	b.step("notice")
	if got := eval[string](b, `document.querySelector('.law').innerText`); !strings.Contains(got, which) {
		b.t.Errorf("the notice does not name %s: %s", which, got)
	}
	b.click("heard")
	b.click("next")
	b.step("card")
	b.write("qr-text", card.QR()+kb.Enter)
	b.step("person")
	b.confirm()
	b.click("next")
	b.taken("accept")
	b.click("next")
	b.step("fingers")
}

// shown waits until a unit's prints are shown, and how a finger of it turned
// out.
func (b *browser) shown(finger, state string) {
	b.t.Helper()
	b.wait("finger "+finger+" "+state, `document.querySelector('[data-test="finger-`+finger+`"]')?.dataset.state === '`+state+`'`)
	b.wait("its picture", `document.querySelector('[data-test="finger-`+finger+`"] canvas') !== null`)
	if out := eval[string](b, `[...document.querySelectorAll('.kept figure, .kept figure *')].filter((e) => e instanceof HTMLElement && e.clientWidth > 0 &&
		e.scrollWidth > e.clientWidth + 1).map((e) => e.tagName + ' ' + e.className).join(', ')`); out != "" {
		b.t.Errorf("beside finger %s something does not fit into its frame: %s", finger, out)
	}
}

func (b *browser) filming() {
	b.t.Helper()
	b.wait("the reader's picture", `(document.querySelector('.platen canvas')?.width ?? 0) > 100`)
}

// lit are the fingers that the drawing shows in a state.
func (b *browser) lit(state string) string {
	b.t.Helper()
	return eval[string](b, `[...document.querySelectorAll('aside .hands .finger.`+state+`')].map((e) => e.dataset.finger).sort((a, b) => a - b).join(' ')`)
}

// TestFingersOneByOne: a weak print is followed by another try, and a cable that
// comes out by the same finger.
func TestFingersOneByOne(t *testing.T) {
	s := newSite(t)
	b := newBrowser(t, s)
	eval[bool](b, paints)
	s.platen.lay(slowly(5*time.Second), pale)
	b.toFingers("ngón trỏ phải, ngón trỏ trái")
	if got := b.lit("wanted"); got != "2" {
		t.Errorf("before anything the drawing shows fingers %q, want 2", got)
	}
	b.fits("idle")
	b.do(chromedp.KeyEvent(kb.Enter))
	b.filming()
	from, begun := eval[int](b, `window.painted`), time.Now()
	time.Sleep(3 * time.Second)
	rate := float64(eval[int](b, `window.painted`)-from) / time.Since(begun).Seconds()
	t.Logf("the reader's preview: %.1f pictures a second", rate)
	if rate <= scanning {
		t.Errorf("the reader's preview has %.1f pictures a second, want more than %d", rate, scanning)
	}
	s.platen.lay(slowly(6*time.Second), nil)
	b.wait("the weak score", `document.querySelector('[data-test="tile-2"] .scores .weak') !== null`)
	if got := eval[string](b, `document.querySelector('.filming .said').innerText`); got == "" {
		t.Error("the page does not say why the print was weak")
	}
	b.fits("weak")
	s.platen.unplug()
	if got := b.shows("banner-no-scanner"); !strings.Contains(got, "máy quét vân tay") {
		t.Errorf("banner %q", got)
	}
	b.wait("the plug", `!document.querySelector('.platen .gone').classList.contains('hidden')`)
	b.fits("unplugged")
	s.platen.lay(slowly(300*time.Millisecond), nil)
	s.platen.gone.Store(false)
	b.shown("2", "done")
	b.fits("kept")
	b.click("language")
	b.shown("2", "done")
	b.fits("kept-en")
	b.click("language")
	v := s.station.Snapshot().Fingers[0]
	if v.Tries != 2 || len(v.Scores) != 2 || v.Scores[0] >= v.Threshold || v.Scores[1] < v.Threshold {
		t.Errorf("finger 2 after a weak and a good print: %d tries, scores %v", v.Tries, v.Scores)
	}
	b.click("retake-2")
	b.wait("the only try", `document.querySelector('[data-test="unit-2"]').innerText.includes('1/3')`)
	b.shown("2", "done")
	b.do(chromedp.KeyEvent(kb.F2))
	b.step("documents")
}

// bySlaps is a rule pack that takes all ten fingers, whose missing ones need a
// picture and a supervisor.
func bySlaps(s *site) {
	s.rules.FingerMode = "slaps"
	s.rules.Fingers = []biometrics.Finger{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	i := slices.IndexFunc(s.rules.FingerReasons, func(r rules.FingerReason) bool { return r.Code == "missing" })
	s.rules.FingerReasons[i].Photo, s.rules.FingerReasons[i].Supervisor = true, true
}

// TestFingersBySlaps: a finger is missing, which a picture and the supervisor
// prove; then the other nine are laid down together.
func TestFingersBySlaps(t *testing.T) {
	s := newSite(t, bySlaps)
	b := newBrowser(t, s)
	s.platen.lay(slowly(2500*time.Millisecond), nil)
	b.toFingers("bốn ngón tay phải, bốn ngón tay trái, hai ngón cái")
	if got := b.lit("wanted"); got != "2 3 4 5" {
		t.Errorf("the drawing shows fingers %q, want the right four", got)
	}
	b.fits("idle")
	b.exceptLittle()
	b.wait("three fingers", `document.querySelector('[data-test="prompt"]').innerText.includes('ngón áp út phải') && !document.querySelector('[data-test="prompt"]').innerText.includes('ngón út phải')`)
	if got := b.lit("wanted"); got != "2 3 4" {
		t.Errorf("after the exception the drawing shows fingers %q", got)
	}
	b.click("next")
	b.filming()
	s.platen.lay(slowly(300*time.Millisecond), nil)
	b.fits("live")
	for _, f := range []string{"2", "3", "4"} {
		b.shown(f, "done")
	}
	b.shown("5", "exception")
	b.fits("kept")
	s.platen.lay(func(p *virtual.Scanner) {
		p.Wrong = virtual.Lay{Fingers: map[biometrics.Finger]biometrics.Finger{8: biometrics.UnknownFinger}}
	}, nil)
	b.click("next")
	b.wait("the count", `document.querySelector('.prompt.fault') !== null`)
	s.platen.lay(func(p *virtual.Scanner) { p.Wrong = virtual.Lay{} }, nil)
	b.fits("count")
	for _, f := range []string{"7", "8", "9", "10"} {
		b.shown(f, "done")
	}
	s.platen.lay(func(p *virtual.Scanner) { p.Touch = 1 }, smudgedOnce())
	b.click("retake-14")
	b.wait("a weak try and a good one", `document.querySelector('[data-test="finger-10"] .scores .weak + .good') !== null`)
	for _, f := range []string{"7", "8", "9", "10"} {
		b.shown(f, "done")
	}
	b.fits("four")
	b.click("next")
	b.step("documents")
	b.click("next")
	b.step("consent")
	b.click("consent-registration")
	b.click("next")
	b.step("sign")
	b.wait("all pictures", `document.querySelectorAll('.gallery canvas').length === 12`)
	if got := eval[string](b, `document.querySelector('.review .facts').innerText`); !strings.Contains(got, "Khuyết ngón") || !strings.Contains(got, supervisor) {
		t.Errorf("of the exception the review says %q", got)
	}
	b.fits("review")
}

// exceptLittle declares the right little finger missing.
func (b *browser) exceptLittle() {
	b.t.Helper()
	b.click("exception")
	b.wait("nothing to go on with", `document.querySelector('[data-test="exception-go"]').disabled`)
	b.do(chromedp.Focus(css("hand-5")), chromedp.KeyEvent(" "))
	b.click("choose-missing")
	b.fits("exception")
	b.site.unplugged.Store(true)
	b.do(chromedp.KeyEvent(kb.Enter))
	b.wait("the camera's cable", `document.querySelector('[data-test="exception-problem"]').innerText.includes('máy ảnh')`)
	b.site.unplugged.Store(false)
	b.wait("a live picture", `(document.querySelector('.photo canvas')?.width ?? 0) > 400`)
	b.fits("exception-photo")
	b.click("photo-take")
	b.click("photo-again")
	b.click("photo-take")
	b.wait("the picture", `document.querySelector('.photo .still canvas') !== null`)
	b.fits("exception-taken")
	b.click("photo-keep")
	b.write("supervisor", supervisor)
	b.write("supervisor-pin", "000000"+kb.Enter)
	b.wait("the wrong PIN", `document.querySelector('[data-test="exception-problem"]').innerText.includes('PIN')`)
	if left := eval[string](b, `document.querySelector('[data-test="supervisor-pin"]').value`); left != "" {
		b.t.Errorf("%d characters of the PIN stay in the field", len(left))
	}
	b.fits("exception-signature")
	b.write("supervisor-pin", supervisorPIN+kb.Enter)
	b.wait("the dialog's end", `document.querySelector('dialog') === null`)
	x := b.site.station.Snapshot().Fingers
	i := slices.IndexFunc(x, func(f enrol.FingerView) bool { return f.Finger == biometrics.RightLittle })
	if e := x[i].Exception; e == nil || !e.Photo || e.Supervisor != supervisor {
		b.t.Errorf("the exception is %+v", e)
	}
}

// TestFingerRepeated: the same finger under two names stops the step until one
// is laid down again.
func TestFingerRepeated(t *testing.T) {
	s := newSite(t)
	b := newBrowser(t, s)
	s.platen.lay(func(p *virtual.Scanner) {
		p.Wrong = virtual.Lay{Fingers: map[biometrics.Finger]biometrics.Finger{7: 2}}
	}, nil)
	b.toFingers("ngón trỏ phải, ngón trỏ trái")
	b.click("next")
	b.shown("2", "done")
	s.platen.lay(func(p *virtual.Scanner) { p.Touch = 1 }, nil)
	b.click("next")
	b.shown("7", "clash")
	if got := b.shows("banner-refusal"); !strings.Contains(got, "ngón trỏ trái") && !strings.Contains(got, "Ngón trỏ trái") {
		t.Errorf("banner %q", got)
	}
	b.fits("repeated")
	b.do(chromedp.KeyEvent(kb.F2))
	if step := s.station.Snapshot().Step; step != enrol.StepFingers {
		t.Fatalf("two names for one finger, and the station goes on to %s", step)
	}
	s.platen.lay(func(p *virtual.Scanner) { p.Wrong = virtual.Lay{} }, nil)
	b.click("issue-retake-7")
	b.step("documents")
}

// TestFingersRolled: both thumbs, then each of them rolled; one stays weak for
// all its tries, and is laid down again.
func TestFingersRolled(t *testing.T) {
	s := newSite(t, func(s *site) {
		s.rules.FingerMode, s.rules.Fingers = "slaps-rolled", []biometrics.Finger{1, 6}
	})
	b := newBrowser(t, s)
	b.toFingers("hai ngón cái")
	b.click("next")
	b.shown("1", "done")
	b.shown("6", "done")
	s.platen.lay(slowly(300*time.Millisecond), pale)
	b.click("next")
	b.shown("1", "weak")
	b.wait("three scores", `document.querySelectorAll('[data-test="finger-1"] .scores .weak').length === 3`)
	if got := b.shows("banner-refusal"); !strings.Contains(got, "lăn") {
		t.Errorf("banner %q", got)
	}
	b.wait("the arrow over the next thumb", `document.querySelector('aside .hands .mark.wanted .rolling path') !== null`)
	b.fits("weak")
	s.platen.lay(slowly(4*time.Second), nil)
	b.click("issue-retake-r1")
	b.filming()
	b.fits("live")
	b.shown("1", "done")
	s.platen.lay(slowly(300*time.Millisecond), nil)
	b.click("next")
	b.step("documents")
}
