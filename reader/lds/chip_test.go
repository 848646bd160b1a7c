package lds_test

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"testing"
	"time"

	"github.com/tram-station/tram/mrz"
	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/chip"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/tlv"
)

// eMRTD is the application's identifier.
var eMRTD = []byte{0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01}

// inserted is a powered chip of its own making: no code is shared with what
// decodes its files.
func inserted(t *testing.T, content chip.Content) (apdu.Card, *chip.Card) {
	t.Helper()
	issuer, err := chip.NewIssuer(rand.Reader, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	issued, err := issuer.IssueSpec(chip.Sample(), chip.Spec{BAC: true, Content: content, ActiveAuth: chip.AAP256}, "")
	if err != nil {
		t.Fatal(err)
	}
	slot := &apdu.VirtualSlot{}
	slot.Put(issued)
	card, err := slot.Insert(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { card.Close() })
	return card, issued
}

// file reads a whole file by its identifier, without any wit.
func file(ctx context.Context, t *testing.T, card apdu.Card, id lds.FileID) []byte {
	t.Helper()
	send := func(c apdu.Command) []byte {
		r, err := apdu.Send(ctx, card, c)
		if err != nil || r.Status.Refused() {
			t.Fatalf("%v: %v, %v", id, r.Status, err)
		}
		return r.Data
	}
	send(apdu.Command{Ins: apdu.InsSelect, P1: 2, P2: 0x0C, Data: binary.BigEndian.AppendUint16(nil, uint16(id))})
	b := send(apdu.Command{Ins: apdu.InsReadBinary, Le: 128})
	if id == lds.EFATRInfo {
		return b // one object after the other, in less than a block
	}
	_, header, value, err := tlv.Header(b)
	if err != nil {
		t.Fatalf("%v: %v", id, err)
	}
	for len(b) < header+value {
		b = append(b, send(apdu.Command{Ins: apdu.InsReadBinary, P1: byte(len(b) >> 8), P2: byte(len(b)), Le: min(128, header+value-len(b))})...)
	}
	return b
}

// whole reads every file of a document of this content that opens without
// terminal authentication.
func whole(t *testing.T, content chip.Content, ids ...lds.FileID) *lds.Document {
	t.Helper()
	card, issued := inserted(t, content)
	var d lds.Document
	add := func(card apdu.Card, ids ...lds.FileID) {
		for _, id := range ids {
			if err := d.Add(id, file(t.Context(), t, card, id)); err != nil {
				t.Errorf("%v: %v", id, err)
			}
		}
	}
	if content.Directory {
		add(card, lds.EFATRInfo, lds.EFDIR)
	}
	var zone string
	for _, l := range issued.MRZ() {
		zone += l
	}
	z, err := mrz.Parse(zone)
	if err != nil {
		t.Fatal(err)
	}
	key, err := access.MRZ(z.Keys())
	if err != nil {
		t.Fatal(err)
	}
	if r, err := apdu.Send(t.Context(), card, apdu.Command{Ins: apdu.InsSelect, P1: 4, P2: 0x0C, Data: eMRTD}); err != nil || r.Status.Refused() {
		t.Fatalf("select the application: %v, %v", r.Status, err)
	}
	opened, err := access.Open(t.Context(), card, nil, key, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	add(opened.Card, append(ids, lds.EFCOM, lds.EFSOD, lds.EFDG1, lds.EFDG2, lds.EFDG14, lds.EFDG15)...)
	if d.MRZ.Zone != zone || d.Face.Width == 0 || d.Face.Gender != "male" || d.Security == nil || d.ActiveKey == nil {
		t.Errorf("%+v", d)
	}
	return &d
}

func TestChip(t *testing.T) {
	person := chip.Sample()
	d := whole(t, chip.Content{Document: chip.DocumentPassport, Groups: []int{5, 6, 7, 8, 9, 10, 11, 12, 13, 16}, Directory: true},
		lds.EFDG5, lds.EFDG6, lds.EFDG7, lds.EFDG8, lds.EFDG9, lds.EFDG10, lds.EFDG11, lds.EFDG12, lds.EFDG13, lds.EFDG16)
	if len(d.Portraits) != 1 || len(d.Signatures) != 1 || len(d.DIR) != 1 || d.DIR[0].AID[0] != 0xA0 || d.Face.Colour != "rgb24" || d.Face.Kind != "full-frontal" {
		t.Errorf("pictures %d, %d, applications %d", len(d.Portraits), len(d.Signatures), len(d.DIR))
	}
	if a := d.ATRInfo; !a.ShortIDs() || a.Extended() {
		t.Errorf("EF.ATR/INFO: %+v", a)
	}
	if p := d.Person; p.Name.String() != person.Name || p.PersonalNumber != person.Number || len(p.OtherNames) != 1 || p.OtherNames[0].String() != person.Father ||
		p.Birth.String() != "1990-02-14" || len(p.BirthPlace) != 3 || len(p.Address) != 5 || p.Other != nil {
		t.Errorf("DG11: %+v", p)
	}
	if e := d.Details; e.Issued.String() != "2021-05-20" || !e.Personalised.Equal(person.Issue) || e.Authority == "" || e.Endorsements == "" || e.Other != nil {
		t.Errorf("DG12: %+v", e)
	}
	if len(d.Contacts) != 1 || d.Contacts[0].Name.String() != person.Mother || d.Contacts[0].Recorded.String() != "2021-05-20" {
		t.Errorf("DG16: %+v", d.Contacts)
	}
	if len(d.COM.Files()) != 14 {
		t.Errorf("EF.COM: %v", d.COM.Files())
	}
}

func TestChipCard(t *testing.T) {
	d := whole(t, chip.Content{Face: chip.Encoding39794}, lds.EFDG13)
	if d.VN == nil || d.VN.Name != chip.Sample().Name || d.Face.Kind != "mrtd" || d.Face.Colour != "rgb24" {
		t.Errorf("DG13 %v, portrait of kind %q", d.VN != nil, d.Face.Kind)
	}
}
