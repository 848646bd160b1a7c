package access

import (
	"bytes"
	"encoding/hex"
	"testing"
)

// FuzzAnswers plays a hostile chip that answers one step.
func FuzzAnswers(f *testing.F) {
	gm, ba := load(f, "pace-gm-ecdh-bp256r1-aes128.txt"), load(f, "bac-auth.txt")
	for _, a := range append(gm.answers, ba.answers...) {
		f.Add(a)
	}
	f.Add([]byte{0x7C, 0x02, 0x82, 0x00, 0x90, 0x00})
	f.Add([]byte{0x7C, 0x81, 0x90, 0x00})
	f.Add([]byte{0x63, 0xC1})
	key := mrzKey(f, "L898902C", "690806", "940623")
	f.Fuzz(func(t *testing.T, answer []byte) {
		last := &script{t: t, v: ba.swap(1, hex.EncodeToString(answer))}
		opened, err := Open(t.Context(), last, nil, key, ba.join("rnd_ifd", "k_ifd"))
		if (opened == nil) != (err != nil) || err == nil && !bytes.Equal(answer, ba.answers[1]) {
			t.Fatalf("BAC opens for an answer without the key: %v", err)
		}
	})
}
