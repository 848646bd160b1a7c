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

// read reads a whole file by its short identifier in blocks of n bytes, and
// beyond 32 KB with the odd instruction.
func (x *terminal) read(id uint16, n int) ([]byte, uint16) {
	x.t.Helper()
	card := x.card
	if card.deaths > 0 && card.other != nil {
		card = card.other // another card lies in its place
	}
	size := len(card.files[id])
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

func mustFind(t *testing.T, b []byte, tag uint32) []byte {
	t.Helper()
	objects, err := parseObjects(b)
	if err != nil {
		t.Fatal(err)
	}
	return find(objects, tag)
}
