package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/uplink"
)

// queueOptions are the flags of all queue commands.
type queueOptions struct {
	data, pairing, tpm string
}

func newQueueCommand(a *app) *cobra.Command {
	var o queueOptions
	cmd := &cobra.Command{
		Use:   "queue",
		Short: "Look after the dossiers that wait at this station",
		Long: "Queue works on the station's own folder while `tram run` is stopped; a station\n" +
			"that runs shows its queue on its page and sends by itself.",
	}
	cmd.PersistentFlags().StringVar(&o.data, "data", defaultData(), "folder of the station's keys, queue and journal")
	tpmFlag(cmd.PersistentFlags(), &o.tpm)
	cmd.PersistentFlags().StringVar(&o.pairing, "pairing", "", "the gateway's pairing file (default: pairing.json in the data folder)")
	cmd.AddCommand(
		&cobra.Command{
			Use: "ls", Short: "List the dossiers, oldest first", Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error {
				return withOutbox(o, func(b *offline.Outbox) error { return queueLs(a, b) })
			},
		},
		&cobra.Command{
			Use: "show ID", Short: "Show one dossier and its receipt", Args: cobra.ExactArgs(1),
			RunE: func(_ *cobra.Command, args []string) error {
				return withOutbox(o, func(b *offline.Outbox) error { return queueShow(a, b, args[0]) })
			},
		},
		&cobra.Command{
			Use: "retry [ID...]", Short: "Send what waits, now; with IDs also what was refused",
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

// withOutbox opens the station's outbox for one command.
func withOutbox(o queueOptions, do func(*offline.Outbox) error) (err error) {
	station, err := uplink.LoadStation(filepath.Join(o.data, "station.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return coded(exitQueue, fmt.Errorf("there is no station in %s: name its folder with --data", o.data))
	}
	if err != nil {
		return coded(exitQueue, err)
	}
	keys, err := openKeys(keyOptions{o.data, o.tpm}, station.ID, false)
	if err != nil {
		return err
	}
	defer closed(keys)
	cfg := offline.Config{Dir: filepath.Join(o.data, "queue"), StationID: station.ID, Signer: keys.signer}
	path := o.pairing
	if path == "" {
		path = filepath.Join(o.data, "pairing.json")
	}
	pairing, err := uplink.LoadPairing(path)
	if err == nil {
		err = cfg.Pair(pairing)
	}
	// Without a pairing the queue can still be looked at.
	if err != nil && (o.pairing != "" || !errors.Is(err, fs.ErrNotExist)) {
		return coded(exitUsage, err)
	}
	b, err := offline.Open(cfg)
	if err != nil {
		return coded(exitQueue, err)
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	return do(b)
}

func queueLs(a *app, b *offline.Outbox) error {
	list, err := b.List()
	if err != nil {
		return coded(exitQueue, err)
	}
	if a.json {
		for _, s := range list {
			if err := a.printJSON(s); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tSTATE\tSEALED\tKIB\tTRIES\tMASKED\tDETAIL")
	for _, s := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%s\t%s\n", s.ID, s.State,
			s.Enqueued.Local().Format(time.DateTime), s.Bytes>>10, s.Tries, s.Masked, s.Detail)
	}
	return w.Flush()
}

func queueShow(a *app, b *offline.Outbox, arg string) error {
	id, err := uuid.Parse(arg)
	if err != nil {
		return coded(exitUsage, fmt.Errorf("%q is no dossier ID: see `tram queue ls`", arg))
	}
	s, err := b.Status(id)
	if err != nil {
		return coded(exitQueue, err)
	}
	if a.json {
		return a.printJSON(s)
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "dossier\t%s\nkind\t%s\nstate\t%s\nsealed\t%s\nbytes\t%d\ntries\t%d\nmanifest\t%s\n",
		s.ID, s.Kind, s.State, s.Enqueued.Local().Format(time.DateTime), s.Bytes, s.Tries, s.Manifest)
	if s.Detail != "" {
		fmt.Fprintf(w, "detail\t%s\n", s.Detail)
	}
	if s.Receipt != nil {
		fmt.Fprintf(w, "receipt\tposition %d, %s\n", s.Receipt.LogPosition, s.Receipt.Time.Local().Format(time.DateTime))
	}
	return w.Flush()
}

func queueRetry(cmd *cobra.Command, a *app, b *offline.Outbox, args []string) error {
	var ids []uuid.UUID
	for _, arg := range args {
		id, err := uuid.Parse(arg)
		if err != nil {
			return coded(exitUsage, fmt.Errorf("%q is no dossier ID: see `tram queue ls`", arg))
		}
		ids = append(ids, id)
	}
	if err := b.Retry(ids...); err != nil {
		return coded(exitQueue, err)
	}
	sendErr := b.Send(cmd.Context())
	if err := queueLs(a, b); err != nil {
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
		for _, p := range r.Problems {
			fmt.Fprintf(a.stdout, "%s: %s\n", p.ID, p.What)
		}
	}
	if len(r.Problems) > 0 {
		return coded(exitQueue, fmt.Errorf("%d problems: keep the folder as it is and call support; dossiers that are whole still go out", len(r.Problems)))
	}
	return nil
}
