package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/user"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/tram-station/tram/offline/gateway"
)

// reasons are the sentences that stations show for the common codes; another
// code needs --words.
var reasons = map[string]string{
	"blurred":    "Ảnh chân dung bị mờ, cần chụp lại",
	"background": "Phông nền ảnh chân dung không đạt, cần chụp lại",
	"face":       "Ảnh chân dung không khớp dữ liệu gốc, cần chụp lại",
	"fingers":    "Vân tay không đạt chất lượng, cần thu nhận lại",
	"document":   "Giấy tờ kèm theo chưa rõ hoặc thiếu trang, cần quét lại",
	"person":     "Thông tin công dân chưa khớp, cần kiểm tra lại với công dân",
	"duplicate":  "Công dân đã có tài khoản định danh mức 2",
	"deceased":   "Dữ liệu gốc chưa cho phép xử lý, mời công dân liên hệ cơ quan công an",
}

// officeOptions are what every review command takes.
type officeOptions struct {
	dir   *string
	store storeFlags
	json  bool
}

func (o *officeOptions) do(ctx context.Context, fn func(backOffice) error) error {
	return withBackOffice(ctx, *o.dir, o.store, gateway.Config{}, fn)
}

func newReviewCommand(dir *string) *cobra.Command {
	o := &officeOptions{dir: dir}
	cmd := &cobra.Command{
		Use:   "review",
		Short: "The back office: list dossiers, approve, reject, ask for a section; also while the gateway runs",
		Args:  cobra.NoArgs,
	}
	cmd.PersistentFlags().BoolVar(&o.json, "json", false, "print JSON, one object a line")
	o.store.add(cmd.PersistentFlags())
	cmd.AddCommand(newReviewList(o), newReviewShow(o),
		newDecision(o, "validate", "validated", "The dossier is complete and its signatures hold"),
		newDecision(o, "match", "matched", "Face and fingers match the register"),
		newDecision(o, "approve", "approved", "The account may be issued"),
		newDecision(o, "reject", "rejected", "The dossier is refused for good: --reason"),
		newDecision(o, "fix", "fix-needed", "One section has to be taken anew: --section, --reason, --deadline"))
	return cmd
}

func newReviewList(o *officeOptions) *cobra.Command {
	var state, station string
	var limit int
	cmd := &cobra.Command{
		Use:   "ls",
		Short: "List dossiers in the order in which they came",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.do(cmd.Context(), func(b backOffice) error {
				return listReviews(cmd.Context(), cmd.OutOrStdout(), b, o.json, state, station, limit)
			})
		},
	}
	cmd.Flags().StringVar(&state, "state", "", "only these: custody, validated, matched, approved, fix-needed or rejected")
	cmd.Flags().StringVar(&station, "station", "", "only this station's")
	cmd.Flags().IntVar(&limit, "limit", 100, "at most so many")
	return cmd
}

func listReviews(ctx context.Context, out io.Writer, b backOffice, asJSON bool, state, station string, limit int) error {
	p := newReviewPrinter(out, asJSON)
	for after := uint64(0); limit > 0; {
		q := url.Values{"after": {strconv.FormatUint(after, 10)}, "limit": {strconv.Itoa(limit)}, "state": {state}, "station": {station}}
		var list gateway.ReviewList
		if err := b.call(ctx, http.MethodGet, "/review?"+q.Encode(), nil, &list); err != nil {
			return err
		}
		for _, v := range list.Dossiers {
			if err := p.print(v); err != nil {
				return err
			}
		}
		limit -= len(list.Dossiers)
		if after = list.Next; after == 0 {
			break
		}
	}
	return p.flush()
}

func newReviewShow(o *officeOptions) *cobra.Command {
	return &cobra.Command{
		Use:   "show ID",
		Short: "Show what is known of a dossier without opening it",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := dossierID(args[0])
			if err != nil {
				return err
			}
			return o.do(cmd.Context(), func(b backOffice) error {
				var v gateway.Review
				if err := b.call(cmd.Context(), http.MethodGet, "/review/"+id.String(), nil, &v); err != nil {
					return err
				}
				return showReview(cmd.OutOrStdout(), v, o.json)
			})
		},
	}
}

// newDecision makes one of the five commands that decide.
func newDecision(o *officeOptions, use, state, short string) *cobra.Command {
	d := gateway.Decision{State: state}
	var deadline string
	cmd := &cobra.Command{
		Use:   use + " ID...",
		Short: short,
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := complete(&d, deadline); err != nil {
				return err
			}
			p := newReviewPrinter(cmd.OutOrStdout(), o.json)
			err := o.do(cmd.Context(), func(b backOffice) error {
				for _, arg := range args {
					id, err := dossierID(arg)
					if err != nil {
						return err
					}
					v, err := b.decide(cmd.Context(), id, d)
					if err != nil {
						return fmt.Errorf("%s: %w", id, err)
					}
					if err := p.print(v); err != nil {
						return err
					}
				}
				return nil
			})
			return errors.Join(err, p.flush())
		},
	}
	f := cmd.Flags()
	f.StringVar(&d.By, "by", "", "who decides, an identifier and no name (default: the user of this machine)")
	f.BoolVar(&d.Quarantined, "quarantined", false, "the dossier is in quarantine, and was looked at")
	if state == "rejected" || state == "fix-needed" {
		f.StringVar(&d.Reason, "reason", "", "code of the reason")
		f.StringVar(&d.Words, "words", "", "the reason in a sentence for the officer, in Vietnamese (default: by the code)")
	}
	if state == "fix-needed" {
		f.StringVar(&d.Section, "section", "", "what has to be taken anew: portrait, prints, person, evidence or a document's name")
		f.StringVar(&deadline, "deadline", "", "until when: 2026-12-31 (that day's end in Vietnam), or a time of RFC 3339")
	}
	return cmd
}

// complete fills in what a decision has by default.
func complete(d *gateway.Decision, deadline string) error {
	if d.By == "" {
		u, err := user.Current()
		if err != nil {
			return fmt.Errorf("who decides? name --by: %w", err)
		}
		d.By = u.Username
	}
	if d.Reason != "" && d.Words == "" {
		if d.Words = reasons[d.Reason]; d.Words == "" {
			return fmt.Errorf("%q is none of the common reasons: say it in a sentence with --words", d.Reason)
		}
	}
	if deadline == "" {
		return nil
	}
	if day, err := time.ParseInLocation(time.DateOnly, deadline, time.FixedZone("+07", 7*60*60)); err == nil {
		d.Deadline = day.AddDate(0, 0, 1).Add(-time.Second)
		return nil
	}
	at, err := time.Parse(time.RFC3339, deadline)
	if err != nil {
		return fmt.Errorf("--deadline is a day like 2026-12-31 or a time of RFC 3339: %w", err)
	}
	d.Deadline = at
	return nil
}

func dossierID(s string) (uuid.UUID, error) {
	id, err := uuid.Parse(s)
	if err != nil {
		return uuid.Nil, fmt.Errorf("%q is no dossier ID: %w", s, err)
	}
	return id, nil
}

// reviewPrinter prints one line a dossier.
type reviewPrinter struct {
	json  *json.Encoder // nil for people
	table *tabwriter.Writer
}

func newReviewPrinter(out io.Writer, asJSON bool) *reviewPrinter {
	if asJSON {
		return &reviewPrinter{json: json.NewEncoder(out)}
	}
	return &reviewPrinter{table: tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)}
}

func (p *reviewPrinter) print(v gateway.Review) error {
	if p.json != nil {
		return p.json.Encode(v)
	}
	notes := v.Reason
	if v.Quarantine != "" {
		notes = "quarantine: " + v.Quarantine + " " + notes
	}
	_, err := fmt.Fprintf(p.table, "%s\t%s\t%d\t%s\t%s\t%s\n", v.ID, v.Station, v.Sequence, v.Time.Format(time.RFC3339), v.State, notes)
	return err
}

func (p *reviewPrinter) flush() error {
	if p.table == nil {
		return nil
	}
	return p.table.Flush()
}

// showReview prints all of one dossier.
func showReview(out io.Writer, v gateway.Review, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(out).Encode(v)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	line := func(name string, value any) { fmt.Fprintf(w, "%s\t%v\n", name, value) }
	line("dossier", v.ID)
	line("station", fmt.Sprintf("%s, number %d", v.Station, v.Sequence))
	line("stored", fmt.Sprintf("%s at position %d, %d bytes", v.Time.Format(time.RFC3339), v.Position, v.Bytes))
	line("manifest", v.Manifest)
	if v.Virtual {
		line("virtual", "captured on virtual devices")
	}
	if v.Quarantine != "" {
		line("quarantine", v.Quarantine)
	}
	if v.CarriedBy != "" {
		line("carried by", v.CarriedBy)
	}
	line("state", v.State)
	if !v.At.IsZero() {
		line("since", v.At.Format(time.RFC3339)+" by "+v.By)
	}
	if v.Reason != "" {
		line("reason", v.Reason+": "+v.Words)
	}
	if v.Section != "" {
		line("section", v.Section+" until "+v.Deadline.Format(time.RFC3339))
	}
	return w.Flush()
}
