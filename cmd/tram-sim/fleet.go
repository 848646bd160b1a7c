package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/uplink"
)

// errFleet says that a promise of the reconnect storm was broken.
var errFleet = errors.New("not every station was served as promised")

// fleetOptions are the flags of `tram-sim fleet`.
type fleetOptions struct {
	stations, connections, bytes int
	gateway, spawn               string
	args                         []string // more flags for the spawned gateway
	within, limit                time.Duration
	tls, rude                    bool
	seed                         uint64
}

func newFleetCommand(a *app) *cobra.Command {
	var o fleetOptions
	cmd := &cobra.Command{
		Use:   "fleet",
		Short: "Be thousands of stations that come back within a minute, one small dossier each",
		Long: `Simulated stations, each with a key of its own and the real uplink, lost the same
line and come back within --within. Each delivers one small sealed dossier and
waits as the gateway and the backoff say. A table tells how it went; the exit
code is 1 unless every station was served once, whole, and none came back
before the gateway's Retry-After.

The gateway is either started here in a folder of its own (--spawn) or runs
already on this machine (--gateway, its folder; with --allow-virtual). The
stations are entered there as enrolled.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if (o.gateway == "") == (o.spawn == "") {
				return fmt.Errorf("%w: name one of --gateway and --spawn", errUsage)
			}
			if o.stations < 1 || o.connections < 1 || o.within < 0 {
				return fmt.Errorf("%w: --stations and --connections are 1 or more", errUsage)
			}
			a.started = true
			return runFleet(cmd.Context(), a, o)
		},
	}
	f := cmd.Flags()
	f.IntVar(&o.stations, "stations", 12_000, "how many stations")
	f.DurationVar(&o.within, "within", time.Minute, "time in which they come back")
	f.IntVar(&o.connections, "connections", 4_000, "most stations with an open connection at a time")
	f.IntVar(&o.bytes, "bytes", 2_048, "size of each dossier before sealing")
	f.StringVar(&o.gateway, "gateway", "", "folder of a gateway that runs on this machine")
	f.StringVar(&o.spawn, "spawn", "", "start this tram-gateway program")
	f.StringArrayVar(&o.args, "gateway-arg", nil, "one more argument for the started gateway (may be given again)")
	f.BoolVar(&o.tls, "tls", false, "mutual TLS with a certificate for each station")
	f.Uint64Var(&o.seed, "seed", 1, "chooses when each station comes back")
	f.DurationVar(&o.limit, "limit", 15*time.Minute, "give up after this time")
	f.BoolVar(&o.rude, "rude", false, "ignore Retry-After: the control of the test")
	_ = f.MarkHidden("rude") // it cannot fail: the flag is there
	return cmd
}

func runFleet(ctx context.Context, a *app, o fleetOptions) (err error) {
	ctx, cancel := context.WithTimeout(ctx, o.limit)
	defer cancel()
	var g *spawned
	if o.spawn != "" {
		if g, err = spawn(ctx, o); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, g.stop()) }()
		o.gateway = g.dir
	}
	f, err := newFleet(o)
	if err != nil {
		return err
	}
	watch := newWatch(g.pid())
	result := f.storm(ctx)
	watch.stop(&result)
	if a.json {
		err = json.NewEncoder(a.stdout).Encode(result)
	} else {
		result.print(a.stdout)
	}
	if err == nil && !result.good() {
		err = errFleet
	}
	return err
}

// fleet is the stations of one storm and what they saw. mu guards the result.
type fleet struct {
	opt     fleetOptions
	members []*member
	slots   chan struct{} // one for each station that has a connection
	early   atomic.Int64
	asked   atomic.Int64
	sent    atomic.Int64

	mu        sync.Mutex
	seconds   []float64      // from coming back to the receipt, one a station served
	positions map[uint64]int // in the ledger
	errors    map[string]int
}

// newFleet makes the stations, enrols them and seals their dossiers: what they
// did before the line came back.
func newFleet(o fleetOptions) (*fleet, error) {
	pairing, err := uplink.LoadPairing(filepath.Join(o.gateway, "pairing.json"))
	if err != nil {
		return nil, err
	}
	e := enrolment{pairing: pairing, stations: gateway.StationDir(filepath.Join(o.gateway, "stations"))}
	if e.roots, err = pairing.Roots(); err != nil {
		return nil, err
	}
	if o.tls {
		if e.authority, err = gateway.OpenAuthority(o.gateway, time.Now); err != nil {
			return nil, err
		}
	}
	f := &fleet{opt: o, slots: make(chan struct{}, o.connections), positions: map[uint64]int{}, errors: map[string]int{}}
	for i := range o.stations {
		m, err := e.enrol(fmt.Sprintf("sim-%05d", i+1), fmt.Sprintf("province-%02d", i%34+1), o.bytes)
		if err != nil {
			return nil, err
		}
		m.fleet = f
		f.members = append(f.members, m)
	}
	return f, nil
}

// storm lets all come back and waits until each is served, or for ctx.
func (f *fleet) storm(ctx context.Context) fleetResult {
	rng := rand.New(rand.NewPCG(f.opt.seed, uint64(len(f.members))))
	began := time.Now()
	var all sync.WaitGroup
	for _, m := range f.members {
		at := time.Duration(rng.Float64() * float64(f.opt.within))
		all.Go(func() {
			if sleep(ctx, at) {
				m.serve(ctx)
			}
		})
	}
	all.Wait()
	return f.result(time.Since(began))
}

// served notes a receipt.
func (f *fleet) served(d *uplink.Delivery, took time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seconds = append(f.seconds, took.Seconds())
	f.positions[d.Receipt.LogPosition]++
	f.sent.Add(d.Sent)
}

// failed notes why a try brought nothing, by kind.
func (f *fleet) failed(err error) {
	kind := "other"
	switch {
	case uplink.RetryAfter(err) > 0:
		kind = "asked to come back"
	case errors.Is(err, uplink.ErrUnreachable):
		kind = "unreachable"
	case errors.Is(err, uplink.ErrRefused), errors.Is(err, uplink.ErrNotEnrolled), errors.Is(err, uplink.ErrNoCertificate):
		kind = "refused"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		kind = "out of time"
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.errors[kind]++
}
