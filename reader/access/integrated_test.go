package access

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/crypt"
)

func TestPseudoRandom(t *testing.T) {
	// Doc 9303-11 appendices H.1 and H.2.
	for _, tt := range []struct {
		group   int
		s, t, r string // r begins so
	}{
		{13, "2923BE84E16CD6AE529049F1F1BBE9EB", "5DD4CBFC96F5453B130D890A1CDBAE32", "A2F8FF2DF50E52C6599F386ADCB595D229F6A167ADE2BE5F2C3296ADD5B7430E"},
		{0, "FA5B7E3E49753A0DB9178B7B9BD898C8", "B3A6DB3C870C3E99245E0D1C06B747DE", "A0C7C50C002061A51CC87D254EF38068607417B6EE1B36473CFB800D2D2E5FA2"},
	} {
		g, err := crypt.StandardGroup(tt.group)
		if err != nil {
			t.Fatal(err)
		}
		prime := g.(crypt.Integrated).Prime()
		s, _ := hex.DecodeString(tt.s)
		n, _ := hex.DecodeString(tt.t)
		r, err := pseudoRandom(crypt.AES128, s, n, prime)
		if err != nil || !strings.HasPrefix(strings.ToUpper(hex.EncodeToString(r)), tt.r) || len(r) != (prime.BitLen()+7)/8 {
			t.Errorf("group %d: %X, %v", tt.group, r, err)
		}
	}
}

func TestPseudoRandomHasAFixedLength(t *testing.T) {
	// Modulo 257 the leading byte is nearly always zero.
	for a, size := range map[crypt.Algorithm]int{crypt.TDES: 16, crypt.AES128: 16, crypt.AES192: 32, crypt.AES256: 32} {
		if got := seedSize(a); got != size {
			t.Errorf("%v: nonce of %d bytes", a, got)
		}
		r, err := pseudoRandom(a, make([]byte, size), make([]byte, a.KeySize()), big.NewInt(257))
		if err != nil || len(r) != 2 {
			t.Errorf("%v: %X, %v", a, r, err)
		}
	}
}

func TestIntegratedMappingRefusals(t *testing.T) {
	v := load(t, "pace-im-ecdh-bp256r1-aes128.txt")
	for name, tt := range map[string]struct {
		v    vector
		want error
	}{
		"no mapping data":   {v.swap(2, "7C009000"), nil}, // some chips leave the empty object out
		"some mapping data": {v.swap(2, "7C038201009000"), ErrProtocol},
		"a refusal":         {v.swap(2, "6A80"), apdu.Status(0x6A80)},
		"a longer nonce":    {v.swap(1, "7C228020"+strings.Repeat("143DC40C08C8E891FBED7DEDB92B64AD", 2)+"9000"), ErrProtocol},
		"no answer at all":  {v.swap(2, "9000"), ErrProtocol},
	} {
		card := &script{t: t, v: tt.v}
		opened, err := Open(t.Context(), card, v.info(t), canKey(t, "123456"), v.join("t", "eph_sk_ifd"))
		if !errors.Is(err, tt.want) || (opened == nil) != (tt.want != nil) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Without random bytes the run ends before the second nonce.
	card := &script{t: t, v: v}
	if _, err := Open(t.Context(), card, v.info(t), canKey(t, "123456"), bytes.NewReader(nil)); err == nil || card.sent != 2 {
		t.Errorf("after %d commands: %v", card.sent, err)
	}
}
