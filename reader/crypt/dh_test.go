package crypt

import (
	"errors"
	"testing"
)

func TestNumbersGoInAsFewBytesAsTheyTake(t *testing.T) {
	// Doc 9303-11 §9.4.3: one number in 256 is shorter than the prime. One
	// that begins with a zero is taken all the same.
	group := standard(t, 0)
	for k := range 5000 {
		e, err := group.Base([]byte{byte(k>>8) + 1, byte(k)})
		if err != nil {
			t.Fatal(err)
		}
		b := group.Bytes(e)
		if len(b) == 0 || b[0] == 0 {
			t.Fatalf("%X", b)
		}
		if len(b) == 128 {
			continue
		}
		if secret := group.Secret(e); len(secret) != 128 || secret[0] != 0 {
			t.Errorf("secret %X", secret)
		}
		for _, b := range [][]byte{b, append(make([]byte, 128-len(b)), b...)} {
			if again, err := group.Element(b); err != nil || !again.Equal(e) {
				t.Errorf("%d bytes: %v", len(b), err)
			}
		}
		for _, b := range [][]byte{nil, append(make([]byte, 129-len(b)), b...), b[1:]} {
			if _, err := group.Element(b); !errors.Is(err, ErrPoint) {
				t.Errorf("%d bytes are taken: %v", len(b), err)
			}
		}
		return
	}
	t.Fatal("no number is shorter than the prime: this test tests nothing")
}
