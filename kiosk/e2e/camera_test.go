//go:build realparts

package e2e

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/image/draw"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/mrz/ocr"
	"github.com/tram-station/tram/mrz/qr"
	"github.com/tram-station/tram/mrz/specimen"
	"github.com/tram-station/tram/reader/chip"
)

// counter is a camera over the counter: it films what the test lays there, 30
// frames a second.
type counter struct {
	mu     sync.Mutex
	frame  biometrics.Frame
	filmed int // frames since the start
	open   int
	slow   int // so many times slower goes the frames' clock; 0: as it should
}

// lay puts a picture before the camera.
func (c *counter) lay(t *testing.T, img image.Image) {
	t.Helper()
	var packed bytes.Buffer
	if err := jpeg.Encode(&packed, img, &jpeg.Options{Quality: 88}); err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frame = biometrics.Frame{Image: img, JPEG: packed.Bytes()}
}

func (c *counter) start(context.Context) (biometrics.Camera, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open++
	return &counterCamera{counter: c}, nil
}

// laid reports whether there is anything to film.
func (c *counter) laid() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.frame.Image != nil
}

func (c *counter) running() (open, filmed int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open, c.filmed
}

type counterCamera struct{ *counter }

func (c *counterCamera) Frame(ctx context.Context) (biometrics.Frame, error) {
	select {
	case <-time.After(time.Second / 30):
	case <-ctx.Done():
		return biometrics.Frame{}, ctx.Err()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.filmed++
	f := c.frame
	f.Seq, f.Time = uint64(c.filmed), time.Now()
	if c.slow > 0 {
		f.Time = time.Unix(0, f.Time.UnixNano()/int64(c.slow))
	}
	return f, nil
}

func (c *counterCamera) Device() biometrics.Device {
	return biometrics.Device{Name: "Drawn counter", Driver: "drawn", Virtual: true}
}

func (c *counterCamera) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open--
	return nil
}

// desk draws a code as wide as asked for on a wooden grey desk; 0 draws none.
func desk(t *testing.T, text string, width int) image.Image {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 1280, 720))
	draw.Draw(img, img.Rect, image.NewUniform(color.RGBA{108, 104, 98, 255}), image.Point{}, draw.Src)
	if width > 0 {
		code := qrImage(t, text)
		at := image.Rect(0, 0, width, width).Add(image.Pt(700-width/2, 330-width/2))
		draw.CatmullRom.Scale(img, at, code, code.Bounds(), draw.Src, nil)
	}
	return img
}

func TestCameraReadsTheCode(t *testing.T) {
	s := newSite(t)
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	b := newBrowser(t, s)
	b.login()
	b.toCard()
	s.counter.lay(t, desk(t, "", 0))
	b.click("tab-camera")
	b.says("Đưa mã QR trên thẻ vào khung hình")
	b.wait("a live picture", `document.querySelector('.finder canvas').width === 1280`)
	b.fits("camera-empty")
	s.counter.lay(t, farCode(t))
	b.says("Đưa thẻ lại gần máy ảnh")
	b.wait("an outline", outlined)
	b.fits("camera-far")
	s.counter.lay(t, desk(t, "https://example.vn/<img src=x onerror=window.broken=1>", 300))
	b.says("Đây không phải mã QR của thẻ")
	b.wait("an outline", outlined)
	b.fits("camera-other")
	b.click("language")
	b.says("This is not the card's QR code")
	b.fits("camera-other-en")
	b.click("language")
	b.says("Đây không phải mã QR của thẻ")
	if step := s.station.Snapshot().Step; step != "card" {
		t.Fatalf("the station is at %s", step)
	}
	s.counter.lay(t, desk(t, card.QR()[:60], 420))
	b.says("Mã này bị lỗi, đưa các dòng MRZ vào khung hình")
	b.fits("camera-damaged")
	s.counter.lay(t, desk(t, card.QR(), 420))
	b.step("person")
	b.wait("the chip", chipDone)
	b.checkPerson()
	if eval[bool](b, `window.broken !== undefined`) {
		t.Error("markup in a code became part of the page")
	}
}

const outlined = `document.querySelector('[data-test="outline"]').dataset.shown === 'true'`

// TestCameraReadsTheZone: the back of the card, first too far away.
func TestCameraReadsTheZone(t *testing.T) {
	s := newSite(t)
	b := newBrowser(t, s)
	b.login()
	b.toCard()
	s.counter.lay(t, farZone(t))
	b.click("tab-camera")
	b.says("Đưa thẻ lại gần máy ảnh")
	b.wait("an outline", outlined)
	if v := s.station.Snapshot().Scanning; v.Kind != "mrz" || v.State != "seen" {
		t.Errorf("a zone that is too far: %+v", v)
	}
	b.fits("camera-zone-far")
	frame, truth := zone(t, 1, specimen.Shot{PxMM: 10})
	s.counter.lay(t, frame)
	b.step("person")
	if got := b.shows("fact-number"); !strings.Contains(got, string(truth.Person.Number)) {
		t.Errorf("the zone's number is shown as %q, want %q", got, truth.Person.Number)
	}
	b.fits("camera-zone-read")
}

func zone(t *testing.T, seed uint64, shot specimen.Shot) (image.Image, specimen.Truth) {
	t.Helper()
	frame, truth, err := specimen.ZoneFrame(seed, shot)
	if err != nil {
		t.Fatalf("apt-get install fonts-ocr-b: %v", err)
	}
	return frame, truth
}

// tooFar is the first of the drawn pictures that the scanner calls too far away
// again and again. What it can read grows; what is too far is found anew. The
// pictures are small: the race detector makes the scanners slow.
func tooFar(t *testing.T, draw func(px float64, seed uint64) image.Image, far func(image.Image) bool) image.Image {
	t.Helper()
	const frames = 6
	for _, px := range []float64{2.2, 2, 1.8, 1.6, 1.4, 1.2, 1, 0.9} {
	next:
		for seed := range uint64(8) {
			frame := draw(px, seed)
			for range frames {
				if !far(frame) {
					continue next
				}
			}
			return frame
		}
	}
	t.Fatal("no picture is too far: the scanner reads all of them, or sees nothing")
	return nil
}

// farZone shows a zone that is too small to be read.
func farZone(t *testing.T) image.Image {
	var scanner ocr.Scanner
	return tooFar(t, func(px float64, seed uint64) image.Image {
		scanner = ocr.Scanner{}
		frame, _ := zone(t, seed, specimen.Shot{PxMM: px, Severity: specimen.Bad, Width: 640, Height: 360})
		return frame
	}, func(frame image.Image) bool {
		sight, err := scanner.Scan(t.Context(), frame)
		return err == nil && sight.Reading == nil && sight.Cause == ocr.CauseFar
	})
}

// farCode shows a code that is too small to be read.
func farCode(t *testing.T) image.Image {
	var scanner qr.Scanner
	return tooFar(t, func(px float64, seed uint64) image.Image {
		scanner = qr.Scanner{}
		frame, _ := specimen.QRFrame(seed, specimen.Shot{Module: px, Severity: specimen.Fair, Width: 640, Height: 360})
		return frame
	}, func(frame image.Image) bool {
		sight, err := scanner.Scan(t.Context(), frame)
		return err == nil && len(sight.Codes) == 0 && len(sight.Seen) > 0 && sight.Seen[0].Cause == qr.CauseFar
	})
}

// says waits until the camera's sentence is this one.
func (b *browser) says(sentence string) {
	b.t.Helper()
	b.wait("the sentence "+sentence, `document.querySelector('[data-test="scanning"]')?.innerText === `+quoted(sentence))
	if eval[bool](b, `(() => { const s = document.querySelector('[data-test="scanning"]'); return s.scrollWidth > s.clientWidth + 1; })()`) {
		b.t.Errorf("the sentence %q is cut off", sentence)
	}
}

func quoted(s string) string { return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"` }

// TestCameraGoesOff: with the tab, with the officer, and it keeps its pace
// while it is read.
func TestCameraGoesOff(t *testing.T) {
	s := newSite(t)
	b := newBrowser(t, s)
	b.login()
	b.toCard()
	s.counter.lay(t, desk(t, "https://example.vn/", 120))
	off := func(after string) {
		t.Helper()
		for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
			if open, _ := s.counter.running(); open == 0 {
				return
			} else if time.Now().After(end) {
				b.fail(errStillOn{after})
			}
		}
	}
	b.click("tab-camera")
	b.wait("a live picture", `document.querySelector('.finder canvas').width === 1280`)
	const asked = `performance.getEntriesByType('resource').filter((e) => e.name.includes('/api/preview')).length`
	eval[bool](b, `performance.setResourceTimingBufferSize(100000), true`)
	_, before := s.counter.running()
	first := eval[int](b, asked)
	begun := time.Now()
	time.Sleep(3 * time.Second)
	_, after := s.counter.running()
	t.Logf("the page took %.1f pictures a second", float64(eval[int](b, asked)-first)/time.Since(begun).Seconds())
	if rate := float64(after-before) / time.Since(begun).Seconds(); rate < 15 {
		t.Errorf("%.1f frames a second while codes are looked for, want 15 and more", rate)
	}
	b.click("tab-scan")
	off("the tab is left")
	if focused := eval[string](b, `document.activeElement.dataset.test ?? ""`); focused != "qr-text" {
		t.Errorf("the focus is on %q", focused)
	}
	b.click("tab-camera")
	b.wait("on again", `document.querySelector('.finder').dataset.state !== 'off'`)
	b.click("logout")
	b.wait("the login", `document.querySelector('[data-test="pin"]') !== null`)
	off("the officer has left")
}

type errStillOn struct{ after string }

func (e errStillOn) Error() string { return "the camera is still on when " + e.after }
