package store

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/tram-station/tram/offline/gateway"
)

// noMessage is JetStream's error code for a message that is not there.
const noMessage = 10037

// ask is one read of a stream by its leader (JetStream API, STREAM.MSG.GET):
// the newest message of a subject, or the first one from a place or a time on
// whose subject fits.
type ask struct {
	Last     string     `json:"last_by_subj,omitempty"`
	Next     string     `json:"next_by_subj,omitempty"`
	Sequence uint64     `json:"seq,omitempty"`
	Since    *time.Time `json:"start_time,omitempty"`
}

// message is one stored message.
type message struct {
	Subject  string    `json:"subject"`
	Sequence uint64    `json:"seq"`
	Headers  string    `json:"hdrs"` // base64
	Data     []byte    `json:"data"`
	Time     time.Time `json:"time"`
}

// header returns a header's value, "" without.
func (m *message) header(name string) string {
	raw, err := base64.StdEncoding.DecodeString(m.Headers)
	if err != nil || len(raw) == 0 {
		return ""
	}
	h, err := nats.DecodeHeadersMsg(raw)
	if err != nil {
		return ""
	}
	return h.Get(name)
}

// read reads one message; the error is gateway.ErrNoRecord when there is none.
func (j *JetStream) read(ctx context.Context, stream string, a ask) (*message, error) {
	ctx, cancel := context.WithTimeout(ctx, ledgerTimeout)
	defer cancel()
	body, err := json.Marshal(a)
	if err != nil {
		return nil, fmt.Errorf("store: ledger: %w", err)
	}
	answer, err := j.now().conn.RequestWithContext(ctx, "$JS.API.STREAM.MSG.GET."+stream, body)
	if err != nil {
		return nil, fmt.Errorf("store: ledger: %w", err)
	}
	var reply struct {
		Error *struct {
			Code        int    `json:"err_code"`
			Description string `json:"description"`
		} `json:"error"`
		Message *message `json:"message"`
	}
	if err := json.Unmarshal(answer.Data, &reply); err != nil {
		return nil, fmt.Errorf("store: ledger: %w", err)
	}
	switch {
	case reply.Error != nil && reply.Error.Code == noMessage:
		return nil, gateway.ErrNoRecord
	case reply.Error != nil:
		return nil, fmt.Errorf("store: ledger: %s", reply.Error.Description)
	case reply.Message == nil:
		return nil, fmt.Errorf("store: ledger: an answer without a message")
	}
	return reply.Message, nil
}
