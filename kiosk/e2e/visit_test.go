//go:build realparts

package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/uuid"

	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/reader/chip"
)

// does is what the officer does in a step of the page.
type does map[string]func()

// visit drives one enrolment of any kind over the page, from its first step
// to the receipt.
type visit struct {
	*browser
	card *chip.Card // the citizen's; nil: there is none
	own  does       // where it is not the usual
	seen []string   // the steps that the page showed
}

// now is the step that the page shows.
func (b *browser) now() string {
	b.t.Helper()
	return eval[string](b, `document.querySelector('.frame')?.dataset.step ?? ''`)
}

// passes waits until the page shows another step.
func (b *browser) passes(step string) {
	b.t.Helper()
	b.wait("the end of step "+step, `document.querySelector('.frame')?.dataset.step !== '`+step+`'`)
}

// through goes on until a step, or to the end where it is "done"; each step's
// page has to fit.
func (v *visit) through(to string) {
	v.t.Helper()
	for range 40 {
		step := v.now()
		if len(v.seen) == 0 || v.seen[len(v.seen)-1] != step {
			v.seen = append(v.seen, step)
		}
		if step == to {
			return
		}
		do := v.own[step]
		if do == nil {
			do = v.usual()[step]
		}
		if do == nil {
			v.fail(fmt.Errorf("nobody knows what to do in step %q", step))
		}
		do()
		v.passes(step)
	}
	v.fail(fmt.Errorf("never came to step %q: %v", to, v.seen))
}

// usual is what is done in a step where the kind says nothing else.
func (v *visit) usual() does {
	return does{
		"notice": func() {
			v.ticks("heard")
			v.click("next")
		},
		"card": func() { v.write("qr-text", v.card.QR()+kb.Enter) },
		"person": func() {
			if v.card != nil {
				v.wait("the chip", chipDone)
			}
			if v.wanted("phone") {
				v.write("phone", "0912 345 678")
			}
			v.click("next")
		},
		"register": func() {}, // is asked by itself
		"portrait": v.sit,
		"fingers":  v.layAll,
		"documents": func() {
			v.click("next")
		},
		"consent": func() {
			v.ticks("consent-registration")
			for i := range eval[int](v.browser, `document.querySelectorAll('.consents .tick input').length`) - 1 {
				v.ticks(fmt.Sprintf("consent-document-%d", i))
			}
			v.click("next")
		},
		"seal": func() {}, // follows the signature by itself
		"sign": func() {
			v.ticks("sure")
			v.click("next")
		},
	}
}

// wanted reports whether the kind goes through a step.
func (v *visit) wanted(step string) bool {
	v.t.Helper()
	for _, s := range v.site.station.Snapshot().Steps {
		if string(s.Name) == step {
			return true
		}
	}
	return false
}

// sit takes the portrait; without a chip the officer compares by eye.
func (v *visit) sit() {
	v.t.Helper()
	v.click("next")
	v.state("taken")
	if v.card != nil {
		v.taken("accept")
		v.click("next")
		return
	}
	v.click("same")
}

// layAll lays down whatever the page asks for.
func (v *visit) layAll() {
	v.t.Helper()
	for end := time.Now().Add(3 * patience); v.now() == "fingers"; time.Sleep(150 * time.Millisecond) {
		if time.Now().After(end) {
			v.fail(fmt.Errorf("the fingers are never done"))
		}
		eval[bool](v.browser, `(() => { const n = document.querySelector('.frame[data-step="fingers"] [data-test="next"]'); if (n && !n.disabled) n.click(); return true; })()`)
	}
}

// begin opens an enrolment with one touch on the page of kinds.
func (b *browser) begin(tile string, card *chip.Card, own does) *visit {
	b.t.Helper()
	b.step("idle")
	b.click(tile)
	b.step("notice")
	return &visit{browser: b, card: card, own: own}
}

// sealed waits for the receipt of a kind of dossier and returns its ID.
func (v *visit) sealed(kind string) string {
	v.t.Helper()
	v.through("done")
	v.custody(v.site)
	id := v.shows("receipt-id")
	status := must(v.site.outbox.Status(uuid.MustParse(id)))(v.t)
	if status.Kind != kind || status.State != offline.Custody {
		v.t.Errorf("the dossier is %s of kind %q, want %q", status.State, status.Kind, kind)
	}
	v.t.Logf("%s: %s", kind, strings.Join(v.seen, " "))
	return id
}

// person is an invented citizen of an age.
func person(years int, name, sex string) chip.Citizen {
	c := chip.Sample()
	born := time.Now().AddDate(-years, 0, -10)
	digit := (born.Year()/100 - 19) * 2
	if sex != "Nam" {
		digit++
	}
	c.Name, c.Sex, c.OldNumber = name, sex, ""
	c.Birth = time.Date(born.Year(), born.Month(), born.Day(), 0, 0, 0, 0, time.UTC)
	c.Number = fmt.Sprintf("001%d%02d000011", digit, born.Year()%100)
	c.Issue, c.Expiry = time.Now().AddDate(-1, 0, 0).Truncate(24*time.Hour), time.Now().AddDate(5, 0, 0).Truncate(24*time.Hour)
	return c
}

// ticks marks a box, however the page moves below the pointer meanwhile.
func (b *browser) ticks(name string) {
	b.t.Helper()
	checked := `document.querySelector('[data-test="` + name + `"]')?.checked === true`
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(300 * time.Millisecond) {
		if eval[bool](b, checked) {
			return
		}
		b.click(name)
	}
	b.fail(fmt.Errorf("%s can not be ticked", name))
}

// rewrites replaces what stands in a field.
func (b *browser) rewrites(name, text string) {
	b.t.Helper()
	eval[bool](b, `(() => { const e = document.querySelector('[data-test="`+name+`"]'); e.value = ''; e.dispatchEvent(new Event('input')); return true; })()`)
	b.write(name, text)
}

// picks chooses an entry of a list.
func (b *browser) picks(name, value string) {
	b.t.Helper()
	b.do(chromedp.SetValue(css(name), value))
}

// paper fills a row that shows who somebody is.
func (b *browser) paper(purpose, kind, number string) {
	b.t.Helper()
	b.picks(purpose+"-paper-type", kind)
	b.write(purpose+"-paper-number", number)
	b.ticks(purpose + "-paper-seen")
}

// off reports whether the next action is not to be had, which it says why.
func (b *browser) off(why string) {
	b.t.Helper()
	b.wait("the hint "+why, `document.querySelector('[data-next]').disabled && document.querySelector('.hint').innerText.includes(`+quoted(why)+`)`)
}

// vietnamese checks that the page has no word that is missing or not in
// Vietnamese where both languages stand.
func (b *browser) vietnamese() {
	b.t.Helper()
	if key := eval[string](b, `(document.body.innerText.match(/\b[a-z]+\.[a-z]+(-[a-z]+)+\b/) ?? [''])[0]`); key != "" {
		b.t.Errorf("the page shows the key %q", key)
	}
	if got := eval[string](b, `document.documentElement.lang`); got != "vi" {
		b.t.Errorf("the page is in %q", got)
	}
}

// kindSite is a station that waits a second at most for a supervisor, with its
// page. Its chips are read through a real PC/SC service.
func kindSite(t *testing.T, change ...func(*site)) (*site, *browser) {
	t.Helper()
	f := newField(t)
	f.plug()
	s := newSite(t, append([]func(*site){func(s *site) {
		s.chip = f
		s.rules.Exceptions.WaitS = 1
	}}, change...)...)
	f.believe(map[string][]byte{"csca.cer": s.issuer.CSCA()})
	s.platen.lay(slowly(200*time.Millisecond), nil)
	b := newBrowser(t, s)
	b.login()
	return s, b
}

// put lays a card on the reader of a station that reads through a field.
func (s *site) put(card *chip.Card) {
	s.t.Helper()
	s.chip.(*field).lay(card, 0)
}
