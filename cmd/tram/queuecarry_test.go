package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/kiosk/operator"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/dossier"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
)

const supervisorPIN = "735194"

// typed runs a queue command line with standard input.
func typed(t *testing.T, data, input string, args ...string) (stdout string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), append([]string{"queue", "--data", data}, args...), strings.NewReader(input), &out, &errs)
	return out.String() + errs.String(), code
}

// withQueue opens the station's outbox as the daemon would, without a line.
func withQueue(t *testing.T, data string, do func(b *offline.Outbox) error) {
	t.Helper()
	if err := withOutbox(queueOptions{data: data, tpm: tpmNone}, do); err != nil {
		t.Fatal(err)
	}
}

func newCitizen(lookup string) *dossier.Dossier {
	return &dossier.Dossier{
		ID: uuid.Must(uuid.NewV7()), Kind: "citizen-level2", Station: "tram-thu-001", Virtual: true, Masked: "••••1234",
		Lookup: lookup, Initials: "N.V.T.", Sections: []dossier.Section{{Name: "person", Bytes: []byte("Nguyễn Văn Thử")}},
	}
}

// staffed gives the station its people.
func staffed(t *testing.T, data string) {
	t.Helper()
	_, err := operator.OpenFixed(operator.Config{Path: filepath.Join(data, peopleFile)},
		operator.PINs{Officer: "482915", Supervisor: supervisorPIN})
	if err != nil {
		t.Fatal(err)
	}
}

// courierRules is the rule pack that is built in, with the courier allowed.
func courierRules(t *testing.T) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "kiosk", "rules", "level2-2026-09.json"))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Replace(raw, []byte(`"courier": false`), []byte(`"courier": true`), 1)
}

// Nothing is carried by hand until the central has signed that it may be, and
// then only by the supervisor.
func TestQueueCourier(t *testing.T) {
	data, _, gw, reopen := queueStation(t)
	documents, err := gateway.OpenDocuments(t.TempDir(), gw.Key, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	gw.Documents, gw.AllowVirtual = documents, true
	reopen()
	staffed(t, data)
	bundle := filepath.Join(t.TempDir(), "bundle.tar")
	export := func(pin string) (string, int) {
		return typed(t, data, pin+"\n", "export", bundle, "--as", "supervisor-1")
	}
	if out, code := export(supervisorPIN); code != exitRefused || exists(bundle) {
		t.Errorf("without a policy: %d %s", code, out)
	}
	if _, err := documents.Add("rules", "rules.json", "2026-11", time.Time{}, bytes.NewReader(courierRules(t))); err != nil {
		t.Fatal(err)
	}
	if out, code := typed(t, data, "", "retry"); code != exitGood { // this fetches the pack
		t.Fatalf("retry: %d %s", code, out)
	}
	withQueue(t, data, func(b *offline.Outbox) error { return b.Submit(t.Context(), newCitizen("")) })
	if out, code := export("000000"); code != exitVerification || exists(bundle) {
		t.Errorf("a wrong PIN: %d %s", code, out)
	}
	if out, code := export(supervisorPIN); code != exitGood || !exists(bundle) {
		t.Fatalf("export: %d %s", code, out)
	}
	if out, code := export(supervisorPIN); code != exitQueue {
		t.Errorf("over an old bundle: %d %s", code, out)
	}
	files, err := filepath.Glob(filepath.Join(data, "queue", "blobs", "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%d files wait, %v", len(files), err)
	}
	whole, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(files[0], bytes.Repeat([]byte{0}, len(whole)), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, code := typed(t, data, supervisorPIN+"\n", "export", bundle+".2", "--as", "supervisor-1"); code != exitGood ||
		!strings.Contains(out, "0 dossiers") || !strings.Contains(out, "1 damaged") {
		t.Errorf("export of a damaged one: %d %s", code, out)
	}
	out, code := typed(t, data, "supervisor-1\n"+supervisorPIN+"\n", "import", bundle, "--json")
	if code != exitGood || !strings.Contains(out, `"known":1`) {
		t.Errorf("import: %d %s", code, out)
	}
	raw, err := os.ReadFile(bundle)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(bundle, raw[:len(raw)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if out, code := typed(t, data, supervisorPIN+"\n", "import", bundle, "--as", "supervisor-1"); code != exitInvalid {
		t.Errorf("half a bundle: %d %s", code, out)
	}
}

// The number comes on standard input; what is shown is the masked index.
func TestQueueFind(t *testing.T) {
	data, _, _, _ := queueStation(t)
	const number = "001099012345"
	d := newCitizen(number)
	withQueue(t, data, func(b *offline.Outbox) error { return b.Submit(t.Context(), d) })
	out, code := typed(t, data, number+"\n", "find")
	if code != exitGood || !strings.Contains(out, d.ID.String()) || !strings.Contains(out, "N.V.T.") ||
		strings.Contains(out, number) || !strings.Contains(out, "STATION'S CLOCK") {
		t.Errorf("%d %s", code, out)
	}
	if out, code := typed(t, data, "001099012346\n", "find"); code != exitGood || strings.Contains(out, d.ID.String()) {
		t.Errorf("another citizen: %d %s", code, out)
	}
	if out, code := typed(t, data, "", "find"); code != exitUsage {
		t.Errorf("no number: %d %s", code, out)
	}
	if out, code := typed(t, data, "", "find", number); code != exitUsage {
		t.Errorf("the number as an argument: %d %s", code, out)
	}
}

// TestTurnedDown: the page tells a dossier that a supervisor dropped from one
// that was released.
func TestTurnedDown(t *testing.T) {
	data, _, _, _ := queueStation(t)
	identity, err := envelope.GenerateIdentity()
	if err != nil {
		t.Fatal(err)
	}
	dropped, released := newCitizen(""), newCitizen("")
	withQueue(t, data, func(b *offline.Outbox) error {
		s := &station{outbox: b, log: slog.New(slog.DiscardHandler)}
		for _, d := range []*dossier.Dossier{dropped, released} {
			if err := b.Hold(t.Context(), d, identity.Recipient()); err != nil {
				return err
			}
			if st, err := b.Status(d.ID); err != nil || queueState(st) != enrol.StateHeld || s.turnedDown(d.ID) {
				t.Errorf("held: %+v, %v", st, err)
			}
			if err := b.Release(t.Context(), d.ID, identity, d == released, "supervisor-1", "wrong-person"); err != nil {
				return err
			}
		}
		if st, err := b.Status(released.ID); err != nil || queueState(st) != "sealed" || s.turnedDown(released.ID) || !s.turnedDown(dropped.ID) {
			t.Errorf("released: %+v, %v", st, err)
		}
		return nil
	})
}

func TestQueueReview(t *testing.T) {
	data, _, _, _ := queueStation(t)
	staffed(t, data)
	key := filepath.Join(t.TempDir(), "supervisor.age")
	identity, err := envelope.OpenIdentity(key)
	if err != nil {
		t.Fatal(err)
	}
	d := newCitizen("")
	withQueue(t, data, func(b *offline.Outbox) error { return b.Hold(t.Context(), d, identity.Recipient()) })
	if out, code := typed(t, data, "", "ls", "--held"); code != exitGood || !strings.Contains(out, d.ID.String()) {
		t.Errorf("ls: %d %s", code, out)
	}
	if out, code := typed(t, data, "", "show", d.ID.String()); code != exitGood || !strings.Contains(out, "tram queue review") {
		t.Errorf("show of a held one: %d %s", code, out)
	}
	review := func(pin string, args ...string) (string, int) {
		return typed(t, data, pin+"\n", append([]string{"review", d.ID.String(), "--identity", key, "--as", "supervisor-1"}, args...)...)
	}
	if out, code := review("000000"); code != exitVerification || strings.Contains(out, "person") {
		t.Errorf("a wrong PIN: %d %s", code, out)
	}
	sections := filepath.Join(t.TempDir(), "sections")
	if out, code := review(supervisorPIN, "--out", sections); code != exitGood || !strings.Contains(out, "person") {
		t.Errorf("review: %d %s", code, out)
	}
	if raw, err := os.ReadFile(filepath.Join(sections, "person")); err != nil || string(raw) != "Nguyễn Văn Thử" {
		t.Errorf("%q, %v", raw, err)
	}
	if out, code := review(supervisorPIN, "--approve", "--reason", "checked"); code != exitGood {
		t.Errorf("approve: %d %s", code, out)
	}
	var s offline.Status
	out, code := typed(t, data, "", "show", d.ID.String(), "--json")
	if err := json.Unmarshal([]byte(out), &s); err != nil || code != exitGood || s.State != offline.Sealed {
		t.Errorf("show: %d %s", code, out)
	}
	if out, code := typed(t, data, "", "ls", "--held"); code != exitGood || strings.Contains(out, d.ID.String()) {
		t.Errorf("still held: %d %s", code, out)
	}
}
