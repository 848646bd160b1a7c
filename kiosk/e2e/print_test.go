//go:build realparts

package e2e

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/tram-station/tram/kiosk"
	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/offline/audit"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/reader/chip"
)

// office is who receives on the papers of the tests.
var office = kiosk.Office{Parent: "CÔNG AN TỈNH MẪU", Name: "CÔNG AN PHƯỜNG THỬ NGHIỆM", Place: "Thử Nghiệm",
	Address: "Số 1, Phố Mẫu", Phone: "0200 000 000", Station: stationID}

const (
	custodyWords = "Đã gửi xử lý hồ sơ"
	waitingWords = "Đã niêm phong, chờ gửi"
	stateName    = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
)

// printing counts what the page gives to the printer, in place of its dialog.
func (b *browser) printing() {
	b.t.Helper()
	eval[bool](b, `(window.prints = 0, window.print = () => { window.prints++; }, true)`)
}

// printed presses a button and takes the paper that comes, as the printer does.
func (b *browser) printed(button, name string) sheet {
	b.t.Helper()
	before := eval[int](b, `window.prints`)
	b.click(button)
	b.wait("the print", `window.prints === `+strconv.Itoa(before+1)+` && document.querySelector('[data-test="printed"]') !== null`)
	if eval[bool](b, `document.body.innerText.includes('`+stateName+`')`) {
		b.t.Error("the paper is seen on the screen")
	}
	return b.toPaper(name)
}

// toPaper prints what is there into a PDF; afterwards nothing of it is on the page.
func (b *browser) toPaper(name string) sheet {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	pdf, err := chromedp.Run(ctx, chromedp.PrintToPDF(func(p *page.PrintToPDFParams) { p.PreferCSSPageSize = new(true) }))
	if err != nil {
		b.fail(err)
	}
	b.wait("the paper's end", `document.querySelector('[data-test="printed"]') === null`)
	dir := b.t.TempDir()
	if shots := os.Getenv("TRAM_SCREENSHOTS"); shots != "" {
		dir = shots
	}
	path := filepath.Join(dir, strings.ReplaceAll(strings.TrimPrefix(b.t.Name(), "Test"), "/", "-")+"-"+name+".pdf")
	if err := os.WriteFile(path, pdf, 0o600); err != nil {
		b.t.Fatal(err)
	}
	return readSheet(b.t, path)
}

// acts counts an act in the station's audit log.
func (s *site) acts(what string) (n int) {
	s.t.Helper()
	if err := s.outbox.Acts(0, func(_ uint64, a audit.Act) error {
		if a.What == what {
			n++
		}
		return nil
	}); err != nil {
		s.t.Fatal(err)
	}
	return n
}

// onReceipt is what each receipt says, whatever its paper is.
func (b *browser) onReceipt(s sheet, id string) {
	b.t.Helper()
	r := b.site.station.Snapshot().Receipt
	if r == nil {
		r = &enrol.Receipt{}
	}
	date := strings.Split(r.Due, "-")
	s.says(b.t, office.Parent, office.Name, stateName, "Độc lập - Tự do - Hạnh phúc", "GIẤY TIẾP NHẬN VÀ HẸN TRẢ KẾT QUẢ", id, "N.V.T.", "••••••••0001",
		"Cấp tài khoản định danh điện tử mức độ 2", "03 ngày làm việc", "ngày "+date[2]+"/"+date[1]+"/"+date[0], "Miễn phí", "Trong 7 ngày",
		"theo thời hạn của thẻ căn cước", "1900.0368", "NGƯỜI NỘP HỒ SƠ", "CÁN BỘ TIẾP NHẬN", office.Address, stationID)
	s.never(b.t, "Nguyễn", "Thử Minh", "001090990001", "Free of charge", "Received, in processing")
	if got := s.code(b.t); got != id {
		b.t.Errorf("the code on the paper says %q, want %q", got, id)
	}
}

// TestReceiptOnPaper: on both papers and in each language of the page the same
// Vietnamese receipt; custody stands on it only after the central's own.
func TestReceiptOnPaper(t *testing.T) {
	s := newSite(t, func(s *site) { s.office = office })
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	s.central.down.Store(true)
	b := newBrowser(t, s)
	b.login()
	b.toCard()
	b.write("qr-text", card.QR()+kb.Enter)
	b.confirm()
	b.toReceipt(blind)
	b.printing()
	id := b.shows("receipt-id")
	before := b.printed("print", "waiting-a4")
	before.is(t, 210, 297)
	b.onReceipt(before, id)
	before.says(t, waitingWords)
	before.never(t, custodyWords, "số tiếp nhận của trung tâm", "Bản in lại")
	b.click("language")
	eval[bool](b, `(localStorage.setItem('tram-paper', '80mm'), true)`)
	slip := b.printed("print", "waiting-80mm")
	slip.is(t, 80, 0)
	b.onReceipt(slip, id)
	slip.never(t, custodyWords)
	if slip.height < 120 || slip.height > 300 {
		t.Errorf("the slip is %.0f mm long", slip.height)
	}
	b.fits("receipt")
	s.central.down.Store(false)
	if err := s.outbox.Retry(); err != nil {
		t.Fatal(err)
	}
	b.custody(s)
	after := b.printed("print", "custody-80mm")
	after.is(t, 80, 0)
	b.onReceipt(after, id)
	after.says(t, custodyWords, "số tiếp nhận của trung tâm")
	after.never(t, waitingWords)
	if n := s.acts(enrol.ActPrinted); n != 3 {
		t.Errorf("%d prints in the log, want 3", n)
	}
	b.reprints(s, after.code(t))
}

// reprints prints the receipt again from the look-up, also once the central has
// decided.
func (b *browser) reprints(s *site, id string) {
	b.t.Helper()
	due := s.station.Snapshot().Receipt.Due
	eval[bool](b, `(localStorage.setItem('tram-paper', 'a4'), true)`)
	s.say(id, gateway.Event{State: "validated"})
	s.say(id, gateway.Event{State: "approved"})
	b.level("result", "done")
	b.do(chromedp.KeyEvent(kb.F3))
	b.step("lookup")
	b.lookUp(id) // as a scanner types it from the receipt
	again := b.printed("reprint", "again-a4")
	again.is(b.t, 210, 297)
	b.onReceipt(again, id)
	again.says(b.t, "Bản in lại", custodyWords, "Hồ sơ được phê duyệt")
	if date := strings.Split(due, "-"); !strings.Contains(again.text, date[2]+"/"+date[1]+"/"+date[0]) {
		b.t.Errorf("the day of the result is not %s any more", due)
	}
	b.do(chromedp.KeyEvent("p", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	b.wait("the print by the keyboard", `window.prints === 5`)
	b.toPaper("keyboard")
	b.click("queue")
	b.step("queue")
	b.click("queue-list-all")
	b.click("queue-row-" + id)
	listed := b.printed("reprint", "queue-a4")
	b.onReceipt(listed, id)
	listed.says(b.t, "Bản in lại")
}

// await waits for the station behind the page.
func (s *site) await(what string, is func(enrol.Snapshot) bool) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	for snapshot := range s.station.Watch(ctx) {
		if is(snapshot) {
			return
		}
	}
	s.t.Fatalf("waited in vain for %s, the station is at %s", what, s.station.Snapshot().Step)
}

// TestFormOnPaper: TK01 is printed in the step before the seal, and never again.
func TestFormOnPaper(t *testing.T) {
	s := newSite(t, func(s *site) { s.office = office })
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	b := newBrowser(t, s)
	b.login()
	b.toCard()
	b.write("qr-text", card.QR()+kb.Enter)
	b.confirm()
	b.printing()
	b.toReceipt(func(name string) {
		if name != "review" {
			return
		}
		b.fits("form")
		form := b.printed("print-form", "tk01")
		form.is(t, 210, 297)
		form.says(t, "Mẫu TK01", stateName, office.Name, "CẤP TÀI KHOẢN ĐỊNH DANH ĐIỆN TỬ", "NGUYỄN VĂN THỬ", "14/02/1990", "0 0 1 0 9 0 9 9 0 0 0 1",
			"0 9 1 2 3 4 5 6 7 8", "Giấy phép lái xe", "010123456789", "NGƯỜI ĐỀ NGHỊ", "CÁN BỘ TIẾP NHẬN", s.station.Snapshot().ID)
		form.never(t, "undefined", "null", "form.", "paper.")
	})
	if n := s.acts(enrol.ActFormPrinted); n != 1 {
		t.Errorf("%d prints of the form in the log, want 1", n)
	}
	id := b.shows("receipt-id")
	status := eval[int](b, `(() => { const r = new XMLHttpRequest(); r.open('POST', '/api/printed', false); r.setRequestHeader('Content-Type', 'application/json');
		r.setRequestHeader('X-Tram-Token', sessionStorage.getItem('tram-token')); r.send(JSON.stringify({ id: '`+id+`', paper: 'form' })); return r.status; })()`)
	if status != http.StatusNotFound || eval[bool](b, `document.querySelector('[data-test="print-form"]') !== null || document.documentElement.outerHTML.includes('NGUYỄN VĂN THỬ')`) {
		t.Errorf("after the seal the form is still there: %d", status)
	}
}

// licence is a paper to integrate.
var licence = enrol.Document{Type: "driving-licence", Number: "010123456789", OriginalSeen: true}

// TestOtherForms: TK02 and TK03, and TK01 of an account that is there.
func TestOtherForms(t *testing.T) {
	for name, k := range map[string]struct {
		begin     enrol.BeginArgs
		steps     func(s *site)
		says      []string
		documents []enrol.Document
	}{
		"documents": {enrol.BeginArgs{Kind: "documents"}, func(s *site) {
			s.command(enrol.CmdRequest, enrol.RequestArgs{Items: []enrol.RequestItem{{Action: "add", Type: licence.Type},
				{Action: "withdraw", Type: "health-insurance", Number: "GD4010123456789"}}})
		}, []string{"Mẫu TK01", "× Tích hợp giấy tờ – Giấy phép lái xe", "× Gỡ giấy tờ đã tích hợp – Thẻ bảo hiểm y tế – GD4010123456789", licence.Number}, []enrol.Document{licence}},
		"tk02": {enrol.BeginArgs{Kind: "organisation"}, func(s *site) {
			s.command(enrol.CmdRequest, enrol.RequestArgs{Action: "register", Fields: map[string]string{"organisation": "Công ty Mẫu",
				"tax_code": "0123456787", "address": "Số 1, Phố Mẫu", "role": "Giám đốc"}})
		}, []string{"Mẫu TK02", "CHO CƠ QUAN, TỔ CHỨC", "Công ty Mẫu", "0123456787", "Giám đốc", "NGUYỄN VĂN THỬ", "× Cấp tài khoản cho tổ chức"}, nil},
		"tk03": {enrol.BeginArgs{Kind: "lock"}, func(s *site) {
			s.command(enrol.CmdRequest, enrol.RequestArgs{Action: "lock", Reason: "device-lost", Fields: map[string]string{"detail": "mất điện thoại"}})
		}, []string{"Mẫu TK03", "KHÓA, MỞ KHÓA", "× Khóa tài khoản", "Mất thiết bị đã đăng nhập", "mất điện thoại", "chủ tài khoản", "0 0 1 0 9 0 9 9 0 0 0 1"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, func(s *site) { s.office = office })
			card := s.issue(chip.FaultNone)
			s.slot.Put(card)
			s.command(enrol.CmdBegin, k.begin)
			s.command(enrol.CmdNotice, struct{}{})
			s.command(enrol.CmdScan, enrol.ScanArgs{Text: card.QR()})
			s.await("the chip", func(n enrol.Snapshot) bool { return n.Chip.State == "done" })
			person := enrol.PersonArgs{}
			if k.documents != nil {
				person.Phone = "0912345678"
			}
			s.command(enrol.CmdConfirmPerson, person)
			k.steps(s)
			s.command(enrol.CmdRegisterCheck, struct{}{})
			if k.documents != nil {
				s.await("the documents", func(n enrol.Snapshot) bool { return n.Step == enrol.StepDocuments })
				s.command(enrol.CmdDocuments, enrol.DocumentsArgs{Documents: k.documents})
			}
			s.form(name, append(k.says, stateName, office.Name)...)
		})
	}
}

// form gives the consent behind the page and prints the form.
func (s *site) form(name string, says ...string) sheet {
	t := s.t
	t.Helper()
	s.await("the consent", func(n enrol.Snapshot) bool { return n.Step == enrol.StepConsent })
	s.command(enrol.CmdConsent, enrol.ConsentArgs{Registration: true, Documents: make([]bool, len(s.station.Snapshot().Documents))})
	b := newBrowser(t, s)
	b.signIn("officer-1", pin)
	b.step("sign")
	b.printing()
	form := b.printed("print-form", name)
	form.is(t, 210, 297)
	form.says(t, says...)
	form.never(t, "undefined", "null", "form.", "paper.", "device-lost", "birth-certificate")
	return form
}

// TestChildsForm has the guardian, the dependants and a refused document on it.
func TestChildsForm(t *testing.T) {
	s := newSite(t, untaken("child"))
	father, child := s.issueTo(person(40, "Nguyễn Văn Cha", "Nam"), chip.FaultNone), s.issueTo(person(11, "Nguyễn Thị Bé", "Nữ"), chip.FaultNone)
	s.slot.Put(father)
	s.command(enrol.CmdBegin, enrol.BeginArgs{Kind: "child"})
	s.command(enrol.CmdNotice, struct{}{})
	s.command(enrol.CmdGuardianScan, enrol.ScanArgs{Text: father.QR()})
	s.await("the guardian's chip", func(n enrol.Snapshot) bool { return n.Guardian.Chip.State == "done" })
	s.command(enrol.CmdGuardian, enrol.GuardianArgs{Relation: "father", Paper: enrol.Paper{Type: "birth-certificate", Number: "12/2015", OriginalSeen: true}})
	s.slot.Put(child)
	s.command(enrol.CmdScan, enrol.ScanArgs{Text: child.QR()})
	s.await("the chip", func(n enrol.Snapshot) bool { return n.Chip.State == "done" })
	s.command(enrol.CmdConfirmPerson, enrol.PersonArgs{Phone: "0912345678", Email: "cha@example.vn"})
	s.command(enrol.CmdRegisterCheck, struct{}{})
	s.await("the documents", func(n enrol.Snapshot) bool { return n.Step == enrol.StepDocuments })
	s.command(enrol.CmdDependants, enrol.DependantsArgs{Dependants: []enrol.Dependant{{Relation: "sibling", Name: "Nguyễn Văn Em", Birth: "2019-03-05"}}})
	s.command(enrol.CmdDocuments, enrol.DocumentsArgs{Documents: []enrol.Document{licence}})
	s.form("tk01-child", "Mẫu TK01", "NGUYỄN THỊ BÉ", "NGUYỄN VĂN CHA", "Giấy khai sinh 12/2015", "NGƯỜI GIÁM HỘ, NGƯỜI ĐẠI DIỆN", "cha@example.vn",
		"Nguyễn Văn Em", "05/03/2019", "Anh, chị, em ruột", licence.Number, "Không")
}
