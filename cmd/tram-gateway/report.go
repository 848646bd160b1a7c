package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/offline/gateway"
)

func newReportCommand(dir *string) *cobra.Command {
	var asJSON, troubled bool
	var s storeFlags
	cmd := &cobra.Command{
		Use:   "report [STATION...]",
		Short: "What stations last reported: dossiers that wait, gaps in their numbers, security events",
		RunE: func(cmd *cobra.Command, args []string) error {
			all, err := s.witnesses(cmd.Context(), *dir)
			if err != nil {
				return err
			}
			all = slices.DeleteFunc(all, func(w gateway.Witness) bool {
				return len(args) > 0 && !slices.Contains(args, w.Station) || troubled && len(w.Gaps)+len(w.Events) == 0
			})
			slices.SortFunc(all, func(a, b gateway.Witness) int { return strings.Compare(a.Station, b.Station) })
			if asJSON {
				enc := json.NewEncoder(cmd.OutOrStdout())
				for _, w := range all {
					if err := enc.Encode(w); err != nil {
						return err
					}
				}
				return nil
			}
			return printWitnesses(tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0), all)
		},
	}
	s.add(cmd.Flags())
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON lines")
	cmd.Flags().BoolVar(&troubled, "troubled", false, "only stations with gaps or security events")
	return cmd
}

func printWitnesses(w *tabwriter.Writer, all []gateway.Witness) error {
	fmt.Fprintln(w, "STATION\tREPORT\tAT\tWAITING\tOLDEST\tGAPS\tEVENTS")
	for _, s := range all {
		oldest := "-"
		if s.Health.Oldest > 0 {
			oldest = time.UnixMilli(s.Health.Oldest).UTC().Format(time.DateTime)
		}
		var gaps, events []string
		for _, g := range s.Gaps {
			gaps = append(gaps, fmt.Sprintf("%d-%d", g[0], g[1]))
		}
		for _, e := range s.Events {
			events = append(events, fmt.Sprintf("%s:%d", e.Code, e.Count))
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%d\t%s\t%s\t%s\n", s.Station, s.Number, s.At.Format(time.DateTime), s.Health.Waiting, oldest,
			strings.Join(gaps, ","), strings.Join(events, ","))
	}
	return w.Flush()
}
