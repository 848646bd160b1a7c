package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/offline/gateway"
)

func newImportCommand(dir *string) *cobra.Command {
	var out string
	var cfg gateway.Config
	var s storeFlags
	cmd := &cobra.Command{
		Use:   "import BUNDLE",
		Short: "Take the dossiers of a courier's bundle and pack their receipts for the way back",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withBackOffice(cmd.Context(), *dir, s, cfg, func(b backOffice) error {
				return importBundle(cmd.Context(), cmd.OutOrStdout(), b, args[0], out)
			})
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "new file for the receipts")
	_ = cmd.MarkFlagRequired("out")
	cmd.Flags().BoolVar(&cfg.AllowVirtual, "allow-virtual", false, "take dossiers captured on virtual devices; a gateway that runs goes by its own flag")
	s.add(cmd.Flags())
	return cmd
}

// importBundle prints what became of the bundle. Receipts are written also for
// what was taken before a bundle broke off.
func importBundle(ctx context.Context, stdout io.Writer, b backOffice, bundle, out string) (err error) {
	in, err := os.Open(bundle)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	f, err := os.OpenFile(out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			err = fmt.Errorf("import: %w", err)
		}
	}()
	var reply gateway.ImportReply
	if err := b.call(ctx, http.MethodPost, "/import", in, &reply); err != nil {
		return errors.Join(err, os.Remove(out))
	}
	if _, err := f.Write(reply.Receipts); err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), json.NewEncoder(stdout).Encode(reply.Outcome)); err != nil {
		return err
	}
	if reply.Error != "" {
		return errors.New(reply.Error)
	}
	return nil
}
