package auth

import (
	"context"
	"crypto/rand"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"math/big"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/crypt"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/tlv"
	"github.com/tram-station/tram/testdata"
)

func specimen(t testing.TB, elem ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(testdata.Shared(t, append([]string{"data", "chip"}, elem...)...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func dg14(t testing.TB, b []byte) *lds.SecurityInfos {
	t.Helper()
	infos, err := lds.ParseDG14(b)
	if err != nil {
		t.Fatal(err)
	}
	return infos
}

// TestSyntheticKeys runs the computation against the private keys of the
// synthetic sets: both ends reach the same secret.
func TestSyntheticKeys(t *testing.T) {
	for set, name := range map[string]string{
		"bac-p256": "CA-ECDH-3DES P-256", "pace-bp256": "CA-ECDH-AES-128 brainpoolP256r1", "cam-p256": "CA-ECDH-AES-128 P-256",
	} {
		infos := dg14(t, specimen(t, "synthetic", set, "LDS_010E.bin"))
		a, err := strongest(infos)
		if err != nil {
			t.Errorf("%s: %v", set, err)
			continue
		}
		if set != "bac-p256" && a.name() != name {
			t.Errorf("%s: %s", set, a.name())
		}
		private, err := hex.DecodeString(strings.Fields(string(specimen(t, "synthetic", set, "ca.txt")))[0])
		if err != nil {
			t.Fatal(err)
		}
		public, err := a.group.Base(private)
		if err != nil || !public.Equal(a.theirs) {
			t.Errorf("%s: the key of DG14 is not that of ca.txt: %v", set, err)
		}
		card := &keyHolder{t: t, private: private, agreement: a}
		secret, proof, err := a.agree(t.Context(), card, rand.Reader)
		if err != nil || string(secret) != string(card.secret) || len(proof) != 32 {
			t.Errorf("%s: %v", set, err)
		}
	}
}

// keyHolder is a chip without secure messaging that has the private key.
type keyHolder struct {
	t         testing.TB
	private   []byte
	agreement *agreement
	refuse    map[byte]apdu.Status // answers to the first part of a chain
	chain     []byte
	commands  int
	extended  bool
	noKAT     bool
	secret    []byte
}

func (c *keyHolder) Close() error { return nil }

func (c *keyHolder) Transmit(_ context.Context, b []byte) ([]byte, error) {
	cmd, err := apdu.ParseCommand(b)
	if err != nil {
		return nil, err
	}
	c.commands++
	c.extended = c.extended || len(cmd.Data) > apdu.MaxShortData
	if cmd.Class == apdu.ClassChained {
		if sw, ok := c.refuse[cmd.Ins]; ok {
			return apdu.Response{Status: sw}.Bytes(), nil
		}
		c.chain = append(c.chain, cmd.Data...)
		return apdu.Response{Status: apdu.OK}.Bytes(), nil
	}
	data := slices.Concat(c.chain, cmd.Data)
	c.chain = nil
	var public []byte
	switch {
	case cmd.P2 == templateKAT && c.noKAT:
		return apdu.Response{Status: 0x6A86}.Bytes(), nil
	case cmd.P2 == templateKAT:
		es, err := tlv.Parse(data)
		if err != nil {
			c.t.Fatal(err)
		}
		public = es.Value(doKATPublic)
	case cmd.Ins == apdu.InsManageSecurity:
		return apdu.Response{Status: apdu.OK}.Bytes(), nil
	default:
		inner, err := tlv.Only(data, doDynamic)
		if err != nil {
			c.t.Fatal(err)
		}
		if public, err = tlv.Only(inner, doPublic); err != nil {
			c.t.Fatal(err)
		}
	}
	e, err := c.agreement.group.Element(public)
	if err != nil {
		c.t.Fatal(err)
	}
	shared, err := c.agreement.group.Mul(e, c.private)
	if err != nil {
		c.t.Fatal(err)
	}
	c.secret = c.agreement.group.Secret(shared)
	if cmd.Ins == apdu.InsGeneralAuthenticate {
		return apdu.Response{Data: []byte{doDynamic, 0}, Status: apdu.OK}.Bytes(), nil
	}
	return apdu.Response{Status: apdu.OK}.Bytes(), nil
}

func newKeyHolder(t testing.TB, id int, a crypt.Algorithm) *keyHolder {
	t.Helper()
	g, err := crypt.StandardGroup(id)
	if err != nil {
		t.Fatal(err)
	}
	private, err := g.Scalar(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := g.Base(private)
	if err != nil {
		t.Fatal(err)
	}
	kind := arcECDH
	if _, ok := g.(*crypt.DH); ok {
		kind = arcDH
	}
	oid := append(append(asn1.ObjectIdentifier{}, oidProtocol...), kind, int(a))
	return &keyHolder{t: t, private: private, agreement: &agreement{oid: oid, algorithm: a, group: g, theirs: public}}
}

func TestLongKeysAreChained(t *testing.T) {
	tests := []struct {
		name     string
		id       int
		a        crypt.Algorithm
		refuse   map[byte]apdu.Status
		commands int
		extended bool
	}{
		{"a point", 17, crypt.AES128, nil, 2, false},
		{"DH, AES", 2, crypt.AES128, nil, 3, false},
		{"DH, 3DES", 1, crypt.TDES, nil, 2, false},
		{"no chaining", 2, crypt.AES128, map[byte]apdu.Status{apdu.InsGeneralAuthenticate: swNoChaining}, 3, true},
		{"no MSE:Set KAT, 3DES", 12, crypt.TDES, nil, 3, false},
		{"no chaining, 3DES", 2, crypt.TDES, map[byte]apdu.Status{apdu.InsManageSecurity: swClassUnknown}, 2, true},
	}
	for _, tt := range tests {
		card := newKeyHolder(t, tt.id, tt.a)
		card.refuse, card.noKAT = tt.refuse, strings.HasPrefix(tt.name, "no MSE:Set KAT")
		secret, _, err := card.agreement.agree(t.Context(), card, rand.Reader)
		if err != nil || string(secret) != string(card.secret) || card.commands != tt.commands || card.extended != tt.extended {
			t.Errorf("%s: %d commands, extended %t, %v", tt.name, card.commands, card.extended, err)
		}
	}
	// A refusal that is none of chaining ends it.
	card := newKeyHolder(t, 2, crypt.AES128)
	card.refuse = map[byte]apdu.Status{apdu.InsGeneralAuthenticate: apdu.NotAllowed}
	if _, _, err := card.agreement.agree(t.Context(), card, rand.Reader); !errors.Is(err, ErrRefused) || !errors.Is(err, apdu.NotAllowed) || card.commands != 2 {
		t.Errorf("%d commands, %v", card.commands, err)
	}
}

func TestSharedSecretsKeepTheirLength(t *testing.T) {
	// One secret in 256 begins with a zero. It is sought out, so that no run
	// of this test can miss it.
	const tries = 8000 // all without a zero: one run in 10^13
	for id, size := range map[int]int{12: 32, 13: 32, 0: 128} {
		card := newKeyHolder(t, id, crypt.AES128)
		found := false
		for range tries {
			secret, _, err := card.agreement.agree(t.Context(), card, rand.Reader)
			if err != nil || len(secret) != size || string(secret) != string(card.secret) {
				t.Fatalf("group %d: secret of %d bytes, %v", id, len(secret), err)
			}
			if found = secret[0] == 0; found {
				break
			}
		}
		if !found {
			t.Errorf("group %d: no secret with a leading zero", id)
		}
	}
}

// announced returns security infos with a key of P-256 and the protocols.
func announced(t testing.TB, keyID *big.Int, infos ...lds.ChipAuthInfo) *lds.SecurityInfos {
	t.Helper()
	s := dg14(t, specimen(t, "synthetic", "cam-p256", "LDS_010E.bin"))
	s.ChipAuthKeys[0].KeyID = keyID
	s.ChipAuth = infos
	return s
}

func protocol(kind, cipher int, keyID *big.Int) lds.ChipAuthInfo {
	return lds.ChipAuthInfo{OID: append(append(asn1.ObjectIdentifier{}, oidProtocol...), kind, cipher), Version: 1, KeyID: keyID}
}

func TestStrongest(t *testing.T) {
	one, two, none := big.NewInt(1), big.NewInt(2), (*big.Int)(nil)
	version3 := protocol(arcECDH, 2, none)
	version3.Version = 3
	tests := []struct {
		name  string
		infos *lds.SecurityInfos
		want  string
		id    string // key identifier as sent
	}{
		{"announced", announced(t, none, protocol(arcECDH, 2, none)), "CA-ECDH-AES-128 P-256", ""},
		{"best cipher", announced(t, one, protocol(arcECDH, 1, one), protocol(arcECDH, 3, one)), "CA-ECDH-AES-192 P-256", "01"},
		{"not announced", announced(t, one), "CA-ECDH-3DES P-256", "01"},
		{"identifier left out of the protocol", announced(t, one, protocol(arcECDH, 2, none)), "CA-ECDH-AES-128 P-256", "01"},
		{"identifier left out of the key", announced(t, none, protocol(arcECDH, 2, one)), "CA-ECDH-AES-128 P-256", ""},
		{"long identifier", announced(t, big.NewInt(0x80FF), protocol(arcECDH, 2, big.NewInt(0x80FF))), "CA-ECDH-AES-128 P-256", "80ff"},
		{"identifier zero", announced(t, new(big.Int), protocol(arcECDH, 2, new(big.Int))), "CA-ECDH-AES-128 P-256", "00"},
		{"another key", announced(t, one, protocol(arcECDH, 2, two)), "", ""},
		{"DH with a point", announced(t, none, protocol(arcDH, 2, none)), "", ""},
		{"unknown cipher", announced(t, none, protocol(arcECDH, 5, none)), "", ""},
		{"unknown version", announced(t, none, version3), "", ""},
		{"negative identifier", announced(t, big.NewInt(-1), protocol(arcECDH, 2, big.NewInt(-1))), "", ""},
		{"no key", &lds.SecurityInfos{ChipAuth: []lds.ChipAuthInfo{protocol(arcECDH, 2, none)}}, "", ""},
	}
	for _, tt := range tests {
		a, err := strongest(tt.infos)
		if tt.want == "" {
			if !errors.Is(err, ErrUnsupported) || a != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue
		}
		if err != nil || a.name() != tt.want || hex.EncodeToString(a.keyID) != tt.id {
			t.Errorf("%s: %+v, %v", tt.name, a, err)
		}
	}
	broken := announced(t, none, protocol(arcECDH, 2, none))
	broken.ChipAuthKeys[0].SPKI = broken.ChipAuthKeys[0].SPKI[:40]
	if _, err := strongest(broken); !errors.Is(err, ErrUnsupported) {
		t.Errorf("half a key: %v", err)
	}
}

func TestSpecimenKeys(t *testing.T) {
	// The BSI set of 2008 has a key and no protocol: 3DES.
	a, err := strongest(dg14(t, specimen(t, "jmrtd", "bsi2008", "Datagroup14.bin")))
	if err != nil || a.name() != "CA-ECDH-3DES brainpoolP224r1" {
		t.Errorf("bsi2008: %+v, %v", a, err)
	}
	// Its modulus is written as a negative number, that of the other set well.
	for set, want := range map[string]error{"bsi2008/Datagroup15.bin": crypt.ErrKey, "loes2006/ef010F.bin": nil} {
		key, err := lds.ParseDG15(specimen(t, "jmrtd", set))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := crypt.ParsePublicKey(key.SPKI); !errors.Is(err, want) {
			t.Errorf("%s: %v", set, err)
		}
	}
}
