package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/queue"
)

const (
	enqueueBytes  = 4 << 20
	enqueueRounds = 25
	openEntries   = 100_000
	sealRounds    = 40
)

// benchOffline measures what the queue has to keep to: what a dossier costs
// beside the bare writing of its bytes, what memory it takes, what a start costs
// and what sealing costs.
func benchOffline(ctx context.Context, a *app) error {
	dir, err := os.MkdirTemp("", "tram-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	rows, err := benchPut(ctx, dir)
	if err != nil {
		return err
	}
	if err := a.printSteps("A dossier of 4 MiB to disk", rows); err != nil {
		return err
	}
	figures := []boundFigure{{
		Figure: "enqueue beside write, fsync and rename of the same bytes, medians", Unit: "x", Limit: "at most 1.3",
		Value: rows[0].Median / rows[1].Median,
	}}
	for _, measure := range []func(context.Context, string) (boundFigure, error){benchMemory, benchOpen, benchSealCPU} {
		f, err := measure(ctx, dir)
		if err != nil {
			return err
		}
		figures = append(figures, f)
	}
	return a.printBounds("offline", figures)
}

// benchPut measures the queue and the bare file side by side: the same sealed
// bytes, in turns.
func benchPut(ctx context.Context, dir string) (rows []*benchStep, err error) {
	s, err := newBenchSealer()
	if err != nil {
		return nil, err
	}
	q, err := queue.Open(filepath.Join(dir, "put"), queue.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, q.Close()) }()
	body := make([]byte, enqueueBytes)
	bare := filepath.Join(dir, "bare")
	if err := os.Mkdir(bare, 0o700); err != nil {
		return nil, err
	}
	var e queue.Entry
	var sealed *envelope.Sealed
	prepare := func() (err error) { e, sealed, err = s.seal(q, body); return err }
	n := 0
	rows = []*benchStep{
		timed("enqueue", prepare, func() error { return q.Put(ctx, e, sealed) }),
		timed("write, fsync, rename", prepare, func() error {
			n++
			return writeBare(filepath.Join(bare, strconv.Itoa(n)), sealed)
		}),
	}
	return rows, measure(ctx, rows, enqueueRounds)
}

// timed measures f without what goes before it.
func timed(name string, prepare, f func() error) *benchStep {
	return &benchStep{Group: "offline", Figure: name,
		run: func(context.Context, int) (time.Duration, time.Duration, error) {
			if err := prepare(); err != nil {
				return 0, 0, err
			}
			begin, cpu := time.Now(), cpuTime()
			err := f()
			return time.Since(begin), cpuTime() - cpu, err
		}}
}

// writeBare is what no queue can save: the bytes in a file, durable under their
// name.
func writeBare(path string, sealed *envelope.Sealed) error {
	f, err := os.Create(path + ".tmp")
	if err != nil {
		return err
	}
	m, err := envelope.ParseManifest(sealed.Manifest)
	if err != nil {
		return errors.Join(err, f.Close())
	}
	digests, _ := m.Chunks()
	for _, d := range digests {
		if _, err = f.Write(sealed.Chunks.(envelope.Chunks)[d]); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	if err = errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(path+".tmp", path)
}

// benchMemory enqueues in a process of its own and asks how much it needed.
func benchMemory(ctx context.Context, dir string) (boundFigure, error) {
	self, err := os.Executable()
	if err != nil {
		return boundFigure{}, err
	}
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, self, "bench", "enqueue", "--memory",
		"--data", filepath.Join(dir, "memory"), "--count", "20", "--bytes", strconv.Itoa(enqueueBytes))
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	if err := cmd.Run(); err != nil {
		return boundFigure{}, fmt.Errorf("bench enqueue: %w", err)
	}
	lines := bytes.Split(bytes.TrimSpace(out.Bytes()), []byte("\n"))
	f := boundFigure{Figure: "resident memory at its peak, sealing and enqueueing 4 MiB", Unit: "MiB", Limit: "at most 80"}
	_, err = fmt.Sscanf(string(lines[len(lines)-1]), "peak %f MiB", &f.Value)
	return f, err
}

// benchSealCPU measures sealing by the processor's time.
func benchSealCPU(context.Context, string) (boundFigure, error) {
	s, err := newBenchSealer()
	if err != nil {
		return boundFigure{}, err
	}
	body := make([]byte, enqueueBytes)
	begin := cpuTime()
	for range sealRounds {
		_, err := envelope.Seal(s.key, s.to, envelope.Draft{
			ID: uuid.Must(uuid.NewV7()), Station: demoStation, Sequence: 1,
			Parts: []envelope.Part{{Name: "evidence", MediaType: "application/octet-stream", Bytes: body}},
		})
		if err != nil {
			return boundFigure{}, err
		}
	}
	f := boundFigure{Figure: "sealing, digests and signatures with it", Unit: "MB a CPU-second", Limit: "at least 400"}
	if used := (cpuTime() - begin).Seconds(); used > 0 {
		f.Value = sealRounds * enqueueBytes / 1e6 / used
	}
	return f, nil
}

// benchOpen measures a start with many dossiers in custody and some that wait.
func benchOpen(ctx context.Context, dir string) (f boundFigure, err error) {
	path := filepath.Join(dir, "open")
	s, err := newBenchSealer()
	if err != nil {
		return f, err
	}
	q, err := queue.Open(path, queue.Options{NoSync: true})
	if err != nil {
		return f, err
	}
	e, sealed, err := s.seal(q, make([]byte, dossierBytes))
	if err == nil {
		err = q.Put(ctx, e, sealed)
	}
	if err = errors.Join(err, q.Close()); err != nil {
		return f, err
	}
	if err := multiply(filepath.Join(path, "index.db"), openEntries); err != nil {
		return f, err
	}
	rows := []*benchStep{ours("offline", "open", "", func(int) error {
		q, err := queue.Open(path, queue.Options{})
		if err != nil {
			return err
		}
		return q.Close()
	})}
	err = measure(ctx, rows, 5)
	return boundFigure{
		Figure: "open 100,000 entries, median", Unit: "ms", Limit: "at most 100", Value: rows[0].Median,
	}, err
}

// multiply fills the index with copies of its one entry under other names: what
// a start reads of them is what it would read of any.
func multiply(path string, n int) (err error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoSync: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte("entries"))
		_, record := b.Cursor().First()
		record = bytes.Clone(record)
		for range n {
			id := uuid.New()
			if err := b.Put(id[:], record); err != nil {
				return err
			}
		}
		return nil
	})
}
