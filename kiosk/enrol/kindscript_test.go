package enrol

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/kiosk/journal"
	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/mrz"
	"github.com/tram-station/tram/offline/dossier"
	"github.com/tram-station/tram/reader"
	"github.com/tram-station/tram/reader/lds"
)

// kindPack is the embedded pack with two fingers for every kind: drawing ten
// takes long.
func kindPack(t testing.TB) *rules.Pack {
	t.Helper()
	r, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	for i := range r.Kinds {
		r.Kinds[i].Fingers, r.Kinds[i].FingerMode = nil, ""
	}
	return r
}

// lay puts another card on the reader.
func (c *fakeChip) lay(r *reader.Report) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.report = r
}

// cardOf is the card of an invented person.
func cardOf(t testing.TB, number, name string, birth time.Time) *reader.Report {
	t.Helper()
	r := testReport(t)
	v := *r.Document.VN
	v.Number, v.Name, v.BirthDate, v.Birth = number, name, birth, birth.Format("02/01/2006")
	v.ExpiryDate = time.Now().AddDate(5, 0, 0)
	surname, given := mrz.SplitVietnamese(name)
	lines, err := mrz.Generate(mrz.TD1, mrz.Data{Code: "ID", Issuer: "VNM", Number: number[3:], Optional: number, Birth: mrz.Date(birth.Format("060102")),
		Sex: "M", Expiry: mrz.Date(v.ExpiryDate.Format("060102")), Nationality: "VNM", Surname: surname, Given: given})
	if err != nil {
		t.Fatal(err)
	}
	r.Document.VN, r.Document.MRZ = &v, &lds.MRZInfo{Zone: strings.Join(lines, "")}
	return r
}

const (
	childNumber    = "001215000011"
	childName      = "Nguyễn Thị Bé"
	guardianNumber = "001085000022"
	guardianName   = "Nguyễn Văn Cha"
)

// numberFor is the number of a man who was born on a day.
func numberFor(birth time.Time) string {
	return fmt.Sprintf("001%d%02d000011", (birth.Year()/100-19)*2, birth.Year()%100)
}

func yearsAgo(n int) time.Time { return time.Now().AddDate(-n, 0, -10) }

// scripted kinds: what is done in each step where it is not the usual.
type kindScript struct {
	begin   BeginArgs
	station string
	prepare func(t *testing.T, b *bench)
	own     map[Step]func(t *testing.T, b *bench, s *Station)
	// sections that the dossier has, and its kind
	dossier  string
	sections []string
}

// usual is how a step is done where the kind says nothing else.
var usual = map[Step]func(t *testing.T, b *bench, s *Station){
	StepNotice: func(t *testing.T, _ *bench, s *Station) { must(t, s, CmdNotice, nil) },
	StepCard: func(t *testing.T, b *bench, s *Station) {
		number := b.chip.report.Document.VN.Number
		must(t, s, CmdScan, ScanArgs{Number: number})
		await(t, s, "the chip", func(s Snapshot) bool { return s.Chip.State == "done" })
	},
	StepPerson:   func(t *testing.T, _ *bench, s *Station) { must(t, s, CmdConfirmPerson, PersonArgs{Phone: testPhone}) },
	StepRegister: func(t *testing.T, _ *bench, s *Station) { must(t, s, CmdRegisterCheck, nil) },
	StepPortrait: func(t *testing.T, _ *bench, s *Station) {
		must(t, s, CmdPortraitStart, nil)
		await(t, s, "the portrait", compared)
		must(t, s, CmdPortraitAccept, PortraitArgs{Same: true})
	},
	StepFingers: func(t *testing.T, _ *bench, s *Station) {
		for _, f := range []biometrics.Finger{2, 7} {
			must(t, s, CmdFingersStart, FingerArgs{Finger: int(f)})
			await(t, s, "a finger", fingerIs(f, fingerDone))
		}
		await(t, s, "compared", func(s Snapshot) bool { return s.Step != StepFingers })
	},
	StepFamily: func(t *testing.T, _ *bench, s *Station) {
		must(t, s, CmdFamily, FamilyArgs{[]FamilyMember{{Relation: "father", Name: "Nguyễn Văn Cha"}}})
	},
	StepDocuments: func(t *testing.T, _ *bench, s *Station) {
		must(t, s, CmdDocuments, DocumentsArgs{Documents: []Document{{Type: "driving-licence", Number: "010123456789", OriginalSeen: true}}})
	},
	StepConsent: func(t *testing.T, _ *bench, s *Station) {
		must(t, s, CmdConsent, ConsentArgs{Registration: true, Documents: slices.Repeat([]bool{true}, len(s.Snapshot().Documents))})
	},
	StepSign: func(t *testing.T, _ *bench, s *Station) {
		if issues := s.Snapshot().Issues; blocking(issues) {
			t.Fatalf("before the signature: %+v", issues)
		}
		must(t, s, CmdSign, nil)
	},
	StepSeal: func(t *testing.T, _ *bench, s *Station) {
		must(t, s, CmdSeal, nil)
		await(t, s, "the receipt", at(StepDone))
	},
}

// bench is a station of the script's kind, with its card on the reader.
func (k kindScript) bench(t *testing.T, dir string) *bench {
	t.Helper()
	b := newBench(t, dir)
	b.cfg.Rules, b.cfg.StationKind = kindPack(t), k.station
	if k.prepare != nil {
		k.prepare(t, b)
	}
	return b
}

// carry drives the enrolment to a step; after is called behind each step that
// was done.
func (k kindScript) carry(t *testing.T, b *bench, s *Station, to Step, after func(*Station) *Station) *Station {
	t.Helper()
	for s.Snapshot().Step != to {
		now := s.Snapshot().Step
		do := k.own[now]
		if do == nil {
			do = usual[now]
		}
		if do == nil {
			t.Fatalf("%s: nobody knows what to do in step %s", k.begin.Kind, now)
		}
		do(t, b, s)
		if got := await(t, s, "past "+string(now), func(s Snapshot) bool { return s.Step != now }); got.Error != nil {
			t.Fatalf("%s: step %s: %+v", k.begin.Kind, now, got.Error)
		}
		if after != nil {
			s = after(s)
		}
	}
	return s
}

// TestEveryKind goes through each kind from begin to receipt, and those that
// have steps of their own with a restart of the station behind every step.
func TestEveryKind(t *testing.T) {
	for name, k := range kindScripts {
		t.Run(name, func(t *testing.T) {
			b := k.bench(t, t.TempDir())
			s := b.open(t)
			must(t, s, CmdBegin, k.begin)
			if kind := s.Snapshot().Kind; kind == nil || kind.Code != k.begin.Kind || kind.Reason != k.begin.Reason {
				t.Fatalf("begun as %+v", kind)
			}
			// Under the race detector the ways that several kinds share are long:
			// the soak goes them all.
			whole := os.Getenv("TRAM_SOAK") != "" || slices.Contains([]string{"child", "issuance without a card", "documents", "lock"}, name)
			s = k.carry(t, b, s, StepSeal, func(s *Station) *Station {
				if !whole {
					return s
				}
				return reopened(t, b, s)
			})
			if whole {
				replays(t, k, b, s)
				s = b.open(t)
			}
			k.carry(t, b, s, StepDone, nil)
			k.sealed(t, b, s)
		})
	}
}

// reopened closes the station and opens it again: it shows the same.
func reopened(t *testing.T, b *bench, s *Station) *Station {
	t.Helper()
	if s.Snapshot().Step == StepDone {
		return s
	}
	eventually(t, "rest", func() bool { return s.Snapshot().Chip.Photo == photoShown || s.Snapshot().Chip.State != "done" })
	before, _ := json.Marshal(comparable(s.Snapshot()))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := b.open(t)
	if after, _ := json.Marshal(comparable(again.Snapshot())); !bytes.Equal(before, after) {
		t.Fatalf("comes back as\n%s\nwas\n%s", after, before)
	}
	return again
}

// replays cuts the journal behind every record: the enrolment always goes on, and
// never further than it was. It closes the station.
func replays(t *testing.T, k kindScript, b *bench, s *Station) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	j, records, err := journal.Open(b.cfg.JournalDir, journalKey, rand.Reader, time.Now())
	if err != nil || len(records) < 5 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	last := 0
	for n := 1; n <= len(records); n++ {
		other := k.bench(t, t.TempDir())
		part, err := journal.Create(other.cfg.JournalDir, journalKey, rand.Reader, nil, records[:n]...)
		if err != nil {
			t.Fatal(err)
		}
		_ = part.Close()
		again, err := Open(other.cfg)
		if err != nil {
			t.Fatal(err)
		}
		snap := again.Snapshot()
		_ = again.Close()
		i := slices.Index(Order[:], snap.Step)
		if snap.Kind == nil || snap.Kind.Code != k.begin.Kind || !snap.Resumed || i < last {
			t.Fatalf("%s cut behind record %d: step %s (before: %s), resumed %v, error %+v", k.begin.Kind, n, snap.Step, Order[last], snap.Resumed, snap.Error)
		}
		last = i
	}
	if Order[last] != StepSeal {
		t.Errorf("the whole journal goes on in step %s", Order[last])
	}
}

// sealed looks at the dossier that came of a script.
func (k kindScript) sealed(t *testing.T, b *bench, s *Station) {
	t.Helper()
	if len(b.outbox.dossiers) != 1 {
		t.Fatalf("%d dossiers", len(b.outbox.dossiers))
	}
	d := b.outbox.dossiers[0]
	var names []string
	for _, x := range d.Sections {
		names = append(names, x.Name)
	}
	if d.Kind != k.dossier || !slices.Equal(names, k.sections) {
		t.Errorf("kind %q with %v, want %q with %v", d.Kind, names, k.dossier, k.sections)
	}
	parts, err := d.Parts()
	if err != nil {
		t.Fatal(err)
	}
	back, err := dossier.FromParts(parts)
	if err != nil || back.Kind != k.dossier || len(back.Sections) != len(names) || parts[1].Name != sectionEvidence {
		t.Errorf("back from its parts: %v, first part %s", err, parts[1].Name)
	}
	if r := s.Snapshot().Receipt; r == nil || r.ID != d.ID.String() {
		t.Errorf("receipt %+v", r)
	}
}

// section is a part of the only dossier.
func section(t *testing.T, b *bench, name string) []byte {
	t.Helper()
	d := b.outbox.dossiers[len(b.outbox.dossiers)-1]
	i := slices.IndexFunc(d.Sections, func(x dossier.Section) bool { return x.Name == name })
	if i < 0 {
		t.Fatalf("no section %s", name)
	}
	return d.Sections[i].Bytes
}
