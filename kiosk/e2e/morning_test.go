//go:build realparts

package e2e

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/tram-station/tram/kiosk"
	"github.com/tram-station/tram/kiosk/checkup"
	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/chip"
)

// examine finds some things missing, and one part that no page knows by name.
func (s *site) examine(ctx context.Context) (all []kiosk.Finding) {
	for _, d := range s.doctor(ctx) {
		all = append(all, kiosk.Finding{Name: d.Name, State: d.State, Detail: d.Words.EN, Needed: true})
	}
	return append(all,
		kiosk.Finding{Name: "models", State: "waiting", Detail: "pigo alone", Next: "run make assets", Needed: true},
		kiosk.Finding{Name: "scanner/libfprint", State: "missing", Detail: "not in this build: readers that libfprint drives", Next: "build with cgo and -tags libfprint"},
		kiosk.Finding{Name: "keys", State: "ok", Detail: "station " + stationID, Needed: true},
		kiosk.Finding{Name: "something-new", State: "missing", Detail: `<img src=x onerror="window.broken=1">`})
}

// trials are the site's devices as they are tried in the morning.
func (s *site) trials() checkup.Devices {
	return checkup.Devices{Camera: s.camera, Scanner: s.platen.start, PageFilms: s.page != nil, Slot: func() (apdu.Slot, error) {
		if s.gone.Load() {
			return nil, apdu.ErrNoReader
		}
		return s.slot, nil
	}}
}

// TestDevices: each part says in words how it is, what is lost without it and
// what to do; what the doctor says is text.
func TestDevices(t *testing.T) {
	s := newSite(t)
	s.gone.Store(true)
	b := newBrowser(t, s)
	b.login()
	b.room("devices")
	b.wait("the parts", `document.querySelectorAll('[data-test="parts"] > li').length === 8`)
	if got := b.shows("parts-count"); !strings.Contains(got, "Thiếu 1 thứ cần thiết") {
		t.Errorf("the count says %q", got)
	}
	for part, want := range map[string][]string{
		"reader":            {"Đầu đọc thẻ", "Chưa có", "Chưa đọc được chip trên thẻ", "Cắm cáp USB"},
		"camera":            {"Máy ảnh", "Thiết bị ảo, chỉ để thử"},
		"models":            {"Đo và so khớp khuôn mặt", "Chưa dùng được hết", "kỹ thuật viên cài gói"},
		"scanner/libfprint": {"Máy quét vân tay: libfprint", "Không có, không bắt buộc"},
		"keys":              {"Khóa ký và niêm phong của trạm", "Sẵn sàng"},
		"something-new":     {"something-new"},
	} {
		got := b.shows("part-" + part)
		for _, words := range want {
			if !strings.Contains(got, words) {
				t.Errorf("%s says %q, want %q", part, got, words)
			}
		}
	}
	if first := eval[string](b, `document.querySelector('[data-test="parts"] > li').dataset.test`); first != "part-reader" {
		t.Errorf("the first part is %s, want what is missing", first)
	}
	b.do(chromedp.Click(chromedp.CSS(`[data-test="part-something-new"] summary`)))
	b.wait("markup as text", `document.querySelector('[data-test="part-something-new"]').innerText.includes('<img src=x')`)
	if eval[bool](b, `window.broken !== undefined || document.querySelector('img[src="x"]') !== null`) {
		t.Error("what the doctor said became markup")
	}
	b.fits("devices")
	s.gone.Store(false)
	time.Sleep(6 * time.Second) // the doctor looks anew after five
	b.click("devices-look")
	b.wait("the reader", `document.querySelector('[data-test="part-reader"]').dataset.state === 'virtual'`)
	if got := b.shows("parts-count"); !strings.Contains(got, "Đủ mọi thứ cần thiết") {
		t.Errorf("the count says %q", got)
	}
	b.click("language")
	b.wait("English", `document.body.innerText.includes('Nothing needed is missing')`)
	b.fits("devices-en")
	b.click("devices-back")
	b.step("idle")
}

// morning is the check's row of a part.
func (b *browser) morning(part, level string) string {
	b.t.Helper()
	b.wait(part+" "+level, `document.querySelector('[data-test="morning-`+part+`"]')?.dataset.level === '`+level+`'`)
	return b.shows("morning-" + part)
}

// noted keeps every track of a camera that the page opens.
const noted = `(() => {
	window.filmed = [];
	const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
	navigator.mediaDevices.getUserMedia = async (wish) => {
		const stream = await real(wish);
		window.filmed.push(...stream.getTracks());
		return stream;
	};
	return true;
})()`

// TestMorningCheckFilmsInThePage: where the page is the camera, the page tries
// it. A browser that refuses says what to do; the camera goes off again. The
// sheet that is printed has each letter.
func TestMorningCheckFilmsInThePage(t *testing.T) {
	s := newSite(t, pageFilms)
	s.slot.Put(s.issue(chip.FaultNone))
	b := newBrowser(t, s, filmFlags(t)...)
	b.permit("denied")
	b.login()
	b.printing()
	eval[bool](b, noted)
	b.room("devices")
	b.click("next")
	if got := b.morning("camera", "failed"); !strings.Contains(got, "Trình duyệt chưa cho trang này dùng máy ảnh") || !strings.Contains(got, "chọn Cho phép") {
		t.Errorf("the camera says %q", got)
	}
	b.morning("scanner", "ok")
	b.wait("the printed page", `window.prints === 1 && document.querySelector('[data-test="printer-bad"]') !== null`)
	paper := b.toPaper("trial")
	paper.says(t, "Ă", "ẵ", "Ự", "đ")
	paper.never(t, "officer-1", stationID)
	b.click("printer-bad")
	if got := b.morning("printer", "failed"); !strings.Contains(got, "Kiểm tra") {
		t.Errorf("the printer says %q", got)
	}
	b.fits("morning-refused")
	b.permit("granted")
	b.click("next") // what failed, once more
	b.wait("the camera's own picture", `(document.querySelector('.ask-now .trial')?.videoWidth ?? 0) > 0`)
	b.picture("morning-films")
	b.morning("camera", "ok")
	b.wait("the camera is off", `window.filmed.length > 0 && window.filmed.every((track) => track.readyState === 'ended')`)
	b.wait("the second sheet", `window.prints === 2`)
	b.click("devices-back") // in the middle of the check
	b.step("idle")
	if eval[bool](b, `document.querySelector('.trial, .banner.daemon') !== null`) {
		t.Error("the check goes on behind the page")
	}
}

// TestLeavingGivesTheReaderBack: the first citizen comes while the check waits
// for a card.
func TestLeavingGivesTheReaderBack(t *testing.T) {
	s := newSite(t)
	b := newBrowser(t, s)
	b.login()
	b.room("devices")
	b.click("next")
	b.wait("the card is asked for", `document.querySelector('[data-test="morning-prompt"]').innerText.includes('Đặt một thẻ căn cước lên đầu đọc')`)
	b.click("devices-back")
	b.step("idle")
	b.room("devices")
	begun := time.Now()
	b.click("next")
	s.slot.Put(s.issue(chip.FaultNone))
	b.morning("reader", "ok") // not "another device is being tried"
	if took := time.Since(begun); took > 9*time.Second {
		t.Errorf("the reader was free after %v", took)
	}
	if eval[bool](b, `document.querySelector('.banner') !== null`) {
		t.Error("leaving the check is told as a fault")
	}
}

// TestMorningCheck: each device is asked for in turn; what fails says why and is
// tried again alone; nothing of it is kept.
func TestMorningCheck(t *testing.T) {
	s := newSite(t)
	s.platen.gone.Store(true)
	b := newBrowser(t, s)
	b.login()
	b.room("devices")
	b.click("next")
	b.wait("the card is asked for", `document.querySelector('[data-test="morning-prompt"]').innerText.includes('Đặt một thẻ căn cước lên đầu đọc')`)
	if !eval[bool](b, `document.querySelector('[data-test="next"]').disabled`) {
		t.Error("a second check could begin")
	}
	b.fits("morning-card")
	s.slot.Put(s.issue(chip.FaultNone))
	if got := b.morning("reader", "ok"); !strings.Contains(got, "Thẻ trả lời") {
		t.Errorf("the reader says %q", got)
	}
	b.morning("camera", "ok")
	b.wait("the picture", `(document.querySelector('[data-test="morning-picture"]')?.width ?? 0) === 480`)
	if got := b.morning("scanner", "failed"); !strings.Contains(got, "Chưa kết nối máy quét vân tay") || !strings.Contains(got, "Cắm lại") {
		t.Errorf("the scanner says %q", got)
	}
	b.wait("the printed page", `document.querySelector('[data-test="printer-good"]') !== null`)
	b.fits("morning-printer")
	b.click("printer-good")
	b.morning("printer", "ok")
	b.wait("the verdict", `document.querySelector('[data-test="morning-prompt"]').innerText.includes('1 phần cần xem lại')`)
	b.fits("morning-failed")
	s.platen.gone.Store(false)
	b.wait("the next action", `document.querySelector('[data-test="next"]').innerText.includes('Thử lại phần chưa đạt')`)
	b.click("next")
	b.morning("scanner", "ok")
	b.wait("all good", `document.querySelector('[data-test="morning-prompt"]').innerText.includes('Trạm sẵn sàng')`)
	b.morning("reader", "ok") // it was not asked once more
	if got := b.shows("morning-time"); !strings.Contains(got, "giây") {
		t.Errorf("the time is %q", got)
	}
	b.fits("morning-done")
	now := s.station.Snapshot()
	if now.Step != "idle" || now.ID != "" || len(must(s.outbox.List())(t)) != 0 {
		t.Errorf("the check left something behind: %s %s", now.Step, now.ID)
	}
	b.click("devices-back")
	b.click("next")
	b.step("notice") // the devices are free again
}
