package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"github.com/tram-station/tram/kiosk/enrol"
)

// The limits of a station.
const (
	machineLimit = 6 * time.Second        // of waiting for devices, a plain enrolment
	stepLimit    = 30 * time.Millisecond  // of a journalled step
	startLimit   = 300 * time.Millisecond // from the start to the first answer
	idleLimit    = 60                     // MiB, without models
	growthLimit  = 8                      // MiB from the first enrolments to the last
	settling     = 5                      // enrolments before growth is measured
)

// stationBenchOptions say how much of a station is measured.
type stationBenchOptions struct {
	enrolments int
	starts     int
	idle       time.Duration
}

func (o *stationBenchOptions) bind(f *pflag.FlagSet) {
	f.IntVar(&o.enrolments, "enrolments", 20, "enrolments one after the other")
	f.IntVar(&o.starts, "starts", 10, "cold starts")
	f.DurationVar(&o.idle, "idle", 0, "how long the station rests before its memory is measured once more after a sign-in")
}

// site is the gateway and the folder of one run of `tram bench station`.
type benchSite struct {
	dir     string
	gateway *gatewayProcess
}

// benchStation measures a whole station on virtual devices: its start, its
// journal, and enrolments one after the other.
func benchStation(ctx context.Context, a *app, o stationBenchOptions) error {
	if o.enrolments <= settling || o.starts < 1 {
		return coded(exitUsage, fmt.Errorf("--enrolments wants more than %d, --starts at least 1", settling))
	}
	dir, err := os.MkdirTemp("", "tram-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	g, err := startGateway(ctx, filepath.Join(dir, "gateway"))
	if err != nil {
		return err
	}
	defer g.stop()
	site := &benchSite{dir: dir, gateway: g}
	figures, err := site.starts(ctx, o)
	if err != nil {
		return err
	}
	rows, journalled, err := benchJournal(ctx, dir)
	if err != nil {
		return err
	}
	if err := a.printSteps("A record in the journal, on this disk", rows); err != nil {
		return err
	}
	figures = append(figures, journalled...)
	more, err := site.enrolments(ctx, a, o.enrolments)
	if err != nil {
		return err
	}
	return a.printBounds("station", append(figures, more...))
}

// enrolments drives one station through n enrolments of the same citizen.
func (b *benchSite) enrolments(ctx context.Context, a *app, n int) (figures []boundFigure, err error) {
	stand, err := startStand(ctx, b)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stand.stop()) }()
	quiet := newSteps(&app{stdout: io.Discard, stderr: io.Discard})
	w := &walk{client: &client{base: stand.URL}, show: quiet, camera: &demoCamera{}}
	if err := w.login(ctx, demoOfficer, demoPIN); err != nil {
		return nil, err
	}
	var waits benchWaits
	var first, last standStats
	for i := range n {
		if i == settling {
			if first, err = stand.stats(); err != nil {
				return nil, err
			}
		}
		if err := waits.enrol(ctx, w, stand.QR); err != nil {
			return nil, fmt.Errorf("enrolment %d: %w", i+1, err)
		}
	}
	if last, err = stand.stats(); err != nil {
		return nil, err
	}
	if err := waits.print(a); err != nil {
		return nil, err
	}
	return slices.Concat(waits.figures(), growth(first, last, n-settling)), nil
}

// growth compares a station after its first enrolments with the same after the
// last.
func growth(first, last standStats, n int) []boundFigure {
	over := fmt.Sprintf(" over %d enrolments", n)
	mib := func(b uint64) float64 { return float64(b) / (1 << 20) }
	return []boundFigure{
		{Figure: "resident memory" + over + fmt.Sprintf(", %.1f → %.1f", mib(first.Resident), mib(last.Resident)),
			Value: mib(last.Resident) - mib(first.Resident), Unit: "MiB more", Limit: fmt.Sprintf("at most %d", growthLimit)},
		{Figure: "heap after a collection" + over + fmt.Sprintf(", %.1f → %.1f", mib(first.Heap), mib(last.Heap)),
			Value: mib(last.Heap) - mib(first.Heap), Unit: "MiB more", Limit: "none but the index of the dossiers"},
		{Figure: "open files" + over + fmt.Sprintf(", %d → %d", first.Files, last.Files),
			Value: float64(last.Files - first.Files), Unit: "more", Limit: "none"},
		{Figure: "goroutines" + over + fmt.Sprintf(", %d → %d", first.Goroutines, last.Goroutines),
			Value: float64(last.Goroutines - first.Goroutines), Unit: "more", Limit: "none"},
	}
}

// benchWaits collects how long the enrolments waited for machines, by step.
type benchWaits struct {
	steps   []enrol.Step
	seconds map[enrol.Step][]float64
	all     []float64
	answers []float64 // of commands, in milliseconds
}

// enrol takes one citizen through, and waits until the gateway has the dossier.
func (b *benchWaits) enrol(ctx context.Context, w *walk, qr string) error {
	w.took = func(_ string, d time.Duration) { b.answers = append(b.answers, ms(d)) }
	for _, name := range []string{"begin", "notice"} {
		if err := w.command(ctx, name, nil); err != nil {
			return err
		}
	}
	for _, step := range []func(context.Context) error{
		func(ctx context.Context) error { return w.card(ctx, qr) },
		w.person, w.phone, w.portrait, w.fingers, w.papers, w.seal, w.custody,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if b.seconds == nil {
		b.seconds = map[enrol.Step][]float64{}
	}
	sum := 0.0
	for _, s := range w.last.Steps {
		if b.seconds[s.Name] == nil {
			b.steps = append(b.steps, s.Name)
		}
		b.seconds[s.Name] = append(b.seconds[s.Name], s.MachineSeconds)
		sum += s.MachineSeconds
	}
	b.all = append(b.all, sum)
	return w.command(ctx, "finish", nil)
}

// at is the value below which a share of the values lies.
func at(values []float64, share float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))]
}

// print shows the steps that had to wait.
func (b *benchWaits) print(a *app) error {
	if !a.json {
		fmt.Fprintf(a.stdout, "\nWaiting for machines, %d plain enrolments: median, p95 s\n", len(b.all))
	}
	for _, step := range b.steps {
		v := b.seconds[step]
		if a.json {
			if err := a.printJSON(map[string]any{"group": "station", "step": step, "median_s": at(v, 0.5), "p95_s": at(v, 0.95)}); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(a.stdout, "  %-12s %6.2f %6.2f\n", step, at(v, 0.5), at(v, 0.95))
	}
	return nil
}

func (b *benchWaits) figures() []boundFigure {
	limit := fmt.Sprintf("at most %.0f", machineLimit.Seconds())
	return []boundFigure{
		{Figure: "waiting for machines, a plain enrolment, median", Value: at(b.all, 0.5), Unit: "s", Limit: limit},
		{Figure: "the same, p95", Value: at(b.all, 0.95), Unit: "s", Limit: limit},
		{Figure: fmt.Sprintf("answer to a command that is journalled, %d over HTTP, median", len(b.answers)), Value: at(b.answers, 0.5), Unit: "ms",
			Limit: fmt.Sprintf("at most %d", stepLimit.Milliseconds())},
		{Figure: "the same, p95", Value: at(b.answers, 0.95), Unit: "ms", Limit: fmt.Sprintf("at most %d", stepLimit.Milliseconds())},
	}
}

// boundFigure is one figure with the limit it has to keep.
type boundFigure struct {
	Group  string  `json:"group"`
	Figure string  `json:"figure"`
	Value  float64 `json:"value"`
	Unit   string  `json:"unit"`
	Limit  string  `json:"limit"`
}

// printBounds prints the figures of a group, a line each.
func (a *app) printBounds(group string, figures []boundFigure) error {
	for _, f := range figures {
		f.Group = cmp.Or(f.Group, group)
		if a.json {
			if err := a.printJSON(f); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(a.stdout, "%-66s %8.2f %s (%s)\n", f.Figure, f.Value, f.Unit, f.Limit)
	}
	return nil
}
