package enrol

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image"
	"slices"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/iso19794"
	"github.com/tram-station/tram/offline/dossier"
)

func portraitIs(state string) func(Snapshot) bool {
	given := state == portraitTaken || state == portraitStopped // the camera is given back
	return func(s Snapshot) bool { return s.Portrait.State == state && (!given || !s.Camera.Wanted) }
}

// section decodes the portrait's section of the dossier.
func (b *bench) section(t testing.TB, s *Station) portraitSection {
	t.Helper()
	all := b.outbox.dossiers[0].Sections
	i := slices.IndexFunc(all, func(x dossier.Section) bool { return x.Name == "portrait" })
	var p portraitSection
	if err := s.codec.dec.Unmarshal(all[i].Bytes, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// TestTriesAreCounted: three tries by patience, each with what failed in view,
// and then by hand only, with a reason of the list.
func TestTriesAreCounted(t *testing.T) {
	b := newBench(t, t.TempDir())
	b.portraiter.missed.Store(9)
	s := b.open(t)
	play(t, s, 0, step(t, CmdPortraitStart))
	for n := 1; n <= 3; n++ {
		must(t, s, CmdPortraitStart, nil)
		want := portraitMissed
		if n == 3 {
			want = portraitUsedUp
		}
		v := await(t, s, want, portraitIs(want)).Portrait
		if v.Tries != n || v.Left != 3-n || len(v.Failed) != 2 || v.Failed[0].Name != "inter-eye-distance" || v.Failed[0].Advisory ||
			!v.Failed[1].Advisory || v.Failed[0].Words != face.Words("nearer") {
			t.Fatalf("after try %d: %+v", n, v)
		}
		if _, kind, ok := s.Image("portrait-try"); !ok || kind != "image/jpeg" {
			t.Fatal("the best picture is not shown")
		}
	}
	refusedWith(t, s, cmd(CmdPortraitStart, nil), "tries-used")
	refusedWith(t, s, cmd(CmdPortraitAccept, nil), "no-portrait")
	refusedWith(t, s, cmd(CmdPortraitManual, ReasonArgs{"vì sao không"}), "bad-reason")
	must(t, s, CmdPortraitManual, ReasonArgs{"light"})
	if v := await(t, s, "waits", portraitIs(portraitLive)).Portrait; !v.Waits || v.Left != 0 {
		t.Fatalf("%+v", v)
	}
	must(t, s, CmdPortraitManual, nil) // the reason is known
	if v := await(t, s, "taken", compared).Portrait; !v.Manual || v.Reason != "light" {
		t.Fatalf("%+v", v)
	}
	if got := b.portraiter.patience; !slices.Equal(got, []time.Duration{20 * time.Second, 20 * time.Second, 20 * time.Second, 0}) {
		t.Errorf("patience %v", got)
	}
	must(t, s, CmdPortraitRetake, nil) // no try is left: by hand again
	if v := await(t, s, "used up", portraitIs(portraitUsedUp)).Portrait; v.Tries != 4 {
		t.Fatalf("%+v", v)
	}
	must(t, s, CmdPortraitManual, ReasonArgs{"device"})
	await(t, s, "waits", portraitIs(portraitLive))
	must(t, s, CmdPortraitManual, nil)
	await(t, s, "taken", compared)
	play(t, s, step(t, CmdPortraitAccept), len(moves))
	p := b.section(t, s)
	var outcomes []string
	for _, r := range p.Tries {
		outcomes = append(outcomes, r.Outcome+" "+r.Reason)
	}
	if want := []string{"missed ", "missed ", "missed ", "retaken light", "taken device"}; !slices.Equal(outcomes, want) {
		t.Errorf("tries %q, want %q", outcomes, want)
	}
	if r := p.Tries[3]; !r.ByHand || !r.Manual || r.Match == nil || r.Match.Match.Band != face.Accept || !slices.Equal(r.Problems, []string{"nearer"}) {
		t.Errorf("the try that was taken again: %+v", r)
	}
}

// TestDecisions: what each band asks of the officer, and what the dossier keeps.
func TestDecisions(t *testing.T) {
	why := "đã đối chiếu hộ chiếu"
	for name, c := range map[string]struct {
		score   float64
		err     error
		refused map[string]PortraitArgs // code → what is not enough
		enough  PortraitArgs
		outcome string
	}{
		"accept":       {0.75, nil, nil, PortraitArgs{}, "passed"},
		"review":       {0.42, nil, map[string]PortraitArgs{"undecided": {}}, PortraitArgs{Same: true}, "inconclusive"},
		"alarm":        {0.1, nil, map[string]PortraitArgs{"undecided": {Reason: why}, "bad-reason": {Same: true}}, PortraitArgs{Same: true, Reason: why}, "failed"},
		"no matcher":   {0, ErrNoMatcher, map[string]PortraitArgs{"undecided": {}}, PortraitArgs{Same: true}, "not done"},
		"bad photo":    {0, ErrChipPhoto, map[string]PortraitArgs{"undecided": {}}, PortraitArgs{Same: true}, "not done"},
		"other faults": {0, errors.New("out of memory"), map[string]PortraitArgs{"undecided": {}}, PortraitArgs{Same: true}, "not done"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, t.TempDir())
			b.portraiter.scores(c.score, c.err)
			s := b.open(t)
			play(t, s, 0, step(t, CmdPortraitAccept))
			if slices.ContainsFunc(s.Snapshot().Issues, func(i Issue) bool { return i.Code == faceIssue }) {
				t.Error("the comparison is an issue beside the step that decides it")
			}
			for code, a := range c.refused {
				refusedWith(t, s, cmd(CmdPortraitAccept, a), code)
				refusedWith(t, s, cmd(CmdFingersStart, FingerArgs{Finger: 2}), "wrong-step")
			}
			must(t, s, CmdPortraitAccept, c.enough)
			snap := play(t, s, step(t, CmdFingersStart), step(t, CmdSign))
			for _, i := range snap.Issues {
				if !i.Acknowledged {
					t.Errorf("issue %s is open after the decision", i.Code)
				}
			}
			if name == "alarm" {
				must(t, s, CmdExceptionApprove, ExceptionApproveArgs{ID: "face", Reason: "seen", Supervisor: "supervisor-1"})
			}
			play(t, s, step(t, CmdSign), len(moves))
			p := b.section(t, s)
			if m := p.Match; m.Done != (c.err == nil) || m.Done && m.Score != c.score || m.Accept.Same != c.enough.Same ||
				m.Accept.Reason != c.enough.Reason || m.Accept.Officer != "officer-1" || m.Accept.At.IsZero() || m.Done == (m.Why != "") {
				t.Errorf("match %+v", m)
			}
			var e evidence
			if err := s.codec.dec.Unmarshal(b.outbox.dossiers[0].Sections[0].Bytes, &e); err != nil {
				t.Fatal(err)
			}
			for _, x := range e.Checks {
				if x.Name == "face-match" && x.Outcome != c.outcome {
					t.Errorf("check %q, want %q", x.Outcome, c.outcome)
				}
			}
			if (len(e.Issues) == 1) != (c.outcome == "failed") {
				t.Errorf("exceptions %+v", e.Issues)
			}
		})
	}
}

// TestStoppedByTheOfficer: it goes no further, but can be taken back; that it
// happened stays.
func TestStoppedByTheOfficer(t *testing.T) {
	b := newBench(t, t.TempDir())
	b.portraiter.scores(0.4, nil)
	s := b.open(t)
	play(t, s, 0, step(t, CmdPortraitAccept))
	refusedWith(t, s, cmd(CmdPortraitDiffers, ReasonArgs{"x"}), "bad-reason")
	must(t, s, CmdPortraitDiffers, ReasonArgs{"không cùng một khuôn mặt"})
	snap := await(t, s, "stopped", portraitIs(portraitStopped))
	if finalIssue(snap.Issues) != "faces-differ" || snap.Person.Ready {
		t.Fatalf("issues %+v", snap.Issues)
	}
	refusedWith(t, s, cmd(CmdPortraitAccept, PortraitArgs{Same: true}), "no-portrait")
	refusedWith(t, s, cmd(CmdConfirmPerson, PersonArgs{Phone: testPhone}), "faces-differ")
	must(t, s, CmdPortraitRetake, nil)
	await(t, s, "taken again", compared)
	must(t, s, CmdPortraitAccept, PortraitArgs{Same: true})
	play(t, s, step(t, CmdFingersStart), len(moves))
	if r := b.section(t, s).Tries[0]; r.Outcome != tryRetaken || r.Stopped == nil || r.Stopped.Officer != "officer-1" || r.Stopped.Reason != "không cùng một khuôn mặt" {
		t.Errorf("the first try: %+v", r)
	}
}

// TestChipAfterThePortrait: the comparison waits for the chip.
func TestChipAfterThePortrait(t *testing.T) {
	b := newBench(t, t.TempDir())
	b.chip.hold = make(chan struct{})
	s := b.open(t)
	play(t, s, 0, step(t, CmdScan))
	must(t, s, CmdScan, ScanArgs{Text: testQR})
	play(t, s, step(t, CmdConfirmPerson), step(t, CmdPortraitStart))
	must(t, s, CmdPortraitStart, nil)
	v := await(t, s, "taken", portraitIs(portraitTaken))
	if v.Portrait.Match.State != "waiting" || v.Chip.Photo != "" {
		t.Fatalf("%+v, photo %q", v.Portrait.Match, v.Chip.Photo)
	}
	refusedWith(t, s, cmd(CmdPortraitAccept, PortraitArgs{Same: true, Reason: "không chờ chip"}), "match-pending")
	close(b.chip.hold)
	await(t, s, "compared", compared)
	play(t, s, step(t, CmdPortraitAccept), len(moves))
}

// TestTheRecordOfThePortrait: the dossier's facial record is one, and says
// where the eyes are.
func TestTheRecordOfThePortrait(t *testing.T) {
	p := &Portrait{JPEG: testJPEG(480, 640), Face: &Place{Size: [2]int{480, 640}, Left: [2]int{180, 294}, Right: [2]int{300, 294}, Chin: [2]int{240, 535}}}
	for name, c := range map[string]struct {
		change func(*Portrait)
		points int
		kind   iso19794.FaceKind
	}{
		"with eyes": {func(*Portrait) {}, 3, iso19794.FullFrontal},
		"by hand":   {func(p *Portrait) { p.Face = nil }, 0, iso19794.FullFrontal},
		"chin out":  {func(p *Portrait) { f := *p.Face; f.Chin[1] = 640; p.Face = &f }, 2, iso19794.FullFrontal},
		"small": {func(p *Portrait) {
			p.JPEG, p.Face = testJPEG(60, 80), &Place{Left: [2]int{25, 36}, Right: [2]int{35, 36}, Chin: [2]int{30, 60}}
		}, 3, iso19794.Basic},
	} {
		q := *p
		c.change(&q)
		r, err := iso19794.ParseFace(facialRecord(&q))
		if err != nil || len(r.Faces) != 1 {
			t.Fatalf("%s: %v", name, err)
		}
		if f := r.Faces[0]; len(f.Points) != c.points || f.Kind != c.kind || !bytes.Equal(f.Image, q.JPEG) || f.Check() != nil {
			t.Errorf("%s: %d points, kind %d, %d bytes, %v", name, len(f.Points), f.Kind, len(f.Image), f.Check())
		}
	}
	if facialRecord(&Portrait{JPEG: []byte("no picture")}) != nil {
		t.Error("a record of no picture")
	}
}

// TestHostilePhotograph: what the chip holds is shown as a JPEG of our own, or
// not at all, and the enrolment goes on.
func TestHostilePhotograph(t *testing.T) {
	decoded := func(err error) func(context.Context, string, []byte) (image.Image, error) {
		return func(context.Context, string, []byte) (image.Image, error) {
			return image.NewGray(image.Rect(0, 0, 30, 40)), err
		}
	}
	for name, c := range map[string]struct {
		portraiter FacePortraiter
		mediaType  string
		bytes      []byte
		want       string
	}{
		"jpeg":            {FacePortraiter{}, "image/jpeg", testJPEG(30, 40), photoShown},
		"jpeg 2000":       {FacePortraiter{Decode: decoded(nil)}, "image/jp2", []byte("jp2"), photoShown},
		"no decoder":      {FacePortraiter{}, "image/jp2", []byte("jp2"), photoUnusable},
		"broken":          {FacePortraiter{Decode: decoded(errors.New("cut"))}, "image/jp2", []byte("jp2"), photoUnusable},
		"another kind":    {FacePortraiter{}, "text/html", []byte("<script>"), photoUnusable},
		"none":            {FacePortraiter{}, "", nil, photoNone},
		"larger than any": {FacePortraiter{}, "image/jpeg", testJPEG(maxPhotoSide+1, 8), photoUnusable},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, t.TempDir())
			b.cfg.View = c.portraiter.View
			f := b.chip.report.Document.Face
			f.MediaType, f.Image = c.mediaType, c.bytes
			s := b.open(t)
			play(t, s, 0, step(t, CmdScan)+1)
			if got := await(t, s, "photo", func(s Snapshot) bool { return s.Chip.Photo != "" }).Chip.Photo; got != c.want {
				t.Errorf("photo %q, want %q", got, c.want)
			}
			if _, kind, ok := s.Image("dg2"); ok != (c.want == photoShown) || ok && kind != "image/jpeg" {
				t.Errorf("the page is given %v, %q", ok, kind)
			}
			play(t, s, step(t, CmdConfirmPerson), step(t, CmdPortraitAccept))
			must(t, s, CmdPortraitAccept, PortraitArgs{Same: true})
			play(t, s, step(t, CmdFingersStart), len(moves))
		})
	}
}

// TestPortraitsOfBeforeTheTries: a journal of the program before this one goes
// on with its portrait.
func TestPortraitsOfBeforeTheTries(t *testing.T) {
	dir := t.TempDir()
	b := newBench(t, dir)
	s := b.open(t)
	play(t, s, 0, step(t, CmdPortraitStart))
	// As an earlier program left it: a portrait, and no comparison.
	done := make(chan error, 1)
	s.send(s.ctx, func() {
		done <- s.record(&event{Kind: evPortrait, At: time.Now(), Portrait: &Portrait{JPEG: testJPEG(48, 64), Width: 48, Height: 64}})
	})
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	s = newBench(t, dir).open(t)
	await(t, s, "compared", compared)
	must(t, s, CmdPortraitAccept, nil)
	if s.Snapshot().Step != StepFingers {
		t.Error("it does not go on")
	}
}

// scenes are states of the portrait's step that the moves do not come by; each
// begins where the portrait may.
var scenes = map[string]struct {
	play  func(testing.TB, *bench, *Station)
	state string
}{
	"missed": {func(t testing.TB, b *bench, s *Station) {
		b.portraiter.missed.Store(1)
		must(t, s, CmdPortraitStart, nil)
	}, portraitMissed},
	"used-up": {useUp, portraitUsedUp},
	"waits": {func(t testing.TB, b *bench, s *Station) {
		useUp(t, b, s)
		must(t, s, CmdPortraitManual, ReasonArgs{"posture"})
	}, portraitLive},
	"alarm": {alarm, portraitTaken},
	"stopped": {func(t testing.TB, b *bench, s *Station) {
		alarm(t, b, s)
		must(t, s, CmdPortraitDiffers, ReasonArgs{"không cùng một khuôn mặt"})
	}, portraitStopped},
}

func useUp(t testing.TB, b *bench, s *Station) {
	b.portraiter.missed.Store(3)
	for n := range 3 {
		must(t, s, CmdPortraitStart, nil)
		await(t, s, "missed", func(s Snapshot) bool { return !s.Portrait.Waits && s.Portrait.Tries == n+1 && s.Portrait.Left == 2-n })
	}
}

func alarm(t testing.TB, b *bench, s *Station) {
	b.portraiter.scores(0.1, nil)
	must(t, s, CmdPortraitStart, nil)
	await(t, s, "compared", compared)
}

// TestKillInEachPortraitState: a power cut resumes in the same state with the
// same two pictures.
func TestKillInEachPortraitState(t *testing.T) {
	for name, scene := range scenes {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			cmd, lines := startChild(t, dir, step(t, CmdPortraitStart), "scene-"+name)
			before := ready(t, lines)
			kill(t, cmd)
			b := crashBench(t, dir)
			s := b.open(t)
			await(t, s, scene.state, portraitIs(scene.state))
			got := comparable(await(t, s, "the photograph", func(s Snapshot) bool { return s.Chip.Photo != "" }))
			before.Chip.Photo, got.Camera, before.Camera = "", CameraView{}, CameraView{}
			a, _ := json.Marshal(before)
			c, _ := json.Marshal(got)
			if !bytes.Equal(a, c) {
				t.Fatalf("resumed with other data:\n got %s\nwant %s", c, a)
			}
			picture := map[string]string{portraitMissed: "portrait-try", portraitUsedUp: "portrait-try", portraitTaken: "portrait", portraitStopped: "portrait"}[scene.state]
			if _, _, ok := s.Image(picture); !ok && picture != "" {
				t.Error("the picture is gone")
			}
			if name == "waits" {
				must(t, s, CmdPortraitManual, nil)
			} else {
				must(t, s, CmdCancel, nil)
				return
			}
			await(t, s, "taken", compared)
		})
	}
}
