package enrol

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/kiosk/journal"
	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/verdict"
)

const defaultRetry = time.Second

// Station runs one enrolment at a time. One goroutine owns its state, its
// journal and the start and end of device work; everybody else sends it
// functions and reads published projections.
type Station struct {
	cfg   Config
	pack  *rules.Pack // what the next enrolment begins under
	codec codec
	rand  io.Reader
	log   *slog.Logger

	ctx   context.Context
	stop  context.CancelFunc
	inbox chan func()
	ended chan struct{}  // the owner has left
	work  sync.WaitGroup // device goroutines

	// Owned by the goroutine of run.
	rules   *rules.Pack // what the present enrolment began under
	st      *state      // nil: idle
	journal *journal.File
	live    live
	chip    slot
	photo   slot
	camera  slot
	match   slot
	finger  slot
	compare slot
	submit  slot
	onlineSlots
	kindSlots
	scanner  biometrics.Scanner // of the goroutine in the finger slot; nil: closed
	cards    templates          // of the goroutine in the compare slot: the card's prints,
	cardsOf  *lds.Finger        // and of which card
	recent   map[string]string  // commands that ended an enrolment
	told     told               // what commands said
	moved    uint64             // version of the snapshot since which nothing has moved
	resumed  bool
	wish     *numberWish // nil: nobody asks whose card it is
	numbers  int         // how often somebody asked
	torn     bool        // the journal's last record was not whole: shown until the officer's next command
	unlogged bool        // the audit log did not take the last act
	looks    int         // how often the camera was asked to look for a card

	snap    atomic.Pointer[Snapshot]
	images  atomic.Pointer[map[string]picture]
	preview preview
	watched atomic.Int64 // when the preview was last asked for, Unix nanoseconds

	mu       sync.Mutex // guards watchers only
	watchers map[chan Snapshot]struct{}
}

// live is what is true only while the station runs: device states that a
// restart finds out anew.
type live struct {
	version  uint64
	chip     ChipView
	scanning ScanningView
	look     look
	portrait PortraitView
	photo    string // ChipView.Photo, and the photograph as JPEG
	dg2      []byte
	reader   string // name of the open fingerprint reader
	hand     bool   // the camera is to show the hand
	// handState is how far the camera over the hand is.
	handState string
	typed     *typedCode           // a code on its way to the central
	deadlines map[string]time.Time // of exceptions, by a clock that nobody sets
	problem   *Problem
	source    string // "chip", "scan", "camera", "match", "reader", "scanner", "outbox", "journal": whose problem it is
}

type picture struct {
	bytes     []byte
	mediaType string
}

// Open starts a station. A journal of an unfinished enrolment is replayed: it
// goes on in the same step with the same data. A journal that can not be
// replayed is set aside, and the first snapshot says so; the error is then in
// the log and the station is idle.
func Open(cfg Config) (*Station, error) {
	s, err := configure(cfg)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(cfg.JournalDir, 0o700); err != nil {
		return nil, fmt.Errorf("journal folder: %w", err)
	}
	if err := s.resume(); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	s.drive()
	s.publish()
	go s.run()
	return s, nil
}

func configure(cfg Config) (*Station, error) {
	if cfg.Chip == nil || cfg.Camera == nil || cfg.Portraiter == nil || cfg.Scanner == nil || cfg.Outbox == nil {
		return nil, errors.New("enrol: chip, camera, portraiter, scanner and outbox are required")
	}
	if cfg.JournalDir == "" || len(cfg.JournalKey) != journal.KeySize || cfg.Station == "" {
		return nil, fmt.Errorf("enrol: journal folder, a journal key of %d bytes and the station's identifier are required", journal.KeySize)
	}
	pack := cfg.Rules
	if pack == nil {
		var err error
		if pack, err = rules.Default(); err != nil {
			return nil, err
		}
	}
	if cfg.StationKind == "" {
		cfg.StationKind = "commune"
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.RetryDelay <= 0 {
		cfg.RetryDelay = defaultRetry
	}
	codec, err := newCodec()
	if err != nil {
		return nil, err
	}
	s := &Station{
		cfg: cfg, pack: pack, rules: pack, codec: codec, rand: rand.Reader, log: cfg.Log,
		inbox: make(chan func()), ended: make(chan struct{}),
		recent: map[string]string{}, told: told{}, watchers: map[chan Snapshot]struct{}{},
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	// Versions grow over restarts too, so that a page never takes a new
	// snapshot for an old one.
	s.live.version = uint64(cfg.Now().UnixMilli())
	s.move()
	return s, nil
}

// resume replays the journal.
func (s *Station) resume() error {
	j, records, err := journal.Open(s.cfg.JournalDir, s.cfg.JournalKey, s.rand, s.cfg.Now())
	if errors.Is(err, journal.ErrCorrupt) || errors.Is(err, journal.ErrKey) {
		s.log.Error("the journal was set aside", "err", err)
		s.live.problem, s.live.source = problem("journal-aside"), "journal"
		return nil
	}
	if err != nil || j == nil {
		return err
	}
	st, err := s.fold(records)
	if err != nil {
		// Written by another version, then: that one can still finish it.
		s.log.Error("the journal was set aside", "err", err)
		s.rules = s.pack
		s.live.problem, s.live.source = problem("journal-version"), "journal"
		name, err := j.SetAside(s.cfg.Now())
		s.log.Error("the journal was set aside", "file", name)
		return err
	}
	if len(records) == 0 { // cut down while the enrolment began: nothing was acknowledged
		return j.Erase()
	}
	st.wantPhoto = biometrics.UnknownFinger // nobody may stand there now: the officer asks again
	s.st, s.journal, s.resumed = st, j, true
	s.log.Info("enrolment resumed", "id", st.id, "step", st.step(s.rules))
	if s.torn = j.Torn() > 0; s.torn {
		s.log.Warn("the last record of the journal was not whole and was dropped", "file", journal.Name, "bytes", j.Torn())
	}
	if st.done == nil {
		if st.sealedAt.IsZero() {
			s.draft()
		}
		s.note(Act{What: actResumed, Dossier: st.id})
	}
	return nil
}

// fold replays records into a state. The first one says which enrolment it is.
func (s *Station) fold(records [][]byte) (*state, error) {
	st := newState()
	for i, r := range records {
		e, err := s.codec.event(r)
		if err != nil {
			return nil, err
		}
		if opens := e.Kind == CmdBegin || e.Kind == CmdCorrect || e.Kind == evSubmitted; opens != (i == 0) {
			return nil, fmt.Errorf("journal record %d: %q can not stand there", i, e.Kind)
		}
		if i == 0 {
			if s.rules, err = s.begunUnder(&e); err != nil {
				return nil, err
			}
		}
		st.apply(&e, s.rules)
	}
	return st, nil
}

// begunUnder returns the rules of a journalled enrolment. It keeps them to its
// end: another pack may have come since, and would ask for other proofs than
// those that were given.
func (s *Station) begunUnder(e *event) (*rules.Pack, error) {
	pack := s.pack
	switch {
	case len(e.Pack) > 0:
		var err error
		if pack, err = rules.Parse(e.Pack); err != nil {
			return nil, err
		}
	case e.Kind == CmdBegin && e.Rules != s.pack.Version:
		return nil, fmt.Errorf("begun under the rule pack %q, which is not there", e.Rules)
	}
	kind := ""
	if e.Opening != nil {
		kind = e.Opening.Kind
	}
	one, ok := pack.For(kind)
	if !ok && e.Kind == evSubmitted { // the outbox has it: only its steps are shown
		one, ok = pack.For("")
	}
	if !ok {
		return nil, fmt.Errorf("begun as %q, which the rule pack %q does not know", kind, pack.Version)
	}
	return one, nil
}

// run is the owner's loop.
func (s *Station) run() {
	defer close(s.ended)
	for {
		select {
		case f := <-s.inbox:
			f()
		case <-s.ctx.Done():
			return
		}
	}
}

// send hands a function to the owner; it reports false when the station or
// the caller's context ended first.
func (s *Station) send(ctx context.Context, f func()) bool {
	select {
	case s.inbox <- f:
		return true
	case <-ctx.Done():
		return false
	case <-s.ctx.Done():
		return false
	}
}

// Close stops device work and the owner. The enrolment stays in the journal.
func (s *Station) Close() error {
	s.stop()
	<-s.ended
	s.work.Wait()
	s.dropScanner()
	s.mu.Lock()
	for ch := range s.watchers {
		delete(s.watchers, ch)
		close(ch)
	}
	s.mu.Unlock()
	if s.journal == nil {
		return nil
	}
	err := s.journal.Close()
	s.journal = nil
	return err
}

// errNoJournal is of an event that nothing can keep.
var errNoJournal = errors.New("there is no journal to write into")

// record makes one event durable and folds it into the state. On an error
// nothing has changed.
func (s *Station) record(e *event) error {
	b, err := s.codec.enc.Marshal(e)
	if err != nil {
		return err
	}
	if s.journal == nil { // of a card that was only looked at nothing is kept
		return errNoJournal
	}
	if err := s.journal.Append(b); err != nil {
		s.log.Error("journal append failed", "kind", e.Kind, "err", err)
		return fmt.Errorf("%w: %w", ErrDisk, err)
	}
	s.st.apply(e, s.rules)
	if e.Kind != evQueue {
		s.move()
	}
	return nil
}

// restart replaces the journal by one that holds only e, and the state with it.
func (s *Station) restart(e *event, r *rules.Pack) error {
	b, err := s.codec.enc.Marshal(e)
	if err != nil {
		return err
	}
	j, err := journal.Create(s.cfg.JournalDir, s.cfg.JournalKey, s.rand, s.journal, b)
	if err != nil {
		return err
	}
	st := newState()
	st.apply(e, r)
	s.st, s.journal = st, j
	s.move()
	return nil
}

// judged returns the person, the checks and the issues of the present state.
func (s *Station) judged() ([]Field, []verdict.Check, []Issue) {
	now := s.cfg.Now()
	fields := s.st.personFields(now)
	checks := s.st.checks(fields, s.rules)
	return fields, checks, append(s.ownCard(fields), s.st.issues(fields, checks, s.rules, now)...)
}
