package chip

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// vector is one worked example: key: value lines, keys may repeat.
type vector map[string][]string

func readVector(t *testing.T, name string) vector {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	v := vector{}
	for line := range strings.Lines(string(b)) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && key[0] != '#' {
			v[key] = append(v[key], value)
		}
	}
	return v
}

func (v vector) text(t *testing.T, key string) string {
	t.Helper()
	if len(v[key]) == 0 {
		t.Fatalf("the vector has no %q", key)
	}
	return v[key][0]
}

func (v vector) hex(t *testing.T, key string) []byte {
	t.Helper()
	return unhex(t, v.text(t, key))
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func equal(t *testing.T, what string, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%s\n got %X\nwant %X", what, got, want)
	}
}

// linesFor makes MRZ lines whose MRZ information is the given one; only the
// positions that carry it are real.
func linesFor(info string) []string {
	const birth, expiry = 10, 17 // where the two dates start
	two := info[birth:expiry] + "M" + info[expiry:] + "UTO<<<<<<<<<<<0"
	return []string{"I<UTO" + info[:birth] + strings.Repeat("<", 15), two, strings.Repeat("<", lineTD1)}
}

// TestKDF checks key derivation against Doc 9303-11 appendix D.1 and G.1.
func TestKDF(t *testing.T) {
	v := readVector(t, "bac-keys.txt")
	lines := linesFor(v.text(t, "mrz_information"))
	if got := mrzInformation(lines); got != v.text(t, "mrz_information") {
		t.Fatalf("MRZ information %q", got)
	}
	seed := passwordSeed(mrzInformation(lines))
	equal(t, "seed", seed[:keySize], v.hex(t, "kseed"))
	equal(t, "K.Enc", TripleDES.derive(seed[:keySize], counterEnc), v.hex(t, "kenc"))
	equal(t, "K.MAC", TripleDES.derive(seed[:keySize], counterMAC), v.hex(t, "kmac"))

	g := readVector(t, "pace-gm-bp256r1.txt")
	k := passwordSeed(g.text(t, "mrz_information"))
	equal(t, "K", k, g.hex(t, "k"))
	equal(t, "K.pi", AES128.derive(k, counterPi), g.hex(t, "k_pi"))
	equal(t, "KS.Enc", AES128.derive(g.hex(t, "shared_secret"), counterEnc), g.hex(t, "ks_enc"))
	equal(t, "KS.MAC", AES128.derive(g.hex(t, "shared_secret"), counterMAC), g.hex(t, "ks_mac"))

	zero := readVector(t, "pace-leading-zero.txt")
	equal(t, "K.pi of a CAN", AES128.derive([]byte(zero.text(t, "can")), counterPi), zero.hex(t, "k_pi"))
}

// TestMAC checks the two MACs and their padding.
func TestMAC(t *testing.T) {
	v := readVector(t, "bac-auth.txt")
	equal(t, "retail MAC", retailMAC(v.hex(t, "kmac"), pad(v.hex(t, "e_ifd"), 8)), v.hex(t, "m_ifd"))
	equal(t, "retail MAC of the chip", retailMAC(v.hex(t, "kmac"), pad(v.hex(t, "e_ic"), 8)), v.hex(t, "m_ic"))
	equal(t, "3DES", encryptCBC(tripleDES(v.hex(t, "kenc")), make([]byte, 8), v.hex(t, "s")), v.hex(t, "e_ifd"))
	equal(t, "3DES back", decryptCBC(tripleDES(v.hex(t, "kenc")), make([]byte, 8), v.hex(t, "e_ic")), v.hex(t, "r"))

	g := readVector(t, "pace-gm-bp256r1.txt")
	equal(t, "token", aesMAC(g.hex(t, "ks_mac"), g.hex(t, "t_ifd_input")), g.hex(t, "t_ifd"))
	equal(t, "token of the chip", tokenOver(t, g.hex(t, "ks_mac"), g.hex(t, "eph_pk_ifd")), g.hex(t, "t_ic"))
	equal(t, "nonce", encryptCBC(aesBlock(g.hex(t, "k_pi")), make([]byte, 16), g.hex(t, "s")), g.hex(t, "z"))

	// RFC 4493 §4, examples 1 and 3: a message that is padded, one that is not.
	key := unhex(t, "2b7e151628aed2a6abf7158809cf4f3c")
	equal(t, "CMAC of nothing", aesMAC(key, nil), unhex(t, "bb1d6929e9593728"))
	equal(t, "CMAC of 40 bytes", aesMAC(key, unhex(t, "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411")), unhex(t, "dfa66747de9ae630"))
}

func TestPadding(t *testing.T) {
	for n := range 40 {
		in := bytes.Repeat([]byte{0x80}, n)
		out := pad(in, 16)
		if len(out)%16 != 0 || len(out) <= n {
			t.Fatalf("%d bytes are padded to %d", n, len(out))
		}
		back, ok := unpad(out)
		if !ok || !bytes.Equal(back, in) {
			t.Fatalf("%d bytes do not come back", n)
		}
	}
	for _, bad := range []string{"", "0000", "8001", "01"} {
		if _, ok := unpad(unhex(t, bad)); ok {
			t.Errorf("%q passes for padded", bad)
		}
	}
}

// TestBAC runs appendix D.3 through the chip.
func TestBAC(t *testing.T) {
	keys, v := readVector(t, "bac-keys.txt"), readVector(t, "bac-auth.txt")
	p, _ := ProfileSpec(ProfileBAC)
	random := bytes.NewReader(append(v.hex(t, "rnd_ic"), v.hex(t, "k_ic")...))
	card := newCard(p, linesFor(keys.text(t, "mrz_information")), "000000", random)
	equal(t, "SELECT", card.Process(unhex(t, "00A4040C07A0000002471001")), unhex(t, "9000"))
	equal(t, "GET CHALLENGE", card.Process(unhex(t, "0084000008")), append(v.hex(t, "rnd_ic"), 0x90, 0x00))
	equal(t, "EXTERNAL AUTHENTICATE", card.Process(v.hex(t, "capdu")), v.hex(t, "rapdu"))
	s := card.state.session
	if s == nil {
		t.Fatal("no session")
	}
	equal(t, "KS.MAC", s.macKey, v.hex(t, "ks_mac"))
	equal(t, "SSC", s.ssc, v.hex(t, "ssc"))
	equal(t, "KS.Enc", encryptCBC(s.block, make([]byte, 8), make([]byte, 8)),
		encryptCBC(tripleDES(v.hex(t, "ks_enc")), make([]byte, 8), make([]byte, 8)))
}

// TestBACThenRead continues with appendix D.4 on the session of appendix D.3.
func TestBACThenRead(t *testing.T) {
	v := readVector(t, "sm-3des.txt")
	card := openCard(t, &session{
		block: tripleDES(v.hex(t, "ks_enc")), size: 8, macKey: v.hex(t, "ks_mac"), ssc: v.hex(t, "ssc_start"),
	})
	// The example's EF.COM is longer than what its object claims.
	card.files[fileCOM] = v.hex(t, "ef_com")
	exchange(t, card, v["protected_capdu"], v["protected_rapdu"])
}

// TestSecureMessagingAES runs SELECT, READ BINARY of 223 bytes and the odd
// READ BINARY beyond 32 KB with keys of each length.
func TestSecureMessagingAES(t *testing.T) {
	for name, c := range map[string]Cipher{"sm-aes128.txt": AES128, "sm-aes192.txt": AES192, "sm-aes256.txt": AES256} {
		t.Run(string(c), func(t *testing.T) {
			v := readVector(t, name)
			card := openCard(t, newSession(c, v.hex(t, "ks_enc"), v.hex(t, "ks_mac")))
			first, far := unhex(t, v["plain_rapdu"][1]), unhex(t, v["plain_rapdu"][2])
			file := make([]byte, 40000)
			copy(file, first[:len(first)-2])
			copy(file[0x8000:], far[3:len(far)-2]) // 53 81 C8, then the data
			card.files[fileCOM] = file
			exchange(t, card, v["protected_capdu"][:2], v["protected_rapdu"][:2])
			// The example's odd READ asks for E4 bytes and is answered with C8 + 3.
			card.files[fileCOM] = file[:0x8000+0xC8]
			s := card.state.session
			got, ok := s.unwrap(mustParse(t, v["protected_capdu"][2]))
			if !ok {
				t.Fatal("the odd READ BINARY is refused")
			}
			id, offset, _ := card.readTarget(got)
			if id != fileCOM || offset != 0x8000 || got.le != 0xE4 {
				t.Errorf("file %04X offset %d Le %d", id, offset, got.le)
			}
			equal(t, "odd READ BINARY", s.wrap(got.ins, answer{data: far[:len(far)-2], sw: swOK}), unhex(t, v["protected_rapdu"][2]))
		})
	}
}

func mustParse(t *testing.T, s string) command {
	t.Helper()
	c, ok := parseCommand(unhex(t, s))
	if !ok {
		t.Fatalf("%s is no command", s)
	}
	return c
}

// openCard is a chip whose application is open under the given session.
func openCard(t *testing.T, s *session) *Card {
	t.Helper()
	p, _ := ProfileSpec(ProfileBAC)
	card := newCard(p, linesFor("L898902C<369080619406236"), "000000", nil)
	card.state.app, card.state.session = true, s
	return card
}

func exchange(t *testing.T, card *Card, commands, responses []string) {
	t.Helper()
	for i, c := range commands {
		equal(t, "exchange "+c, card.Process(unhex(t, c)), unhex(t, responses[i]))
	}
}

// TestLeadingZeroControl shows that the vector can fail: without its leading
// zero the secret derives another key.
func TestLeadingZeroControl(t *testing.T) {
	v := readVector(t, "pace-leading-zero.txt")
	z := v.hex(t, "shared_secret")
	if z[0] != 0 {
		t.Fatal("the vector has no leading zero")
	}
	equal(t, "KS.MAC of the stripped secret", AES128.derive(z[1:], counterMAC), v.hex(t, "wrong_ks_mac_if_stripped"))
	equal(t, "KS.MAC", AES128.derive(z, counterMAC), v.hex(t, "ks_mac"))
}

// tokenOver is the authentication token of the Vietnamese card's PACE.
func tokenOver(t *testing.T, key, public []byte) []byte {
	t.Helper()
	run := &pace{variant: cccdPACE, group: groupOf(t, cccdPACE.Group), macKey: key}
	return run.token(public)
}
