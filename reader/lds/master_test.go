package lds

import (
	"bytes"
	"slices"
	"testing"
)

// sampleATR is an EF.ATR/INFO: card service data, capabilities with short
// identifiers, chaining and extended lengths, and lengths of 1,500 and 65,538
// bytes.
var sampleATR = bytes.Join([][]byte{node(0x43, []byte{0xB8}), node(0x47, []byte{0x04, 0x01, 0xE0}),
	node(0x7F66, node(0x02, []byte{0x05, 0xDC}), node(0x02, []byte{0x01, 0x00, 0x02})), {0, 0, 0}}, nil)

func TestATRInfo(t *testing.T) {
	a, err := ParseATRInfo(sampleATR)
	if err != nil {
		t.Fatal(err)
	}
	if a.MaxCommand != 1500 || a.MaxResponse != 65538 || !a.Extended() || !a.Chaining() || !a.ShortIDs() || len(a.Other) != 1 || a.Other[0].Tag != 0x43 {
		t.Errorf("%+v", a)
	}
	for name, b := range map[string][]byte{
		"empty": nil, "zeros": make([]byte, 8), "one octet": node(0x47, []byte{0x00}), "selection alone": node(0x47, []byte{0xF3, 0xFF}),
	} {
		if a, err := ParseATRInfo(b); err != nil || a.MaxCommand != 0 || a.Extended() || a.Chaining() || a.ShortIDs() {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
	a, err = ParseATRInfo(node(0x7F66, node(0x02, []byte{0x7F, 0xFF, 0xFF, 0xFF}), node(0x02, []byte{1})))
	if err != nil || a.MaxCommand != maxAPDU || a.MaxResponse != 1 {
		t.Errorf("a length that no command has: %+v, %v", a, err)
	}
	for name, b := range map[string][]byte{
		"negative": node(0x7F66, node(0x02, []byte{0x80}), node(0x02, []byte{1})), "one number": node(0x7F66, node(0x02, []byte{1})),
		"three": node(0x7F66, bytes.Repeat(node(0x02, []byte{1}), 3)), "no numbers": node(0x7F66, node(0x04, []byte{1}), node(0x04, []byte{1})),
		"after zeros": {0, 1}, "cut": sampleATR[:5], "too long": make([]byte, maxMasterFile+1), "too many": bytes.Repeat([]byte{0x43, 0}, maxObjects+1),
		"five octets": node(0x7F66, node(0x02, make([]byte, 5)), node(0x02, []byte{1})),
	} {
		if a, err := ParseATRInfo(b); err == nil || a != nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestDIR(t *testing.T) {
	emrtd := []byte{0xA0, 0, 0, 2, 0x47, 0x10, 1}
	list, err := ParseDIR(slices.Concat(node(0x61, node(0x4F, emrtd), node(0x50, []byte("eMRTD")), node(0x73)), node(0x4F, []byte{1, 2})))
	if err != nil || len(list) != 2 || !bytes.Equal(list[0].AID, emrtd) || list[0].Label != "eMRTD" || len(list[0].Other) != 1 || len(list[1].AID) != 2 {
		t.Errorf("%+v, %v", list, err)
	}
	for name, b := range map[string][]byte{
		"no identifier": node(0x61, node(0x50, []byte("x"))), "long identifier": node(0x61, node(0x4F, make([]byte, 17))), "other object": node(0x43, []byte{1}),
		"many": bytes.Repeat(node(0x4F, []byte{1}), maxApplications+1), "cut": node(0x61, []byte{0x4F, 9}),
	} {
		if list, err := ParseDIR(b); err == nil || list != nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestCVCA(t *testing.T) {
	one, two := node(0x42, []byte("VNTHUCVCA00002")), node(0x42, []byte("VNTHUCVCA00001"))
	refs, err := ParseCVCA(slices.Concat(one, two, make([]byte, 4)))
	if err != nil || !slices.Equal(refs, []string{"VNTHUCVCA00002", "VNTHUCVCA00001"}) {
		t.Errorf("%q, %v", refs, err)
	}
	for name, b := range map[string][]byte{
		"none": make([]byte, 36), "three": slices.Concat(one, two, two), "other tag": node(0x43, []byte("VN")), "empty": node(0x42), "long": node(0x42, make([]byte, 17)),
	} {
		if refs, err := ParseCVCA(b); err == nil || refs != nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestDirectories(t *testing.T) {
	for master, application := range map[FileID]FileID{EFCardAccess: EFCVCA, EFCardSecurity: EFSOD} {
		if master == application || uint16(master) != uint16(application) || master.ShortID() != application.ShortID() {
			t.Errorf("%v and %v share an identifier", master, application)
		}
		if !master.InMaster() || application.InMaster() || master.Tag() != 0 {
			t.Errorf("%v lies in the master file, %v does not", master, application)
		}
	}
	for id, short := range map[FileID]byte{EFATRInfo: 0x01, EFDIR: 0x1E, EFCardSecurity: 0x1D, EFCardAccess: 0x1C} {
		if id.ShortID() != short || id.Group() != 0 {
			t.Errorf("%v: %02X", id, id.ShortID())
		}
	}
}

func TestDocument(t *testing.T) {
	var d Document
	files := map[FileID][]byte{
		EFATRInfo: sampleATR, EFDIR: node(0x4F, []byte{1}), EFCardAccess: unhex(t, cardAccessCCCD), EFCardSecurity: node(0x30),
		EFCOM: sampleCOM, EFSOD: node(0x77), EFCVCA: node(0x42, []byte("VN")),
		EFDG1: sampleDG1, EFDG2: dg2(0x5F2E, record(0, jpegHead)), EFDG3: dg3(fir(1, 1, 250, 8, 2, view(2, 3, 4, wsqHead))),
		EFDG4: node(0x76, node(0x7F61, node(0x02, []byte{1}), node(0x7F60, node(0x5F2E, []byte{1})))),
		EFDG5: node(0x65, node(0x02, []byte{1}), node(0x5F40, jpegHead)), EFDG6: node(0x66),
		EFDG7: node(0x67, node(0x02, []byte{1}), node(0x5F43, jpegHead)), EFDG8: node(0x68), EFDG9: node(0x69), EFDG10: node(0x6A),
		EFDG11: sampleDG11, EFDG12: node(0x6C, node(0x5F19, []byte("C06"))), EFDG13: readHex(t, "dg13.hex"), EFDG14: unhex(t, dg14AA),
		EFDG15: node(0x6F, node(0x30, node(0x30, unhex(t, "06072A8648CE3D0201")), node(0x03, []byte{0, 4}))),
		EFDG16: node(0x70, node(0xA1, node(0x5F51, []byte("TRẦN<<MẪU")))),
	}
	for id, b := range files {
		if err := d.Add(id, b); err != nil {
			t.Errorf("%v: %v", id, err)
		}
		if !bytes.Equal(d.File(id), b) {
			t.Errorf("%v was not kept", id)
		}
	}
	if d.ATRInfo == nil || d.DIR == nil || d.CardAccess == nil || d.COM == nil || d.CVCA == nil || d.MRZ == nil || d.Face == nil ||
		d.Fingers == nil || d.Irises == nil || d.Portraits == nil || d.Signatures == nil || d.Person == nil || d.Details == nil ||
		d.VN == nil || d.Security == nil || d.ActiveKey == nil || d.Contacts == nil || len(d.Raw) != len(files) {
		t.Errorf("a field is empty: %+v", d)
	}
	var other Document
	if err := other.Add(EFDG13, node(0x6D, node(0x0C, []byte("Test")))); err != nil || other.VN != nil || len(other.Raw) != 1 {
		t.Errorf("another issuer's DG13: %v", err)
	}
	if err := other.Add(EFDG13, vn(field(0, "x"))); err == nil || other.VN != nil {
		t.Error("a damaged DG13 passes for another issuer's")
	}
	for _, id := range append(groups(), EFCOM, EFCVCA, EFDIR, EFATRInfo, EFCardAccess) {
		if err := other.Add(id, []byte{0x42}); err == nil {
			t.Errorf("%v: damage was taken", id)
		} else if other.File(id) == nil {
			t.Errorf("%v: damaged and not kept", id)
		}
	}
	// A copy that somebody else holds keeps its files.
	before := other
	if err := other.Add(EFSOD, nil); err != nil {
		t.Fatal(err)
	}
	after := before
	if err := after.Add(EFCardSecurity, nil); err != nil {
		t.Fatal(err)
	}
	if other.Raw[len(other.Raw)-1].ID != EFSOD {
		t.Error("one copy wrote into the other")
	}
}
