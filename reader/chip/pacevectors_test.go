package chip

import (
	"bytes"
	"math/big"
	"slices"
	"testing"
)

// The worked examples of PACE (Doc 9303-11 appendices G, H and I), run through
// the chip with scripted randomness.

// scripted is a chip of one variant whose randomness is given.
func scripted(v vector, p PACE, random []byte) *Card {
	lines, can := linesFor("T22000129364081251010318"), "000000"
	if len(v["mrz_information"]) > 0 {
		lines = linesFor(v["mrz_information"][0])
	}
	if len(v["can"]) > 0 {
		can = v["can"][0]
	}
	return newCard(Spec{PACE: []PACE{p}}, lines, can, bytes.NewReader(random))
}

// TestPACE runs the examples that publish their commands; the secret with a
// leading zero byte, which a reader that strips it cannot finish, is one.
func TestPACE(t *testing.T) {
	for name, p := range map[string]PACE{
		"pace-gm-bp256r1.txt":   {GM, GroupBrainpool256, AES128},
		"pace-leading-zero.txt": {GM, GroupBrainpool256, AES128},
		"pace-cam-bp256r1.txt":  {CAM, GroupBrainpool256, AES128},
		"pace-gm-dh1024.txt":    {GM, GroupDH1024, AES128},
	} {
		t.Run(name, func(t *testing.T) {
			v := readVector(t, name)
			card := scripted(v, p, slices.Concat(v.hex(t, "s"), exampleScalar(t, v, "map_sk_ic", p), exampleScalar(t, v, "eph_sk_ic", p)))
			if len(v["pace_info"]) > 0 {
				equal(t, "EF.CardAccess", cardAccess(card.spec), encode(0x31, unhex(t, "3012"+v.text(t, "pace_info")[4:])))
			}
			if p.Mapping == CAM {
				card.mappingKeys[p.Group] = exampleKey(t, v)
			}
			for i, c := range v["capdu"] {
				if i == 1 && p.Group == GroupDH1024 {
					// The example names its CVCA without being asked.
					card.state.pace.wantsCAR = true
					card.anchors = []trusted{{cvBody: cvBody{holder: "DETESTCVCA00003"}}}
				}
				if i == 4 {
					h := card.state.pace
					equal(t, "mapped generator", h.group.encode(h.mapped), v.hex(t, "g_mapped"))
					equal(t, "KS.Enc", h.encKey, v.hex(t, "ks_enc"))
				}
				equal(t, "command "+c, card.Process(unhex(t, c)), unhex(t, v["rapdu"][i]))
			}
			if s := card.state.session; s == nil {
				t.Fatal("no session")
			} else {
				equal(t, "KS.MAC", s.macKey, v.hex(t, "ks_mac"))
				equal(t, "SSC", s.ssc, make([]byte, 16))
			}
		})
	}
}

// exampleScalar is a private key modulo the order of the group: some examples
// drew larger ones.
func exampleScalar(t *testing.T, v vector, name string, p PACE) []byte {
	t.Helper()
	n := groupOf(t, p.Group).order()
	k := new(big.Int).SetBytes(v.hex(t, name))
	return k.Mod(k, n).FillBytes(make([]byte, (n.BitLen()+7)/8))
}

// exampleKey finds the chip's key of appendix I.1, which publishes its public
// half only: the ephemeral key divided by the chip authentication data.
func exampleKey(t *testing.T, v vector) keyPair {
	t.Helper()
	g := groupOf(t, GroupBrainpool256)
	n := g.order()
	private := new(big.Int).SetBytes(v.hex(t, "ca_ic"))
	private.ModInverse(private, n)
	private.Mul(private, new(big.Int).SetBytes(v.hex(t, "map_sk_ic"))).Mod(private, n)
	k := keyPair{group: g, private: private.FillBytes(make([]byte, 32))}
	k.public = g.times(g.generator(), k.private)
	equal(t, "the chip's key", g.encode(k.public), v.hex(t, "pk_ic"))
	equal(t, "its announcement", publicKeyInfo(k, FormStandardized, small(GroupBrainpool256)), v.hex(t, "ca_public_key_info"))
	return k
}

// TestPACEIntegrated runs appendix H. It publishes no commands, and takes a
// key of the nonce that does not follow from the example's password.
func TestPACEIntegrated(t *testing.T) {
	for name, p := range map[string]PACE{
		"pace-im-bp256r1.txt": {IM, GroupBrainpool256, AES128},
		"pace-im-dh1024.txt":  {IM, GroupDH1024, AES128},
	} {
		t.Run(name, func(t *testing.T) {
			v := readVector(t, name)
			g := groupOf(t, p.Group)
			equal(t, "mechanism", p.oid()[2:], v.hex(t, "oid"))
			card := scripted(v, p, append(v.hex(t, "s"), exampleScalar(t, v, "eph_sk_ic", p)...))
			x := &terminal{t: t, card: card}
			if _, sw := x.plainData(0, 0x22, 0xC1, 0xA4, slices.Concat(encode(0x80, p.oid()[2:]), encode(0x83, []byte{passwordCAN}))); sw != swOK {
				t.Fatalf("MSE: %04X", sw)
			}
			run := card.state.pace
			run.nonceKey = v.hex(t, "k_pi")
			equal(t, "encrypted nonce", x.general(0x10, nil, 0x80), v.hex(t, "z"))
			equal(t, "mapping data", x.general(0x10, encode(0x81, v.hex(t, "t")), 0x82), nil)
			number := p.Cipher.pseudoRandom(run.nonce, v.hex(t, "t"), g.prime())
			equal(t, "pseudo-random number", number.FillBytes(make([]byte, len(v.hex(t, "rp_s_t")))), v.hex(t, "rp_s_t"))
			equal(t, "mapped generator", g.encode(run.mapped), v.hex(t, "g_mapped"))
			equal(t, "public key", x.general(0x10, encode(0x83, v.hex(t, "eph_pk_ifd")), 0x84), v.hex(t, "eph_pk_ic"))
			equal(t, "KS.Enc", run.encKey, v.hex(t, "ks_enc"))
			equal(t, "KS.MAC", run.macKey, v.hex(t, "ks_mac"))
			equal(t, "token", x.general(0, encode(0x85, v.hex(t, "t_ifd")), 0x86), v.hex(t, "t_ic"))
			if card.state.session == nil {
				t.Error("no session")
			}
		})
	}
}

// TestActiveRepresentative is appendix F: what the RSA key of the example,
// which it does not publish, has signed.
func TestActiveRepresentative(t *testing.T) {
	v := readVector(t, "aa-rsa1024.txt")
	variant, _ := AARSA1024SHA1.variant()
	equal(t, "F", variant.representative(v.hex(t, "m1"), v.hex(t, "rnd_ifd")), v.hex(t, "f"))
}
