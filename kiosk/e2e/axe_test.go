//go:build realparts

package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/tram-station/tram/testdata"
)

// barrier is one finding of axe-core: a rule that parts of the page break.
type barrier struct {
	ID, Impact, Help string
	Nodes            []struct {
		Target         []any
		FailureSummary string
	}
}

// accessible has axe-core look at the page as it stands, by the rules of WCAG
// 2.2 A and AA; a finding that is serious or critical is a fault.
func (b *browser) accessible(name string) {
	b.t.Helper()
	for _, found := range b.barriers() {
		if found.Impact != "serious" && found.Impact != "critical" {
			continue
		}
		var where strings.Builder
		for _, n := range found.Nodes[:min(3, len(found.Nodes))] {
			fmt.Fprintf(&where, "\n  %v: %s", n.Target, strings.ReplaceAll(n.FailureSummary, "\n", " "))
		}
		b.t.Errorf("%s: %s, %s (%s)%s", name, found.Impact, found.Help, found.ID, where.String())
	}
}

func (b *browser) barriers() []barrier {
	b.t.Helper()
	if !eval[bool](b, `'axe' in window`) {
		script, err := os.ReadFile(filepath.Join(testdata.Assets(b.t), "axe/axe.min.js"))
		if err != nil {
			b.t.Fatalf("axe-core is missing: make assets: %v", err)
		}
		eval[bool](b, string(script)+"; true")
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	found, err := chromedp.Run(ctx, chromedp.Evaluate[[]barrier](`axe.run(document, {resultTypes: ['violations'],
		runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}).then((r) => r.violations.map(({id, impact, help, nodes}) =>
		({id, impact, help, nodes: nodes.map(({target, failureSummary}) => ({target, failureSummary}))})))`, chromedp.EvalAwaitPromise))
	if err != nil {
		b.fail(err)
	}
	return found
}

// TestBarriersAreFound: the look at a page that breaks the rules finds what is
// wrong, so that a page without findings says something.
func TestBarriersAreFound(t *testing.T) {
	b := newBrowser(t, newSite(t))
	b.wait("the page", `document.querySelector('[data-test="pin"]') !== null`)
	if found := b.barriers(); len(found) != 0 {
		t.Errorf("the log-in: %+v", found)
	}
	eval[bool](b, `(() => { const input = document.createElement('input'); const grey = document.createElement('p');
		grey.textContent = 'khó đọc'; grey.style.color = '#cccccc'; document.body.prepend(input, grey); return true; })()`)
	seen := map[string]bool{}
	for _, f := range b.barriers() {
		seen[f.ID] = true
	}
	if !seen["label"] || !seen["color-contrast"] {
		t.Errorf("a field without a name and a pale text were not found: %v", seen)
	}
}
