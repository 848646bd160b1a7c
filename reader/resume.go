package reader

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/securemsg"
)

// Limits of what a read bears: turns at the card in a row that bring nothing,
// and turns in all. A chip that ends every session must not keep the officer
// waiting, nor one that gives a byte a turn.
const (
	maxFruitless = 3
	maxResumes   = 100
)

// resetWait is how long a card that another program reset may take to answer
// again where the Reader waits for no lost card.
const resetWait = 2 * time.Second

func (r *Reader) wait() time.Duration {
	switch {
	case r.Wait < 0:
		return resetWait
	case r.Wait == 0:
		return DefaultWait
	}
	return r.Wait
}

// mayResume reports whether another turn at the card can mend what ended this
// one. A card that another program reset is still there, and so is one that
// ended the secure session; one that was lost may come back.
func (s *session) mayResume(ctx context.Context, err error) bool {
	gone := errors.Is(err, apdu.ErrCardLost) && !errors.Is(err, apdu.ErrReset)
	switch {
	case ctx.Err() != nil, s.step == StepCard:
		return false // nobody waits, or the card did not come back
	case gone && s.reader.Wait < 0 && (s.sure || !s.suspect):
		return false // but a chip may have died of the question how much it can
	case !errors.Is(err, apdu.ErrCardLost) && !errors.Is(err, securemsg.ErrEnded):
		return false
	}
	if known := s.known(); known > s.best {
		s.best, s.fruitless = known, 0
	}
	if s.fruitless == maxFruitless || s.resumes == maxResumes {
		return false
	}
	s.fruitless++
	s.resumes++
	s.lost = err
	s.log.Debug("open the chip again", "time", s.resumes, "err", err)
	if s.counting && s.part != nil {
		s.begun = s.part
	}
	s.part = nil
	if s.raw(lds.EFSOD) == nil {
		s.forget()
	}
	if gone {
		s.progress(StepLost)
	}
	return true
}

// known measures what the read has brought: an absent file is news, too.
func (s *session) known() int {
	n := s.done
	for _, p := range s.problems {
		if errors.Is(p.err, apdu.NotFound) {
			n++
		}
	}
	return n
}

// recognise makes sure that the card is the one that was being read: the same
// key opened it, and its EF.SOD, which holds digests of everything else, is
// the same to the byte. What the card's answer to reset or its number on the
// radio say proves nothing: anybody can copy them.
func (s *session) recognise(ctx context.Context) error {
	before := s.raw(lds.EFSOD)
	if before == nil {
		return nil // nothing was kept
	}
	now, err := s.readFile(ctx, lds.EFSOD)
	switch {
	case err != nil && !aboutFile(err), errors.Is(err, securemsg.ErrEnded):
		return err
	case err != nil:
		return fmt.Errorf("%w (its EF.SOD cannot be read: %w)", ErrOtherCard, err)
	case !bytes.Equal(before, now):
		return fmt.Errorf("%w (its EF.SOD differs)", ErrOtherCard)
	}
	return nil
}

// forget drops what was read: without EF.SOD nothing can tie it to the card
// that comes next.
func (s *session) forget() {
	s.doc, s.begun, s.problems, s.signed = &lds.Document{}, nil, nil, nil
	s.key, s.done, s.total, s.told = nil, 0, 0, 0
	s.proofs = proofs{}
	clear(s.ends)
}
