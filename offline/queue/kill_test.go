package queue

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"

	"github.com/tram-station/tram/offline/blob"
	"github.com/tram-station/tram/offline/envelope"
)

const (
	envKillDir   = "TRAM_TEST_QUEUE_DIR"   // makes the test binary the child
	envKillOrder = "TRAM_TEST_QUEUE_ORDER" // "right", or "wrong" for the control
	envKills     = "TRAM_KILLS"            // rounds; the default is for every day
	defaultKills = 12
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(envKillDir); dir != "" {
		if err := enqueueForEver(dir, os.Getenv(envKillOrder)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// enqueueForEver puts dossiers and prints each ID once Put has returned.
func enqueueForEver(dir, order string) error {
	q, err := Open(dir, Options{})
	if err != nil {
		return err
	}
	key, err := envelope.GenerateKey()
	if err != nil {
		return err
	}
	id, err := envelope.GenerateIdentity()
	if err != nil {
		return err
	}
	s := sealer{key, []*envelope.Recipient{id.Recipient()}}
	fmt.Println("ready")
	for {
		e, sealed, err := s.seal(q, 300<<10)
		if err != nil {
			return err
		}
		if order == "wrong" {
			err = putIndexFirst(q, e, sealed)
		} else {
			err = q.Put(context.Background(), e, sealed)
		}
		if err != nil {
			return err
		}
		fmt.Println(e.ID)
	}
}

// putIndexFirst is the control: the order that Put must not have.
func putIndexFirst(q *Queue, e Entry, s *envelope.Sealed) error {
	m, err := q.admit(s, bucketEntries)
	if err != nil {
		return err
	}
	digests, lengths := m.Chunks()
	e.State, e.Sequence, e.Digest, e.Manifest, e.Size = Sealed, m.Sequence, m.Digest, s.Manifest, m.Size()
	e.Blob = blob.Name(digests)
	err = q.update(func(tx *bbolt.Tx) error {
		if err := writeHead(tx, head{Sequence: e.Sequence, Digest: e.Digest}); err != nil {
			return err
		}
		return putEntry(tx, bucketEntries, e)
	})
	if err != nil {
		return err
	}
	_, err = q.files.Put(s.Chunks, digests, lengths, nil)
	return err
}

// killOnce lets a child enqueue, kills it with -9 at a random moment and
// returns what it had acknowledged.
func killOnce(t *testing.T, dir, order string) (acked []uuid.UUID) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), envKillDir+"="+dir, envKillOrder+"="+order)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "ready" {
		t.Fatalf("the child did not start: %q", lines.Text())
	}
	time.AfterFunc(5*time.Millisecond+rand.N(60*time.Millisecond), func() { _ = cmd.Process.Kill() })
	for lines.Scan() {
		id, err := uuid.Parse(lines.Text())
		if err != nil {
			break // the last line, torn by the kill
		}
		acked = append(acked, id)
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the child ended by itself")
	}
	return acked
}

func kills() int {
	if n, err := strconv.Atoi(os.Getenv(envKills)); err == nil && n > 0 {
		return n
	}
	return defaultKills
}

// TestKill: whatever was acknowledged before a kill -9 is there, whole.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	var acked []uuid.UUID
	for range kills() {
		acked = append(acked, killOnce(t, dir, "right")...)
		q, err := Open(dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		r := verify(t, q)
		if len(r.Problems) > 0 || r.Orphans > 0 {
			t.Fatalf("after a kill: %+v", r)
		}
		for _, id := range acked {
			if _, err := q.Get(id); err != nil {
				t.Errorf("acknowledged and gone: %s: %v", id, err)
			}
		}
		if err := q.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(acked) == 0 {
		t.Fatal("no child acknowledged anything: the test showed nothing")
	}
	t.Logf("%d kills, %d acknowledged, all there", kills(), len(acked))
}

// TestKillControl: with the index written first, the same kills must be seen
// by Verify; else TestKill could not fail.
func TestKillControl(t *testing.T) {
	for i := range 200 {
		dir := t.TempDir()
		killOnce(t, dir, "wrong")
		q, err := Open(dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		r := verify(t, q)
		if err := q.Close(); err != nil {
			t.Fatal(err)
		}
		if len(r.Problems) > 0 {
			t.Logf("the wrong order was caught at kill %d", i+1)
			return
		}
	}
	t.Error("the wrong order passed 200 kills: Verify sees nothing")
}
