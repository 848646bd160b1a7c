//go:build realparts

package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/reader/chip"
)

// window is a browser on the page of a station.
type window struct {
	t   *testing.T
	ctx context.Context
}

func openWindow(t *testing.T, url string) *window {
	t.Helper()
	allocated, stop := chromedp.NewExecAllocator(context.Background(), chromedp.ExecPath("/usr/bin/chromium"), chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("headless", "new"), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.WindowSize(1366, 768))
	ctx, cancel := chromedp.NewContext(allocated)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx)
		cancel()
		stop()
	})
	if err := chromedp.Do(ctx, chromedp.Navigate(url)); err != nil {
		t.Fatalf("Chromium: %v", err)
	}
	return &window{t: t, ctx: ctx}
}

// sees waits until an expression is true on the page.
func (w *window) sees(what, expression string) {
	w.t.Helper()
	for end := time.Now().Add(deviceTime); ; time.Sleep(50 * time.Millisecond) {
		ok, err := chromedp.Run(w.ctx, chromedp.Evaluate[bool](expression))
		if err == nil && ok {
			return
		}
		if time.Now().After(end) {
			text, _ := chromedp.Run(w.ctx, chromedp.Evaluate[string](`document.body.innerText`))
			w.t.Fatalf("the page does not show %s (%v):\n%s", what, err, text)
		}
	}
}

func (w *window) signIn(officer, pin string) {
	w.t.Helper()
	w.sees("the log-in", `document.querySelector('[data-test="pin"]') !== null`)
	if err := chromedp.Do(w.ctx, chromedp.SetValue(chromedp.CSS(`[data-test="officer"]`), officer), chromedp.SendKeys(chromedp.CSS(`[data-test="pin"]`), pin+kb.Enter)); err != nil {
		w.t.Fatalf("sign in: %v", err)
	}
}

// freePort is a port of this machine that nobody has just now.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// TestTrialPageAfterKill cuts the power in each step of an enrolment: the page,
// which was never loaded anew, says so, asks for the PIN and stands in the same
// step again.
func TestTrialPageAfterKill(t *testing.T) {
	if _, err := os.Stat("/usr/bin/chromium"); err != nil {
		t.Fatalf("Chromium is missing: apt-get install chromium: %v", err)
	}
	c := newCounterWith(t, "--listen", "127.0.0.1:"+freePort(t))
	card := c.issue(t, chip.ProfileCCCD, chip.FaultNone)
	l := c.lay(t, card)
	defer func() { c.clear(t, l) }()
	w := openWindow(t, c.base+"/")
	w.signIn("supervisor-1", c.supervisorPIN)
	w.sees("a ready station", shownStep(enrol.StepIdle))
	if err := c.login(t.Context(), demoOfficer, c.pin); err != nil { // who signs in last leads; the page looks on
		t.Fatal(err)
	}
	seen := map[enrol.Step]bool{}
	for _, m := range c.moves(card.QR()) {
		c.must(t, m.name, m.args)
		s := c.until(t, m.name, m.until)
		w.sees(string(s.Step), shownStep(s.Step))
		if seen[s.Step] {
			continue
		}
		seen[s.Step] = true
		c.daemon.kill()
		w.sees("that the station does not answer", `document.querySelector('[data-test="banner-daemon"]') !== null`)
		c.startDaemon(t)
		w.signIn("supervisor-1", c.supervisorPIN)
		w.sees(fmt.Sprintf("%s after the power cut", s.Step), shownStep(s.Step))
		if s.Step != enrol.StepDone {
			w.sees("the citizen's enrolment", `document.querySelectorAll('.step.done').length === `+fmt.Sprint(done(s)))
		}
	}
	if len(seen) < 9 {
		t.Errorf("only %d steps were tried: %v", len(seen), seen)
	}
}

func shownStep(s enrol.Step) string {
	return `document.querySelector('.frame')?.dataset.step === '` + string(s) + `'`
}

// done counts the steps that are ticked off in the list at the left.
func done(s *enrol.Snapshot) (n int) {
	for _, step := range s.Steps {
		if step.State == "done" {
			n++
		}
	}
	return n
}
