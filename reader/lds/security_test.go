package lds

import (
	"bytes"
	"slices"
	"testing"
)

// cardAccessCCCD is EF.CardAccess as the Vietnamese card announces it: TA v1,
// CA-ECDH-AES-128 v1, PACE-ECDH-GM-AES-128 on brainpoolP256r1 (13).
const cardAccessCCCD = `3137
	300D0608 04007F0007020202 020101
	3012060A 04007F00070202030202 020101 020101
	3012060A 04007F00070202040202 020102 02010D`

// dg14AA holds an ActiveAuthenticationInfo with ecdsa-plain-SHA256 and an
// entry that no reader knows.
const dg14AA = `6E25 3123
	301706066781080101050201 01060A04007F00070101040103
	3008 0603550403 020105`

func TestCardAccess(t *testing.T) {
	s, err := ParseCardAccess(unhex(t, cardAccessCCCD))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.PACE) != 1 || s.PACE[0].OID.String() != "0.4.0.127.0.7.2.2.4.2.2" || s.PACE[0].Version != 2 || s.PACE[0].ParameterID != 13 {
		t.Errorf("PACE %+v", s.PACE)
	}
	if len(s.ChipAuth) != 1 || s.ChipAuth[0].OID.String() != "0.4.0.127.0.7.2.2.3.2.2" || s.ChipAuth[0].Version != 1 || s.ChipAuth[0].KeyID.Int64() != 1 {
		t.Errorf("chip authentication %+v", s.ChipAuth)
	}
	if len(s.TerminalAuth) != 1 || s.TerminalAuth[0].Version != 1 || s.Unknown != nil {
		t.Errorf("terminal authentication %+v, unknown %+v", s.TerminalAuth, s.Unknown)
	}
}

func TestDG14(t *testing.T) {
	s, err := ParseDG14(unhex(t, dg14AA))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.ActiveAuth) != 1 || s.ActiveAuth[0].Signature.String() != "0.4.0.127.0.7.1.1.4.1.3" {
		t.Errorf("active authentication %+v", s.ActiveAuth)
	}
	if len(s.Unknown) != 1 || s.Unknown[0].OID.String() != "2.5.4.3" || len(s.Unknown[0].Raw) != 10 {
		t.Errorf("unknown %+v", s.Unknown)
	}
}

// info is one SecurityInfo from its parts in hexadecimal.
func info(t testing.TB, parts string) []byte { return node(0x30, unhex(t, parts)) }

func TestSecurityInfosForms(t *testing.T) {
	spki := node(0x30, node(0x30, unhex(t, "06072A8648CE3D0201")), node(0x03, []byte{0, 4}))
	key := node(0x30, unhex(t, "060904007F000702020102"), spki, unhex(t, "020102"))
	s, err := ParseSecurityInfos(node(0x31, key,
		info(t, "060A04007F00070202040202 020102"), // PACE without a parameter
		info(t, "060904007F000702020402 3000"),     // PACE domain parameters of the issuer's own
		info(t, "060A04007F00070202030202 020101")))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.ChipAuthKeys) != 1 || !bytes.Equal(s.ChipAuthKeys[0].SPKI, spki) || s.ChipAuthKeys[0].KeyID.Int64() != 2 {
		t.Errorf("key %+v", s.ChipAuthKeys)
	}
	if s.PACE[0].ParameterID != NoParameter || s.ChipAuth[0].KeyID != nil || len(s.PACEParameters) != 1 || s.Unknown != nil {
		t.Errorf("optional fields: %+v", s)
	}
	many := slices.Repeat([][]byte{info(t, "0603550403")}, maxSecurityInfos+1)
	for name, b := range map[string][]byte{
		"no set":          node(0x30),
		"trailing":        append(node(0x31), 0),
		"no OID":          node(0x31, info(t, "020101")),
		"huge version":    node(0x31, info(t, "060A04007F00070202040202 0209010000000000000000")),
		"no version":      node(0x31, info(t, "060A04007F00070202040202")),
		"more than three": node(0x31, info(t, "060A04007F00070202040202 020102 02010D 020101")),
		"too many":        node(0x31, many...),
		"too long":        make([]byte, maxSecurityBytes+1),
		"indefinite":      unhex(t, "31800000"),
	} {
		if s, err := ParseSecurityInfos(b); err == nil || s != nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestDG15(t *testing.T) {
	spki := node(0x30, node(0x30, unhex(t, "06072A8648CE3D0201")), node(0x03, []byte{0, 4}))
	k, err := ParseDG15(node(0x6F, spki))
	if err != nil {
		t.Fatal(err)
	}
	if k.Algorithm.String() != "1.2.840.10045.2.1" || !bytes.Equal(k.SPKI, spki) {
		t.Errorf("key %+v", k)
	}
	for name, b := range map[string][]byte{
		"empty": node(0x6F), "two keys": node(0x6F, spki, spki), "no bits": node(0x6F, node(0x30, node(0x30, unhex(t, "0603550403")))),
		"other group": node(0x6E, spki),
	} {
		if k, err := ParseDG15(b); err == nil || k != nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestSecurityInfosMore(t *testing.T) {
	bits := node(0x03, []byte{0, 4})
	algorithm := node(0x30, unhex(t, "060704007F00070102 02010D"))
	bare := node(0x30, unhex(t, "060904007F000702020102"), algorithm, bits, unhex(t, "020107"))
	s, err := ParseSecurityInfos(node(0x31, bare,
		info(t, "060804007F0007020202 020101 3007 0402011C 04011C"),
		info(t, "060804007F0007020202 020101 3004 04020142"),
		info(t, "060804007F0007020202 020101 3003 040142"),
		node(0x30, unhex(t, "060904007F000702020402"), algorithm, unhex(t, "020121")),
		node(0x30, unhex(t, "060904007F000702020302"), algorithm),
		info(t, "060667810801010D 04024F00"),
		info(t, "060A04007F00070202040602 020102 02010D"), // chip authentication mapping
		info(t, "060804007F0007030202 3000")))             // electronic identity card
	if err != nil {
		t.Fatal(err)
	}
	if k := s.ChipAuthKeys; len(k) != 1 || !bytes.Equal(k[0].SPKI, node(0x30, algorithm, bits)) || k[0].KeyID.Int64() != 7 {
		t.Errorf("a key without its SEQUENCE: %+v", k)
	}
	for i, want := range []TerminalAuthInfo{{CVCA: EFCVCA, ShortID: 0x1C}, {CVCA: 0x0142}, {CVCA: EFCVCA, ShortID: 0x1C}} {
		if ta := s.TerminalAuth[i]; ta.Version != 1 || ta.CVCA != want.CVCA || ta.ShortID != want.ShortID {
			t.Errorf("terminal authentication %d: %+v", i, ta)
		}
	}
	if p := s.PACEParameters; len(p) != 1 || !bytes.Equal(p[0].Algorithm, algorithm) || p[0].ID.Int64() != 0x21 {
		t.Errorf("PACE parameters %+v", p)
	}
	if p := s.ChipAuthParameters; len(p) != 1 || !bytes.Equal(p[0].Algorithm, algorithm) || p[0].ID != nil {
		t.Errorf("chip authentication parameters %+v", p)
	}
	if !bytes.Equal(s.DIR, []byte{0x4F, 0}) || len(s.PACE) != 1 || len(s.Unknown) != 1 {
		t.Errorf("%+v", s)
	}
	for name, b := range map[string][]byte{
		"no algorithm": info(t, "060904007F000702020402 020101"), "key ID no number": node(0x30, unhex(t, "060904007F000702020402"), algorithm, algorithm),
		"DIR no octets": info(t, "060667810801010D 0500"), "no version": info(t, "060804007F0007020202"),
		"key without bits": node(0x30, unhex(t, "060904007F000702020102"), algorithm, unhex(t, "0309")),
	} {
		if s, err := ParseSecurityInfos(node(0x31, b)); err == nil || s != nil {
			t.Errorf("%s was taken", name)
		}
	}
}
