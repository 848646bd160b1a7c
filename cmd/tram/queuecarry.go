package main

import (
	"context"
	"errors"
	"fmt"

	"os"
	"path/filepath"
	"regexp"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/tram-station/tram/kiosk/operator"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/courier"
	"github.com/tram-station/tram/offline/dossier"
	"github.com/tram-station/tram/offline/envelope"
)

// Who acts from the command line without having signed in, and what it does.
const (
	commandLine = "command-line"
	actFound    = "look-up"
)

// supervise asks for a supervisor's name and PIN, on standard input or at the
// terminal, and says who that is. A wrong PIN counts as it does at the kiosk.
func supervise(a *app, b *offline.Outbox, data, name string) (operator.Officer, error) {
	people, err := openPeople(b, data)
	if err != nil {
		return operator.Officer{}, err
	}
	in := a.lines()
	if name == "" {
		if name, err = in.ask("Supervisor:", false); err != nil {
			return operator.Officer{}, err
		}
	}
	pin, err := in.ask("PIN:", true)
	if err != nil {
		return operator.Officer{}, err
	}
	who, err := people.Approve(name, operator.PIN(pin))
	if errors.Is(err, operator.ErrLocked) {
		err = errors.Join(err, b.Act(commandLine, offline.ActLockout, uuid.Nil, "", "supervisor"))
	}
	if err != nil {
		return operator.Officer{}, coded(exitVerification, err)
	}
	return who, nil
}

func newQueueExportCommand(a *app, o *queueOptions) *cobra.Command {
	var as string
	cmd := &cobra.Command{
		Use: "export FILE", Short: "Write what waits, and receipts for other stations, to a bundle that is carried by hand",
		Long: "Export writes a tar file for a courier: the dossiers that wait, sealed as they are,\n" +
			"and receipts that go back to other stations. The dossiers stay here until their\n" +
			"receipts come back. It needs a policy signed by the central that allows it, and a\n" +
			"supervisor's name (or --as) and PIN on standard input.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withOutbox(*o, func(b *offline.Outbox) error { return queueExport(cmd.Context(), a, b, o.data, as, args[0]) })
		},
	}
	cmd.Flags().StringVar(&as, "as", "", "the supervisor who answers for it (default: asked for)")
	return cmd
}

func queueExport(ctx context.Context, a *app, b *offline.Outbox, data, as, path string) (err error) {
	if err := b.MayCarry(); err != nil { // before anybody types a PIN
		return coded(exitRefused, err)
	}
	who, err := supervise(a, b, data, as)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return coded(exitQueue, err)
	}
	n, err := b.Export(ctx, f, who.ID)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return carryError(errors.Join(err, os.Remove(path)))
	}
	if a.json {
		return a.printJSON(map[string]any{"file": path, "items": n})
	}
	fmt.Fprintf(a.stdout, "%d dossiers and receipts in %s: they stay here until their receipts are back\n", n, path)
	list, err := b.List()
	if err != nil {
		return coded(exitQueue, err)
	}
	damaged := 0
	for _, s := range list {
		if s.State == offline.Damaged {
			damaged++
		}
	}
	if damaged > 0 {
		fmt.Fprintf(a.stdout, "%d damaged dossiers are not in it: see `tram queue ls`\n", damaged)
	}
	return nil
}

func newQueueImportCommand(a *app, o *queueOptions) *cobra.Command {
	var as string
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Take a bundle: dossiers of other stations to send on, and receipts",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withOutbox(*o, func(b *offline.Outbox) error { return queueImport(cmd.Context(), a, b, o.data, as, args[0]) })
		},
	}
	cmd.Flags().StringVar(&as, "as", "", "the supervisor who answers for it (default: asked for)")
	return cmd
}

func queueImport(ctx context.Context, a *app, b *offline.Outbox, data, as, path string) error {
	if err := b.MayCarry(); err != nil {
		return coded(exitRefused, err)
	}
	f, err := os.Open(path)
	if err != nil {
		return coded(exitUsage, err)
	}
	defer func() { _ = f.Close() }() // it was only read
	who, err := supervise(a, b, data, as)
	if err != nil {
		return err
	}
	out, err := b.Import(ctx, f, who.ID)
	if perr := a.printOutcome(out); perr != nil {
		return errors.Join(err, perr)
	}
	return carryError(err)
}

func (a *app) printOutcome(out courier.Outcome) error {
	if a.json {
		return a.printJSON(out)
	}
	from := ""
	if out.Station != "" {
		from = fmt.Sprintf(" of %s, packed %s", out.Station, local(out.At))
	}
	fmt.Fprintf(a.stdout, "bundle%s: %d dossiers and %d receipts taken, %d were here already\n", from, out.Dossiers, out.Receipts, out.Known)
	for _, r := range out.Refused {
		fmt.Fprintf(a.stdout, "%s: %s\n", r.ID, r.Reason)
	}
	return nil
}

// carryError gives an error of the courier its exit code.
func carryError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, offline.ErrCourier):
		return coded(exitRefused, err)
	case errors.Is(err, courier.ErrBundle), errors.Is(err, courier.ErrCut):
		return coded(exitInvalid, err)
	default:
		return coded(exitQueue, err)
	}
}

// reviewOptions are the flags of `tram queue review`.
type reviewOptions struct {
	as, identity, out, reason string
	approve, reject           bool
}

func newQueueReviewCommand(a *app, o *queueOptions) *cobra.Command {
	var r reviewOptions
	cmd := &cobra.Command{
		Use: "review ID", Short: "Open a dossier that waits for a supervisor; with --approve or --reject decide on it",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withOutbox(*o, func(b *offline.Outbox) error { return queueReview(cmd.Context(), a, b, o.data, r, args[0]) })
		},
	}
	f := cmd.Flags()
	f.StringVar(&r.as, "as", "", "the supervisor who answers for it (default: asked for)")
	f.StringVar(&r.identity, "identity", "", "file of the supervisor's age identity")
	f.StringVar(&r.out, "out", "", "new folder to write the sections to (default: only list them)")
	f.StringVar(&r.reason, "reason", "", "code of the reason, for the audit log")
	f.BoolVar(&r.approve, "approve", false, "seal it to the central alone and queue it")
	f.BoolVar(&r.reject, "reject", false, "drop it")
	cmd.MarkFlagsMutuallyExclusive("approve", "reject")
	if err := cmd.MarkFlagRequired("identity"); err != nil {
		panic(err) // the flag stands above
	}
	return cmd
}

func queueReview(ctx context.Context, a *app, b *offline.Outbox, data string, r reviewOptions, arg string) error {
	id, err := dossierID(arg)
	if err != nil {
		return err
	}
	if err := offline.CheckReason(r.reason); err != nil {
		return coded(exitUsage, err)
	}
	identity, err := envelope.LoadIdentity(r.identity)
	if err != nil {
		return coded(exitUsage, err)
	}
	who, err := supervise(a, b, data, r.as)
	if err != nil {
		return err
	}
	d, err := b.Review(ctx, id, identity, who.ID)
	if err != nil {
		return coded(exitQueue, err)
	}
	if r.out != "" {
		if err := writeSections(r.out, d.Sections); err != nil {
			return coded(exitQueue, err)
		}
	}
	if err := a.printSections(d); err != nil {
		return err
	}
	if !r.approve && !r.reject {
		return nil
	}
	if err := b.Release(ctx, id, identity, r.approve, who.ID, r.reason); err != nil {
		return coded(exitQueue, err)
	}
	if !a.json {
		verb := "dropped"
		if r.approve {
			verb = "sealed to the central alone and queued"
		}
		fmt.Fprintln(a.stdout, verb)
	}
	return nil
}

func (a *app) printSections(d *dossier.Dossier) error {
	if a.json {
		type section struct {
			Name      string          `json:"name"`
			MediaType string          `json:"media_type"`
			Bytes     int             `json:"bytes"`
			SHA256    envelope.Digest `json:"sha256"`
		}
		list := []section{}
		for _, s := range d.Sections {
			list = append(list, section{s.Name, s.MediaType, len(s.Bytes), envelope.Sum(s.Bytes)})
		}
		return a.printJSON(map[string]any{"id": d.ID, "kind": d.Kind, "officer": d.Officer, "virtual": d.Virtual, "sections": list})
	}
	fmt.Fprintf(a.stdout, "dossier %s (%s) by %s\n", d.ID, d.Kind, d.Officer)
	for _, s := range d.Sections {
		fmt.Fprintf(a.stdout, "  %-12s %8d bytes  %s\n", s.Name, len(s.Bytes), s.MediaType)
	}
	return nil
}

// plainName is what may be a file's name as it is.
var plainName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// writeSections writes what was opened to a new folder that only its owner
// reads.
func writeSections(out string, sections []dossier.Section) error {
	if err := os.Mkdir(out, 0o700); err != nil {
		return err
	}
	for i, s := range sections {
		name := s.Name
		if !plainName.MatchString(name) {
			name = fmt.Sprintf("section-%d", i+1)
		}
		if err := os.WriteFile(filepath.Join(out, name), s.Bytes, 0o600); err != nil {
			return err
		}
	}
	return nil
}
