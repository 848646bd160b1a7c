package chip

import (
	"bytes"
	"crypto/rand"
	"slices"
	"sync"
	"testing"
	"time"
)

// terminal is the other side of a session, just enough to drive the chip from
// its tests. The worked examples prove the primitives it shares with the chip;
// the reader, which shares none, is tested against the chip in its own room.
type terminal struct {
	t    testing.TB
	card *Card
	s    *session

	idPICC, comp []byte   // what terminal authentication signs
	chat         []byte   // a template for MSE:Set AT of PACE
	lastToken    []object // the answer to the last step of PACE
}

var testIssuer = sync.OnceValues(func() (*Issuer, error) {
	return NewIssuer(rand.Reader, time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC))
})

func issue(t testing.TB, p Profile, f Fault) *Card {
	t.Helper()
	i, err := testIssuer()
	if err != nil {
		t.Fatal(err)
	}
	card, err := i.Issue(Sample(), p, f)
	if err != nil {
		t.Fatal(err)
	}
	return card
}

// plain sends an unprotected command and returns data and status word.
func (x *terminal) plain(hexCommand string) ([]byte, uint16) {
	x.t.Helper()
	return split(x.t, x.card.Process(unhex(x.t, hexCommand)))
}

func split(t testing.TB, r []byte) ([]byte, uint16) {
	t.Helper()
	if len(r) < 2 {
		t.Fatalf("response of %d bytes", len(r))
	}
	n := len(r) - 2
	return r[:n], uint16(r[n])<<8 | uint16(r[n+1])
}

func (x *terminal) expect(what, hexCommand string, want uint16) {
	x.t.Helper()
	if _, sw := x.plain(hexCommand); sw != want {
		x.t.Errorf("%s: %04X, want %04X", what, sw, want)
	}
}

// protect wraps a command under the session.
func (x *terminal) protect(c command) []byte {
	x.s.count()
	var objects []byte
	if len(c.data) > 0 {
		sealed := encryptCBC(x.s.block, x.s.iv(), pad(c.data, x.s.size))
		if c.ins&1 == 1 {
			objects = encode(0x85, sealed)
		} else {
			objects = encode(0x87, []byte{1}, sealed)
		}
	}
	switch {
	case c.le > 256:
		objects = append(objects, encode(0x97, []byte{byte(c.le >> 8), byte(c.le)})...)
	case c.le > 0:
		objects = append(objects, encode(0x97, []byte{byte(c.le)})...)
	}
	header := []byte{c.cla | 0x0C, c.ins, c.p1, c.p2}
	body := slices.Concat(objects, encode(0x8E, x.s.mac(header, objects)))
	if c.extended || len(body) > 255 {
		header = append(header, 0, byte(len(body)>>8), byte(len(body)))
		return append(append(header, body...), 0, 0)
	}
	return append(append(append(header, byte(len(body))), body...), 0)
}

// next is the IV of the command that resend is about to build.
func (x *terminal) next() []byte { return x.s.iv() }

// resend builds a SELECT around the given objects in place of the command that
// protect just made, with a MAC that is right.
func (x *terminal) resend(objects []byte) []byte {
	header := []byte{0x0C, insSelect, 2, 0x0C}
	body := slices.Concat(objects, encode(0x8E, x.s.mac(header, objects)))
	return slices.Concat(header, []byte{byte(len(body))}, body, []byte{0})
}

// send exchanges a protected command; a plain status word comes back as it is.
func (x *terminal) send(c command) ([]byte, uint16) {
	x.t.Helper()
	return x.receive(c.ins, x.whole(x.protect(c)))
}

func (x *terminal) receive(ins byte, response []byte) ([]byte, uint16) {
	x.t.Helper()
	body, sw := split(x.t, response)
	if len(body) == 0 {
		return nil, sw
	}
	x.s.count()
	objects, err := parseObjects(body)
	if err != nil {
		x.t.Fatal(err)
	}
	protected := body[:len(body)-10]
	if !bytes.Equal(find(objects, 0x8E), x.s.mac(nil, protected)) {
		x.t.Fatal("the response carries a wrong MAC")
	}
	if !bytes.Equal(find(objects, 0x99), []byte{byte(sw >> 8), byte(sw)}) {
		x.t.Fatal("the protected status word differs from the plain one")
	}
	for _, o := range objects {
		if o.tag == 0x87 || o.tag == 0x85 {
			data, ok := x.s.decrypt(o, ins)
			if !ok {
				x.t.Fatal("the response does not decrypt")
			}
			return data, sw
		}
	}
	return nil, sw
}

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
	g := groupOf(x.t, p.Group)
	set := slices.Concat(encode(0x80, p.oid()[2:]), encode(0x83, []byte{ref}), encode(0x84, small(int64(p.Group))[2:]), x.chat)
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

// general runs a step of GENERAL AUTHENTICATE that must succeed.
func (x *terminal) general(cla byte, inner []byte, want uint32) []byte {
	x.t.Helper()
	r, sw := x.plainData(cla, 0x86, 0, 0, encode(0x7C, inner))
	if sw != swOK {
		x.t.Fatalf("GENERAL AUTHENTICATE: %04X", sw)
	}
	return x.template(r, want)
}

// template takes one object out of a dynamic authentication template.
func (x *terminal) template(b []byte, want uint32) []byte {
	x.t.Helper()
	objects := x.objects(b)
	if !has(objects, want) {
		x.t.Fatalf("no object %02X in %X", want, b)
	}
	return find(objects, want)
}

// objects opens a dynamic authentication template.
func (x *terminal) objects(b []byte) []object {
	x.t.Helper()
	outer, err := parseObjects(b)
	if err != nil {
		x.t.Fatal(err)
	}
	objects, err := parseObjects(find(outer, 0x7C))
	if err != nil {
		x.t.Fatal(err)
	}
	return objects
}

// plainData sends data in as many chained commands as it needs, and fetches
// the whole response.
func (x *terminal) plainData(cla, ins, p1, p2 byte, data []byte) ([]byte, uint16) {
	x.t.Helper()
	for len(data) > 255 {
		raw := append([]byte{cla | 0x10, ins, p1, p2, 255}, data[:255]...)
		if r, sw := split(x.t, x.card.Process(raw)); sw != swOK || len(r) != 0 {
			return nil, sw
		}
		data = data[255:]
	}
	raw := append([]byte{cla, ins, p1, p2, byte(len(data))}, data...)
	return split(x.t, x.whole(append(raw, 0)))
}

// whole exchanges a command and fetches what waits for GET RESPONSE.
func (x *terminal) whole(raw []byte) []byte {
	x.t.Helper()
	var out []byte
	r := x.card.Process(raw)
	for len(r) >= 2 && r[len(r)-2] == 0x61 {
		out = append(out, r[:len(r)-2]...)
		r = x.card.Process([]byte{0, insGetResponse, 0, 0, r[len(r)-1]})
	}
	return append(out, r...)
}

// bac opens the chip with the printed MRZ information.
func (x *terminal) bac(info string) uint16 {
	x.t.Helper()
	x.expect("SELECT", "00A4040C07A0000002471001", swOK)
	challenge, sw := x.plain("0084000008")
	if sw != swOK {
		return sw
	}
	seed := passwordSeed(info)[:keySize]
	own := make([]byte, 8+16)
	if _, err := rand.Read(own); err != nil {
		x.t.Fatal(err)
	}
	body := append(append(append([]byte(nil), own[:8]...), challenge...), own[8:]...)
	zero := make([]byte, 8)
	sealed := encryptCBC(tripleDES(TripleDES.derive(seed, counterEnc)), zero, body)
	r, sw := x.plainData(0, 0x82, 0, 0, append(sealed, retailMAC(TripleDES.derive(seed, counterMAC), pad(sealed, 8))...))
	if sw != swOK {
		return sw
	}
	theirs := decryptCBC(tripleDES(TripleDES.derive(seed, counterEnc)), zero, r[:32])
	if !bytes.Equal(theirs[:8], challenge) || !bytes.Equal(theirs[8:16], own[:8]) {
		x.t.Error("the chip's cryptogram is wrong")
	}
	key := make([]byte, 16)
	for i := range key {
		key[i] = own[8+i] ^ theirs[16+i]
	}
	x.s = newBAC(key, append(append([]byte(nil), challenge[4:]...), own[4:8]...))
	x.idPICC = []byte(info[:documentNumber])
	return sw
}

// open opens the chip by what its profile offers.
func open(t testing.TB, card *Card) *terminal {
	t.Helper()
	x := &terminal{t: t, card: card}
	card.Reset()
	sw := uint16(0)
	if len(card.spec.PACE) > 0 {
		sw = x.pace(passwordCAN, []byte(card.CAN()))
	} else {
		sw = x.bac(mrzInformation(card.MRZ()))
	}
	if sw != swOK {
		t.Fatalf("the chip does not open: %04X", sw)
	}
	return x
}

// chipAuth runs chip authentication with a key of the chip and takes the new
// session.
func (x *terminal) chipAuth(k chipKey) uint16 {
	x.t.Helper()
	own := keyPair{group: k.group, private: x.scalar(k.group)}
	own.public = k.group.times(k.group.generator(), own.private)
	public := k.group.encode(own.public)
	var reference []byte
	if k.KeyID != 0 {
		reference = encode(0x84, k.keyID())
	}
	if k.Cipher == TripleDES {
		if _, sw := x.sendLong(command{ins: insManageSecurity, p1: 0x41, p2: 0xA6, data: slices.Concat(encode(0x91, public), reference)}); sw != swOK {
			return sw
		}
	} else {
		set := slices.Concat(encode(0x80, k.oid()[2:]), reference)
		if _, sw := x.send(command{ins: insManageSecurity, p1: 0x41, p2: 0xA4, data: set}); sw != swOK {
			return sw
		}
		if _, sw := x.sendLong(command{ins: insGeneralAuthenticate, data: encode(0x7C, encode(0x80, public)), le: 256}); sw != swOK {
			return sw
		}
	}
	z := own.agree(k.public)
	x.s = newSession(k.Cipher, k.Cipher.derive(z, counterEnc), k.Cipher.derive(z, counterMAC))
	x.comp = k.group.compress(own.public)
	return swOK
}

// sendLong sends a command in as many chained ones as its data needs.
func (x *terminal) sendLong(c command) ([]byte, uint16) {
	x.t.Helper()
	const most = 200
	for data := c.data; len(data) > most; data = c.data {
		part := command{cla: 0x10, ins: c.ins, p1: c.p1, p2: c.p2, data: data[:most]}
		if r, sw := x.send(part); sw != swOK || len(r) != 0 {
			return nil, sw
		}
		c.data = data[most:]
	}
	return x.send(c)
}

// showChain sends certificates to the chip, each under the authority it names.
func (x *terminal) showChain(chain [][]byte) uint16 {
	x.t.Helper()
	for _, cert := range chain {
		outer, err := parseObjects(cert)
		if err != nil {
			x.t.Fatal(err)
		}
		data := find(outer, 0x7F21)
		body, _, _, err := parseCertificate(data)
		if err != nil {
			x.t.Fatal(err)
		}
		if _, sw := x.send(command{ins: insManageSecurity, p1: 0x81, p2: 0xB6, data: encode(0x83, []byte(body.authority))}); sw != swOK {
			return sw
		}
		if _, sw := x.sendLong(command{ins: insPerformSecurity, p2: 0xBE, data: data}); sw != swOK {
			return sw
		}
	}
	return swOK
}

// terminalAuth proves the key of a terminal whose certificates were shown.
func (x *terminal) terminalAuth(k *TerminalKey) uint16 {
	x.t.Helper()
	if _, sw := x.send(command{ins: insManageSecurity, p1: 0x81, p2: 0xA4, data: encode(0x83, []byte(reference("IS", 1)))}); sw != swOK {
		return sw
	}
	challenge, sw := x.send(command{ins: insGetChallenge, le: challengeSize})
	if sw != swOK {
		return sw
	}
	signature, err := k.key.sign(slices.Concat(x.idPICC, challenge, x.comp), rand.Reader)
	if err != nil {
		x.t.Fatal(err)
	}
	_, sw = x.sendLong(command{ins: insExternalAuthenticate, data: signature})
	return sw
}

// read reads a whole file by its short identifier in blocks of n bytes, and
// beyond 32 KB with the odd instruction.
func (x *terminal) read(id uint16, n int) ([]byte, uint16) {
	x.t.Helper()
	size := len(x.card.files[id])
	var out []byte
	for len(out) < size || size == 0 {
		at, want := len(out), min(n, size-len(out))
		c := command{ins: insReadBinary, p1: byte(at >> 8), p2: byte(at), le: want, extended: n > 256}
		switch {
		case at == 0:
			c.p1, c.p2 = 0x80|byte(id&0x1F), 0
		case at > 0x7FFF:
			c = command{ins: insReadBinaryOdd, data: encode(0x54, []byte{byte(at >> 16), byte(at >> 8), byte(at)}), le: min(want+4, n)}
		}
		if size == 0 {
			c.le = 8
		}
		data, sw := x.send(c)
		if sw != swOK && sw != swEndOfFile {
			return nil, sw
		}
		if c.ins == insReadBinaryOdd {
			objects, err := parseObjects(data)
			if err != nil {
				x.t.Fatal(err)
			}
			data = find(objects, 0x53)
		}
		if len(data) == 0 {
			x.t.Fatal("an empty block")
		}
		out = append(out, data...)
	}
	return out, swOK
}
