//go:build realparts

package e2e

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/reader/chip"
)

// TestKindCitizen: the plain kind with everything that it may have: the code by
// phone, a document, its consent.
func TestKindCitizen(t *testing.T) {
	s, b := kindSite(t, func(s *site) { s.inquiry = &asked{} })
	card := s.issue(chip.FaultNone)
	s.put(card)
	v := b.begin("kind-citizen", card, nil)
	v.own = does{
		"phone": func() {
			b.click("phone-send")
			b.write("phone-code", phoneCode)
			b.click("next")
		},
		"documents": func() {
			b.click("add-document")
			b.picks("document-type", "driving-licence")
			b.write("document-number", "010123456789")
			b.ticks("document-seen")
			b.click("next")
		},
	}
	v.sealed("citizen-level2")
	b.vietnamese()
}

// TestKindIssuance: without a card the papers say who it is, and an earlier
// card takes the place of neither; with an expired card the chip does.
func TestKindIssuance(t *testing.T) {
	s, b := kindSite(t)
	v := b.begin("kind-issuance-first", nil, nil)
	v.own = does{
		"identity": func() { b.identify("identity") },
		"family": func() {
			b.write("family-father-name", "Nguyễn Văn Cha")
			b.write("family-father-number", "12")
			b.off("Cha")
			b.rewrites("family-father-number", "001 060 000 012")
			b.click("family-mother-none")
			b.write("reason", "không rõ thông tin của mẹ")
			b.click("reason-go")
			b.click("family-child-again")
			b.fits("family")
			b.vietnamese()
			b.click("next")
		},
	}
	v.through("portrait")
	b.fits("portrait")
	v.through("sign")
	b.wait("the pictures", `document.querySelectorAll('.gallery canvas').length >= 11`)
	b.fits("review")
	v.sealed("citizen-issuance")
	if family := s.station.Snapshot().Receipt; family == nil || family.Form != "TK01" {
		t.Errorf("the receipt is %+v", family)
	}
	b.click("next")

	old := chip.Sample()
	old.Expiry = time.Now().AddDate(0, -1, 0).Truncate(24 * time.Hour)
	card := s.issueTo(old, chip.FaultNone)
	s.put(card)
	v = b.begin("kind-issuance-exchange", card, nil)
	v.own = does{
		"identity": func() {
			b.click("card-read")
			b.fits("read")
			b.click("next")
		},
		"family": func() {
			if got := eval[string](b, `document.querySelector('[data-test="family-father-name"]').value`); got != old.Father {
				t.Errorf("the card's father is shown as %q", got)
			}
			b.fits("family-card")
			b.click("next")
		},
		"sign": func() {
			b.click("acknowledge-expired")
			b.write("reason", "cấp đổi thẻ hết hạn")
			b.click("reason-go")
			b.ticks("sure")
			b.click("next")
		},
	}
	v.sealed("citizen-issuance")
}

// identify types a citizen without a card, the wrong way first.
func (b *browser) identify(look string) {
	b.t.Helper()
	b.off("Chọn một trong ba")
	b.click("card-none")
	b.write("identity-name", "Nguyễn Văn Thử")
	b.write("identity-number", "00109099000")
	b.off("12 chữ số")
	b.rewrites("identity-number", "001090990001")
	b.write("identity-birth", "31/02/1990")
	b.off("ngày sinh")
	b.rewrites("identity-birth", "14/02/1990")
	b.click("identity-sex-Nam")
	b.write("identity-residence", "Số 5, Ngõ 10 Phố Mẫu")
	b.off("loại giấy tờ")
	b.picks("identity-paper-type", "birth-certificate")
	b.write("identity-paper-number", "123/1990")
	b.off("bản gốc")
	b.ticks("identity-paper-seen")
	b.fits(look)
	b.vietnamese()
	b.click("next")
}

// TestKindGuarded: the guardian's card is read first, then the child's; the
// second child needs no second reading; a ward's guardian comes without a card.
func TestKindGuarded(t *testing.T) {
	s, b := kindSite(t)
	father := s.issueTo(person(40, "Nguyễn Văn Cha", "Nam"), chip.FaultNone)
	first := s.issueTo(person(11, "Nguyễn Thị Bé", "Nữ"), chip.FaultNone)
	s.put(father)
	v := b.begin("kind-child", first, nil)
	v.own = does{"guardian": func() {
		b.fits("guardian-empty")
		b.write("qr-text", father.QR()+kb.Enter)
		b.wait("the guardian's chip", chipDone)
		b.off("quan hệ")
		b.click("relation-father")
		b.paper("guardian", "birth-certificate", "12/2015")
		b.tells("fact-name", "Nguyễn Văn Cha")
		b.fits("guardian")
		b.vietnamese()
		s.put(first)
		b.click("next")
	}}
	v.through("card")
	b.shows("swap")
	b.fits("card-of-the-child")
	v.through("person")
	b.tells("fact-name", "Nguyễn Thị Bé")
	b.fits("person-of-the-child")
	v.through("sign")
	b.wait("the guardian in the last look", `document.querySelector('.review').innerText.includes('Nguyễn Văn Cha')`)
	b.fits("review-of-the-child")
	one := v.sealed("child-level2")

	second := s.issueTo(person(8, "Nguyễn Văn Em", "Nam"), chip.FaultNone)
	s.put(second)
	b.fits("receipt-of-the-child")
	b.click("same-guardian")
	b.step("notice")
	v = &visit{browser: b, card: second, own: does{"guardian": func() {
		b.shows("carried")
		if eval[bool](b, `document.querySelector('[data-test="qr-text"]') !== null`) {
			t.Error("the guardian's card is asked for once more")
		}
		b.click("relation-father")
		b.paper("guardian", "birth-certificate", "13/2018")
		b.fits("carried")
		b.click("next")
	}}}
	if two := v.sealed("child-level2"); two == one {
		t.Errorf("both children have the dossier %s", two)
	}
	b.click("next")

	ward := s.issueTo(person(70, "Trần Thị Mẫu", "Nữ"), chip.FaultNone)
	s.put(ward)
	v = b.begin("kind-ward", ward, does{"guardian": func() {
		b.click("guardian-without")
		b.off("Ghi lý do")
		b.write("guardian-reason", "thẻ đang làm thủ tục cấp đổi")
		b.write("guardian-name", "Nguyễn Văn Cha")
		b.write("guardian-number", "001085000022")
		b.write("guardian-birth", "1/3/1985")
		b.click("relation-guardian")
		b.paper("guardian", "court-decision", "12/2015")
		b.fits("without-a-card")
		b.click("next")
	}})
	v.sealed("ward-level2")
}

// TestKindForeigner: the Immigration Department's station begins with it; the
// passport's digits are proved by the station.
func TestKindForeigner(t *testing.T) {
	s, b := kindSite(t, func(s *site) { s.kind = "immigration" })
	lines := passportLines(t)
	b.fits("idle-immigration")
	b.click("next")
	b.step("notice")
	v := &visit{browser: b, own: does{"identity": func() {
		b.write("passport", lines[0]+kb.Enter+lines[1][:43])
		b.off("hai dòng")
		b.write("passport", string(rune('0'+(lines[1][43]-'0'+1)%10))) // a wrong check digit
		b.write("identity-paper-number", "NN-1234567")
		b.off("hết hạn")
		b.write("identity-paper-expiry", "20/05/2031")
		b.ticks("identity-paper-seen")
		b.write("identity-residence", "Phường Thử, Hà Nội")
		b.click("next")
		b.tells("banner-refusal", "MRZ")
		b.rewrites("passport", lines[0]+lines[1]) // in one piece, as some scanners send it
		b.fits("passport")
		b.vietnamese()
		b.click("next")
	}}}
	v.through("person")
	b.tells("fact-name", "MAU ANNA MARIA")
	b.fits("person-of-the-foreigner")
	v.sealed("foreigner-level2")
	if s.station.Snapshot().Receipt.Number == "" {
		t.Error("the receipt has no number")
	}
}

// TestKindRequests: what somebody with an account asks for, each by its form.
func TestKindRequests(t *testing.T) {
	s, b := kindSite(t)
	for _, k := range []struct {
		tile, dossier string
		own           does
	}{
		{"kind-documents", "documents", does{"request": func() {
			b.off("Chọn yêu cầu")
			b.click("item-action-withdraw")
			b.picks("item-type", "health-insurance")
			b.off("phải có số")
			b.write("item-number", "GD4010123456789")
			b.click("item-add")
			b.do(chromedp.Click(chromedp.CSS(`.item:nth-child(2) [data-test="item-action-add"]`)),
				chromedp.SetValue(chromedp.CSS(`.item:nth-child(2) [data-test="item-type"]`), "driving-licence"))
			eval[bool](b, `document.querySelector('.item:nth-child(2) select').dispatchEvent(new Event('change'))`)
			b.fits("request-documents")
			b.vietnamese()
			b.click("next")
		}, "documents": func() {
			if got := eval[string](b, `document.querySelector('[data-test="document-type"]').value`); got != "driving-licence" {
				t.Errorf("the paper that is to be added is %q", got)
			}
			b.write("document-number", "010123456789")
			b.ticks("document-seen")
			b.click("next")
		}}},
		{"kind-lock", "lock-request", does{"request": func() {
			b.click("action-lock")
			b.off("lý do")
			b.click("reason-code-device-lost")
			b.click("by-guardian")
			b.off("12 số")
			b.fits("request-lock-other")
			b.click("by-holder")
			b.write("request-detail", "mất điện thoại")
			b.fits("request-lock")
			b.vietnamese()
			b.click("next")
		}}},
		{"kind-organisation", "organisation-request", does{"request": func() {
			b.write("request-organisation", "Công ty Mẫu")
			b.write("request-tax_code", "0123456787")
			b.write("request-address", "Số 1, Phố Mẫu")
			b.off("bắt buộc")
			b.write("request-role", "Giám đốc")
			b.fits("request-organisation")
			b.vietnamese()
			b.click("next")
		}}},
	} {
		card := s.issue(chip.FaultNone)
		s.put(card)
		v := b.begin(k.tile, card, k.own)
		v.through("sign")
		b.wait("the request in the last look", `document.querySelector('.review').innerText.includes('Nội dung yêu cầu')`)
		b.fits("review-" + k.dossier)
		v.sealed(k.dossier)
		b.click("next")
	}
}

// TestKindVerify: a card is looked at and nothing is kept; one that fails says
// so without a word about the citizen.
func TestKindVerify(t *testing.T) {
	s, b := kindSite(t)
	for _, k := range []struct {
		fault   chip.Fault
		outcome string
	}{{chip.FaultNone, "passed"}, {chip.FaultSODHash, "failed"}} {
		card := s.issueTo(person(3, "Nguyễn Thị Bé", "Nữ"), k.fault) // whoever's: nobody is enrolled
		s.put(card)
		v := b.begin("kind-verify", card, nil)
		v.through("done")
		b.wait("the outcome", `document.querySelector('[data-test="verified"]')?.dataset.outcome === '`+k.outcome+`'`)
		b.tells("fact-name", "Nguyễn Thị Bé")
		b.fits("verified-" + k.outcome)
		b.vietnamese()
		if title := eval[string](b, `document.querySelector('h1').innerText`); title != "Kết quả kiểm tra thẻ" {
			t.Errorf("the title is %q", title)
		}
		if eval[bool](b, `document.querySelector('[data-test="receipt-id"], input') !== null`) {
			t.Error("there is a receipt, or something to enter")
		}
		b.click("next")
		b.step("idle")
		if eval[bool](b, `document.body.innerText.includes('Nguyễn Thị')`) {
			t.Error("the name is still on the page")
		}
	}
	if n := len(must(s.outbox.List())(t)); n != 0 {
		t.Errorf("%d dossiers of cards that were looked at", n)
	}
}

// TestKindCorrection: the section that the central asks for is taken anew, here
// the guardian of a child.
func TestKindCorrection(t *testing.T) {
	s, b := kindSite(t)
	card := s.issue(chip.FaultNone)
	s.put(card)
	own := does{"request": func() {
		b.write("request-organisation", "Công ty Mẫu")
		b.write("request-tax_code", "0123456787")
		b.write("request-address", "Số 1, Phố Mẫu")
		b.write("request-role", "Giám đốc")
		b.click("next")
	}}
	id := b.begin("kind-organisation", card, own).sealed("organisation-request")
	s.say(id, gateway.Event{State: "fix-needed", Section: "request", Reason: "wrong-name", Words: "Tên tổ chức chưa đúng", Deadline: time.Now().Add(72 * time.Hour)})
	b.level("result", "bad")
	b.click("next")
	b.step("idle")
	b.click("lookup")
	b.lookUp("001090990001")
	b.click("correct")
	b.step("card")
	(&visit{browser: b, card: card, own: own}).sealed("correction")
	if got := must(s.outbox.Status(uuid.MustParse(b.shows("receipt-id"))))(t).Corrects.String(); got != id {
		t.Errorf("the correction is of %s", got)
	}
}
