package securemsg

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/crypt"
)

func TestRestart(t *testing.T) {
	// A session under 3DES goes on under each AES vector as if it were new.
	old := load(t, "bac-sm-3des.txt")
	for _, tt := range vectors[1:] {
		v := load(t, tt.file)
		card := &script{t: t, want: [][]byte{old.steps[0]["protected_capdu"]}, answers: [][]byte{old.steps[0]["protected_rapdu"]}}
		s := open(t, crypt.TDES, old, card)
		if _, err := s.Transmit(t.Context(), old.steps[0]["plain_capdu"]); err != nil {
			t.Fatal(err)
		}
		if err := s.Restart(tt.algorithm, v.fields["ks_enc"], v.fields["ks_mac"]); err != nil {
			t.Fatal(err)
		}
		fresh, err := New(card, tt.algorithm, v.fields["ks_enc"], v.fields["ks_mac"], nil)
		if err != nil {
			t.Fatal(err)
		}
		if s.MaxRead() != tt.maxRead || !bytes.Equal(s.ssc, fresh.ssc) {
			t.Fatalf("%s: the session differs from a new one", tt.file)
		}
		command := v.steps[0]["plain_capdu"]
		missing := apdu.Response{Status: apdu.NotFound}.Bytes()
		record := &recorder{answer: missing}
		s.card, fresh.card = record, record
		for _, session := range []*Session{fresh, s} {
			if _, err := session.Transmit(t.Context(), command); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(record.commands[0], record.commands[1]) {
			t.Fatalf("%s: restarted %X, new %X", tt.file, record.commands[1], record.commands[0])
		}
	}
}

// recorder keeps the commands and always answers the same.
type recorder struct {
	answer   []byte
	commands [][]byte
}

func (r *recorder) Transmit(_ context.Context, command []byte) ([]byte, error) {
	r.commands = append(r.commands, bytes.Clone(command))
	return r.answer, nil
}

func (r *recorder) Close() error { return nil }

func TestRestartChangesAllOrNothing(t *testing.T) {
	v := load(t, "synthetic-sm-aes128.txt")
	step := v.steps[0]
	good := make([]byte, 16)
	card := &script{t: t, want: [][]byte{step["protected_capdu"]}, answers: [][]byte{step["protected_rapdu"]}}
	s := open(t, crypt.AES128, v, card)
	if err := s.Restart(crypt.AES128, good, good[:15]); err == nil {
		t.Fatal("a short code key is taken")
	}
	if err := s.Restart(crypt.AES256, good, good); err == nil {
		t.Fatal("a short encryption key is taken")
	}
	if got, err := s.Transmit(t.Context(), step["plain_capdu"]); err != nil || !bytes.Equal(got, step["plain_rapdu"]) {
		t.Fatalf("after a refused restart: %X, %v", got, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Restart(crypt.AES128, good, good); !errors.Is(err, ErrEnded) {
		t.Fatalf("an ended session starts again: %v", err)
	}
}

func TestChipWithoutTheNewKeys(t *testing.T) {
	// The chip goes on under the old keys: its answer fails.
	v := load(t, "synthetic-sm-aes128.txt")
	step := v.steps[0]
	s := open(t, crypt.AES128, v, &script{t: t, answers: [][]byte{step["protected_rapdu"]}})
	other := bytes.Repeat([]byte{0x5A}, 16)
	if err := s.Restart(crypt.AES128, other, other); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Transmit(t.Context(), step["plain_capdu"]); !errors.Is(err, ErrEnded) || !errors.Is(err, ErrIntegrity) {
		t.Fatal(err)
	}
}
