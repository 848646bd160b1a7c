package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/biometrics/sbi/sbitest"
	"github.com/tram-station/tram/offline/envelope"
)

// sbiOptions are the flags of `tram-sim sbi`.
type sbiOptions struct {
	scanner sbitest.Options
	faults  []string
	times   int
	root    string
}

// sbiStarted is what the command prints once it listens.
type sbiStarted struct {
	URL    string `json:"url"`
	Serial string `json:"serial"`
	Root   string `json:"root,omitempty"`
}

func newSBICommand(a *app) *cobra.Command {
	var o sbiOptions
	var names []string
	for _, f := range sbitest.Faults {
		names = append(names, string(f))
	}
	cmd := &cobra.Command{
		Use:   "sbi",
		Short: "Be a fingerprint scanner behind a Secure Biometric Interface",
		Long: `Serve the MOSIP Secure Biometric Interface 0.9.5 on a port of the loopback, with a
scanner that is not there and an invented person's fingers on it, until stopped.
One JSON line says where it listens. Its authority is new each time: --root
writes the certificate for a station that is to trust it.

Faults: error-N (a code of the interface), or one of
  ` + strings.Join(names, " ") + `
Those of the service hit captures; with "info:" or "discover:" before them, that.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a.started = true
			return runSBI(cmd, a, o)
		},
	}
	f := cmd.Flags()
	f.IntVar(&o.scanner.Port, "port", 0, "port of the loopback (default: the first that is free of 4501 to 4600)")
	f.StringVar(&o.scanner.Kind, "kind", "Slap", "kind of scanner: Slap, Single or Touchless")
	f.StringVar(&o.scanner.Env, "env", "Developer", "environment that the scanner claims: Staging, Developer, Pre-Production or Production")
	f.StringVar(&o.scanner.Serial, "serial", "", "serial number (default: one by chance)")
	f.Int64Var(&o.scanner.Seed, "seed", 1, "chooses the invented person")
	f.StringArrayVar(&o.faults, "fault", nil, "a fault that happens (may be given again)")
	f.IntVar(&o.times, "times", 1, "how often each fault happens; negative: always")
	f.StringVar(&o.root, "root", "", "write the certificate of the scanner's authority to this file")
	return cmd
}

func runSBI(cmd *cobra.Command, a *app, o sbiOptions) error {
	o.scanner.Coding = sbitest.WSQ
	s, err := sbitest.Start(o.scanner)
	if errors.Is(err, sbitest.ErrNoPort) {
		return err
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	defer s.Unplug()
	for _, f := range o.faults {
		if err := s.Do(sbitest.Fault(f), o.times); err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
	}
	if o.root != "" {
		if err := envelope.SaveFile(o.root, s.Root(), 0o644); err != nil {
			return fmt.Errorf("write the certificate: %w", err)
		}
	}
	if err := writeLine(a.stdout, sbiStarted{URL: s.URL(), Serial: s.Serial(), Root: o.root}); err != nil {
		return err
	}
	<-cmd.Context().Done()
	return nil
}
