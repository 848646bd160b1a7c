package enrol

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/uuid"

	"github.com/tram-station/tram/kiosk/journal"
	"github.com/tram-station/tram/kiosk/rules"
)

// The journal as the version before the kinds wrote it: one kind, no opening,
// no papers, nothing of the register or of exceptions beside the fingers'.

const (
	earlierPackFile = "../rules/testdata/vn-level2-2026-09-28.4.json"
	earlierVersion  = "vn-level2-2026-09-28.4"
)

// earlierKeys are all that a record had; earlierParts those of the parts that
// have grown since.
var (
	earlierKeys = []string{"kind", "command", "at", "officer", "elapsed", "id", "rules", "pack", "corrects", "reviewer", "scan", "person", "ack",
		"reason", "finger", "documents", "consent", "code", "chip", "portrait", "match", "decision", "unit", "reader", "taking", "compared",
		"photo", "supervisor", "done"}
	earlierParts = map[string][]string{
		"scan":    {"source", "fields", "can", "zones", "warnings", "device"},
		"person":  {"phone", "email", "corrections"},
		"consent": {"registration", "documents"},
		"done":    {"receipt", "machine", "commands"},
	}
	earlierReceipt = []string{"id", "initials", "number", "sealed", "virtual", "state", "review"}
)

// earlierRecord is a record as that version wrote it; ok is false for one of a
// kind that it did not know.
func earlierRecord(t *testing.T, c codec, raw, pack []byte) (m map[string]any, ok bool) {
	t.Helper()
	var all map[string]any
	if err := cbor.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	kind, _ := all["kind"].(string)
	if slices.Contains([]string{evRegister, evPhone, evPending, evPage}, kind) {
		return nil, false
	}
	m = keysOf(all, earlierKeys)
	for part, keys := range earlierParts {
		if of, there := m[part].(map[any]any); there {
			m[part] = keysOf(texts(of), keys)
		}
	}
	if done, there := m["done"].(map[string]any); there {
		receipt, _ := done["receipt"].(map[any]any)
		done["receipt"] = keysOf(texts(receipt), earlierReceipt)
	}
	if _, begins := m["pack"]; begins {
		m["pack"], m["rules"] = pack, earlierVersion
	}
	if chip, there := m["chip"].(map[any]any); there { // it took both apart
		vn, _ := chip["Document"].(map[any]any)["VN"].(map[any]any)
		if vn == nil {
			t.Fatal("the chip's event has no DG13")
		}
		vn["Ethnicity"], vn["Religion"] = "Kinh", "Không"
	}
	return m, true
}

func texts(m map[any]any) map[string]any {
	out := map[string]any{}
	for k, v := range m {
		out[fmt.Sprint(k)] = v
	}
	return out
}

func keysOf(m map[string]any, keys []string) map[string]any {
	out := maps.Clone(m)
	maps.DeleteFunc(out, func(k string, _ any) bool { return !slices.Contains(keys, k) })
	return out
}

// earlierJournal is a whole enrolment until the order to seal, with one more
// list of papers behind the consent, and the bench's outbox.
func earlierJournal(t *testing.T) (records [][]byte, kinds []string) {
	t.Helper()
	pack, err := os.ReadFile(earlierPackFile)
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t, t.TempDir())
	if b.cfg.Rules, err = rules.Parse(pack); err != nil {
		t.Fatal(err)
	}
	begun := time.Now().Add(-time.Hour)
	b.cfg.Now = func() time.Time { return begun.Add(time.Since(begun) - time.Hour) }
	b.outbox.hold = make(chan struct{})
	s := b.open(t)
	play(t, s, 0, step(t, CmdSign))
	again := moves[step(t, CmdDocuments)].args.(DocumentsArgs)
	again.Documents = again.Documents[:1]
	must(t, s, CmdDocuments, again)
	must(t, s, CmdConsent, ConsentArgs{Registration: true, Documents: []bool{true}})
	must(t, s, CmdSign, nil)
	must(t, s, CmdSeal, nil)
	_ = s.Close()
	j, now, err := journal.Open(b.cfg.JournalDir, journalKey, rand.Reader, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	_ = j.Close()
	for _, raw := range now {
		m, ok := earlierRecord(t, s.codec, raw, pack)
		if !ok {
			continue
		}
		if raw, err = s.codec.enc.Marshal(m); err != nil {
			t.Fatal(err)
		}
		records, kinds = append(records, raw), append(kinds, fmt.Sprint(m["kind"]))
	}
	return records, kinds
}

// opened is a station that finds a journal of some records.
func opened(t *testing.T, b *bench, records ...[]byte) *Station {
	t.Helper()
	j, err := journal.Create(b.cfg.JournalDir, journalKey, rand.Reader, nil, records...)
	if err != nil {
		t.Fatal(err)
	}
	_ = j.Close()
	return b.open(t)
}

// onward does what is next, whatever was done before; it ends at the receipt.
func onward(t *testing.T, s *Station) {
	t.Helper()
	for range 40 {
		snap := s.Snapshot()
		switch snap.Step {
		case StepDone:
			return
		case StepCard:
			must(t, s, CmdScan, ScanArgs{Text: testQR})
		case StepPortrait:
			if snap.Portrait.State != portraitTaken {
				_, _ = s.Do(t.Context(), cmd(CmdPortraitStart, nil)) // started before the restart, or now
			}
			await(t, s, "the portrait", compared)
			must(t, s, CmdPortraitAccept, nil)
		case StepPhone:
			must(t, s, CmdPhoneSkip, ReasonArgs{Reason: snap.Phone.Reasons[0].Code})
		case StepFingers:
			onwardFingers(t, s)
		case StepSign:
			await(t, s, "the comparisons", func(n Snapshot) bool { return n.Chip.State == "done" })
			eventually(t, "signed", func() bool { _, err := s.Do(t.Context(), cmd(CmdSign, nil)); return err == nil })
		case StepSeal:
			_, _ = s.Do(t.Context(), cmd(CmdSeal, nil)) // ordered before the restart, or now
			await(t, s, "the receipt", at(StepDone))
		default:
			usual[snap.Step](t, nil, s)
		}
	}
	snap := s.Snapshot()
	t.Fatalf("still in step %s: %+v, %+v", snap.Step, snap.Issues, snap.Error)
}

func onwardFingers(t *testing.T, s *Station) {
	t.Helper()
	for _, f := range s.Snapshot().Fingers {
		x := f.Exception
		switch {
		case f.State == fingerDone:
		case x == nil:
			must(t, s, CmdFingersStart, FingerArgs{Finger: int(f.Finger)})
			await(t, s, "a finger", fingerIs(f.Finger, fingerDone))
		case !x.Photo:
			must(t, s, CmdFingerPhoto, FingerArgs{Finger: int(f.Finger)})
			await(t, s, "the hand", photographed)
		default: // where nobody decides in time, it goes on by itself
			_, _ = s.Do(t.Context(), cmd(CmdFingerApprove, ApproveArgs{int(f.Finger), "supervisor-1", x.Picture}))
		}
	}
	eventually(t, "past the fingers, or a photograph", func() bool {
		n := s.Snapshot()
		return n.Step != StepFingers || slices.ContainsFunc(n.Fingers, func(f FingerView) bool { return f.Exception != nil && f.Exception.Photo })
	})
}

// TestJournalsOfTheVersionBefore: cut behind each of its records, an enrolment of
// the version before goes on where it stood, with what was journalled, to its
// receipt.
func TestJournalsOfTheVersionBefore(t *testing.T) {
	records, kinds := earlierJournal(t)
	var c codec
	c, err := newCodec()
	if err != nil {
		t.Fatal(err)
	}
	if first, err := c.event(records[0]); err != nil || first.Opening != nil || first.Rules != earlierVersion || len(first.Pack) == 0 {
		t.Fatalf("the first record is not of that version: %v", err)
	}
	seen, last := []string{}, 0
	for n := 1; n <= len(records); n++ {
		b := newBench(t, t.TempDir())
		b.cfg.StationKind = "immigration" // whatever the station has become
		if n%2 == 0 {
			b.cfg.Central = newCentral()
		}
		s := opened(t, b, records[:n]...)
		snap := s.Snapshot()
		now := slices.Index(Order[:], snap.Step)
		again := kinds[n-1] == CmdDocuments || kinds[n-1] == CmdFingerException // goes back, or stays
		if snap.Kind == nil || snap.Kind.Code != rules.Citizen || !snap.Resumed || now < last && !again {
			t.Fatalf("behind record %d (%s): step %s, kind %+v, error %+v", n, kinds[n-1], snap.Step, snap.Kind, snap.Error)
		}
		last = now
		if now > slices.Index(Order[:], StepDocuments) && len(snap.Documents) == 0 || snap.Person.Confirmed && snap.Person.Phone != testPhone {
			t.Errorf("behind record %d (%s): something was lost: %+v", n, kinds[n-1], snap.Documents)
		}
		seen = append(seen, string(snap.Step))
		if kinds[n-1] == evSubmitted || n < len(records) && slices.Contains([]string{evReader, evCompared, evTaken, evMatch}, kinds[n]) && os.Getenv("TRAM_SOAK") == "" {
			_ = s.Close() // the next record comes by itself
			continue
		}
		onward(t, s)
		d := b.outbox.dossiers[0]
		names := []string{}
		for _, x := range d.Sections {
			names = append(names, x.Name)
		}
		if len(b.outbox.dossiers) != 1 || d.ID.String() != snap.ID || d.Kind != "citizen-level2" || !slices.Equal(names, plainSections) {
			t.Errorf("behind record %d (%s): %s %s with %v", n, kinds[n-1], d.Kind, d.ID, names)
		}
		_ = s.Close()
	}
	for _, step := range []Step{StepNotice, StepCard, StepPerson, StepRegister, StepPortrait, StepFingers, StepDocuments, StepConsent, StepSign, StepSeal} {
		if !slices.Contains(seen, string(step)) {
			t.Errorf("no cut in step %s: %v", step, seen)
		}
	}
	// The control: a record that this version does not know is not passed over.
	raw, err := c.enc.Marshal(map[string]any{"kind": "iris", "at": time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t, t.TempDir())
	if snap := opened(t, b, append(slices.Clone(records[:2]), raw)...).Snapshot(); snap.Step != StepIdle || snap.Error == nil {
		t.Errorf("a record of another version: step %s, %+v", snap.Step, snap.Error)
	}
}

// TestReceiptOfTheVersionBefore: it is shown until it is finished.
func TestReceiptOfTheVersionBefore(t *testing.T) {
	c, err := newCodec()
	if err != nil {
		t.Fatal(err)
	}
	id := uuid.Must(uuid.NewV7())
	raw, err := c.enc.Marshal(map[string]any{"kind": evSubmitted, "at": time.Now(), "id": id, "rules": earlierVersion, "done": map[string]any{
		"receipt": map[string]any{"id": id.String(), "initials": "N.V.T.", "number": "••••••••0001", "sealed": time.Now(), "virtual": true, "state": "sealed"},
		"machine": map[string]time.Duration{"card": time.Second}, "commands": map[string]string{"7": CmdSeal},
	}})
	if err != nil {
		t.Fatal(err)
	}
	s := opened(t, newBench(t, t.TempDir()), raw)
	if snap := s.Snapshot(); snap.Step != StepDone || snap.Receipt == nil || snap.Receipt.ID != id.String() || snap.Household != nil {
		t.Fatalf("step %s, %+v", snap.Step, snap.Receipt)
	}
	must(t, s, CmdFinish, nil)
	must(t, s, CmdBegin, nil)
	if _, err := json.Marshal(s.Snapshot()); err != nil || s.Snapshot().Step != StepNotice {
		t.Errorf("the next one: %v", err)
	}
}
