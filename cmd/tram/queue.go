package main

import (
	"fmt"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/uplink"
)

// queueOptions are the flags of the commands that open the outbox.
type queueOptions struct {
	data, pairing, tpm string
}

func (o *queueOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&o.data, "data", defaultData(), "folder of the station's keys, queue and journal")
	f.StringVar(&o.pairing, "pairing", "", "the gateway's pairing file (default: pairing.json in the data folder)")
	tpmFlag(f, &o.tpm)
}

func newQueueCommand(a *app) *cobra.Command {
	var o queueOptions
	cmd := &cobra.Command{
		Use:   "queue",
		Short: "Look after the dossiers that wait at this station",
		Long: "Queue works on the station's own folder while `tram run` is stopped; a station\n" +
			"that runs shows its queue on its page and sends by itself.",
	}
	o.flags(cmd.PersistentFlags())
	cmd.AddCommand(
		newQueueLsCommand(a, &o),
		newQueueExportCommand(a, &o),
		newQueueImportCommand(a, &o),
		newQueueReviewCommand(a, &o),
		&cobra.Command{
			Use: "find", Short: "Show the dossiers of a citizen, whose number is read from standard input", Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error {
				return withOutbox(o, func(b *offline.Outbox) error { return queueFind(a, b) })
			},
		},
		&cobra.Command{
			Use: "show ID", Short: "Show one dossier: its steps with the evidence of time, and its receipt", Args: cobra.ExactArgs(1),
			RunE: func(_ *cobra.Command, args []string) error {
				return withOutbox(o, func(b *offline.Outbox) error { return queueShow(a, b, args[0]) })
			},
		},
		&cobra.Command{
			Use: "retry [ID...]", Short: "Send what waits, now, and ask for news; with IDs also what was refused",
			RunE: func(cmd *cobra.Command, args []string) error {
				return withOutbox(o, func(b *offline.Outbox) error { return queueRetry(cmd, a, b, args) })
			},
		},
		&cobra.Command{
			Use: "verify", Short: "Read the whole queue and check every digest, signature and receipt", Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error {
				return withOutbox(o, func(b *offline.Outbox) error { return queueVerify(a, b) })
			},
		},
	)
	return cmd
}

func queueRetry(cmd *cobra.Command, a *app, b *offline.Outbox, args []string) error {
	var ids []uuid.UUID
	for _, arg := range args {
		id, err := dossierID(arg)
		if err != nil {
			return err
		}
		ids = append(ids, id)
	}
	if err := b.Retry(ids...); err != nil {
		return coded(exitQueue, err)
	}
	sendErr := b.Sync(uplink.Urgent(cmd.Context())) // somebody asked: no hours of a metered line
	if err := queueLs(a, b.List); err != nil {
		return err
	}
	if sendErr != nil {
		return coded(exitOther, sendErr)
	}
	list, err := b.List()
	if err != nil {
		return coded(exitQueue, err)
	}
	for _, s := range list {
		if s.State == offline.Refused {
			return coded(exitRefused, fmt.Errorf("the central refused %s: %s", s.ID, s.Detail))
		}
	}
	return nil
}

func queueVerify(a *app, b *offline.Outbox) error {
	r, err := b.Verify()
	if err != nil {
		return coded(exitQueue, err)
	}
	if a.json {
		if err := a.printJSON(r); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(a.stdout, "%d dossiers, %d waiting, %d chunks, %d bytes\n", r.Entries, r.Waiting, r.Chunks, r.Bytes)
		if r.Unchecked > 0 {
			fmt.Fprintf(a.stdout, "%d receipts not checked: name the gateway's pairing file with --pairing\n", r.Unchecked)
		}
		for _, name := range r.Aside {
			fmt.Fprintf(a.stdout, "the index was damaged and built anew; the damaged one is kept as %s: tell support\n", name)
		}
		for _, p := range r.Problems {
			fmt.Fprintf(a.stdout, "%s: %s\n", p.ID, p.What)
		}
	}
	if len(r.Problems) > 0 {
		return coded(exitQueue, fmt.Errorf("%d problems: keep the folder as it is and call support; dossiers that are whole still go out", len(r.Problems)))
	}
	return nil
}
