package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/queue"
)

// enqueueOptions say what `tram bench enqueue` puts where.
type enqueueOptions struct {
	data   string
	count  int
	bytes  int
	noSync bool
	memory bool
}

// newEnqueueCommand is the station's end of the power-cut test: it seals and
// enqueues dossiers and says of each, once it is durable, that it is.
func newEnqueueCommand(a *app) *cobra.Command {
	var o enqueueOptions
	cmd := &cobra.Command{
		Use: "enqueue", Short: "Enqueue dossiers and name each once it is durable", Hidden: true, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.data == "" || o.bytes < 1 || o.count < 0 {
				return coded(exitUsage, errors.New("bench enqueue needs --data, and --bytes and --count above 0"))
			}
			if err := benchEnqueue(cmd.Context(), a, o); err != nil {
				return coded(exitQueue, err)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&o.data, "data", "", "folder of the queue; an empty or a former one")
	cmd.Flags().IntVar(&o.count, "count", 0, "how many dossiers, 0 for no end")
	cmd.Flags().IntVar(&o.bytes, "bytes", dossierBytes, "size of a dossier before it is sealed")
	cmd.Flags().BoolVar(&o.noSync, "no-sync", false, "leave out every fsync: the control that has to lose")
	cmd.Flags().BoolVar(&o.memory, "memory", false, "print at the end how much memory it took")
	return cmd
}

func benchEnqueue(ctx context.Context, a *app, o enqueueOptions) (err error) {
	signer, err := offline.OpenKey(o.data, demoStation)
	if err != nil {
		return err
	}
	id, err := envelope.OpenIdentity(filepath.Join(o.data, "bench.age"))
	if err != nil {
		return err
	}
	q, err := queue.Open(filepath.Join(o.data, "queue"), queue.Options{NoSync: o.noSync})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, q.Close()) }()
	s := benchSealer{signer, []*envelope.Recipient{id.Recipient()}}
	body := make([]byte, o.bytes)
	out := bufio.NewWriter(a.stdout)
	for n := 0; (o.count == 0 || n < o.count) && ctx.Err() == nil; n++ {
		e, sealed, err := s.seal(q, body)
		if err != nil {
			return err
		}
		if err := q.Put(ctx, e, sealed); err != nil {
			return err
		}
		fmt.Fprintf(out, "acked %s %s\n", e.ID, envelope.Sum(sealed.Manifest))
		if err := out.Flush(); err != nil {
			return err
		}
	}
	if o.memory {
		fmt.Fprintf(a.stdout, "peak %.1f MiB\n", peakMemory())
	}
	return ctx.Err()
}

// benchSealer seals invented dossiers along a queue's chain.
type benchSealer struct {
	key *envelope.Signer
	to  []*envelope.Recipient
}

func newBenchSealer() (benchSealer, error) {
	key, err := envelope.GenerateKey()
	if err != nil {
		return benchSealer{}, err
	}
	id, err := envelope.GenerateIdentity()
	if err != nil {
		return benchSealer{}, err
	}
	return benchSealer{key, []*envelope.Recipient{id.Recipient()}}, nil
}

func (s benchSealer) seal(q *queue.Queue, body []byte) (queue.Entry, *envelope.Sealed, error) {
	head, err := q.Head()
	if err != nil {
		return queue.Entry{}, nil, err
	}
	_, _ = rand.Read(body[:min(len(body), 64)]) // no two dossiers alike
	id := uuid.Must(uuid.NewV7())
	sealed, err := envelope.Seal(s.key, s.to, envelope.Draft{
		ID: id, Station: demoStation, Sequence: head.Sequence, Previous: head.Previous, Virtual: true,
		Created: envelope.Clock{Wall: time.Now().UnixMilli(), Trusted: head.Trusted},
		Parts:   []envelope.Part{{Name: "evidence", MediaType: "application/octet-stream", Bytes: body}},
	})
	return queue.Entry{ID: id, Kind: "bench", Masked: "N.V.T.", Initials: "N.V.T.", Enqueued: time.Now().UnixMilli()}, sealed, err
}

// peakMemory is the most memory that a process had at a time, in MiB, 0 where
// the system does not tell.
func peakMemory() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		var kib float64
		if n, _ := fmt.Sscanf(line, "VmHWM: %f kB", &kib); n == 1 {
			return kib / 1024
		}
	}
	return 0
}
