package access

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"

	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/chip"
)

// tap is a card that keeps what is sent to it.
type tap struct {
	apdu.Card
	commands [][]byte
}

func (c *tap) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	c.commands = append(c.commands, append([]byte(nil), command...))
	return c.Card.Transmit(ctx, command)
}

func TestTheStrongestOfAChip(t *testing.T) {
	spec := chip.Spec{PACE: []chip.PACE{
		{Mapping: chip.GM, Group: chip.GroupP256, Cipher: chip.AES128}, {Mapping: chip.GM, Group: chip.GroupBrainpool384, Cipher: chip.AES256},
		{Mapping: chip.GM, Group: chip.GroupDH1024, Cipher: chip.AES256}, {Mapping: chip.IM, Group: chip.GroupBrainpool384, Cipher: chip.AES256},
		{Mapping: chip.GM, Group: chip.GroupBrainpool256, Cipher: chip.AES256}, {Mapping: chip.GM, Group: chip.GroupP384, Cipher: chip.TripleDES},
	}}
	issuer := newIssuer(t)
	for _, tt := range []struct {
		more []chip.PACE
		want string
	}{
		{nil, "PACE-ECDH-GM-AES-256 brainpoolP384r1"},
		{[]chip.PACE{{Mapping: chip.IM, Group: chip.GroupP521, Cipher: chip.AES256}}, "PACE-ECDH-IM-AES-256 P-521"},
		{[]chip.PACE{{Mapping: chip.CAM, Group: chip.GroupP256, Cipher: chip.AES128}}, "PACE-ECDH-CAM-AES-128 P-256"},
	} {
		with := spec
		with.PACE = append(append([]chip.PACE(nil), spec.PACE...), tt.more...)
		card, slot := issue(t, issuer, with)
		can, _ := printed(t, card)
		c, info := power(t, slot)
		opened, err := Open(t.Context(), c, info, can, rand.Reader)
		if err != nil || opened.Protocol != tt.want {
			t.Fatalf("%+v, %v", opened, err)
		}
		enter(t, opened)
	}
}

func TestAnotherChipsKey(t *testing.T) {
	issuer := newIssuer(t)
	spec := chip.Spec{PACE: []chip.PACE{{Mapping: chip.CAM, Group: chip.GroupP256, Cipher: chip.AES128}}}
	var opened [2]*Opened
	var security [2][]byte
	for i := range opened {
		card, slot := issue(t, issuer, spec)
		can, _ := printed(t, card)
		c, info := power(t, slot)
		var err error
		if opened[i], err = Open(t.Context(), c, info, can, rand.Reader); err != nil {
			t.Fatal(err)
		}
		security[i] = readSelected(t, opened[i].Card, 0x011D)
	}
	for i := range opened {
		for j := range security {
			want := ErrMismatch
			if i == j {
				want = nil
			}
			if err := opened[i].ChipKey.Verify(signedContent(t, security[j])); !errors.Is(err, want) {
				t.Errorf("chip %d with the file of %d: %v", i, j, err)
			}
		}
	}
}

func TestBACIsNeverTriedAfterPACE(t *testing.T) {
	issuer := newIssuer(t)
	card, slot := issue(t, issuer, chip.Spec{PACE: []chip.PACE{{Mapping: chip.GM, Group: chip.GroupP256, Cipher: chip.AES128}}, BAC: true})
	can, mrz := printed(t, card)
	wrong := mrzKey(t, "000000000", "640812", "101031")
	for _, key := range []Key{wrong, can, mrz} {
		c, info := power(t, slot)
		meter := &tap{Card: c}
		_, err := Open(t.Context(), meter, info, key, rand.Reader)
		if errors.Is(err, ErrWrongKey) != (key == wrong) {
			t.Errorf("%v: %v", key, err)
		}
		for _, command := range meter.commands {
			if command[1] != apdu.InsManageSecurity && command[1] != apdu.InsGeneralAuthenticate {
				t.Errorf("%v: command %02X", key, command[1])
			}
		}
		if len(meter.commands) != 5 {
			t.Errorf("%v: %d commands", key, len(meter.commands))
		}
	}
	// The control: without EF.CardAccess the same chip opens by BAC.
	c, _ := power(t, slot)
	send(t, c, apdu.Command{Ins: apdu.InsSelect, P1: 4, P2: 0x0C, Data: []byte{0xA0, 0, 0, 2, 0x47, 0x10, 1}})
	opened, err := Open(t.Context(), c, nil, mrz, rand.Reader)
	if err != nil || opened.Method != BAC {
		t.Fatal(err)
	}
	enter(t, opened)
}

func TestPACEStaysShort(t *testing.T) {
	// Also where the chip has extended length, in every group but those of 2048
	// bits.
	issuer := newIssuer(t)
	for _, group := range append([]int{0}, curves...) {
		card, slot := issue(t, issuer, chip.Spec{Extended: true, PACE: []chip.PACE{{Mapping: chip.GM, Group: group, Cipher: chip.AES256}}})
		can, _ := printed(t, card)
		c, info := power(t, slot)
		meter := &tap{Card: c}
		if _, err := Open(t.Context(), meter, info, can, rand.Reader); err != nil {
			t.Fatal(err)
		}
		for _, command := range meter.commands {
			if parsed, err := apdu.ParseCommand(command); err != nil || command[4] == 0 || parsed.Le > apdu.MaxShortLe {
				t.Errorf("group %d: %X", group, command)
			}
		}
	}
}

func TestLongKeysInParts(t *testing.T) {
	issuer := newIssuer(t)
	for _, extended := range []bool{true, false} {
		card, slot := issue(t, issuer, chip.Spec{Extended: extended, PACE: []chip.PACE{{Mapping: chip.GM, Group: 1, Cipher: chip.AES256}}})
		can, _ := printed(t, card)
		c, info := power(t, slot)
		meter := &tap{Card: c}
		opened, err := Open(t.Context(), meter, info, can, rand.Reader)
		if err != nil {
			t.Fatalf("extended %v: %v", extended, err)
		}
		// Twice the refused command, two parts and the rest of the answer.
		if want := map[bool]int{true: 5, false: 11}[extended]; len(meter.commands) != want {
			t.Errorf("extended %v: %d commands", extended, len(meter.commands))
		}
		enter(t, opened)
	}
}

func TestThousandSessions(t *testing.T) {
	// One shared secret in 256 begins with a zero, and so does one number and
	// one coordinate that is sent. A reader that drops it, or sends it where
	// it must not, loses that session: about ten of these.
	sessions := 200
	if testing.Short() {
		sessions = 20
	}
	issuer := newIssuer(t)
	for _, variant := range []chip.PACE{
		{Mapping: chip.GM, Group: chip.GroupP192, Cipher: chip.AES128},
		{Mapping: chip.GM, Group: chip.GroupBrainpool192, Cipher: chip.AES256},
		{Mapping: chip.GM, Group: chip.GroupDH1024, Cipher: chip.AES192},
		{Mapping: chip.IM, Group: chip.GroupBrainpool224, Cipher: chip.TripleDES},
		{Mapping: chip.CAM, Group: chip.GroupP224, Cipher: chip.AES128},
	} {
		card, slot := issue(t, issuer, chip.Spec{PACE: []chip.PACE{variant}})
		can, _ := printed(t, card)
		var security []byte
		for i := range sessions {
			c, info := power(t, slot)
			opened, err := Open(t.Context(), c, info, can, rand.Reader)
			if err != nil {
				t.Fatalf("%+v: session %d: %v", variant, i, err)
			}
			if opened.ChipKey != nil && security == nil {
				security = readSelected(t, opened.Card, 0x011D)
			}
			if opened.ChipKey != nil && opened.ChipKey.Verify(signedContent(t, security)) != nil {
				t.Fatalf("%+v: session %d: not genuine", variant, i)
			}
			enter(t, opened)
		}
	}
}

// pinned is a chip with a PIN and its PUK.
func pinned(t *testing.T, suspends bool) (slot *apdu.VirtualSlot, can, pin, wrong, puk Key) {
	t.Helper()
	card, slot := issue(t, newIssuer(t), chip.Spec{
		PACE: []chip.PACE{{Mapping: chip.GM, Group: chip.GroupP256, Cipher: chip.AES128}},
		PIN:  "482915", PUK: "0123456789", SuspendPIN: suspends,
	})
	can, _ = printed(t, card)
	var errs [2]error
	wrong, errs[0] = PIN("482916")
	puk, errs[1] = PUK("0123456789")
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	return slot, can, pinKey(t), wrong, puk
}

// opens powers the chip and opens it.
func opens(t *testing.T, slot *apdu.VirtualSlot, key Key) error {
	t.Helper()
	c, info := power(t, slot)
	opened, err := Open(t.Context(), c, info, key, rand.Reader)
	if err == nil {
		if opened.Method != key.Method() {
			t.Errorf("%s", opened.Method)
		}
		enter(t, opened)
	}
	return err
}

func TestPINOfAChip(t *testing.T) {
	slot, can, pin, wrong, puk := pinned(t, false)
	left := func(err error) int {
		var r *Refusal
		if !errors.As(err, &r) {
			t.Fatalf("no refusal: %v", err)
		}
		return r.TriesLeft
	}
	for _, key := range []Key{pin, puk, can} {
		if err := opens(t, slot, key); err != nil {
			t.Fatalf("%v: %v", key, err)
		}
	}
	if n := left(opens(t, slot, wrong)); n != 2 {
		t.Errorf("%d tries left", n)
	}
	if n := left(opens(t, slot, wrong)); n != 1 {
		t.Errorf("%d tries left", n)
	}
	// The last try is kept, whatever is typed, and the chip does not count.
	for range 3 {
		for _, key := range []Key{wrong, pin} {
			if err := opens(t, slot, key); !errors.Is(err, ErrLastTry) {
				t.Fatalf("last try: %v", err)
			}
		}
	}
	if err := opens(t, slot, pin.WithLastTry()); err != nil {
		t.Fatalf("the right PIN with leave: %v", err)
	}
	if err := opens(t, slot, pin); err != nil { // all tries are back
		t.Fatal(err)
	}
	for range 2 {
		left(opens(t, slot, wrong))
	}
	if err := opens(t, slot, wrong.WithLastTry()); left(err) != 0 || !errors.Is(err, ErrBlocked) {
		t.Fatalf("the wrong PIN with leave: %v", err)
	}
	if err := opens(t, slot, pin.WithLastTry()); !errors.Is(err, ErrBlocked) || errors.Is(err, ErrWrongKey) {
		t.Fatalf("blocked: %v", err)
	}
	for _, key := range []Key{can, puk, pin} { // the PUK gives all tries back
		if err := opens(t, slot, key); err != nil {
			t.Fatalf("%v: %v", key, err)
		}
	}
}

func TestSuspendedPIN(t *testing.T) {
	slot, can, pin, wrong, _ := pinned(t, true)
	for range 2 {
		if err := opens(t, slot, wrong); !errors.Is(err, ErrWrongKey) {
			t.Fatal(err)
		}
	}
	if err := opens(t, slot, pin.WithLastTry()); !errors.Is(err, ErrSuspended) || errors.Is(err, ErrWrongKey) {
		t.Fatalf("suspended: %v", err)
	}
	// The CAN, and in its session the PIN.
	c, info := power(t, slot)
	first, err := Open(t.Context(), c, info, can, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	second, err := Open(t.Context(), first.Card, info, pin.WithLastTry(), rand.Reader)
	if err != nil || second.Method != PACEPIN || second.Card != first.Card {
		t.Fatalf("%+v, %v", second, err)
	}
	enter(t, second)
}
