package uplink

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Report sends a signed envelope.Report. Where the answer asks for the sets of
// days, send them with Set. The errors are ErrAnswer and those of
// Gateway.Deliver.
func (c *Client) Report(ctx context.Context, signed []byte) (*ReportReply, error) {
	a, err := c.do(ctx, request{method: http.MethodPost, path: "/reports", mediaType: TypeCOSE, body: signed})
	if err != nil {
		return nil, err
	}
	return readReport(a)
}

func readReport(a *answer) (*ReportReply, error) {
	var r ReportReply
	if err := a.json(&r); err != nil {
		return nil, err
	}
	if len(r.Ask) > maxDays || len(r.Gaps) > maxGaps {
		return nil, fmt.Errorf("%w: too many days or gaps", ErrAnswer)
	}
	for _, day := range r.Ask {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			return nil, fmt.Errorf("%w: a day", ErrAnswer)
		}
	}
	for _, g := range r.Gaps {
		if g[0] == 0 || g[1] < g[0] {
			return nil, fmt.Errorf("%w: a gap", ErrAnswer)
		}
	}
	if err := checkDifferences(r.Differences); err != nil {
		return nil, err
	}
	return &r, nil
}

// Set sends what is in custody of a UTC day (2006-01-02) and returns how the
// two ends differ. At most MaxSetIDs are sent.
func (c *Client) Set(ctx context.Context, day string, ids []uuid.UUID) ([]Difference, error) {
	ask := SetRequest{Day: day, IDs: ids[:min(len(ids), MaxSetIDs)]}
	if ask.IDs == nil {
		ask.IDs = []uuid.UUID{}
	}
	var reply SetReply
	if err := c.post(ctx, "/reports/sets", ask, &reply); err != nil {
		return nil, err
	}
	if err := checkDifferences(reply.Differences); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(reply.Differences, func(d Difference) bool { return d.Day != day }) {
		return nil, fmt.Errorf("%w: another day than the one it was asked", ErrAnswer)
	}
	return reply.Differences, nil
}

func checkDifferences(all []Difference) error {
	if len(all) > maxDays {
		return fmt.Errorf("%w: too many days", ErrAnswer)
	}
	for _, d := range all {
		if _, err := time.Parse(time.DateOnly, d.Day); err != nil || len(d.MissingHere) > MaxSetIDs || len(d.MissingThere) > MaxSetIDs {
			return fmt.Errorf("%w: a day's difference", ErrAnswer)
		}
	}
	return nil
}
