//go:build realparts

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/uuid"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/virtual"
	"github.com/tram-station/tram/kiosk/enrol"
)

// gloves are hands that can be told apart in a picture.
var gloves = map[string]color.Color{"red": color.RGBA{R: 200, A: 255}, "green": color.RGBA{G: 160, A: 255}, "blue": color.RGBA{B: 210, A: 255}}

// hold puts a hand before the camera.
func (s *site) hold(glove string) {
	s.t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 1280, 720))
	draw.Draw(img, img.Rect, image.NewUniform(gloves[glove]), image.Point{}, draw.Src)
	s.sitter.lay(s.t, img)
}

// command carries one out behind the page, as another window would.
func (s *site) command(name string, args any) {
	s.t.Helper()
	raw := must(json.Marshal(args))(s.t)
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	if _, err := s.station.Do(ctx, enrol.Command{ID: uuid.NewString(), Name: name, Args: raw, Officer: "officer-1"}); err != nil {
		s.t.Fatalf("%s: %v", name, err)
	}
}

// exception is what stands instead of a finger; nil: nothing.
func (s *site) exception(f biometrics.Finger) *enrol.ExceptionView {
	for _, v := range s.station.Snapshot().Fingers {
		if v.Finger == f {
			return v.Exception
		}
	}
	return nil
}

// rephotograph has the station take a finger's picture again, behind the page.
func (s *site) rephotograph(f biometrics.Finger, glove string) {
	s.t.Helper()
	before := s.exception(f).Picture
	s.hold(glove)
	s.command(enrol.CmdFingerPhoto, enrol.FingerArgs{Finger: int(f)})
	for end := time.Now().Add(patience); s.exception(f).Picture == before; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatal("no other picture of the hand")
		}
	}
}

// glove waits until an element shows that hand.
func (b *browser) glove(where, name string) {
	b.t.Helper()
	b.wait("the "+name+" hand in "+where, fmt.Sprintf(`(() => {
		const c = document.querySelector('%s canvas');
		if (!c?.width) return false;
		const [red, green, blue] = c.getContext('2d').getImageData(c.width / 2, c.height / 2, 1, 1).data;
		return Math.max(red, green, blue) === %s && %[2]s > 100;
	})()`, where, name))
}

// photograph takes the picture of the hand that is before the camera.
func (b *browser) photograph(glove string) {
	b.t.Helper()
	b.site.hold(glove)
	b.glove(".photo", glove)
	b.click("photo-take")
	b.wait("the picture", `document.querySelector('.photo .still canvas') !== null`)
	b.glove(".photo .still", glove)
	b.click("photo-keep")
}

// complains waits for words in the exception's dialog.
func (b *browser) complains(words string) {
	b.t.Helper()
	b.wait("the words "+words, `document.querySelector('[data-test="exception-problem"]').innerText.includes('`+words+`')`)
}

// unsigned checks that nothing can be signed now.
func (b *browser) unsigned(when string) {
	b.t.Helper()
	if eval[bool](b, `!document.querySelector('[data-test="supervisor-go"]').disabled`) {
		b.t.Errorf("%s the supervisor can sign", when)
	}
}

// withheld keeps requests from leaving until released, and lists the marks of
// what was approved.
const withheld = `(() => {
	const real = window.fetch;
	const waiting = [];
	window.approved = [];
	window.withhold = '';
	window.release = () => { window.withhold = ''; waiting.splice(0).forEach((go) => go()); return true; };
	window.fetch = (path, options) => {
		const body = String(options?.body ?? '');
		if (body.includes('finger-approve')) window.approved.push(JSON.parse(body).args.picture);
		const mine = window.withhold !== '' && (path + body).includes(window.withhold);
		return mine ? new Promise((go) => waiting.push(() => go(real(path, options)))) : real(path, options);
	};
	return true;
})()`

// TestSupervisorSignsThePicture: the hand's picture is above the name and the
// PIN; nobody signs one that is not shown, or that was replaced meanwhile.
func TestSupervisorSignsThePicture(t *testing.T) {
	s := newSite(t, bySlaps)
	b := newBrowser(t, s)
	eval[bool](b, withheld)
	b.toFingers("bốn ngón tay phải, bốn ngón tay trái, hai ngón cái")
	b.click("exception")
	b.do(chromedp.Focus(css("hand-5")), chromedp.KeyEvent(" "))
	b.click("choose-missing")
	b.click("exception-go")
	b.photograph("red")
	const proof, row = `[data-test="proof-5"]`, `[data-test="finger-5"]`
	b.glove(proof, "red")
	b.click("exception-back")
	b.click("show-13")
	b.glove(row, "red")

	eval[string](b, `window.withhold = '/api/image/exception-5'`)
	s.rephotograph(biometrics.RightLittle, "green")
	b.click("finish")
	b.write("supervisor", supervisor)
	b.write("supervisor-pin", supervisorPIN+kb.Enter)
	b.unsigned("before the picture is there")
	eval[bool](b, `window.release()`)
	b.glove(proof, "green")
	b.glove(row, "green")
	b.wait("the signature's button", `!document.querySelector('[data-test="supervisor-go"]').disabled`)
	b.fits("proof")

	s.rephotograph(biometrics.RightLittle, "blue")
	b.complains("vừa được thay")
	b.unsigned("after the picture was replaced")
	b.glove(proof, "blue")

	eval[string](b, `window.withhold = 'finger-approve'`)
	b.write("supervisor-pin", supervisorPIN+kb.Enter)
	b.wait("the request", `window.approved.length === 1`)
	signed := s.exception(biometrics.RightLittle).Picture
	s.rephotograph(biometrics.RightLittle, "red")
	eval[bool](b, `window.release()`)
	b.glove(proof, "red")
	b.wait("the end of the request", `document.querySelector('[data-test="exception-problem"]').innerText !== ''`)
	if got := eval[string](b, `window.approved[0]`); got != signed || s.exception(biometrics.RightLittle).Supervisor != "" {
		t.Errorf("the picture %q was shown, %q was sent; the exception is %+v", signed, got, s.exception(biometrics.RightLittle))
	}

	b.click("photo-again-5")
	b.photograph("green")
	b.glove(proof, "green")
	b.glove(row, "green")
	s.ahead.Store(int64(3 * time.Hour))
	b.write("supervisor", supervisor)
	b.write("supervisor-pin", supervisorPIN+kb.Enter)
	b.wait("the dialog's end", `document.querySelector('dialog') === null`)
	e := s.exception(biometrics.RightLittle)
	if got := eval[string](b, `window.approved.at(-1)`); e.Supervisor != supervisor || got == "" || got != e.Picture {
		t.Errorf("approved is %q, the exception is %+v", got, e)
	}
	if e.Approved.Sub(e.At) < 2*time.Hour {
		t.Fatalf("declared %s, approved %s: the clock did not move", e.At, e.Approved)
	}
	at := must(json.Marshal(e.Approved))(t)
	written := eval[string](b, `new Date(`+string(at)+`).toLocaleTimeString('vi-VN', { hour: '2-digit', minute: '2-digit' })`)
	b.wait("when it was signed", `document.querySelector('`+row+`').innerText.includes('`+supervisor+` đã ký, `+written+`')`)
	b.fits("signed")
}

// TestTheRolledPrintOfAnotherFinger: it is not called repeated; and to roll an
// excepted finger is asked before its exception is deleted.
func TestTheRolledPrintOfAnotherFinger(t *testing.T) {
	s := newSite(t, func(s *site) {
		s.rules.FingerMode, s.rules.Fingers = "slaps-rolled", []biometrics.Finger{1, 6}
	})
	b := newBrowser(t, s)
	b.toFingers("hai ngón cái")
	b.click("next")
	b.shown("1", "done")
	s.platen.lay(func(p *virtual.Scanner) {
		p.Wrong = virtual.Lay{Fingers: map[biometrics.Finger]biometrics.Finger{1: 6}}
	}, nil)
	b.click("next")
	b.shown("1", "swapped")
	if got := eval[string](b, `document.querySelector('.kept').innerText + document.querySelector('[data-test="unit-r1"]').innerText`); !strings.Contains(got, "Có thể nhầm ngón") || strings.Contains(got, "lặp") {
		t.Errorf("of another finger's print the page says %q", got)
	}
	b.fits("swapped")
	s.platen.lay(func(p *virtual.Scanner) { p.Wrong = virtual.Lay{} }, nil)
	b.click("retake-r1")
	b.shown("1", "done")

	reason := s.rules.FingerReasons[0].Code
	s.command(enrol.CmdFingerException, enrol.FingerArgs{Finger: 6, Reason: reason})
	b.wait("the exception", `document.querySelector('[data-test="unit-r6"]').dataset.state === 'exception'`)
	b.click("retake-r6")
	b.fits("drop")
	b.click("drop-keep")
	b.wait("the dialog's end", `document.querySelector('dialog') === null`)
	if e := s.exception(biometrics.LeftThumb); e == nil || e.Code != reason {
		t.Fatalf("the exception that was to be kept is %+v", e)
	}
	s.platen.lay(slowly(time.Minute), nil)
	b.click("retake-r6")
	b.click("drop-go")
	b.wait("the finger on the reader", `document.querySelector('[data-test="unit-r6"]').dataset.state === 'active'`)
	if e := s.exception(biometrics.LeftThumb); e != nil {
		t.Errorf("after the finger was taken, the exception is %+v", e)
	}
}

// TestTooFewMinutiae: a print whose score is good is still not what the rules
// want.
func TestTooFewMinutiae(t *testing.T) {
	s := newSite(t, func(s *site) { s.rules.FingerMinutiae = 500 })
	b := newBrowser(t, s)
	b.toFingers("ngón trỏ phải, ngón trỏ trái")
	b.click("next")
	b.shown("2", "weak")
	v := s.station.Snapshot().Fingers[0]
	if v.Quality == nil || v.Quality.Score < v.Threshold {
		t.Fatalf("finger %+v: the score alone is not good", v)
	}
	if got, want := eval[string](b, `document.querySelector('.kept').innerText`), fmt.Sprintf("Quá ít điểm đặc trưng: %d", v.Quality.Minutiae); !strings.Contains(got, want) {
		t.Errorf("of too few minutiae the page says %q, want %q", got, want)
	}
}
