package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/mrz/compare"
	"github.com/tram-station/tram/reader"
	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/auth"
	"github.com/tram-station/tram/reader/passive"
	"github.com/tram-station/tram/reader/pcsc"
	"github.com/tram-station/tram/reader/verdict"
)

func newCardCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "card", Short: "Read a chip card on a PC/SC reader"}
	cmd.AddCommand(newCardSlotsCommand(a), newCardReadCommand(a))
	return cmd
}

func newCardSlotsCommand(a *app) *cobra.Command {
	var watch bool
	cmd := &cobra.Command{
		Use:   "slots",
		Short: "List the card readers",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if watch {
				return watchSlots(cmd.Context(), a)
			}
			names, err := pcsc.List()
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(map[string]any{"slots": append([]string{}, names...)})
			}
			for _, n := range names {
				fmt.Fprintln(a.stdout, n)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&watch, "watch", false, "go on, and list them again whenever a reader or a card comes or goes")
	return cmd
}

// slotState is one reader as `tram card slots --watch --json` prints it.
type slotState struct {
	Name    string `json:"name"`
	Virtual bool   `json:"virtual"`
	Card    bool   `json:"card"`
	Busy    bool   `json:"busy"`
}

// watchSlots lists the readers after every change, until it is stopped.
func watchSlots(ctx context.Context, a *app) error {
	var failed error
	err := pcsc.Watch(ctx, func(states []pcsc.State) {
		out := make([]slotState, 0, len(states))
		for _, s := range states {
			out = append(out, slotState{s.Reader, s.Virtual, s.Card, s.Busy})
			if !a.json {
				card := map[bool]string{true: "card", false: "empty"}[s.Card]
				fmt.Fprintf(a.stdout, "%s: %s\n", s.Reader, card)
			}
		}
		if a.json {
			failed = errors.Join(failed, a.printJSON(map[string]any{"slots": out}))
		}
	})
	if ctx.Err() != nil {
		err = nil // stopped by the one who watched
	}
	return errors.Join(err, failed)
}

// cardOptions are the flags of `tram card read`.
type cardOptions struct {
	can, mrzFile, qr, doc, dob, exp string
	reader, trust, out, terminal    string
	pin                             string
	all                             bool
	resume                          time.Duration
	strict                          bool
	repeat                          int
}

func newCardReadCommand(a *app) *cobra.Command {
	var o cardOptions
	cmd := &cobra.Command{
		Use:   "read",
		Short: "Read a card with the key that is printed on it",
		Long: "Read opens the chip with the printed key, reads its files and checks that they\n" +
			"are genuine. Give one of --can, --mrz, --qr, --pin, or --doc with --dob and --exp.\n" +
			"With --mrz or --qr the print is compared with the chip, field by field.\n" +
			"A card that is lost is waited for, and read on when it comes back.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runCardRead(cmd.Context(), a, o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.can, "can", "", "card access number: six digits (the last six of the 12-digit number)")
	f.StringVar(&o.mrzFile, "mrz", "", "file with the machine-readable zone, - for standard input")
	f.StringVar(&o.qr, "qr", "", "text of the card's QR code")
	f.StringVar(&o.doc, "doc", "", "document number of the MRZ key")
	f.StringVar(&o.dob, "dob", "", "date of birth of the MRZ key, YYMMDD")
	f.StringVar(&o.exp, "exp", "", "date of expiry of the MRZ key, YYMMDD")
	f.StringVar(&o.pin, "pin", "", "the holder's PIN, where the card has one")
	f.StringVar(&o.terminal, "terminal", "", "folder with the certificates (*.cvcert) and the key that may read fingerprints")
	f.DurationVar(&o.resume, "resume", reader.DefaultWait, "how long a card that is lost may take to come back (0: not at all)")
	f.StringVar(&o.reader, "reader", "", "name of the card reader (default: the first)")
	f.StringVar(&o.trust, "trust", "", "folder with the CSCA certificates to trust")
	f.BoolVar(&o.all, "all", false, "read EF.ATR/INFO and EF.DIR too, which no check needs")
	f.BoolVar(&o.strict, "strict", false, "an inconclusive verdict is an error too")
	f.IntVar(&o.repeat, "repeat", 1, "read the card this many times")
	f.StringVar(&o.out, "out", "", "folder to write the chip's files and the portrait to")
	cmd.MarkFlagsMutuallyExclusive("can", "mrz", "qr", "doc", "pin")
	cmd.MarkFlagsOneRequired("can", "mrz", "qr", "doc", "pin")
	cmd.MarkFlagsRequiredTogether("doc", "dob", "exp")
	return cmd
}

func runCardRead(ctx context.Context, a *app, o cardOptions) error {
	keys, print, err := o.printed(a)
	if err != nil {
		var c *codedError
		if !errors.As(err, &c) {
			err = coded(exitUsage, err)
		}
		return err
	}
	if o.repeat < 1 {
		return coded(exitUsage, errors.New("--repeat wants a number from 1"))
	}
	var trust *passive.Trust
	if o.trust != "" {
		if trust, err = passive.LoadTrust(o.trust); err != nil {
			return err
		}
		for _, w := range warnings(trust) {
			fmt.Fprintln(a.stderr, "tram: not used from the trust folder:", w)
		}
	}
	r, err := o.newReader(trust)
	if err != nil {
		return err
	}
	slot, err := pcsc.Open(o.reader)
	if err != nil {
		return explained(err)
	}
	drawn := !a.json && terminal(a.stderr)
	if drawn {
		r.OnProgress = progressLine(a.stderr)
	}
	report, failures, err := readCards(ctx, r, slot, keys, o.repeat)
	if drawn {
		fmt.Fprint(a.stderr, "\r\x1b[K")
	}
	if err = explained(err); err != nil && report == nil {
		return err
	}
	var items []compare.Item
	if print != nil {
		items = compare.Compare(print, compare.FromChip(report.Document, time.Now()))
		report.Checks = append(report.Checks, compare.Check(items))
	}
	if o.out != "" {
		if err := writeFiles(o.out, report); err != nil {
			return err
		}
	}
	if err := a.printReport(report, items, o.repeat, failures); err != nil {
		return err
	}
	if err != nil {
		return err
	}
	return verdictError(report.Checks, o.strict)
}

// newReader makes the reader that the flags ask for. What it learns of the
// card's type serves all the reads of one command.
func (o cardOptions) newReader(trust *passive.Trust) (*reader.Reader, error) {
	r := &reader.Reader{Trust: trust, Wait: o.resume, Everything: o.all, Extended: new(reader.Lengths), Attempts: new(reader.Attempts)}
	if o.resume <= 0 {
		r.Wait = -1
	}
	if o.terminal != "" {
		t, err := auth.LoadTerminal(o.terminal)
		if err != nil {
			return nil, coded(exitUsage, err)
		}
		r.Terminal = t
	}
	return r, nil
}

// readCards reads n times and returns the last good report, how many reads
// failed, and the last failure.
func readCards(ctx context.Context, r *reader.Reader, slot apdu.Slot, keys []access.Key, n int) (last *reader.Report, failures int, lastErr error) {
	for range n {
		report, err := r.Read(ctx, slot, keys)
		if err != nil {
			failures, lastErr = failures+1, err
			if ctx.Err() != nil {
				break
			}
			continue
		}
		last = report
	}
	return last, failures, lastErr
}

// verdictError turns the checks into the command's outcome.
func verdictError(checks []verdict.Check, strict bool) error {
	worst := verdict.Worst(checks)
	if worst != verdict.Failed && (worst != verdict.Inconclusive || !strict) {
		return nil
	}
	for _, c := range checks {
		if c.Outcome == worst {
			return coded(exitVerification, fmt.Errorf("verification %s: %s: %s", worst, c.Name, c.Reason.EN))
		}
	}
	return coded(exitVerification, fmt.Errorf("verification %s", worst))
}

// progressLine returns a progress callback that redraws one terminal line.
func progressLine(w io.Writer) func(reader.Progress) {
	return func(p reader.Progress) {
		const width = 30
		full := 0
		if p.Total > 0 {
			full = min(width*p.Done/p.Total, width)
		}
		fmt.Fprintf(w, "\r\x1b[K%s%s %d/%d bytes  %s", strings.Repeat("█", full), strings.Repeat("░", width-full), p.Done, p.Total, p.Step)
	}
}

// writeFiles stores what was read, for the officer's own eyes: 0600 in a 0700
// folder.
func writeFiles(dir string, r *reader.Report) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, f := range r.Document.Raw {
		if err := os.WriteFile(filepath.Join(dir, f.Name+".bin"), f.Bytes, 0o600); err != nil {
			return err
		}
	}
	if face := r.Document.Face; face != nil {
		ext := map[string]string{"image/jpeg": ".jpg", "image/jp2": ".jp2"}[face.MediaType]
		if ext == "" {
			ext = ".j2k"
		}
		return os.WriteFile(filepath.Join(dir, "portrait"+ext), face.Image, 0o600)
	}
	return nil
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
