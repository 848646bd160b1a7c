package enrol

import (
	"bytes"
	"context"
	"image"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/iso19794"
	"github.com/tram-station/tram/biometrics/virtual"
	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/offline/dossier"
)

// byMode is a station at the fingers' step with all ten fingers, on a virtual
// reader.
func byMode(t *testing.T, mode string, change func(*bench, *virtual.Scanner)) (*bench, *Station, *virtual.Scanner) {
	t.Helper()
	b := newBench(t, t.TempDir())
	b.cfg.Rules = tenFingers(t, mode)
	p := &virtual.Scanner{Seed: 3, Settle: time.Millisecond, Draw: func(_ int64, f biometrics.Finger) *image.Gray { return drawn(f) }}
	b.cfg.Scanner = func(context.Context) (biometrics.Scanner, error) { return plugged{p}, nil }
	if change != nil {
		change(b, p)
	}
	s := b.open(t)
	play(t, s, 0, step(t, CmdFingersStart))
	return b, s, p
}

// plugged is a reader that can be opened again.
type plugged struct{ *virtual.Scanner }

func (plugged) Close() error { return nil }

// tenFingers is the built-in pack with all ten fingers.
func tenFingers(t testing.TB, mode string) *rules.Pack {
	t.Helper()
	r, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	r.FingerMode = mode
	r.Fingers = rules.Fingers{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	return r
}

func unitIs(id, state string) func(Snapshot) bool {
	return func(s Snapshot) bool {
		return slices.ContainsFunc(s.Prints.Units, func(u UnitView) bool { return u.ID == id && u.State == state })
	}
}

func unitIDs(s Snapshot) string {
	var out []string
	for _, u := range s.Prints.Units {
		out = append(out, u.ID)
	}
	return strings.Join(out, " ")
}

// lay has a unit laid down until it is done.
func lay(t *testing.T, s *Station, id string) Snapshot {
	t.Helper()
	must(t, s, CmdFingersStart, FingerArgs{Unit: id})
	return await(t, s, "unit "+id, unitIs(id, fingerDone))
}

// except declares a finger missing, with all that proves it.
func except(t *testing.T, s *Station, f int) Snapshot {
	t.Helper()
	must(t, s, CmdFingerException, FingerArgs{Finger: f, Reason: "missing"})
	must(t, s, CmdFingerPhoto, FingerArgs{Finger: f})
	await(t, s, "the picture of the hand", photographed)
	must(t, s, CmdFingerApprove, ApproveArgs{f, "supervisor-1", handMark})
	return s.Snapshot()
}

func fingerOf(t testing.TB, s Snapshot, f biometrics.Finger) FingerView {
	t.Helper()
	i := slices.IndexFunc(s.Fingers, func(v FingerView) bool { return v.Finger == f })
	if i < 0 {
		t.Fatalf("finger %d is not listed", f)
	}
	return s.Fingers[i]
}

// prints finishes the enrolment and returns that section of the dossier.
func (b *bench) prints(t testing.TB, s *Station) (out printsSection) {
	t.Helper()
	play(t, s, step(t, CmdDocuments), len(moves))
	all := b.outbox.dossiers[0].Sections
	i := slices.IndexFunc(all, func(x dossier.Section) bool { return x.Name == "prints" })
	if err := s.codec.dec.Unmarshal(all[i].Bytes, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestSlaps: nine fingers in three slaps, and one that is proven missing.
func TestSlaps(t *testing.T) {
	b, s, _ := byMode(t, rules.Slaps, nil)
	if got := unitIDs(s.Snapshot()); got != "13 14 15" {
		t.Fatalf("units %q", got)
	}
	snap := except(t, s, 5)
	u := snap.Prints.Units[0]
	if !slices.Equal(u.Fingers, rules.Fingers{2, 3, 4}) || u.State != fingerTodo || !strings.Contains(u.Prompt.VI, "ngón áp út phải") || strings.Contains(u.Prompt.VI, "ngón út phải") {
		t.Fatalf("unit %+v", u)
	}
	for _, id := range []string{"13", "14", "15"} {
		lay(t, s, id)
	}
	snap = await(t, s, "the next step", at(StepDocuments))
	for _, f := range snap.Fingers {
		_, _, shown := s.Image("print-" + unit{finger: f.Finger}.id())
		if want := f.Finger != biometrics.RightLittle; shown != want || want && (f.State != fingerDone || f.Quality.Score < f.Threshold || len(f.Scores) == 0) {
			t.Errorf("finger %d: %s, scores %v, picture %v", f.Finger, f.State, f.Scores, shown)
		}
	}
	if pic, mediaType, ok := s.Image("exception-5"); !ok || mediaType != mediaJPEG || len(pic) == 0 || len(pic) > maxHandPhoto {
		t.Errorf("picture of the hand: %d bytes, %q", len(pic), mediaType)
	}
	if len(snap.Prints.Clashes) != 0 || len(snap.Issues) != 0 {
		t.Errorf("clashes %+v, issues %+v", snap.Prints.Clashes, snap.Issues)
	}
	p := b.prints(t, s)
	if p.Schema != 2 || p.Mode != rules.Slaps || len(p.Prints) != 9 || len(p.Tries) != 3 || p.Compared == nil || p.Liveness != notAssessed {
		t.Errorf("section: schema %d, mode %s, %d prints, %d tries", p.Schema, p.Mode, len(p.Prints), len(p.Tries))
	}
	for _, x := range p.Prints {
		r, err := iso19794.ParseFinger(x.Records.ISO)
		if err != nil || len(r.Views) != 1 || r.Views[0].Position != byte(x.Finger) || !bytes.Equal(r.Views[0].Image, x.Records.WSQ) {
			t.Errorf("finger %d: its record: %v", x.Finger, err)
		}
		m, err := iso19794.ParseMinutiae(x.Records.FMR)
		if err != nil || len(m.Views) != 1 || !x.Good || x.Records.PSNR < 19 {
			t.Errorf("finger %d: its minutiae: %v; good %v, %.1f dB", x.Finger, err, x.Good, x.Records.PSNR)
		}
	}
	x := p.Exceptions
	if len(x) != 1 || x[0].Finger != 5 || x[0].Reason != "missing" || x[0].Supervisor != "supervisor-1" || len(x[0].Photo) == 0 || len(x[0].SHA256) != 32 || x[0].Approved.IsZero() {
		t.Errorf("exceptions %+v", x)
	}
}

// TestRolled: the slaps, then each finger rolled, in the order of the card.
func TestRolled(t *testing.T) {
	var all []string
	for _, u := range unitsOf(tenFingers(t, rules.SlapsRolled), nil) {
		all = append(all, u.id())
	}
	if got := strings.Join(all, " "); got != "13 14 15 r1 r2 r3 r4 r5 r6 r7 r8 r9 r10" {
		t.Fatalf("units %q", got)
	}
	b, s, _ := byMode(t, rules.SlapsRolled, func(b *bench, _ *virtual.Scanner) { b.cfg.Rules.Fingers = rules.Fingers{6, 1} })
	if got := unitIDs(s.Snapshot()); got != "15 r1 r6" {
		t.Fatalf("units %q", got)
	}
	for _, u := range s.Snapshot().Prints.Units {
		lay(t, s, u.ID)
	}
	snap := await(t, s, "the next step", at(StepDocuments))
	if len(snap.Prints.Rolled) != 2 || len(snap.Issues) != 0 {
		t.Fatalf("%d rolled, issues %+v", len(snap.Prints.Rolled), snap.Issues)
	}
	if _, _, ok := s.Image("print-r6"); !ok {
		t.Error("no picture of a rolled finger")
	}
	p := b.prints(t, s)
	if n := len(p.Prints); n != 4 || p.Prints[0].Rolled || !p.Prints[3].Rolled || len(p.Tries) != 3 {
		t.Errorf("%d prints, %d tries", n, len(p.Tries))
	}
}

// TestReaderWithoutSlaps: the units fall back to fingers, and it is said.
func TestReaderWithoutSlaps(t *testing.T) {
	_, s, p := byMode(t, rules.SlapsRolled, func(b *bench, p *virtual.Scanner) {
		b.cfg.Rules.Fingers, p.SingleOnly = rules.Fingers{2, 3, 4, 5}, true
	})
	must(t, s, CmdFingersStart, FingerArgs{Unit: "13"})
	snap := await(t, s, "the first finger", fingerIs(2, fingerDone))
	if got := unitIDs(snap); got != "2 3 4 5" || len(snap.Prints.Notes) != 2 || snap.Prints.Reader != p.Device().Name {
		t.Fatalf("units %q, notes %+v, reader %q", got, snap.Prints.Notes, snap.Prints.Reader)
	}
	refusedWith(t, s, cmd(CmdFingersStart, FingerArgs{Unit: "13"}), "bad-finger")
	refusedWith(t, s, cmd(CmdFingersStart, FingerArgs{Unit: "r2"}), "bad-finger")
	for _, u := range snap.Prints.Units {
		if u.State == fingerTodo {
			lay(t, s, u.ID)
		}
	}
	snap = await(t, s, "the next step", at(StepDocuments))
	if len(snap.Issues) != 1 || snap.Issues[0].Code != "no-rolled" {
		t.Fatalf("issues %+v", snap.Issues)
	}
}

// TestSlapLaidWrongly: what is wrong is named, counts as a try, and the right
// fingers mend it.
func TestSlapLaidWrongly(t *testing.T) {
	for code, wrong := range map[string]virtual.Lay{
		slapCount: {Fingers: map[biometrics.Finger]biometrics.Finger{3: biometrics.UnknownFinger}},
		slapHand:  {Hand: biometrics.LeftSlap},
	} {
		b, s, p := byMode(t, rules.Slaps, func(_ *bench, p *virtual.Scanner) { p.Wrong = wrong })
		must(t, s, CmdFingersStart, FingerArgs{Unit: "13"})
		used := await(t, s, "three tries", func(s Snapshot) bool {
			return s.Prints.Units[0].Tries == 3 && s.Prints.Units[0].State == fingerTodo
		})
		if used.Error == nil || used.Error.Code != code || used.Error.Next.VI == "" {
			t.Errorf("%s: shown is %+v", code, used.Error)
		}
		p.Wrong = virtual.Lay{}
		if snap := lay(t, s, "13"); snap.Error != nil || snap.Prints.Units[0].Tries != 1 {
			t.Errorf("%s, then right: %+v after %d tries", code, snap.Error, snap.Prints.Units[0].Tries)
		}
		lay(t, s, "14")
		lay(t, s, "15")
		await(t, s, "the next step", at(StepDocuments))
		tries := b.prints(t, s).Tries
		if len(tries) != 6 || tries[2].Problem != code || len(tries[2].Scores) != 0 || tries[3].Problem != "" || len(tries[3].Scores) != 4 {
			t.Errorf("%s: tries %+v", code, tries)
		}
	}
}

// TestBestOfEveryTry: of each finger of a slap the best print is kept, and the
// scores of all tries.
func TestBestOfEveryTry(t *testing.T) {
	_, s, _ := byMode(t, rules.Slaps, func(b *bench, p *virtual.Scanner) {
		cuts := &cutter{Scanner: p}
		b.cfg.Scanner = func(context.Context) (biometrics.Scanner, error) { return cuts, nil }
		cuts.turns = []biometrics.Finger{2, 5, 5}
	})
	must(t, s, CmdFingersStart, FingerArgs{Unit: "13"})
	snap := await(t, s, "the slap", unitIs("13", fingerDone))
	if n := snap.Prints.Units[0].Tries; n != 2 {
		t.Fatalf("%d tries: after the first 2 was weak, after the second nothing", n)
	}
	for _, f := range []biometrics.Finger{2, 5} {
		v := fingerOf(t, snap, f)
		if len(v.Scores) != 2 || v.Quality.Score != max(v.Scores[0], v.Scores[1]) || v.Scores[0] == v.Scores[1] {
			t.Errorf("finger %d: scores %v, kept %d", f, v.Scores, v.Quality.Score)
		}
	}
}

// cutter is a reader that cuts slaps by itself; in each turn one finger is
// hardly to be seen.
type cutter struct {
	*virtual.Scanner
	turns []biometrics.Finger
}

func (c *cutter) Capture(_ context.Context, req biometrics.Request, _ func(*image.Gray)) (*biometrics.Capture, error) {
	out := &biometrics.Capture{Request: req, DPI: 500, Device: c.Device(), Time: time.Now(), Records: [][]byte{{1, 2, 3}}}
	for _, f := range req.Wanted() {
		img := drawn(f)
		if len(c.turns) > 0 && c.turns[0] == f {
			img = image.NewGray(img.Rect)
		}
		out.Prints = append(out.Prints, biometrics.Print{Finger: f, Image: img, DPI: 500, Device: c.Device(), Time: out.Time, Said: &biometrics.Said{Score: 80, Algorithm: "device"}})
	}
	if len(c.turns) > 0 {
		c.turns = c.turns[1:]
	}
	return out, nil
}

// TestOriginalsOfTheDevice: of a device that signs, the dossier has the original
// of each try whose print was kept.
func TestOriginalsOfTheDevice(t *testing.T) {
	b, s, _ := byMode(t, rules.Slaps, func(b *bench, p *virtual.Scanner) {
		cuts := &cutter{Scanner: p, turns: []biometrics.Finger{2}}
		b.cfg.Scanner = func(context.Context) (biometrics.Scanner, error) { return cuts, nil }
	})
	for _, id := range []string{"13", "14", "15"} {
		lay(t, s, id)
	}
	await(t, s, "the next step", at(StepDocuments))
	p := b.prints(t, s)
	if len(p.Tries) != 4 || len(p.Originals) < 3 || len(p.Originals[0].Records) != 1 || p.Prints[0].Said == nil || p.Tries[0].Scores[0].Said == nil {
		t.Errorf("%d tries, %d originals", len(p.Tries), len(p.Originals))
	}
}
