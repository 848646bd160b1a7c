package uplink

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/offline/envelope"
)

func TestPairing(t *testing.T) {
	key, next, a := newKey(t), newKey(t), newAuthority(t)
	to, soon := newRecipient(t), newRecipient(t)
	path := filepath.Join(t.TempDir(), "pairing.json")
	p := Pairing{
		URL: "https://gateway.example", Recipient: to, Recipients: []*envelope.Recipient{to, soon},
		ReceiptKey: key.Public(), ReceiptKeys: []*envelope.PublicKey{key.Public(), next.Public()}, CA: pemOf(a.cert),
	}
	if err := p.Save(path); err != nil {
		t.Fatal(err)
	}
	got, err := LoadPairing(path)
	if err != nil || got.URL != p.URL || got.CA != p.CA {
		t.Fatalf("%+v, %v", got, err)
	}
	if r := got.To(); len(r) != 2 || r[0].ID() != to.ID() || r[1].ID() != soon.ID() {
		t.Errorf("recipients %v", r)
	}
	if k := got.Keys(); len(k) != 2 || k[0].ID() != key.ID() || k[1].ID() != next.ID() {
		t.Errorf("keys %v", k)
	}
	if pool, err := got.Roots(); err != nil || !pool.Equal(a.pool()) {
		t.Errorf("roots: %v", err)
	}
	leaf := a.server(time.Now(), time.Now().Add(year), "localhost")
	for name, bad := range map[string]Pairing{
		"no URL":        {Recipient: to, ReceiptKey: key.Public()},
		"file URL":      {URL: "file:///x", Recipient: to, ReceiptKey: key.Public()},
		"a user":        {URL: "https://tram:x@gateway.example", Recipient: to, ReceiptKey: key.Public()},
		"no key":        {URL: p.URL, Recipient: to},
		"no public":     {URL: p.URL, ReceiptKey: key.Public()},
		"no PEM":        {URL: p.URL, Recipient: to, ReceiptKey: key.Public(), CA: "x"},
		"CA is none":    {URL: p.URL, Recipient: to, ReceiptKey: key.Public(), CA: pemOfDER(t, leaf.Certificate[0])},
		"too many keys": {URL: p.URL, Recipients: make([]*envelope.Recipient, maxPairingKeys+1), Recipient: to, ReceiptKey: key.Public()},
	} {
		if err := bad.Check(); !errors.Is(err, ErrPairing) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The files of the first versions, of pairing and station, are read as they
// are; and what is written now, they read.
func TestOldFiles(t *testing.T) {
	key, to, dir := newKey(t), newRecipient(t), t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	old := `{"url":"http://127.0.0.1:8430","recipient":"` + to.String() + `","receipt_key":"` + key.Public().String() + `"}`
	p, err := LoadPairing(write("pairing.json", old))
	if err != nil || len(p.To()) != 1 || p.To()[0].ID() != to.ID() || len(p.Keys()) != 1 || p.Keys()[0].ID() != key.ID() {
		t.Fatalf("%+v, %v", p, err)
	}
	if pool, err := p.Roots(); pool != nil || err != nil {
		t.Errorf("roots %v, %v", pool, err)
	}
	path := filepath.Join(dir, "again.json")
	if err := p.Save(path); err != nil {
		t.Fatal(err)
	}
	again, err := os.ReadFile(path)
	if err != nil || strings.Join(strings.Fields(string(again)), "") != old {
		t.Errorf("written anew: %s, %v", again, err)
	}
	s, err := LoadStation(write("station.json", `{"station":"tram-thu-001","key":"`+key.Public().String()+`"}`))
	if err != nil || s.ID != stationID || !s.Revoked.IsZero() {
		t.Fatalf("%+v, %v", s, err)
	}
	s.Province, s.Revoked, s.Certificate = "01", time.UnixMilli(1e12).UTC(), "PEM"
	if err := s.Save(path); err != nil {
		t.Fatal(err)
	}
	if got, err := LoadStation(path); err != nil || !reflect.DeepEqual(got, s) {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []string{"", "{}", `{"station":"x"}`, "[]", strings.Repeat(" ", maxPairingFile+1)} {
		if _, err := LoadStation(write("bad.json", bad)); !errors.Is(err, ErrPairing) {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
}
