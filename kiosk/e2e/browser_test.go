//go:build realparts

package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// patience is how long one action may take on a slow machine under the race
// detector.
const patience = 60 * time.Second

// browser is one window on the kiosk. Any script error and any break of the
// content policy fails the test.
type browser struct {
	t    *testing.T
	site *site
	ctx  context.Context
}

func newBrowser(t *testing.T, s *site, flags ...chromedp.ExecAllocatorOption) *browser {
	t.Helper()
	path := os.Getenv("TRAM_CHROMIUM")
	if path == "" {
		path = "/usr/bin/chromium"
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("Chromium is missing: apt-get install chromium, or set TRAM_CHROMIUM: %v", err)
	}
	allocated, stop := chromedp.NewExecAllocator(context.Background(), append([]chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.Flag("headless", "new"), chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.WindowSize(1366, 768)}, flags...)...)
	ctx, cancel := chromedp.NewContext(allocated)
	b := &browser{t: t, site: s, ctx: ctx}
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx)
		cancel()
		stop()
	})
	b.start()
	b.do(chromedp.Navigate("http://" + s.host))
	return b
}

// start opens the window; its own context lives as long as the test.
func (b *browser) start() {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, chromedp.EmulateViewport(1366, 768)); err != nil {
		b.t.Fatalf("start Chromium: %v", err)
	}
	messages := chromedp.Console(b.ctx)
	go func() {
		for message, err := range messages {
			if err != nil {
				return
			}
			policy := strings.Contains(message.Text, "Content Security Policy") || strings.Contains(message.Text, "Trusted")
			if message.IsException() || policy {
				b.t.Errorf("console: %s", message)
			}
		}
	}()
}

func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.fail(err)
	}
}

func (b *browser) fail(err error) {
	b.t.Helper()
	b.picture("failed")
	text, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.body.innerText`))
	now := b.site.station.Snapshot()
	b.t.Fatalf("%v\nthe station is at %s, version %d\nthe page says:\n%s", err, now.Step, now.Version, text)
}

func eval[T any](b *browser, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.fail(err)
	}
	return value
}

// wait waits until an expression is true.
func (b *browser) wait(what, expression string) {
	b.t.Helper()
	for end := time.Now().Add(patience); !eval[bool](b, expression); time.Sleep(40 * time.Millisecond) {
		if time.Now().After(end) {
			b.fail(fmt.Errorf("waited in vain for %s", what))
		}
	}
}

func css(name string) chromedp.CSS { return chromedp.CSS(`[data-test="` + name + `"]`) }

// click presses a control that is there and enabled.
func (b *browser) click(name string) {
	b.t.Helper()
	b.wait(name+" enabled", `(() => { const e = document.querySelector('[data-test="`+name+`"]'); return !!e && !e.disabled; })()`)
	b.do(chromedp.Click(css(name)))
}

// write types into a field as a keyboard would.
func (b *browser) write(name, text string) {
	b.t.Helper()
	b.do(chromedp.SendKeys(css(name), text))
}

// step waits until the page shows a step.
func (b *browser) step(name string) {
	b.t.Helper()
	b.wait("step "+name, `document.querySelector('.frame')?.dataset.step === "`+name+`"`)
}

// shows waits until an element is there and returns its text.
func (b *browser) shows(name string) string {
	b.t.Helper()
	// One look: what is there for a moment may be gone at the next.
	for end := time.Now().Add(patience); ; time.Sleep(40 * time.Millisecond) {
		if text := eval[string](b, `document.querySelector('[data-test="`+name+`"]')?.innerText ?? ""`); text != "" {
			return text
		}
		if time.Now().After(end) {
			b.fail(fmt.Errorf("waited in vain for %s", name))
		}
	}
}

func (b *browser) login() {
	b.t.Helper()
	b.signIn("officer-1", pin)
	b.step("idle")
}

// signIn fills the log-in's form, whichever it is.
func (b *browser) signIn(officer, pin string) {
	b.t.Helper()
	b.do(chromedp.SetValue(css("officer"), officer))
	b.write("pin", pin+kb.Enter)
}

// toCard goes from a ready station to the card.
func (b *browser) toCard() {
	b.t.Helper()
	b.step("idle")
	b.click("next")
	b.step("notice")
	b.click("heard")
	b.click("next")
	b.step("card")
}

// fits checks that the page needs no scrolling at both sizes and has no
// barriers, and takes its picture when TRAM_SCREENSHOTS names a folder.
func (b *browser) fits(name string) {
	b.t.Helper()
	const overflow = `(() => { const s = document.querySelector('.sheet') ?? document.documentElement;
		return s.scrollHeight > s.clientHeight + 1 || s.scrollWidth > s.clientWidth + 1 || document.documentElement.scrollWidth > innerWidth; })()`
	// What stands in the bar has room for its words.
	const squeezed = `[...document.querySelectorAll('.bar button')].filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.innerText)`
	for _, size := range [][2]int64{{1920, 1080}, {1366, 768}} {
		b.do(chromedp.EmulateViewport(size[0], size[1]), chromedp.Sleep(150*time.Millisecond))
		if eval[bool](b, overflow) {
			b.t.Errorf("%s does not fit into %d × %d", name, size[0], size[1])
		}
		if words := eval[[]string](b, squeezed); len(words) > 0 {
			b.t.Errorf("%s squeezes %q at %d × %d", name, words, size[0], size[1])
		}
		b.picture(fmt.Sprintf("%s-%d", name, size[0]))
	}
	b.accessible(name)
}

func (b *browser) picture(name string) {
	dir := os.Getenv("TRAM_SCREENSHOTS")
	if dir == "" {
		return
	}
	picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, strings.ReplaceAll(strings.TrimPrefix(b.t.Name(), "Test"), "/", "-")+"-"+name+".png"), picture, 0o644)
	}
	if err != nil {
		b.t.Errorf("screenshot: %v", err)
	}
}
