//go:build realparts

package main

import (
	"strings"
	"testing"
	"unicode"

	"github.com/tram-station/tram/reader/chip"
)

// hostileTexts are what a chip that lies, or the code on a forged print, could
// hold where a name or an address is expected.
var hostileTexts = map[string]string{
	"markup":        `<script>alert(1)</script><img src=x onerror=alert(2)>`,
	"turned around": "Nguyễn \u202Eửht năV\u202C \u2066\u2067\u200B\u200F",
	"terminal":      "Thử\x1b[2J\x1b]0;owned\x07 \x00\x08\r\nSet-Cookie: a=b",
	"formula":       `=HYPERLINK("http://evil.example","x") @SUM(1) +1 -1`,
	"log line":      "\n{\"level\":\"ERROR\",\"msg\":\"forged\"}\n",
	"long":          strings.Repeat("Nguyễn ", 900),
	"combining":     "Thử" + strings.Repeat("\u0301", 300),
}

// TestTrialHostileText reads cards whose texts were made to hurt somebody, in the
// chip's DG13 and in the printed code. The enrolment goes on or is refused in
// words; nothing that is shown turns text around or hides in it, nothing reaches
// the log.
func TestTrialHostileText(t *testing.T) {
	x := newTrial(t)
	for name, text := range hostileTexts {
		t.Run(name, func(t *testing.T) { x.hostile(t, text) })
	}
	t.Run("control", func(t *testing.T) {
		const harmless = "Số 5, Ngõ 10 Phố Lành"
		if shown := x.hostile(t, harmless); !strings.Contains(shown, harmless) {
			t.Error("the control is not shown: the trial looks at nothing")
		}
	})
}

// hostile reads one card whose residence, mother and features are the text, and
// returns all that the snapshot shows.
func (x *trial) hostile(t *testing.T, text string) (shown string) {
	t.Helper()
	c := x.citizen
	c.Residence, c.Mother, c.Features = text, text, text
	card, err := x.issuer.Issue(c, chip.ProfileCCCD, chip.FaultNone)
	if err != nil {
		t.Skipf("no chip can hold it: %v", err)
	}
	x.put(t, card)
	defer x.take(t)
	logged := len(x.logged(t))
	o := x.officer("")
	o.run(t, "card", nil)
	// The code of the print as it is, and without what a scanner would not type.
	if _, err := x.api.command(t.Context(), "scan", map[string]any{"qr": card.QR()}); err != nil {
		t.Logf("the print: %v", err)
		if _, err := x.api.command(t.Context(), "scan", map[string]any{"can": card.CAN()}); err != nil {
			t.Fatal(err)
		}
	}
	s := x.await(t, "an answer of the chip", func(s shot) bool {
		return s.text("chip", "state") == "done" || s.text("chip", "state") == "failed"
	})
	each(map[string]any(s), func(value string) {
		shown += value + "\n"
		for _, r := range value {
			if r != '\n' && r != '\t' && (unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r)) {
				t.Errorf("shows %U in %.60q", r, value)
				return
			}
		}
	})
	x.must(t, "cancel", nil)
	if log := x.logged(t)[logged:]; len(text) > 8 && strings.Contains(log, text[:8]) || strings.Contains(log, "forged") {
		t.Errorf("in the log: %s", log)
	}
	return shown
}

// each calls f with every text of a JSON value, names and values.
func each(v any, f func(string)) {
	switch v := v.(type) {
	case map[string]any:
		for name, x := range v {
			f(name)
			each(x, f)
		}
	case []any:
		for _, x := range v {
			each(x, f)
		}
	case string:
		f(v)
	}
}
