package inquiry

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/uplink"
)

// MaxWait is how long a question for a decision may be held open.
const MaxWait = 25 * time.Second

const (
	maxMasked = 64 // bytes of a masked number
	// maxShown is how many digits in a row a masked number may show: the central's
	// supervisor tells dossiers apart by it, and nobody learns who it is.
	maxShown = 4
)

// AskApproval puts an exception before a supervisor at the central and returns
// the ID to ask with. Asking again with the same ID is asking once.
func (c *Client) AskApproval(ctx context.Context, e Exception) (uuid.UUID, error) {
	if e.ID == uuid.Nil {
		from := c.Rand
		if from == nil {
			from = rand.Reader
		}
		id, err := uuid.NewV7FromReader(from)
		if err != nil {
			return uuid.Nil, fmt.Errorf("inquiry: %w", err)
		}
		e.ID = id
	}
	if err := e.check(); err != nil {
		return uuid.Nil, err
	}
	raw, err := c.ask(ctx, uplink.Ask{Method: http.MethodPost, Path: "/exceptions", Body: e, Limit: maxAnswer}, 0)
	if err != nil {
		return uuid.Nil, err
	}
	if _, err := c.readApproval(raw, e.ID); err != nil {
		return uuid.Nil, err
	}
	return e.ID, nil
}

// Approval says at once what has become of an exception.
func (c *Client) Approval(ctx context.Context, id uuid.UUID) (Approval, error) {
	return c.Await(ctx, id, 0)
}

// Await is Approval, held open for at most wait (MaxWait) while nobody has
// decided. On a line that was silent before it answers at once.
func (c *Client) Await(ctx context.Context, id uuid.UUID, wait time.Duration) (Approval, error) {
	wait = min(max(wait, 0), MaxWait)
	if !c.line.good() {
		wait = 0
	}
	path := fmt.Sprintf("/exceptions/%s?wait=%d", id, int(wait/time.Second))
	raw, err := c.ask(ctx, uplink.Ask{Method: http.MethodGet, Path: path, Limit: maxAnswer}, wait)
	if err != nil {
		return Approval{}, err
	}
	return c.readApproval(raw, id)
}

// readApproval believes nothing but the central's signature: what stands beside
// it is for other clients.
func (c *Client) readApproval(raw []byte, id uuid.UUID) (Approval, error) {
	var reply struct {
		ID     uuid.UUID     `json:"id"`
		State  ApprovalState `json:"state"`
		Signed []byte        `json:"signed"`
	}
	if err := decode(raw, &reply); err != nil {
		return Approval{}, err
	}
	if reply.ID != id {
		return Approval{}, errAnswer("on another exception")
	}
	if reply.State == Pending && len(reply.Signed) == 0 {
		return Approval{ID: id, State: Pending}, nil
	}
	d, err := c.Uplink.Decision(reply.Signed)
	if err != nil {
		return Approval{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	a := Approval{
		ID: id, State: Refused, Dossier: d.Dossier, Code: d.Exception, Reason: uplink.Plain(d.Reason), Words: uplink.Plain(d.Words),
		Supervisor: uplink.Plain(d.Supervisor), At: d.At, Signed: reply.Signed,
	}
	if d.Approved {
		a.State = Approved
	}
	if d.ID != id || reply.State != a.State {
		return Approval{}, errAnswer("the decision is on another exception, or says something else")
	}
	return a, nil
}

// Decides says whether the decision is on this exception: the dossier's own
// question, not one that an ID was taken from.
func (a Approval) Decides(e Exception) bool {
	return a.State != Pending && a.ID == e.ID && a.Dossier == e.Dossier && a.Code == e.Code
}

// check refuses what says more of the citizen than it should, or too little.
func (e Exception) check() error {
	ok := e.ID != uuid.Nil && e.Dossier != uuid.Nil && Masked(e.Masked)
	for _, w := range []string{e.Code, e.Reason, e.Officer} {
		ok = ok && Coded(w)
	}
	if !ok {
		return fmt.Errorf("%w: an exception needs a dossier, codes, the officer's identifier, and a masked number", ErrQuestion)
	}
	return nil
}

// Coded says that a text is a code or an identifier, not a sentence about
// someone: short, of letters and digits of ASCII, and - _ . : @.
func Coded(s string) bool {
	for _, r := range s {
		if r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '_' && r != '.' && r != ':' && r != '@' {
			return false
		}
	}
	return s != "" && len(s) <= maxWord
}

// Masked says that a number is hidden but for maxShown digits in all.
func Masked(s string) bool {
	if len(s) > maxMasked || !utf8.ValidString(s) {
		return false
	}
	shown := 0
	for _, r := range s {
		switch {
		case unicode.IsDigit(r):
			shown++
		case unicode.IsLetter(r), unicode.IsControl(r):
			return false
		}
	}
	return shown <= maxShown
}
