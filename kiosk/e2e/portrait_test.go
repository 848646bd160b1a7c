//go:build realparts

package e2e

import (
	"image"
	"image/color"
	"strings"
	"testing"

	"golang.org/x/image/draw"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/virtual"
	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/reader/chip"
)

// taken waits until both pictures and the comparison's band are shown; "none"
// is one that was not done.
func (b *browser) taken(band string) {
	b.t.Helper()
	tone := map[string]string{"accept": "good", "review": "unsure", "alarm": "bad", "none": "none"}[band]
	b.wait("both pictures", `document.querySelectorAll('.compare figure .still:not(.hidden) canvas').length === 2`)
	b.wait("the band "+band, `document.querySelector('[data-test="match"] .note')?.dataset.tone === '`+tone+`' &&
		document.querySelector('.portrait').dataset.state === 'taken' && !document.querySelector('[data-test="match"]').innerText.includes('Đang')`)
	if sizes := eval[[]float64](b, `[...document.querySelectorAll('.compare figure .still:not(.hidden)')].flatMap((e) => [e.clientWidth, e.clientHeight])`); len(sizes) != 4 ||
		sizes[0] != sizes[2] || sizes[1] != sizes[3] || sizes[0] < 200 {
		b.t.Errorf("the two pictures are %v pixels", sizes)
	}
}

func (b *browser) state(name string) {
	b.t.Helper()
	b.wait("the state "+name, `document.querySelector('.portrait')?.dataset.state === '`+name+`'`)
}

// says waits until the guidance is this one.
func (b *browser) guides(words string) {
	b.t.Helper()
	b.wait("the guidance "+words, `(document.querySelector('[data-test="guidance"]')?.innerText ?? '').includes(`+quoted(words)+`)`)
	if eval[bool](b, `(() => { const s = document.querySelector('[data-test="guidance"]'); return s.scrollWidth > s.clientWidth + 1; })()`) {
		b.t.Errorf("the sentence %q is cut off", words)
	}
}

// seat draws a citizen of that height, pixels, at a place before a wall; 0 is an
// empty chair.
func seat(height int, at image.Point) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, 1280, 720))
	draw.Draw(img, img.Rect, image.NewUniform(color.RGBA{205, 212, 217, 255}), image.Point{}, draw.Src)
	if height > 0 {
		p := virtual.Portrait(seed, height*3/4, height)
		draw.Draw(img, p.Rect.Add(at), p, image.Point{}, draw.Src)
	}
	return img
}

// lit makes everything that much lighter.
func lit(img *image.RGBA, by float64) *image.RGBA {
	for i := range img.Pix {
		if i%4 != 3 {
			img.Pix[i] = uint8(min(float64(img.Pix[i])*by, 255))
		}
	}
	return img
}

// TestPortraitGuidance walks through the messages to the green ring.
func TestPortraitGuidance(t *testing.T) {
	s := newSite(t)
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	b := newBrowser(t, s)
	s.sitter.lay(t, seat(0, image.Point{}))
	b.login()
	b.toPortrait(card)
	b.state("idle")
	b.fits("idle")
	b.click("next")
	b.guides("Chưa thấy khuôn mặt")
	b.fits("no-face")
	far := seat(300, image.Pt(530, 200))
	for _, c := range []struct {
		name, words string
		img         image.Image
	}{
		{"nearer", "lại gần hơn", far},
		{"centre", "vào giữa", seat(560, image.Pt(40, 80))},
		{"several", "nhiều khuôn mặt", seatTwo()},
		{"light", "quá gắt", lit(seat(700, image.Pt(370, 10)), 1.5)},
	} {
		s.sitter.lay(t, c.img)
		b.guides(c.words)
		b.fits(c.name)
	}
	b.click("language")
	b.wait("English", `document.querySelector('[data-test="guidance"]').innerText.includes('Too much light')`)
	b.fits("light-en")
	b.click("language")
	// Slower frames: the ring would be gone before anybody could look at it.
	s.sitter.mu.Lock()
	s.sitter.slow = 10
	s.sitter.mu.Unlock()
	s.sitter.lay(t, seat(700, image.Pt(370, 10)))
	b.guides("Mời giữ nguyên tư thế")
	b.wait("the ring", `(() => { const r = document.querySelector('[data-test="overlay"] .ring:not(.hidden)'); return !!r && parseFloat(r.getAttribute('stroke-dasharray')) > 25; })()`)
	b.fits("green")
	b.taken("accept")
	b.fits("taken-accept")
	if got := b.shows("attack"); !strings.Contains(got, "chưa đánh giá") {
		t.Errorf("of presentation attacks the page says %q", got)
	}
	b.click("language")
	b.fits("taken-accept-en")
	b.click("language")
	b.click("next")
	b.step("fingers")
}

func seatTwo() *image.RGBA {
	img := seat(500, image.Pt(130, 100))
	p := virtual.Portrait(seed+1, 375, 500)
	draw.Draw(img, p.Rect.Add(image.Pt(760, 100)), p, image.Point{}, draw.Src)
	return img
}

// TestPortraitReview: where the machine is not sure the officer's word is
// needed, and F2 does not stand for it.
func TestPortraitReview(t *testing.T) {
	s := newSite(t)
	s.matcher.score.Store(42)
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	b := newBrowser(t, s)
	b.login()
	b.toPortrait(card)
	b.click("next")
	b.taken("review")
	b.fits("taken-review")
	b.do(chromedp.KeyEvent(kb.F2))
	if v := s.station.Snapshot(); v.Step != enrol.StepPortrait || v.Portrait.State != "taken" {
		t.Fatalf("F2 decided: step %s, portrait %s", v.Step, v.Portrait.State)
	}
	b.click("differs")
	b.write("reason", "Khuôn mặt và tuổi khác hẳn ảnh trên chip")
	b.fits("differs")
	b.click("reason-go")
	b.state("stopped")
	b.fits("stopped")
	if text := strings.ToLower(eval[string](b, `document.body.innerText`)); strings.Contains(text, "giả") {
		t.Error("the page accuses the citizen")
	}
	b.click("next") // that was a mistake: again
	b.taken("review")
	b.do(chromedp.Focus(css("same")), chromedp.KeyEvent(kb.Enter)) // by the keyboard alone
	b.step("fingers")
	if v := s.station.Snapshot().Portrait; v.Match.Band != "review" || v.Tries != 2 {
		t.Errorf("portrait %+v, match %+v", v, v.Match)
	}
}

// TestPortraitAlarm: without a reason it goes no further.
func TestPortraitAlarm(t *testing.T) {
	s := newSite(t)
	s.matcher.score.Store(12)
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	b := newBrowser(t, s)
	b.login()
	b.toPortrait(card)
	b.click("next")
	b.taken("alarm")
	b.fits("taken-alarm")
	b.click("same")
	b.wait("no way without a reason", `document.querySelector('[data-test="reason-go"]').disabled`)
	b.write("reason", "Đã đối chiếu hộ chiếu và hỏi thông tin gia đình")
	b.fits("alarm-reason")
	b.click("reason-go")
	b.step("fingers")
	snap := s.station.Snapshot()
	if v := snap.Portrait.Match; v.Reason != "Đã đối chiếu hộ chiếu và hỏi thông tin gia đình" || v.Band != "alarm" {
		t.Errorf("match %+v", v)
	}
	for _, i := range snap.Issues {
		if !i.Acknowledged {
			t.Errorf("issue %s is open after the officer's reason", i.Code)
		}
	}
	b.toReview()
	b.fits("review-after-alarm")
}

// toReview goes from the fingers to the last look.
func (b *browser) toReview() {
	b.t.Helper()
	b.click("next")
	b.shown("2", "done")
	b.click("next")
	b.step("documents")
	b.click("next")
	b.step("consent")
	b.click("consent-registration")
	b.click("next")
	b.step("sign")
	b.wait("the pictures", `document.querySelectorAll('.gallery canvas').length === 4`)
}

// TestPortraitNotCompared: a chip whose photograph is none stops nobody.
func TestPortraitNotCompared(t *testing.T) {
	s := newSite(t)
	citizen := chip.Sample()
	citizen.Portrait, citizen.PortraitW, citizen.PortraitH = []byte("\x00\x00\x00\x0cjP  \r\n\x87\n broken"), 480, 640
	card := must(s.issuer.Issue(citizen, chip.ProfileCCCD, chip.FaultNone))(t)
	s.slot.Put(card)
	b := newBrowser(t, s)
	b.login()
	b.toCard()
	b.write("qr-text", card.QR()+kb.Enter)
	b.step("person")
	if got := b.shows("no-photo"); !strings.Contains(got, "Không hiển thị được ảnh trên chip") {
		t.Errorf("the page says %q", got)
	}
	b.fits("no-photo")
	b.confirm()
	b.click("next")
	b.state("taken")
	b.wait("why", `document.querySelector('[data-test="match"]').innerText.includes('Không hiển thị được ảnh trên chip')`)
	b.fits("not-compared")
	b.click("same")
	b.step("fingers")
}

// TestPortraitTriesUsedUp: patience ends three tries, then it is taken by hand.
func TestPortraitTriesUsedUp(t *testing.T) {
	s := newSite(t, func(s *site) { s.rules.PortraitPatience = 3 })
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	b := newBrowser(t, s)
	s.sitter.lay(t, seat(390, image.Pt(490, 160)))
	b.login()
	b.toPortrait(card)
	for left := 2; left >= 0; left-- {
		b.click("next")
		b.wait("a live picture", `(document.querySelector('.live canvas')?.width ?? 0) > 400`)
		if left > 0 {
			b.state("missed")
			b.wait("the best picture", `document.querySelectorAll('.compare figure .still:not(.hidden) canvas').length === 2`)
			if got := b.shows("failed"); !strings.Contains(got, "Đủ gần") {
				t.Errorf("what failed: %q", got)
			}
			if left == 2 {
				b.fits("missed")
			}
		}
	}
	b.state("used-up")
	b.fits("used-up")
	b.click("next")
	b.fits("manual-reasons")
	b.click("choose-light")
	b.wait("the trigger", `document.querySelector('[data-test="next"]').innerText.includes('Chụp ngay')`)
	b.fits("by-hand")
	b.click("next")
	b.state("taken")
	if v := s.station.Snapshot().Portrait; !v.Manual || v.Reason != "light" || v.Tries != 4 || v.Left != 0 {
		t.Errorf("portrait %+v", v)
	}
	b.fits("taken-manual")
}

// TestPortraitByHand: the trigger works in a try, and a camera that is gone is
// said.
func TestPortraitByHand(t *testing.T) {
	s := newSite(t)
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	b := newBrowser(t, s)
	s.unplugged.Store(true)
	b.login()
	b.toPortrait(card)
	b.click("next")
	b.shows("banner-no-camera")
	b.fits("no-camera")
	s.sitter.lay(t, seat(0, image.Point{}))
	s.unplugged.Store(false)
	b.guides("Chưa thấy khuôn mặt")
	b.click("manual")
	b.click("choose-disability")
	b.state("taken")
	b.wait("why it was not compared", `document.querySelector('[data-test="match"]').innerText.includes('Không tìm thấy khuôn mặt trong ảnh vừa chụp')`)
	b.fits("by-hand-without-a-face")
	b.click("same")
	b.step("fingers")
	if v := s.station.Snapshot().Portrait; !v.Manual || v.Reason != "disability" {
		t.Errorf("portrait %+v", v)
	}
}

// TestPortraitWithModels: the default pack's models find the drawn citizen,
// measure more, and compare with the drawn photograph of the chip.
func TestPortraitWithModels(t *testing.T) {
	s := newSite(t, func(s *site) { s.models = true })
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	b := newBrowser(t, s)
	s.sitter.lay(t, seat(390, image.Pt(490, 160)))
	b.login()
	b.toPortrait(card)
	b.click("next")
	b.guides("lại gần hơn")
	b.wait("many measures", `document.querySelectorAll('.measures li').length > 12`)
	b.fits("live")
	s.sitter.lay(t, seat(700, image.Pt(370, 10)))
	b.wait("both pictures", `document.querySelector('.portrait').dataset.state === 'taken' && document.querySelectorAll('.compare figure .still:not(.hidden) canvas').length === 2`)
	b.wait("the comparison", `['good', 'unsure', 'bad'].includes(document.querySelector('[data-test="match"] .note')?.dataset.tone)`)
	b.fits("taken")
	m := s.station.Snapshot().Portrait.Match
	t.Logf("%s: %.2f, %s", m.Model, m.Score, m.Band)
	if m.Model == "" || m.Band != face.Accept {
		t.Errorf("the drawn citizen and the drawn photograph: %+v", m)
	}
}

// TestPortraitChallenge: the rule pack asks for a blink; the page says so, and
// that nothing more is claimed of it.
func TestPortraitChallenge(t *testing.T) {
	s := newSite(t, func(s *site) {
		s.models, s.rules.PortraitChallenge = true, face.Blink
		s.pose = func(frame uint64) virtual.Pose {
			if at := frame % 90; at < 6 { // 15 frames a second: shut for 0.4 s every 6 s
				return virtual.Pose{Lids: 1}
			}
			return virtual.Pose{}
		}
	})
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	b := newBrowser(t, s)
	b.login()
	b.toPortrait(card)
	b.click("next")
	b.guides("chớp mắt một lần")
	b.picture("asked-1366")
	b.wait("both pictures", `document.querySelector('.portrait').dataset.state === 'taken' && document.querySelectorAll('.compare figure .still:not(.hidden) canvas').length === 2`)
	if got := b.shows("attack"); !strings.Contains(got, "Đã làm theo yêu cầu chuyển động") || !strings.Contains(got, "chưa đánh giá") {
		t.Errorf("of presentation attacks the page says %q", got)
	}
	b.fits("taken")
}
