package auth_test

import (
	"crypto/rand"
	"testing"
	"time"

	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/auth"
	"github.com/tram-station/tram/reader/chip"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/securemsg"
	"github.com/tram-station/tram/reader/tlv"
)

var now = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

func newIssuer(t testing.TB) *chip.Issuer {
	t.Helper()
	issuer, err := chip.NewIssuer(rand.Reader, now)
	if err != nil {
		t.Fatal(err)
	}
	return issuer
}

func issue(t testing.TB, issuer *chip.Issuer, s chip.Spec) *chip.Card {
	t.Helper()
	card, err := issuer.IssueSpec(chip.Sample(), s, chip.FaultNone)
	if err != nil {
		t.Fatal(err)
	}
	return card
}

// visit is a chip that was opened, with the application selected.
type visit struct {
	t       testing.TB
	session *securemsg.Session
	id      []byte // ID_PICC
}

func send(t testing.TB, card apdu.Card, c apdu.Command) apdu.Response {
	t.Helper()
	r, err := apdu.Send(t.Context(), card, c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// open opens a chip: by PACE where it has EF.CardAccess, otherwise by BAC.
func open(t testing.TB, card *chip.Card) *visit {
	t.Helper()
	var slot apdu.VirtualSlot
	slot.Put(card)
	link, err := slot.Insert(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	application := apdu.Command{Ins: apdu.InsSelect, P1: 4, P2: 0x0C, Data: []byte{0xA0, 0, 0, 2, 0x47, 0x10, 1}}
	var info *lds.SecurityInfos
	key, err := access.CAN(card.CAN())
	if err != nil {
		t.Fatal(err)
	}
	if r := send(t, link, apdu.Command{Ins: apdu.InsSelect, P1: 2, P2: 0x0C, Data: []byte{0x01, 0x1C}}); r.Status == apdu.OK {
		b := send(t, link, apdu.Command{Ins: apdu.InsReadBinary, Le: apdu.MaxShortLe})
		if info, err = lds.ParseCardAccess(b.Data); err != nil {
			t.Fatal(err)
		}
	} else {
		lines := card.MRZ()
		if key, err = access.MRZ(lines[0][5:14], lines[1][0:6], lines[1][8:14]); err != nil {
			t.Fatal(err)
		}
		send(t, link, application)
	}
	opened, err := access.Open(t.Context(), link, info, key, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	v := &visit{t: t, session: opened.Card, id: opened.IDPICC}
	if info == nil {
		if v.id, err = auth.DocumentID(card.MRZ()[0][5:14]); err != nil {
			t.Fatal(err)
		}
	} else {
		send(t, v.session, application)
	}
	return v
}

// read reads a whole file by its short identifier.
func (v *visit) read(short byte) []byte {
	v.t.Helper()
	r := v.binary(0x80|short, 0, v.session.MaxRead())
	_, header, value, err := tlv.Header(r.Data)
	if err != nil {
		v.t.Fatalf("file %02X: %v, %v", short, r.Status, err)
	}
	b := r.Data
	for len(b) < header+value {
		n := min(v.session.MaxRead(), header+value-len(b))
		r := v.binary(byte(len(b)>>8), byte(len(b)), n)
		if r.Status != apdu.OK {
			v.t.Fatalf("file %02X at %d: %v", short, len(b), r.Status)
		}
		b = append(b, r.Data...)
	}
	return b
}

// binary is one READ BINARY, with the length that the chip wants.
func (v *visit) binary(p1, p2 byte, le int) apdu.Response {
	v.t.Helper()
	c := apdu.Command{Ins: apdu.InsReadBinary, P1: p1, P2: p2, Le: le}
	r := send(v.t, v.session, c)
	if n, ok := r.Status.ExactLe(); ok {
		c.Le = n
		r = send(v.t, v.session, c)
	}
	return r
}

// dg14 returns what DG14 announces; nil where the chip has nothing to announce.
func (v *visit) dg14() *lds.SecurityInfos {
	v.t.Helper()
	if r := v.binary(0x80|14, 0, 8); r.Status == apdu.NotFound {
		return nil
	}
	infos, err := lds.ParseDG14(v.read(14))
	if err != nil {
		v.t.Fatal(err)
	}
	return infos
}

func (v *visit) dg15() *lds.PublicKey {
	v.t.Helper()
	key, err := lds.ParseDG15(v.read(15))
	if err != nil {
		v.t.Fatal(err)
	}
	return key
}

// status is what the chip says to a read of a file.
func (v *visit) status(short byte) (apdu.Status, error) {
	r, err := apdu.Send(v.t.Context(), v.session, apdu.Command{Ins: apdu.InsReadBinary, P1: 0x80 | short, Le: 8})
	return r.Status, err
}
