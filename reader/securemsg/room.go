package securemsg

import "github.com/tram-station/tram/reader/apdu"

// Sizes of the objects around the cryptogram of a response, in bytes: status
// and code always, then the cryptogram's tag, length and padding indicator.
const (
	trailer      = 4 + 10
	shortHeader  = 4
	longHeader   = 5
	longestShort = 255
)

// MaxReadIn returns the most plain bytes that a protected response can carry
// whose data field has at most room bytes: [Session.MaxRead] for any room.
// Where not even one block fits it is 0.
func (s *Session) MaxReadIn(room int) int {
	header := shortHeader
	if room-trailer > longestShort {
		header = longHeader
	}
	n := s.encrypt.BlockSize()
	return max(0, (min(room, apdu.MaxExtendedLe)-trailer-header)/n*n-1)
}
