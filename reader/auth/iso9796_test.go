package auth

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/hex"
	"errors"
	"math/big"
	mathrand "math/rand/v2"
	"os"
	"strings"
	"testing"
)

func load(t testing.TB, name string) map[string][]byte {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string][]byte{}
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if key == "source" {
			continue
		}
		if fields[key], err = hex.DecodeString(value); err != nil {
			t.Fatal(err)
		}
	}
	return fields
}

func TestWorkedExampleRSA(t *testing.T) {
	// Doc 9303-11 appendix F gives no key: from the opened signature on.
	v := load(t, "aa-rsa1024-sha1.txt")
	r, err := parseRepresentative(v["f"], crypto.SHA1)
	if err != nil || !bytes.Equal(r.message, v["m1"]) || !bytes.Equal(r.digest, v["hash"]) || r.full || r.hash != crypto.SHA1 {
		t.Fatalf("%+v, %v", r, err)
	}
	if !r.answers(v["rnd_ifd"]) {
		t.Fatal("the digest is over M1 and RND.IFD")
	}
	if r.answers(append([]byte{0}, v["rnd_ifd"][1:]...)) {
		t.Fatal("another challenge is answered too")
	}
	for i := range v["f"] {
		bad := bytes.Clone(v["f"])
		bad[i] ^= 0x80
		if r, err := parseRepresentative(bad, crypto.SHA1); err == nil && r.answers(v["rnd_ifd"]) {
			t.Fatalf("byte %d changed and still an answer", i)
		}
	}
}

// signer9796 makes signatures as a chip does, independently of the parser.
type signer9796 struct {
	key     *rsa.PrivateKey
	hash    crypto.Hash
	trailer []byte
	spare   int  // bytes of the room that the message does not fill
	full    bool // the challenge stands inside too
	smaller bool // min(s, n-s)
}

func (s signer9796) sign(t testing.TB, challenge []byte) []byte {
	t.Helper()
	size := s.key.Size()
	m1 := make([]byte, size-1-s.spare-s.hash.Size()-len(s.trailer))
	if _, err := rand.Read(m1); err != nil {
		t.Fatal(err)
	}
	h := s.hash.New()
	if s.full {
		copy(m1[len(m1)-len(challenge):], challenge)
		h.Write(m1)
	} else {
		h.Write(m1)
		h.Write(challenge)
	}
	header := byte(0x60)
	if s.full {
		header = 0x40
	}
	f := []byte{header | 0x0A}
	if s.spare > 0 {
		f = append([]byte{header | 0x0B}, bytes.Repeat([]byte{0xBB}, s.spare-1)...)
		f = append(f, 0xBA)
	}
	f = append(h.Sum(append(f, m1...)), s.trailer...)
	if len(f) != size {
		t.Fatalf("%d bytes under %d", len(f), size)
	}
	c := new(big.Int).Exp(new(big.Int).SetBytes(f), s.key.D, s.key.N)
	if other := new(big.Int).Sub(s.key.N, c); s.smaller && other.Cmp(c) < 0 {
		c = other
	}
	return c.FillBytes(make([]byte, size))
}

func rsaKey(t testing.TB, bits int) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestRSASignatures(t *testing.T) {
	challenge, other := []byte{1, 2, 3, 4, 5, 6, 7, 8}, []byte{0, 2, 3, 4, 5, 6, 7, 8}
	standard, _ := hashes(nil)
	tests := []struct {
		hash    crypto.Hash
		trailer string
	}{
		{crypto.SHA1, "BC"}, {crypto.SHA256, "BC"}, {crypto.SHA1, "33CC"}, {crypto.SHA224, "38CC"}, {crypto.SHA256, "34CC"},
		{crypto.SHA384, "36CC"}, {crypto.SHA512, "35CC"}, {crypto.SHA512_224, "39CC"}, {crypto.SHA512_256, "3ACC"},
	}
	for _, bits := range []int{1024, 1280} {
		key := rsaKey(t, bits)
		for _, tt := range tests {
			trailer, err := hex.DecodeString(tt.trailer)
			if err != nil {
				t.Fatal(err)
			}
			for _, variant := range []signer9796{{}, {full: true}, {spare: 1}, {spare: 9}, {smaller: true}, {full: true, spare: 3, smaller: true}} {
				variant.key, variant.hash, variant.trailer = key, tt.hash, trailer
				for range 2 { // one in two is above n/2
					s := variant.sign(t, challenge)
					got, err := verifyRSA(&key.PublicKey, s, challenge, standard)
					if err != nil || got != tt.hash {
						t.Fatalf("RSA-%d %v %s %+v: %v, %v", bits, tt.hash, tt.trailer, variant, got, err)
					}
					if _, err := verifyRSA(&key.PublicKey, s, other, standard); !errors.Is(err, ErrMismatch) {
						t.Fatalf("another challenge: %v", err)
					}
				}
			}
		}
	}
}

func TestRSARefuses(t *testing.T) {
	key, other := rsaKey(t, 1024), rsaKey(t, 1024)
	challenge := []byte{1, 2, 3, 4, 5, 6, 7, 8}
	good := signer9796{key: key, hash: crypto.SHA256, trailer: []byte{0x34, 0xCC}}
	s := good.sign(t, challenge)
	sha := []crypto.Hash{crypto.SHA1}
	if _, err := verifyRSA(&key.PublicKey, s, challenge, sha); err != nil {
		t.Fatal(err)
	}
	foreign := good
	foreign.trailer = []byte{0x31, 0xCC} // RIPEMD-160
	nonsense := good
	nonsense.trailer = []byte{0xCB, 0xCC}
	odd := &rsa.PublicKey{N: new(big.Int).Rsh(key.N, 3), E: key.E}
	large := &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), maxRSABits+7), E: key.E}
	tests := map[string]struct {
		key  *rsa.PublicKey
		s    []byte
		want error
	}{
		"another key":    {&other.PublicKey, s, ErrMismatch},
		"empty":          {&key.PublicKey, nil, ErrMismatch},
		"short":          {&key.PublicKey, s[1:], ErrMismatch},
		"long":           {&key.PublicKey, append([]byte{0}, s...), ErrMismatch},
		"zero":           {&key.PublicKey, make([]byte, 128), ErrMismatch},
		"not reduced":    {&key.PublicKey, bytes.Repeat([]byte{0xFF}, 128), ErrMismatch},
		"unknown hash":   {&key.PublicKey, foreign.sign(t, challenge), ErrUnsupported},
		"no such hash":   {&key.PublicKey, nonsense.sign(t, challenge), ErrMismatch},
		"odd length":     {odd, s, ErrUnsupported},
		"very large key": {large, s, ErrUnsupported},
	}
	for name, tt := range tests {
		if _, err := verifyRSA(tt.key, tt.s, challenge, sha); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A full message must end with the challenge, whatever its digest.
	full := signer9796{key: key, hash: crypto.SHA1, trailer: []byte{0xBC}, full: true}
	if _, err := verifyRSA(&key.PublicKey, full.sign(t, bytes.Repeat([]byte{9}, 8)), challenge, sha); !errors.Is(err, ErrMismatch) {
		t.Errorf("a signature made long ago: %v", err)
	}
}

func TestForeignSignaturesAreWrong(t *testing.T) {
	// What another key has signed opens to anything: never to a question of
	// what this program knows.
	random := mathrand.NewChaCha8([32]byte{9, 7, 9, 6})
	n, s := make([]byte, 128), make([]byte, 128)
	random.Read(n)
	n[0], n[127] = n[0]|0x80, n[127]|1
	key, sha := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: 65537}, []crypto.Hash{crypto.SHA1}
	for range 5000 {
		random.Read(s)
		s[0] &= 0x7F
		if _, err := verifyRSA(key, s, []byte("12345678"), sha); !errors.Is(err, ErrMismatch) {
			t.Fatalf("%X: %v", s, err)
		}
	}
}

func FuzzRepresentative(f *testing.F) {
	v := load(f, "aa-rsa1024-sha1.txt")
	f.Add(v["f"], v["rnd_ifd"])
	f.Add([]byte{0x4B, 0xBB, 0xBA, 0x34, 0xCC}, []byte{})
	f.Add([]byte{0x6A, 0xBC}, []byte{1})
	f.Fuzz(func(t *testing.T, b, challenge []byte) {
		r, err := parseRepresentative(b, crypto.SHA1)
		if err != nil {
			if r != nil || !errors.Is(err, ErrMismatch) && !errors.Is(err, ErrUnsupported) {
				t.Fatalf("%+v, %v", r, err)
			}
			return
		}
		if len(r.digest) != r.hash.Size() || len(r.message)+len(r.digest)+2 > len(b) || !bytes.Contains(b, r.message) {
			t.Fatalf("%+v", r)
		}
		if r.answers(challenge) && r.answers(append([]byte("x"), challenge...)) && !r.full {
			t.Fatal("two challenges answered by one signature")
		}
	})
}
