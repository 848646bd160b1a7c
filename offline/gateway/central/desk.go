package central

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
)

const (
	askedSuffix   = ".json"
	decidedSuffix = ".cose"
	// lookEvery is how often a question that is held open looks for the decision,
	// which another program puts into the folder.
	lookEvery    = 300 * time.Millisecond
	maxAskedFile = 4 << 10 // bytes
)

// Asked is an exception as the folder keeps it.
type Asked struct {
	Exception
	Station string    `json:"station"`
	At      time.Time `json:"at"` // when it came
}

// LogValue keeps the citizen out of logs.
func (a Asked) LogValue() slog.Value { return a.Exception.LogValue() }

// DeskDir is a Desk in a folder: a file for each question, written by the
// gateway, and one beside it for the decision, written by Decide in whatever
// program (tram-gateway approvals). A decision is there whole or not at all, and
// once. Several gateways may share a folder; each counts its own stations' rates.
// It is safe for concurrent use.
type DeskDir struct {
	dir string
	log *slog.Logger
	Now func() time.Time

	mu    sync.Mutex
	asked map[uuid.UUID]Asked
	swept time.Time
}

// OpenDesk uses the folder, made when it is not there; log may be nil.
func OpenDesk(dir string, log *slog.Logger) (*DeskDir, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("central: %w", err)
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	d := &DeskDir{dir: dir, log: log, Now: time.Now, asked: map[uuid.UUID]Asked{}}
	return d, d.load()
}

// load reads the questions. One that is damaged is named and passed over: its
// station asks anew.
func (d *DeskDir) load() error {
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		return fmt.Errorf("central: %w", err)
	}
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), askedSuffix)
		if !ok {
			continue
		}
		a, err := d.read(name)
		if err != nil {
			d.log.Error("a question for a decision is not readable and is passed over", "file", e.Name())
			continue
		}
		d.asked[a.ID] = a
	}
	return nil
}

func (d *DeskDir) read(name string) (Asked, error) {
	raw, err := readBounded(filepath.Join(d.dir, name+askedSuffix), maxAskedFile)
	if err != nil {
		return Asked{}, err
	}
	var a Asked
	if json.Unmarshal(raw, &a) != nil || a.ID.String() != name || a.check() != nil || a.Station == "" {
		return Asked{}, errors.New("central: not a question for a decision")
	}
	return a, nil
}

func readBounded(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(io.LimitReader(f, limit))
}

// Ask takes an exception.
func (d *DeskDir) Ask(_ context.Context, station string, e Exception) (Approval, error) {
	if err := e.check(); err != nil {
		return Approval{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.Now()
	d.sweep(now)
	if there, ok := d.known(e.ID); ok {
		if there.Station != station || there.Exception != e {
			return Approval{}, ErrOther
		}
		return d.look(e.ID)
	}
	if err := d.allow(station, now); err != nil {
		return Approval{}, err
	}
	a := Asked{Exception: e, Station: station, At: now.UTC()}
	raw, err := json.Marshal(a)
	if err != nil {
		return Approval{}, fmt.Errorf("central: %w", err)
	}
	if err := envelope.SaveFile(d.path(e.ID, askedSuffix), raw, 0o600); err != nil {
		return Approval{}, err
	}
	d.asked[e.ID] = a
	return Approval{ID: e.ID, State: Pending}, nil
}

// allow says whether the station may ask once more. What was asked is on the
// disk, so a restart of the gateway forgives nothing.
func (d *DeskDir) allow(station string, now time.Time) error {
	if len(d.asked) >= MaxExceptions {
		return ErrFull
	}
	open, recent, oldest := 0, 0, now
	for id, a := range d.asked {
		if a.Station != station || now.Sub(a.At) >= ExceptionAge {
			continue
		}
		if now.Sub(a.At) < ExceptionWindow {
			if recent++; a.At.Before(oldest) {
				oldest = a.At
			}
		}
		if !d.decided(id) {
			open++
		}
	}
	switch {
	case recent >= ExceptionBurst:
		return &RateError{After: oldest.Add(ExceptionWindow).Sub(now)}
	case open >= MaxOpen:
		return &RateError{After: time.Minute}
	default:
		return nil
	}
}

// Look says what has become of an exception.
func (d *DeskDir) Look(_ context.Context, station string, id uuid.UUID) (Approval, error) {
	a, ok := d.fresh(id)
	if !ok || a.Station != station {
		return Approval{}, ErrForgotten
	}
	return d.look(id)
}

// fresh is the question of an ID, unless it is to be forgotten.
func (d *DeskDir) fresh(id uuid.UUID) (Asked, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	a, ok := d.known(id)
	return a, ok && !d.stale(a, d.Now())
}

// known is the question of an ID; another gateway may have put it there.
func (d *DeskDir) known(id uuid.UUID) (Asked, bool) {
	a, ok := d.asked[id]
	if ok {
		return a, true
	}
	a, err := d.read(id.String())
	if err != nil {
		return Asked{}, false
	}
	d.asked[id] = a
	return a, true
}

// Await looks until somebody has decided or ctx ends.
func (d *DeskDir) Await(ctx context.Context, station string, id uuid.UUID) (Approval, error) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		a, err := d.Look(ctx, station, id)
		if err != nil || a.State != Pending {
			return a, err
		}
		select {
		case <-ctx.Done():
			return a, nil
		case <-tick.C:
		}
	}
}

// look reads the decision. The station checks its signature; here it is only
// repeated.
func (d *DeskDir) look(id uuid.UUID) (Approval, error) {
	raw, err := readBounded(d.path(id, decidedSuffix), envelope.MaxManifest)
	if errors.Is(err, fs.ErrNotExist) {
		return Approval{ID: id, State: Pending}, nil
	}
	var v *envelope.Decision
	if err == nil {
		v, err = envelope.ReadDecision(raw)
	}
	if err != nil {
		return Approval{}, fmt.Errorf("central: the decision on %s is not readable: %w", id, err)
	}
	a := Approval{ID: id, State: Refused, Reason: v.Reason, Words: v.Words, Supervisor: v.Supervisor, At: v.At, Signed: raw}
	if v.Approved {
		a.State = Approved
	}
	return a, nil
}

func (d *DeskDir) decided(id uuid.UUID) bool {
	_, err := os.Stat(d.path(id, decidedSuffix))
	return err == nil
}

// stale says whether an exception is to be forgotten.
func (d *DeskDir) stale(a Asked, now time.Time) bool {
	age := now.Sub(a.At)
	return age >= ExceptionKept || age >= ExceptionAge && !d.decided(a.ID)
}

// sweep forgets, once a minute, what is stale.
func (d *DeskDir) sweep(now time.Time) {
	if now.Sub(d.swept) < time.Minute {
		return
	}
	d.swept = now
	for id, a := range d.asked {
		if now.Sub(a.At) < ExceptionAge || !d.stale(a, now) {
			continue
		}
		// The decision first: a question without one is dropped by its age again.
		for _, suffix := range []string{decidedSuffix, askedSuffix} {
			if err := os.Remove(d.path(id, suffix)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				d.log.Error("an exception is not forgotten", "exception", id, "err", err)
				return
			}
		}
		delete(d.asked, id)
	}
}

func (d *DeskDir) path(id uuid.UUID, suffix string) string {
	return filepath.Join(d.dir, id.String()+suffix)
}

// Ready says whether questions could be written.
func (d *DeskDir) Ready(context.Context) error {
	_, err := os.Stat(d.dir)
	return err
}

// Case is an exception and what has become of it.
type Case struct {
	Asked
	Approval Approval `json:"approval"`
}

// Cases lists the exceptions, oldest first; those that are stale are left out.
// The error names those whose decision is not readable; the others are listed.
func (d *DeskDir) Cases() ([]Case, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.Now()
	list := make([]Case, 0, len(d.asked))
	var damaged error
	for id, a := range d.asked {
		if d.stale(a, now) {
			continue
		}
		v, err := d.look(id)
		if err != nil {
			damaged = errors.Join(damaged, err)
			continue
		}
		list = append(list, Case{a, v})
	}
	slices.SortFunc(list, func(a, b Case) int { return a.At.Compare(b.At) })
	return list, damaged
}

// Ruling is what a supervisor says.
type Ruling struct {
	Approved                  bool
	Reason, Words, Supervisor string
}

// Decide signs the ruling and puts it beside the question; the first one holds,
// and the error of another is ErrDecided.
func (d *DeskDir) Decide(key *envelope.Signer, id uuid.UUID, r Ruling) (Approval, error) {
	a, ok := d.fresh(id)
	if !ok {
		return Approval{}, ErrForgotten
	}
	if !coded(r.Reason) || !coded(r.Supervisor) {
		return Approval{}, fmt.Errorf("%w: a decision needs a coded reason and who decides, an identifier", ErrQuestion)
	}
	if r.Supervisor == a.Officer {
		return Approval{}, fmt.Errorf("%w: %s asked, and does not decide on the own question", ErrQuestion, a.Officer)
	}
	raw, err := envelope.SignDecision(key, envelope.Decision{
		ID: id, Station: a.Station, Dossier: a.Dossier, Exception: a.Code, Asked: a.Reason, Officer: a.Officer,
		Approved: r.Approved, Reason: r.Reason, Words: r.Words, Supervisor: r.Supervisor, At: d.Now(),
	})
	if err != nil {
		return Approval{}, err
	}
	if err := d.put(id, raw); err != nil {
		return Approval{}, err
	}
	return d.look(id)
}

// put makes the decision's file appear whole, unless there is one.
func (d *DeskDir) put(id uuid.UUID, raw []byte) error {
	tmp := filepath.Join(d.dir, "."+id.String()+"-"+rand.Text())
	if err := envelope.SaveFile(tmp, raw, 0o600); err != nil {
		return err
	}
	err := os.Link(tmp, d.path(id, decidedSuffix))
	if rerr := os.Remove(tmp); err == nil {
		err = rerr
	}
	if errors.Is(err, fs.ErrExist) {
		return ErrDecided
	}
	if err != nil {
		return fmt.Errorf("central: %w", err)
	}
	return envelope.SyncDir(d.dir)
}
