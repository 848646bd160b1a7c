package chip

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"math/big"
	"slices"
	"testing"
)

var readable = []uint16{fileCOM, fileSOD, fileDG1, fileDG2, fileDG13, fileDG14, fileDG15}

// TestReadEverything opens each profile by each key it takes and reads every
// file, in short blocks and in extended ones.
func TestReadEverything(t *testing.T) {
	for _, p := range Profiles() {
		card := issue(t, p, FaultNone)
		keys := map[string]func(x *terminal) uint16{}
		if card.profile.pace {
			keys["CAN"] = func(x *terminal) uint16 { return x.pace(passwordCAN, []byte(card.CAN())) }
			keys["MRZ"] = func(x *terminal) uint16 {
				return x.pace(passwordMRZ, passwordSeed(mrzInformation(card.MRZ())))
			}
		}
		if card.profile.bac {
			keys["BAC"] = func(x *terminal) uint16 { return x.bac(mrzInformation(card.MRZ())) }
		}
		for name, key := range keys {
			for _, block := range []int{223, 60000} {
				t.Run(fmt.Sprintf("%s/%s/%d", p, name, block), func(t *testing.T) {
					card.Reset()
					x := &terminal{t: t, card: card}
					if sw := key(x); sw != swOK {
						t.Fatalf("the chip does not open: %04X", sw)
					}
					for _, id := range readable {
						got, sw := x.read(id, block)
						if sw != swOK || !bytes.Equal(got, card.files[id]) {
							t.Errorf("file %04X: %04X, %d of %d bytes", id, sw, len(got), len(card.files[id]))
						}
					}
				})
			}
		}
	}
}

// TestLargeFile reads beyond 32 KB with the odd instruction.
func TestLargeFile(t *testing.T) {
	card := issue(t, ProfileCCCD, FaultNone)
	card.files[fileDG2] = bytes.Repeat([]byte{0x75, 0xA5, 0x00, 0x80, 0x42}, 10000)
	x := open(t, card)
	got, sw := x.read(fileDG2, 223)
	if sw != swOK || !bytes.Equal(got, card.files[fileDG2]) {
		t.Errorf("%04X, %d bytes", sw, len(got))
	}
}

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
			{"beyond its end", "00B0010008", swOutsideFile},
			{"more than it has", "00B00000F0", swEndOfFile},
			{"as much as it has", "00B0000000", swOK},
			{"EF.CardSecurity", "00A4020C02011D", swFileNotFound},
			{"EF.DIR", "00A4020C022F00", swFileNotFound},
			{"another application", "00A4040C07A0000002471002", swFileNotFound},
			{"SELECT application", "00A4040C07A0000002471001", swOK},
			{"EF.CardAccess in the application", "00A4020C02011C", swSecurityStatus},
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
		"replay": func(x *terminal, c []byte) []byte {
			x.receive(read.ins, x.card.Process(c))
			return c
		},
		"padding": func(x *terminal, _ []byte) []byte {
			x.s.count() // a second command, so that only its padding is wrong
			x.s.count()
			objects := encode(0x87, []byte{1}, encryptCBC(x.s.block, x.s.iv(), make([]byte, x.s.size)))
			header := []byte{0x0C, insSelect, 2, 0x0C}
			body := slices.Concat(objects, encode(0x8E, x.s.mac(header, objects)))
			x.card.state.session.count()
			x.card.state.session.count()
			return append(append(append(header, byte(len(body))), body...), 0)
		},
	}
	for _, p := range []Profile{ProfileCCCD, ProfileBAC} {
		for name, f := range spoil {
			t.Run(string(p)+"/"+name, func(t *testing.T) {
				x := open(t, issue(t, p, FaultNone))
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
				if _, sw := x.plain("00B0810008"); sw != swSecurityStatus {
					t.Errorf("afterwards a plain READ answers %04X", sw)
				}
				if r, sw := split(t, x.card.Process(x.protect(read))); sw != swSMObjects || len(r) != 0 {
					t.Errorf("afterwards a protected READ answers %04X", sw)
				}
			})
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

// TestPullFaults: the chip dies in the middle of DG2, and not before.
func TestPullFaults(t *testing.T) {
	read := func(t *testing.T, card *Card) (reached int, last []byte) {
		t.Helper()
		x := open(t, card)
		size := len(card.files[fileDG2])
		for at := 0; at < size; at += 200 {
			c := command{ins: insReadBinary, p1: byte(at >> 8), p2: byte(at), le: min(200, size-at)}
			if at == 0 {
				c.p1, c.p2 = 0x82, 0
			}
			r := card.Process(x.protect(c))
			if len(r) < 2 {
				return at, r
			}
			x.receive(c.ins, r)
		}
		return size, nil
	}
	size := len(issue(t, ProfileCCCD, FaultNone).files[fileDG2])
	for _, f := range []Fault{FaultNone, FaultPull, FaultZero, FaultPullOnce} {
		t.Run("fault "+string(f), func(t *testing.T) {
			card := issue(t, ProfileCCCD, f)
			reached, last := read(t, card)
			if f == FaultNone {
				if reached != size {
					t.Fatalf("a sound card dies at %d", reached)
				}
				return
			}
			if reached < size/3 || reached > size*2/3 || (f == FaultZero) != (last != nil) {
				t.Errorf("died at %d of %d with %v", reached, size, last)
			}
			again := card.Process(unhex(t, "00A4040C07A0000002471001"))
			if len(again) != 0 || (f == FaultZero) != (again != nil) {
				t.Errorf("a dead chip answers %X", again)
			}
			reached, _ = read(t, card)
			if (reached == size) != (f == FaultPullOnce) {
				t.Errorf("after a reset it reaches %d of %d", reached, size)
			}
		})
	}
}

// TestPlain6A82: the missing file is answered in the clear and the session
// goes on.
func TestPlain6A82(t *testing.T) {
	for _, f := range []Fault{FaultNone, FaultPlain6A82} {
		x := open(t, issue(t, ProfileCCCD, f))
		r := x.card.Process(x.protect(command{ins: insReadBinary, p1: 0x8D, le: 8}))
		if body, sw := split(t, r); (sw == swFileNotFound && len(body) == 0) != (f == FaultPlain6A82) {
			t.Errorf("fault %q: %04X and %d bytes", f, sw, len(body))
		}
		if f == FaultNone {
			x.receive(insReadBinary, r)
		}
		if _, sw := x.read(fileDG14, 223); sw != swOK {
			t.Errorf("fault %q: the session is gone: %04X", f, sw)
		}
	}
}

// TestChipAuthentication runs the protocol with the key of DG14: the session
// restarts under new keys, which only the holder of the private key derives.
func TestChipAuthentication(t *testing.T) {
	for _, p := range []Profile{ProfileCCCD, ProfileBAC} {
		x := open(t, issue(t, p, FaultNone))
		g := x.card.profile.curve
		static, err := g.parsePoint(chipAuthKey(t, x.card.files[fileDG14]))
		if err != nil {
			t.Fatal(err)
		}
		if _, sw := x.send(command{ins: insManageSecurity, p1: 0x41, p2: 0xA4, data: encode(0x80, oidChipAuth()[2:])}); sw != swOK {
			t.Fatalf("MSE: %04X", sw)
		}
		k := x.scalar()
		public := g.encodePoint(g.multiply(g.generator(), k))
		if _, sw := x.send(command{ins: insGeneralAuthenticate, data: encode(0x7C, encode(0x80, public)), le: 256}); sw != swOK {
			t.Fatalf("GENERAL AUTHENTICATE: %04X", sw)
		}
		z := g.fixed(g.multiply(static, k).x)
		x.s = newAES(kdf(z, counterEnc), kdf(z, counterMAC))
		if _, sw := x.read(fileDG1, 223); sw != swOK {
			t.Errorf("%s: the new session fails: %04X", p, sw)
		}
	}
}

// TestActiveAuthentication verifies the signature with the key of DG15.
func TestActiveAuthentication(t *testing.T) {
	x := open(t, issue(t, ProfileCCCD, FaultNone))
	outer, err := parseObjects(x.card.files[fileDG15])
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.ParsePKIXPublicKey(outer[0].value)
	if err != nil {
		t.Fatal(err)
	}
	challenge := []byte("8 bytes!")
	r, sw := x.send(command{ins: insInternalAuthenticate, data: challenge, le: 256})
	if sw != swOK || len(r) != 64 {
		t.Fatalf("%04X and %d bytes", sw, len(r))
	}
	sum := sha256.Sum256(challenge)
	rr, ss := new(big.Int).SetBytes(r[:32]), new(big.Int).SetBytes(r[32:])
	if !ecdsa.Verify(key.(*ecdsa.PublicKey), sum[:], rr, ss) {
		t.Error("the signature does not verify")
	}
	sum[0] ^= 1
	if ecdsa.Verify(key.(*ecdsa.PublicKey), sum[:], rr, ss) {
		t.Error("the signature verifies for another challenge")
	}
}

func TestATR(t *testing.T) {
	atr := issue(t, ProfileCCCD, FaultNone).ATR()
	var check byte
	for _, b := range atr[1:] {
		check ^= b
	}
	if atr[0] != 0x3B || int(atr[1]&0x0F) != len(atr)-5 || check != 0 {
		t.Errorf("ATR %X", atr)
	}
}
