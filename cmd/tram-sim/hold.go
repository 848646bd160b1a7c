package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// What other programs do to a reader: reset its card, or hold it.

// otherProgram is what such a command prints once it has happened.
type otherProgram struct {
	Reader string `json:"reader"`
	Reset  bool   `json:"reset,omitempty"`
	Held   bool   `json:"held,omitempty"`
}

// again is the pause before a busy card is tried again.
const again = 20 * time.Millisecond

func newResetCommand(a *app) *cobra.Command {
	var reader string
	cmd := &cobra.Command{
		Use:   "reset",
		Short: "Reset the card in a reader, as another program would",
		Long: `Connect to the card in a PC/SC reader and reset it, as another program would.
Where a program holds the card in a transaction, this waits for its end.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a.started = true
			name, err := resetCard(cmd.Context(), reader)
			if err != nil {
				return err
			}
			return writeLine(a.stdout, otherProgram{Reader: name, Reset: true})
		},
	}
	cmd.Flags().StringVar(&reader, "reader", "", "the reader, or a part of its name (default: the first)")
	return cmd
}

func newHoldCommand(a *app) *cobra.Command {
	var reader string
	var length time.Duration
	cmd := &cobra.Command{
		Use:   "hold",
		Short: "Hold the card in a reader for itself, as another program would",
		Long: `Connect to the card in a PC/SC reader exclusively and hold it until stopped:
other programs find the reader busy. One JSON line says when it is held.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a.started = true
			return runHold(cmd.Context(), a, reader, length)
		},
	}
	cmd.Flags().StringVar(&reader, "reader", "", "the reader, or a part of its name (default: the first)")
	cmd.Flags().DurationVar(&length, "for", 0, "let go after this long (0: when stopped)")
	return cmd
}

func runHold(ctx context.Context, a *app, reader string, length time.Duration) error {
	name, release, err := holdCard(ctx, reader)
	if err != nil {
		return err
	}
	defer release()
	if err := writeLine(a.stdout, otherProgram{Reader: name, Held: true}); err != nil {
		return err
	}
	if length > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, length)
		defer cancel()
	}
	<-ctx.Done()
	return nil
}

// pick chooses a reader by a part of its name.
func pick(readers []string, part string) (string, error) {
	for _, r := range readers {
		if strings.Contains(r, part) {
			return r, nil
		}
	}
	return "", fmt.Errorf("%w: no reader is named like %q", errNoReader, part)
}
