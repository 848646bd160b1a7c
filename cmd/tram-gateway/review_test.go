package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/courier"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/uplink"
)

// lines decodes JSON lines.
func lines[T any](t *testing.T, out string) []T {
	t.Helper()
	var all []T
	dec := json.NewDecoder(strings.NewReader(out))
	for dec.More() {
		var v T
		if err := dec.Decode(&v); err != nil {
			t.Fatalf("%s: %v", out, err)
		}
		all = append(all, v)
	}
	return all
}

// enrolled is a gateway's folder that knows one station and keeps its authority's
// key elsewhere.
type enrolled struct {
	dir, identity string
	to            *envelope.Recipient
	station       *envelope.Signer
	sequence      uint64
	run           []string // flags
}

func newEnrolled(t *testing.T) *enrolled {
	t.Helper()
	dir := t.TempDir()
	e := &enrolled{dir: filepath.Join(dir, "g"), identity: filepath.Join(dir, "authority.age")}
	out, code := cli(t, "identity", e.identity)
	if code != 0 {
		t.Fatal(out)
	}
	recipient := filepath.Join(dir, "recipient.txt")
	if err := os.WriteFile(recipient, []byte(out), 0o600); err != nil {
		t.Fatal(err)
	}
	e.run = []string{"--recipient", recipient, "--allow-virtual"}
	var err error
	if e.to, err = loadRecipient(recipient); err != nil {
		t.Fatal(err)
	}
	if e.station, err = envelope.GenerateKey(); err != nil {
		t.Fatal(err)
	}
	if err := stationDir(e.dir).Add(uplink.Station{ID: "tram-thu-001", Key: e.station.Public()}); err != nil {
		t.Fatal(err)
	}
	return e
}

func (e *enrolled) seal(t *testing.T) *envelope.Sealed {
	t.Helper()
	e.sequence++
	d := envelope.Draft{
		ID: uuid.Must(uuid.NewV7()), Station: "tram-thu-001", Sequence: e.sequence, Virtual: true,
		Parts: []envelope.Part{{Name: "header", Bytes: bytes.Repeat([]byte("x"), 300<<10)}},
	}
	if e.sequence > 1 {
		d.Previous = envelope.Sum([]byte("the one before"))
	}
	s, err := envelope.Seal(e.station, []*envelope.Recipient{e.to}, d)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// bundle packs n dossiers into a courier's file.
func (e *enrolled) bundle(t *testing.T, n int) (path string, ids []uuid.UUID) {
	t.Helper()
	load := courier.Load{Station: "tram-thu-001"}
	for range n {
		s := e.seal(t)
		load.Dossiers = append(load.Dossiers, s)
		ids = append(ids, s.ID)
	}
	path = filepath.Join(t.TempDir(), "bundle.tar")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := courier.Write(f, e.station, load); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path, ids
}

// take imports a bundle and returns the outcome and the receipts.
func (e *enrolled) take(t *testing.T, bundle string, args ...string) (courier.Outcome, map[uuid.UUID][]byte) {
	t.Helper()
	back := filepath.Join(t.TempDir(), "receipts.tar")
	out, code := cli(t, append([]string{"import", "--dir", e.dir, "--out", back, bundle}, args...)...)
	if code != 0 {
		t.Fatalf("import: %d %s", code, out)
	}
	f, err := os.Open(back)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	receipts := map[uuid.UUID][]byte{}
	_, err = courier.Read(t.Context(), f, courier.Taker{Receipt: func(_ context.Context, r courier.Receipt) error {
		receipts[r.ID] = r.Signed
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return lines[courier.Outcome](t, out)[0], receipts
}

func TestImportAndReview(t *testing.T) {
	e := newEnrolled(t)
	line, stop := serveCLI(t, e.dir, e.run...)
	bundle, ids := e.bundle(t, 3)
	outcome, receipts := e.take(t, bundle)
	if outcome.Dossiers != 3 || len(receipts) != 3 {
		t.Fatalf("%+v, %d receipts", outcome, len(receipts))
	}
	for _, id := range ids {
		if r, err := envelope.VerifyReceipt(line.ReceiptKey, receipts[id]); err != nil || r.ID != id {
			t.Errorf("receipt of %s: %v", id, err)
		}
	}
	show := func(id uuid.UUID) gateway.Review {
		t.Helper()
		out, code := cli(t, "review", "show", "--dir", e.dir, "--json", id.String())
		if code != 0 {
			t.Fatal(out)
		}
		return lines[gateway.Review](t, out)[0]
	}
	decide := func(want int, words string, args ...string) {
		t.Helper()
		out, code := cli(t, append([]string{"review", "--dir", e.dir, "--json"}, args...)...)
		if code != want || !strings.Contains(out, words) {
			t.Errorf("review %v: %d %s, want %d %q", args, code, out, want, words)
		}
	}
	if v := show(ids[0]); v.State != gateway.StateCustody || v.CarriedBy != "courier" || v.Station != "tram-thu-001" || v.Sequence != 1 {
		t.Errorf("%+v", v)
	}
	decide(0, `"state":"validated"`, "validate", "--by", "duyet-01", ids[0].String(), ids[1].String())
	decide(0, `"state":"approved"`, "approve", "--by", "duyet-01", ids[0].String())
	decide(1, "approved already", "reject", "--by", "duyet-01", "--reason", "duplicate", ids[0].String())
	decide(1, "sentence with --words", "reject", "--reason", "no-such-code", ids[2].String())
	decide(1, "needs a section", "fix", "--reason", "blurred", ids[1].String())
	decide(1, "--deadline is a day", "fix", "--section", "portrait", "--reason", "blurred", "--deadline", "soon", ids[1].String())
	decide(0, `"state":"fix-needed"`, "fix", "--section", "portrait", "--reason", "blurred", "--deadline", "2030-01-31", ids[1].String())
	decide(0, `"state":"rejected"`, "reject", "--reason", "x", "--words", "Không đủ điều kiện", ids[2].String())
	decide(1, "no such dossier", "approve", uuid.NewString())
	decide(1, "no dossier ID", "approve", "x")
	if v := show(ids[1]); v.Section != "portrait" || v.Words != reasons["blurred"] || v.Deadline.UTC().Format("2006-01-02T15:04") != "2030-01-31T16:59" {
		t.Errorf("%+v", v)
	}
	list := func(args ...string) []gateway.Review {
		t.Helper()
		out, code := cli(t, append([]string{"review", "ls", "--dir", e.dir, "--json"}, args...)...)
		if code != 0 {
			t.Fatal(out)
		}
		return lines[gateway.Review](t, out)
	}
	if all := list(); len(all) != 3 || all[0].ID != ids[0] || all[2].ID != ids[2] {
		t.Errorf("%+v", all)
	}
	if some := list("--state", "rejected", "--station", "tram-thu-001"); len(some) != 1 || some[0].ID != ids[2] {
		t.Errorf("%+v", some)
	}
	if none := list("--station", "tram-thu-002"); len(none) != 0 {
		t.Errorf("%+v", none)
	}
	if one := list("--limit", "1"); len(one) != 1 {
		t.Errorf("%+v", one)
	}
	if out, code := cli(t, "review", "ls", "--dir", e.dir); code != 0 || strings.Count(out, "\n") != 3 || !strings.Contains(out, "fix-needed") {
		t.Errorf("for people: %d %s", code, out)
	}
	if info, err := os.Stat(adminSocket(e.dir)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v, %v", info, err)
	}
	stop()
	// The same with the gateway stopped; a bundle that comes twice gives the
	// same receipts.
	if v := show(ids[0]); v.State != "approved" || v.By != "duyet-01" {
		t.Errorf("%+v", v)
	}
	outcome, again := e.take(t, bundle, "--allow-virtual")
	if outcome.Known != 3 || outcome.Dossiers != 0 {
		t.Errorf("the second time: %+v", outcome)
	}
	for _, id := range ids {
		if !bytes.Equal(again[id], receipts[id]) {
			t.Errorf("another receipt for %s", id)
		}
	}
	refused, ids := e.bundle(t, 1)
	if outcome, none := e.take(t, refused); len(outcome.Refused) != 1 || outcome.Refused[0].ID != ids[0] || len(none) != 0 {
		t.Errorf("a virtual dossier: %+v", outcome)
	}
}

// The authority's key lies elsewhere: the gateway's folder opens nothing.
func TestOpenNeedsTheAuthority(t *testing.T) {
	e := newEnrolled(t)
	_, stop := serveCLI(t, e.dir, e.run...)
	defer stop()
	bundle, ids := e.bundle(t, 1)
	e.take(t, bundle)
	if out, code := cli(t, "open", "--dir", e.dir, ids[0].String()); code == 0 {
		t.Errorf("opened without the key: %s", out)
	}
	// The test's dossier has no header: decrypting it is as far as open comes.
	out, code := cli(t, "open", "--dir", e.dir, "--identity", e.identity, ids[0].String())
	if code == 0 || strings.Contains(out, "not sealed to this identity") {
		t.Errorf("open: %d %s", code, out)
	}
	other := filepath.Join(t.TempDir(), "other.age")
	if _, code := cli(t, "identity", other); code != 0 {
		t.Fatal("no identity")
	}
	if out, code := cli(t, "open", "--dir", e.dir, "--identity", other, ids[0].String()); code == 0 || !strings.Contains(out, "not sealed to this identity") {
		t.Errorf("control: another's key: %d %s", code, out)
	}
	if out, code := cli(t, "register", filepath.Join(e.dir, "register"), "--count", "5", "--station", "tram-thu-001"); code != 0 || !strings.Contains(out, "5 invented") {
		t.Errorf("register: %d %s", code, out)
	}
}
