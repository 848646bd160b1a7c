package main

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/tram-station/tram/biometrics/virtual"
	"github.com/tram-station/tram/reader"
	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/chip"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/passive"
	"github.com/tram-station/tram/reader/verdict"
)

// What `tram bench card` reads: a DG2 of usual size, in bytes.
const (
	benchDG2   = 20084
	benchReads = 40
)

// peerFigure is what gmrtd 1.1.2 needed for the same virtual cards, run beside
// this reader in November 2026. Its time is not here: it would say little on
// another machine.
type peerFigure struct{ commands, up, down, allocs int }

var peerFigures = map[string]peerFigure{
	"bac":                 {120, 2342, 24570, 22_400},
	"pace-p256":           {129, 2663, 24929, 20_300},
	"cccd":                {130, 2670, 24979, 71_000},
	"pace-p256, extended": {33, 867, 22918, 5_500},
	"cccd, extended":      {34, 874, 22968, 56_000},
}

// cardFigure is what one kind of card costs the reader. Time and allocations
// are the reader's alone: those of the virtual chip are taken off.
type cardFigure struct {
	Group     string         `json:"group"`
	Figure    string         `json:"figure"`
	Reads     int            `json:"reads"`
	Commands  int            `json:"commands"`
	Allowed   int            `json:"commands_allowed"` // see allowedBeside
	DG1After  int            `json:"commands_to_dg1"`
	Gap       int            `json:"bytes_between_progress"` // the longest
	Up        int            `json:"bytes_up"`
	Down      int            `json:"bytes_down"`
	CPU       float64        `json:"reader_ms"`   // median
	Exchanges float64        `json:"ecdh_p256"`   // CPU in exchanges of crypto/ecdh P-256
	Allocs    int            `json:"allocs"`      // median
	Radio424  float64        `json:"radio424_ms"` // the model of radioTime
	Radio848  float64        `json:"radio848_ms"`
	Files     map[string]int `json:"files"` // bytes
}

// benchKind is one line of the table.
type benchKind struct {
	name     string
	profile  chip.Profile
	extended bool // card and reader take extended length
}

func benchKinds() []benchKind {
	return []benchKind{
		{"bac", chip.ProfileBAC, false}, {"pace-p256", chip.ProfilePACEP256, false}, {"cccd", chip.ProfileCCCD, false},
		{"pace-p256, extended", chip.ProfilePACEP256, true}, {"cccd, extended", chip.ProfileCCCD, true},
	}
}

// benchCards prints the card figures with the peer's beside them.
func benchCards(ctx context.Context, a *app) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	if !a.json {
		fmt.Fprintln(w, "card\tcommands\t(allowed)\tto DG1\tgap\tup\tdown\treader ms\t× ECDH P-256\tallocs\t424 kbit/s\t848 kbit/s\t")
	}
	for _, k := range benchKinds() {
		f, err := measureCard(ctx, k)
		if err != nil {
			return fmt.Errorf("bench card: %s: %w", k.name, err)
		}
		if a.json {
			if err := a.printJSON(f); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(w, "%s\t%d\t(%d)\t%d\t%d B\t%d\t%d\t%.2f\t%.1f\t%d\t%.0f ms\t%.0f ms\t\n", f.Figure, f.Commands, f.Allowed, f.DG1After, f.Gap,
			f.Up, f.Down, f.CPU, f.Exchanges, f.Allocs, f.Radio424, f.Radio848)
		if p, ok := peerFigures[k.name]; ok {
			fmt.Fprintf(w, "gmrtd 1.1.2\t%d\t\t\t\t%d\t%d\t\t\t%d\t\t\t\n", p.commands, p.up, p.down, p.allocs)
		}
	}
	return w.Flush()
}

// meteredChip counts what passes and what the chip itself costs.
type meteredChip struct {
	card   *chip.Card
	all    []exchange
	inside time.Duration
	memory bool // count allocations: it stops the world twice a command
	allocs uint64
}

func (m *meteredChip) Reset() { m.card.Reset() }

func (m *meteredChip) Process(c []byte) []byte {
	var before uint64
	if m.memory {
		before = mallocs()
	}
	begun := time.Now()
	r := m.card.Process(c)
	m.inside += time.Since(begun)
	if m.memory {
		m.allocs += mallocs() - before
	}
	m.all = append(m.all, exchange{len(c), len(r)})
	return r
}

func mallocs() uint64 {
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.Mallocs
}

// bench is one card and who reads it.
type cardBench struct {
	card  *chip.Card
	trust *passive.Trust
	key   access.Key
}

func newCardBench(k benchKind) (*cardBench, error) {
	issuer, err := chip.NewIssuer(rand.Reader, time.Now())
	if err != nil {
		return nil, err
	}
	const w, h, quality = 413, 531, 75
	citizen := chip.Sample()
	if citizen.Portrait, err = encodeJPEG(virtual.Portrait(demoSeed, w, h), quality); err != nil {
		return nil, err
	}
	citizen.PortraitW, citizen.PortraitH = w, h
	spec, ok := chip.ProfileSpec(k.profile)
	if !ok {
		return nil, fmt.Errorf("there is no profile %q", k.profile)
	}
	spec.Extended = k.extended
	spec.Content.DG2Size, spec.Content.Groups = benchDG2, []int{13}
	card, err := issuer.IssueSpec(citizen, spec, chip.FaultNone)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "tram-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := os.WriteFile(filepath.Join(dir, "csca.cer"), issuer.CSCA(), 0o600); err != nil {
		return nil, err
	}
	b := &cardBench{card: card}
	if b.trust, err = passive.LoadTrust(dir); err != nil {
		return nil, err
	}
	lines := card.MRZ()
	const document, birth, expiry = 14, 6, 14
	b.key, err = access.MRZ(lines[0][5:document], lines[1][:birth], lines[1][8:expiry])
	return b, err
}

// read reads the card once and fills the figure with what does not vary.
func (b *cardBench) read(ctx context.Context, memory bool, f *cardFigure) (m *meteredChip, cpu time.Duration, allocs int, err error) {
	m = &meteredChip{card: b.card, memory: memory}
	slot := new(apdu.VirtualSlot)
	slot.Put(m)
	last := 0
	r := &reader.Reader{Trust: b.trust}
	f.DG1After, f.Gap = 0, 0
	r.OnProgress = func(p reader.Progress) {
		f.Gap = max(f.Gap, p.Done-last)
		last = p.Done
		if f.DG1After == 0 && p.Document.MRZ != nil {
			f.DG1After = len(m.all)
		}
	}
	var before uint64
	if memory {
		before = mallocs()
	}
	begun := time.Now()
	report, err := r.Read(ctx, slot, []access.Key{b.key})
	cpu = time.Since(begun) - m.inside
	if err != nil {
		return nil, 0, 0, err
	}
	if memory {
		allocs = int(mallocs() - before - m.allocs)
	}
	if worst := verdict.Worst(report.Checks); worst != verdict.Passed && worst != verdict.NotSupported {
		return nil, 0, 0, errors.New("the card was not verified: " + string(worst))
	}
	f.count(report.Document.Raw, report.Stats.Extended)
	return m, cpu, allocs, nil
}

// The commands that a reader may use, as the README promises: with short
// answers one for each block of 223 bytes over the files, and 16; with
// extended ones 18.
const (
	shortBlock      = 223
	allowedBeside   = 16
	allowedExtended = 18
)

func (f *cardFigure) count(files []lds.File, extended bool) {
	f.Files, f.Allowed = map[string]int{}, allowedBeside
	for _, file := range files {
		f.Files[file.Name] = len(file.Bytes)
		f.Allowed += (len(file.Bytes) + shortBlock - 1) / shortBlock
	}
	if extended {
		f.Allowed = allowedExtended
	}
}

// measureCard reads one kind of card many times.
func measureCard(ctx context.Context, k benchKind) (*cardFigure, error) {
	b, err := newCardBench(k)
	if err != nil {
		return nil, err
	}
	f := &cardFigure{Group: "card", Figure: k.name, Reads: benchReads}
	var times []time.Duration
	var allocs []int
	for i := range benchReads {
		m, cpu, n, err := b.read(ctx, i%8 == 0, f)
		if err != nil {
			return nil, err
		}
		if m.memory {
			allocs = append(allocs, n)
			continue
		}
		times = append(times, cpu)
		f.Commands, f.Up, f.Down = len(m.all), 0, 0
		for _, e := range m.all {
			f.Up, f.Down = f.Up+e.up, f.Down+e.down
		}
		f.Radio424, f.Radio848 = ms(radioTime(m.all, 424_000)), ms(radioTime(m.all, 848_000))
	}
	slices.Sort(times)
	slices.Sort(allocs)
	one, err := timeECDH()
	if err != nil {
		return nil, err
	}
	median := times[len(times)/2]
	f.CPU, f.Exchanges, f.Allocs = ms(median), float64(median)/float64(one), allocs[len(allocs)/2]
	return f, nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// timeECDH is the median time of one exchange of crypto/ecdh on P-256: the unit
// in which the CPU time of one machine tells something on another.
func timeECDH() (time.Duration, error) {
	mine, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return 0, err
	}
	theirs, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return 0, err
	}
	const n = 101
	times := make([]time.Duration, n)
	for i := range times {
		begun := time.Now()
		if _, err := mine.ECDH(theirs.PublicKey()); err != nil {
			return 0, err
		}
		times[i] = time.Since(begun)
	}
	slices.Sort(times)
	return times[n/2], nil
}
