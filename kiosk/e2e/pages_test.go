//go:build realparts

package e2e

import (
	"image"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/reader/chip"
)

// TestPicturesOfIdentityPapers: where the rules want a picture of a paper that
// says who somebody is, the page takes it from the counter's camera or a file, and
// does not go on without.
func TestPicturesOfIdentityPapers(t *testing.T) {
	s := newSite(t, pageFilms, func(s *site) {
		s.rules.Papers = slices.Clone(s.rules.Papers)
		for i := range s.rules.Papers {
			s.rules.Papers[i].Scan = s.rules.Papers[i].Type == "birth-certificate"
		}
	})
	b := newBrowser(t, s, append(filmFlags(t), allowed)...)
	b.login()
	b.begin("kind-issuance-first", nil, nil).through("identity")
	b.click("card-none")
	b.write("identity-name", "Nguyễn Văn Thử")
	b.write("identity-number", "001090990001")
	b.write("identity-birth", "14/02/1990")
	b.click("identity-sex-Nam")
	b.picks("identity-paper-type", "birth-certificate")
	b.write("identity-paper-number", "123/1990")
	b.ticks("identity-paper-seen")
	b.off("ảnh chụp hoặc bản quét")
	b.click("snap-identity")
	b.wait("the camera over the counter", `(document.querySelector('[data-test="snap-live"]')?.videoWidth ?? 0) > 0`)
	b.fits("snap")
	eval[bool](b, `(window.filmed = document.querySelector('[data-test="snap-live"]').srcObject, true)`)
	b.click("snap-go")
	b.includes("snap-said", "Đã chụp 1 trang")
	b.click("snap-close")
	b.wait("the end of the filming", `document.querySelector('dialog') === null && window.filmed.getTracks().every((track) => track.readyState === 'ended')`)
	b.wait("the page", `document.querySelectorAll('.thumb canvas').length === 1`)
	b.do(chromedp.SetUploadFiles(css("pages-identity"), []string{picturePage(t, 240)}, chromedp.NodeReady))
	b.wait("two pages", `document.querySelectorAll('.thumb canvas').length === 2`)
	b.fits("identity")
	b.click("next")
	b.step("person")
	snapshot := s.station.Snapshot()
	if got := snapshot.Identity.Papers[0].Pages; !slices.Equal(got, []string{"page-1", "page-2"}) {
		t.Errorf("the paper has the pages %v", got)
	}
	for _, p := range snapshot.Pages {
		if p.Purpose != enrol.PageIdentity || !p.Used || p.Width < 400 {
			t.Errorf("%+v", p)
		}
	}
}

// TestNoCameraOverTheCounter: the browser refuses it; the officer reads what else
// can be done, and a picture that the station does not take is not counted.
func TestNoCameraOverTheCounter(t *testing.T) {
	s := newSite(t, pageFilms)
	b := newBrowser(t, s, filmFlags(t)...)
	b.permit("denied")
	b.login()
	b.begin("kind-issuance-first", nil, nil).through("identity")
	b.click("card-none")
	b.click("snap-identity")
	b.includes("snap-said", "thêm ảnh từ tệp")
	if eval[bool](b, `!document.querySelector('[data-test="snap-go"]').disabled`) {
		t.Error("without a camera a page can be taken")
	}
	b.fits("snap-refused")
	b.click("snap-close")
	b.permit("granted")
	b.click("snap-identity")
	b.wait("the camera", `!document.querySelector('[data-test="snap-go"]').disabled`)
	s.stopServer()
	b.click("snap-go")
	b.includes("snap-said", "Trạm chưa nhận được ảnh này")
	s.startServer(s.host)
}

// TestPaperOfAGuardianInPictures: the paper that shows the relation has its pages,
// too; those that no paper names are given to it or dropped.
func TestPaperOfAGuardianInPictures(t *testing.T) {
	s, b := kindSite(t)
	b.begin("kind-ward", nil, nil).through("guardian")
	b.click("guardian-without")
	b.write("guardian-reason", "thẻ đang làm thủ tục cấp đổi")
	b.write("guardian-name", "Nguyễn Văn Cha")
	b.write("guardian-number", "001085000022")
	b.write("guardian-birth", "1/3/1985")
	b.click("relation-guardian")
	b.paper("guardian", "court-decision", "12/2015")
	b.do(chromedp.SetUploadFiles(css("pages-guardian"), []string{picturePage(t, 240), picturePage(t, 200)}, chromedp.NodeReady))
	b.wait("two pages", `document.querySelectorAll('.thumb canvas').length === 2`)
	b.fits("guardian-pages")
	b.do(chromedp.Reload()) // what was typed is gone with the window's memory, the pages are not
	b.step("guardian")
	b.wait("the pages that wait", `document.querySelectorAll('[data-test="loose"] canvas').length === 2`)
	b.click("drop-page-2")
	b.wait("one page", `document.querySelectorAll('[data-test="loose"] canvas').length === 1`)
	b.click("give-page-1")
	b.wait("no page that waits", `document.querySelector('[data-test="loose"]') === null`)
	b.click("guardian-without")
	b.write("guardian-reason", "thẻ đang làm thủ tục cấp đổi")
	b.write("guardian-name", "Nguyễn Văn Cha")
	b.write("guardian-number", "001085000022")
	b.write("guardian-birth", "1/3/1985")
	b.click("relation-guardian")
	b.paper("guardian", "court-decision", "12/2015")
	b.click("next")
	b.step("card")
	if got := s.station.Snapshot().Guardian.Paper.Pages; !slices.Equal(got, []string{"page-1"}) {
		t.Errorf("the paper has the pages %v", got)
	}
}

// TestPicturesStayWithTheirCitizen: pictures that are on their way when the
// application is dropped are not sent to the next one.
func TestPicturesStayWithTheirCitizen(t *testing.T) {
	s, b := kindSite(t)
	var many []string
	for i := range 24 {
		img := image.NewGray(image.Rect(0, 0, 2100, 2970))
		for at := range img.Pix {
			img.Pix[at] = uint8(100 + i)
		}
		many = append(many, pngFile(t, img))
	}
	b.begin("kind-issuance-first", nil, nil).through("identity")
	b.click("card-none")
	b.do(chromedp.SetUploadFiles(css("pages-identity"), many, chromedp.NodeReady))
	b.wait("the first page", `document.querySelectorAll('.thumb canvas').length > 0`)
	b.click("cancel")
	b.click("cancel-drop")
	b.step("idle")
	if n := len(s.station.Snapshot().Pages); n != 0 {
		t.Errorf("%d pages without an application", n)
	}
	b.begin("kind-issuance-first", nil, nil).through("identity")
	time.Sleep(1500 * time.Millisecond)
	if pages := s.station.Snapshot().Pages; len(pages) != 0 {
		t.Errorf("the next citizen has %+v", pages)
	}
}

// TestSupervisorByKey: a supervisor at the station agrees with a security key; one
// that signs wrongly agrees to nothing.
func TestSupervisorByKey(t *testing.T) {
	s := newSite(t)
	card := s.issue(chip.FaultSODHash)
	s.slot.Put(card)
	b := newBrowser(t, s)
	key := b.virtualKey()
	b.signIn(supervisor, supervisorPIN)
	b.step("idle")
	b.click("menu")
	b.click("room-settings")
	b.step("settings")
	b.click("own-key-add")
	b.write("key-name", "khóa xanh")
	b.write("key-pin", supervisorPIN)
	b.click("key-go")
	b.wait("the key in the list", `document.querySelectorAll('[data-test="own-keys"] li').length === 1`)
	b.click("logout")
	b.wait("the log-in", `document.querySelector('[data-test="officer"]') !== null`)
	b.toPerson(card)
	b.click("acknowledge-check:sod-hashes")
	b.write("reason", "Đã đối chiếu với sổ gốc tại quầy")
	b.click("reason-go")
	b.click("needs")
	if eval[bool](b, `!document.querySelector('[data-test="need-key"]').disabled`) {
		t.Error("a key is asked for without a reason")
	}
	b.click("need-reason-seen")
	b.bogus(key, true)
	b.click("need-key")
	b.includes("need-problem", "Khóa bảo mật")
	b.fits("need-key-refused")
	if got := s.need(); got.State == "approved" {
		t.Fatalf("a key that signs wrongly approved it: %+v", got)
	}
	b.bogus(key, false)
	b.click("need-key")
	b.wait("the dialog's end", `document.querySelector('dialog') === null`)
	if got := s.need(); got.State != "approved" || got.By != supervisor || got.Why != "seen" {
		t.Errorf("the exception is %+v", got)
	}
	for end := time.Now().Add(patience); s.acts(enrol.ActKeyRefused) == 0; time.Sleep(40 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the refused key is not in the log")
		}
	}
}
