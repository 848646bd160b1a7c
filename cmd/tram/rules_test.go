package main

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/envelope"
)

// TestLoadRules: the built-in pack needs no file; another is checked in full
// before the station starts.
func TestLoadRules(t *testing.T) {
	if r, err := loadRules(""); r != nil || err != nil {
		t.Errorf("no file: %v, %v", r, err)
	}
	example := filepath.Join("..", "..", "kiosk", "rules", "example-issuance.json")
	if r, err := loadRules(example); err != nil || r.FingerMode != "slaps-rolled" {
		t.Errorf("the example: %v", err)
	}
	good, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"cut": good[:len(good)/2], "half a slap": bytes.Replace(good, []byte("[1, 2, 3,"), []byte("[1, 2,"), 1),
		"carried by hand": bytes.Replace(good, []byte(`"courier": false`), []byte(`"courier": true`), 1),
		"too large":       append(good, bytes.Repeat([]byte(" "), maxRules)...),
	} {
		path := filepath.Join(t.TempDir(), "rules.json")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if r, err := loadRules(path); err == nil || r != nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := loadRules(filepath.Join(t.TempDir(), "none.json")); err == nil {
		t.Error("a file that is not there was accepted")
	}
}

// centrals is the central's newest rule pack, by its file.
type centrals struct{ path, version string }

func (c *centrals) Document(kind string) (path string, item envelope.Item, ok bool) {
	return c.path, envelope.Item{Kind: kind, Version: c.version}, kind == offline.DocumentRules && c.path != ""
}

// packFile writes a pack made from the built-in one.
func packFile(t *testing.T, from, to string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "kiosk", "rules", "level2-2026-09.json"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "rules.json")
	if err := os.WriteFile(path, bytes.Replace(b, []byte(from), []byte(to), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestRulebook: the central's pack replaces the built-in one as soon as it is
// there, may allow the courier, and a broken one replaces nothing.
func TestRulebook(t *testing.T) {
	book, err := newRulebook(nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if p := book.policy(); p.Courier || p.Signed || p.Keep[offline.Approved] != 24*time.Hour || p.Keep[offline.Custody] == 0 || len(p.Keep) != 6 || p.Quota == 0 {
		t.Errorf("built in: %+v", p)
	}
	central := &centrals{}
	book.from = central
	if _, changed := book.look(); changed {
		t.Error("changed by nothing")
	}
	central.path, central.version = packFile(t, `"courier": false`, `"courier": true`), "2"
	if r, changed := book.look(); !changed || !r.Station.Courier || !book.policy().Courier || !book.policy().Signed {
		t.Errorf("changed %v, policy %+v", changed, book.policy())
	}
	if _, changed := book.look(); changed {
		t.Error("changed by the same")
	}
	central.path, central.version = packFile(t, `"version"`, `"verzion"`), "3"
	if r, changed := book.look(); changed || !r.Station.Courier {
		t.Error("a pack that can not be read was used")
	}
	var used []*rules.Pack
	ctx, stop := context.WithCancel(t.Context())
	central.path, central.version = packFile(t, "2026-09-28", "2026-12-01"), "4"
	if err := book.follow(ctx, time.Millisecond, func(r *rules.Pack) { used = append(used, r); stop() }); err != nil || len(used) != 1 || book.policy().Courier {
		t.Errorf("%d packs, %v, %+v", len(used), err, book.policy())
	}
}

// TestNamedRulesStay: what --rules names is used whatever arrives, and counts
// as unsigned.
func TestNamedRulesStay(t *testing.T) {
	own, err := loadRules(packFile(t, "2026-09-28", "own"))
	if err != nil {
		t.Fatal(err)
	}
	book, err := newRulebook(own, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	book.from = &centrals{packFile(t, `"courier": false`, `"courier": true`), "2"}
	if r, changed := book.look(); changed || r != own || book.policy().Signed || book.policy().Courier {
		t.Errorf("changed %v, policy %+v", changed, book.policy())
	}
}
