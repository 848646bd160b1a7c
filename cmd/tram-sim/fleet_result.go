package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// fleetResult is what the storm showed. Times are in seconds, memory in bytes.
type fleetResult struct {
	Stations int            `json:"stations"`
	Within   float64        `json:"within"`
	Took     float64        `json:"took"` // until the last was served
	Served   int            `json:"served"`
	Doubled  int            `json:"doubled"` // receipts that name a place in the ledger a second time
	Asked    int64          `json:"asked"`   // answers with Retry-After
	Early    int64          `json:"early"`   // requests before the time that was asked
	Tries    map[string]int `json:"failed_tries"`
	Bytes    int64          `json:"bytes_up"`
	P50      float64        `json:"p50"`
	P95      float64        `json:"p95"`
	P99      float64        `json:"p99"`
	Max      float64        `json:"max"`
	Fleet    process        `json:"fleet"`
	Gateway  process        `json:"gateway"` // zero when it was not started here
}

// process is the most that one took, where the system tells.
type process struct {
	Memory int64 `json:"memory"` // resident
	Files  int   `json:"files"`  // open at a time
}

func (f *fleet) result(took time.Duration) fleetResult {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := fleetResult{
		Stations: len(f.members), Within: f.opt.within.Seconds(), Took: took.Seconds(), Served: len(f.seconds),
		Asked: f.asked.Load(), Early: f.early.Load(), Tries: f.errors, Bytes: f.sent.Load(),
	}
	for _, n := range f.positions {
		r.Doubled += n - 1
	}
	slices.Sort(f.seconds)
	at := func(share float64) float64 {
		if len(f.seconds) == 0 {
			return 0
		}
		return f.seconds[min(int(share*float64(len(f.seconds))), len(f.seconds)-1)]
	}
	r.P50, r.P95, r.P99, r.Max = at(.5), at(.95), at(.99), at(1)
	return r
}

func (r fleetResult) good() bool { return r.Served == r.Stations && r.Doubled == 0 && r.Early == 0 }

func (r fleetResult) print(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) { fmt.Fprintf(t, "%s\t%s\n", name, fmt.Sprintf(format, args...)) }
	row("stations", "%d within %g s, all done after %.1f s", r.Stations, r.Within, r.Took)
	row("served", "%d, %d twice", r.Served, r.Doubled)
	row("asked to come back", "%d times, %d requests too early", r.Asked, r.Early)
	for _, kind := range []string{"asked to come back", "unreachable", "refused", "out of time", "other"} {
		if n := r.Tries[kind]; n > 0 {
			row("tries that failed", "%d %s", n, kind)
		}
	}
	row("until the receipt", "p50 %.2f s, p95 %.2f s, p99 %.2f s, most %.2f s", r.P50, r.P95, r.P99, r.Max)
	row("sent", "%.1f MB", float64(r.Bytes)/1e6)
	row("fleet", "%d MiB, %d files", r.Fleet.Memory>>20, r.Fleet.Files)
	if r.Gateway != (process{}) {
		row("gateway", "%d MiB, %d files", r.Gateway.Memory>>20, r.Gateway.Files)
	}
	_ = t.Flush()
}

// watch counts the open files of this process and the gateway's while the
// storm lasts.
type watch struct {
	pids [2]int // 0: not ours
	most [2]int
	end  chan struct{}
	done chan struct{}
}

const watchEvery = 250 * time.Millisecond

func newWatch(gatewayPID int) *watch {
	w := &watch{pids: [2]int{os.Getpid(), gatewayPID}, end: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(w.done)
		for tick := time.NewTicker(watchEvery); ; {
			for i, pid := range w.pids {
				if pid > 0 {
					w.most[i] = max(w.most[i], openFiles(pid))
				}
			}
			select {
			case <-w.end:
				tick.Stop()
				return
			case <-tick.C:
			}
		}
	}()
	return w
}

func (w *watch) stop(r *fleetResult) {
	close(w.end)
	<-w.done
	r.Fleet = process{mostMemory(w.pids[0]), w.most[0]}
	if w.pids[1] > 0 {
		r.Gateway = process{mostMemory(w.pids[1]), w.most[1]}
	}
}

// openFiles counts a process's open files; 0 where /proc does not tell.
func openFiles(pid int) int {
	d, err := os.Open(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		return 0
	}
	defer func() { _ = d.Close() }()
	names, _ := d.Readdirnames(-1) // what was read so far counts
	return len(names)
}

// mostMemory is the most resident memory that a process had, in bytes; 0 where
// /proc does not tell.
func mostMemory(pid int) int64 {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	defer func() { _ = f.Close() }()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), "VmHWM:"); ok {
			kib, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return kib << 10
		}
	}
	return 0
}
