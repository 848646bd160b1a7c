package enrol

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/dossier"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/reader/verdict"
)

// Hold keeps what waits for a supervisor apart from what was submitted.
func (b *fakeBooks) Hold(_ context.Context, d *dossier.Dossier, supervisor *envelope.Recipient) error {
	b.books.Lock()
	defer b.books.Unlock()
	b.held, b.heldTo = append(b.held, d), supervisor.String()
	return nil
}

func newIdentity(t testing.TB) *envelope.Identity {
	t.Helper()
	id, err := envelope.GenerateIdentity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// reviewing lets a bench's dossiers wait for these reasons.
func reviewing(t testing.TB, b *bench, codes ...string) *bench {
	t.Helper()
	r, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	r.Station.Review, r.Exceptions.SamplePercent = codes, 0
	b.cfg.Rules, b.cfg.Supervisor = r, newIdentity(t).Recipient()
	return b
}

// clean is a whole enrolment that gives no reason for a review: both fingers
// are there.
func clean(t testing.TB) []move {
	left := move{CmdFingersStart, FingerArgs{Finger: int(biometrics.LeftIndex)}, at(StepDocuments)}
	return slices.Concat(moves[:step(t, CmdFingerException)], []move{left}, moves[step(t, CmdDocuments):])
}

// swap replaces the moves of a name.
func swap(list []move, name string, with ...move) []move {
	i := slices.IndexFunc(list, func(m move) bool { return m.name == name })
	return slices.Concat(list[:i], with, list[i+1:])
}

func acknowledged(list []move, code string) []move {
	reason := move{CmdAcknowledge, AcknowledgeArgs{Code: code, Reason: "đã đối chiếu với thẻ"}, at(StepSign)}
	return swap(list, CmdSign, reason, move{CmdSign, nil, at(StepSeal)})
}

// decidedOn has a supervisor at the station decide on an exception before the
// officer signs.
func decidedOn(list []move, id string) []move {
	approve := move{CmdExceptionApprove, ExceptionApproveArgs{ID: id, Reason: "seen", Supervisor: "supervisor-1"}, at(StepSign)}
	return swap(list, CmdSign, approve, move{CmdSign, nil, at(StepSeal)})
}

// elsewhere are the reasons that have tests of their own: TestExceptionPending,
// TestSample.
var elsewhere = []string{rules.ReviewPending, rules.ReviewSample}

// scenesOfReview makes each reason happen, and no other.
func scenesOfReview(t testing.TB) map[string]func(*bench) []move {
	same := func(score float64, why error) func(*bench) []move {
		return func(b *bench) []move {
			b.portraiter.scores(score, why)
			return swap(clean(t), CmdPortraitAccept, move{CmdPortraitAccept, PortraitArgs{Same: true, Reason: "đã so từng nét mặt"}, at(StepFingers)})
		}
	}
	return map[string]func(*bench) []move{
		rules.ReviewByHand: func(b *bench) []move {
			b.portraiter.never.Store(true)
			return swap(clean(t), CmdPortraitStart, move{CmdPortraitStart, nil, portraitIs(portraitLive)},
				move{CmdPortraitManual, ReasonArgs{"light"}, compared})
		},
		rules.ReviewUncompared: same(0, ErrNoMatcher),
		rules.ReviewUnsure:     same(0.42, nil),
		rules.ReviewAlarm:      func(b *bench) []move { return decidedOn(same(0.1, nil)(b), "face") },
		rules.ReviewException: func(*bench) []move {
			hand := moves[step(t, CmdFingerException) : step(t, CmdFingerApprove)+1]
			return slices.Concat(moves[:step(t, CmdFingerException)], hand, moves[step(t, CmdDocuments):])
		},
		rules.ReviewFinger: func(b *bench) []move {
			b.scanner.poor = 3
			return acknowledged(clean(t), "finger-weak:2")
		},
		rules.ReviewCheck: func(b *bench) []move {
			b.chip.report.Checks[1] = verdict.Check{Name: "sod-hashes", Outcome: verdict.Failed, Reason: words("DG2 khác SOD", "DG2 differs from the SOD")}
			return decidedOn(acknowledged(clean(t), "check:sod-hashes"), "chip")
		},
		rules.ReviewConflict: func(b *bench) []move {
			b.chip.report.Document.VN.Name = "Nguyễn Văn Khác"
			return acknowledged(clean(t), "conflict:name")
		},
	}
}

func evidenceOf(t testing.TB, c codec, d *dossier.Dossier) (e evidence) {
	t.Helper()
	if err := c.dec.Unmarshal(d.Sections[0].Bytes, &e); err != nil {
		t.Fatal(err)
	}
	return e
}

// TestEachReasonHolds: with every reason listed exactly the one that is there
// makes the dossier wait, the dossier, the page and the log say which; the
// control is the same enrolment where the rules list all but this one.
func TestEachReasonHolds(t *testing.T) {
	scenes := scenesOfReview(t)
	if len(scenes)+len(elsewhere) != len(rules.ReviewReasons) {
		t.Fatalf("%d scenes for %d reasons", len(scenes), len(rules.ReviewReasons))
	}
	for code, scene := range scenes {
		t.Run(code, func(t *testing.T) {
			b := reviewing(t, newBench(t, t.TempDir()), rules.ReviewReasons...)
			s := b.open(t)
			playMoves(t, s, scene(b))
			r := s.Snapshot().Receipt
			if len(b.outbox.dossiers) != 0 || len(b.outbox.held) != 1 || b.outbox.heldTo != b.cfg.Supervisor.String() {
				t.Fatalf("%d sent, %d held", len(b.outbox.dossiers), len(b.outbox.held))
			}
			if r.State != StateHeld || !slices.Equal(r.Review, []string{code}) {
				t.Errorf("receipt %+v", r)
			}
			if e := evidenceOf(t, s.codec, b.outbox.held[0]); !slices.Equal(e.Review, []string{code}) {
				t.Errorf("the dossier says %v", e.Review)
			}
			if said := b.outbox.said(); !slices.Contains(said, "station review-asked "+code) {
				t.Errorf("the log says %q", said)
			}
			s.SetQueueState(r.ID, "sealed") // released
			await(t, s, "released", func(s Snapshot) bool { return s.Receipt != nil && s.Receipt.State == "sealed" })

			others := slices.DeleteFunc(slices.Clone(rules.ReviewReasons), func(c string) bool { return c == code })
			b = reviewing(t, newBench(t, t.TempDir()), others...)
			s = b.open(t)
			playMoves(t, s, scene(b))
			if r := s.Snapshot().Receipt; len(b.outbox.dossiers) != 1 || len(b.outbox.held) != 0 || r.State != "sealed" || len(r.Review) != 0 {
				t.Errorf("control: %d sent, %d held, receipt %+v", len(b.outbox.dossiers), len(b.outbox.held), r)
			}
		})
	}
}

// TestNothingToReview: an enrolment without a reason goes out at once, whatever
// the rules list, and under the embedded pack every one does.
func TestNothingToReview(t *testing.T) {
	for name, b := range map[string]*bench{
		"every reason": reviewing(t, newBench(t, t.TempDir()), rules.ReviewReasons...), "the embedded pack": newBench(t, t.TempDir()),
	} {
		s := b.open(t)
		list := clean(t)
		if name == "the embedded pack" {
			list = moves[:step(t, CmdFingerApprove)+1] // with an exception
			list = slices.Concat(list, moves[step(t, CmdDocuments):])
		}
		playMoves(t, s, list)
		if len(b.outbox.dossiers) != 1 || len(b.outbox.held) != 0 || len(evidenceOf(t, s.codec, b.outbox.dossiers[0]).Review) != 0 {
			t.Errorf("%s: %d sent, %d held", name, len(b.outbox.dossiers), len(b.outbox.held))
		}
	}
}

// TestNoSupervisor: rules that ask for a supervisor whose key is not here begin
// nothing, say so beforehand, and end what has begun. The control is a station
// with the key.
func TestNoSupervisor(t *testing.T) {
	dir := t.TempDir()
	b := reviewing(t, newBench(t, dir), rules.ReviewReasons...)
	s := b.open(t) // the control: it begins
	list := scenesOfReview(t)[rules.ReviewException](b)
	playMoves(t, s, list[:len(list)-1])
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before := b.cfg.Supervisor
	b.cfg.Supervisor = nil // somebody took the file away meanwhile
	s = b.open(t)
	playMoves(t, s, list[len(list)-1:])
	if len(b.outbox.held) != 1 || b.outbox.heldTo != before.String() {
		t.Fatalf("%d held: an enrolment that had begun did not end", len(b.outbox.held))
	}
	must(t, s, CmdFinish, nil)
	snap := s.Snapshot()
	i := slices.IndexFunc(snap.Notices, func(p Problem) bool { return p.Code == "no-supervisor" })
	if i < 0 || !strings.Contains(snap.Notices[i].Next.VI, "tram keys supervisor") || !strings.Contains(snap.Notices[i].Next.EN, "tram keys supervisor") {
		t.Errorf("notices %+v", snap.Notices)
	}
	refusedWith(t, s, cmd(CmdBegin, nil), "no-supervisor")
	if s.Snapshot().ID != "" {
		t.Error("it began")
	}
	r, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	r.Version = "without a review"
	s.SetRules(r)
	must(t, s, CmdBegin, nil)
}

// TestReviewOfCorrection: a correction waits for what it brings itself.
func TestReviewOfCorrection(t *testing.T) {
	for section, want := range map[string]int{sectionPortrait: 1, sectionPrints: 0, sectionEvidence: 0} {
		b := reviewing(t, asking(t, t.TempDir(), testNumber, section), rules.ReviewReasons...)
		b.portraiter.scores(0.42, nil)
		s := b.open(t)
		playMoves(t, s, swapIf(corrections[section], CmdPortraitAccept, move{CmdPortraitAccept, PortraitArgs{Same: true}, at(StepSign)}))
		playMoves(t, s, sealing)
		if len(b.outbox.held) != want || len(b.outbox.dossiers) != 1-want {
			t.Errorf("%s: %d held, %d sent", section, len(b.outbox.held), len(b.outbox.dossiers))
		}
	}
}

func swapIf(list []move, name string, with move) []move {
	if !slices.ContainsFunc(list, func(m move) bool { return m.name == name }) {
		return list
	}
	return swap(list, name, with)
}

// TestReviewOfRules: the list is closed.
func TestReviewOfRules(t *testing.T) {
	r, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Station.Review) != 0 {
		t.Errorf("the embedded pack holds %v back", r.Station.Review)
	}
	for name, c := range map[string]struct {
		list []string
		ok   bool
	}{
		"all": {rules.ReviewReasons, true}, "none": {nil, true}, "unknown": {[]string{"bad-mood"}, false}, "empty": {[]string{""}, false},
		"twice": {[]string{rules.ReviewAlarm, rules.ReviewUnsure, rules.ReviewAlarm}, false},
	} {
		r.Station.Review = c.list
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := rules.Parse(b); (err == nil) != c.ok || err == nil && !slices.Equal(back.Station.Review, c.list) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// cutAfterHold is the real outbox, whose caller is cut off once the dossier is
// held.
type cutAfterHold struct {
	*offline.Outbox
	got chan struct{}
}

func (o cutAfterHold) Hold(ctx context.Context, d *dossier.Dossier, to *envelope.Recipient) error {
	if err := o.Outbox.Hold(ctx, d, to); err != nil {
		return err
	}
	close(o.got)
	<-ctx.Done()
	return ctx.Err()
}

// TestCutBetweenHoldAndJournal: the power goes when the outbox has the dossier
// and the journal does not know it. The restart comes to the same decision: one
// held dossier, none that goes out, also where the supervisor released it
// before the restart. The control is a journal whose rules hold nothing back.
func TestCutBetweenHoldAndJournal(t *testing.T) {
	for _, c := range []struct {
		name                 string
		codes                []string
		released             bool
		wantHeld, wantQueued int
	}{
		{"held", rules.ReviewReasons, false, 1, 0}, {"released meanwhile", rules.ReviewReasons, true, 0, 1}, {"control", nil, false, 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := reviewing(t, newBench(t, t.TempDir()), c.codes...)
			supervisor := newIdentity(t)
			b.cfg.Supervisor = supervisor.Recipient()
			out := realOutbox(t, b.cfg.Station)
			cut := cutAfterHold{out, make(chan struct{})}
			b.cfg.Outbox = cut
			s := b.open(t)
			list := scenesOfReview(t)[rules.ReviewException](b)
			playMoves(t, s, list[:len(list)-1])
			id := uuid.MustParse(s.Snapshot().ID)
			must(t, s, CmdSeal, nil)
			if len(c.codes) > 0 {
				<-cut.got
			} else {
				await(t, s, "sealed", at(StepDone))
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if c.released {
				if err := out.Release(t.Context(), id, supervisor, true, "supervisor-1", "checked"); err != nil {
					t.Fatal(err)
				}
			}
			b.cfg.Outbox = out
			s = b.open(t)
			snap := await(t, s, "by itself", at(StepDone))
			held, err := out.Held()
			if err != nil {
				t.Fatal(err)
			}
			queued, err := out.List()
			if err != nil {
				t.Fatal(err)
			}
			if len(held) != c.wantHeld || len(queued) != c.wantQueued {
				t.Fatalf("%d held, %d queued; want %d, %d", len(held), len(queued), c.wantHeld, c.wantQueued)
			}
			if want := len(c.codes) > 0; (snap.Receipt.State == StateHeld) != want || (len(snap.Receipt.Review) == 1) != want {
				t.Errorf("receipt %+v", snap.Receipt)
			}
			if st, err := out.Status(id); err != nil || st.Held != (c.wantHeld == 1) {
				t.Errorf("status %+v, %v", st, err)
			}
		})
	}
}

// realOutbox is a station's outbox that has no line.
func realOutbox(t testing.TB, station string) *offline.Outbox {
	t.Helper()
	signer, err := envelope.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	out, err := offline.Open(offline.Config{Dir: t.TempDir(), StationID: station, Signer: signer, Recipients: []*envelope.Recipient{newIdentity(t).Recipient()}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = out.Close() })
	return out
}
