package enrol

import (
	"context"
	"fmt"
	"time"

	"github.com/tram-station/tram/biometrics"
)

// slot is one device's place for work: at most one goroutine is in it. The
// owner says by a key what work it wants; work of another key is called off
// first, and only when it has left does the new begin.
type slot struct {
	key    string
	cancel context.CancelFunc
	// Signals to the work in the camera's slot, each closed once.
	start, manual     chan struct{}
	started, byManual bool
	// hand carries whose hand's picture is wanted, once.
	hand chan biometrics.Finger
}

// ensure brings a slot to the wanted work; "" wants none.
func (s *Station) ensure(sl *slot, want string, work func(context.Context)) {
	if sl.key == want {
		return
	}
	if sl.key != "" {
		sl.cancel() // its end drives again
		return
	}
	ctx, cancel := context.WithCancel(s.ctx)
	*sl = slot{key: want, cancel: cancel, start: make(chan struct{}), manual: make(chan struct{}), hand: make(chan biometrics.Finger, 1)}
	s.work.Add(1)
	go func() {
		defer s.work.Done()
		work(ctx)
		cancel()
		s.send(s.ctx, func() {
			*sl = slot{}
			s.drive()
			s.publish()
		})
	}()
}

// drive derives from the state what each device has to do now. It is called
// by the owner after every change.
func (s *Station) drive() {
	s.closeVerified()
	var photo, camera, match, submit string
	if st := s.st; st != nil && st.done == nil {
		open := st.signedAt.IsZero()
		switch {
		case s.looking():
			camera = fmt.Sprintf("%s/look/%d", st.id, s.live.look.number)
		case open && (st.scan != nil || st.cardless()) && st.portrait == nil && st.takes(StepPortrait): // warm from card-down on
			camera = fmt.Sprintf("%s/camera/%d", st.id, len(st.runs))
		case open && s.handing():
			camera = st.handKey(st.wantPhoto)
		}
		if st.hasPhoto() && s.live.photo == "" {
			photo = fmt.Sprintf("%s/photo", st.id)
		}
		if open && st.portrait != nil && (st.chip != nil || st.cardless()) && st.matched == nil {
			match = fmt.Sprintf("%s/match/%d", st.id, len(st.runs))
		}
		if !st.sealedAt.IsZero() {
			submit = fmt.Sprintf("%s/submit", st.id)
		}
	}
	st, rules := s.st, s.rules
	chip, card := s.wantedCard()
	if w := s.wish; w != nil && s.between() {
		s.ensure(&s.chip, w.key, func(ctx context.Context) { s.readNumber(ctx, w) })
	} else {
		s.ensure(&s.chip, chip, func(ctx context.Context) { s.readChip(ctx, card) })
	}
	s.drivePictures(photo, match)
	s.driveCamera(camera)
	s.driveFinger()
	s.driveOnline()
	s.driveHousehold()
	s.ensure(&s.submit, submit, func(ctx context.Context) { s.submitDossier(ctx, st, rules) })
}

// drivePictures decodes the chip's photograph for the page, and compares the
// portrait with it.
func (s *Station) drivePictures(photo, match string) {
	st := s.st
	if photo != "" {
		f := st.chip.Document.Face
		s.ensure(&s.photo, photo, func(ctx context.Context) { s.viewPhoto(ctx, f) })
	} else {
		s.ensure(&s.photo, "", nil)
	}
	if match != "" {
		p, f, none := st.portrait, st.face(), st.faceless()
		s.ensure(&s.match, match, func(ctx context.Context) { s.matchPortrait(ctx, p, f, none) })
	} else {
		s.ensure(&s.match, "", nil)
	}
}

func (s *Station) driveCamera(want string) {
	sl := &s.camera
	st := s.st
	if sl.key != want {
		s.live.portrait = PortraitView{}
	}
	if look := s.live.look; look.on {
		s.ensure(sl, want, func(ctx context.Context) { s.lookForCard(ctx, look) })
		return
	}
	if s.st.handStep(s.rules) && s.handing() {
		s.driveHand(want)
		return
	}
	how := Shoot{Patience: time.Duration(s.rules.PortraitPatience) * time.Second, Challenge: s.rules.PortraitChallenge}
	if st != nil && st.usedUp(s.rules) {
		how.Patience, how.Challenge = 0, "" // by hand: the officer ends it
	}
	s.ensure(sl, want, func(ctx context.Context) {
		how.Manual = sl.manual
		s.takePortrait(ctx, sl.start, how)
	})
	if want == "" || sl.key != want {
		return
	}
	if st.wantPortrait && !sl.started {
		sl.started = true
		close(sl.start)
	}
	if st.manual != "" && !sl.byManual {
		sl.byManual = true
		close(sl.manual)
	}
}

// driveHand shows the hand, and takes its picture when that is wanted.
func (s *Station) driveHand(want string) {
	sl := &s.camera
	f := s.st.wantPhoto
	switch sl.key {
	case "":
		s.live.handState = handStarting
	case s.st.handKey(biometrics.UnknownFinger):
		sl.key = want // shown already: the camera stays open for the picture
	}
	s.ensure(sl, want, func(ctx context.Context) { s.watchHand(ctx, sl.hand) })
	if sl.key == want && f != biometrics.UnknownFinger && !sl.started {
		sl.started = true
		sl.hand <- f
	}
}

// closeScanner is the key of the work that gives the scanner back. The
// scanner stays open between fingers: opening it can take a second.
const closeScanner = "close"

func (s *Station) driveFinger() {
	sl := &s.finger
	c, want := s.wantedCapture()
	switch {
	case sl.key == closeScanner:
		return // its end drives again
	case want == "" && sl.key == "" && s.scanner != nil && s.st.step(s.rules) != StepFingers:
		s.live.reader = ""
		s.ensure(sl, closeScanner, func(context.Context) { s.dropScanner() })
	default:
		s.ensure(sl, want, func(ctx context.Context) { s.takePrints(ctx, c) })
	}
	p, compare := s.wantedComparison()
	s.ensure(&s.compare, compare, func(ctx context.Context) { s.comparePrints(ctx, p) })
	if s.compare.key == "" && (s.st == nil || s.st.done != nil) {
		s.cards, s.cardsOf = nil, nil // the card's prints leave with its holder
	}
}

// pause waits before a device is tried again; false when the work is over.
func (s *Station) pause(ctx context.Context) bool {
	t := time.NewTimer(s.cfg.RetryDelay)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// report changes what is live and publishes it, unless the work is called off.
func (s *Station) report(ctx context.Context, change func()) {
	s.send(ctx, func() {
		if ctx.Err() == nil {
			change()
			s.publish()
		}
	})
}

// show makes a picture the preview, unless the work is called off: no picture
// outlives its enrolment.
func (s *Station) show(ctx context.Context, jpeg []byte) {
	s.send(ctx, func() {
		if ctx.Err() == nil {
			s.preview.show(jpeg)
		}
	})
}
