// Command tram is the station: the daemon behind the kiosk, and the same
// abilities one by one on the command line.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/spf13/cobra"
)

// version is the station's own version, as the dossier and doctor name it.
const version = "0.1.0"

// app is what every command shares: the streams, and whether a program or a
// person is reading.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	json           bool
	started        bool // a command's own code began: errors are no longer usage errors
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run executes one command line and returns its exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	// A usage error comes before the flags are parsed, and must be JSON too.
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr, json: slices.Contains(args, "--json")}
	root := newRootCommand(a)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err != nil && !a.started {
		err = coded(exitUsage, err)
	}
	return a.report(err)
}

func newRootCommand(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:           "tram",
		Short:         "Trạm: an enrolment station for chip ID cards",
		Long:          "Trạm turns a laptop or counter PC into an enrolment station: card, portrait and\nfingerprints in, a sealed and signed dossier out.",
		Version:       version,
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			// Cobra looks at required flags and groups only after this hook;
			// they are usage too.
			err := errors.Join(cmd.ValidateRequiredFlags(), cmd.ValidateFlagGroups())
			a.started = err == nil
			return err
		},
	}
	root.PersistentFlags().BoolVar(&a.json, "json", a.json, "print JSON for programs")
	root.AddCommand(
		newExitCodesTopic(),
		newQRCommand(a),
		newMRZCommand(a),
		newQueueCommand(a),
		newAuditCommand(a),
		newKeysCommand(a),
		newPeopleCommand(a),
		newCardCommand(a),
		newRunCommand(a),
		newDemoCommand(a),
		newDoctorCommand(a),
		newBenchCommand(a),
		newPortraitCommand(a),
		newFingerCommand(a),
		newTrustCommand(a),
		newModelsCommand(a),
		newDecodeCommand(a),
		newDataCommand(a),
		newRulesCommand(a),
	)
	return root
}
