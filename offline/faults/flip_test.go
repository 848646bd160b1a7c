package faults_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/faults"
	"github.com/tram-station/tram/offline/uplink"
)

const (
	envFlips   = "TRAM_FLIPS" // flipped bits; 700 is the long form
	shortFlips = 40
	// pageHead is the part of a page of the index that begins with its header.
	pageSize, pageHead = 4096, 64
	// flipped dossiers: half of them wait, half have their receipt.
	flipWaiting, flipSettled = 4, 4
)

// errNotYet is the answer of a reader: the dossier goes on waiting.
var errNotYet = errors.New("not yet")

// reader is a Gateway that reads what it is given to the last chunk and takes
// nothing.
type reader struct{ whole map[string]string }

func (r *reader) Deliver(_ context.Context, s *envelope.Sealed) (*uplink.Delivery, error) {
	m, err := envelope.ParseManifest(s.Manifest)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", uplink.ErrDamaged, err)
	}
	all := sha256.New()
	all.Write(s.Manifest)
	digests, _ := m.Chunks()
	for _, d := range digests {
		b, err := s.Chunks.Chunk(d)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", uplink.ErrDamaged, err)
		}
		all.Write(b)
	}
	r.whole[s.ID.String()] = fmt.Sprintf("%x", all.Sum(nil))
	return nil, errNotYet
}

// flipStation is a station whose dossiers are half sent.
func flipStation(t *testing.T) (dir string, cfg offline.Config) {
	t.Helper()
	y := newYearly(t)
	cfg = offline.Config{
		Dir: filepath.Join(t.TempDir(), "queue"), StationID: stationID, Signer: y.station,
		Recipients: []*envelope.Recipient{y.identity.Recipient()}, GatewayKey: y.key.Public(),
	}
	y.during(t, func(c *uplink.Client) {
		cfg.Gateway = c
		o, err := offline.Open(cfg)
		must(t, err)
		for range flipSettled {
			must(t, o.Submit(t.Context(), newDossier(30<<10)))
		}
		must(t, o.Send(t.Context()))
		for range flipWaiting {
			must(t, o.Submit(t.Context(), newDossier(30<<10)))
		}
		must(t, o.Close())
	})
	return cfg.Dir, cfg
}

// readStation reads everything of a station's queue: what is whole, by name,
// and what the queue itself says is not. It is nil when the queue does not open.
func readStation(t *testing.T, cfg offline.Config) (whole map[string]string, complaints int) {
	t.Helper()
	r := &reader{whole: map[string]string{}}
	cfg.Gateway = r
	o, err := offline.Open(cfg)
	if err != nil {
		return nil, 1
	}
	defer func() { must(t, o.Close()) }()
	report, err := o.Verify()
	if err != nil {
		return nil, 1
	}
	_ = o.Send(t.Context()) // into r; what is damaged says so in its state
	list, err := o.List()
	if err != nil {
		return nil, 1
	}
	complaints = len(report.Problems)
	for _, s := range list {
		if s.State == offline.Damaged {
			complaints++
		}
		if s.Receipt != nil {
			raw, err := o.SignedReceipt(s.ID)
			if err == nil {
				r.whole[s.ID.String()] = fmt.Sprintf("%x", sha256.Sum256(raw))
			}
		}
	}
	return r.whole, complaints
}

// TestFlippedBit: one flipped bit in a blob or in the index is noticed and costs
// one dossier at the most, which counts as the control: it shows that the flips
// hit. Lost is what a flip costs beyond that one, or in silence. That the index
// was built anew shows that its structure was hit too.
func TestFlippedBit(t *testing.T) {
	dir, cfg := flipStation(t)
	whole, complaints := readStation(t, cfg)
	if len(whole) != flipWaiting+flipSettled || complaints != 0 {
		t.Fatalf("before any flip: %d whole, %d complaints", len(whole), complaints)
	}
	rng := rand.New(rand.NewPCG(7, 7))
	tally := faults.Tally{Fault: "flipped bit", ControlBy: "bits that cost a dossier, each noticed"}
	inIndex, rebuilt, in := 0, 0, 0
	for range faults.Rounds(envFlips, shortFlips) {
		tally.Runs++
		tally.Acknowledged += len(whole)
		copied := t.TempDir()
		must(t, os.CopyFS(copied, os.DirFS(dir)))
		where := flip(t, rng, copied)
		cfg.Dir = copied
		found, complaints := readStation(t, cfg)
		if strings.HasPrefix(where, "index.db") {
			inIndex++
		}
		if kept, err := filepath.Glob(filepath.Join(copied, "index.db.*.aside")); err == nil && len(kept) > 0 {
			rebuilt++
		}
		gone := 0
		for name, digest := range whole {
			switch have, ok := found[name]; {
			case !ok:
				gone++
			case have != digest:
				tally.Torn++
				t.Errorf("%s: %s reads other bytes", where, name)
			}
		}
		if gone > 0 && complaints > 0 {
			tally.Control++
			if strings.HasPrefix(where, "index.db") {
				in++
			}
		}
		if gone > 1 || gone > 0 && complaints == 0 {
			t.Errorf("%s: %d of %d gone, %d complaints", where, gone, len(whole), complaints)
			tally.Lost += gone
		}
		for name := range found {
			if _, ok := whole[name]; !ok && uuid.Validate(name) == nil {
				tally.Doubled++
				t.Errorf("%s: a dossier out of nothing", where)
			}
		}
		must(t, os.RemoveAll(copied))
	}
	t.Logf("%d flips in the index, which was built anew %d times; %d flips in the index cost their dossier", inIndex, rebuilt, in)
	if inIndex == 0 || rebuilt == 0 {
		t.Error("control: no flip hit the structure of the index")
	}
	tally.Record(t)
}

// flip turns one bit over in one file of the folder; blobs and index have the
// same chance.
func flip(t *testing.T, rng *rand.Rand, dir string) string {
	t.Helper()
	var index, blobs []string
	must(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		if filepath.Base(path) == "index.db" {
			index = append(index, path)
		} else if info, err := e.Info(); err == nil && info.Size() > 0 {
			blobs = append(blobs, path)
		}
		return nil
	}))
	from := blobs
	if rng.IntN(2) == 0 {
		from = index
	}
	path := from[rng.IntN(len(from))]
	raw, err := os.ReadFile(path)
	must(t, err)
	at := rng.IntN(len(raw) * 8)
	if filepath.Base(path) == "index.db" && rng.IntN(4) > 0 { // most where a page says what it is
		at = rng.IntN(len(raw)/pageSize)*pageSize*8 + rng.IntN(pageHead*8)
	}
	raw[at/8] ^= 1 << (at % 8)
	must(t, os.WriteFile(path, raw, 0o600))
	return fmt.Sprintf("%s bit %d", filepath.Base(path), at)
}
