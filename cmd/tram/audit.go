package main

import (
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/audit"
)

// auditOptions choose the acts that are listed.
type auditOptions struct {
	last    int
	dossier string
}

func newAuditCommand(a *app) *cobra.Command {
	var o queueOptions
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "The station's record of what officers and the machine did",
		Long: "Every act stands in a log whose end the central counter-signs in each receipt.\n" +
			"Audit works on the station's own folder while `tram run` is stopped.",
	}
	o.flags(cmd.PersistentFlags())
	cmd.AddCommand(&cobra.Command{
		Use: "verify", Short: "Recompute the whole log and compare it with what the central and the TPM have seen", Args: cobra.NoArgs,
		Long: "Verify finds acts that were changed, taken out, cut off, inserted or put in another\n" +
			"order, an older copy of the folder that was put back, a disk that was cloned, and a\n" +
			"log that begins anew because a damaged index took all earlier acts with it.\n" +
			"Exit code 6 says that something was found.",
		RunE: func(*cobra.Command, []string) error {
			return withOutbox(o, func(b *offline.Outbox) error { return auditVerify(a, b) })
		},
	})
	var l auditOptions
	ls := &cobra.Command{
		Use: "ls", Short: "List the newest acts, the oldest of them first", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return withOutbox(o, func(b *offline.Outbox) error { return auditLs(a, b, l) })
		},
	}
	ls.Flags().IntVar(&l.last, "last", 50, "how many, 0 for all")
	ls.Flags().StringVar(&l.dossier, "dossier", "", "only those of this dossier")
	cmd.AddCommand(ls)
	return cmd
}

func auditVerify(a *app, b *offline.Outbox) error {
	r, err := b.AuditVerify()
	if err != nil {
		return coded(exitQueue, err)
	}
	if a.json {
		if err := a.printJSON(r); err != nil {
			return err
		}
	} else {
		printAudit(a, r)
	}
	if len(r.Problems) > 0 {
		return coded(exitVerification, fmt.Errorf("%d problems: keep the folder as it is and call support; dossiers still go out", len(r.Problems)))
	}
	return nil
}

func printAudit(a *app, r audit.Report) {
	fmt.Fprintf(a.stdout, "%d acts, root %s\n", r.Head.Size, r.Head.Root)
	fmt.Fprintf(a.stdout, "%d of them stand under a signature of the central (%d signed heads compared)\n", r.Witnessed, r.Witnesses)
	if r.Unchecked > 0 {
		fmt.Fprintf(a.stdout, "%d signed heads not compared: name the gateway's pairing file with --pairing\n", r.Unchecked)
	}
	switch {
	case !r.Anchored && r.Counter > 0:
		fmt.Fprintf(a.stdout, "NOT compared with the TPM that had counted to %d: name it with --tpm; if it is another one or gone, the disk may be a copy\n", r.Counter)
	case !r.Anchored:
		fmt.Fprintln(a.stdout, "not compared with a TPM: there is none, or --tpm none")
	case r.Counter == 0:
		fmt.Fprintln(a.stdout, "no act is anchored in the TPM yet")
	default:
		fmt.Fprintf(a.stdout, "anchored in the TPM at %d\n", r.Counter)
	}
	for _, p := range r.Problems {
		fmt.Fprintf(a.stdout, "%s: %s\n", p.Code, p.What)
	}
}

// listedAct is a line of `tram audit ls --json`.
type listedAct struct {
	Number uint64 `json:"number"`
	audit.Act
}

func auditLs(a *app, b *offline.Outbox, o auditOptions) error {
	var of uuid.UUID
	if o.dossier != "" {
		var err error
		if of, err = dossierID(o.dossier); err != nil {
			return err
		}
	}
	if o.last < 0 {
		return coded(exitUsage, errors.New("--last wants a number of acts, or 0 for all"))
	}
	var acts []listedAct
	err := b.Acts(0, func(n uint64, act audit.Act) error {
		if of != uuid.Nil && act.Dossier != of {
			return nil
		}
		if acts = append(acts, listedAct{n, act}); o.last > 0 && len(acts) > 2*o.last {
			acts = append(acts[:0], acts[len(acts)-o.last:]...)
		}
		return nil
	})
	if err != nil {
		return coded(exitVerification, fmt.Errorf("%w: see `tram audit verify`", err))
	}
	if o.last > 0 && len(acts) > o.last {
		acts = acts[len(acts)-o.last:]
	}
	if a.json {
		for _, act := range acts {
			if err := a.printJSON(act); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NUMBER\tTIME\tWHO\tWHAT\tDOSSIER\tMASKED\tDETAIL")
	for _, act := range acts {
		dossier := ""
		if act.Dossier != uuid.Nil {
			dossier = act.Dossier.String()
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", act.Number, act.At.Time().Local().Format(time.DateTime),
			act.Who, act.What, dossier, act.Masked, act.Detail)
	}
	return w.Flush()
}
