package chip

import (
	"bytes"
	"testing"
)

// FuzzProcess sends a hostile stream of commands, each behind a length byte,
// to a closed chip, and the same ones under protection to an open chip. A chip
// answers every one with a status word and never with data of a closed file.
func FuzzProcess(f *testing.F) {
	frame := func(commands ...string) []byte {
		var out []byte
		for _, c := range commands {
			b := unhex(f, c)
			out = append(append(out, byte(len(b))), b...)
		}
		return out
	}
	f.Add(frame("00A4040C07A0000002471001", "0084000008"))
	f.Add(frame("00A4020C02011C", "00B0000000", "00B09C0000", "00B100000454028000E4"))
	f.Add(frame("0022C1A40F800A04007F00070202040202830102", "10860000027C0000", "00860000027C0000"))
	f.Add(frame("0022C1A40F800A04007F00070202040202830102", "10860000027C0000",
		"10860000457C4381410400000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"))
	f.Add(frame("0CB000000D9701048E08000000000000000000"))
	f.Add(frame("002241A40C800A04007F00070202030202", "00860000047C02800000", "0088000008000102030405060700"))
	f.Add(frame("002241A60A910804000000000000000000", "102281B6058303564E5400", "002281B6038301410000", "002281A4038301420000", "0084000008", "00820000020000"))
	f.Add(frame("0022C1A40F800A04007F00070202040302830103", "10860000027C0000", "10860000147C12811000000000000000000000000000000000000000",
		"1086000006"+"7C8201048381", "1086000003810200"+"00", "00C0000000"))
	f.Add(frame("002A00BE087F4E03010203"+"5F3700", "102A00BE047F4E8201", "002A00BE0400420000"))
	cards := []*Card{
		issue(f, ProfileCCCD, FaultNone), issue(f, ProfilePACEBAC, FaultNone), issue(f, ProfileBAC, FaultNone),
		guarded(f, newTestCVCA(f, "p256-sha256"), func(s *Spec) {
			s.PACE = []PACE{{CAM, GroupP256, AES128}, {IM, GroupDH1024, TripleDES}}
			s.ChipAuth = []ChipAuth{{Cipher: TripleDES, Group: GroupP256}}
			s.PIN, s.PUK = "123456", "1234567890"
		}),
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		for _, card := range cards {
			card.Reset()
			for _, raw := range cut(stream) {
				answered(t, card, card.Process(raw))
			}
			hostileTerminal(t, card, stream)
		}
	})
}

// cut splits a stream into commands; at most a few, a PACE run is slow.
func cut(stream []byte) [][]byte {
	const most = 8
	var out [][]byte
	for len(stream) > 0 && len(out) < most {
		n := min(int(stream[0]), len(stream)-1)
		out, stream = append(out, stream[1:1+n]), stream[1+n:]
	}
	return out
}

func answered(t *testing.T, card *Card, r []byte) {
	t.Helper()
	if len(r) < 2 || len(r) > maxExtendedResponse+2 {
		t.Fatalf("a response of %d bytes", len(r))
	}
	for _, id := range readable {
		if file := card.files[id]; bytes.Contains(r, file[:min(len(file), 20)]) {
			t.Fatal("the start of a protected file in the clear")
		}
	}
}

// chooseFirst selects the anchor, so that certificates reach their reader.
func (c *Card) chooseFirst() {
	if len(c.anchors) > 0 {
		c.state.ta.verifier = &c.anchors[0]
	}
}

// hostileTerminal holds a session and sends protected commands. The session is
// set by hand: opening the chip anew for every input would be all the time.
func hostileTerminal(t *testing.T, card *Card, stream []byte) {
	t.Helper()
	key := bytes.Repeat([]byte{0x5A}, 16)
	chipSide, x := newSession(AES128, key, key), &terminal{t: t, card: card, s: newSession(AES128, key, key)}
	if len(card.spec.PACE) == 0 {
		chipSide, x.s = newBAC(key, make([]byte, 8)), newBAC(key, make([]byte, 8))
	}
	card.Reset()
	for _, raw := range cut(stream) {
		if len(raw) > 0 {
			card.state.app, card.state.session = true, chipSide
			card.chooseFirst()
			answered(t, card, card.Process(append([]byte{raw[0] | 0x0C}, raw[1:]...)))
		}
	}
	copy(x.s.ssc, chipSide.ssc)
	card.Reset()
	card.state.app, card.state.session = true, chipSide
	for _, raw := range cut(stream) {
		c, ok := parseCommand(raw)
		if !ok {
			continue
		}
		card.chooseFirst()
		r := card.Process(x.protect(c))
		answered(t, card, r)
		if card.state.session != chipSide {
			return // ended, or renewed by chip authentication
		}
		x.receive(c.ins, r)
	}
}

// FuzzCertificate: a certificate that is read says the same when it is written
// again and read once more; no key of it is imported that does not verify its
// own signature form.
func FuzzCertificate(f *testing.F) {
	for _, s := range []Scheme{"p256-sha256", "rsa2048-sha256"} {
		a := newTestCVCA(f, s)
		for _, cert := range append(certified(f, a, CVOptions{}, CVOptions{}).Chain(), a.Certificate()) {
			objects, err := parseObjects(cert)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(objects[0].value)
		}
	}
	inherited, _ := standardCurve(GroupP256)
	f.Fuzz(func(t *testing.T, data []byte) {
		body, signed, signature, err := parseCertificate(data)
		if err != nil {
			return
		}
		if len(signed)+len(signature) >= len(data) {
			t.Fatal("signed part and signature overlap")
		}
		again, err := parseBody(mustFind(t, body.encode(), 0x7F4E))
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if !bytes.Equal(again.encode(), body.encode()) {
			t.Fatal("a second reading differs")
		}
		if key, err := parseCVKey(body.key, inherited); err == nil {
			key.verify(signed, signature)
		}
	})
}
