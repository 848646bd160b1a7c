package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"

	"github.com/tram-station/tram/offline/blob"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
)

// The streams of chunks. A subject ends with the chunk's length, so that it is
// known without reading the bytes.
const (
	stagedStream = "STAGED" // staged.<digest>.<length>
	keptStream   = "CHUNKS" // chunk.<digest>.<length>

	parallelChunks = 4
	// noSpace are JetStream's error codes for a disk or a quota that is full.
	noSpace, noSpaceStream = 10023, 10077
)

// Chunks is a gateway.ChunkStore on JetStream, so that gateways need no disk
// in common. As with Files, what was put lies apart until it is kept: a sweep
// can then never touch what a dossier names.
type Chunks struct {
	j            *JetStream
	staged, kept jetstream.Stream
}

// OpenChunks makes the streams where they are not there yet.
func (j *JetStream) OpenChunks(ctx context.Context) (*Chunks, error) {
	ctx, cancel := context.WithTimeout(ctx, clusterStart)
	defer cancel()
	c := &Chunks{j: j}
	config := func(name, subjects string) jetstream.StreamConfig {
		return jetstream.StreamConfig{
			Name: name, Subjects: []string{subjects}, MaxMsgsPerSubject: 1,
			MaxMsgSize: envelope.ChunkSize + 1024,
			// Any replica may answer: a chunk's name says whether it is right,
			// and one that a replica does not have yet is sent again.
			AllowDirect: true,
		}
	}
	var err error
	if c.staged, err = j.now().stream(ctx, j.replicas, config(stagedStream, "staged.*.*")); err == nil {
		c.kept, err = j.now().stream(ctx, j.replicas, config(keptStream, "chunk.*.*"))
	}
	if err != nil {
		return nil, fmt.Errorf("store: chunks: %w", err)
	}
	return c, nil
}

// Put stages chunks, durably, but for those that are kept already.
func (c *Chunks) Put(chunks envelope.Chunks) error {
	var g errgroup.Group
	g.SetLimit(parallelChunks)
	for d, b := range chunks {
		g.Go(func() error {
			if err := d.Check(b); err != nil {
				return err
			}
			if _, err := get(c.kept, "chunk", d); err == nil {
				return nil
			}
			return c.publish("staged", d, b)
		})
	}
	return g.Wait()
}

func (c *Chunks) publish(kind string, d envelope.Digest, b []byte) error {
	ctx, cancel := context.WithTimeout(context.Background(), ledgerTimeout)
	defer cancel()
	_, err := c.j.now().js.PublishMsg(ctx, &nats.Msg{Subject: fmt.Sprintf("%s.%s.%d", kind, d, len(b)), Data: b})
	if api, ok := errors.AsType[*jetstream.APIError](err); ok && (api.ErrorCode == noSpace || api.ErrorCode == noSpaceStream) {
		return fmt.Errorf("store: %w: %w", blob.ErrFull, err)
	}
	if err != nil {
		return fmt.Errorf("store: chunk: %w", err)
	}
	return nil
}

// get reads and checks one chunk of a stream.
func get(s jetstream.Stream, kind string, d envelope.Digest) (*jetstream.RawStreamMsg, error) {
	ctx, cancel := context.WithTimeout(context.Background(), ledgerTimeout)
	defer cancel()
	m, err := s.GetLastMsgForSubject(ctx, kind+"."+d.String()+".*")
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, envelope.ErrNoChunk
	}
	if err != nil {
		return nil, fmt.Errorf("store: chunk: %w", err)
	}
	return m, d.Check(m.Data)
}

// Size returns a stored chunk's length.
func (c *Chunks) Size(d envelope.Digest) (int64, error) {
	n, err := size(c.kept, "chunk", d)
	if errors.Is(err, envelope.ErrNoChunk) {
		return size(c.staged, "staged", d)
	}
	return n, err
}

func size(s jetstream.Stream, kind string, d envelope.Digest) (int64, error) {
	ctx, cancel := context.WithTimeout(context.Background(), ledgerTimeout)
	defer cancel()
	info, err := s.Info(ctx, jetstream.WithSubjectFilter(kind+"."+d.String()+".*"))
	if err != nil {
		return 0, fmt.Errorf("store: chunk: %w", err)
	}
	for subject := range info.State.Subjects {
		return strconv.ParseInt(subject[strings.LastIndexByte(subject, '.')+1:], 10, 64)
	}
	return 0, envelope.ErrNoChunk
}

// Chunk returns a stored chunk, checked.
func (c *Chunks) Chunk(d envelope.Digest) ([]byte, error) {
	m, err := get(c.kept, "chunk", d)
	if err != nil {
		if m, serr := get(c.staged, "staged", d); serr == nil {
			return m.Data, nil
		} else if errors.Is(err, envelope.ErrNoChunk) {
			err = serr
		}
		return nil, err
	}
	return m.Data, nil
}

// Keep copies staged chunks to the kept ones.
func (c *Chunks) Keep(digests ...envelope.Digest) error {
	var g errgroup.Group
	g.SetLimit(parallelChunks)
	for _, d := range digests {
		g.Go(func() error { return c.keep(d) })
	}
	return g.Wait()
}

func (c *Chunks) keep(d envelope.Digest) error {
	if _, err := get(c.kept, "chunk", d); err == nil {
		return nil
	}
	m, err := get(c.staged, "staged", d)
	if errors.Is(err, envelope.ErrNoChunk) { // kept by another at this moment?
		_, err = get(c.kept, "chunk", d)
		return err
	}
	if err != nil {
		return err
	}
	if err := c.publish("chunk", d, m.Data); err != nil {
		return err
	}
	// What stays staged after a cut is swept.
	ctx, cancel := context.WithTimeout(context.Background(), ledgerTimeout)
	defer cancel()
	_ = c.staged.DeleteMsg(ctx, m.Sequence)
	return nil
}

// Sweep drops what was staged before the time.
func (c *Chunks) Sweep(before time.Time) (int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), clusterStart)
	defer cancel()
	info, err := c.staged.Info(ctx)
	if err != nil {
		return 0, fmt.Errorf("store: sweep: %w", err)
	}
	// Everything before the first message that is young enough goes; without
	// one, everything that was there when the sweep began.
	first := info.State.LastSeq + 1
	m, err := c.j.read(ctx, stagedStream, ask{Next: "staged.*.*", Since: &before})
	if err == nil {
		first = min(first, m.Sequence)
	} else if !errors.Is(err, gateway.ErrNoRecord) {
		return 0, err
	}
	if info.State.Msgs == 0 || first <= info.State.FirstSeq {
		return 0, nil
	}
	if err := c.staged.Purge(ctx, jetstream.WithPurgeSequence(first)); err != nil {
		return 0, fmt.Errorf("store: sweep: %w", err)
	}
	after, err := c.staged.Info(ctx)
	if err != nil {
		return 0, fmt.Errorf("store: sweep: %w", err)
	}
	return int(info.State.Msgs) - int(min(info.State.Msgs, after.State.Msgs)), nil
}

// Delete removes chunks, staged or kept.
func (c *Chunks) Delete(digests ...envelope.Digest) error {
	ctx, cancel := context.WithTimeout(context.Background(), ledgerTimeout)
	defer cancel()
	var errs []error
	for _, d := range digests {
		for kind, s := range map[string]jetstream.Stream{"chunk": c.kept, "staged": c.staged} {
			if err := s.Purge(ctx, jetstream.WithPurgeSubject(kind+"."+d.String()+".*")); err != nil {
				errs = append(errs, fmt.Errorf("store: delete chunk: %w", err))
			}
		}
	}
	return errors.Join(errs...)
}
