package access

import (
	"bytes"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"math/big"
	"slices"
	"testing"

	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/crypt"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/tlv"
)

// below is an identifier below id-PACE.
func below(arcs ...int) asn1.ObjectIdentifier { return slices.Concat(idPACE, arcs) }

// entry is a PACEInfo: the arc of agreement and mapping, the arc of the
// cipher, the domain parameters.
func entry(mapping, cipher, parameter int) lds.PACEInfo {
	return lds.PACEInfo{OID: below(mapping, cipher), Version: 2, ParameterID: parameter}
}

func TestChooseNothing(t *testing.T) {
	gm := entry(2, 2, 13)
	with := func(change func(*lds.PACEInfo)) lds.PACEInfo { e := gm; change(&e); return e }
	for name, e := range map[string]lds.PACEInfo{
		"version 1":        with(func(e *lds.PACEInfo) { e.Version = 1 }),
		"unknown cipher":   entry(2, 5, 13),
		"cipher zero":      entry(2, 0, 13),
		"unknown mapping":  entry(5, 2, 13),
		"CAM with 3DES":    entry(6, 1, 13),
		"own parameters":   entry(2, 2, lds.NoParameter),
		"reserved group":   entry(2, 2, 7),
		"a curve in DH":    entry(1, 2, 13),
		"a field in ECDH":  entry(2, 2, 0),
		"another arc":      with(func(e *lds.PACEInfo) { e.OID = asn1.ObjectIdentifier{0, 4, 0, 127, 0, 7, 2, 2, 5, 2, 2} }),
		"shorter":          with(func(e *lds.PACEInfo) { e.OID = e.OID[:len(e.OID)-1] }),
		"IM on P-224":      entry(4, 2, 10),
		"a huge parameter": entry(2, 2, 1<<40),
	} {
		infos := &lds.SecurityInfos{PACE: []lds.PACEInfo{e}}
		if p, err := choose(infos); !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: %v, %v", name, p, err)
		}
		// Fail closed: with PACE on offer, BAC is never tried.
		card := &script{t: t}
		if _, err := Open(t.Context(), card, infos, mrzKey(t, "L898902C", "690806", "940623"), rand.Reader); !errors.Is(err, ErrUnsupported) || card.sent != 0 {
			t.Errorf("%s: %d commands, %v", name, card.sent, err)
		}
		// The control: with the good entry beside it, that one is taken.
		if p, err := choose(&lds.SecurityInfos{PACE: []lds.PACEInfo{e, gm}}); err != nil || p.String() != "PACE-ECDH-GM-AES-128 brainpoolP256r1" {
			t.Errorf("%s beside a known one: %v, %v", name, p, err)
		}
	}
}

func TestChooseVietnamese(t *testing.T) {
	p, err := choose(offer(t, vietnamese))
	if err != nil || p.algorithm != crypt.AES128 || p.group.Name() != "brainpoolP256r1" || p.ambiguous {
		t.Fatalf("%+v, %v", p, err)
	}
}

// strongest is every kind of PACE, the strongest first.
var strongest = []lds.PACEInfo{
	entry(6, 4, 8), entry(6, 3, 18), // chip authentication mapping
	entry(2, 4, 18), entry(4, 4, 17), entry(2, 4, 16), entry(2, 4, 14), entry(2, 4, 12), entry(2, 4, 11),
	entry(1, 4, 2), entry(3, 4, 1), entry(2, 4, 9), entry(1, 4, 0),
	entry(2, 3, 18), entry(1, 3, 0), // a shorter key of the cipher
	entry(2, 2, 18), entry(3, 2, 0),
	entry(2, 1, 18), entry(1, 1, 0),
}

func TestChooseTheStrongest(t *testing.T) {
	for i, better := range strongest {
		for _, worse := range strongest[i+1:] {
			for _, offered := range [][]lds.PACEInfo{{better, worse}, {worse, better}} {
				p, err := choose(&lds.SecurityInfos{PACE: offered})
				if err != nil {
					t.Fatal(err)
				}
				if want, _ := known(&lds.SecurityInfos{}, better); p.String() != want.String() {
					t.Errorf("%v of %v", p, offered)
				}
				if p.ambiguous != (better.ParameterID != worse.ParameterID) {
					t.Errorf("%v of %v is ambiguous: %v", p, offered, p.ambiguous)
				}
			}
		}
	}
	// Equal ones: the chip's order.
	for _, same := range [][2]lds.PACEInfo{{entry(2, 2, 13), entry(4, 2, 13)}, {entry(2, 2, 12), entry(2, 2, 13)}} {
		for i, offered := range [][]lds.PACEInfo{{same[0], same[1]}, {same[1], same[0]}} {
			want, _ := known(&lds.SecurityInfos{}, same[i])
			if p, err := choose(&lds.SecurityInfos{PACE: offered}); err != nil || p.String() != want.String() {
				t.Errorf("%v, %v", p, err)
			}
		}
	}
}

func TestChooseNamesEveryProtocol(t *testing.T) {
	names := map[string]bool{}
	for mapping := 1; mapping <= 6; mapping++ {
		for cipher := 1; cipher <= 4; cipher++ {
			for parameter := range 32 {
				if p, ok := known(&lds.SecurityInfos{}, entry(mapping, cipher, parameter)); ok {
					names[p.String()] = true
				}
			}
		}
	}
	// GM and IM on 3 fields and 11 curves (IM on 10) with 4 ciphers, CAM on 11
	// curves with 3.
	if want := 4*(3+11) + 4*(3+10) + 3*11; len(names) != want {
		t.Errorf("%d protocols, want %d", len(names), want)
	}
	for _, name := range []string{
		"PACE-DH-IM-3DES DH-2048-256", "PACE-ECDH-CAM-AES-256 P-521", "PACE-ECDH-IM-AES-192 brainpoolP192r1", "PACE-DH-GM-AES-128 DH-1024-160",
	} {
		if !names[name] {
			t.Errorf("no %s", name)
		}
	}
}

// explicitP256 is an AlgorithmIdentifier that spells out P-256 (X9.62).
func explicitP256() []byte {
	c := elliptic.P256().Params()
	integer := func(v *big.Int) []byte { b, _ := asn1.Marshal(v); return b }
	octets := func(v *big.Int) []byte { return tlv.Encode(0x04, v.FillBytes(make([]byte, 32))) }
	oid := func(o ...int) []byte { b, _ := asn1.Marshal(asn1.ObjectIdentifier(o)); return b }
	a := new(big.Int).Sub(c.P, big.NewInt(3))
	g := append(append([]byte{4}, c.Gx.FillBytes(make([]byte, 32))...), c.Gy.FillBytes(make([]byte, 32))...)
	return tlv.Encode(0x30, oid(1, 2, 840, 10045, 2, 1), tlv.Encode(0x30, []byte{2, 1, 1},
		tlv.Encode(0x30, oid(1, 2, 840, 10045, 1, 1), integer(c.P)),
		tlv.Encode(0x30, octets(a), octets(c.B)),
		tlv.Encode(0x04, g), integer(c.N), []byte{2, 1, 1}))
}

func TestExplicitParameters(t *testing.T) {
	agreement := below(2)
	known := lds.DomainParameters{OID: agreement, Algorithm: explicitP256(), ID: big.NewInt(33)}
	foreign := known // the last byte of the generator is another
	i := bytes.Index(known.Algorithm, elliptic.P256().Params().Gy.Bytes()) + 31
	foreign.Algorithm = bytes.Clone(known.Algorithm)
	foreign.Algorithm[i] ^= 1
	elsewhere := known
	elsewhere.OID = below(4)
	nameless := known
	nameless.ID = nil
	for name, tt := range map[string]struct {
		parameter int
		all       []lds.DomainParameters
		ok        bool
	}{
		"a known curve":             {33, []lds.DomainParameters{foreign, known}, true},
		"a curve without number":    {lds.NoParameter, []lds.DomainParameters{nameless}, true},
		"another number":            {34, []lds.DomainParameters{known}, false},
		"another generator":         {33, []lds.DomainParameters{foreign}, false},
		"of another agreement":      {33, []lds.DomainParameters{elsewhere}, false},
		"no number where one is":    {lds.NoParameter, []lds.DomainParameters{known}, false},
		"a number of the standards": {7, []lds.DomainParameters{{OID: agreement, Algorithm: explicitP256(), ID: big.NewInt(7)}}, false},
	} {
		p, err := choose(&lds.SecurityInfos{PACE: []lds.PACEInfo{entry(2, 2, tt.parameter)}, PACEParameters: tt.all})
		if (err == nil) != tt.ok || tt.ok && p.String() != "PACE-ECDH-GM-AES-128 P-256" {
			t.Errorf("%s: %v, %v", name, p, err)
		}
	}
}

func TestParameterReference(t *testing.T) {
	for id, want := range map[int]string{0: "00", 13: "0d", 255: "ff", 256: "0100", 0x123456: "123456"} {
		if got := hex.EncodeToString(parameterReference(id)); got != want {
			t.Errorf("%d: %s", id, got)
		}
	}
}

func TestAmbiguousProtocolNamesItsParameter(t *testing.T) {
	infos := offer(t, bp256AES128)
	infos.PACE = append(infos.PACE, infos.PACE[0])
	infos.PACE[1].ParameterID = 12
	card := &script{t: t, answer: []byte{0x69, 0x85}}
	if _, err := Open(t.Context(), card, infos, canKey(t, "123456"), rand.Reader); !errors.Is(err, apdu.ConditionsNotMet) {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(card.after); got != "0022c1a412800a04007f0007020204020283010284010d" {
		t.Fatalf("MSE:Set AT = %s", got)
	}
}
