package browser_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/browser"
	"github.com/tram-station/tram/biometrics/devicetest"
)

// TestSuite: a page films numbered pictures, 25 a second.
func TestSuite(t *testing.T) {
	const film = 250
	size := image.Pt(160, 90)
	pictures := make([][]byte, film)
	for n := range pictures {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, devicetest.Numbered(n, size), nil); err != nil {
			t.Fatal(err)
		}
		pictures[n] = b.Bytes()
	}
	devicetest.RunCamera(t, func(t *testing.T) *devicetest.CameraBench {
		s := &browser.Source{Patience: 500 * time.Millisecond}
		var silent atomic.Bool
		begun, closed := time.Now(), make(chan struct{})
		post := func() {
			n := int(time.Since(begun)/(40*time.Millisecond)) % film
			_ = s.Post(bytes.Clone(pictures[n]), "window", "Webcam") // refused while nobody films
		}
		cam, err := opened(t, s, post)
		if err != nil {
			t.Fatal(err)
		}
		left := make(chan struct{})
		go func() { // the page
			defer close(left)
			tick := time.NewTicker(40 * time.Millisecond)
			defer tick.Stop()
			for {
				select {
				case <-tick.C:
					if !silent.Load() {
						post()
					}
				case <-closed:
					return
				}
			}
		}()
		quiet, loud := func() { silent.Store(true) }, func() { silent.Store(false) }
		return &devicetest.CameraBench{
			Camera: &page{cam, closed, left}, Patience: s.Patience, Size: size, Film: film,
			Device: biometrics.Device{Name: "Webcam", Driver: "browser"},
			Unplug: quiet, Plug: loud, Hang: quiet, GoOn: loud, // both show as a page that posts nothing
		}
	}, devicetest.Cable, devicetest.Hanging)
}

// opened opens the source while frames are posted.
func opened(t *testing.T, s *browser.Source, post func()) (cam biometrics.Camera, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		cam, err = s.Open(t.Context())
	}()
	for {
		select {
		case <-done:
			return cam, err
		case <-time.After(5 * time.Millisecond):
			post()
		}
	}
}

// page is a camera that ends its page when it is closed.
type page struct {
	biometrics.Camera
	closed, left chan struct{}
}

func (p *page) Close() error {
	select {
	case <-p.closed:
	default:
		close(p.closed)
		<-p.left
	}
	return p.Camera.Close()
}
