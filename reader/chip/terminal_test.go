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
	return x.receive(c.ins, x.card.Process(x.protect(c)))
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

// pace opens the chip with a password and selects the application; it returns
// the status word of the last step.
func (x *terminal) pace(ref byte, password []byte) uint16 {
	x.t.Helper()
	g := x.card.profile.curve
	set := append(encode(0x80, oidPACE()[2:]), encode(0x83, []byte{ref})...)
	if _, sw := x.plainData(0x00, 0x22, 0xC1, 0xA4, set); sw != swOK {
		return sw
	}
	sealed := x.general(0x10, nil, 0x80)
	nonce := decryptCBC(aesBlock(kdf(password, counterPi)), make([]byte, 16), sealed)
	k1, k2 := x.scalar(), x.scalar()
	peer, err := g.parsePoint(x.general(0x10, encode(0x81, g.encodePoint(g.multiply(g.generator(), k1))), 0x82))
	if err != nil {
		x.t.Fatal(err)
	}
	mapped := g.add(g.multiply(g.generator(), nonce), g.multiply(peer, k1))
	own := g.encodePoint(g.multiply(mapped, k2))
	theirs := x.general(0x10, encode(0x83, own), 0x84)
	peer, err = g.parsePoint(theirs)
	if err != nil {
		x.t.Fatal(err)
	}
	z := g.fixed(g.multiply(peer, k2).x)
	encKey, macKey := kdf(z, counterEnc), kdf(z, counterMAC)
	token, sw := x.plainData(0x00, 0x86, 0, 0, encode(0x7C, encode(0x85, paceMAC(macKey, theirs))))
	if sw != swOK {
		return sw
	}
	if want := encode(0x7C, encode(0x86, paceMAC(macKey, own))); !bytes.Equal(token, want) {
		x.t.Error("the chip's token is wrong")
	}
	x.s = newAES(encKey, macKey)
	_, sw = x.send(command{ins: insSelect, p1: 4, p2: 0x0C, data: []byte(aidEMRTD)})
	return sw
}

func (x *terminal) scalar() []byte {
	x.t.Helper()
	k, err := x.card.profile.curve.scalar(rand.Reader)
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
	outer, err := parseObjects(r)
	if err != nil {
		x.t.Fatal(err)
	}
	objects, err := parseObjects(find(outer, 0x7C))
	if err != nil {
		x.t.Fatal(err)
	}
	return find(objects, want)
}

func (x *terminal) plainData(cla, ins, p1, p2 byte, data []byte) ([]byte, uint16) {
	x.t.Helper()
	raw := append([]byte{cla, ins, p1, p2, byte(len(data))}, data...)
	return split(x.t, x.card.Process(append(raw, 0)))
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
	sealed := encryptCBC(tripleDES(kdf3DES(seed, counterEnc)), zero, body)
	r, sw := x.plainData(0, 0x82, 0, 0, append(sealed, retailMAC(kdf3DES(seed, counterMAC), pad(sealed, 8))...))
	if sw != swOK {
		return sw
	}
	theirs := decryptCBC(tripleDES(kdf3DES(seed, counterEnc)), zero, r[:32])
	if !bytes.Equal(theirs[:8], challenge) || !bytes.Equal(theirs[8:16], own[:8]) {
		x.t.Error("the chip's cryptogram is wrong")
	}
	key := make([]byte, 16)
	for i := range key {
		key[i] = own[8+i] ^ theirs[16+i]
	}
	x.s = new3DES(key, append(append([]byte(nil), challenge[4:]...), own[4:8]...))
	return sw
}

// open opens the chip by what its profile offers.
func open(t testing.TB, card *Card) *terminal {
	t.Helper()
	x := &terminal{t: t, card: card}
	card.Reset()
	sw := uint16(0)
	if card.profile.pace {
		sw = x.pace(passwordCAN, []byte(card.CAN()))
	} else {
		sw = x.bac(mrzInformation(card.MRZ()))
	}
	if sw != swOK {
		t.Fatalf("the chip does not open: %04X", sw)
	}
	return x
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
