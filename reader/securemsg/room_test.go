package securemsg

import (
	"testing"

	"github.com/tram-station/tram/reader/crypt"
	"github.com/tram-station/tram/reader/tlv"
)

// TestMaxReadIn builds what the chip would send: it fits, and one byte more
// does not.
func TestMaxReadIn(t *testing.T) {
	for _, a := range []crypt.Algorithm{crypt.TDES, crypt.AES128} {
		key := make([]byte, a.KeySize())
		for i := range key {
			key[i] = byte(i)
		}
		s, err := New(nil, a, key, key, nil)
		if err != nil {
			t.Fatal(err)
		}
		if s.MaxReadIn(256) != s.MaxRead() {
			t.Errorf("%v: %d in a short answer, %d", a, s.MaxReadIn(256), s.MaxRead())
		}
		size := func(plain int) int {
			padded := (plain/a.BlockSize() + 1) * a.BlockSize()
			return len(tlv.Encode(doEncrypted, make([]byte, 1+padded))) + trailer
		}
		for _, room := range []int{40, 256, 257, 300, 1000, 1024, 4096, 10240, 65536} {
			n := s.MaxReadIn(room)
			if size(n) > room || size(n+1) <= room && room != 257 { // there a byte is given away
				t.Errorf("%v: %d plain bytes in a room of %d take %d, one more %d", a, n, room, size(n), size(n+1))
			}
		}
		if n := s.MaxReadIn(10); n != 0 {
			t.Errorf("%v: %d bytes where there is no room", a, n)
		}
	}
}
