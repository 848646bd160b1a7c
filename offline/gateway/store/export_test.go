package store

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/tram-station/tram/offline/envelope"
)

// Damage puts wrong bytes of the right length under a kept chunk's name.
func (c *Chunks) Damage(d envelope.Digest) error {
	m, err := get(c.kept, "chunk", d)
	if err != nil {
		return err
	}
	m.Data[len(m.Data)/2] ^= 1
	_, err = c.j.now().js.PublishMsg(context.Background(), &nats.Msg{Subject: fmt.Sprintf("chunk.%s.%d", d, len(m.Data)), Data: m.Data})
	return err
}

// Ranges are the sequence numbers that Gaps would have seen.
func Ranges(numbers ...uint64) ([][2]uint64, uint64) {
	var s seenNumbers
	for _, n := range numbers {
		s.add(n)
	}
	return s.missing(len(numbers))
}

// Forget drops what Gaps remembers.
func (j *JetStream) Forget() { j.gaps.forget() }

// Erase drops the chain and its mark, as in a folder of an older gateway.
func (j *JetStream) Erase(ctx context.Context) error {
	return j.now().js.DeleteStream(ctx, chainStream)
}

// Leader names the node that leads the manifests.
func (j *JetStream) Leader(ctx context.Context) (string, error) {
	info, err := j.now().manifests.Info(ctx)
	if err != nil || info.Cluster == nil {
		return "", err
	}
	return info.Cluster.Leader, nil
}

// Fill makes the disk of a ledger look as full as that.
func (j *JetStream) Fill(free, total uint64) { j.room.fill(free, total) }

// Fill makes the disk of the chunks look as full as that.
func (f *Files) Fill(free, total uint64) { f.room.fill(free, total) }

func (r *room) fill(free, total uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.free = func(string) (uint64, uint64, error) { return free, total, nil }
	r.at = time.Time{}
}

// Disable is what JetStream does to itself when its folder takes no writes.
func (j *JetStream) Disable() error { return j.now().server.ShutdownJetStream() }
