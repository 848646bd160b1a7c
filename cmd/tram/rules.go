package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/uplink"
)

// maxRules bounds a rule pack.
const maxRules = 1 << 20

func rulesFlag(f *pflag.FlagSet, path *string) {
	f.StringVar(path, "rules", "", "file of the rule pack (default: the central's newest, or the one that is built in)")
}

// errCourier says that a pack asks for more than its file may say.
var errCourier = errors.New("the rule pack lets dossiers be carried by hand, which only a pack that the central has signed may do: set station.courier to false")

// loadRules reads and checks a rule pack that nobody signed; nil for the one
// that is built in.
func loadRules(path string) (*rules.Pack, error) {
	if path == "" {
		return nil, nil
	}
	rules, err := readRules(path)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrPermission) {
		return nil, coded(exitUsage, err)
	}
	if err == nil && rules.Station.Courier {
		err = errCourier
	}
	if err != nil {
		return nil, coded(exitInvalid, err)
	}
	return rules, nil
}

func readRules(path string) (*rules.Pack, error) {
	b, err := readLimited(path, maxRules)
	if err != nil {
		return nil, err
	}
	return rules.Parse(b)
}

// policyOf is what a rule pack says of the way out. Only one that the central
// has signed lets anything be carried by hand.
func policyOf(r *rules.Pack, signed bool) offline.Policy {
	p := offline.Policy{
		Version: r.Version, Signed: signed, Courier: signed && r.Station.Courier,
		Quota: r.Station.Quota(), Keep: map[offline.State]time.Duration{},
	}
	for name, keep := range r.Station.Keep() {
		var state offline.State
		if err := state.UnmarshalText([]byte(name)); err == nil { // the pack was checked: it is
			p.Keep[state] = keep
		}
	}
	p.Window, _ = uplink.ParseWindow(r.Station.Window) // the same
	return p
}

// rulebook knows the rule pack in force: the file that --rules names, or else
// the newest that the central has signed, or else the one that is built in.
type rulebook struct {
	log  *slog.Logger
	from documents           // nil: none
	note func(envelope.Item) // is told which of the central's packs is in use; nil: nobody

	mu     sync.Mutex // guards what follows
	rules  *rules.Pack
	signed bool
	fixed  bool   // named by --rules
	seen   string // version of the central's document that was looked at
}

// newRulebook opens the book with the pack of --rules, nil for none.
func newRulebook(named *rules.Pack, log *slog.Logger) (*rulebook, error) {
	b := &rulebook{log: log, rules: named, fixed: named != nil}
	if named == nil {
		var err error
		if b.rules, err = rules.Default(); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// look takes the central's newest pack where there is another than before. One
// that this version can not apply in full is not used.
func (b *rulebook) look() (rules *rules.Pack, changed bool) {
	var path string
	var item envelope.Item
	if b.from != nil { // asked without the lock: the outbox asks for the policy
		path, item, _ = b.from.Document(offline.DocumentRules)
	}
	version := item.Version
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fixed || path == "" || version == b.seen {
		return b.rules, false
	}
	b.seen = version
	rules, err := readRules(path)
	if err != nil {
		b.log.Error("the central's rule pack is not used: update the program, or have the central check it", "version", version, "in use", b.rules.Version, "err", err)
		return b.rules, false
	}
	b.rules, b.signed = rules, true
	if b.note != nil {
		b.note(item)
	}
	return rules, true
}

// policy is what the pack in force says of the way out.
func (b *rulebook) policy() offline.Policy {
	b.mu.Lock()
	defer b.mu.Unlock()
	return policyOf(b.rules, b.signed)
}

// calendar reports whether the holidays of the pack in force reach as far as the
// results of every kind that is enrolled now.
func (b *rulebook) calendar(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rules.Covers(now)
}

// rulesEvery is how often the central's documents are looked at: a pack can
// arrive, or come into force, at any time.
const rulesEvery = 30 * time.Second

// follow gives the enrolment each new pack until ctx ends.
func (b *rulebook) follow(ctx context.Context, every time.Duration, use func(*rules.Pack)) error {
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			if rules, changed := b.look(); changed {
				use(rules)
			}
		case <-ctx.Done():
			return nil
		}
	}
}
