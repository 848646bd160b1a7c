package reader

import (
	"context"
	"time"

	"github.com/tram-station/tram/reader/apdu"
)

// meter is a card that counts what passes.
type meter struct {
	card               apdu.Card
	commands, up, down int
}

func (m *meter) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	m.commands++
	m.up += len(command)
	answer, err := m.card.Transmit(ctx, command)
	m.down += len(answer)
	return answer, err
}

func (m *meter) Close() error { return m.card.Close() }

func (s *session) stats() Stats {
	return Stats{
		Commands: s.meter.commands, BytesUp: s.meter.up, BytesDown: s.meter.down,
		Elapsed: s.reader.now().Sub(s.started), SlotName: s.slot.Name(), Virtual: s.slot.Virtual(),
		Resumes: s.resumes, Extended: s.room > shortRoom,
	}
}

// Progress is told at least every progressStep bytes, and in the middle of a
// long command every progressTick.
const (
	progressStep = 4 << 10
	progressTick = 50 * time.Millisecond
)

// progress tells the watcher of a step.
func (s *session) progress(step string) {
	s.step = step
	s.tell(s.done)
}

// tell reports done bytes, never fewer than were reported before and never
// more than there are.
func (s *session) tell(done int) {
	if s.reader.OnProgress == nil {
		return
	}
	s.told = min(max(done, s.told), s.total)
	p := Progress{Step: s.step, Done: s.told, Total: s.total, Document: s.doc}
	if s.step == StepLost {
		p.Lost = s.lost
	}
	s.reader.OnProgress(p)
}

// advance notes bytes of a file that came.
func (s *session) advance(n int) {
	s.done += n
	if s.reader.OnProgress == nil {
		return
	}
	for s.told+progressStep < min(s.done, s.total) {
		s.tell(s.told + progressStep)
	}
	s.tell(s.done)
}

// send transmits one command of the session. An answer of more than a few
// kilobytes takes the radio a good part of a second: meanwhile the watcher is
// told how far it must be, by the speed of the answers before.
func (s *session) send(ctx context.Context, c apdu.Command) (apdu.Response, error) {
	begun := time.Now()
	if c.Le <= progressStep || s.reader.OnProgress == nil || s.speed == 0 || !s.counting {
		r, err := s.exchange(ctx, c)
		if err == nil && c.Le > shortRoom {
			s.speed = float64(len(r.Data)) / max(time.Since(begun).Seconds(), 1e-6)
		}
		return r, err
	}
	type answer struct {
		apdu.Response
		err error
	}
	came := make(chan answer, 1)
	go func() {
		r, err := s.exchange(ctx, c)
		came <- answer{r, err}
	}()
	tick := time.NewTicker(progressTick)
	defer tick.Stop()
	for {
		select {
		case a := <-came:
			return a.Response, a.err
		case <-tick.C:
			s.tell(s.done + min(int(s.speed*time.Since(begun).Seconds()), c.Le*9/10))
		}
	}
}
