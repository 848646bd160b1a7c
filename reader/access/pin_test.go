package access

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/tram-station/tram/reader/apdu"
)

func pinKey(t testing.TB) Key {
	t.Helper()
	k, err := PIN("482915")
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestKeysRefused(t *testing.T) {
	for name, f := range map[string]func() (Key, error){
		"CAN of five":       func() (Key, error) { return CAN("12345") },
		"CAN with a letter": func() (Key, error) { return CAN("12345a") },
		"PIN of three":      func() (Key, error) { return PIN("123") },
		"PIN of seventeen":  func() (Key, error) { return PIN("12345678901234567") },
		"PIN with a space":  func() (Key, error) { return PIN("1234 6") },
		"empty PUK":         func() (Key, error) { return PUK("") },
		"no number":         func() (Key, error) { return MRZ("", "640812", "101031") },
		"short date":        func() (Key, error) { return MRZ("T22000129", "64081", "101031") },
	} {
		if k, err := f(); err == nil || k != (Key{}) {
			t.Errorf("%s: %v, %v", name, k, err)
		}
	}
	if _, err := (Key{}).secret(); err == nil {
		t.Error("the zero key has a secret")
	}
}

func TestPasswordsAreNamed(t *testing.T) {
	puk, err := PUK("0123456789")
	if err != nil {
		t.Fatal(err)
	}
	for i, k := range []Key{mrzKey(t, "T22000129", "640812", "101031"), canKey(t, "123456"), pinKey(t), puk} {
		card := &script{t: t, answer: []byte{0x69, 0x85}}
		if _, err := Open(t.Context(), card, offer(t, bp256AES128), k, nil); !errors.Is(err, apdu.ConditionsNotMet) {
			t.Fatal(err)
		}
		want := "0022c1a40f800a04007f0007020204020283010" + string(rune('1'+i))
		if got := hex.EncodeToString(card.after); got != want {
			t.Errorf("%v: %s", k, got)
		}
		if m := []Method{PACEMRZ, PACECAN, PACEPIN, PACEPUK}[i]; k.Method() != m {
			t.Errorf("%v: %s", k, k.Method())
		}
		// None but the MRZ opens a chip without PACE, and nothing is sent.
		card = &script{t: t, answer: []byte{0x69, 0x85}}
		if _, err := Open(t.Context(), card, nil, k, nil); errors.Is(err, ErrNeedsMRZ) != (i > 0) || (card.sent == 0) != (i > 0) {
			t.Errorf("%v without PACE: %v", k, err)
		}
	}
}

// counted is a card that answers MSE:Set AT with a status, gives its nonce and
// mapping key, and answers the key agreement with another status.
func counted(t testing.TB, atSet, atKey string) *script {
	t.Helper()
	v := load(t, "pace-gm-ecdh-bp256r1-aes128.txt").swap(0, atSet).swap(3, atKey)
	return &script{t: t, v: v, lenient: true}
}

func TestTriesOfAPIN(t *testing.T) {
	can := canKey(t, "123456")
	tests := []struct {
		name         string
		key          Key
		atSet, atKey string
		want         []error
		not          error
		left         int // -2: no refusal
		sent         int
	}{
		{"fresh", pinKey(t), "9000", "6300", []error{ErrWrongKey}, ErrBlocked, -1, 4},
		{"fresh, counted", pinKey(t), "9000", "63C2", []error{ErrWrongKey}, ErrBlocked, 2, 4},
		{"two left, not counted again", pinKey(t), "63C2", "6300", []error{ErrWrongKey}, ErrBlocked, 1, 4},
		{"two left", pinKey(t), "63C2", "63C1", []error{ErrWrongKey}, ErrBlocked, 1, 4},
		{"one left", pinKey(t), "63C1", "9000", []error{ErrLastTry}, ErrWrongKey, -2, 1},
		{"one left, and leave to use it", pinKey(t).WithLastTry(), "63C1", "6300", []error{ErrWrongKey, ErrBlocked}, ErrLastTry, 0, 4},
		{"now blocked", pinKey(t).WithLastTry(), "63C1", "63C0", []error{ErrWrongKey, ErrBlocked}, ErrLastTry, 0, 4},
		{"now blocked, said otherwise", pinKey(t).WithLastTry(), "63C1", "6983", []error{ErrBlocked}, ErrLastTry, -2, 4},
		{"none left", pinKey(t).WithLastTry(), "63C0", "9000", []error{ErrBlocked}, ErrWrongKey, -2, 1},
		{"blocked", pinKey(t), "6983", "9000", []error{ErrBlocked}, ErrWrongKey, -2, 1},
		{"not on the card", pinKey(t), "6A88", "9000", []error{ErrWrongKey}, ErrBlocked, -2, 1},
		// What is printed on the card is not blocked: its counter only slows.
		{"CAN, one left", can, "63C1", "6300", []error{ErrWrongKey}, ErrBlocked, -1, 4},
	}
	for _, tt := range tests {
		card := counted(t, tt.atSet, tt.atKey)
		v := card.v
		opened, err := Open(t.Context(), card, offer(t, bp256AES128), tt.key, v.join("map_sk_ifd", "eph_sk_ifd"))
		for _, want := range tt.want {
			if !errors.Is(err, want) {
				t.Errorf("%s: %v is no %v", tt.name, err, want)
			}
		}
		if opened != nil || errors.Is(err, tt.not) || card.sent != tt.sent {
			t.Errorf("%s: after %d commands: %v", tt.name, card.sent, err)
		}
		var refusal *Refusal
		if found := errors.As(err, &refusal); found != (tt.left > -2) || found && refusal.TriesLeft != tt.left {
			t.Errorf("%s: %+v", tt.name, refusal)
		}
		if strings.Contains(err.Error(), "482915") {
			t.Errorf("%s: the PIN shows: %v", tt.name, err)
		}
	}
}
