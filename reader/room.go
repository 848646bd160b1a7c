package reader

import (
	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/securemsg"
)

// How long answers may be is found out at no cost: the first command of a
// read, which brings EF.CardAccess, asks in extended form. What a chip refuses
// is not asked again, and the next read of its type begins with what is known.

// recallRoom begins with what is known of the card's type, or tries the most.
func (s *session) recallRoom(atr []byte) {
	s.suspect, s.suspicions, s.proved = false, 0, 0
	if s.room, s.sure = s.reader.Extended.Room(s.slot.Name(), atr); !s.sure {
		s.room = longRoom
	}
}

// learnRoom remembers what the card's type has shown in a whole read.
func (s *session) learnRoom() {
	if !s.sure {
		return
	}
	if err := s.reader.Extended.Learn(s.slot.Name(), s.atr, s.room); err != nil {
		s.log.Warn("card types are not remembered", "err", err)
	}
}

// refusedRoom goes a step down after the chip refused to answer with as many
// bytes as were asked for.
func (s *session) refusedRoom(asked int) {
	s.room, s.sure = nextRoom(asked-1), true
}

// nextRoom returns the greatest step of at most n bytes.
func nextRoom(n int) int {
	for _, r := range rooms {
		if r <= n {
			return r
		}
	}
	return shortRoom
}

// settleRoom looks at a card that was lost over an answer longer than any it
// had given. One that nobody lifted died of it: it is asked for no more than
// it has shown. One that was lifted is given the benefit of the doubt, once:
// some readers tell a chip that died as one that left.
func (s *session) settleRoom(told, stayed bool) {
	if !s.suspect {
		return
	}
	s.suspect = false
	s.suspicions++
	if !told || stayed || s.suspicions > 1 {
		s.room, s.sure = nextRoom(s.proved), told
	}
}

// tooLong reports whether a refusal of a long answer may be about its length,
// and not about the file.
func tooLong(status apdu.Status) bool {
	switch status {
	case apdu.NotFound, apdu.NotAllowed, apdu.BadOffset, 0x6986:
		return false
	}
	return status.Refused()
}

// block is the most bytes of a file that one answer can bring.
func (s *session) block() int {
	if secured, ok := s.card.(*securemsg.Session); ok {
		return secured.MaxReadIn(s.room)
	}
	if !s.sure {
		return shortRoom
	}
	return min(s.room, probeRoom)
}
