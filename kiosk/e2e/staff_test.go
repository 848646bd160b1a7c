//go:build realparts

package e2e

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/tram-station/tram/kiosk"
	"github.com/tram-station/tram/kiosk/operator"
)

// room opens a page beside the enrolment by the menu.
func (b *browser) room(name string) {
	b.t.Helper()
	b.click("menu")
	b.click("room-" + name)
	b.step(name)
}

// parts are what an invented program is made of.
func parts(n int) (all []kiosk.Module) {
	for i := range n {
		all = append(all, kiosk.Module{Path: fmt.Sprintf("example.org/components/part-%d", i), Version: "v1.0.0"})
	}
	return all
}

// administrator adds one, and returns the PIN.
func (s *site) administrator(id string) string {
	s.t.Helper()
	return must(s.operators.Add(id, operator.RoleAdministrator))(s.t).Reveal()
}

// virtualKey gives the browser a security key that is always touched. It opens
// the page at the one address that keys answer to.
func (b *browser) virtualKey() webauthn.AuthenticatorID {
	b.t.Helper()
	_, port, err := net.SplitHostPort(b.site.host)
	if err != nil {
		b.t.Fatal(err)
	}
	b.do(chromedp.Navigate("http://localhost:" + port))
	if _, err := chromedp.Call(b.ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		b.t.Fatal(err)
	}
	key, err := chromedp.Call(b.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: "ctap2", Transport: "usb", HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}})
	if err != nil {
		b.t.Fatal(err)
	}
	return key.AuthenticatorID
}

// bogus has a security key sign wrongly, or well again.
func (b *browser) bogus(key webauthn.AuthenticatorID, on bool) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, webauthn.SetResponseOverrideBits, webauthn.SetResponseOverrideBitsParams{AuthenticatorID: key, IsBogusSignature: &on}); err != nil {
		b.t.Fatal(err)
	}
}

// addsKey registers a security key of whoever is signed in, in the settings.
func (b *browser) addsKey(name, pin string) {
	b.t.Helper()
	b.click("own-key-add")
	b.write("key-name", name)
	b.write("key-pin", pin)
	b.click("key-go")
}

// TestFirstDay: the form says what to enter; wrong PINs lock it for a while that
// is counted down, for this person alone, and then it opens by itself.
func TestFirstDay(t *testing.T) {
	s := newSite(t)
	b := newBrowser(t, s)
	b.shows("login")
	if text := eval[string](b, `document.querySelector('.login').innerText`); !strings.Contains(text, "Lần đầu làm việc tại trạm này?") || !strings.Contains(text, "Quên mã PIN?") {
		t.Errorf("the form says %q", text)
	}
	b.fits("login")
	for range 4 {
		b.wait("an open form", `!document.querySelector('[data-test="pin"]').disabled && document.querySelector('[data-test="login"]').innerText.includes('Vào làm việc')`)
		b.signIn("officer-1", "000000")
		b.wait("the answer", `document.querySelector('[data-test="login-problem"]').innerText !== ''`)
	}
	if got := b.shows("login-wait"); !strings.HasPrefix(got, "0:") {
		t.Errorf("the wait says %q", got)
	}
	b.fits("login-locked")
	if !eval[bool](b, `document.querySelector('[data-test="pin"]').disabled && document.querySelector('[data-test="login"]').disabled`) {
		t.Error("the form takes a PIN that would be refused")
	}
	before := eval[string](b, `document.querySelector('[data-test="login-wait"]').innerText`)
	b.wait("the count", fmt.Sprintf(`document.querySelector('[data-test="login-wait"]').innerText !== %q`, before))
	b.wait("the end of the lock", `!document.querySelector('[data-test="pin"]').disabled`)
	b.wait("the focus", `document.activeElement?.dataset.test === 'pin'`)
	b.login()
}

// TestLockIsOnePersons: a colleague signs in meanwhile.
func TestLockIsOnePersons(t *testing.T) {
	s := newSite(t)
	b := newBrowser(t, s)
	for range 4 {
		_, _ = s.operators.Login("officer-1", "000000")
	}
	b.signIn("officer-1", pin)
	b.wait("the lock", `document.querySelector('[data-test="pin"]').disabled`)
	b.do(chromedp.SetValue(css("officer"), strings.TrimSuffix(supervisor, "1")))
	b.write("officer", "1")
	b.wait("an open form", `!document.querySelector('[data-test="pin"]').disabled`)
	b.write("pin", supervisorPIN+kb.Enter)
	b.step("idle")
}

// TestSettings: each choice holds at once and after a reload; an own key is added
// and, with the PIN, removed.
func TestSettings(t *testing.T) {
	s := newSite(t)
	b := newBrowser(t, s)
	b.virtualKey()
	b.login()
	b.room("settings")
	b.shows("settings-version")
	if got := b.shows("settings-me"); got != "officer-1 (Cán bộ)" {
		t.Errorf("signed in is %q", got)
	}
	b.fits("settings")
	b.click("set-paper-80mm")
	b.click("set-sound-off")
	b.click("set-language-en")
	b.wait("English", `document.documentElement.lang === 'en' && document.body.innerText.includes('My security keys')`)
	b.wait("the focus", `document.activeElement?.value === 'en'`)
	b.fits("settings-en")
	b.click("set-language-vi")
	small := eval[float64](b, `document.querySelector('h1').getBoundingClientRect().height`)
	b.click("set-text-larger")
	if large := eval[float64](b, `document.querySelector('h1').getBoundingClientRect().height`); large < small*1.2 {
		t.Errorf("the title is %.0f high, was %.0f", large, small)
	}
	if eval[bool](b, `document.documentElement.scrollHeight > innerHeight + 1 || document.documentElement.scrollWidth > innerWidth + 1 || document.querySelector('.bar').getBoundingClientRect().bottom > innerHeight + 1`) {
		t.Error("with large text the next action leaves the window")
	}
	b.picture("settings-larger")
	b.do(chromedp.Reload())
	b.step("idle")
	if eval[bool](b, squeezed) {
		t.Error("with large text the kinds lie over each other")
	}
	b.picture("idle-larger")
	b.room("settings")
	b.wait("what was chosen", `['set-text-larger', 'set-paper-80mm', 'set-sound-off', 'set-language-vi'].every((n) => document.querySelector('[data-test="' + n + '"] input').checked)`)
	b.click("set-text-normal")
	b.ownKey()
	b.click("licences")
	b.wait("what is in it", `document.querySelectorAll('[data-test="modules"] li').length === 40`)
	b.fits("licences")
	b.click("licences-close")
	b.click("settings-second")
	b.shows("second-text")
	b.click("second-done")
	b.click("next")
	b.step("idle")
}

// squeezed tells whether a kind's words are higher than its button.
const squeezed = `[...document.querySelectorAll('.kind')].some((k) => k.scrollHeight > k.clientHeight + 2)`

// ownKey adds a security key and removes it: not with a wrong PIN.
func (b *browser) ownKey() {
	b.t.Helper()
	const kept = `document.querySelectorAll('[data-test="own-keys"] li').length`
	b.addsKey("khóa xanh <b>", pin)
	b.wait("the key", kept+` === 1 && document.querySelector('[data-test="own-keys"]').innerText.includes('khóa xanh <b>')`)
	b.fits("own-key")
	b.click("own-key-remove")
	b.write("drop-pin", "000000")
	b.fits("own-key-remove")
	b.click("drop-key-go")
	b.tells("banner-refusal", "PIN không đúng")
	b.click("own-key-add")
	b.write("key-name", "khóa xanh")
	b.write("key-pin", pin+kb.Enter)
	b.tells("banner-refusal", "Khóa bảo mật này đã được đăng ký")
	b.picture("own-key-there")
	b.click("own-key-remove")
	b.write("drop-pin", pin+kb.Enter)
	b.wait("no key", kept+` === 0`)
	b.wait("the focus", `document.activeElement?.dataset.test === 'own-key-add'`)
	b.wait("no banner", `document.querySelector('[data-test="banner-refusal"]') === null`)
	for _, p := range b.site.operators.People() {
		if len(p.Keys) > 0 {
			b.t.Errorf("%s has %v", p.ID, p.Keys)
		}
	}
}

// TestPeople: an administrator adds somebody, whose PIN is shown once and opens;
// changes the role, notes the card, removes. Officers have no such page.
func TestPeople(t *testing.T) {
	s := newSite(t)
	secret := s.administrator("admin-1")
	b := newBrowser(t, s)
	b.login()
	b.click("menu")
	if eval[bool](b, `document.querySelector('[data-test="room-people"]') !== null`) {
		t.Error("an officer is offered the people")
	}
	b.click("menu-close")
	b.click("logout")
	b.wait("the log-in", `document.querySelector('[data-test="officer"]') !== null`)
	b.signIn("admin-1", secret)
	b.step("people")
	b.wait("the list", `document.querySelectorAll('.staff tbody tr').length === 3`)
	b.fits("people")
	b.click("next")
	b.write("new-person", "Nguyễn Văn")
	b.click("ask-go")
	if got := b.shows("banner-refusal"); !strings.Contains(got, "không phải họ tên") {
		t.Errorf("banner %q", got)
	}
	b.click("next")
	b.write("new-person", "can-bo-7")
	b.click("role-supervisor")
	b.fits("add-person")
	b.click("ask-go")
	given := b.shows("new-pin")
	if len(given) != 6 {
		t.Fatalf("the PIN is %q", given)
	}
	b.fits("new-pin")
	b.click("pin-noted")
	b.wait("a page without the PIN", fmt.Sprintf(`!document.documentElement.outerHTML.includes(%q)`, given))
	if who, err := s.operators.Approve("can-bo-7", operator.PIN(given)); err != nil || who.Role != operator.RoleSupervisor {
		t.Errorf("%+v, %v", who, err)
	}
	b.fits("person")
	b.oneOfThePeople(given)
	b.click("person-of-admin-1")
	b.wait("oneself", `document.querySelector('[data-test="person"]').innerText.includes('Đây là bạn')`)
	if eval[bool](b, `document.querySelector('[data-test="person-remove"], [data-test="person-role"], [data-test="person-pin"]') !== null`) {
		t.Error("the administrator is offered to remove themself, or a PIN that would be gone before it is read")
	}
	if at := eval[string](b, `document.activeElement?.dataset.test ?? ''`); at != "person-of-admin-1" {
		t.Errorf("after the choice the focus is on %q", at)
	}
	b.room("settings")
	b.click("next")
	b.step("people") // an administrator's first page
}

// oneOfThePeople changes all of can-bo-7, and ends with nobody.
func (b *browser) oneOfThePeople(given string) {
	b.t.Helper()
	people := b.site.operators
	of := func() (p operator.Person) {
		for _, p = range people.People() {
			if p.ID == "can-bo-7" {
				return p
			}
		}
		return operator.Person{}
	}
	b.click("person-role")
	b.click("role-officer")
	b.click("ask-go")
	b.wait("the other role", `document.querySelector('[data-test="person"] .role-officer') !== null`)
	b.click("person-card")
	b.fits("person-card")
	b.write("person-number", "001190990002|123456789|Trần Thị Mẫu|01011990|Nữ|Hà Nội|01012021"+kb.Enter)
	b.wait("the card", `document.querySelector('[data-test="person"]').innerText.includes('Đã ghi nhận thẻ')`)
	if !of().Card || !people.OwnCard("can-bo-7", "001190990002") {
		b.t.Error("the card is not noted")
	}
	b.click("person-pin")
	b.click("ask-go")
	if again := b.shows("new-pin"); again == given {
		b.t.Error("the new PIN is the old one")
	}
	b.click("pin-noted")
	b.click("person-remove")
	b.fits("person-remove")
	b.click("ask-back")
	if of().ID == "" {
		b.t.Error("removed although it was not confirmed")
	}
	b.click("person-remove")
	b.click("ask-go")
	for end := time.Now().Add(patience); of().ID != ""; time.Sleep(40 * time.Millisecond) {
		if time.Now().After(end) {
			b.fail(fmt.Errorf("can-bo-7 is still there"))
		}
	}
	b.wait("three rows", `document.querySelectorAll('.staff tbody tr').length === 3`)
}
