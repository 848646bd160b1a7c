package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
)

func openDocuments(dir string, key *envelope.Signer) (*gateway.DocumentDir, error) {
	return gateway.OpenDocuments(filepath.Join(dir, "documents"), key, time.Now)
}

// documentsOf opens the folder's documents with its key.
func documentsOf(dir string) (*gateway.DocumentDir, error) {
	receipt, err := openReceiptKey(dir)
	if err != nil {
		return nil, err
	}
	return openDocuments(dir, receipt)
}

func newDocumentsCommand(dir *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "documents",
		Short: "Rule packs, trust lists, model packs and officer lists that stations fetch, by version, signed",
	}
	cmd.AddCommand(newDocumentsAddCommand(dir), newDocumentsListCommand(dir), &cobra.Command{
		Use:   "rm KIND NAME",
		Short: "Take a document out of the catalogue; stations that have it keep it",
		Args:  cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			d, err := documentsOf(*dir)
			if err != nil {
				return err
			}
			return d.Remove(args[0], args[1])
		},
	})
	return cmd
}

func newDocumentsAddCommand(dir *string) *cobra.Command {
	var from string
	cmd := &cobra.Command{
		Use:   "add KIND NAME VERSION FILE",
		Short: "Put a document into the catalogue in the place of its last version; KIND is rules, trust, models or officers",
		Args:  cobra.ExactArgs(4),
		RunE: func(cmd *cobra.Command, args []string) error {
			var at time.Time
			if from != "" {
				var err error
				if at, err = time.Parse(time.RFC3339, from); err != nil {
					return fmt.Errorf("--from is no time like 2026-12-01T00:00:00+07:00: %w", err)
				}
			}
			d, err := documentsOf(*dir)
			if err != nil {
				return err
			}
			f, err := os.Open(args[3])
			if err != nil {
				return err
			}
			defer func() { _ = f.Close() }()
			item, err := d.Add(args[0], args[1], args[2], at, f)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s %s %s: %d bytes, sha256 %s\n", item.Kind, item.Name, item.Version, item.Size, item.Digest)
			return nil
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "time from which it is in force (default: at once)")
	return cmd
}

func newDocumentsListCommand(dir *string) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "ls",
		Short: "Show the catalogue",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := documentsOf(*dir)
			if err != nil {
				return err
			}
			c, _, err := d.Catalogue()
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(c)
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintf(w, "catalogue %d of %s\n", c.Number, c.At.Format(time.DateTime))
			for _, i := range c.Items {
				fmt.Fprintf(w, "%s\t%s\t%s\t%d bytes\t%s\n", i.Kind, i.Name, i.Version, i.Size, i.Digest)
			}
			return w.Flush()
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}
