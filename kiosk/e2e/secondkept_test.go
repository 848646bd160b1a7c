//go:build realparts

package e2e

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/reader/chip"
)

// typedPhone is what stands in the citizen's field.
const typedPhone = `(document.querySelector('[data-test="phone"]')?.value ?? '')`

// TestSecondScreenKeepsWhatIsTyped while the station is silent, out of sight. A
// page that is loaded anew comes back by itself and has nothing of it. A number
// is taken the way it is written abroad, and one press too many does nothing.
func TestSecondScreenKeepsWhatIsTyped(t *testing.T) {
	s := newSite(t)
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	b := newBrowser(t, s)
	b.login()
	c := b.second()
	b.toCard()
	b.write("qr-text", card.QR()+kb.Enter)
	c.screen("phone")
	c.keys("09123")
	s.stopServer()
	c.screen("away")
	if c.holds("09123") {
		t.Error("what was typed is in the page while the station is silent")
	}
	c.stands("away")
	s.startServer(s.host)
	b.wait("the log-in", `document.querySelector('[data-test="pin"]') !== null`)
	b.signIn("officer-1", pin)
	b.step("person")
	c.screen("phone")
	c.wait("what was typed", typedPhone+` === '0912 3'`)

	token := c.token("tram-citizen")
	c.do(chromedp.Reload())
	c.screen("phone")
	if got := eval[string](c, typedPhone); got != "" || c.token("tram-citizen") != token || s.station.Snapshot().Citizen != nil {
		t.Errorf("loaded anew, the page has %q, and the station %+v", got, s.station.Snapshot().Citizen)
	}
	c.press("+84912345678")
	c.wait("the number as it is called at home", typedPhone+` === '0912 345 678'`)
	c.do(chromedp.Click(css("next")), chromedp.DoubleClick(css("next"))) // the second press of a double one
	c.title("Thư điện tử")
	enter := func(repeat bool) {
		eval[bool](c, fmt.Sprintf(`document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', repeat: %v, bubbles: true, cancelable: true })) || true`, repeat))
	}
	enter(true)
	time.Sleep(300 * time.Millisecond)
	c.title("Thư điện tử")
	enter(false) // the control
	c.title("xem lại")
	c.click("next")
	c.screen("person")
	if got := s.station.Snapshot().Citizen; got == nil || got.Phone != citizenPhone {
		t.Errorf("the citizen said %+v", got)
	}
}

// TestSecondScreenOfAChild asks for the guardian's card until that is read, and
// shows nothing of the guardian.
func TestSecondScreenOfAChild(t *testing.T) {
	s := newSite(t)
	b := newBrowser(t, s)
	b.login()
	father := s.issueTo(person(40, "Nguyễn Văn Cha", "Nam"), chip.FaultNone)
	child := s.issueTo(person(11, "Nguyễn Thị Bé", "Nữ"), chip.FaultNone)
	s.slot.Put(father)
	c := b.second()
	v := b.begin("kind-child", child, does{"guardian": func() {
		c.screen("guardian")
		c.stands("guardian")
		c.title("giám hộ đưa thẻ")
		c.click("language")
		c.title("guardian's ID card")
		c.stands("guardian-english")
		c.click("language")
		b.write("qr-text", father.QR()+kb.Enter)
		c.screen("wait")
		b.wait("the guardian's chip", chipDone)
		if c.holds("Nguyễn Văn Cha") {
			t.Error("the guardian's name is on the citizen's screen")
		}
		b.click("relation-father")
		b.paper("guardian", "birth-certificate", "12/2015")
		s.slot.Put(child)
		b.click("next")
	}})
	v.through("card")
	c.screen("card")
	v.through("person")
	c.wait("the next screen", `document.querySelector('.second').dataset.screen !== 'card'`)
	b.click("cancel")
	b.click("cancel-drop")
	b.step("idle")
	c.screen("blank")
	if c.holds("Nguyễn Thị Bé") || c.holds("Nguyễn Văn Cha") {
		t.Error("a name is left on the blank screen")
	}
}

// TestSecondScreenSaysHowToLayAFinger: why the last try was weak, and that the
// hand may go when none is wanted. Nothing moves for who wants no motion.
func TestSecondScreenSaysHowToLayAFinger(t *testing.T) {
	s := newSite(t, func(s *site) {
		i := slices.IndexFunc(s.rules.FingerReasons, func(r rules.FingerReason) bool { return r.Code == "missing" })
		s.rules.FingerReasons[i].Photo = true // so that the step waits for it
	})
	b := newBrowser(t, s)
	s.platen.lay(slowly(8*time.Second), pale)
	b.toFingers("ngón trỏ phải, ngón trỏ trái")
	c := b.second()
	c.screen("fingers")
	const cause = `document.querySelector('[data-test="finger-cause"]').innerText`
	if got := eval[string](c, cause); got != "" {
		t.Errorf("before the first try it says %q", got)
	}
	b.click("next")
	c.wait("why it was weak", cause+`.includes('Mời')`)
	c.stands("weak")
	const moving = `document.getAnimations().some((a) => a.playState === 'running')`
	c.wait("the lit finger", moving)
	c.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}}})
		return err
	}))
	c.wait("a still finger for who wants no motion", `!`+moving)
	s.platen.lay(slowly(300*time.Millisecond), nil)
	b.shown("2", "done")
	c.wait("no more of it", cause+` === ''`)
	missing := `{"id":"missing","name":"finger-exception","args":{"finger":7,"reason":"missing"}}`
	if code := b.ask("X-Tram-Token", b.token("tram-token"), "POST", "/api/do", missing); code != 200 {
		t.Fatalf("the exception is answered %d", code)
	}
	c.title("nhấc tay")
	c.stands("lifted")
}

// TestSecondScreenGoesToTheNextOfficer: blank while nobody is there, and without
// another code with whoever comes to the desk.
func TestSecondScreenGoesToTheNextOfficer(t *testing.T) {
	s := newSite(t)
	b := newBrowser(t, s)
	b.login()
	c := b.second()
	b.click("next")
	c.screen("notice")
	token := c.token("tram-citizen")
	b.click("logout")
	c.screen("blank")
	c.clean("while nobody is at the desk")
	b.wait("the log-in", `document.querySelector('[data-test="pin"]') !== null`)
	b.signIn(supervisor, supervisorPIN)
	c.screen("notice")
	if c.token("tram-citizen") != token {
		t.Error("the citizen's window has another token")
	}
	c.click("next")
	c.screen("card")
	if now := s.station.Snapshot(); now.Step != enrol.StepCard || now.Officer != supervisor {
		t.Errorf("the station is at %s under %s", now.Step, now.Officer)
	}
}

// TestSecondScreenWantsASignature: a dot, lines beside the field and an empty
// picture are none, on the page and at the station; the answers stay.
func TestSecondScreenWantsASignature(t *testing.T) {
	s := newSite(t)
	b := newBrowser(t, s)
	b.login()
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	c := b.second()
	b.begin("kind-citizen", card, nil).through("consent")
	agree := func() {
		t.Helper()
		c.screen("consent")
		c.title("Câu hỏi 1 trên 1")
		if eval[int](c, `document.querySelectorAll(':checked').length`) != 0 {
			t.Error("an answer was there beforehand")
		}
		c.click("answer-yes")
		c.click("next")
		c.title("ký tên")
	}
	agree()
	const off = `document.querySelector('[data-test="next"]').disabled`
	short := func(is bool) string {
		return fmt.Sprintf(`%s && document.querySelector('[data-test="ink-short"]').innerText.includes('ngắn') === %v`, off, is)
	}
	c.strokes([4]float64{0.5, 0.5, 0.52, 0.5})
	c.wait("the word about a dot", short(true))
	c.stands("sign-short")
	c.click("ink-again")
	c.wait("an empty field", short(false))
	beside := [4]float64{0.02, 0.5, -0.025, 0.5}
	c.strokes(beside, beside, beside, beside, beside, beside)
	c.wait("the word about lines beside the field", short(true))
	for drawn, want := range map[string]string{``: "422 blank-signature", `pen.fillStyle = '#fff'; pen.fillRect(0, 0, 1200, 500)`: "422 blank-signature"} {
		if got := c.sendsInk(drawn); got != want {
			t.Errorf("the picture of %q is answered %q, want %q", drawn, got, want)
		}
	}
	if n := len(s.station.Snapshot().Pages); n != 0 {
		t.Errorf("%d empty signatures were kept", n)
	}
	c.click("ink-again")
	c.signs()
	for name, made := range map[string]string{
		"an empty picture": `const c = document.createElement('canvas'); c.width = this.width; c.height = this.height; real.call(c, done, 'image/png')`,
		"no picture":       `done(null)`,
	} {
		eval[bool](c, `(() => { const real = window.real ??= HTMLCanvasElement.prototype.toBlob; window.made = false;
			HTMLCanvasElement.prototype.toBlob = function (done) { window.made = true; `+made+`; }; return true; })()`)
		c.click("next")
		c.wait("the word about "+name, `window.made && document.querySelector('[data-test="next"]').disabled === false && document.querySelector('[data-test="citizen-problem"]').innerText.includes('Chưa thấy chữ ký')`)
		if got := s.station.Snapshot().Consent; got != nil {
			t.Errorf("with %s the consent is %+v", name, got)
		}
	}
	c.stands("sign-empty")
	c.click("language")
	c.title("sign here")
	c.wait("the signature in the other language", `!`+off)
	c.do(chromedp.Reload()) // the browser's own pictures are back, and what was answered is asked anew
	agree()
	c.signs()
	c.click("next")
	b.step("sign")
	if got := s.station.Snapshot().Consent; got == nil || got.Signed != enrol.SignedScreen || s.inked(got.Signature) < 1000 {
		t.Errorf("the consent is %+v", got)
	}
}

// sendsInk sends a picture that a script draws as a signature, with the window's
// own token, and returns the answer.
func (b *browser) sendsInk(drawn string) string {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	answer, err := chromedp.Run(ctx, chromedp.Evaluate[string](fmt.Sprintf(`(async () => { const c = document.createElement('canvas'); [c.width, c.height] = [1200, 500];
		const pen = c.getContext('2d'); %s; const png = await new Promise((done) => { c.toBlob(done, 'image/png'); });
		const a = await fetch('/api/citizen/upload?enrolment=%s', {method: 'POST', headers: {'X-Tram-Citizen': sessionStorage.getItem('tram-citizen'), 'Content-Type': 'image/png'}, body: png});
		return a.status + ' ' + ((await a.json()).error?.code ?? 'kept'); })()`, drawn, b.site.station.Snapshot().ID), chromedp.EvalAwaitPromise))
	if err != nil {
		b.fail(err)
	}
	return answer
}
