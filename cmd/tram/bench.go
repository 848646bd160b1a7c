package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// figure is one measured line of `tram bench`.
type figure struct {
	group, name string
	run         func(b *testing.B)
}

func figures() []figure {
	return slices.Concat(trustFigures(), printFigures(), offlineFigures())
}

func newBenchCommand(a *app) *cobra.Command {
	groups := []string{"card", "print", "portrait", "finger", "offline", "station"}
	var o printOptions
	var faces portraitOptions
	var prints fingerBenchOptions
	var whole stationBenchOptions
	flags := map[string]*pflag.FlagSet{
		"print":    pflag.NewFlagSet("print", pflag.ContinueOnError),
		"portrait": pflag.NewFlagSet("portrait", pflag.ContinueOnError),
		"finger":   pflag.NewFlagSet("finger", pflag.ContinueOnError),
		"station":  pflag.NewFlagSet("station", pflag.ContinueOnError),
	}
	o.bind(flags["print"])
	faces.bind(flags["portrait"])
	prints.bind(flags["finger"])
	whole.bind(flags["station"])
	cmd := &cobra.Command{
		Use:   "bench [" + strings.Join(groups, "|") + "]",
		Short: "Measure the figures of the README here",
		Long: "Bench measures single operations; for portrait also the guidance on one core; and\n" +
			"for print the decoders on pictures of cards whose truth is known: drawn here from\n" +
			"a seed, or sets in folders. `make bench-print`, `make bench-portrait` and\n" +
			"`make bench-finger` add others.",
		ValidArgs: groups,
		Args:      cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs),
		RunE: func(cmd *cobra.Command, args []string) error {
			group := ""
			if len(args) == 1 {
				group = args[0]
			}
			for name, set := range flags {
				if group != "" && group != name && changed(set) {
					return coded(exitUsage, fmt.Errorf("bench %s does not take the flags of `tram bench %s`", group, name))
				}
			}
			for _, part := range []struct {
				group string
				run   func(context.Context) error
			}{
				{"card", func(ctx context.Context) error { return benchCards(ctx, a) }},
				{group, func(ctx context.Context) error { return runBench(ctx, a, group) }},
				{"portrait", func(ctx context.Context) error { return benchPortrait(ctx, a, faces) }},
				{"finger", func(ctx context.Context) error { return benchFingers(ctx, a, prints) }},
				{"station", func(ctx context.Context) error { return benchStation(ctx, a, whole) }},
				{"print", func(ctx context.Context) error { return benchPrint(ctx, a, o) }},
			} {
				if group != "" && group != part.group {
					continue
				}
				if err := part.run(cmd.Context()); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.AddCommand(newEnqueueCommand(a), newStandCommand(a))
	for _, set := range flags {
		cmd.Flags().AddFlagSet(set)
	}
	return cmd
}

func changed(flags *pflag.FlagSet) bool {
	any := false
	flags.VisitAll(func(f *pflag.Flag) { any = any || f.Changed })
	return any
}

// runBench measures each figure for about a second, and then the queue.
func runBench(ctx context.Context, a *app, group string) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for _, f := range figures() {
		if group != "" && f.group != group {
			continue
		}
		failed := false
		r := testing.Benchmark(func(b *testing.B) {
			b.Cleanup(func() { failed = failed || b.Failed() })
			b.ReportAllocs()
			f.run(b)
		})
		if failed || r.N == 0 {
			return fmt.Errorf("bench %s: %s could not be measured: `tram doctor` says what is missing", f.group, f.name)
		}
		if a.json {
			out := map[string]any{
				"group": f.group, "figure": f.name, "runs": r.N,
				"ms": float64(r.NsPerOp()) / 1e6, "allocs": r.AllocsPerOp(), "bytes": r.AllocedBytesPerOp(),
			}
			for name, v := range r.Extra {
				out[name] = v
			}
			if err := a.printJSON(out); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d allocs\t%s\n", f.group, f.name, duration(r.NsPerOp()), r.AllocsPerOp(), extras(r))
		if err := w.Flush(); err != nil {
			return err
		}
	}
	if group == "" || group == "offline" {
		return benchOffline(ctx, a)
	}
	return nil
}

// duration prints what is short in nanoseconds.
func duration(ns int64) string {
	if short := int64(10 * time.Microsecond); ns < short {
		return fmt.Sprintf("%d ns", ns)
	}
	return fmt.Sprintf("%.2f ms", float64(ns)/1e6)
}

// extras lists a benchmark's own metrics, by name.
func extras(r testing.BenchmarkResult) string {
	var parts []string
	for name, v := range r.Extra {
		parts = append(parts, fmt.Sprintf("%.4g %s", v, name))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}
