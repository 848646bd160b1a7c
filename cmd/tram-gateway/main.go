// Command tram-gateway is the reference central gateway: it takes sealed
// dossiers from stations and answers with signed receipts.
//
// A station and a gateway meet through two files with public keys only. The
// gateway writes pairing.json into its folder; it goes to the station (tram run
// --pairing). The station writes station.json into its data folder; it goes to
// tram-gateway enrol.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
)

// Exit codes, the same numbers as tram's.
const (
	exitOther = 1
	exitUsage = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run executes one command line and returns its exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	started := false
	root := &cobra.Command{
		Use:              "tram-gateway",
		Short:            "The central gateway: sealed dossiers in, signed receipts out",
		SilenceUsage:     true,
		SilenceErrors:    true,
		PersistentPreRun: func(*cobra.Command, []string) { started = true },
	}
	var dir string
	root.PersistentFlags().StringVar(&dir, "dir", defaultDir(), "folder of the gateway's keys, ledger and chunks")
	root.AddCommand(newRunCommand(&dir), newEnrolCommand(&dir), newDocumentsCommand(&dir), newReportCommand(&dir),
		newOpenCommand(&dir))
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintln(stderr, "tram-gateway:", err)
	if !started {
		fmt.Fprintln(stderr, "See `tram-gateway --help`.")
		return exitUsage
	}
	return exitOther
}

// defaultDir is the service's own place for root, the user's otherwise.
func defaultDir() string {
	if os.Geteuid() == 0 {
		return "/var/lib/tram-gateway"
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "tram-gateway-data"
	}
	return filepath.Join(dir, "tram-gateway")
}

// keys are the gateway's two secrets. In production the identity belongs on
// another machine: the gateway needs its public half only.
type keys struct {
	receipt  *envelope.Signer
	identity *envelope.Identity
}

// openKeys loads the keys of the folder, or makes them at the first run.
func openKeys(dir string) (k keys, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return keys{}, err
	}
	if k.receipt, err = envelope.OpenKey(filepath.Join(dir, "receipt.key")); err != nil {
		return keys{}, err
	}
	k.identity, err = envelope.OpenIdentity(filepath.Join(dir, "central.age"))
	return k, err
}

func stationDir(dir string) gateway.StationDir {
	return gateway.StationDir(filepath.Join(dir, "stations"))
}
