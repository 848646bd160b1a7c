package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/queue"
)

// Colours of a terminal for the states (ECMA-48 SGR).
const (
	colourWaits = "\x1b[33m" // yellow
	colourGood  = "\x1b[32m" // green
	colourBad   = "\x1b[31m" // red
	colourEnd   = "\x1b[0m"
)

// paint colours a state where a person looks at a terminal.
func paint(w io.Writer, s offline.State) string {
	if !terminal(w) {
		return s.String()
	}
	colour := ""
	switch {
	case s.Waiting() || s == offline.FixNeeded:
		colour = colourWaits
	case s == offline.Approved:
		colour = colourGood
	case s == offline.Rejected || s == offline.Refused || s == offline.Damaged:
		colour = colourBad
	default:
		return s.String()
	}
	return colour + s.String() + colourEnd
}

func newQueueLsCommand(a *app, o *queueOptions) *cobra.Command {
	var drafts, held, carried bool
	cmd := &cobra.Command{
		Use: "ls", Short: "List the dossiers, oldest first", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return withOutbox(*o, func(b *offline.Outbox) error {
				list := b.List
				switch {
				case drafts:
					list = b.Drafts
				case held:
					list = b.Held
				case carried:
					list = b.Carried
				}
				return queueLs(a, list)
			})
		},
	}
	cmd.Flags().BoolVar(&drafts, "drafts", false, "the enrolments that are under way")
	cmd.Flags().BoolVar(&held, "held", false, "those that wait for a supervisor")
	cmd.Flags().BoolVar(&carried, "carried", false, "those that came by courier from other stations")
	cmd.MarkFlagsMutuallyExclusive("drafts", "held", "carried")
	return cmd
}

// queueLs prints a list, one dossier a line.
func queueLs(a *app, list func() ([]offline.Status, error)) error {
	all, err := list()
	if err != nil {
		return coded(exitQueue, err)
	}
	if a.json {
		for _, s := range all {
			if err := a.printJSON(s); err != nil {
				return err
			}
		}
		return nil
	}
	// The state stands last but for the words: what colours it has no width.
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tSEALED\tKIB\tTRIES\tWHO\tSTATE\tDETAIL")
	for _, s := range all {
		who := s.Masked
		if who == "" {
			who = s.Initials + s.Station
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%s\t%s\t%s\n", s.ID, local(s.Enqueued), s.Bytes>>10, s.Tries, who, paint(a.stdout, s.State), s.Detail)
	}
	return w.Flush()
}

func local(t time.Time) string { return t.Local().Format(time.DateTime) }

// dossierID reads the argument of a command.
func dossierID(arg string) (uuid.UUID, error) {
	id, err := uuid.Parse(arg)
	if err != nil {
		return uuid.Nil, coded(exitUsage, fmt.Errorf("%q is no dossier ID: see `tram queue ls`", arg))
	}
	return id, nil
}

func queueShow(a *app, b *offline.Outbox, arg string) error {
	id, err := dossierID(arg)
	if err != nil {
		return err
	}
	s, err := anyStatus(b, id)
	if err != nil {
		return coded(exitQueue, err)
	}
	if a.json {
		return a.printJSON(s)
	}
	return a.printStatus(s)
}

// anyStatus is how a dossier of any of the lists stands.
func anyStatus(b *offline.Outbox, id uuid.UUID) (offline.Status, error) {
	s, err := b.Status(id)
	for _, list := range []func() ([]offline.Status, error){b.Held, b.Carried, b.Drafts} {
		if !errors.Is(err, offline.ErrNotFound) {
			break
		}
		all, lerr := list()
		if lerr != nil {
			return s, lerr
		}
		for _, other := range all {
			if other.ID == id {
				return other, nil
			}
		}
	}
	return s, err
}

// printStatus prints one dossier: how it stands, how it came there with the
// evidence of the time, and the receipt.
func (a *app) printStatus(s offline.Status) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "dossier\t%s\nkind\t%s\nstate\t%s\nsealed\t%s\nbytes\t%d\ntries\t%d\nmanifest\t%s\n",
		s.ID, s.Kind, paint(a.stdout, s.State), local(s.Enqueued), s.Bytes, s.Tries, s.Manifest)
	for _, row := range [][2]string{{"detail", s.Detail}, {"initials", s.Initials}} {
		if row[1] != "" {
			fmt.Fprintf(w, "%s\t%s\n", row[0], row[1])
		}
	}
	if s.Held {
		fmt.Fprintln(w, "held\tit waits for a supervisor and is not sent: `tram queue review`")
	}
	if f := s.Fix; f != nil {
		by := ""
		if !f.Deadline.IsZero() {
			by = " by " + local(f.Deadline)
		}
		fmt.Fprintf(w, "to bring again\t%s (%s)%s\n", f.Section, f.Reason, by)
	}
	if s.Corrects != uuid.Nil {
		fmt.Fprintf(w, "corrects\t%s, section %s\n", s.Corrects, s.Section)
	}
	if s.Corrected != uuid.Nil {
		fmt.Fprintf(w, "corrected by\t%s\n", s.Corrected)
	}
	if r := s.Receipt; r != nil {
		fmt.Fprintf(w, "receipt\tposition %d, %s by the central's clock\n", r.LogPosition, local(r.Time))
		if r.Audit != nil {
			fmt.Fprintf(w, "\tcounter-signed: audit log of %d acts, %s\n", r.Audit.Size, hex.EncodeToString(r.Audit.Root[:8]))
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return a.printTimes(s.Steps)
}

func (a *app) printTimes(steps []queue.Step) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "STEP\tSTATION'S CLOCK\tCENTRAL'S, LAST KNOWN\tSINCE START\tSTART")
	for _, s := range steps {
		central, start := "-", "-"
		if s.At.Trusted != 0 {
			central = local(time.UnixMilli(s.At.Trusted))
		}
		if s.At.Boot != nil {
			start, _, _ = strings.Cut(s.At.Boot.String(), "-")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", s.State, local(time.UnixMilli(s.At.Wall)), central,
			(time.Duration(s.At.Monotonic) * time.Millisecond).Round(time.Second), start)
	}
	return w.Flush()
}

// queueFind asks for a citizen's number on standard input: an argument would
// stand in the shell's history and in the list of processes.
func queueFind(a *app, b *offline.Outbox) error {
	number, err := a.lines().ask("The citizen's number:", true)
	if err != nil {
		return err
	}
	found, err := b.Find(number)
	if err != nil {
		return coded(exitQueue, err)
	}
	if len(found) == 0 && !a.json {
		fmt.Fprintln(a.stdout, "no dossier of this number is known here")
	}
	for _, s := range found {
		if a.json {
			err = a.printJSON(s)
		} else {
			err = a.printStatus(s)
		}
		if err != nil {
			return err
		}
	}
	return b.Act(commandLine, actFound, uuid.Nil, "", fmt.Sprintf("%d dossiers", len(found)))
}
