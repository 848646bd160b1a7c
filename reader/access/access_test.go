package access

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/crypt"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/securemsg"
)

// vector is one file of testdata: fields and the exchange, in order.
type vector struct {
	fields            map[string][]byte
	commands, answers [][]byte
}

func load(t testing.TB, name string) vector {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	v := vector{fields: map[string][]byte{}}
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if key == "" || key == "source" || key == "step" {
			continue
		}
		b, err := hex.DecodeString(value)
		if err != nil {
			t.Fatalf("%s: %s: %v", name, key, err)
		}
		switch key {
		case "command":
			v.commands = append(v.commands, b)
		case "answer":
			v.answers = append(v.answers, b)
		default:
			v.fields[key] = b
		}
	}
	return v
}

// script is a card that expects the commands of a vector, then takes anything.
type script struct {
	t       testing.TB
	v       vector
	sent    int
	after   []byte // last command after the vector's
	answer  []byte // answer to it
	lenient bool   // commands may differ
}

func (c *script) Transmit(_ context.Context, command []byte) ([]byte, error) {
	i := c.sent
	c.sent++
	if i >= len(c.v.answers) {
		c.after = bytes.Clone(command)
		return c.answer, nil
	}
	if !c.lenient && !bytes.Equal(command, c.v.commands[i]) {
		c.t.Fatalf("command %d\n got %X\nwant %X", i+1, command, c.v.commands[i])
	}
	if c.v.answers[i] == nil {
		return nil, apdu.ErrCardLost
	}
	return c.v.answers[i], nil
}

func (c *script) Close() error { return nil }

func (v vector) join(names ...string) io.Reader {
	var b []byte
	for _, n := range names {
		b = append(b, v.fields[n]...)
	}
	return bytes.NewReader(b)
}

func offer(t testing.TB, cardAccess string) *lds.SecurityInfos {
	t.Helper()
	b, err := hex.DecodeString(cardAccess)
	if err != nil {
		t.Fatal(err)
	}
	info, err := lds.ParseCardAccess(b)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

const (
	bp256AES128 = "31143012060A04007F0007020204020202010202010D"
	vietnamese  = "3134300D060804007F0007020202020101300F060A04007F000702020302020201013012060A04007F0007020204020202010202010D"
)

func canKey(t testing.TB, digits string) Key {
	t.Helper()
	k, err := CAN(digits)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func mrzKey(t testing.TB, doc, birth, expiry string) Key {
	t.Helper()
	k, err := MRZ(doc, birth, expiry)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// sameSession checks that the session on card has the vector's keys and
// counter, by what it sends next.
func sameSession(t *testing.T, card *script, opened apdu.Card, a crypt.Algorithm, v vector) {
	t.Helper()
	next := []byte{0x00, 0xB0, 0x9E, 0x00, 0x10}
	card.answer = []byte{0x6A, 0x82}
	if _, err := opened.Transmit(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	twin := &script{t: t, answer: card.answer}
	s, err := securemsg.New(twin, a, v.fields["ks_enc"], v.fields["ks_mac"], v.fields["ssc"])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Transmit(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(card.after, twin.after) {
		t.Fatalf("the session has other keys than the example")
	}
}

func TestBACWorkedExample(t *testing.T) {
	// Doc 9303-11 appendix D.3.
	v := load(t, "bac-auth.txt")
	for _, info := range []*lds.SecurityInfos{nil, {}} {
		card := &script{t: t, v: v}
		opened, err := Open(t.Context(), card, info, mrzKey(t, "L898902C", "690806", "940623"), v.join("rnd_ifd", "k_ifd"))
		if err != nil || opened.Method != BAC || opened.Protocol != "BAC" || card.sent != 2 {
			t.Fatalf("after %d commands: %v", card.sent, err)
		}
		sameSession(t, card, opened.Card, crypt.TDES, v)
	}
}

func TestInformation(t *testing.T) {
	tests := []struct{ doc, birth, expiry, want string }{
		{"L898902C<", "690806", "940623", "L898902C<369080619406236"},
		{"l898902c", "690806", "940623", "L898902C<369080619406236"},
		{"D23145890734", "340712", "950712", "D23145890734934071279507122"}, // longer than nine: D.2
	}
	for _, tt := range tests {
		if got, err := mrzKey(t, tt.doc, tt.birth, tt.expiry).information(); err != nil || got != tt.want {
			t.Errorf("%s: %s, %v", tt.doc, got, err)
		}
	}
	if _, err := mrzKey(t, "L898902Ç", "690806", "940623").information(); err == nil || strings.Contains(err.Error(), "898902") {
		t.Errorf("a character that no zone has: %v", err)
	}
}

// swap returns the vector with one answer replaced.
func (v vector) swap(i int, answer string) vector {
	b, _ := hex.DecodeString(answer)
	v.answers = append([][]byte(nil), v.answers...)
	v.answers[i] = b
	return v
}

func TestBACRefusals(t *testing.T) {
	v := load(t, "bac-auth.txt")
	key := mrzKey(t, "L898902C", "690806", "940623")
	good := hex.EncodeToString(v.answers[1])
	tests := []struct {
		name string
		v    vector
		key  Key
		want error
	}{
		{"wrong key, 6300", v.swap(1, "6300"), key, ErrWrongKey},
		{"wrong key, 6982", v.swap(1, "6982"), key, ErrWrongKey},
		{"wrong key, 6988", v.swap(1, "6988"), key, ErrWrongKey},
		{"wrong key, 6A80", v.swap(1, "6A80"), key, ErrWrongKey},
		{"blocked", v.swap(1, "6983"), key, ErrBlocked},
		{"command not known", v.swap(1, "6D00"), key, apdu.BadInstruction},
		{"length not liked", v.swap(1, "6700"), key, apdu.WrongLength},
		{"a CAN", v, canKey(t, "123456"), ErrNeedsMRZ},
		{"no challenge", v.swap(0, "6985"), key, apdu.ConditionsNotMet},
		{"short challenge", v.swap(0, "46089000"), key, ErrProtocol},
		{"short answer", v.swap(1, good[2:]), key, ErrProtocol},
		{"code differs", v.swap(1, strings.Replace(good, "7449", "7448", 1)), key, ErrProtocol},
		{"answer to another challenge", v.swap(0, "46089000919887029000"), key, ErrProtocol},
	}
	for _, tt := range tests {
		card := &script{t: t, v: tt.v, lenient: true}
		opened, err := Open(t.Context(), card, nil, tt.key, v.join("rnd_ifd", "k_ifd"))
		if !errors.Is(err, tt.want) || opened != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if wrong := errors.Is(tt.want, ErrWrongKey); errors.Is(err, ErrWrongKey) != wrong {
			t.Errorf("%s reads as a wrong key: %v", tt.name, err)
		}
	}
	if !errors.Is(ErrNeedsMRZ, ErrWrongKey) {
		t.Error("that the card needs its MRZ is no wrong key")
	}
}

func TestBACRejectsForeignChallenge(t *testing.T) {
	// The code of the answer is good, the challenges inside are others.
	v := load(t, "bac-auth.txt")
	b, err := newBAC(mrzKey(t, "L898902C", "690806", "940623"))
	if err != nil {
		t.Fatal(err)
	}
	mine := append(bytes.Clone(v.fields["rnd_ifd"]), v.fields["k_ifd"]...)
	theirs := v.answers[0][:8]
	answer := v.answers[1][:40]
	if _, err := b.session(nil, mine, theirs, answer); err != nil {
		t.Fatal(err)
	}
	for _, c := range [][]byte{mine, theirs} {
		c[7] ^= 1
		if _, err := b.session(nil, mine, theirs, answer); !errors.Is(err, ErrProtocol) {
			t.Errorf("another challenge: %v", err)
		}
		c[7] ^= 1
	}
}

func TestKeysRedactThemselves(t *testing.T) {
	var log bytes.Buffer
	k := mrzKey(t, "T22000129", "640812", "101031")
	c, p := canKey(t, "918273"), pinKey(t)
	slog.New(slog.NewTextHandler(&log, nil)).Info("keys", "mrz", k, "can", c, "pin", p)
	text := log.String() + fmt.Sprintf("%v %+v %#v %s %v %+v %#v %v %+v %#v", k, k, k, k, c, c, c, p, p, p)
	for _, secret := range []string{"T22000129", "640812", "101031", "918273", "482915"} {
		if strings.Contains(text, secret) {
			t.Errorf("a key shows: %s", text)
		}
	}
}
