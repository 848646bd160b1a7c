package enrol

import (
	"cmp"
	"context"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/reader/verdict"
)

// Snapshot returns the present projection.
func (s *Station) Snapshot() Snapshot { return *s.snap.Load() }

// Watch delivers the present snapshot and each later one until ctx ends or the
// station closes, which closes the channel. A slow watcher misses snapshots
// in between, never the latest.
func (s *Station) Watch(ctx context.Context) <-chan Snapshot {
	in, out := make(chan Snapshot, 1), make(chan Snapshot)
	s.mu.Lock()
	if s.ctx.Err() != nil {
		s.mu.Unlock()
		close(out)
		return out
	}
	in <- s.Snapshot()
	s.watchers[in] = struct{}{}
	s.mu.Unlock()
	go func() {
		defer close(out)
		defer s.unwatch(in)
		for {
			select {
			case snap, ok := <-in:
				if !ok {
					return
				}
				select {
				case out <- snap:
				case <-ctx.Done():
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

func (s *Station) unwatch(ch chan Snapshot) {
	s.mu.Lock()
	delete(s.watchers, ch)
	s.mu.Unlock()
}

// Image returns a picture of the present enrolment: "dg2", "portrait" or
// "print-<finger>".
func (s *Station) Image(name string) (b []byte, mediaType string, ok bool) {
	m := s.images.Load()
	if m == nil {
		return nil, "", false
	}
	p, ok := (*m)[name]
	return p.bytes, p.mediaType, ok
}

// SetQueueState says how far the sealed dossier is, in the outbox's words:
// "sealed", "sending", "custody", "refused", or StateHeld. It may come before the station
// has noted that the outbox has the dossier. Another enrolment's is ignored.
func (s *Station) SetQueueState(id, state string) {
	s.send(s.ctx, func() {
		if s.st == nil || s.st.id.String() != id || s.st.queue == state || state == "" {
			return
		}
		// Journalled, so that a restart does not show an older state.
		_ = s.record(&event{Kind: evQueue, At: s.cfg.Now(), Code: state}) // logged there; the outbox knows
		s.publish()
	})
}

// publish makes the owner's state visible.
func (s *Station) publish() {
	snap, pictures := s.project()
	s.images.Store(&pictures)
	s.snap.Store(&snap)
	s.mu.Lock()
	defer s.mu.Unlock()
	for ch := range s.watchers {
		select { // make room: the latest wins
		case <-ch:
		default:
		}
		ch <- snap
	}
}

func (s *Station) project() (Snapshot, map[string]picture) {
	s.live.version++
	step := s.st.step(s.rules)
	snap := Snapshot{
		Version: s.live.version, Step: step, Steps: []StepView{}, Checks: []verdict.Check{}, Issues: []Issue{},
		Prints:   noPrints(),
		Officers: []string{}, Fingers: []FingerView{}, Documents: []Document{}, Person: PersonView{Fields: []Field{}},
		Pages: []PageView{}, Dependants: []Dependant{},
		Camera:   CameraView{Source: cmp.Or(s.cfg.CameraSource, SourceStation), Wanted: s.camera.key != ""},
		Scanning: ScanningView{State: scanOff},
		Portrait: PortraitView{State: portraitIdle, Measures: []biometrics.Measure{}, Failed: []FailedView{}},
		Chip:     ChipView{State: "idle", Slot: s.cfg.Chip.SlotName(), Virtual: s.cfg.Chip.Virtual()},
		Register: s.registerView(), Phone: s.phoneView(), Exceptions: s.needViews(),
		Error: s.live.problem, Rules: viewOf(s.rules, s.cfg.StationKind), Resumed: s.resumed, Notices: s.notices(),
	}
	pictures := map[string]picture{}
	if s.st == nil {
		return snap, pictures
	}
	st := s.st
	snap.Steps = s.steps(step)
	if st.done != nil {
		r := st.done.Receipt
		r.State, r.Words = cmp.Or(st.queue, r.State), receiptWords(r.Flags)
		snap.ID, snap.Receipt, snap.Household = r.ID, &r, s.householdView()
		return snap, pictures
	}
	snap.ID, snap.Officer, snap.Officers, snap.Corrects = st.id.String(), st.officer, st.officers(), st.corrects.view()
	snap.Kind = st.kindView(s.rules)
	fields, checks, issues := s.judged()
	snap.Person.Fields = append(snap.Person.Fields, fields...)
	snap.Person.Ready = enough(fields) && finalIssue(issues) == ""
	if st.person != nil {
		snap.Person.Phone, snap.Person.Email, snap.Person.Confirmed = st.person.Phone, st.person.Email, true
	}
	snap.Checks = append(snap.Checks, checks...)
	snap.Issues = append(snap.Issues, issues...)
	if !st.looksOnly() {
		worth := st.assurance(issues, s.rules)
		snap.Assurance = &worth
	}
	s.projectPapers(&snap, pictures)
	if s.live.scanning.State != "" {
		snap.Scanning = s.live.scanning
	}
	snap.Identity, snap.Request, snap.Citizen = st.identity.view(), st.request, st.citizen
	s.projectChip(&snap, pictures)
	s.projectGuardian(&snap)
	s.projectPortrait(&snap, pictures)
	s.projectFingers(&snap, pictures)
	return snap, pictures
}

func (s *Station) steps(now Step) []StepView {
	out := make([]StepView, 0, len(flow))
	for _, f := range flow {
		if !s.st.takes(f.step) {
			continue
		}
		v := StepView{Name: f.step, State: StateTodo, MachineSeconds: s.st.machine[f.step].Seconds()}
		switch {
		case now == StepDone || s.st.done == nil && f.done(s.st, s.rules):
			v.State = StateDone
		case f.step == now:
			v.State = StateActive
		}
		// The card stays active until the chip is read, beside later steps.
		if f.step == StepCard && v.State == StateDone && s.st.done == nil && s.st.chip == nil {
			v.State = StateActive
			if s.st.cardless() {
				v.State = StateSkipped
			}
		}
		if f.step == StepDocuments && v.State == StateDone && s.st.done == nil && len(s.st.documents) == 0 {
			v.State = StateSkipped
		}
		out = append(out, v)
	}
	return out
}

func (s *Station) projectChip(snap *Snapshot, pictures map[string]picture) {
	st, v := s.st, &snap.Chip
	v.Tries = st.refusals
	switch {
	case st.chip != nil:
		v.State, v.Access, v.Virtual = "done", string(st.chip.Access), st.chip.Stats.Virtual
		for _, f := range st.chip.Document.Raw {
			v.Done += len(f.Bytes)
		}
		v.Total = v.Done
		if st.chip.Stats.SlotName != "" {
			v.Slot = st.chip.Stats.SlotName
		}
		v.Photo = s.live.photo
		if !st.hasPhoto() {
			v.Photo = photoNone
		}
		if v.Photo == photoShown {
			pictures["dg2"] = picture{s.live.dg2, mediaJPEG}
		}
	case st.cardless():
	case st.chipRefused != "":
		v.State = "failed"
		if snap.Error == nil {
			snap.Error = problem(st.chipRefused)
		}
	case st.scan != nil:
		v.State = "waiting"
		if l := s.live.chip; l.State != "" {
			v.State, v.Step, v.Done, v.Total = l.State, l.Step, l.Done, l.Total
		}
	}
}

func nameOf(f biometrics.Finger) verdict.Words {
	if int(f) < len(fingerWords) {
		return fingerWords[f]
	}
	return fingerWords[biometrics.UnknownFinger]
}
