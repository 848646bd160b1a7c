package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/offline/envelope"
)

// maxRecipientFile is far above a recipient's two kilobytes.
const maxRecipientFile = 16 << 10

func newIdentityCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "identity FILE",
		Short: "Make the authority's key, on a machine apart from the gateway, or show its public half (for run --recipient)",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			identity, err := envelope.OpenIdentity(args[0])
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), identity.Recipient())
			return nil
		},
	}
}

// loadRecipient reads what the command printed.
func loadRecipient(path string) (*envelope.Recipient, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	raw, err := io.ReadAll(io.LimitReader(f, maxRecipientFile))
	if err != nil {
		return nil, err
	}
	r, err := envelope.ParseRecipient(strings.TrimSpace(string(raw)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

func keyIDs(recipients []*envelope.Recipient) []envelope.KeyID {
	ids := make([]envelope.KeyID, len(recipients))
	for i, r := range recipients {
		ids[i] = r.ID()
	}
	return ids
}
