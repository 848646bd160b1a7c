//go:build realparts

package e2e

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/tram-station/tram/reader/chip"
)

// listening notes each note that the page plays: voice, frequency, and when,
// in hundredths of a second.
const listening = `(() => {
	window.heard = [];
	const { start } = AudioScheduledSourceNode.prototype;
	AudioScheduledSourceNode.prototype.start = function (at) {
		window.heard.push([this.type, Math.round(this.frequency.value), Math.round(100 * (at - this.context.currentTime))].join(' '));
		return start.call(this, at);
	};
	return true;
})()`

// sight is a row of the truth table as an officer sees and hears it.
type sight struct {
	Row, Code, Colour, Sign, Words, Next, Role string
	Heard                                      []string
}

const looking = `(() => {
	const e = document.querySelector('[role="alert"] > .banner');
	const heard = window.heard.splice(0);
	return e === null ? {} : { Row: e.dataset.row, Code: e.dataset.code, Colour: getComputedStyle(e.querySelector('.sign')).backgroundColor,
		Sign: e.querySelector('.sign path').getAttribute('d'), Words: e.querySelector('b').firstChild.textContent,
		Next: e.querySelector('.todo')?.textContent ?? '', Role: e.parentNode.getAttribute('role'), Heard: heard };
})()`

// row waits for a row on the page and looks at it.
func (b *browser) row(name string) sight {
	b.t.Helper()
	b.shows("banner-" + name)
	b.fits("row-" + name)
	s := eval[sight](b, looking)
	if s.Row != name {
		b.t.Fatalf("row %q is shown, want %s", s.Row, name)
	}
	return s
}

// gone waits until no banner is shown, and forgets what sounded.
func (b *browser) gone() {
	b.t.Helper()
	b.wait("no banner", `document.querySelector('[role="alert"] > .banner') === null`)
	eval[sight](b, looking)
}

// drop ends the enrolment on the page.
func (b *browser) drop() {
	b.t.Helper()
	b.click("cancel")
	b.click("cancel-drop")
	b.step("idle")
	b.gone()
}

// scanned begins an enrolment with a card's QR code.
func (b *browser) scanned(text string) {
	b.t.Helper()
	b.toCard()
	b.write("qr-text", text+kb.Enter)
	b.step("person")
}

// accusing are words that no row may say.
var accusing = []string{"giả", "gian", "lừa", "fake", "forge", "fraud", "cheat"}

// distinct holds the rows against each other: no two look alike, say the same
// or sound the same, and each says what to do.
func distinct(t *testing.T, rows []sight) {
	t.Helper()
	for i, a := range rows {
		if a.Words == "" || a.Next == "" || len(a.Heard) == 0 || a.Role != "alert" {
			t.Errorf("%s is not whole: %+v", a.Row, a)
		}
		said := strings.Fields(strings.ToLower(a.Words + " " + a.Next))
		if slices.ContainsFunc(said, func(w string) bool { return slices.Contains(accusing, strings.Trim(w, ".,;:")) }) {
			t.Errorf("%s accuses: %s. %s", a.Row, a.Words, a.Next)
		}
		for _, b := range rows[:i] {
			switch {
			case a.Sign == b.Sign:
				t.Errorf("%s and %s have one sign", a.Row, b.Row)
			case apart(t, a.Colour, b.Colour) < 12:
				t.Errorf("%s and %s have nearly one colour: %s and %s", a.Row, b.Row, a.Colour, b.Colour)
			case a.Words == b.Words, a.Words+a.Next == b.Words+b.Next:
				t.Errorf("%s and %s say the same: %s", a.Row, b.Row, a.Words)
			case slices.Equal(a.Heard, b.Heard):
				t.Errorf("%s and %s sound the same: %v", a.Row, b.Row, a.Heard)
			}
		}
	}
}

// apart is how far two colours are from each other.
func apart(t *testing.T, a, b string) float64 {
	t.Helper()
	var x, y [3]float64
	for to, text := range map[*[3]float64]string{&x: a, &y: b} {
		if _, err := fmt.Sscanf(text, "rgb(%f, %f, %f)", &to[0], &to[1], &to[2]); err != nil {
			t.Fatalf("colour %q: %v", text, err)
		}
	}
	return math.Hypot(math.Hypot(x[0]-y[0], x[1]-y[1]), x[2]-y[2])
}

// TestTruthTable brings about each row in a real browser; what is about reader
// and card, with a virtual chip in a real PC/SC service.
func TestTruthTable(t *testing.T) {
	f := newField(t)
	s := newSite(t, func(s *site) { s.chip = f })
	f.believe(map[string][]byte{"csca.cer": s.issuer.CSCA()})
	b := newBrowser(t, s)
	b.login()
	eval[bool](b, listening)
	rows := slices.Concat(b.readerRows(f), b.chipRows(f), b.deviceRows(f), b.stationRows())
	for _, r := range rows {
		t.Logf("%-13s %-18s %-18s %d notes  %s → %s", r.Row, r.Code, r.Colour, len(r.Heard), r.Words, r.Next)
	}
	if len(rows) != 17 {
		t.Errorf("%d rows", len(rows))
	}
	distinct(t, rows)
}

// readerRows: the cable, another program, and how the card lies.
func (b *browser) readerRows(f *field) (rows []sight) {
	card := b.site.issue(chip.FaultNone)
	b.scanned(card.QR())
	rows = append(rows, b.row("no-reader"))
	f.plug()
	f.lay(card, 0)
	b.wait("the chip", chipDone)
	b.gone()
	b.drop()

	release := f.seize()
	b.scanned(card.QR())
	rows = append(rows, b.row("reader-busy"))
	release()
	b.wait("the chip", chipDone)
	b.gone()
	b.drop()

	once := b.site.issue(chip.FaultPullOnce)
	f.lay(once, 0)
	b.scanned(once.QR())
	rows = append(rows, b.row("card-lost"))
	f.lay(once, 0)
	b.wait("the rest of the chip", chipDone)
	b.gone()
	b.drop()

	f.lay(card, 12) // of 18
	b.scanned(card.QR())
	rows = append(rows, b.row("chip-silent"))
	f.unplug() // the virtual driver may hang on a chip that it waited for
	f.plug()
	f.lay(card, 0)
	b.wait("the chip again", chipDone)
	b.gone()
	b.drop()

	once = b.site.issue(chip.FaultPullOnce)
	f.lay(once, 0)
	b.scanned(once.QR())
	b.shows("banner-card-lost")
	eval[sight](b, looking)
	f.lay(b.site.issue(chip.FaultNone), 0)
	rows = append(rows, b.row("other-card"))
	b.drop()
	return rows
}

// chipRows: the key, and what the checks of the chip say.
func (b *browser) chipRows(f *field) (rows []sight) {
	f.lay(b.site.issue(chip.FaultNone), 0)
	b.toCard()
	b.click("tab-hand")
	b.write("hand-can", "999999")
	b.click("next")
	rows = append(rows, b.row("wrong-key"))
	b.drop()

	trusted := map[string][]byte{"csca.cer": b.site.issuer.CSCA()}
	read := func(card *chip.Card, scan, row string) {
		f.lay(card, 0)
		b.scanned(scan)
		b.wait("the chip", chipDone)
		rows = append(rows, b.row(row))
		if row != "inconclusive" {
			b.drop()
		}
	}
	card := b.site.issue(chip.FaultSODSignature)
	read(card, card.QR(), "failed")

	card = b.site.issue(chip.FaultSignerRevoked)
	list := must(b.site.issuer.CRL(time.Now().Add(-time.Hour), time.Now().AddDate(0, 3, 0), card.Signer()))(b.t)
	f.believe(map[string][]byte{"csca.cer": trusted["csca.cer"], "list.crl": list})
	read(card, card.QR(), "revoked")
	f.believe(trusted)

	citizen := chip.Sample()
	citizen.Expiry = time.Now().AddDate(0, 0, -3)
	card = b.site.issueTo(citizen, chip.FaultNone)
	read(card, card.QR(), "expired")

	card = b.site.issue(chip.FaultNone)
	read(card, strings.Replace(card.QR(), "Nguyễn Văn", "Trần Văn", 1), "differs")

	f.trust.Store(nil)
	read(card, card.QR(), "inconclusive")
	return rows
}

// deviceRows: camera and fingerprint reader. The station says of itself that it
// has no trust list until the next card is read with one.
func (b *browser) deviceRows(f *field) (rows []sight) {
	b.click("cancel")
	b.click("cancel-drop")
	b.step("idle")
	if s := eval[sight](b, looking); s.Row != "inconclusive" || s.Code != "no-trust" {
		b.t.Errorf("between two citizens the station says %+v", s)
	}
	f.believe(map[string][]byte{"csca.cer": b.site.issuer.CSCA()})
	f.lift()
	card := b.site.issue(chip.FaultNone)
	b.site.unplugged.Store(true)
	b.scanned(card.QR())
	rows = append(rows, b.row("no-camera"))
	b.site.unplugged.Store(false)
	f.lay(card, 0)
	b.wait("the chip", chipDone)
	b.gone()
	b.confirm()
	b.click("next")
	b.taken("accept")
	b.click("next")
	b.step("fingers")
	b.site.platen.unplug()
	eval[sight](b, looking) // the cue of the picture
	b.do(chromedp.KeyEvent(kb.Enter))
	rows = append(rows, b.row("no-scanner"))
	b.site.platen.gone.Store(false)
	b.shown("2", "done")
	b.drop()
	return rows
}

// stationRows: the network, the disk, a refusal, and the station itself.
func (b *browser) stationRows() (rows []sight) {
	b.site.central.down.Store(true)
	rows = append(rows, b.row("network"))
	b.site.central.down.Store(false)
	b.gone()

	away := b.site.journal + ".away"
	move := func(from, to string) {
		if err := os.Rename(from, to); err != nil {
			b.t.Fatal(err)
		}
	}
	move(b.site.journal, away)
	b.click("next")
	rows = append(rows, b.row("disk"))
	if err := os.RemoveAll(b.site.journal); err != nil {
		b.t.Fatal(err)
	}
	move(away, b.site.journal)
	b.toCard()
	b.gone()
	b.write("qr-text", "https://example.vn/a|b"+kb.Enter)
	rows = append(rows, b.row("refusal"))

	b.site.stopServer()
	rows = append(rows, b.row("daemon"))
	b.site.startServer(b.site.host)
	return rows
}
