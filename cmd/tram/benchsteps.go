package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"
)

// benchStep is one operation that is measured beside others.
type benchStep struct {
	Group  string  `json:"group"`
	Figure string  `json:"figure"`
	Runs   int     `json:"runs"`
	Best   float64 `json:"best_ms"`
	Median float64 `json:"median_ms"`
	P95    float64 `json:"p95_ms"`
	CPU    float64 `json:"cpu_ms,omitempty"` // mean; 0 where the system does not tell
	// Ratio is the CPU time to that of the first peer that does the same.
	Ratio float64 `json:"ratio,omitempty"`

	peers string // whom it is compared with: "find" or "decode"; "" for nobody
	peer  bool
	run   func(ctx context.Context, round int) (wall, cpu time.Duration, err error)
	walls []time.Duration
	cpu   time.Duration
}

// ours measures an operation of this process.
func ours(group, figure, peers string, f func(round int) error) *benchStep {
	return &benchStep{Group: group, Figure: figure, peers: peers,
		run: func(_ context.Context, round int) (time.Duration, time.Duration, error) {
			begin, cpu := time.Now(), cpuTime()
			err := f(round)
			return time.Since(begin), cpuTime() - cpu, err
		}}
}

// measure runs every row in every round, after one that does not count.
func measure(ctx context.Context, rows []*benchStep, rounds int) error {
	for round := -1; round < rounds; round++ {
		for k := range rows {
			r := rows[(k+max(round, 0))%len(rows)] // nobody is always the first
			wall, cpu, err := r.run(ctx, max(round, 0))
			if err = errors.Join(err, ctx.Err()); err != nil {
				return fmt.Errorf("bench %s: %s: %w", r.Group, r.Figure, err)
			}
			if round >= 0 {
				r.walls, r.cpu = append(r.walls, wall), r.cpu+cpu
			}
		}
	}
	for _, r := range rows {
		slices.Sort(r.walls)
		n := len(r.walls)
		const ninetyFive = 95
		r.Runs, r.CPU = n, ms(r.cpu)/float64(n)
		r.Best, r.Median, r.P95 = ms(r.walls[0]), ms(r.walls[n/2]), ms(r.walls[n*ninetyFive/100])
	}
	for _, r := range rows {
		i := slices.IndexFunc(rows, func(p *benchStep) bool { return p.peer && p.peers == r.peers })
		if i >= 0 && rows[i].CPU > 0 {
			r.Ratio = r.CPU / rows[i].CPU
		}
	}
	return nil
}

// printSteps prints the steps as a table, or a JSON line each.
func (a *app) printSteps(title string, rows []*benchStep) error {
	if a.json {
		for _, r := range rows {
			if err := a.printJSON(r); err != nil {
				return err
			}
		}
		return nil
	}
	fmt.Fprintf(a.stdout, "\n%s\n", title)
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\tbest ms\tmedian ms\tp95 ms\tCPU ms\t× peer's CPU\t")
	for _, r := range rows {
		ratio := ""
		if r.Ratio > 0 {
			ratio = fmt.Sprintf("%.2f", r.Ratio)
		}
		fmt.Fprintf(w, "%s\t%.1f\t%.1f\t%.1f\t%.1f\t%s\t\n", r.Figure, r.Best, r.Median, r.P95, r.CPU, ratio)
	}
	return w.Flush()
}

// savePicture writes a PNG for those who do not share our memory.
func savePicture(dir, name string, img image.Image) (string, error) {
	path := filepath.Join(dir, name)
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	return path, errors.Join(png.Encode(f, img), f.Close())
}
