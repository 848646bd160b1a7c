package access

import (
	"crypto/rand"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/crypt"
	"github.com/tram-station/tram/reader/lds"
)

// entry is a PACEInfo: the arc of agreement and mapping, the arc of the
// cipher, the domain parameters.
func entry(mapping, cipher, parameter int) lds.PACEInfo {
	return lds.PACEInfo{OID: append(idPACE[:len(idPACE):len(idPACE)], mapping, cipher), Version: 2, ParameterID: parameter}
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
