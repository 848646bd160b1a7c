package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/offline/gateway/central"
)

func newRegisterCommand() *cobra.Command {
	var count int
	var seed uint64
	var station string
	cmd := &cobra.Command{
		Use:   "register DIR",
		Short: "Write a register of invented citizens into the folder (run --register), for tests and demos; also while the gateway runs",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if count < 1 || count > maxInvented {
				return fmt.Errorf("--count is 1 to %d", maxInvented)
			}
			if err := central.Invent(args[0], count, seed, station, time.Now()); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d invented citizens in %s\n", count, args[0])
			return nil
		},
	}
	cmd.Flags().IntVar(&count, "count", 100, "how many")
	cmd.Flags().Uint64Var(&seed, "seed", 1, "the same seed makes the same people")
	cmd.Flags().StringVar(&station, "station", "", "give this station appointments for today")
	return cmd
}

// maxInvented keeps their numbers apart.
const maxInvented = 100_000
