package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/uplink"
)

func newEnrolCommand(dir *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "enrol STATION.json...",
		Short: "Let stations in: by their files, or by the requests they sent; also while the gateway runs",
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
	cmd.AddCommand(newEnrolListCommand(dir),
		enrolDecision(dir, "approve", "Let the key of a request in", func(key envelope.KeyID) (string, error) {
			a, err := gateway.OpenAuthority(*dir, time.Now)
			if err != nil {
				return "", err
			}
			s, err := stationDir(*dir).Approve(key, a)
			return fmt.Sprintf("station %s enrolled, key %s", s.ID, key), err
		}),
		enrolDecision(dir, "refuse", "Decide against a request", func(key envelope.KeyID) (string, error) {
			return fmt.Sprintf("request of key %s refused", key), stationDir(*dir).Refuse(key)
		}),
		enrolDecision(dir, "revoke", "End a key's rights: what it still hands in is taken, into quarantine", func(key envelope.KeyID) (string, error) {
			return fmt.Sprintf("key %s revoked", key), stationDir(*dir).Revoke(key, time.Now())
		}))
	return cmd
}

// enrolDecision is a command that decides about keys, each named by itself or
// by a station's file.
func enrolDecision(dir *string, verb, short string, decide func(envelope.KeyID) (string, error)) *cobra.Command {
	return &cobra.Command{
		Use:   verb + " KEY|STATION.json...",
		Short: short,
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, arg := range args {
				key, err := keyOf(arg)
				if err != nil {
					return err
				}
				done, err := decide(key)
				switch {
				case errors.Is(err, gateway.ErrNoRequest):
					return fmt.Errorf("no request of key %s waits in %s: tram-gateway enrol ls lists them", key, *dir)
				case errors.Is(err, gateway.ErrUnknownStation):
					return fmt.Errorf("key %s is not enrolled: tram-gateway enrol ls lists those that are", key)
				case err != nil:
					return err
				}
				fmt.Fprintln(cmd.OutOrStdout(), done)
			}
			return nil
		},
	}
}

func keyOf(arg string) (envelope.KeyID, error) {
	var key envelope.KeyID
	if key.UnmarshalText([]byte(arg)) == nil {
		return key, nil
	}
	s, err := uplink.LoadStation(arg)
	if err != nil {
		return key, fmt.Errorf("%q is neither a key (32 hexadecimal digits) nor a station's file: %w", arg, err)
	}
	return s.Key.ID(), nil
}

// enrolLine is one key that is let in or wants to be.
type enrolLine struct {
	Station  string         `json:"station"`
	Province string         `json:"province,omitempty"`
	Key      envelope.KeyID `json:"key"`
	State    string         `json:"state"` // enrolled, revoked, pending, refused
	At       time.Time      `json:"at,omitzero"`
}

func newEnrolListCommand(dir *string) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "ls",
		Short: "List the keys that are let in, revoked, or wait for a decision",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			lines, err := enrolLines(stationDir(*dir))
			if err != nil {
				return err
			}
			if asJSON {
				enc := json.NewEncoder(cmd.OutOrStdout())
				for _, l := range lines {
					if err := enc.Encode(l); err != nil {
						return err
					}
				}
				return nil
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "STATE\tSTATION\tPROVINCE\tKEY\tSINCE")
			for _, l := range lines {
				since := ""
				if !l.At.IsZero() {
					since = l.At.Format(time.DateTime)
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", l.State, l.Station, l.Province, l.Key, since)
			}
			return w.Flush()
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON lines")
	return cmd
}

func enrolLines(dir gateway.StationDir) ([]enrolLine, error) {
	requests, err := dir.Requests()
	if err != nil {
		return nil, err
	}
	var lines []enrolLine
	for _, r := range requests {
		lines = append(lines, enrolLine{r.Station, r.Province, r.Key.ID(), string(r.State), r.At})
	}
	stations, err := dir.All()
	if err != nil {
		return nil, err
	}
	for _, s := range stations {
		state := "enrolled"
		if !s.Revoked.IsZero() {
			state = "revoked"
		}
		lines = append(lines, enrolLine{s.ID, s.Province, s.Key.ID(), state, s.Revoked})
	}
	return lines, nil
}
