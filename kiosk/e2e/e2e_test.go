//go:build realparts

package e2e

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/uuid"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/reader/chip"
)

const chipDone = `document.querySelector('.progress.done') !== null`

// confirm enters the phone number and confirms the person.
func (b *browser) confirm() {
	b.t.Helper()
	b.step("person")
	b.write("phone", "0912 345 678")
	b.wait("the chip", chipDone)
	b.click("next")
	b.step("portrait")
}

// toReceipt goes from the portrait to the receipt.
func (b *browser) toReceipt(look func(name string)) {
	b.t.Helper()
	b.click("next")
	b.wait("a live picture", `(document.querySelector('.live canvas')?.width ?? 0) > 400`)
	look("portrait")
	b.taken("accept")
	look("taken")
	b.click("next")
	b.step("fingers")
	b.click("next")
	b.shown("2", "done")
	look("fingers")
	b.click("next")
	b.step("documents")
	b.click("add-document")
	b.do(chromedp.SetValue(css("document-type"), "driving-licence"))
	b.write("document-number", "010123456789")
	b.click("document-seen")
	look("documents")
	b.click("next")
	b.step("consent")
	b.click("consent-registration")
	b.click("consent-document-0")
	look("consent")
	b.click("next")
	b.step("sign")
	b.click("sure")
	b.wait("the pictures", `document.querySelectorAll('.gallery canvas').length === 4`)
	look("review")
	b.click("next")
	b.step("done")
}

func blind(string) {}

// custody waits for the last state on the page and compares it with the
// outbox's verified receipt.
func (b *browser) custody(s *site) {
	b.t.Helper()
	b.wait("custody", `document.querySelector('[data-test="state-custody"]')?.dataset.level === 'done'`)
	status, err := s.outbox.Status(uuid.MustParse(b.shows("receipt-id")))
	if err != nil || status.State != offline.Custody || status.Receipt == nil {
		b.t.Errorf("the page says received, the outbox says %+v, %v", status, err)
	}
}

func TestLoginToReceipt(t *testing.T) {
	s := newSite(t)
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	b := newBrowser(t, s)
	b.fits("login")
	b.signIn("officer-1", "000000")
	b.wait("the wrong PIN", `document.querySelector('[data-test="login-problem"]').innerText.includes('PIN')`)
	b.login()
	b.wait("the devices", `document.querySelectorAll('[data-test="devices"] li').length === 4`)
	b.fits("idle")
	b.click("next")
	b.step("notice")
	b.fits("notice")
	b.click("heard")
	b.click("next")
	b.step("card")
	b.fits("card")
	b.write("qr-text", card.QR()+kb.Enter)
	b.step("person")
	b.wait("the chip", chipDone)
	b.checkPerson()
	b.wait("the chip's portrait", `document.querySelector('.who canvas') !== null`)
	b.fits("person")
	b.confirm()
	b.toReceipt(b.fits)
	b.custody(s)
	b.fits("receipt")
	b.click("language")
	b.wait("English", `document.documentElement.lang === 'en' && document.body.innerText.includes('Received, in processing')`)
	b.fits("receipt-en")
	b.click("next")
	b.step("idle")
}

func (b *browser) checkPerson() {
	b.t.Helper()
	for field, want := range map[string]string{"fact-name": "Nguyễn Văn Thử", "fact-number": "001090990001", "fact-birth": "14/02/1990"} {
		if got := b.shows(field); !strings.Contains(got, want) {
			b.t.Errorf("%s shows %q, want %q", field, got, want)
		}
	}
	for _, check := range []string{"access", "sod-hashes", "sod-signature", "chain"} {
		if got := b.shows("check-" + check); !strings.HasSuffix(strings.TrimSpace(got), "Đạt") {
			b.t.Errorf("check %s shows %q", check, got)
		}
	}
}

func TestWrongCANThenPicture(t *testing.T) {
	s := newSite(t)
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	b := newBrowser(t, s)
	b.login()
	b.toCard()
	b.click("tab-hand")
	b.fits("by-hand")
	b.write("hand-can", "999999")
	b.click("next")
	if got := b.shows("banner-wrong-key"); !strings.Contains(got, "Sai khóa mở chip") {
		t.Errorf("banner %q", got)
	}
	b.step("card")
	b.fits("wrong-key")
	b.click("tab-picture")
	b.fits("picture")
	b.do(chromedp.SetUploadFiles(css("picture"), []string{pngFile(t, image.NewGray(image.Rect(0, 0, 200, 200)))}, chromedp.NodeReady))
	b.wait("the empty picture's problem", `document.querySelector('.banner')?.innerText.includes('QR')`)
	b.do(chromedp.SetUploadFiles(css("picture"), []string{pngFile(t, qrImage(t, card.QR()))}, chromedp.NodeReady))
	b.step("person")
	b.wait("the chip", chipDone)
	b.click("correct-residence")
	b.do(chromedp.SetValue(css("text"), "Số 6, Phố Mẫu, Hà Nội"))
	b.click("text-go")
	b.confirm()
	for _, field := range s.station.Snapshot().Person.Fields {
		if field.Name == "residence" && (field.Value != "Số 6, Phố Mẫu, Hà Nội" || field.Source != "officer") {
			t.Errorf("after the correction the residence is %+v", field)
		}
	}
}

func TestFailedSignatureNeedsAReason(t *testing.T) {
	s := newSite(t, func(s *site) { s.rules.Exceptions.WaitS = 1 }) // no supervisor is there
	card := s.issue(chip.FaultSODHash)
	s.slot.Put(card)
	b := newBrowser(t, s)
	b.login()
	b.toCard()
	b.write("qr-text", card.QR()+kb.Enter)
	b.step("person")
	if got := b.shows("banner-failed"); !strings.Contains(got, "Chip không xác thực được") {
		t.Errorf("banner %q", got)
	}
	if got := b.shows("check-sod-hashes"); !strings.Contains(got, "Không đạt") {
		t.Errorf("check %q", got)
	}
	b.fits("failed")
	if text := strings.ToLower(eval[string](b, `document.body.innerText`)); strings.Contains(text, "thẻ giả") || strings.Contains(text, "giả mạo") {
		t.Error("the page accuses the citizen")
	}
	b.click("acknowledge-check:sod-hashes")
	b.write("reason", "Đã đối chiếu với sổ gốc tại quầy")
	b.fits("reason")
	b.click("reason-go")
	b.wait("the banner's end", `document.querySelector('[data-test="banner-failed"]') === null`)
	b.confirm()
	b.toReceipt(blind)
	b.custody(s)
}

func TestReaderGoneThenCardLost(t *testing.T) {
	s := newSite(t)
	card, dead := s.issue(chip.FaultPullOnce), s.issue(chip.FaultPull)
	s.gone.Store(true)
	b := newBrowser(t, s)
	b.login()
	b.toCard()
	b.write("qr-text", card.QR()+kb.Enter)
	if got := b.shows("banner-no-reader"); !strings.Contains(got, "Chưa kết nối đầu đọc") {
		t.Errorf("banner %q", got)
	}
	b.fits("no-reader")
	s.gone.Store(false)
	s.slot.Put(card)
	b.wait("the chip in the end", chipDone)
	b.wait("no banner", `document.querySelector('[data-test="banner-no-reader"]') === null`)
	b.click("cancel")
	b.fits("cancel")
	b.click("cancel-drop")
	b.step("idle")
	s.slot.Pull()
	s.slot.Put(dead)
	b.toCard()
	b.write("qr-text", dead.QR()+kb.Enter)
	if got := b.shows("banner-card-lost"); !strings.Contains(got, "Mất kết nối với thẻ") {
		t.Errorf("banner %q", got)
	}
	b.fits("card-lost")
}

func TestMarkupInAScanStaysText(t *testing.T) {
	s := newSite(t)
	card := s.issue(chip.FaultNone)
	b := newBrowser(t, s)
	b.login()
	fields := strings.Split(card.QR(), "|")
	fields[5] = `<img src=x onerror="window.broken=1"><script>window.broken=1</script>`
	payload := strings.Join(fields, "|")
	for name, scan := range map[string]func(){
		"typed": func() { b.write("qr-text", payload+kb.Enter) },
		"filmed": func() {
			s.counter.lay(t, desk(t, payload, 460))
			b.click("tab-camera")
		},
	} {
		b.toCard()
		scan()
		b.step("person")
		if got := b.shows("fact-residence"); !strings.Contains(got, `<img src=x onerror=`) || !strings.Contains(got, "<script>") {
			t.Errorf("%s: the scanned markup is not shown as text: %q", name, got)
		}
		if eval[bool](b, `window.broken !== undefined || document.querySelector('img[src="x"]') !== null || document.querySelector('dd script') !== null`) {
			t.Errorf("%s: the scanned markup became part of the page", name)
		}
		b.click("cancel")
		b.click("cancel-drop")
	}
}

// TestScannerTypesAZone: its lines come one by one, or in one piece without an
// end; a QR code between is not held up.
func TestScannerTypesAZone(t *testing.T) {
	s := newSite(t)
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	b := newBrowser(t, s)
	b.login()
	b.toCard()
	lines := card.MRZ()
	b.write("qr-text", lines[0]+kb.Enter)
	if got := b.shows("wedge-lines"); !strings.Contains(got, "1 dòng MRZ") {
		t.Errorf("after one line the page says %q", got)
	}
	b.fits("one-line")
	b.write("qr-text", "https://example.vn/a|b"+kb.Enter)
	if got := b.shows("banner-refusal"); !strings.Contains(got, "không phải thẻ căn cước") {
		t.Errorf("banner %q", got)
	}
	misread := strings.Replace(lines[1], "9", "8", 1)
	b.write("qr-text", lines[0]+kb.Enter+misread+kb.Enter+lines[2]+kb.Enter)
	b.wait("the wrong line's name", `document.querySelector('[data-test="banner-refusal"]')?.innerText.includes('dòng 2: ngày sinh') ?? false`)
	b.fits("misread")
	b.write("qr-text", strings.Join(lines, kb.Enter)+kb.Enter)
	b.step("person")
	b.wait("the chip", chipDone)
	b.click("cancel")
	b.click("cancel-drop")
	b.toCard()
	b.write("qr-text", strings.Join(lines, "")) // no line end at all
	b.step("person")
	b.wait("the chip again", chipDone)
}

func TestNetworkDownWaitsThenGoesOut(t *testing.T) {
	s := newSite(t)
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	s.central.down.Store(true)
	b := newBrowser(t, s)
	b.login()
	b.toCard()
	b.write("qr-text", card.QR()+kb.Enter)
	b.confirm()
	b.toReceipt(blind)
	b.wait("a try that failed", `document.querySelector('[data-test="queue-count"]').innerText === '1'`)
	b.fits("waiting")
	if level := eval[string](b, `document.querySelector('[data-test="state-custody"]').dataset.level`); level != "" {
		t.Errorf("custody is %q without a network", level)
	}
	b.click("queue")
	b.fits("queue")
	b.click("queue-close")
	s.central.down.Store(false)
	if err := s.outbox.Retry(); err != nil {
		t.Fatal(err)
	}
	b.custody(s)
}

func TestServerRestartKeepsTheStep(t *testing.T) {
	s := newSite(t)
	b := newBrowser(t, s)
	b.login()
	b.click("next")
	b.step("notice")
	s.stopServer()
	if got := b.shows("banner-daemon"); !strings.Contains(got, "hồ sơ vẫn được giữ") {
		t.Errorf("banner %q", got)
	}
	b.fits("daemon")
	s.startServer(s.host)
	b.wait("the login", `document.querySelector('[data-test="pin"]') !== null`)
	b.signIn("officer-1", pin)
	b.step("notice")
}

func qrImage(t *testing.T, text string) image.Image {
	t.Helper()
	hints := map[gozxing.EncodeHintType]any{gozxing.EncodeHintType_CHARACTER_SET: "UTF-8"}
	matrix := must(qrcode.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, 520, 520, hints))(t)
	img := image.NewGray(image.Rect(0, 0, 520, 520))
	for y := range 520 {
		for x := range 520 {
			if !matrix.Get(x, y) {
				img.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	return img
}

func pngFile(t *testing.T, img image.Image) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "picture.png")
	file := must(os.Create(path))(t)
	defer file.Close()
	if err := png.Encode(file, img); err != nil {
		t.Fatal(err)
	}
	return path
}
