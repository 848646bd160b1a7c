package access

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/tram-station/tram/reader/apdu"
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
		card := &script{t: t, answer: answer}
		p, err := choose(offer(t, bp256AES128).PACE)
		if err != nil {
			t.Fatal(err)
		}
		p.card = card
		if b, err := p.authenticate(t.Context(), apdu.ClassChained, nil, doNonce); err == nil && !bytes.Contains(answer, b) {
			t.Fatalf("an object that the chip did not send: %X", b)
		}
		g, err := p.curve.Base([]byte{1})
		if err != nil {
			t.Fatal(err)
		}
		if q, err := p.exchange(t.Context(), doMapMine, g, doMapTheirs); err == nil && !bytes.Contains(answer, p.curve.Bytes(q)) {
			t.Fatal("a point that the chip did not send")
		}
		last := &script{t: t, v: ba.swap(1, hex.EncodeToString(answer))}
		opened, _, err := Open(t.Context(), last, nil, key, ba.join("rnd_ifd", "k_ifd"))
		if (opened == nil) != (err != nil) || err == nil && !bytes.Equal(answer, ba.answers[1]) {
			t.Fatalf("BAC opens for an answer without the key: %v", err)
		}
	})
}
