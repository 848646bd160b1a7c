package access

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/crypt"
	"github.com/tram-station/tram/reader/lds"
)

// info is EF.CardAccess with the one PACEInfo of a vector.
func (v vector) info(t testing.TB) *lds.SecurityInfos {
	t.Helper()
	e := v.fields["pace_info"]
	return offer(t, hex.EncodeToString(append([]byte{0x31, byte(len(e))}, e...)))
}

func TestPACEWorkedExamples(t *testing.T) {
	mrz := mrzKey(t, "T22000129", "640812", "101031")
	tests := []struct {
		file     string
		key      Key
		random   []string
		protocol string
	}{
		// Doc 9303-11 appendix G.1, G.2, H.1, H.2 and I.1.
		{"pace-gm-ecdh-bp256r1-aes128", mrz, []string{"map_sk_ifd", "eph_sk_ifd"}, "PACE-ECDH-GM-AES-128 brainpoolP256r1"},
		{"pace-gm-dh-1024-160-aes128", mrz, []string{"map_sk_ifd", "eph_sk_ifd"}, "PACE-DH-GM-AES-128 DH-1024-160"},
		{"pace-im-ecdh-bp256r1-aes128", canKey(t, "123456"), []string{"t", "eph_sk_ifd"}, "PACE-ECDH-IM-AES-128 brainpoolP256r1"},
		{"pace-im-dh-1024-160-aes128", canKey(t, "123456"), []string{"t", "eph_sk_ifd"}, "PACE-DH-IM-AES-128 DH-1024-160"},
		{"pace-cam-ecdh-bp256r1-aes128", mrzKey(t, "C11T002JM", "960812", "231031"), []string{"map_sk_ifd", "eph_sk_ifd"}, "PACE-ECDH-CAM-AES-128 brainpoolP256r1"},
		// A reader that strips the zero off the secret gets 6300 here.
		{"synthetic-pace-gm-leading-zero-z", canKey(t, "123456"), []string{"map_sk_ifd", "eph_sk_ifd"}, "PACE-ECDH-GM-AES-128 brainpoolP256r1"},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			v := load(t, tt.file+".txt")
			card := &script{t: t, v: v}
			opened, err := Open(t.Context(), card, v.info(t), tt.key, v.join(tt.random...))
			if err != nil || card.sent != 5 {
				t.Fatalf("after %d commands: %v", card.sent, err)
			}
			if opened.Method != tt.key.Method() || opened.Protocol != tt.protocol {
				t.Errorf("%s, %s", opened.Method, opened.Protocol)
			}
			if _, cam := v.fields["ca_ic"]; cam != (opened.ChipKey != nil) {
				t.Errorf("chip key %v", opened.ChipKey)
			}
			sameSession(t, card, opened.Card, crypt.AES128, v)
		})
	}
}

func TestPACERefusals(t *testing.T) {
	v := load(t, "pace-gm-ecdh-bp256r1-aes128.txt")
	key := mrzKey(t, "T22000129", "640812", "101031")
	own := hex.EncodeToString(v.commands[3][9 : 9+65])
	off := strings.Replace(hex.EncodeToString(v.answers[2]), "04824f", "04834f", 1)
	tests := []struct {
		name   string
		v      vector
		want   error
		status apdu.Status
	}{
		{"token refused with 6300", v.swap(4, "6300"), ErrWrongKey, 0x6300},
		{"token refused, tries left", v.swap(4, "63C2"), ErrWrongKey, 0x63C2},
		{"token refused with 6A80", v.swap(4, "6A80"), ErrWrongKey, 0x6A80},
		{"key refused with 6A80", v.swap(3, "6A80"), ErrWrongKey, 0x6A80},
		{"key refused with 6300", v.swap(3, "6300"), ErrWrongKey, 0x6300},
		// Before the mapping the chip cannot know that the password is wrong.
		{"nonce refused with 6300", v.swap(1, "6300"), apdu.AuthenticationFails, 0x6300},
		{"mapping refused with 6A80", v.swap(2, "6A80"), apdu.Status(0x6A80), 0x6A80},
		{"long nonce", v.swap(1, "7C528050"+strings.Repeat("00", 80)+"9000"), ErrProtocol, 0},
		{"our own mapping key back", v.swap(2, "7C438241"+hex.EncodeToString(v.commands[2][9:9+65])+"9000"), ErrProtocol, 0},
		{"infinity", v.swap(3, "7C0384010090009000"), ErrProtocol, 0},
		{"something after the answer", v.swap(3, hex.EncodeToString(v.answers[3][:69])+"00009000"), ErrProtocol, 0},
		{"token not allowed", v.swap(4, "6982"), apdu.NotAllowed, apdu.NotAllowed},
		{"blocked", v.swap(4, "6983"), ErrBlocked, 0x6983},
		{"password not on the card", v.swap(0, "6A88"), ErrWrongKey, 0x6A88},
		{"protocol not on the card", v.swap(0, "6A80"), apdu.Status(0x6A80), 0x6A80},
		{"nonce refused", v.swap(1, "6985"), apdu.ConditionsNotMet, apdu.ConditionsNotMet},
		{"no nonce in the answer", v.swap(1, "7C009000"), ErrProtocol, 0},
		{"short nonce", v.swap(1, "7C0A8008AABBCCDDEEFF00119000"), ErrProtocol, 0},
		{"empty answer", v.swap(1, "9000"), ErrProtocol, 0},
		{"point off the curve", v.swap(2, off), ErrProtocol, 0},
		{"our own key back", v.swap(3, "7C438441"+own+"9000"), ErrProtocol, 0},
		{"other token", v.swap(4, "7C0A86083ABB9674BCE93C099000"), ErrProtocol, 0},
		{"short token", v.swap(4, "7C0386013A9000"), ErrProtocol, 0},
		{"card lost", vector{v.fields, v.commands, [][]byte{v.answers[0], nil}}, apdu.ErrCardLost, 0},
	}
	for _, tt := range tests {
		card := &script{t: t, v: tt.v, lenient: true}
		opened, err := Open(t.Context(), card, offer(t, bp256AES128), key, v.join("map_sk_ifd", "eph_sk_ifd"))
		if !errors.Is(err, tt.want) || opened != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		var status apdu.Status
		if errors.As(err, &status); status != tt.status {
			t.Errorf("%s: status %v", tt.name, status)
		}
		if tt.want != ErrWrongKey && errors.Is(err, ErrWrongKey) { //nolint:errorlint // which case of the table
			t.Errorf("%s reads as a wrong key: %v", tt.name, err)
		}
		if tt.name == "our own key back" && card.sent != 4 {
			t.Errorf("our own key is noticed only after %d commands", card.sent)
		}
		if tt.name == "long nonce" && card.sent != 2 {
			t.Errorf("a long nonce is noticed only after %d commands", card.sent)
		}
		if card.sent > len(tt.v.answers) {
			t.Errorf("%s: something was tried after the refusal", tt.name)
		}
	}
}

func TestWarningOfTriesLeftIsNoRefusal(t *testing.T) {
	v := load(t, "pace-gm-ecdh-bp256r1-aes128.txt")
	card := &script{t: t, v: v.swap(0, "63C2")}
	if _, err := Open(t.Context(), card, offer(t, bp256AES128), mrzKey(t, "T22000129", "640812", "101031"), v.join("map_sk_ifd", "eph_sk_ifd")); err != nil {
		t.Fatal(err)
	}
}
