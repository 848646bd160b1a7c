package access

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/chip"
	"github.com/tram-station/tram/reader/lds"
)

// The opposite end is a chip of its own making: what both ends misread alike,
// only the worked examples find.

var (
	ciphers = []chip.Cipher{chip.TripleDES, chip.AES128, chip.AES192, chip.AES256}
	fields  = []int{0, 1, 2}
	curves  = []int{8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18}
)

func newIssuer(t testing.TB) *chip.Issuer {
	t.Helper()
	issuer, err := chip.NewIssuer(rand.Reader, time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return issuer
}

// issue makes a chip and the slot it lies in.
func issue(t testing.TB, issuer *chip.Issuer, s chip.Spec) (*chip.Card, *apdu.VirtualSlot) {
	t.Helper()
	card, err := issuer.IssueSpec(chip.Sample(), s, chip.FaultNone)
	if err != nil {
		t.Fatal(err)
	}
	var slot apdu.VirtualSlot
	slot.Put(card)
	return card, &slot
}

// power resets the chip and reads EF.CardAccess.
func power(t testing.TB, slot *apdu.VirtualSlot) (apdu.Card, *lds.SecurityInfos) {
	t.Helper()
	card, err := slot.Insert(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	info, err := lds.ParseCardAccess(readSelected(t, card, 0x011C))
	if err != nil {
		t.Fatal(err)
	}
	return card, info
}

// readSelected reads a file in short blocks.
func readSelected(t testing.TB, card apdu.Card, id uint16) []byte {
	t.Helper()
	send(t, card, apdu.Command{Ins: apdu.InsSelect, P1: 2, P2: 0x0C, Data: []byte{byte(id >> 8), byte(id)}})
	var file []byte
	for {
		r, err := apdu.Send(t.Context(), card, apdu.Command{Ins: apdu.InsReadBinary, P1: byte(len(file) >> 8), P2: byte(len(file)), Le: 200})
		if err != nil || r.Status != apdu.OK && r.Status != apdu.EndOfFile && r.Status != apdu.BadOffset {
			t.Fatal(r.Status, err)
		}
		if file = append(file, r.Data...); len(r.Data) < 200 {
			return file
		}
	}
}

func send(t testing.TB, card apdu.Card, c apdu.Command) []byte {
	t.Helper()
	r, err := apdu.Send(t.Context(), card, c)
	if err != nil || r.Status != apdu.OK {
		t.Fatalf("%02X: %v, %v", c.Ins, r.Status, err)
	}
	return r.Data
}

// enter selects the application behind the session: both ends have the keys.
func enter(t testing.TB, opened *Opened) {
	t.Helper()
	send(t, opened.Card, apdu.Command{Ins: apdu.InsSelect, P1: 4, P2: 0x0C, Data: []byte{0xA0, 0, 0, 2, 0x47, 0x10, 1}})
}

func printed(t testing.TB, card *chip.Card) (can, mrz Key) {
	t.Helper()
	lines := card.MRZ()
	return canKey(t, card.CAN()), mrzKey(t, lines[0][5:14], lines[1][0:6], lines[1][8:14])
}

// kinds lists each mapping with the groups and ciphers it can have.
func kinds() map[chip.Mapping][2][]int {
	return map[chip.Mapping][2][]int{chip.GM: {fields, curves}, chip.IM: {fields, curves}, chip.CAM: {nil, curves}}
}

func TestEveryProtocol(t *testing.T) {
	issuer := newIssuer(t)
	for mapping, groups := range kinds() {
		for _, group := range append(groups[0], groups[1]...) {
			if mapping == chip.IM && group == chip.GroupP224 || testing.Short() && group > 2 && group != chip.GroupP256 {
				continue
			}
			var spec chip.Spec
			for _, c := range ciphers {
				if mapping != chip.CAM || c != chip.TripleDES {
					spec.PACE = append(spec.PACE, chip.PACE{Mapping: mapping, Group: group, Cipher: c})
				}
			}
			spec.Extended = group == 1 || group == 2 // a key of 2048 bits needs it
			card, slot := issue(t, issuer, spec)
			for _, variant := range spec.PACE {
				t.Run(fmt.Sprintf("%s/%d/%s", mapping, group, variant.Cipher), func(t *testing.T) {
					openEveryWay(t, card, slot, variant)
				})
			}
		}
	}
}

// openEveryWay opens a chip by one of its variants with both printed keys, and
// fails with a wrong one.
func openEveryWay(t *testing.T, card *chip.Card, slot *apdu.VirtualSlot, variant chip.PACE) {
	can, mrz := printed(t, card)
	wrong := canKey(t, fmt.Sprintf("%c%s", '0'+(card.CAN()[0]-'0'+1)%10, card.CAN()[1:]))
	for _, key := range []Key{wrong, can, mrz} {
		c, info := power(t, slot)
		info.PACE = only(t, info, variant)
		opened, err := Open(t.Context(), c, info, key, rand.Reader)
		if key == wrong {
			var refusal *Refusal
			if !errors.As(err, &refusal) || !errors.Is(err, ErrWrongKey) || opened != nil {
				t.Fatalf("a wrong key: %v", err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%v: %v", key, err)
		}
		if want := fmt.Sprintf("-%s-%s ", variant.Mapping, variant.Cipher); !strings.Contains(opened.Protocol, want) || opened.Method != key.Method() {
			t.Errorf("%s, %s", opened.Protocol, opened.Method)
		}
		if (opened.ChipKey != nil) != (variant.Mapping == chip.CAM) {
			t.Errorf("chip key %v", opened.ChipKey)
		}
		if opened.ChipKey != nil {
			if err := opened.ChipKey.Verify(signedContent(t, readSelected(t, opened.Card, 0x011D))); err != nil {
				t.Error(err)
			}
		}
		enter(t, opened)
	}
}

// only keeps the PACEInfo of one variant.
func only(t testing.TB, info *lds.SecurityInfos, variant chip.PACE) []lds.PACEInfo {
	t.Helper()
	for _, e := range info.PACE {
		p, ok := known(info, e)
		if ok && p.algorithm.String() == string(variant.Cipher) && string(p.mapping) == string(variant.Mapping) && p.parameter == variant.Group {
			return []lds.PACEInfo{e}
		}
	}
	t.Fatalf("%+v is not announced, or not known", variant)
	return nil
}

// signedContent takes the security infos out of EF.CardSecurity. Who signed
// them is not asked here.
func signedContent(t testing.TB, file []byte) *lds.SecurityInfos {
	t.Helper()
	in := cryptobyte.String(file)
	var info, explicit, signed, encapsulated, content, octets cryptobyte.String
	tag0 := asn1.Tag(0).Constructed().ContextSpecific()
	if !in.ReadASN1(&info, asn1.SEQUENCE) || !info.SkipASN1(asn1.OBJECT_IDENTIFIER) || !info.ReadASN1(&explicit, tag0) ||
		!explicit.ReadASN1(&signed, asn1.SEQUENCE) || !signed.SkipASN1(asn1.INTEGER) || !signed.SkipASN1(asn1.SET) ||
		!signed.ReadASN1(&encapsulated, asn1.SEQUENCE) || !encapsulated.SkipASN1(asn1.OBJECT_IDENTIFIER) ||
		!encapsulated.ReadASN1(&content, tag0) || !content.ReadASN1(&octets, asn1.OCTET_STRING) {
		t.Fatalf("EF.CardSecurity of %d bytes is no signed data", len(file))
	}
	infos, err := lds.ParseSecurityInfos(octets)
	if err != nil {
		t.Fatal(err)
	}
	return infos
}
