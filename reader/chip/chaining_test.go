package chip

import (
	"bytes"
	"testing"
)

// TestUnfinished tells a data object that goes on from one that does not.
func TestUnfinished(t *testing.T) {
	for in, want := range map[string]bool{
		"": true, "7C": true, "7C01": true, "7C0100": false, "7C00": false, "7C8180": true, "7C82": true, "7C8201": true,
		"7C820100": true, "7C80": false, "7C85": true, "7C8500000000": true, "7C850000000000": false,
	} {
		if got := unfinished(unhex(t, in)); got != want {
			t.Errorf("%s: %t", in, got)
		}
	}
}

// TestChains: what begins as one command and goes on as another is none, and a
// chain has an end.
func TestChains(t *testing.T) {
	a := newTestCVCA(t, "p256-sha256")
	k := certified(t, a, CVOptions{}, CVOptions{})
	body, _, _, err := parseCertificate(mustFind(t, k.Chain()[0], 0x7F21))
	if err != nil {
		t.Fatal(err)
	}
	cert := mustFind(t, k.Chain()[0], 0x7F21)
	half := command{cla: 0x10, ins: insPerformSecurity, p2: 0xBE, data: cert[:100]}
	rest := command{ins: insPerformSecurity, p2: 0xBE, data: cert[100:]}
	ready := func() *terminal {
		x := open(t, guarded(t, a))
		choose := command{ins: insManageSecurity, p1: 0x81, p2: 0xB6, data: encode(0x83, []byte(body.authority))}
		if _, sw := x.send(choose); sw != swOK {
			t.Fatalf("MSE: %04X", sw)
		}
		return x
	}
	for name, c := range map[string]struct {
		between *command
		last    uint16
	}{
		"control":         {nil, swOK},
		"another command": {&command{ins: insReadBinary, p1: 0x81, le: 4}, swWrongData},
		"other parameters": {&command{cla: 0x10, ins: insPerformSecurity, p2: 0xBF, data: []byte{1}},
			swWrongData},
	} {
		x := ready()
		if _, sw := x.send(half); sw != swOK {
			t.Errorf("%s: the first half: %04X", name, sw)
		}
		if c.between != nil {
			x.send(*c.between)
		}
		if _, sw := x.send(rest); sw != c.last {
			t.Errorf("%s: %04X, want %04X", name, sw, c.last)
		}
	}

	x := ready()
	sw := uint16(swOK)
	sent := 0
	for ; sw == swOK && sent < 4*maxChained; sent += 200 {
		_, sw = x.send(command{cla: 0x10, ins: insPerformSecurity, p2: 0xBE, data: make([]byte, 200)})
	}
	if sw != swClass || sent < maxChained || sent > maxChained+400 {
		t.Errorf("an endless chain: %04X after %d bytes", sw, sent)
	}
	if _, sw := x.send(command{ins: insReadBinary, p1: 0x81, le: 4}); sw != swOK {
		t.Errorf("the session does not outlive it: %04X", sw)
	}
	if _, sw := x.send(command{cla: 0x10, ins: insReadBinary, p1: 0x81, le: 4}); sw != swClass {
		t.Errorf("a chained READ: %04X", sw)
	}
}

// TestChainAcrossSessions: the half of a command that came in a session is
// forgotten with it.
func TestChainAcrossSessions(t *testing.T) {
	for _, ends := range []bool{false, true} {
		card := issueSpec(t, Spec{PACE: []PACE{{GM, GroupP256, AES128}}}, FaultNone)
		x := open(t, card)
		set := append(encode(0x80, card.spec.PACE[0].oid()[2:]), encode(0x83, []byte{passwordCAN})...)
		card.state.app = false
		if _, sw := x.send(command{cla: 0x10, ins: insManageSecurity, p1: 0xC1, p2: 0xA4, data: set[:5]}); sw != swOK {
			t.Fatalf("%04X", sw)
		}
		last := command{ins: insManageSecurity, p1: 0xC1, p2: 0xA4, data: set[5:]}
		var sw uint16
		if ends {
			_, sw = x.plainData(last.cla, last.ins, last.p1, last.p2, last.data)
		} else {
			_, sw = x.send(last)
		}
		if (sw == swOK) == ends {
			t.Errorf("the session ends %t: %04X", ends, sw)
		}
	}
}

// TestGetResponse: a response beyond 256 bytes waits; another command drops
// what waits, and the same bytes come in one extended response.
func TestGetResponse(t *testing.T) {
	s := Spec{PACE: []PACE{{GM, GroupDH2048q256, AES256}}, ActiveAuth: AARSA2048SHA256, Extended: true}
	x := open(t, issueSpec(t, s, FaultNone))
	ask := command{ins: insInternalAuthenticate, data: []byte("8 bytes!"), le: 256}
	first, sw := split(t, x.card.Process(x.protect(ask)))
	if len(first) != 256 || sw>>8 != 0x61 {
		t.Fatalf("%d bytes and %04X", len(first), sw)
	}
	left := int(sw & 0xFF)
	part, sw := split(t, x.card.Process([]byte{0, insGetResponse, 0, 0, 10}))
	if len(part) != 10 || sw != 0x6100|uint16(left-10) {
		t.Errorf("a part: %d bytes and %04X", len(part), sw)
	}
	tail, sw := split(t, x.card.Process([]byte{0, insGetResponse, 0, 0, 0}))
	if len(tail) != left-10 || sw != swOK {
		t.Errorf("the tail: %d bytes and %04X", len(tail), sw)
	}
	whole := append(append(append(bytes.Clone(first), part...), tail...), 0x90, 0x00)
	if signature, sw := x.receive(ask.ins, whole); sw != swOK || len(signature) != 256 {
		t.Errorf("the whole: %04X and %d bytes", sw, len(signature))
	}
	ask.le, ask.extended = 65536, true
	if signature, sw := x.receive(ask.ins, x.card.Process(x.protect(ask))); sw != swOK || len(signature) != 256 {
		t.Errorf("extended: %04X and %d bytes", sw, len(signature))
	}

	ask.le, ask.extended = 256, false
	x.card.Process(x.protect(ask))
	x.s.count()
	if _, sw := x.send(command{ins: insReadBinary, p1: 0x81, le: 4}); sw != swOK {
		t.Fatalf("the session: %04X", sw)
	}
	if _, sw := x.plain("00C0000000"); sw != swInstruction {
		t.Errorf("GET RESPONSE for nothing: %04X", sw)
	}
}

// TestPACEWithinSession: a chip may be opened anew in the master file, under
// the session that is there.
func TestPACEWithinSession(t *testing.T) {
	card := issueSpec(t, Spec{PACE: []PACE{{GM, GroupP256, AES128}}}, FaultNone)
	x := &terminal{t: t, card: card}
	if sw := x.establish(card.spec.PACE[0], passwordCAN, []byte(card.CAN())); sw != swOK {
		t.Fatalf("%04X", sw)
	}
	set := append(encode(0x80, card.spec.PACE[0].oid()[2:]), encode(0x83, []byte{passwordMRZ})...)
	if _, sw := x.send(command{ins: insManageSecurity, p1: 0xC1, p2: 0xA4, data: set}); sw != swOK {
		t.Errorf("MSE in a session: %04X", sw)
	}
	if r, sw := x.send(command{cla: 0x10, ins: insGeneralAuthenticate, data: encode(0x7C), le: 256}); sw != swOK || len(r) != 20 {
		t.Errorf("a nonce in a session: %04X and %d bytes", sw, len(r))
	}
}
