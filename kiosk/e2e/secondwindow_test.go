//go:build realparts

package e2e

import (
	"bytes"
	"context"
	"fmt"
	"image/color"
	"image/jpeg"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

const citizenPhone, citizenMail = "0912345678", "an@gmail.com"

// second opens the citizen's screen by the officer's button and follows the
// window that comes.
func (b *browser) second() *browser {
	b.t.Helper()
	b.click("second")
	before := b.citizens()
	b.click("second-open")
	c := b.window(before)
	b.wait("the screen's state", `document.querySelector('[data-test="second"]').dataset.state === 'on'`)
	b.wait("the spent code to go", `document.querySelector('[data-test="second-digits"]') === null`)
	b.click("second-done")
	return c
}

// citizens lists the windows of /citizen.
func (b *browser) citizens() (ids []target.ID) {
	b.t.Helper()
	all, err := chromedp.Targets(b.ctx)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, one := range all {
		if one.Type == "page" && strings.HasSuffix(strings.TrimSuffix(one.URL, "#"), "/citizen") {
			ids = append(ids, one.TargetID)
		}
	}
	return ids
}

// window attaches to a citizen's window that was not there before.
func (b *browser) window(before []target.ID) *browser {
	b.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(40 * time.Millisecond) {
		for _, id := range b.citizens() {
			if !slices.Contains(before, id) {
				return b.attach(chromedp.WithTargetID(id))
			}
		}
	}
	b.t.Fatal("no window was opened for the citizen")
	return nil
}

func (b *browser) attach(options ...chromedp.ContextOption) *browser {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx, options...)
	b.t.Cleanup(cancel)
	c := &browser{t: b.t, site: b.site, ctx: ctx}
	c.start()
	return c
}

// typed opens another window of /citizen in the same browser, as somebody who
// types the address.
func (b *browser) typed() *browser {
	b.t.Helper()
	c := b.attach()
	c.do(chromedp.Navigate("http://" + b.site.host + "/citizen"))
	c.screen("enter")
	return c
}

func (b *browser) screen(name string) {
	b.t.Helper()
	b.wait("screen "+name, `document.querySelector('.second')?.dataset.screen === "`+name+`"`)
}

func (b *browser) title(part string) {
	b.t.Helper()
	b.wait(part, fmt.Sprintf(`document.querySelector('[data-test="citizen-title"]').innerText.includes(%q)`, part))
}

// keys presses the keys on the screen, one after the other.
func (b *browser) keys(text string) {
	b.t.Helper()
	for rest := text; rest != ""; {
		key := rest[:1]
		if strings.HasPrefix(rest, "@gmail.com") {
			key = "@gmail.com"
		}
		b.click("key-" + key)
		rest = rest[len(key):]
	}
}

// stands checks that a screen needs no scrolling on the sizes of a second
// screen, shows nothing cut off, and has no barrier.
func (b *browser) stands(name string) {
	b.t.Helper()
	const overflow = `[...document.querySelectorAll('.second > main, .second > header, .second > footer, .second .big, .second .key, .second .body, .second dd')]
		.filter((e) => e.clientWidth > 0 && (e.scrollHeight > e.clientHeight + 2 || e.scrollWidth > e.clientWidth + 2)).map((e) => e.tagName + '.' + e.className).join(', ') +
		(document.documentElement.scrollWidth > innerWidth ? ' the page' : '')`
	for _, size := range [][2]int64{{1920, 1080}, {800, 1280}, {1366, 768}} {
		b.do(chromedp.EmulateViewport(size[0], size[1]), chromedp.Sleep(150*time.Millisecond))
		if out := eval[string](b, overflow); out != "" {
			b.t.Errorf("%s does not fit into %d × %d: %s", name, size[0], size[1], out)
		}
		if small := eval[string](b, `[...document.querySelectorAll('.second button, .second .answer')].filter((e) => e.clientWidth > 0 && (e.offsetHeight < 56 || e.offsetWidth < 56)).map((e) => e.innerText).join(', ')`); small != "" {
			b.t.Errorf("%s has small targets at %d × %d: %s", name, size[0], size[1], small)
		}
		b.picture(fmt.Sprintf("%s-%d", name, size[0]))
	}
	b.accessible(name)
	b.do(chromedp.EmulateViewport(683, 384), chromedp.Sleep(100*time.Millisecond)) // twice as large
	if eval[bool](b, `document.documentElement.scrollWidth > innerWidth`) {
		b.t.Errorf("%s is cut off at the side when it is magnified", name)
	}
	b.do(chromedp.EmulateViewport(1366, 768), chromedp.Sleep(100*time.Millisecond))
}

// holds reports whether a text is anywhere in the page: shown, in a field, or in
// what the window keeps.
func (b *browser) holds(text string) bool {
	b.t.Helper()
	return eval[bool](b, fmt.Sprintf(`[document.documentElement.outerHTML, document.title, location.href, JSON.stringify(localStorage), JSON.stringify(sessionStorage),
		...[...document.querySelectorAll('input')].map((i) => i.value)].some((s) => s.replace(/\s/g, '').includes(%q))`, strings.ReplaceAll(text, " ", "")))
}

// clean checks that nothing of the drawn citizen is left.
func (b *browser) clean(when string) {
	b.t.Helper()
	for _, text := range []string{"Nguyễn Văn Thử", "001090990001", citizenPhone, citizenMail, phoneCode} {
		if b.holds(text) {
			b.t.Errorf("%s, the citizen's screen still has %q", when, text)
		}
	}
	if n := eval[int](b, `document.querySelectorAll('canvas').length`); n != 0 {
		b.t.Errorf("%s, %d pictures are on the citizen's screen", when, n)
	}
}

// ask sends a request from a page with one of the two headers.
func (b *browser) ask(header, token, method, path, body string) int {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	code, err := chromedp.Run(ctx, chromedp.Evaluate[int](fmt.Sprintf(`(async () => { const c = new AbortController(); const a = await fetch(%q, {method: %q, signal: c.signal,
		headers: {%q: %q, 'Content-Type': 'application/json'}, body: %q || undefined}); c.abort(); return a.status; })()`, path, method, header, token, body), chromedp.EvalAwaitPromise))
	if err != nil {
		b.fail(err)
	}
	return code
}

func (b *browser) token(name string) string {
	b.t.Helper()
	return eval[string](b, `sessionStorage.getItem("`+name+`") ?? ""`)
}

// takes has the officer confirm the person with the number that the citizen typed.
func (b *browser) takes(number string) {
	b.t.Helper()
	b.wait("the chip", chipDone)
	b.wait("the citizen's number", `document.querySelector('[data-test="phone"]')?.value === '`+number+`'`)
	b.click("next")
	b.wait("the phone's step", `!['person', 'register'].includes(document.querySelector('.frame')?.dataset.step)`)
}

// numbered types the number and the address, and reads them over.
func (b *browser) numbered(look func(string)) {
	b.t.Helper()
	b.screen("phone")
	b.keys("091234567")
	if !eval[bool](b, `document.querySelector('[data-test="next"]').disabled`) {
		b.t.Error("nine digits can be sent")
	}
	b.keys("8")
	look("phone")
	b.click("next")
	b.title("Thư điện tử")
	b.keys(citizenMail)
	look("email")
	b.click("next")
	b.title("xem lại")
	if got := b.shows("own-phone"); got != "0912 345 678" {
		b.t.Errorf("the number is read over as %q", got)
	}
	look("phone-check")
	b.click("next")
}

// coded has a code sent, mistypes it once, and types it.
func (b *browser) coded(look func(string)) {
	b.t.Helper()
	b.screen("code")
	b.wait("the number is free", `document.querySelector('[data-test="next"]')?.disabled === false`)
	look("send")
	b.click("next")
	b.title("Nhập mã")
	b.keys("000000")
	b.click("next")
	b.wait("the wrong code", `document.querySelector('[data-test="code-words"]').innerText.includes('chưa đúng')`)
	if got := eval[string](b, `document.querySelector('[data-test="code"]').value`); got != "" {
		b.t.Errorf("the wrong code %q is still there", got)
	}
	b.keys(phoneCode[:4])
	if !eval[bool](b, `document.querySelector('[data-test="other"]').disabled && document.querySelector('[data-test="other"]').innerText.includes('giây')`) {
		b.t.Error("there is no wait before another message")
	}
	look("code")
	b.keys(phoneCode[4:])
	b.click("next")
}

// agrees answers yes to the registration and no to the one document, and signs.
func (b *browser) agrees(look func(string)) {
	b.t.Helper()
	b.screen("consent")
	if eval[int](b, `document.querySelectorAll(':checked').length`) != 0 || !eval[bool](b, `document.querySelector('[data-test="next"]').disabled`) {
		b.t.Error("an answer was there beforehand")
	}
	b.click("answer-no")
	b.shows("consent-stop")
	if !eval[bool](b, `document.querySelector('[data-test="next"]').disabled`) {
		b.t.Error("it goes on without the consent")
	}
	b.click("answer-yes")
	look("consent")
	b.click("next")
	b.title("Câu hỏi 2 trên 2")
	if eval[int](b, `document.querySelectorAll(':checked').length`) != 0 {
		b.t.Error("the second question was answered beforehand")
	}
	b.click("answer-no")
	look("consent-document")
	b.click("next")
	b.title("ký tên")
	b.signs()
	look("sign")
	b.click("next")
}

// signs draws three lines over the field with a finger.
func (b *browser) signs() {
	b.t.Helper()
	if !eval[bool](b, `document.querySelector('[data-test="next"]').disabled`) {
		b.t.Error("it goes on without a signature")
	}
	b.strokes([4]float64{0.2, 0.7, 0.4, 0.2}, [4]float64{0.4, 0.3, 0.5, 0.7}, [4]float64{0.5, 0.6, 0.8, 0.4})
}

// strokes draws lines with a finger, in parts of the field's width and height.
func (b *browser) strokes(lines ...[4]float64) {
	b.t.Helper()
	box := eval[[]float64](b, `(() => { const r = document.querySelector('[data-test="ink"]').getBoundingClientRect(); return [r.left, r.top, r.width, r.height]; })()`)
	for _, line := range lines {
		for i := range 12 {
			part, kind := float64(i)/11, input.DispatchTouchEventTypeTouchMove
			if i == 0 {
				kind = input.DispatchTouchEventTypeTouchStart
			}
			b.touch(kind, &input.TouchPoint{X: box[0] + box[2]*(line[0]+part*(line[2]-line[0])), Y: box[1] + box[3]*(line[1]+part*(line[3]-line[1]))})
		}
		b.touch(input.DispatchTouchEventTypeTouchEnd)
	}
}

func (b *browser) touch(kind input.DispatchTouchEventType, points ...*input.TouchPoint) {
	b.t.Helper()
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: kind, TouchPoints: append([]*input.TouchPoint{}, points...)})
		return err
	}))
}

// inked counts the dark pixels of a page of the enrolment.
func (s *site) inked(name string) (dark int) {
	s.t.Helper()
	file, _, ok := s.station.Image(name)
	if !ok {
		s.t.Fatalf("there is no %s", name)
	}
	page := must(jpeg.Decode(bytes.NewReader(file)))(s.t)
	for y := range page.Bounds().Dy() {
		for x := range page.Bounds().Dx() {
			if c := color.GrayModel.Convert(page.At(x, y)).(color.Gray); c.Y < 90 {
				dark++
			}
		}
	}
	return dark
}

// numberedTwice types a number in two parts, with the language switched in between:
// what was typed stays.
func (b *browser) numberedTwice(first string) {
	b.t.Helper()
	b.screen("phone")
	b.keys(first)
	b.click("language")
	b.title("Số điện thoại")
	b.keys(citizenPhone[len(first):])
	b.click("next")
	b.click("next")
	if got := b.shows("own-phone"); got != "0912 345 678" {
		b.t.Errorf("the number is %q", got)
	}
	b.click("next")
}
