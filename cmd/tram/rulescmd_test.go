package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
)

// rulesCLI runs one rules command line.
func rulesCLI(t *testing.T, args ...string) (stdout string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), append([]string{"rules"}, args...), nil, &out, &errs)
	return out.String() + errs.String(), code
}

// another is the built-in pack under another version, with one edit.
func another(t *testing.T, version, from, to string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "kiosk", "rules", "level2-2026-09.json"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	b = bytes.Replace(b, []byte(p.Version), []byte(version), 1)
	if !bytes.Contains(b, []byte(from)) {
		t.Fatalf("%s is not in the pack", from)
	}
	return bytes.Replace(b, []byte(from), []byte(to), 1)
}

func TestRulesCheckAndShow(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := write("good.json", another(t, "thu-1", `"minimum_age": 14`, `"minimum_age": 15`))
	if out, code := rulesCLI(t, "check", good); code != exitGood || !strings.Contains(out, "thu-1 applies") {
		t.Errorf("good: %d %s", code, out)
	}
	bad := write("bad.json", another(t, "thu-2", `"working_days": 3`, `"workingdays": 3`))
	out, code := rulesCLI(t, "check", bad, "--json")
	var report struct {
		Flaws []rules.Flaw
	}
	if err := json.NewDecoder(strings.NewReader(out)).Decode(&report); err != nil || code != exitInvalid || len(report.Flaws) != 2 ||
		report.Flaws[0].Path != "working_days" || report.Flaws[1].Path != "workingdays" {
		t.Errorf("bad: %d %s", code, out)
	}
	if _, code := rulesCLI(t, "check", filepath.Join(dir, "none")); code != exitUsage {
		t.Errorf("no file: exit %d", code)
	}
	if out, code := rulesCLI(t, "schema"); code != exitGood || !json.Valid([]byte(out)) {
		t.Errorf("schema: %d", code)
	}
	if out, code := rulesCLI(t, "show", "--data", dir); code != exitGood || !strings.Contains(out, "organisation") || !strings.Contains(out, "no station") {
		t.Errorf("show: %d %s", code, out)
	}
	if out, code := rulesCLI(t, "show", "child", "--data", dir, "--rules", good); code != exitGood || !strings.Contains(out, "6-13") || !strings.Contains(out, "thu-1") {
		t.Errorf("show child: %d %s", code, out)
	}
	out, code = rulesCLI(t, "show", "foreigner", "--data", dir, "--json")
	var p rules.Pack
	if err := json.Unmarshal([]byte(out), &p); err != nil || code != exitGood || len(p.Kinds) != 1 || p.MinimumAge != 6 || p.WorkingDays != 7 {
		t.Errorf("show foreigner: %d %s", code, out)
	}
	if _, code := rulesCLI(t, "show", "nobody", "--data", dir); code != exitUsage {
		t.Errorf("show nobody: exit %d", code)
	}
}

// packs runs `tram rules ls` on a station.
func (h handedOut) packs() (lines []rulesLine) {
	h.Helper()
	out, code := rulesCLI(h.T, "ls", "--json", "--data", h.data, "--tpm", tpmNone)
	var l struct{ Packs []rulesLine }
	if err := json.Unmarshal([]byte(out), &l); err != nil || code != exitGood {
		h.Fatalf("%d %s", code, out)
	}
	return l.Packs
}

// states are the versions of packs with what becomes of them.
func states(lines []rulesLine) string {
	var out []string
	for _, l := range lines {
		out = append(out, l.Version+": "+l.State)
	}
	return strings.Join(out, ", ")
}

// begun is the version that the station's next enrolment begins under.
func (h handedOut) begun() (version string) {
	h.Helper()
	h.start("", func(s *station) { version = s.enrol.Snapshot().Rules.Version })
	return version
}

// TestRulesOfCentral: a pack of the central is used under its signature alone,
// from its date on, and as it was signed.
func TestRulesOfCentral(t *testing.T) {
	h := newHandedOut(t)
	builtin, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	if got := states(h.packs()); got != builtin.Version+": in use" || h.begun() != builtin.Version {
		t.Fatalf("at first: %s", got)
	}
	later := time.Now().Add(time.Hour)
	if _, err := h.documents.Add(offline.DocumentRules, "later.json", "thu-later", later, bytes.NewReader(another(t, "thu-later", `"level": 2`, `"level": 2`))); err != nil {
		t.Fatal(err)
	}
	h.give(offline.DocumentRules, "now.json", "thu-now", another(t, "thu-now", `"minimum_age": 14`, `"minimum_age": 15`))
	if got, want := states(h.packs()), "thu-later: not in force yet, thu-now: in use, "+builtin.Version+": stands by"; got != want {
		t.Errorf("packs: %s, want %s", got, want)
	}
	if got := h.begun(); got != "thu-now" {
		t.Errorf("begins under %s", got)
	}

	file, err := filepath.Glob(filepath.Join(h.data, "documents", "rules", "*", "now.json"))
	if err != nil || len(file) != 1 {
		t.Fatalf("%v, %v", file, err)
	}
	signed, err := os.ReadFile(file[0])
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(h.data, "documents", "rules.cose")
	catalogue, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		path string
		b    []byte
	}{
		"altered":              {file[0], bytes.Replace(signed, []byte(`"minimum_age": 15`), []byte(`"minimum_age": 12`), 1)},
		"cut":                  {file[0], signed[:len(signed)/2]},
		"no signature":         {list, []byte("{}")},
		"another's signature":  {list, resigned(t)},
		"an altered catalogue": {list, bytes.Replace(catalogue, []byte("thu-now"), []byte("thu-nox"), 1)},
	} {
		was, err := os.ReadFile(c.path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(c.path, c.b, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := h.begun(); got != builtin.Version {
			t.Errorf("%s: begins under %s", name, got)
		}
		if err := os.WriteFile(c.path, was, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := h.begun(); got != "thu-now" {
		t.Errorf("the control begins under %s", got)
	}
	h.give(offline.DocumentRules, "broken.json", "thu-broken", another(t, "thu-broken", `"working_days": 3`, `"working_days": 0`))
	if got := states(h.packs()); !strings.Contains(got, "thu-broken: refused") || !strings.Contains(got, builtin.Version+": in use") {
		t.Errorf("one that does not apply: %s", got)
	}
}

// resigned is a catalogue with the same lines under a key that nobody knows.
func resigned(t *testing.T) []byte {
	t.Helper()
	key, err := envelope.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	documents, err := gateway.OpenDocuments(dir, key, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := documents.Add(offline.DocumentRules, "now.json", "thu-now", time.Time{}, bytes.NewReader(another(t, "thu-now", `"minimum_age": 14`, `"minimum_age": 15`))); err != nil {
		t.Fatal(err)
	}
	_, raw, err := documents.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestRulesComeIntoForce: a running station changes to a pack at its date.
func TestRulesComeIntoForce(t *testing.T) {
	h := newHandedOut(t)
	from := time.Now().Add(4 * time.Second)
	if _, err := h.documents.Add(offline.DocumentRules, "soon.json", "thu-soon", from, bytes.NewReader(another(t, "thu-soon", `"level": 2`, `"level": 2`))); err != nil {
		t.Fatal(err)
	}
	if out, code := typed(t, h.data, "", "retry", "--tpm", tpmNone); code != exitGood {
		t.Fatalf("retry: %d %s", code, out)
	}
	err := withOutbox(queueOptions{data: h.data, tpm: tpmNone}, func(b *offline.Outbox) error {
		book, err := newRulebook(nil, slog.New(slog.DiscardHandler))
		if err != nil {
			return err
		}
		book.from = b
		if p, changed := book.look(); changed && time.Now().Before(from) {
			t.Errorf("%s is in use before its date", p.Version)
		}
		ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
		defer stop()
		return book.follow(ctx, 20*time.Millisecond, func(p *rules.Pack) {
			if p.Version != "thu-soon" || time.Now().Before(from) {
				t.Errorf("%s came into force %v too early", p.Version, time.Until(from))
			}
			stop()
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := states(h.packs()); !strings.Contains(got, "thu-soon: in use") {
		t.Errorf("packs: %s", got)
	}
}
