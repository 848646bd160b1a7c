package chip

import (
	"bytes"
	"crypto/rand"
	"slices"
	"testing"
)

// pace opens the chip with a password by the first variant it offers, and
// selects the application; it returns the status word of the last step.
func (x *terminal) pace(ref byte, password []byte) uint16 {
	x.t.Helper()
	return x.paceBy(x.card.spec.PACE[0], ref, password)
}

// paceBy opens the chip by one variant.
func (x *terminal) paceBy(p PACE, ref byte, password []byte) uint16 {
	x.t.Helper()
	if sw := x.establish(p, ref, password); sw != swOK {
		return sw
	}
	_, sw := x.send(command{ins: insSelect, p1: 4, p2: 0x0C, data: []byte(aidEMRTD)})
	return sw
}

// establish runs PACE in the master file.
func (x *terminal) establish(p PACE, ref byte, password []byte) uint16 {
	x.t.Helper()
	number := int64(p.Group)
	p = x.card.spec.resolve(p)
	g := groupOf(x.t, p.Group)
	set := slices.Concat(encode(0x80, p.oid()[2:]), encode(0x83, []byte{ref}), encode(0x84, small(number)[2:]), x.chat)
	if _, sw := x.plainData(0x00, 0x22, 0xC1, 0xA4, set); sw != swOK && sw&0xFFF0 != swTriesLeft {
		return sw
	}
	r, sw := x.plainData(0x10, 0x86, 0, 0, encode(0x7C))
	if sw != swOK {
		return sw
	}
	block := p.Cipher.block(p.Cipher.derive(password, counterPi))
	nonce := decryptCBC(block, make([]byte, block.BlockSize()), x.template(r, 0x80))

	mapped, chipMapKey := x.mapNonce(p, g, nonce)
	own := keyPair{group: g, private: x.scalar(g)}
	own.public = g.times(mapped, own.private)
	theirs := x.general(0x10, encode(0x83, g.encode(own.public)), 0x84)
	peer, err := g.parse(theirs)
	if err != nil {
		x.t.Fatal(err)
	}
	z := own.agree(peer)
	run := &pace{variant: p, group: g, encKey: p.Cipher.derive(z, counterEnc), macKey: p.Cipher.derive(z, counterMAC)}
	token, sw := x.plainData(0x00, 0x86, 0, 0, encode(0x7C, encode(0x85, run.token(theirs))))
	if sw != swOK {
		return sw
	}
	x.lastToken = x.objects(token)
	if !bytes.Equal(find(x.lastToken, 0x86), run.token(g.encode(own.public))) {
		x.t.Error("the chip's token is wrong")
	}
	x.s = newSession(p.Cipher, run.encKey, run.macKey)
	x.idPICC = g.compress(peer)
	if p.Mapping == CAM {
		x.verifyChip(run, chipMapKey, find(x.lastToken, 0x8A))
		x.comp = g.compress(own.public)
	}
	return sw
}

// mapNonce is the terminal's side of the mapping.
func (x *terminal) mapNonce(p PACE, g group, nonce []byte) (mapped, chipKey element) {
	x.t.Helper()
	if p.Mapping == IM {
		t := make([]byte, p.Cipher.keySize())
		if _, err := rand.Read(t); err != nil {
			x.t.Fatal(err)
		}
		if r := x.general(0x10, encode(0x81, t), 0x82); len(r) != 0 {
			x.t.Errorf("the integrated mapping answers %X", r)
		}
		mapped, ok := g.fromInteger(p.Cipher.pseudoRandom(nonce, t, g.prime()))
		if !ok {
			x.t.Fatal("the nonces map to nothing")
		}
		return mapped, element{}
	}
	k := x.scalar(g)
	peer, err := g.parse(x.general(0x10, encode(0x81, g.encode(g.times(g.generator(), k))), 0x82))
	if err != nil {
		x.t.Fatal(err)
	}
	return g.plus(g.times(g.generator(), nonce), g.times(peer, k)), peer
}

// verifyChip checks the chip authentication data against the key that the card
// was issued with (Doc 9303-11 §4.4.3.5.2).
func (x *terminal) verifyChip(run *pace, mapKey element, sealed []byte) {
	x.t.Helper()
	block := run.variant.Cipher.block(run.encKey)
	iv := bytes.Repeat([]byte{0xFF}, block.BlockSize())
	block.Encrypt(iv, iv)
	data, ok := unpad(decryptCBC(block, iv, sealed))
	if !ok || len(data) != (run.group.order().BitLen()+7)/8 {
		x.t.Fatalf("chip authentication data of %d bytes", len(data))
	}
	got := run.group.times(x.card.mappingKeys[run.variant.Group].public, data)
	if got.x.Cmp(mapKey.x) != 0 || got.y.Cmp(mapKey.y) != 0 {
		x.t.Error("the chip does not prove its key")
	}
}

func groupOf(t testing.TB, id int) group {
	t.Helper()
	g, ok := standardGroup(id)
	if !ok {
		t.Fatalf("no group %d", id)
	}
	return g
}

func (x *terminal) scalar(g group) []byte {
	x.t.Helper()
	k, err := drawScalar(g, rand.Reader)
	if err != nil {
		x.t.Fatal(err)
	}
	return k
}
