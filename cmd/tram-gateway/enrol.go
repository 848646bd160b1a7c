package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/offline/uplink"
)

func newEnrolCommand(dir *string) *cobra.Command {
	return &cobra.Command{
		Use:   "enrol STATION.json...",
		Short: "Let stations in: add their public keys, also while the gateway runs",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, path := range args {
				s, err := uplink.LoadStation(path)
				if err != nil {
					return err
				}
				if err := stationDir(*dir).Add(s); err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "station %s enrolled, key %s\n", s.ID, s.Key.ID())
			}
			return nil
		},
	}
}
