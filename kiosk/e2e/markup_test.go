//go:build realparts

package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/tram-station/tram/reader/chip"
)

const markup = `<img src=x onerror="window.broken=1"><svg onload="window.broken=1"><script>window.broken=1</script>`

// unbroken checks that what looks like markup is on the page as text, and that
// none of it became part of the page.
func (b *browser) unbroken(where string) {
	b.t.Helper()
	if eval[bool](b, `window.broken !== undefined || document.querySelector('img[src="x"], svg[onload], main script') !== null`) {
		b.t.Errorf("%s: the markup became part of the page", where)
	}
}

// TestMarkupInTheChipStaysText: the residence, the origin and the name of a
// hostile chip, to the receipt.
func TestMarkupInTheChipStaysText(t *testing.T) {
	s := newSite(t)
	citizen := chip.Sample()
	citizen.Residence, citizen.Origin = markup, markup
	card := s.issueTo(citizen, chip.FaultNone)
	s.slot.Put(card)
	b := newBrowser(t, s)
	b.login()
	b.toCard()
	lines := card.MRZ()
	b.write("qr-text", strings.Join(lines, kb.Enter)+kb.Enter) // the zone holds no address: the chip's is shown
	b.step("person")
	b.wait("the chip", chipDone)
	if got := b.shows("fact-residence"); !strings.Contains(got, "<img src=x onerror=") {
		t.Errorf("the chip's markup is not shown as text: %q", got)
	}
	b.unbroken("person")
	b.confirm()
	b.toReceipt(func(name string) { b.unbroken(name) })
	b.unbroken("receipt")
}

// TestTypedMarkupStaysText: what hands type comes back as text, too.
func TestTypedMarkupStaysText(t *testing.T) {
	s := newSite(t)
	card := s.issue(chip.FaultNone)
	s.slot.Put(card)
	b := newBrowser(t, s)
	b.signIn(markup[:30], "000000")
	b.wait("a refusal", `document.querySelector('[data-test="login-problem"]').innerText !== ''`)
	b.unbroken("login")
	b.login()
	b.toCard()
	b.write("qr-text", markup+kb.Enter)
	b.wait("a refusal", `document.querySelector('.banner') !== null`)
	b.unbroken("card")
	b.write("qr-text", card.QR()+kb.Enter)
	b.step("person")
	b.wait("the chip", chipDone)
	b.click("correct-residence")
	b.do(chromedp.SetValue(css("text"), markup))
	b.click("text-go")
	b.confirm()
	for _, field := range s.station.Snapshot().Person.Fields {
		if field.Name == "residence" && !strings.Contains(field.Value, "<img") {
			t.Errorf("the typed residence is %q", field.Value)
		}
	}
	b.toReceipt(func(name string) { b.unbroken(name) })
	b.unbroken("receipt")
}
