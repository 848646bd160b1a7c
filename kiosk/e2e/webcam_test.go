//go:build realparts

package e2e

import (
	"bytes"
	"context"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	filmed "github.com/tram-station/tram/biometrics/browser"
	"github.com/tram-station/tram/biometrics/virtual"
	"github.com/tram-station/tram/reader/chip"
)

// pageFilms makes a site whose page is the camera.
func pageFilms(s *site) { s.page = &filmed.Source{Patience: 2 * time.Second} }

// filmFlags have Chromium film the drawn citizen, seated, from a file: its own
// capture and getUserMedia, without a camera.
func filmFlags(t *testing.T) []chromedp.ExecAllocatorOption {
	t.Helper()
	const frames, seated, rate = 50, 20, 15
	now := time.Unix(1_800_000_000, 0)
	cam := virtual.NewCamera(seed)
	cam.Now = func() time.Time { return now }
	var film bytes.Buffer
	for i := range frames {
		f := must(cam.Frame(t.Context()))(t)
		now = now.Add(time.Second / rate)
		if i < seated {
			continue
		}
		if err := jpeg.Encode(&film, f.Image, &jpeg.Options{Quality: 90}); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "citizen.mjpeg")
	if err := os.WriteFile(path, film.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return []chromedp.ExecAllocatorOption{
		chromedp.Flag("use-fake-device-for-media-stream", true), chromedp.Flag("use-file-for-fake-video-capture", path),
	}
}

// allowed answers the browser's question about the camera with yes.
var allowed = chromedp.Flag("use-fake-ui-for-media-stream", true)

// toPortrait goes from a ready station to the portrait.
func (b *browser) toPortrait(card *chip.Card) {
	b.t.Helper()
	b.toCard()
	b.write("qr-text", card.QR()+kb.Enter)
	b.step("person")
	b.confirm()
}

// permit answers for the page what the browser would ask.
func (b *browser) permit(setting string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	var none struct{}
	err := chromedp.FromContext(b.ctx).Browser.Call(ctx, "Browser.setPermission",
		map[string]any{"permission": map[string]any{"name": "camera"}, "setting": setting, "origin": "http://" + b.site.host}, &none)
	if err != nil {
		b.fail(err)
	}
}

const (
	filming = `(document.querySelector('.live video')?.videoWidth ?? 0) === 1280`
	trouble = `document.querySelector('[data-test="camera-retry"]') !== null`
)

// TestThePageTakesThePortrait goes the whole way: Chromium's capture, the page,
// the station's guide, the dossier.
func TestThePageTakesThePortrait(t *testing.T) {
	s := newSite(t, pageFilms)
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	b := newBrowser(t, s, append(filmFlags(t), allowed)...)
	b.login()
	b.toCard()
	if s.page.Wanted() {
		t.Error("the page films before there is a card")
	}
	b.write("qr-text", card.QR()+kb.Enter)
	b.step("person")
	b.wait("the page films before the portrait", `performance.getEntriesByType('resource').some((e) => e.name.includes('/api/camera/frame') && e.responseStatus === 204)`)
	b.confirm()
	b.wait("the camera's own picture", filming) // the camera is warm before the start
	b.fits("portrait")
	b.click("next")
	b.taken("accept")
	b.click("next")
	b.step("fingers")
	if eval[bool](b, trouble) {
		t.Error("there is trouble with the camera")
	}
	picture, _, ok := s.station.Image("portrait")
	if c, err := jpeg.DecodeConfig(bytes.NewReader(picture)); !ok || err != nil || 4*c.Width != 3*c.Height || c.Height < 600 {
		t.Errorf("portrait %+v, %v, %v", c, ok, err)
	}
	if v := s.station.Snapshot().Portrait; v.State != "done" || v.Manual || v.Virtual {
		t.Errorf("portrait %+v", v)
	}
	b.wait("the camera is off", `document.querySelector('.live video') === null`)
	b.click("exception") // the page films the hand, too
	b.click("choose-missing")
	b.click("exception-go")
	b.wait("the camera's own picture of the hand", filming)
	b.click("photo-take")
	b.wait("the picture", `document.querySelector('.photo .still canvas') !== null`)
	if f := s.station.Snapshot().Fingers[0]; f.Exception == nil || !f.Exception.Photo {
		t.Errorf("finger %+v, exception %+v", f, f.Exception)
	}
}

// TestTheBrowserRefusesTheCamera: the officer reads what to do, and it goes on
// by itself when the camera is allowed.
func TestTheBrowserRefusesTheCamera(t *testing.T) {
	s := newSite(t, pageFilms)
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	b := newBrowser(t, s, filmFlags(t)...)
	b.permit("denied")
	b.login()
	b.toPortrait(card)
	b.wait("the trouble", trouble)
	if got := b.shows("banner-no-camera"); !strings.Contains(got, "Trình duyệt chưa cho trang này dùng máy ảnh") || !strings.Contains(got, "chọn Cho phép") {
		t.Errorf("banner %q", got)
	}
	b.fits("camera-refused")
	b.click("camera-retry") // still refused: said again
	time.Sleep(300 * time.Millisecond)
	b.wait("the trouble, again", trouble)
	b.permit("granted")
	b.wait("no trouble once it is allowed", "!("+trouble+")")
	b.click("next")
	b.taken("accept")
	b.click("next")
	b.step("fingers")
}

// unplugged makes the page's camera end as that of a pulled cable does, and
// have the browser find none until it is plugged in.
const (
	unplugged = `(() => {
		const track = document.querySelector('.live video').srcObject.getVideoTracks()[0];
		window.realCamera = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
		navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('none', 'NotFoundError'));
		track.stop();
		return track.readyState === 'ended';
	})()`
	pluggedIn = `(() => {
		navigator.mediaDevices.getUserMedia = window.realCamera;
		navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
		return true;
	})()`
)

// TestThePagesCameraComesBack: the cable is pulled while the picture runs.
func TestThePagesCameraComesBack(t *testing.T) {
	s := newSite(t, pageFilms)
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	b := newBrowser(t, s, append(filmFlags(t), allowed)...)
	b.login()
	b.toCard()
	b.click("tab-camera") // it looks for a card that is not there, for ever
	b.wait("the camera's own picture", filming)
	b.fits("camera-page")
	if !eval[bool](b, unplugged) {
		t.Fatal("the camera goes on")
	}
	b.wait("the trouble", trouble)
	if got := b.shows("banner-no-camera"); !strings.Contains(got, "Chưa kết nối máy ảnh") || !strings.Contains(got, "Kiểm tra cáp") {
		t.Errorf("banner %q", got)
	}
	for end := time.Now().Add(patience); s.station.Snapshot().Error == nil; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the station does not notice that no frames come")
		}
	}
	b.fits("camera-gone")
	eval[bool](b, pluggedIn)
	b.wait("no trouble once it is back", "!("+trouble+") && "+filming)
	for end := time.Now().Add(patience); s.station.Snapshot().Error != nil; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the station does not notice that frames come again")
		}
	}
	b.click("tab-scan") // the page goes on
	b.write("qr-text", card.QR()+kb.Enter)
	b.confirm()
}
