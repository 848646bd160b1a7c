package chip

import (
	"bytes"
	"fmt"
	"math/big"
	"slices"
	"testing"
)

// What the chip refuses, closed and open.

// TestWrongKeys: a wrong password shows as 6300 in the last step, and opens
// nothing; the right one opens the chip afterwards.
func TestWrongKeys(t *testing.T) {
	card := issue(t, ProfilePACEBAC, FaultNone)
	x := &terminal{t: t, card: card}
	if sw := x.pace(passwordCAN, []byte("000000")); sw != swAuthFailed {
		t.Errorf("wrong CAN: %04X", sw)
	}
	x.expect("SELECT after a wrong CAN", "00A4040C07A0000002471001", swOK)
	x.expect("EF.COM after a wrong CAN", "00B09E0008", swSecurityStatus)
	card.Reset()
	if sw := x.pace(passwordMRZ, passwordSeed("000000000000000000000000")); sw != swAuthFailed {
		t.Errorf("wrong MRZ: %04X", sw)
	}
	card.Reset()
	if sw := x.bac("000000000000000000000000"); sw != swAuthFailed {
		t.Errorf("wrong MRZ in BAC: %04X", sw)
	}
	x.expect("EF.COM after a wrong MRZ", "00B09E0008", swSecurityStatus)
	card.Reset()
	if sw := x.pace(passwordCAN, []byte(card.CAN())); sw != swOK {
		t.Errorf("the right CAN after wrong keys: %04X", sw)
	}
}

// TestClosedChip lists what a chip answers before it is opened.
func TestClosedChip(t *testing.T) {
	type exchange struct {
		what, command string
		want          uint16
	}
	run := func(t *testing.T, p Profile, list []exchange) {
		card := issue(t, p, FaultNone)
		x := &terminal{t: t, card: card}
		for _, e := range list {
			x.expect(e.what, e.command, e.want)
		}
		if card.Commands() != len(list) {
			t.Errorf("%d commands counted, %d sent", card.Commands(), len(list))
		}
	}
	t.Run("cccd", func(t *testing.T) {
		run(t, ProfileCCCD, []exchange{
			{"SELECT MF", "00A4000C023F00", swInstruction},
			{"EF.CardAccess", "00A4020C02011C", swOK},
			{"its first bytes", "00B0000008", swOK},
			{"by short identifier", "00B09C0008", swOK},
			{"a short identifier of more than five bits", "00B0DC0008", swWrongParameters},
			{"a chained SELECT", "10A4020C02011C", swClass},
			{"beyond its end", "00B0010008", swOutsideFile},
			{"at its end", "00B0003608", swOutsideFile},
			{"its last byte", "00B0003501", swOK},
			{"more than it has", "00B00000F0", swEndOfFile},
			{"as much as it has", "00B0000000", swOK},
			{"EF.CardSecurity", "00A4020C02011D", swFileNotFound},
			{"EF.DIR", "00A4020C022F00", swFileNotFound},
			{"another application", "00A4040C07A0000002471002", swFileNotFound},
			{"SELECT application", "00A4040C07A0000002471001", swOK},
			{"EF.CardAccess in the application", "00A4020C02011C", swSecurityStatus},
			{"PACE in the application", "0022C1A40F800A04007F00070202040202830102", swConditions},
			{"DG1", "00A4020C020101", swSecurityStatus},
			{"DG1 by short identifier", "00B0810008", swSecurityStatus},
			{"GET CHALLENGE", "0084000008", swInstruction},
			{"INTERNAL AUTHENTICATE", "0088000008000000000000000000", swSecurityStatus},
			{"an unknown instruction", "00CA000000", swInstruction},
			{"an unknown class", "80B0000008", swClass},
			{"half a command", "00B0", swWrongLength},
			{"protection without a session", "0CB000000D9701048E08000000000000000000", swSMObjects},
		})
	})
	t.Run("bac", func(t *testing.T) {
		run(t, ProfileBAC, []exchange{
			{"SELECT MF", "00A4000C023F00", swOK},
			{"EF.CardAccess", "00A4020C02011C", swFileNotFound},
			{"no file selected", "00B0000008", swNoCurrentFile},
			{"PACE", "0022C1A40F800A04007F00070202040202830102", swInstruction},
			{"GET CHALLENGE outside the application", "0084000008", swConditions},
			{"SELECT application", "00A4040C07A0000002471001", swOK},
			{"EXTERNAL AUTHENTICATE without a challenge", "0082000001" + "00", swConditions},
			{"GET CHALLENGE", "0084000008", swOK},
			{"a short cryptogram", "0082000001" + "00", swWrongLength},
		})
	})
	t.Run("pace", func(t *testing.T) {
		run(t, ProfilePACEP256, []exchange{
			{"an unknown mechanism", "0022C1A40F800A04007F00070202040204830102", swWrongData},
			{"an unknown password", "0022C1A40F800A04007F00070202040202830103", swReference},
			{"other parameters", "0022C1A412800A04007F0007020204020283010284010D", swReference},
			{"no run", "10860000027C0000", swConditions},
			{"its parameters", "0022C1A412800A04007F0007020204020283010284010C", swOK},
			{"an end without a start", "00860000027C0000", swConditions},
			{"the run is over", "10860000027C0000", swConditions},
			{"a new run", "0022C1A40F800A04007F00070202040202830102", swOK},
			{"nonce", "10860000027C0000", swOK},
			{"a point that is none", "10860000457C438141" + "04" + fmt.Sprintf("%0128d", 1) + "00", swWrongData},
			{"the run is over again", "10860000027C0000", swConditions},
			{"a third run", "0022C1A40F800A04007F00070202040202830102", swOK},
			{"nonce", "10860000027C0000", swOK},
			{"a command in between", "00A4020C02011C", swOK},
			{"the run is over once more", "10860000027C0000", swConditions},
			{"a fourth run", "0022C1A40F800A04007F00070202040202830102", swOK},
			{"no authentication template", "10860000028000" + "00", swWrongData},
			{"the fourth run is over", "10860000027C0000", swConditions},
		})
	})
}

// TestOpenChip lists what an open chip still refuses.
func TestOpenChip(t *testing.T) {
	for _, p := range []Profile{ProfileCCCD, ProfileBAC} {
		x := open(t, issue(t, p, FaultNone))
		for id, want := range map[uint16]uint16{fileDG1: swOK, fileDG3: swSecurityStatus, 0x010B: swFileNotFound, fileCOM: swOK} {
			sel := command{ins: insSelect, p1: 2, p2: 0x0C, data: []byte{byte(id >> 8), byte(id)}}
			if _, sw := x.send(sel); sw != want {
				t.Errorf("%s: SELECT %04X: %04X, want %04X", p, id, sw, want)
			}
			if _, sw := x.send(command{ins: insReadBinary, p1: 0x80 | byte(id&0x1F), le: 4}); sw != want {
				t.Errorf("%s: READ %04X: %04X, want %04X", p, id, sw, want)
			}
		}
	}
}

// TestBrokenSession: each broken command is answered with a plain 6988 and
// ends the session; the control is the same command unbroken.
func TestBrokenSession(t *testing.T) {
	read := command{ins: insReadBinary, p1: 0x81, le: 8}
	spoil := map[string]func(x *terminal, c []byte) []byte{
		"control":       func(_ *terminal, c []byte) []byte { return c },
		"MAC":           func(_ *terminal, c []byte) []byte { c[len(c)-2] ^= 1; return c },
		"header":        func(_ *terminal, c []byte) []byte { c[3] ^= 1; return c },
		"length wanted": func(_ *terminal, c []byte) []byte { c[7] ^= 1; return c },
		"no MAC":        func(_ *terminal, _ []byte) []byte { return unhex(t, "0CB081000397010800") },
		"short MAC":     func(_ *terminal, _ []byte) []byte { return unhex(t, "0CB08100038E010000") },
		"replay": func(x *terminal, c []byte) []byte {
			x.receive(read.ins, x.card.Process(c))
			return c
		},
		"padding": func(x *terminal, _ []byte) []byte {
			return x.resend(encode(0x87, []byte{1}, encryptCBC(x.s.block, x.next(), make([]byte, x.s.size))))
		},
		"padding indicator": func(x *terminal, _ []byte) []byte {
			return x.resend(encode(0x87, []byte{2}, encryptCBC(x.s.block, x.next(), pad([]byte{1, 1}, x.s.size))))
		},
		"half a block": func(x *terminal, _ []byte) []byte { return x.resend(encode(0x87, []byte{1, 0, 0, 0, 0})) },
		"no block":     func(x *terminal, _ []byte) []byte { return x.resend(encode(0x87, []byte{1})) },
		"nothing":      func(x *terminal, _ []byte) []byte { return x.resend(encode(0x87)) },
		"data object of odd instructions": func(x *terminal, _ []byte) []byte {
			return x.resend(encode(0x85, encryptCBC(x.s.block, x.next(), pad([]byte{1, 1}, x.s.size))))
		},
		"padding indicator in it": func(x *terminal, _ []byte) []byte {
			return x.resend(encode(0x85, []byte{1}, encryptCBC(x.s.block, x.next(), pad([]byte{1, 1}, x.s.size))))
		},
		"order": func(x *terminal, _ []byte) []byte {
			data := encode(0x87, []byte{1}, encryptCBC(x.s.block, x.next(), pad([]byte{1, 1}, x.s.size)))
			return x.resend(append(encode(0x97, []byte{0}), data...))
		},
		"twice":          func(x *terminal, _ []byte) []byte { return x.resend(unhex(t, "970100970100")) },
		"length of zero": func(x *terminal, _ []byte) []byte { return x.resend(encode(0x97)) },
		"unknown object": func(x *terminal, _ []byte) []byte { return x.resend(encode(0x80, []byte{1})) },
	}
	for _, p := range []Profile{ProfileCCCD, ProfileBAC} {
		for name, f := range spoil {
			t.Run(string(p)+"/"+name, func(t *testing.T) {
				x := open(t, issue(t, p, FaultNone))
				chipSide := x.card.state.session
				broken := f(x, x.protect(read))
				r, sw := split(t, x.card.Process(broken))
				if name == "control" {
					if sw != swOK || len(r) == 0 {
						t.Fatalf("the control fails: %04X", sw)
					}
					return
				}
				if sw != swSMObjects || len(r) != 0 {
					t.Errorf("%04X and %d bytes, want a plain 6988", sw, len(r))
				}
				copy(x.s.ssc, chipSide.ssc) // only the ended session is left as a reason
				if r, sw := split(t, x.card.Process(x.protect(read))); sw != swSMObjects || len(r) != 0 {
					t.Errorf("afterwards a protected READ answers %04X", sw)
				}
			})
		}
	}
}

// TestResendControl: the helper that the broken commands are built with makes
// a good one too.
func TestResendControl(t *testing.T) {
	for _, p := range []Profile{ProfileCCCD, ProfileBAC} {
		x := open(t, issue(t, p, FaultNone))
		x.s.count() // as protect does before resend
		good := encode(0x87, []byte{1}, encryptCBC(x.s.block, x.next(), pad([]byte{1, 1}, x.s.size)))
		if _, sw := split(t, x.card.Process(x.resend(good))); sw != swOK {
			t.Errorf("%s: %04X", p, sw)
		}
	}
}

// TestPlainCommandEndsSession: nothing is read in the clear, and the session
// does not survive the attempt.
func TestPlainCommandEndsSession(t *testing.T) {
	x := open(t, issue(t, ProfileCCCD, FaultNone))
	x.expect("plain READ", "00B0810008", swSecurityStatus)
	if r, sw := split(t, x.card.Process(x.protect(command{ins: insReadBinary, p1: 0x81, le: 8}))); sw != swSMObjects || len(r) != 0 {
		t.Errorf("the session lives on: %04X", sw)
	}
}

// TestAuthenticationRefuses lists wrong commands in an open session, and that
// the session outlives them.
func TestAuthenticationRefuses(t *testing.T) {
	x := open(t, issue(t, ProfileCCCD, FaultNone))
	off := append([]byte{4}, make([]byte, 64)...)
	for _, c := range []struct {
		what string
		command
		want uint16
	}{
		{"a short challenge", command{ins: insInternalAuthenticate, data: []byte("7 bytes"), le: 256}, swWrongLength},
		{"no room for a signature", command{ins: insInternalAuthenticate, data: []byte("8 bytes!")}, swWrongLength},
		{"PACE in a session", command{ins: insManageSecurity, p1: 0xC1, p2: 0xA4, data: append(encode(0x80, cccdPACE.oid()[2:]), encode(0x83, []byte{2})...)}, swConditions},
		{"another mechanism", command{ins: insManageSecurity, p1: 0x41, p2: 0xA4, data: encode(0x80, cccdPACE.oid()[2:])}, swWrongData},
		{"no announcement", command{ins: insGeneralAuthenticate, data: encode(0x7C, encode(0x80, off)), le: 256}, swConditions},
		{"chip authentication", command{ins: insManageSecurity, p1: 0x41, p2: 0xA4, data: encode(0x80, cccdChipAuth.oid()[2:])}, swOK},
		{"infinity", command{ins: insGeneralAuthenticate, data: encode(0x7C, encode(0x80, off)), le: 256}, swWrongData},
		{"the announcement is spent", command{ins: insGeneralAuthenticate, data: encode(0x7C, encode(0x80, off)), le: 256}, swConditions},
		{"READ without a length", command{ins: insReadBinary, p1: 0x81}, swWrongLength},
		{"READ", command{ins: insReadBinary, p1: 0x81, le: 4}, swOK},
	} {
		if _, sw := x.send(c.command); sw != c.want {
			t.Errorf("%s: %04X, want %04X", c.what, sw, c.want)
		}
	}
}

// TestChallengeServesOnce: a wrong cryptogram spends the challenge.
func TestChallengeServesOnce(t *testing.T) {
	x := &terminal{t: t, card: issue(t, ProfileBAC, FaultNone)}
	if sw := x.bac("000000000000000000000000"); sw != swAuthFailed {
		t.Fatalf("%04X", sw)
	}
	if _, sw := x.plainData(0, insExternalAuthenticate, 0, 0, make([]byte, 40)); sw != swConditions {
		t.Errorf("a spent challenge: %04X", sw)
	}
}

// TestCryptogramRefused: the keys are right, the challenge or the MAC is not.
func TestCryptogramRefused(t *testing.T) {
	x := &terminal{t: t, card: issue(t, ProfileBAC, FaultNone)}
	x.expect("SELECT", "00A4040C07A0000002471001", swOK)
	seed := passwordSeed(mrzInformation(x.card.MRZ()))[:keySize]
	for _, wrong := range []string{"challenge", "MAC", "nothing"} {
		challenge, _ := x.plain("0084000008")
		body := make([]byte, 32)
		copy(body[8:], challenge)
		if wrong == "challenge" {
			body[8] ^= 1
		}
		sealed := encryptCBC(tripleDES(TripleDES.derive(seed, counterEnc)), make([]byte, 8), body)
		data := slices.Concat(sealed, retailMAC(TripleDES.derive(seed, counterMAC), pad(sealed, 8)))
		if wrong == "MAC" {
			data[len(data)-1] ^= 1
		}
		_, sw := x.plainData(0, insExternalAuthenticate, 0, 0, data)
		if want := map[bool]uint16{true: swOK, false: swAuthFailed}[wrong == "nothing"]; sw != want {
			t.Errorf("wrong %s: %04X, want %04X", wrong, sw, want)
		}
	}
}

// TestMaliciousTerminal scripts the chip's randomness to steer PACE where it
// must refuse: onto the neutral element, and onto equal public keys.
func TestMaliciousTerminal(t *testing.T) {
	g, _ := standardCurve(GroupBrainpool256)
	order := g.order()
	nonce, k1, k2 := big.NewInt(0x1234567), big.NewInt(0x777), big.NewInt(0x999)
	p, _ := ProfileSpec(ProfileCCCD)
	// peer·k1 + nonce = 0
	neutral := new(big.Int).Neg(nonce)
	neutral.Mul(neutral, new(big.Int).ModInverse(k1, order)).Mod(neutral, order)
	for name, first := range map[string]*big.Int{"control": big.NewInt(5), "equal keys": big.NewInt(5), "neutral element": neutral} {
		random := bytes.NewReader(slices.Concat(nonce.FillBytes(make([]byte, 16)), g.fixed(k1), g.fixed(k2)))
		x := &terminal{t: t, card: newCard(p, linesFor("T22000129364081251010318"), "123456", random)}
		x.expect("MSE", "0022C1A40F800A04007F00070202040202830102", swOK)
		x.expect("nonce", "10860000027C0000", swOK)
		peer := g.encode(g.times(g.generator(), g.fixed(first)))
		_, sw := x.plainData(0x10, 0x86, 0, 0, encode(0x7C, encode(0x81, peer)))
		if (sw == swWrongData) != (name == "neutral element") {
			t.Errorf("%s: mapping answers %04X", name, sw)
		}
		if sw != swOK {
			continue
		}
		own := new(big.Int).Set(k2)
		if name == "control" {
			own.Add(own, big.NewInt(1))
		}
		_, sw = x.plainData(0x10, 0x86, 0, 0, encode(0x7C, encode(0x83, g.encode(g.times(x.card.state.pace.mapped, g.fixed(own))))))
		if (sw == swWrongData) != (name == "equal keys") {
			t.Errorf("%s: key agreement answers %04X", name, sw)
		}
	}
}

// What the Vietnamese card offers.
var (
	cccdPACE     = PACE{GM, GroupBrainpool256, AES128}
	cccdChipAuth = ChipAuth{Cipher: AES128, Group: GroupBrainpool256}
)
