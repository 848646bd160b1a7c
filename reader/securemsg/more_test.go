package securemsg

import (
	"bytes"
	"errors"
	"testing"

	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/crypt"
)

func TestAnswerInPieces(t *testing.T) {
	v := load(t, "synthetic-sm-aes128.txt")
	whole := v.steps[0]["protected_rapdu"]
	data := whole[:len(whole)-2]
	more := func(piece []byte, sw ...byte) []byte { return append(bytes.Clone(piece), sw...) }
	card := &script{t: t,
		want: [][]byte{v.steps[0]["protected_capdu"], {0, 0xC0, 0, 0, 2}, {0, 0xC0, 0, 0, 0}},
		answers: [][]byte{
			more(data[:3], 0x61, 0x02), more(data[3:5], 0x61, 0x00), more(data[5:], 0x90, 0x00),
		}}
	s := open(t, crypt.AES128, v, card)
	got, err := s.Transmit(t.Context(), v.steps[0]["plain_capdu"])
	if err != nil || !bytes.Equal(got, v.steps[0]["plain_rapdu"]) || card.sent != 3 {
		t.Fatalf("%X after %d commands, %v", got, card.sent, err)
	}
	// A piece that is not the chip's shows like any other change.
	bad := bytes.Clone(data)
	bad[4] ^= 1
	s = open(t, crypt.AES128, v, &script{t: t, answers: [][]byte{more(bad[:3], 0x61, 0x05), more(bad[3:], 0x90, 0x00)}})
	if _, err := s.Transmit(t.Context(), v.steps[0]["plain_capdu"]); !errors.Is(err, ErrIntegrity) {
		t.Fatal(err)
	}
}

func TestEndlessPieces(t *testing.T) {
	v := load(t, "synthetic-sm-aes128.txt")
	for _, piece := range [][]byte{{0x61, 0x01}, append(make([]byte, 256), 0x61, 0x00)} {
		endless := &recorder{answer: piece}
		s := open(t, crypt.AES128, v, endless)
		if _, err := s.Transmit(t.Context(), v.steps[0]["plain_capdu"]); !errors.Is(err, apdu.ErrFormat) {
			t.Fatal(err)
		}
		if n := len(endless.commands); n > 1+apdu.MaxExtendedLe/256 {
			t.Fatalf("%d commands", n)
		}
		if _, err := s.Transmit(t.Context(), v.steps[0]["plain_capdu"]); !errors.Is(err, ErrEnded) {
			t.Fatalf("afterwards: %v", err)
		}
	}
}
