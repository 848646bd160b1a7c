package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/virtual"
	"github.com/tram-station/tram/kiosk/operator"
	"github.com/tram-station/tram/reader/apdu"
)

// standStats is what a station takes of the machine.
type standStats struct {
	Resident   uint64 `json:"resident"` // bytes, after the garbage was given back
	Heap       uint64 `json:"heap"`     // bytes in use after a collection
	Goroutines int    `json:"goroutines"`
	Files      int    `json:"files"` // open ones
}

// newStandCommand is the station that `tram bench station` measures: a process
// of its own on virtual devices, with the card on its reader. A line on its
// standard input asks for its stats, the end of it stops it.
func newStandCommand(a *app) *cobra.Command {
	var data, pairing string
	cmd := &cobra.Command{
		Use: "stand", Short: "A station on virtual devices that tells what it takes", Hidden: true, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runStand(cmd.Context(), a, data, pairing) },
	}
	cmd.Flags().StringVar(&data, "data", "", "folder of the station")
	cmd.Flags().StringVar(&pairing, "pairing", "", "the gateway's pairing file")
	return cmd
}

func runStand(ctx context.Context, a *app, data, pairing string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := os.MkdirAll(data, 0o700); err != nil {
		return coded(exitQueue, err)
	}
	log := slog.New(slog.NewJSONHandler(logFile(data), nil))
	citizen, err := demoCitizen()
	if err != nil {
		return err
	}
	card, trust, err := issueDemoCard(data, citizen)
	if err != nil {
		return err
	}
	slot := new(apdu.VirtualSlot)
	slot.Put(card)
	cam := newDemoCamera(ctx, data, log)
	st, err := openStation(stationConfig{
		id: demoStation, data: filepath.Join(data, "station"), listen: "localhost:0", pairing: pairing, trust: trust, log: log,
		pins: operator.PINs{Officer: demoPIN, Supervisor: demoSupervisorPIN},
		devices: devices{
			slot:    func() (apdu.Slot, error) { return slot, nil },
			camera:  cam.open,
			scanner: func(context.Context) (biometrics.Scanner, error) { return &virtual.Scanner{Seed: demoSeed}, nil },
		},
	})
	if err != nil {
		return err
	}
	if err := json.NewEncoder(a.stdout).Encode(stand{URL: st.local, QR: card.QR()}); err != nil {
		return errors.Join(err, st.close())
	}
	go func() {
		defer cancel()
		in := bufio.NewScanner(a.stdin)
		for in.Scan() {
			_ = json.NewEncoder(a.stdout).Encode(standsNow())
		}
	}()
	return st.serve(ctx)
}

// standsNow collects the garbage and counts.
func standsNow() standStats {
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return standStats{Resident: resident(os.Getpid()), Heap: m.HeapAlloc, Goroutines: runtime.NumGoroutine(), Files: openFiles(os.Getpid())}
}

// resident is how much memory a process has now in bytes, 0 where the system
// does not tell.
func resident(pid int) uint64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		var kib uint64
		if n, _ := fmt.Sscanf(line, "VmRSS: %d kB", &kib); n == 1 {
			return kib << 10
		}
	}
	return 0
}

// openFiles counts what a process has open, 0 where the system does not tell.
func openFiles(pid int) int {
	all, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		return 0
	}
	return len(all)
}

// stand is such a station seen from outside.
type stand struct {
	URL string `json:"url"`
	QR  string `json:"qr"` // of the card on its reader

	cmd   *exec.Cmd
	stdin io.WriteCloser
	out   *json.Decoder
}

// startStand starts one and lets it in at the gateway.
func startStand(ctx context.Context, b *benchSite) (*stand, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	data := filepath.Join(b.dir, "stand")
	s := &stand{cmd: exec.CommandContext(ctx, self, "bench", "stand", "--data", data, "--pairing", b.gateway.pairing)}
	s.cmd.Stderr, s.cmd.WaitDelay = os.Stderr, startTimeout
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	s.out = json.NewDecoder(out)
	if err := s.out.Decode(s); err != nil {
		return nil, errors.Join(fmt.Errorf("the station to be measured did not start: %w", err), s.stop())
	}
	if err := b.gateway.enrol(ctx, filepath.Join(data, "station", stationFile)); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

// stats asks what it takes now.
func (s *stand) stats() (now standStats, err error) {
	time.Sleep(time.Second) // what the last enrolment left to end
	if _, err := io.WriteString(s.stdin, "stats\n"); err != nil {
		return now, err
	}
	return now, s.out.Decode(&now)
}

func (s *stand) stop() error {
	return errors.Join(s.stdin.Close(), s.cmd.Wait())
}
