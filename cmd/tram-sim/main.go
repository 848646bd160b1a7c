// Command tram-sim plays the parts of the world that a station meets: a chip
// card in a real PC/SC reader, a fingerprint scanner behind its service, and
// thousands of other stations, with scripted faults.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit codes, the same numbers as tram's.
const (
	exitGood     = 0
	exitOther    = 1
	exitUsage    = 2
	exitNoDevice = 3
)

var (
	errUsage    = errors.New("usage")
	errNoReader = errors.New("no reader answers")
)

// app is what the commands share.
type app struct {
	stdout, stderr io.Writer
	json           bool // a program reads the errors
	started        bool // a command's own code began: errors are no longer usage errors
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run executes one command line and returns its exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	// A usage error comes before the flags are parsed, and must be JSON too.
	a := &app{stdout: stdout, stderr: stderr, json: slices.Contains(args, "--json")}
	root := &cobra.Command{
		Use:           "tram-sim",
		Short:         "The world around a station: a chip card, a fingerprint scanner and other stations, with scripted faults",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.PersistentFlags().BoolVar(&a.json, "json", a.json, "print errors as JSON for programs")
	root.AddCommand(newChipCommand(a), newResetCommand(a), newHoldCommand(a), newSBICommand(a), newFleetCommand(a))
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	return a.report(err)
}

// report prints err for whoever reads and returns its exit code.
func (a *app) report(err error) int {
	code := exitOther
	switch {
	case err == nil:
		return exitGood
	case errors.Is(err, errUsage), !a.started:
		code = exitUsage
	case errors.Is(err, errNoReader):
		code = exitNoDevice
	}
	if a.json {
		_ = json.NewEncoder(a.stderr).Encode(map[string]any{"error": err.Error(), "exit": code})
		return code
	}
	fmt.Fprintln(a.stderr, "tram-sim:", err)
	return code
}
