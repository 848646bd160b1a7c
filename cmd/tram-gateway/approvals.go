package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway/central"
)

// exceptionsDir is the folder of the desk.
func exceptionsDir(dir string) string { return filepath.Join(dir, "exceptions") }

func newApprovalsCommand(dir *string) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "approvals",
		Short: "Exceptions that stations ask a supervisor to decide on: list, approve, refuse; also while the gateway runs",
		Args:  cobra.NoArgs,
	}
	cmd.PersistentFlags().BoolVar(&asJSON, "json", false, "print JSON, one object a line")
	cmd.AddCommand(newApprovalsList(dir, &asJSON),
		newApprovalsDecision(dir, &asJSON, true, "approve", "The enrolment may go on with the exception"),
		newApprovalsDecision(dir, &asJSON, false, "refuse", "The exception is not granted: the officer captures it again, asks a supervisor at the station, or ends the enrolment"))
	return cmd
}

// openDesk opens the desk of a gateway that has run on the folder.
func openDesk(dir string) (*central.DeskDir, error) {
	if _, err := os.Stat(filepath.Join(dir, "receipt.key")); err != nil {
		return nil, fmt.Errorf("%s is no gateway's folder, name it with --dir: %w", dir, err)
	}
	return central.OpenDesk(exceptionsDir(dir), slog.New(slog.NewTextHandler(os.Stderr, nil)))
}

func newApprovalsList(dir *string, asJSON *bool) *cobra.Command {
	var all bool
	var station string
	cmd := &cobra.Command{
		Use:   "ls",
		Short: "List what waits for a decision, oldest first",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			desk, err := openDesk(*dir)
			if err != nil {
				return err
			}
			cases, damaged := desk.Cases()
			cases = slices.DeleteFunc(cases, func(c central.Case) bool {
				return !all && c.Approval.State != central.Pending || station != "" && c.Station != station
			})
			return errors.Join(printCases(cmd.OutOrStdout(), cases, *asJSON), damaged)
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "also those that are decided, of the last seven days")
	cmd.Flags().StringVar(&station, "station", "", "only this station's")
	return cmd
}

func printCases(out io.Writer, cases []central.Case, asJSON bool) error {
	if asJSON {
		enc := json.NewEncoder(out)
		for _, c := range cases {
			if err := enc.Encode(c); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, c := range cases {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s: %s\t%s\t%s\t%s\n", c.ID, c.At.Format(time.RFC3339), c.Station, c.Code, c.Reason, c.Masked, c.Officer,
			strings.TrimSpace(string(c.Approval.State)+" "+c.Approval.Reason))
	}
	return w.Flush()
}

// newApprovalsDecision makes one of the two commands that decide.
func newApprovalsDecision(dir *string, asJSON *bool, approve bool, use, short string) *cobra.Command {
	r := central.Ruling{Approved: approve}
	var pack string
	cmd := &cobra.Command{
		Use:   use + " ID...",
		Short: short,
		Long:  short + ".\n\nThe decision is signed with the gateway's key, and the station puts it into the dossier.\nThe reasons are those of the rule pack; another one needs --words.",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			desk, err := openDesk(*dir)
			if err != nil {
				return err
			}
			if err := completeRuling(&r, pack); err != nil {
				return err
			}
			key, err := envelope.LoadKey(filepath.Join(*dir, "receipt.key"))
			if err != nil {
				return err
			}
			for _, arg := range args {
				id, err := uuid.Parse(arg)
				if err != nil {
					return fmt.Errorf("%q is no exception's ID: %w", arg, err)
				}
				a, err := desk.Decide(key, id, r)
				if err != nil {
					return fmt.Errorf("%s: %w", id, err)
				}
				if err := printApproval(cmd.OutOrStdout(), a, *asJSON); err != nil {
					return err
				}
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&r.Supervisor, "by", "", "who decides, an identifier and no name (default: the user of this machine)")
	f.StringVar(&r.Reason, "reason", "", "code of the reason")
	f.StringVar(&r.Words, "words", "", "the reason in a sentence for the officer, in Vietnamese (default: by the code)")
	f.StringVar(&pack, "rules", "", "rule pack that has the reasons (default: the built-in one)")
	return cmd
}

// completeRuling fills in what a decision has by default.
func completeRuling(r *central.Ruling, pack string) error {
	reasons, err := supervisorReasons(pack, r.Approved)
	if err != nil {
		return err
	}
	var codes []string
	for _, reason := range reasons {
		codes = append(codes, reason.Code)
		if r.Words == "" && reason.Code == r.Reason {
			r.Words = reason.Words.VI
		}
	}
	if r.Reason == "" || r.Words == "" {
		return fmt.Errorf("%q is none of the rules' reasons: name --reason %s, or another one and say it in a sentence with --words", r.Reason, strings.Join(codes, ", "))
	}
	if r.Supervisor == "" {
		u, err := user.Current()
		if err != nil {
			return fmt.Errorf("who decides? name --by: %w", err)
		}
		r.Supervisor = u.Username
	}
	return nil
}

// supervisorReasons are those that the rule pack gives a supervisor; "" is the
// built-in pack.
func supervisorReasons(pack string, approve bool) ([]rules.ExceptionRule, error) {
	p, err := rules.Default()
	if pack != "" {
		var raw []byte
		if raw, err = os.ReadFile(pack); err == nil {
			p, err = rules.Parse(raw)
		}
	}
	switch {
	case err != nil:
		return nil, err
	case p.Exceptions == nil:
		return nil, nil
	case approve:
		return p.Exceptions.Reasons, nil
	default:
		return p.Exceptions.Refusals, nil
	}
}

func printApproval(out io.Writer, a central.Approval, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(out).Encode(a)
	}
	_, err := fmt.Fprintf(out, "%s  %s by %s: %s\n", a.ID, a.State, a.Supervisor, a.Reason)
	return err
}
