package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/tram-station/tram/offline/gateway"
)

// gapBook remembers, by station, which sequence numbers were seen up to which
// place of the chain, so that a report costs what is new only. It is a memory
// of what the stream says and can be lost at any time.
type gapBook struct {
	mu       sync.Mutex
	stations map[string]*seenNumbers
}

// seenNumbers are the sequence numbers of one station.
type seenNumbers struct {
	mu     sync.Mutex
	upTo   uint64      // place of the chain's stream that was read
	ranges [][2]uint64 // first and last, ascending, apart
}

func (b *gapBook) of(station string) *seenNumbers {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stations == nil {
		b.stations = map[string]*seenNumbers{}
	}
	if b.stations[station] == nil {
		b.stations[station] = &seenNumbers{}
	}
	return b.stations[station]
}

// forget drops what was seen.
func (b *gapBook) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stations = nil
}

// Gaps returns what is missing below the highest sequence number.
func (j *JetStream) Gaps(ctx context.Context, station string, limit int) (gaps [][2]uint64, last uint64, err error) {
	s := j.gaps.of(station)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.upTo == 0 {
		if err := j.readLinks(ctx, station, s); err != nil {
			return nil, 0, err
		}
	}
	filter := "chain." + token(station) + ".*" + linkSuffix
	for {
		m, err := j.read(ctx, chainStream, ask{Next: filter, Sequence: s.upTo + 1})
		if errors.Is(err, gateway.ErrNoRecord) {
			break
		}
		if err != nil {
			return nil, 0, err
		}
		if n, ok := linkSequence(m.Subject); ok {
			s.add(n)
		}
		s.upTo = m.Sequence
	}
	gaps, last = s.missing(limit)
	return gaps, last, nil
}

// readLinks takes a station's whole chain at once: the subjects say it all.
func (j *JetStream) readLinks(ctx context.Context, station string, s *seenNumbers) error {
	ctx, cancel := context.WithTimeout(ctx, clusterStart)
	defer cancel()
	stream, err := j.now().js.Stream(ctx, chainStream)
	if err != nil {
		return fmt.Errorf("store: chain: %w", err)
	}
	// The place is asked for before the subjects: what comes in between is
	// then read twice, not missed.
	upTo := stream.CachedInfo().State.LastSeq
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter("chain."+token(station)+".*"+linkSuffix))
	if err != nil {
		return fmt.Errorf("store: chain: %w", err)
	}
	for subject := range info.State.Subjects {
		if n, ok := linkSequence(subject); ok {
			s.add(n)
		}
	}
	s.upTo = upTo
	return nil
}

// add enters one number.
func (s *seenNumbers) add(n uint64) {
	// i is the first range that ends at n-1 or later.
	i, _ := slices.BinarySearchFunc(s.ranges, n, func(r [2]uint64, n uint64) int {
		if r[1] < n && r[1]+1 < n {
			return -1
		}
		return 1
	})
	switch {
	case i == len(s.ranges) || n < s.ranges[i][0] && n+1 < s.ranges[i][0]:
		s.ranges = slices.Insert(s.ranges, i, [2]uint64{n, n})
	case n+1 == s.ranges[i][0]:
		s.ranges[i][0] = n
	case n == s.ranges[i][1]+1:
		s.ranges[i][1] = n
		if i+1 < len(s.ranges) && s.ranges[i+1][0] == n+1 {
			s.ranges[i][1] = s.ranges[i+1][1]
			s.ranges = slices.Delete(s.ranges, i+1, i+2)
		}
	}
}

// missing returns the ranges between those that were seen, from 1 on.
func (s *seenNumbers) missing(limit int) (gaps [][2]uint64, last uint64) {
	for _, r := range s.ranges {
		if r[0] > last+1 && len(gaps) < limit {
			gaps = append(gaps, [2]uint64{last + 1, r[0] - 1})
		}
		last = r[1]
	}
	return gaps, last
}
