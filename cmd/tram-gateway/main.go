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
		newReviewCommand(&dir), newApprovalsCommand(&dir), newOpenCommand(&dir), newImportCommand(&dir), newIdentityCommand(), newRegisterCommand(),
		newStoreCommand(&dir))
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

// keys are whom dossiers are sealed to and what receipts are signed with.
type keys struct {
	receipt    *envelope.Signer
	recipients []*envelope.Recipient
}

// openKeys loads the receipt key of the folder, or makes it at the first run.
// Dossiers are sealed to the recipients that the files name: their identities
// belong on another machine. Without any, the folder has an identity of its
// own, for tests and small sites.
func openKeys(dir string, recipientFiles []string) (k keys, err error) {
	if k.receipt, err = openReceiptKey(dir); err != nil {
		return keys{}, err
	}
	for _, path := range recipientFiles {
		r, err := loadRecipient(path)
		if err != nil {
			return keys{}, err
		}
		k.recipients = append(k.recipients, r)
	}
	if len(k.recipients) > 0 {
		return k, nil
	}
	identity, err := envelope.OpenIdentity(filepath.Join(dir, "central.age"))
	if err != nil {
		return keys{}, err
	}
	k.recipients = []*envelope.Recipient{identity.Recipient()}
	return k, nil
}

func openReceiptKey(dir string) (*envelope.Signer, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return envelope.OpenKey(filepath.Join(dir, "receipt.key"))
}

func stationDir(dir string) gateway.StationDir {
	return gateway.StationDir(filepath.Join(dir, "stations"))
}
