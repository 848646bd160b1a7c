package chip

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"math/big"
	"testing"
)

var readable = []uint16{fileCOM, fileSOD, fileDG1, fileDG2, fileDG13, fileDG14, fileDG15}

// TestReadEverything opens each profile by each key it takes and reads every
// file, in short blocks and in extended ones.
func TestReadEverything(t *testing.T) {
	for _, p := range Profiles() {
		card := issue(t, p, FaultNone)
		keys := map[string]func(x *terminal) uint16{}
		if len(card.spec.PACE) > 0 {
			keys["CAN"] = func(x *terminal) uint16 { return x.pace(passwordCAN, []byte(card.CAN())) }
			keys["MRZ"] = func(x *terminal) uint16 {
				return x.pace(passwordMRZ, passwordSeed(mrzInformation(card.MRZ())))
			}
		}
		if card.spec.BAC {
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
		k := x.card.chipKeys[0]
		var err error
		if k.public, err = k.group.parse(chipAuthKey(t, x.card.files[fileDG14])); err != nil {
			t.Fatal(err)
		}
		if sw := x.chipAuth(k); sw != swOK {
			t.Fatalf("%s: %04X", p, sw)
		}
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

// TestBlockSizes: the largest block that a short response carries is used in
// full, and what is asked for beyond it is cut, not refused.
func TestBlockSizes(t *testing.T) {
	for p, want := range map[Profile]int{ProfileCCCD: 223, ProfileBAC: 231} {
		for _, le := range []int{255, 256} {
			x := open(t, issue(t, p, FaultNone))
			r := x.card.Process(x.protect(command{ins: insReadBinary, p1: 0x82, le: le}))
			data, sw := x.receive(insReadBinary, r)
			if len(data) != want || sw != swOK || len(r) > maxShortResponse+2 {
				t.Errorf("%s, Le %d: %d bytes in a response of %d, %04X", p, le, len(data), len(r), sw)
			}
		}
	}
}

// TestOddLength: in the odd READ BINARY, Le covers the whole data object.
func TestOddLength(t *testing.T) {
	x := open(t, issue(t, ProfileCCCD, FaultNone))
	for _, le := range []int{3, 10, 129, 130, 131, 200, 220} {
		for _, p1 := range []byte{0x00, 0x01} { // by short identifier, by identifier
			data, sw := x.send(command{ins: insReadBinaryOdd, p1: p1, p2: 0x02, data: encode(0x54, []byte{0}), le: le})
			if sw != swOK || len(data) > le || len(data) < le-1 {
				t.Errorf("Le %d: %d bytes, %04X", le, len(data), sw)
			}
		}
	}
}

func TestATR(t *testing.T) {
	for _, p := range []Profile{ProfileCCCD, ProfilePassport} {
		card := issue(t, p, FaultNone)
		atr := card.ATR()
		var check byte
		for _, b := range atr[1:] {
			check ^= b
		}
		if atr[0] != 0x3B || int(atr[1]&0x0F) != len(atr)-5 || check != 0 {
			t.Errorf("%s: ATR %X", p, atr)
		}
		// Card capabilities: extended lengths (ISO/IEC 7816-4 table 119).
		if capable := bytes.Contains(atr, []byte{0x80, 0x73, 0x84, 0x01, 0xE0}); capable != card.spec.Content.Directory {
			t.Errorf("%s: ATR %X tells what the chip can do: %t", p, atr, capable)
		}
	}
}
