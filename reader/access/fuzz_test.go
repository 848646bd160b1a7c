package access

import (
	"bytes"
	"testing"

	"github.com/tram-station/tram/reader/lds"
)

// examples are the worked examples with what a session rests on: in each
// answer, the bytes without which there must be no session.
func examples(t testing.TB) []example {
	t.Helper()
	mrz, can := mrzKey(t, "T22000129", "640812", "101031"), canKey(t, "123456")
	all := []example{
		{file: "bac-auth.txt", key: mrzKey(t, "L898902C", "690806", "940623"), random: []string{"rnd_ifd", "k_ifd"}},
		{file: "pace-gm-ecdh-bp256r1-aes128.txt", key: mrz, random: []string{"map_sk_ifd", "eph_sk_ifd"}},
		{file: "pace-gm-dh-1024-160-aes128.txt", key: mrz, random: []string{"map_sk_ifd", "eph_sk_ifd"}},
		{file: "pace-im-ecdh-bp256r1-aes128.txt", key: can, random: []string{"t", "eph_sk_ifd"}},
		{file: "pace-im-dh-1024-160-aes128.txt", key: can, random: []string{"t", "eph_sk_ifd"}},
		{file: "pace-cam-ecdh-bp256r1-aes128.txt", key: mrzKey(t, "C11T002JM", "960812", "231031"), random: []string{"map_sk_ifd", "eph_sk_ifd"}},
	}
	for i := range all {
		e := &all[i]
		e.v = load(t, e.file)
		if _, pace := e.v.fields["pace_info"]; pace {
			e.info = e.v.info(t)
		}
		for step, answer := range e.v.answers {
			e.needs = append(e.needs, needed(e.info != nil, step, answer))
		}
	}
	return all
}

type example struct {
	file   string
	key    Key
	random []string
	v      vector
	info   *lds.SecurityInfos
	needs  [][]byte
}

func needed(pace bool, step int, answer []byte) []byte {
	body := answer[:len(answer)-2]
	switch {
	case !pace || step == 0:
		return body
	case len(body) == 4: // the empty mapping data
		return nil
	case step == 4:
		return body[4:12] // the token
	}
	n := 4 // 7C len tag len
	if body[1] == 0x81 {
		n = 6
	}
	return bytes.TrimLeft(body[n:], "\x00")
}

// FuzzAnswers plays a hostile chip that knows everything but answers one step
// with whatever it likes: no session comes of it, unless it says what the true
// chip says.
func FuzzAnswers(f *testing.F) {
	all := examples(f)
	for i, e := range all {
		for step, answer := range e.v.answers {
			f.Add(uint8(i), uint8(step), answer)
		}
	}
	for _, answer := range [][]byte{nil, {0x90}, {0x63, 0xC1}, {0x69, 0x83}, {0x90, 0x00}, {0x7C, 0x02, 0x82, 0x00, 0x90, 0x00},
		{0x7C, 0x81, 0x90, 0x00}, {0x7C, 0x03, 0x84, 0x01, 0x00, 0x90, 0x00}, {0x7C, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 0x90, 0x00}} {
		f.Add(uint8(1), uint8(3), answer)
	}
	f.Fuzz(func(t *testing.T, i, step uint8, answer []byte) {
		e := all[int(i)%len(all)]
		at := int(step) % len(e.v.answers)
		v := e.v
		v.answers = append([][]byte(nil), v.answers...)
		v.answers[at] = append([]byte{}, answer...)
		card := &script{t: t, v: v, lenient: true}
		opened, err := Open(t.Context(), card, e.info, e.key, v.join(e.random...))
		if (opened == nil) != (err != nil) {
			t.Fatalf("%v, %v", opened, err)
		}
		if opened != nil && !bytes.Contains(answer, e.needs[at]) {
			t.Fatalf("%s: a session without the true answer %d", e.file, at+1)
		}
		if opened != nil && opened.ChipKey != nil && opened.ChipKey.Verify(staticKeys(t, v.fields["ca_public_key_info"])) == nil &&
			!bytes.Contains(v.answers[4], e.v.answers[4][14:62]) {
			t.Fatal("the chip is taken for genuine without its proof")
		}
	})
}

// FuzzCardAccess offers whatever a chip may write into EF.CardAccess. With PACE
// on offer, BAC is never tried.
func FuzzCardAccess(f *testing.F) {
	for _, e := range examples(f) {
		if e.info != nil {
			f.Add(append([]byte{0x31, 0x14}, e.v.fields["pace_info"]...))
		}
	}
	f.Add([]byte{0x31, 0x00})
	key := canKey(f, "123456")
	f.Fuzz(func(t *testing.T, b []byte) {
		info, err := lds.ParseCardAccess(b)
		if err != nil || len(info.PACE) == 0 {
			return
		}
		card := &script{t: t, answer: []byte{0x6A, 0x80}}
		opened, err := Open(t.Context(), card, info, key, nil)
		if opened != nil || err == nil || card.sent > 1 || card.sent == 1 && card.after[1] != 0x22 {
			t.Fatalf("%v after %d commands: %v", opened, card.sent, err)
		}
	})
}
