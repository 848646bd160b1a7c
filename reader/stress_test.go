package reader_test

import (
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/chip"
	"github.com/tram-station/tram/reader/verdict"
)

// readsVariable says how many whole reads TestThousandsOfReads makes: make soak
// makes ten thousand of each.
const readsVariable = "TRAM_READS"

func TestThousandsOfReads(t *testing.T) {
	// One shared secret in 256 begins with a zero, and so does one mapped or
	// public coordinate: a reader that drops it loses that session. Each read
	// agrees on three secrets; among these reads none such occurs with a chance
	// of 1 in 100. What a dropped zero does is in access: the worked example
	// with a leading zero.
	reads := 200
	if v := os.Getenv(readsVariable); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil {
			t.Fatal(err)
		}
		reads = n
	} else if testing.Short() {
		reads = 25
	}
	s := newStation(t)
	for _, profile := range []chip.Profile{chip.ProfileCCCD, chip.ProfilePACEP256} {
		card := s.issue(t, chip.Sample(), profile, chip.FaultNone)
		place, keys := slot(card), []access.Key{canKey(t, card)}
		for i := range reads {
			report, err := s.reader.Read(t.Context(), place, keys)
			if err != nil || verdict.Worst(report.Checks) != verdict.Passed || report.Stats.Resumes > 0 {
				t.Fatalf("%s: read %d: %v, %+v", profile, i, err, report)
			}
		}
	}
}

// aside is a chip whose own time and allocations are counted, to be taken off
// those of a read.
type aside struct {
	*chip.Card
	memory bool // count allocations: it stops the world twice a command
	time   time.Duration
	allocs uint64
}

func (a *aside) Process(command []byte) []byte {
	var before uint64
	if a.memory {
		before = allocations()
	}
	begun := time.Now()
	answer := a.Card.Process(command)
	a.time += time.Since(begun)
	if a.memory {
		a.allocs += allocations() - before
	}
	return answer
}

// allocations counts the objects that were ever allocated, to the last one.
func allocations() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs
}

// kinds are the chips of the benchmark and of the limits.
func kinds() map[string]struct {
	profile chip.Profile
	edit    func(*chip.Spec)
} {
	return map[string]struct {
		profile chip.Profile
		edit    func(*chip.Spec)
	}{
		"cccd":            {chip.ProfileCCCD, short},
		"cccd-extended":   {chip.ProfileCCCD, nil},
		"pace-p256":       {chip.ProfilePACEP256, short},
		"pace+bac":        {chip.ProfilePACEBAC, short},
		"bac":             {chip.ProfileBAC, short},
		"bac-extended":    {chip.ProfileBAC, nil},
		"cccd-no-proofs":  {chip.ProfileCCCD, func(s *chip.Spec) { s.Extended, s.ChipAuth, s.ActiveAuth = false, nil, "" }},
		"cccd-chip-alone": {chip.ProfileCCCD, func(s *chip.Spec) { s.Extended, s.ActiveAuth = false, "" }},
	}
}

// BenchmarkRead reads whole cards with a portrait of 20,084 bytes, verification
// included. The chip's own work is not in reader-ms and reader-allocs; ns/op
// holds both.
func BenchmarkRead(b *testing.B) {
	for name, k := range kinds() {
		b.Run(name, func(b *testing.B) {
			s := newStation(b)
			chip := &aside{Card: s.issueSpec(b, spec(b, k.profile, k.edit), chip.FaultNone)}
			place, keys := slot(chip), []access.Key{mrzKey(b, chip.Card)}
			var commands, up, down, reads int
			var took time.Duration
			for b.Loop() {
				begun := time.Now()
				report, err := s.reader.Read(b.Context(), place, keys)
				if err != nil {
					b.Fatal(err)
				}
				took += time.Since(begun)
				reads++
				commands, up, down = report.Stats.Commands, report.Stats.BytesUp, report.Stats.BytesDown
			}
			b.ReportMetric(float64((took-chip.time).Microseconds())/1000/float64(reads), "reader-ms/op")
			b.ReportMetric(float64(commands), "commands/op")
			b.ReportMetric(float64(up), "up-B/op")
			b.ReportMetric(float64(down), "down-B/op")
		})
	}
}

// TestAllocationsOfARead holds the reader's share to a few for each command;
// published are 5,000 a read.
func TestAllocationsOfARead(t *testing.T) {
	const most = 2000
	for name, k := range kinds() {
		s := newStation(t)
		chip := &aside{memory: true, Card: s.issueSpec(t, spec(t, k.profile, k.edit), chip.FaultNone)}
		place, keys := slot(chip), []access.Key{mrzKey(t, chip.Card)}
		least := uint64(1 << 62) // of a few: the runtime allocates, too
		for range 5 {
			chip.allocs = 0
			before := allocations()
			if _, err := s.reader.Read(t.Context(), place, keys); err != nil {
				t.Fatal(err)
			}
			least = min(least, allocations()-before-chip.allocs)
		}
		t.Logf("%s: %d allocations", name, least)
		if least > most {
			t.Errorf("%s: %d allocations, %d are the limit", name, least, most)
		}
	}
}
