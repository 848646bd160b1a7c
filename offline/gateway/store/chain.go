package store

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
)

// The subjects of a station's chain. The link is at most one a sequence
// number; what else is noted there makes each dossier findable by its day:
//
//	chain.<station>.<sequence>.link
//	chain.<station>.<sequence>.again.<dossier>.<minute>   linked anew later, or a fork
//	chain.<station>.<sequence>.old.<day>.<dossier>        from before there was a chain
const (
	linkSuffix = ".link"
	// linkSlack is how far a link's time and its record's may lie apart: the
	// one is written right before the other. A link that is older when its
	// dossier comes is noted again.
	linkSlack = 10 * time.Minute
)

// storedLink is a link's body.
type storedLink struct {
	Dossier  uuid.UUID       `json:"dossier"`
	Manifest envelope.Digest `json:"manifest"`
}

// Link enters a manifest at its place, right before its record is created, and
// returns what stands there.
func (j *JetStream) Link(ctx context.Context, station string, sequence uint64, l gateway.Link) (gateway.Link, error) {
	ctx, cancel := context.WithTimeout(ctx, ledgerTimeout)
	defer cancel()
	raw, err := json.Marshal(storedLink(l))
	if err != nil {
		return gateway.Link{}, fmt.Errorf("store: %w", err)
	}
	place := chainPlace(station, sequence)
	perr := j.publishNew(ctx, chainStream, place+linkSuffix, nil, raw)
	m, err := j.read(ctx, chainStream, ask{Last: place + linkSuffix})
	if err != nil {
		return gateway.Link{}, errors.Join(perr, err)
	}
	have, err := m.link()
	if err != nil {
		return gateway.Link{}, err
	}
	// The server's own clock tells how old the link is where it was just
	// written; a process whose clock is wrong notes it once more, no harm.
	if have != l || perr != nil && time.Since(m.Time).Abs() > linkSlack/2 {
		again := fmt.Sprintf("%s.again.%s.%d", place, l.Dossier, time.Now().Unix()/60)
		if err := j.note(ctx, again, raw); err != nil {
			return gateway.Link{}, err
		}
	}
	return have, nil
}

// note writes a message that may be there already.
func (j *JetStream) note(ctx context.Context, subject string, raw []byte) error {
	err := j.publishNew(ctx, chainStream, subject, nil, raw)
	if _, rerr := j.read(ctx, chainStream, ask{Last: subject}); rerr != nil {
		return errors.Join(err, rerr)
	}
	return nil
}

func (m *message) link() (gateway.Link, error) {
	var s storedLink
	if err := json.Unmarshal(m.Data, &s); err != nil {
		return gateway.Link{}, fmt.Errorf("store: chain at %s: %w", m.Subject, err)
	}
	return gateway.Link(s), nil
}

// Day returns the dossiers of a station whose records are of the UTC day, in
// the order of their links.
func (j *JetStream) Day(ctx context.Context, station, day string) ([]uuid.UUID, error) {
	from, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return nil, fmt.Errorf("store: %q is no day: %w", day, err)
	}
	until := from.AddDate(0, 0, 1)
	since := from.Add(-linkSlack)
	seen, ids := map[uuid.UUID]bool{}, []uuid.UUID{}
	take := func(m *message) error {
		l, err := m.link()
		if err != nil || seen[l.Dossier] {
			return err
		}
		r, err := j.Get(ctx, l.Dossier)
		if errors.Is(err, gateway.ErrNoRecord) {
			return nil // linked, but its record never came
		}
		if err != nil {
			return err
		}
		if !r.Time.Before(from) && r.Time.Before(until) {
			seen[l.Dossier] = true
			ids = append(ids, l.Dossier)
		}
		return nil
	}
	filter := "chain." + token(station) + "."
	err = j.walk(ctx, ask{Next: filter + ">", Since: &since}, until.Add(linkSlack), take)
	if err == nil {
		err = j.walk(ctx, ask{Next: filter + "*.old." + day + ".*", Sequence: 1}, time.Time{}, take)
	}
	if err != nil {
		return nil, err
	}
	return ids, nil
}

// walk calls fn for each message of the chain that fits, up to a time where
// one is given.
func (j *JetStream) walk(ctx context.Context, a ask, until time.Time, fn func(*message) error) error {
	for {
		m, err := j.read(ctx, chainStream, a)
		if errors.Is(err, gateway.ErrNoRecord) || err == nil && !until.IsZero() && !m.Time.Before(until) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := fn(m); err != nil {
			return err
		}
		a.Since, a.Sequence = nil, m.Sequence+1
	}
}

// migrate links what an older gateway stored: its ledger had no chain. It is
// done once, and where it breaks off it is done again.
func (j *JetStream) migrate(ctx context.Context) error {
	const done = "chain.migrated"
	_, err := j.read(ctx, chainStream, ask{Last: done})
	if !errors.Is(err, gateway.ErrNoRecord) {
		return err
	}
	a := ask{Next: manifestSubjects, Sequence: 1}
	for {
		record, err := j.read(ctx, manifestStream, a)
		if errors.Is(err, gateway.ErrNoRecord) {
			break
		}
		if err != nil {
			return err
		}
		a.Sequence = record.Sequence + 1
		m, err := envelope.ParseManifest(record.Data)
		if err != nil {
			continue // no dossier that anyone can ask for by its day
		}
		raw, err := json.Marshal(storedLink{m.Dossier, m.Digest})
		if err != nil {
			return err
		}
		place := chainPlace(m.Station, m.Sequence)
		old := fmt.Sprintf("%s.old.%s.%s", place, record.Time.UTC().Format(time.DateOnly), m.Dossier)
		if err := errors.Join(j.note(ctx, place+linkSuffix, raw), j.note(ctx, old, raw)); err != nil {
			return err
		}
	}
	return j.note(ctx, done, nil)
}

// token makes a station's name a token of a subject.
func token(station string) string { return base64.RawURLEncoding.EncodeToString([]byte(station)) }

func chainPlace(station string, sequence uint64) string {
	return "chain." + token(station) + "." + strconv.FormatUint(sequence, 10)
}

// linkSequence reads the sequence number back from a link's subject.
func linkSequence(subject string) (uint64, bool) {
	parts := strings.Split(subject, ".")
	if len(parts) != 4 || "."+parts[3] != linkSuffix {
		return 0, false
	}
	n, err := strconv.ParseUint(parts[2], 10, 64)
	return n, err == nil
}
