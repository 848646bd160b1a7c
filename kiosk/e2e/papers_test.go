//go:build realparts

package e2e

import (
	"context"
	"fmt"
	"image"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/uuid"

	"github.com/tram-station/tram/kiosk/places"
	"github.com/tram-station/tram/mrz/compare"
	"github.com/tram-station/tram/offline/inquiry"
	"github.com/tram-station/tram/reader/chip"
)

// judging is an asked central that finds fields that do not fit, and decides on
// exceptions as the test wants.
type judging struct {
	asked
	unfit    []string // fields of the data
	asks     []inquiry.Exception
	decision func(inquiry.Exception) inquiry.Approval // nil: nobody decides
}

func (j *judging) Check(_ context.Context, q inquiry.Question) (inquiry.Answer, error) {
	a := inquiry.Answer{Outcome: inquiry.Pass}
	if q.Kind == inquiry.Data && len(j.unfit) > 0 {
		a.Outcome = inquiry.Fail
		for _, name := range j.unfit {
			a.Fields = append(a.Fields, inquiry.Field{Name: name, Outcome: inquiry.Fail})
		}
	}
	return a, nil
}

func (j *judging) AskApproval(_ context.Context, e inquiry.Exception) (uuid.UUID, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.asks = append(j.asks, e)
	return e.ID, nil
}

func (j *judging) Approval(_ context.Context, id uuid.UUID) (inquiry.Approval, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, e := range j.asks {
		if e.ID == id && j.decision != nil {
			return j.decision(e), nil
		}
	}
	return inquiry.Approval{ID: id, State: inquiry.Pending}, nil
}

// toPerson goes from the log-in to the confirmation of a citizen's data, with
// the chip read.
func (b *browser) toPerson(card *chip.Card) {
	b.t.Helper()
	b.login()
	b.toCard()
	b.write("qr-text", card.QR()+kb.Enter)
	b.step("person")
	b.wait("the chip", chipDone)
}

// includes waits until an element says something.
func (b *browser) includes(name, words string) {
	b.t.Helper()
	b.wait(name+" with "+words, `(document.querySelector('[data-test="`+name+`"]')?.innerText ?? '').includes(`+quoted(words)+`)`)
}

// clear empties a field.
func (b *browser) clear(name string) {
	b.t.Helper()
	eval[bool](b, `(() => { const e = document.querySelector('[data-test="`+name+`"]'); e.value = ''; return e.dispatchEvent(new Event('input', { bubbles: true })); })()`)
}

// TestSourcesOfEachField: who says what stands beside each field; where the code
// and the chip differ, both are shown with their names.
func TestSourcesOfEachField(t *testing.T) {
	s := newSite(t)
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	fields := strings.Split(card.QR(), "|")
	fields[2] = "Nguyễn Văn Thở"
	b := newBrowser(t, s)
	b.login()
	b.toCard()
	b.write("qr-text", strings.Join(fields, "|")+kb.Enter)
	b.step("person")
	b.wait("the chip", chipDone)
	b.includes("fact-birth", "Chip, QR")
	b.includes("fact-name", "Khác nhau")
	b.includes("fact-name", "Chip: Nguyễn Văn Thử")
	b.includes("fact-name", "QR: Nguyễn Văn Thở")
	b.fits("conflict")
	b.click("acknowledge-conflict:name")
	b.write("reason", "Thẻ ghi đúng như trong chip")
	b.click("reason-go")
	b.write("phone", "0912 345 67")
	if eval[bool](b, `!document.querySelector('[data-next]').disabled`) {
		t.Error("with half a number the person can be confirmed")
	}
	b.write("phone", "8")
	b.includes("phone-said", "Đọc lại: 0912 345 678")
	b.click("next")
	b.step("portrait")
}

// villages is a list with communes, of two provinces.
func villages(t *testing.T) *places.List {
	t.Helper()
	return must(places.Build(places.Source{Version: "thu-1", Date: "2026-01-01", Shape: "test"}, []places.Unit{
		{Code: "01", Province: "01", Name: "Hà Nội"}, {Code: "79", Province: "79", Name: "Thành phố Hồ Chí Minh"},
		{Code: "00004", Province: "01", Name: "Phường Ba Đình"}, {Code: "26740", Province: "79", Name: "Phường Bến Nghé"}, {Code: "26743", Province: "79", Name: "Phường Bến Thành"},
	}, places.Counts{Provinces: 2, Communes: 3}))(t)
}

// TestAddressFromTheList: the officer finds the ward by a part of its name
// without marks, and types the house only. What is confirmed once more keeps the
// address of the list.
func TestAddressFromTheList(t *testing.T) {
	s := newSite(t, func(s *site) { s.places = villages(t) })
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	b := newBrowser(t, s)
	b.toPerson(card)
	b.click("correct-residence")
	b.write("place-search", "ben")
	b.wait("two wards", `document.querySelectorAll('[data-test="places"] button').length === 2`)
	b.fits("places")
	b.write("place-search", " nghe")
	b.wait("one ward", `document.querySelectorAll('[data-test="places"] button').length === 1`)
	b.write("place-search", kb.Enter)
	b.includes("place-picked", "Phường Bến Nghé")
	b.write("text", "Số 6 Phố Mẫu")
	b.fits("place-picked")
	b.click("text-go")
	const want = "Số 6 Phố Mẫu, Phường Bến Nghé, Thành phố Hồ Chí Minh"
	b.includes("fact-residence", want)
	b.includes("fact-residence", "Cán bộ")
	b.confirm()
	residence := func() string {
		for _, f := range s.station.Snapshot().Person.Fields {
			if f.Name == compare.Residence {
				return f.Value + " " + f.Source
			}
		}
		return ""
	}
	if got := residence(); got != want+" officer" {
		t.Errorf("the residence is %q", got)
	}
}

// TestPhoneByTheCitizen: whose number it is, a wrong code, another number, the
// right code; and beside it what the register says.
func TestPhoneByTheCitizen(t *testing.T) {
	central := &judging{asked: asked{taken: "0912345678"}, unfit: []string{compare.Residence}}
	s := newSite(t, func(s *site) { s.inquiry = central })
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	b := newBrowser(t, s)
	b.toPerson(card)
	b.write("phone", "0912345678")
	b.click("next")
	b.step("phone")
	b.includes("phone-state", "Số này đã dùng cho tài khoản khác")
	b.wait("the register's answer", `document.querySelector('[data-test="register-data"]')?.dataset.outcome === 'fail'`)
	b.includes("register-data", "Không đạt: nơi thường trú")
	b.fits("taken")
	b.click("next") // to the person, for another number
	b.step("person")
	b.clear("phone")
	b.write("phone", "0987654321")
	b.click("next")
	b.step("phone")
	b.includes("phone-state", "Gửi mã đến điện thoại")
	b.fits("phone-ready")
	b.click("next")
	b.includes("phone-expires", "Mã còn hiệu lực 2:")
	b.wait("the wait for another message", `(() => { const e = document.querySelector('[data-test="phone-send"]'); return e.disabled && /sau \d+ giây/.test(e.innerText); })()`)
	b.write("phone-code", "111111"+kb.Enter)
	b.includes("phone-state", "Mã chưa đúng")
	b.includes("phone-tries", "1")
	b.fits("phone-wrong")
	b.write("phone-code", phoneCode)
	b.click("next")
	b.step("portrait")
	if got := central.messages(); len(got) != 1 || got[0] != "0987654321" {
		t.Errorf("messages went to %q", got)
	}
	b.includes("banner-differs", "Chưa khớp cơ sở dữ liệu: nơi thường trú")
	b.click("acknowledge-register:residence")
	b.write("reason", "Công dân mới chuyển nơi ở")
	b.click("reason-go")
	b.wait("the banner's end", `document.querySelector('[data-test="banner-differs"]') === null`)
}

// TestPhoneSkippedWithAReason: nobody is held up by a message that does not come.
func TestPhoneSkippedWithAReason(t *testing.T) {
	s := newSite(t, func(s *site) { s.inquiry = &judging{} })
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	b := newBrowser(t, s)
	b.toPerson(card)
	b.write("phone", "0912345678")
	b.click("next")
	b.step("phone")
	b.includes("phone-state", "Gửi mã")
	b.click("phone-skip")
	b.fits("skip")
	b.click("choose-no-message")
	b.step("portrait")
	if p := s.station.Snapshot().Phone; p.State != "not-done" || !strings.Contains(p.Words.VI, "Tin nhắn không đến") {
		t.Errorf("the phone is %+v", p)
	}
}

// picturePage is the picture of a paper.
func picturePage(t *testing.T, shade uint8) string {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 620, 877))
	for i := range img.Pix {
		img.Pix[i] = shade
	}
	return pngFile(t, img)
}

// toPapers goes from the confirmed person to the list of documents.
func (b *browser) toPapers() {
	b.t.Helper()
	b.confirm()
	b.click("next")
	b.taken("accept")
	b.click("next")
	b.step("fingers")
	b.click("next")
	b.shown("2", "done")
	b.click("next")
	b.step("documents")
}

// TestPapersWithPages: a document that needs a scan gets its pages, which are
// looked at, dropped and kept over a reload; a dependant is listed; the citizen
// reads the words of the rules, signs on the screen, and takes one consent back
// in the review.
func TestPapersWithPages(t *testing.T) {
	s := newSite(t, func(s *site) { s.rules.Documents[0].Scan = true })
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	b := newBrowser(t, s)
	b.toPerson(card)
	b.toPapers()
	b.click("add-document")
	b.do(chromedp.SetValue(css("document-type"), s.rules.Documents[0].Type))
	b.write("document-number", "010123456789")
	b.click("document-seen")
	b.wait("what is missing", `document.querySelector('.hint').innerText.includes('ảnh chụp')`)
	if eval[bool](b, `!document.querySelector('[data-next]').disabled`) {
		t.Error("a document without its scan is taken")
	}
	b.do(chromedp.SetUploadFiles(css("pages-document"), []string{picturePage(t, 240), picturePage(t, 200), picturePage(t, 160)}, chromedp.NodeReady))
	b.wait("three pages", `document.querySelectorAll('.thumb canvas').length === 3`)
	b.click("drop-page-2")
	b.wait("two pages", `document.querySelectorAll('.thumb canvas').length === 2`)
	b.click("document-other")
	b.write("document-holder", "Trần Thị Mẫu")
	b.addDependant()
	b.fits("pages")
	b.do(chromedp.Click(chromedp.CSS(`.thumb button`)))
	b.wait("the page in full", `document.querySelector('.still.whole canvas') !== null`)
	b.fits("page-whole")
	b.click("look-close")
	b.do(chromedp.Reload())
	b.step("documents")
	b.wait("the pages that wait", `document.querySelectorAll('[data-test="loose"] canvas').length === 2`)
	b.fits("loose")
	b.includes("dependant-0", "Nguyễn Thị Con")
	b.click("add-document")
	b.do(chromedp.SetValue(css("document-type"), s.rules.Documents[0].Type))
	b.write("document-number", "010123456789")
	b.click("document-seen")
	b.click("give-page-1")
	b.click("give-page-3")
	b.wait("no page that waits", `document.querySelector('[data-test="loose"]') === null`)
	b.click("next")
	b.step("consent")
	b.consentAndSign()
	d := s.station.Snapshot().Documents[0]
	if fmt.Sprint(d.Pages) != "[page-1 page-3]" {
		t.Errorf("the document has the pages %v", d.Pages)
	}
	b.takeBack(s)
}

// addDependant lists a child with a date as people write it.
func (b *browser) addDependant() {
	b.t.Helper()
	b.click("add-dependant")
	b.do(chromedp.SetValue(css("dependant-relation"), "child"))
	b.write("dependant-name", "Nguyễn Thị Con")
	b.write("dependant-number", "001315990003")
	b.write("dependant-birth", "31/12/2999")
	b.do(chromedp.SetValue(css("dependant-paper"), "birth-certificate"))
	b.write("dependant-paper-number", "123/2015")
	b.click("dependant-seen")
	b.click("dependant-go")
	b.includes("dependant-problem", "người phụ thuộc")
	b.clear("dependant-birth")
	b.write("dependant-birth", "2/9/2015")
	b.do(chromedp.SetUploadFiles(css("pages-dependant"), []string{picturePage(b.t, 250)}, chromedp.NodeReady))
	b.wait("the page", `document.querySelector('dialog .thumb canvas') !== null`)
	b.fits("dependant")
	b.click("dependant-go")
	b.wait("the dialog's end", `document.querySelector('dialog') === null`)
	if d := b.site.station.Snapshot().Dependants; len(d) != 1 || d[0].Birth != "2015-09-02" || d[0].Paper == nil || len(d[0].Paper.Pages) != 1 {
		b.t.Errorf("the dependants are %+v", d)
	}
}

// consentAndSign reads, ticks and signs, and looks at what was sent.
func (b *browser) consentAndSign() {
	b.t.Helper()
	text := b.site.station.Snapshot().ConsentText
	if got := eval[string](b, `document.querySelector('.consents').innerText`); !strings.Contains(got, text.Registration.Words.VI) || !strings.Contains(got, text.Documents[0].Purpose.VI) {
		b.t.Errorf("the citizen reads %q", got)
	}
	if eval[bool](b, `document.querySelector('.consenting input:checked') !== null`) {
		b.t.Error("something is ticked beforehand")
	}
	b.click("consent-registration")
	b.click("consent-document-0")
	b.click("sign-screen")
	b.wait("the empty field", `document.querySelector('[data-test="ink-go"]')?.disabled === true`)
	eval[bool](b, `(() => {
		const field = document.querySelector('[data-test="ink"]');
		const box = field.getBoundingClientRect();
		const at = (type, i) => field.dispatchEvent(new PointerEvent(type, { pointerId: 1, clientX: box.left + 40 + i * 9, clientY: box.top + 60 + 30 * Math.sin(i / 2), bubbles: true }));
		field.setPointerCapture = () => {};
		at('pointerdown', 0);
		for (let i = 1; i < 40; i++) at('pointermove', i);
		at('pointerup', 40);
		return true;
	})()`)
	b.fits("ink")
	b.click("ink-go")
	b.wait("the signature", `document.querySelector('[data-test="signature"] canvas') !== null`)
	b.fits("consent-signed")
	b.click("next")
	b.step("sign")
	if c := b.site.station.Snapshot().Consent; c == nil || c.Signed != "screen" || c.Signature == "" {
		b.t.Errorf("the consent is %+v", c)
	}
}

// takeBack withdraws the document's consent in the review, then the
// registration's, and gives that one again.
func (b *browser) takeBack(s *site) {
	b.t.Helper()
	b.fits("review-papers")
	b.click("withdraw-0")
	b.fits("withdraw")
	b.click("withdraw-go")
	b.wait("the answer", `document.querySelector('.review .facts').innerText.includes('không đồng ý')`)
	if c := s.station.Snapshot().Consent; !c.Registration || c.Answers[0] != "withdrawn" {
		b.t.Errorf("after the withdrawal the consent is %+v", c)
	}
	b.click("again-consent")
	b.step("consent")
	b.fits("consent-again")
	b.click("consent-registration-withdraw")
	b.click("withdraw-go")
	b.wait("the step consent", `document.querySelector('[data-test="consent-registration"]').dataset.answer === 'withdrawn'`)
	if step := s.station.Snapshot().Step; step != "consent" || eval[bool](b, `!document.querySelector('[data-next]').disabled`) {
		b.t.Errorf("without a consent the enrolment stands at %s", step)
	}
	b.fits("withdrawn")
	b.click("consent-registration")
	b.click("next")
	b.step("sign")
	b.click("again-person")
	b.step("person")
	b.includes("phone-said", "0912 345 678")
	b.click("again-back")
	b.step("sign")
	b.click("sure")
	b.click("next")
	b.step("done")
}
