//go:build realparts

package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/tram-station/tram/mrz"
	"github.com/tram-station/tram/reader/chip"
)

// forms is what stands in the fields of the step that is shown.
const forms = `(() => JSON.stringify([...document.querySelectorAll('.view :is(input:not([type="file"]), select, textarea)')]
	.filter((e) => !e.closest('.hidden')).map((e) => [e.dataset.test ?? e.value, /radio|checkbox/.test(e.type) ? e.checked : e.value])))()`

// passportLines are those of an invented foreigner.
func passportLines(t *testing.T) []string {
	t.Helper()
	return must(mrz.Generate(mrz.TD3, mrz.Data{Code: "P", Issuer: "UTO", Number: "L898902C3", Birth: "740812", Sex: "F",
		Expiry: "340415", Nationality: "UTO", Surname: "MAU", Given: "ANNA MARIA"}))(t)
}

// english reports whether the page speaks English.
const english = `document.documentElement.lang === 'en'`

// keeps checks that what is typed in a step outlives another language, another
// page and a lock.
func (b *browser) keeps(what string, typed ...string) {
	b.t.Helper()
	step, want := b.now(), eval[string](b, forms)
	for _, text := range typed {
		if !strings.Contains(want, text) {
			b.t.Fatalf("%s: %q was never there: %s", what, text, want)
		}
	}
	same := func(after string) {
		b.t.Helper()
		b.step(step)
		if got := eval[string](b, forms); got != want {
			b.t.Errorf("%s after %s:\n%s, want\n%s", what, after, got, want)
		}
	}
	b.click("language")
	b.wait("English", english)
	same("another language")
	b.click("language")
	b.wait("Vietnamese", "!("+english+")")
	same("two languages")
	b.do(chromedp.KeyEvent(kb.F4))
	b.step("queue")
	b.do(chromedp.KeyEvent(kb.F4))
	same("another page")
	b.click("lock")
	b.wait("the lock", `document.querySelector('[data-test="officer"]')?.disabled === true`)
	if eval[string](b, forms) != "[]" {
		b.t.Error("what was typed shows behind the lock")
	}
	b.write("pin", pin+kb.Enter)
	same("a lock")
}

// nowhere checks that what was typed is in no storage of the browser.
func (b *browser) nowhere(words ...string) {
	b.t.Helper()
	stored := eval[string](b, `JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href])`)
	for _, w := range words {
		if strings.Contains(stored, w) {
			b.t.Errorf("%q is kept in %s", w, stored)
		}
	}
}

// TestNothingTypedIsLost: papers, family, contact, documents and consent, each
// half filled in; the next enrolment begins with empty forms.
func TestNothingTypedIsLost(t *testing.T) {
	s, b := kindSite(t)
	half := func() {
		b.click("card-none")
		b.write("identity-name", "Nguyễn Văn Thử")
		b.write("identity-number", "0010909900")
		b.write("identity-birth", "14/02")
		b.click("identity-sex-Nam")
		b.write("identity-residence", "Số 5, Ngõ 10 Phố Mẫu")
		b.picks("identity-paper-type", "birth-certificate")
		b.write("identity-paper-number", "123/19")
		b.ticks("identity-paper-seen")
	}
	v := b.begin("kind-issuance-first", nil, does{"identity": func() {
		half()
		b.keeps("identity", `"0010909900"`, `"14/02"`, `"123/19"`)
		b.nowhere("Nguyễn", "0010909900")
		b.rewrites("identity-number", "001090990001")
		b.rewrites("identity-birth", "14/02/1990")
		b.rewrites("identity-paper-number", "123/1990")
		b.click("next")
	}})
	v.through("person")
	b.write("phone", "0912 34")
	b.write("email", "thu@")
	b.off("số điện thoại")
	b.keeps("person", `"0912 34"`, `"thu@"`)
	b.write("phone", "5 678")
	b.off("thư điện tử")
	b.rewrites("email", "thu@example.vn")
	v.own["person"] = func() { b.click("next") }
	v.through("family")
	b.write("family-father-name", "Nguyễn Văn Cha")
	b.write("family-father-number", "0010")
	b.click("family-mother-none")
	b.write("reason", "không rõ thông tin của mẹ")
	b.click("reason-go")
	b.click("family-child-again")
	b.keeps("family", `"0010"`)
	if lines := eval[int](b, `document.querySelectorAll('[data-test="family-child"]').length`); lines != 2 {
		t.Errorf("%d lines for children, want 2", lines)
	}
	b.includes("family-mother", "không rõ thông tin của mẹ")
	b.rewrites("family-father-number", "001060000012")
	b.click("next")
	b.step("documents")
	b.click("add-document")
	b.picks("document-type", "driving-licence")
	b.write("document-number", "01012345")
	b.do(chromedp.SetUploadFiles(css("pages-document"), []string{picturePage(t, 240)}, chromedp.NodeReady))
	b.wait("the page", `document.querySelectorAll('.paper .thumb canvas').length === 1`)
	b.click("document-other")
	b.write("document-holder", "Trần Thị Mẫu")
	b.keeps("documents", `"01012345"`, `"Trần Thị Mẫu"`)
	b.wait("its page, and none that waits", `document.querySelectorAll('.paper .thumb canvas').length === 1 && document.querySelector('[data-test="loose"]') === null`)
	b.write("document-number", "6789")
	b.ticks("document-seen")
	b.click("next")
	b.step("consent")
	b.ticks("consent-document-0")
	b.click("sign-paper")
	b.keeps("consent", `["consent-document-0",true]`, `["sign-paper",true]`)
	b.off("đăng ký")
	b.click("cancel")
	b.click("cancel-drop")
	b.begin("kind-issuance-first", nil, nil).through("identity")
	b.wait("an empty page", `document.querySelectorAll('.choices input:checked').length === 0`)
	b.click("card-none")
	if got := eval[string](b, forms); strings.Contains(got, "Nguyễn") || strings.Contains(got, "0010") || strings.Contains(got, "123/") {
		t.Errorf("the next enrolment begins with %s", got)
	}
	if d := s.station.Snapshot().Documents; len(d) != 0 {
		t.Errorf("documents %+v", d)
	}
}

// TestRequestAndGuardianAreKept: who stands beside the citizen, and what is asked
// for; a step that is shown again has what the station took.
func TestRequestAndGuardianAreKept(t *testing.T) {
	s, b := kindSite(t)
	v := b.begin("kind-ward", nil, nil)
	v.through("guardian")
	b.click("guardian-without")
	b.write("guardian-reason", "thẻ đang làm")
	b.write("guardian-name", "Nguyễn Văn")
	b.write("guardian-number", "0010850")
	b.write("guardian-birth", "1/3")
	b.click("relation-guardian")
	b.picks("guardian-paper-type", "court-decision")
	b.write("guardian-paper-number", "12/20")
	b.keeps("guardian", `"thẻ đang làm"`, `"0010850"`, `"12/20"`)
	b.click("cancel")
	b.click("cancel-drop")
	b.step("idle")

	card := s.issue(chip.FaultNone)
	s.put(card)
	v = b.begin("kind-lock", card, nil)
	v.through("request")
	b.click("action-lock")
	b.click("reason-code-device-lost")
	b.click("by-guardian")
	b.write("account", "0013159900")
	b.picks("request-paper-type", "court-decision")
	b.write("request-paper-number", "34/2025/QĐST")
	b.write("request-detail", "mất điện thoại")
	b.keeps("request", `"0013159900"`, `"34/2025/QĐST"`, `"mất điện thoại"`)
	b.write("account", "03")
	b.ticks("request-paper-seen")
	b.click("next")
	b.passes("request")
	v.through("sign")
	b.click("again-request")
	b.step("request")
	if got := eval[string](b, forms); !strings.Contains(got, `"001315990003"`) || !strings.Contains(got, `"34/2025/QĐST"`) || !strings.Contains(got, `["request-paper-seen",true]`) {
		t.Errorf("shown again, the request is %s", got)
	}
	b.rewrites("account", "001")
	b.click("again-back") // given up
	b.step("sign")
	b.click("again-request")
	b.step("request")
	if got := eval[string](b, forms); !strings.Contains(got, `"001315990003"`) {
		t.Errorf("after it was given up, the request is %s", got)
	}
}

// TestPapersOfAForeignerAreKept: the passport's lines, and once more where the
// step is shown again.
func TestPapersOfAForeignerAreKept(t *testing.T) {
	s, b := kindSite(t, func(s *site) { s.kind = "immigration" })
	lines := passportLines(t)
	b.click("next")
	b.step("notice")
	v := &visit{browser: b, own: does{"identity": func() {
		b.write("passport", lines[0]+kb.Enter+lines[1][:40])
		b.write("identity-paper-number", "NN-12")
		b.write("identity-paper-expiry", "20/05")
		b.keeps("identity", lines[1][:40], `"NN-12"`, `"20/05"`)
		b.rewrites("passport", lines[0]+lines[1])
		b.rewrites("identity-paper-number", "NN-1234567")
		b.rewrites("identity-paper-expiry", "20/05/2031")
		b.ticks("identity-paper-seen")
		b.click("next")
	}}}
	v.through("sign")
	b.wait("the papers in the last look", `document.querySelector('.review').innerText.includes('NN-1234567')`)
	b.fits("review-of-the-foreigner")
	b.click("again-identity")
	b.step("identity")
	if got := eval[string](b, forms); !strings.Contains(got, lines[1]) || !strings.Contains(got, `"NN-1234567"`) || !strings.Contains(got, `"20/05/2031"`) {
		t.Errorf("shown again, the papers are %s", got)
	}
	b.fits("identity-again")
	b.rewrites("identity-paper-number", "NN-7654321")
	b.click("next")
	b.step("person")
	if papers := s.station.Snapshot().Identity.Papers; len(papers) != 1 || papers[0].Number != "NN-7654321" {
		t.Errorf("the papers are %+v", papers)
	}
}
