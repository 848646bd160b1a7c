package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/reader"
	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/apdu"
)

// Exit codes, as `tram help exit-codes` lists them. They are stable: programs
// outside this repository read them.
const (
	exitGood         = 0
	exitOther        = 1
	exitUsage        = 2
	exitNoDevice     = 3
	exitCardLost     = 4
	exitWrongKey     = 5
	exitVerification = 6
	exitInvalid      = 7
	exitQueue        = 8
	exitRefused      = 9
)

var exitWords = []struct {
	code int
	text string
}{
	{exitGood, "good; an inconclusive verdict is shown but still 0 unless --strict"},
	{exitOther, "anything else"},
	{exitUsage, "usage: the command line is off"},
	{exitNoDevice, "a device is missing or does not answer"},
	{exitCardLost, "the card was lost while it was read"},
	{exitWrongKey, "wrong key: the chip refused the CAN or MRZ"},
	{exitVerification, "verification failed (with --strict: or was inconclusive)"},
	{exitInvalid, "not decodable, or not valid"},
	{exitQueue, "queue or disk"},
	{exitRefused, "the central system refused"},
}

// codedError carries the exit code of an error that is not one of the
// sentinels below.
type codedError struct {
	code int
	err  error
}

func (e *codedError) Error() string { return e.err.Error() }
func (e *codedError) Unwrap() error { return e.err }

// coded gives err an exit code.
func coded(code int, err error) error { return &codedError{code, err} }

// faultError is what ended the read of a card, with its words.
type faultError struct {
	reader.Fault
	err error
}

func (e *faultError) Error() string { return e.err.Error() }
func (e *faultError) Unwrap() error { return e.err }

// explained gives the error of a read its words.
func explained(err error) error {
	if err == nil {
		return nil
	}
	return &faultError{reader.Explain(err), err}
}

// exitCode is the one place that turns an error into an exit code.
func exitCode(err error) int {
	var c *codedError
	switch {
	case err == nil:
		return exitGood
	case errors.As(err, &c):
		return c.code
	case errors.Is(err, apdu.ErrNoReader), errors.Is(err, apdu.ErrBusy), errors.Is(err, biometrics.ErrNoDevice):
		return exitNoDevice
	case errors.Is(err, apdu.ErrCardLost), errors.Is(err, reader.ErrOtherCard):
		return exitCardLost
	case errors.Is(err, access.ErrWrongKey):
		return exitWrongKey
	default:
		return exitOther
	}
}

// errShown ends a command with an exit code after it has already said
// everything on its own output.
var errShown = errors.New("")

// report prints err for whoever reads and returns its exit code.
func (a *app) report(err error) int {
	code := exitCode(err)
	if err == nil || errors.Is(err, errShown) {
		return code
	}
	var fault *faultError
	known := errors.As(err, &fault)
	if a.json {
		out := map[string]any{"error": err.Error(), "exit": code}
		if known {
			out["fault"], out["words"], out["next"] = fault.Code, fault.Words, fault.Next
		}
		_ = json.NewEncoder(a.stderr).Encode(out)
		return code
	}
	fmt.Fprintln(a.stderr, "tram:", err)
	if known {
		fmt.Fprintf(a.stderr, "%s: %s\n→ %s\n→ %s\n", fault.Code, fault.Words.VI, fault.Next.VI, fault.Next.EN)
	}
	if code == exitUsage {
		fmt.Fprintln(a.stderr, "See `tram --help`.")
	}
	return code
}

// terminal reports whether a person looks at w: a progress bar in a file or a
// pipe is noise.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// printJSON writes v as one JSON line.
func (a *app) printJSON(v any) error {
	enc := json.NewEncoder(a.stdout)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

func newExitCodesTopic() *cobra.Command {
	var b strings.Builder
	b.WriteString("Exit codes of every command:\n\n")
	for _, w := range exitWords {
		fmt.Fprintf(&b, "  %d  %s\n", w.code, w.text)
	}
	return &cobra.Command{Use: "exit-codes", Short: "The exit codes of every command", Long: b.String()}
}
