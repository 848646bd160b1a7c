//go:build realparts

package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/reader/chip"
)

// TestSecondScreen is a whole enrolment with two windows: the citizen reads the
// notice, types the number, the address and the code, agrees, and signs.
func TestSecondScreen(t *testing.T) {
	central := &asked{}
	s := newSite(t, func(s *site) { s.inquiry = central })
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	b := newBrowser(t, s)
	b.login()
	c := b.second()
	c.screen("blank")
	c.stands("blank")
	if c.token("tram-token") != "" || strings.Contains(eval[string](c, `location.href`), "#") {
		t.Error("the citizen's window has the officer's token, or the code in its address")
	}
	b.click("next")
	c.screen("notice")
	c.stands("notice")
	c.click("next")
	b.step("card")
	c.screen("card")
	c.stands("card")
	b.write("qr-text", card.QR()+kb.Enter)
	b.step("person")
	c.numbered(c.stands)
	c.screen("person")
	if got := c.shows("own-name"); !strings.Contains(got, "Nguyễn Văn Thử") {
		t.Errorf("the citizen sees the name %q", got)
	}
	c.stands("person")
	b.takes(citizenPhone)
	c.coded(c.stands)
	b.step("portrait")
	c.screen("portrait")
	c.stands("look-ahead")
	b.click("next")
	b.taken("accept")
	c.wait("the own portrait", `(document.querySelector('[data-test="own-portrait"]')?.width ?? 0) > 100`)
	c.stands("portrait")
	b.toConsent(c)
	c.agrees(c.stands)
	b.step("sign")
	c.screen("wait")
	c.wait("the summary", `['name', 'phone', 'email', 'portrait'].every((part) => document.querySelector('[data-test="own-' + part + '"]') !== null)`)
	c.stands("summary")
	b.ends(c)
	if got := central.messages(); !slices.Equal(got, []string{citizenPhone}) {
		t.Errorf("messages went to %v", got)
	}
}

// toConsent goes from the portrait to the consent, with one document.
func (b *browser) toConsent(c *browser) {
	b.t.Helper()
	b.click("next")
	b.step("fingers")
	c.screen("fingers")
	c.stands("fingers")
	b.click("next")
	b.shown("2", "done")
	b.click("next")
	b.step("documents")
	c.screen("wait")
	c.stands("wait")
	b.click("add-document")
	b.do(chromedp.SetValue(css("document-type"), "driving-licence"))
	b.write("document-number", "010123456789")
	b.click("document-seen")
	b.click("next")
	b.step("consent")
}

// ends looks at what the citizen gave, seals it, and looks at the screens of the
// end.
func (b *browser) ends(c *browser) {
	b.t.Helper()
	now := b.site.station.Snapshot()
	if got := now.Consent; got == nil || !got.Registration || !slices.Equal(got.Documents, []bool{false}) || got.Signed != enrol.SignedScreen || got.Signature == "" {
		b.t.Errorf("the consent is %+v", got)
	} else if dark := b.site.inked(got.Signature); dark < 1000 || dark > 40000 {
		b.t.Errorf("the signature has %d dark pixels", dark)
	}
	if now.Person.Phone != citizenPhone || now.Phone.State != "verified" || now.Citizen == nil || now.Citizen.Email != citizenMail {
		b.t.Errorf("the phone is %+v, %+v, the citizen said %+v", now.Person, now.Phone.State, now.Citizen)
	}
	c.click("back")
	c.wait("what was agreed to", `document.querySelector('[data-test="withdraw-registration"]') !== null && document.querySelector('[data-test="withdraw-0"]') === null`)
	c.stands("agreed")
	c.click("back")
	b.click("sure")
	b.click("next")
	b.step("done")
	c.screen("status")
	c.wait("custody", `document.querySelector('[data-test="status-sign"]')?.dataset.state === 'custody' && document.querySelector('[data-test="citizen-title"]').innerText === 'Đã gửi xử lý hồ sơ'`)
	c.clean("after sealing")
	c.stands("status")
	b.click("next")
	b.step("idle")
	c.screen("blank")
	c.clean("between two citizens")
}

// TestSecondScreenIsBlanked whenever nobody works for this citizen, and what was
// typed for one is gone for the next.
func TestSecondScreenIsBlanked(t *testing.T) {
	s := newSite(t, func(s *site) { s.inquiry = &asked{} })
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	b := newBrowser(t, s)
	b.login()
	c := b.second()
	c.click("language")
	c.title("Welcome")
	if eval[string](b, `document.documentElement.lang`) != "vi" {
		t.Error("the officer's language has changed, too")
	}
	b.click("next")
	c.screen("notice")
	c.title("Please read this")
	c.click("next")
	b.step("card")
	b.write("qr-text", card.QR()+kb.Enter)
	c.numberedTwice("09123")
	c.screen("person")
	c.wait("the name", `document.querySelector('[data-test="own-name"]') !== null`)
	b.click("lock")
	c.screen("blank")
	c.clean("while the session is locked")
	c.title("Kính chào")
	b.write("pin", pin+kb.Enter)
	b.step("person")
	c.screen("person")
	old := s.station.Snapshot().ID
	b.click("cancel")
	b.click("cancel-drop")
	b.step("idle")
	c.screen("blank")
	c.clean("after the enrolment was dropped")
	b.toCard()
	b.write("qr-text", card.QR()+kb.Enter)
	c.screen("phone")
	if got := eval[string](c, `document.querySelector('[data-test="phone"]').value`); got != "" {
		t.Errorf("the next citizen finds %q typed", got)
	}
	body := `{"id":"late","name":"citizen-phone","enrolment":"` + old + `","args":{"phone":"` + citizenPhone + `"}}`
	if code := c.ask("X-Tram-Citizen", c.token("tram-citizen"), "POST", "/api/citizen/do", body); code != 409 || s.station.Snapshot().Citizen != nil {
		t.Errorf("what the last citizen typed is answered %d, %+v", code, s.station.Snapshot().Citizen)
	}
	b.click("logout")
	c.screen("blank")
	c.clean("after the log-out")
}

// TestSecondScreenOpensNothingElse: its token is refused by the officer's routes
// and the officer's by the screen's; a second window ends the first, which does
// not come back by itself.
func TestSecondScreenOpensNothingElse(t *testing.T) {
	s := newSite(t)
	b := newBrowser(t, s)
	b.login()
	c := b.second()
	c.screen("blank")
	officer, citizen := b.token("tram-token"), c.token("tram-citizen")
	for _, route := range []string{"state", "events", "queue", "devices", "station", "image/dg2", "preview?after=0", "day", "people"} {
		if code := c.ask("X-Tram-Token", citizen, "GET", "/api/"+route, ""); code != 401 {
			t.Errorf("the citizen's token reads /api/%s: %d", route, code)
		}
	}
	for _, route := range []string{"do", "lookup", "citizen/open", "citizen/close", "logout"} {
		if code := c.ask("X-Tram-Token", citizen, "POST", "/api/"+route, `{"id":"x","name":"begin"}`); code != 401 {
			t.Errorf("the citizen's token sends /api/%s: %d", route, code)
		}
	}
	if code := b.ask("X-Tram-Citizen", officer, "GET", "/api/citizen/state", ""); code != 401 {
		t.Errorf("the officer's token reads the citizen's screen: %d", code)
	}
	if code := c.ask("X-Tram-Citizen", citizen, "GET", "/api/citizen/state", ""); code != 200 { // the control
		t.Errorf("the citizen's own token: %d", code)
	}
	other := b.typed()
	other.stands("enter")
	other.keys("12345678")
	other.click("next")
	other.wait("the wrong code", `document.querySelector('[data-test="citizen-problem"]').innerText.includes('chưa đúng')`)
	b.click("second")
	b.click("second-code")
	digits := strings.ReplaceAll(b.shows("second-digits"), " ", "")
	b.picture("second-code")
	other.keys(digits)
	other.click("next")
	other.screen("blank")
	c.screen("enter")
	c.title("Màn hình này đã đóng")
	time.Sleep(3 * time.Second) // it would ask for a code within one
	c.screen("enter")
	other.screen("blank")
	b.click("second-shut")
	other.screen("enter")
	b.wait("the button", `document.querySelector('[data-test="second"]').dataset.state === 'off'`)
}

// TestSecondScreenComesBack after a restart of the station, without anybody
// typing a code.
func TestSecondScreenComesBack(t *testing.T) {
	s := newSite(t)
	b := newBrowser(t, s)
	b.login()
	c := b.second()
	b.click("next")
	c.screen("notice")
	old := c.token("tram-citizen")
	s.stopServer()
	c.wait("the pause", `['away', 'enter'].includes(document.querySelector('.second').dataset.screen)`)
	c.clean("while the station is silent")
	s.startServer(s.host)
	b.wait("the log-in", `document.querySelector('[data-test="pin"]') !== null`)
	c.screen("enter")
	b.signIn("officer-1", pin)
	b.step("notice")
	c.screen("notice")
	if now := c.token("tram-citizen"); now == "" || now == old {
		t.Error("the citizen's window goes on with its old token")
	}
}

// TestSecondScreenReadsAloud: only with a voice of this computer, never what is
// personal, and no longer than the screen stands.
func TestSecondScreenReadsAloud(t *testing.T) {
	s := newSite(t)
	b := newBrowser(t, s)
	b.login()
	c := b.second()
	b.click("next")
	c.screen("notice")
	voices := func(list string) {
		eval[bool](c, `(() => { window.said = []; window.hushed = 0; speechSynthesis.getVoices = () => `+list+`; speechSynthesis.speak = (u) => window.said.push(u.text);
			speechSynthesis.cancel = () => window.hushed++; speechSynthesis.dispatchEvent(new Event('voiceschanged')); return true; })()`)
	}
	hidden := `document.querySelector('[data-test="listen"]').classList.contains('hidden')`
	voices(`[{lang: 'vi-VN', localService: false}, {lang: 'en-US', localService: true}]`)
	c.wait("no voice", hidden)
	voices(`[{lang: 'vi-VN', localService: true}]`)
	c.wait("the voice", `!`+hidden)
	eval[bool](c, `(() => { window.SpeechSynthesisUtterance = function (text) { this.text = text; }; return true; })()`)
	c.click("listen")
	if said := eval[string](c, `window.said.join()`); !strings.Contains(said, "Mời ông/bà đọc") || !strings.Contains(said, "miễn phí") {
		t.Errorf("the notice is read as %q", said)
	}
	hushed := eval[int](c, `window.hushed`)
	c.click("next")
	c.screen("card")
	if eval[int](c, `window.hushed`) == hushed {
		t.Error("the notice is read on over the next screen")
	}
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	b.write("qr-text", card.QR()+kb.Enter)
	c.numbered(blind)
	c.screen("person")
	c.wait("the name", `document.querySelector('[data-test="own-name"]') !== null`)
	c.click("listen")
	if said := eval[string](c, `window.said.at(-1)`); said == "" || strings.Contains(said, "Nguyễn") || strings.Contains(said, "001") {
		t.Errorf("the person is read as %q", said)
	}
}

// TestSecondScreenByKeyboard goes through without a finger: a number that serves
// another account and another one, the code, the questions, a signature on
// paper, and a consent that is taken back.
func TestSecondScreenByKeyboard(t *testing.T) {
	const second = "0987654321"
	s := newSite(t, func(s *site) { s.inquiry = &asked{taken: citizenPhone} })
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	b := newBrowser(t, s)
	b.login()
	c := b.second()
	b.click("next")
	c.screen("notice")
	c.press(kb.F2)
	b.step("card")
	b.write("qr-text", card.QR()+kb.Enter)
	c.numberedByKeys(citizenPhone)
	c.screen("person")
	b.takes(citizenPhone)
	c.wait("another number is wanted", `document.querySelector('.lead')?.innerText.includes('tài khoản khác')`)
	c.numberedByKeys(second)
	c.title("Cán bộ đang làm việc")
	if code := b.ask("X-Tram-Token", b.token("tram-token"), "POST", "/api/do", `{"id":"again","name":"confirm-person","args":{"phone":""}}`); code != 200 {
		t.Fatalf("the second number is answered %d", code)
	}
	c.title("Xác nhận số điện thoại")
	c.wait("the number is free", `document.querySelector('[data-test="next"]')?.disabled === false`)
	c.press(kb.Enter)
	c.title("Nhập mã")
	c.press(phoneCode + kb.Enter)
	b.step("portrait")
	if now := s.station.Snapshot(); now.Person.Phone != second || now.Phone.State != "verified" {
		t.Errorf("the number is %q, %s", now.Person.Phone, now.Phone.State)
	}
	b.click("next")
	b.taken("accept")
	b.toConsent(c)
	c.title("Câu hỏi 1 trên 2")
	c.tabTo("answer-yes")
	c.press(" " + kb.F2)
	c.title("Câu hỏi 2 trên 2")
	c.tabTo("answer-yes")
	c.press(kb.ArrowDown + kb.F2)
	c.title("ký tên")
	c.tabTo("other")
	c.press(kb.Enter)
	b.step("sign")
	if got := s.station.Snapshot().Consent; got == nil || got.Signed != enrol.SignedPaper || !slices.Equal(got.Documents, []bool{false}) {
		t.Errorf("the consent is %+v", got)
	}
	c.screen("wait")
	c.tabTo("back")
	c.press(kb.Enter)
	c.title("Ông/bà đã đồng ý")
	c.tabTo("withdraw-registration")
	c.press(kb.Enter)
	c.screen("consent")
	c.title("Câu hỏi 1 trên 2")
	if eval[int](c, `document.querySelectorAll(':checked').length`) != 0 || s.station.Snapshot().Consent.Registration {
		t.Error("what was taken back is still there")
	}
}

// numberedByKeys types a number and no address.
func (b *browser) numberedByKeys(number string) {
	b.t.Helper()
	b.screen("phone")
	b.title("Số điện thoại")
	b.press(number + kb.Enter)
	b.title("Thư điện tử")
	b.press(kb.Enter)
	b.title("xem lại")
	b.press(kb.Enter)
}
