package auth

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"errors"
	"io"
	"testing"

	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/auth/cvc"
	"github.com/tram-station/tram/reader/crypt"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/securemsg"
	"github.com/tram-station/tram/reader/tlv"
)

// babble is a chip that answers what it likes: pieces of one string, each with
// its length in front.
type babble struct {
	rest     []byte
	commands int
}

func (c *babble) Close() error { return nil }

func (c *babble) Transmit(context.Context, []byte) ([]byte, error) {
	c.commands++
	if len(c.rest) == 0 {
		return nil, apdu.ErrCardLost
	}
	n := min(int(c.rest[0]), len(c.rest)-1)
	answer := c.rest[1 : 1+n]
	c.rest = c.rest[1+n:]
	return answer, nil
}

// pieces writes answers as babble reads them.
func pieces(answers ...[]byte) []byte {
	var b []byte
	for _, a := range answers {
		b = append(append(b, byte(len(a))), a...)
	}
	return b
}

func session(t testing.TB, card apdu.Card) *securemsg.Session {
	t.Helper()
	s, err := securemsg.New(card, crypt.AES128, make([]byte, 16), make([]byte, 16), nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// FuzzHostileChip lets a chip without any key answer each protocol.
func FuzzHostileChip(f *testing.F) {
	rsaSPKI, ecSPKI := rsaInfo(f), ecInfo(f)
	ok := []byte{0x90, 0}
	f.Add(pieces(ok, []byte{0x7C, 0, 0x90, 0}))
	f.Add(pieces([]byte{0x6C, 0x80}, append(make([]byte, 128), 0x90, 0)))
	f.Add(pieces([]byte{0x67, 0}, append(make([]byte, 64), 0x90, 0)))
	f.Add(pieces(append(tlv.Encode(0x30, []byte{2, 1, 1, 2, 1, 1}), 0x90, 0)))
	f.Add(pieces(ok, ok, append(make([]byte, 8), 0x90, 0), []byte{0x63, 0}))
	key := newKeyHolder(f, 12, crypt.AES128).agreement
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, spki := range [][]byte{rsaSPKI, ecSPKI} {
			card := &babble{rest: b}
			name, err := Active(t.Context(), card, &lds.PublicKey{SPKI: spki}, nil, rand.Reader)
			if err == nil || name != "" {
				t.Fatalf("a chip without the key has it: %q", name)
			}
			if card.commands > maxExact+4 {
				t.Fatalf("%d commands", card.commands)
			}
		}
		// The link itself may say what it likes to chip authentication: only
		// the session afterwards proves anything.
		if _, _, err := key.agree(t.Context(), &babble{rest: b}, rand.Reader); err == nil && !bytes.Contains(b, []byte{0x90, 0}) {
			t.Fatal("chip authentication without a word of consent")
		}
		if _, err := Chip(t.Context(), session(t, &babble{rest: b}), nil, rand.Reader); err == nil {
			t.Fatal("chip authentication without a key")
		}
		rights, err := TerminalAuth(t.Context(), session(t, &babble{rest: b}), nobody{}, []byte("id"), &ChipProof{}, []string{"VNCVCA00001"})
		if err == nil || rights != (Rights{}) {
			t.Fatalf("rights from nobody: %+v", rights)
		}
	})
}

// nobody is a terminal without certificates.
type nobody struct{}

func (nobody) Chain(context.Context, []string) ([][]byte, error) { return nil, cvc.ErrNoPath }
func (nobody) Sign(context.Context, []byte) ([]byte, error)      { return nil, errors.New("no key") }

// rsaInfo returns the public key of a fresh RSA key.
func rsaInfo(t testing.TB) []byte {
	t.Helper()
	key := rsaKey(t, 1024)
	e := []byte{1, 0, 1}
	bits := tlv.Encode(0x30, tlv.Encode(0x02, append([]byte{0}, key.N.Bytes()...)), tlv.Encode(0x02, e))
	oid := []byte{0x06, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1, 5, 0}
	return tlv.Encode(0x30, tlv.Encode(0x30, oid), tlv.Encode(0x03, []byte{0}, bits))
}

// ecInfo returns a public key on P-256.
func ecInfo(t testing.TB) []byte {
	t.Helper()
	a := newKeyHolder(t, 12, crypt.AES128).agreement
	oid := []byte{0x06, 7, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1, 0x06, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7}
	return tlv.Encode(0x30, tlv.Encode(0x30, oid), tlv.Encode(0x03, []byte{0}, a.group.Bytes(a.theirs)))
}

// FuzzPrivateKey reads hostile key files: whatever is taken signs so that its
// own public key verifies.
func FuzzPrivateKey(f *testing.F) {
	scalar := bytes.Repeat([]byte{0x11}, 32)
	inner := tlv.Encode(0x30, []byte{2, 1, 1}, tlv.Encode(0x04, scalar))
	oid := []byte{0x06, 7, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1}
	for _, curve := range [][]byte{
		{0x06, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7}, {0x06, 9, 0x2B, 0x24, 3, 3, 2, 8, 1, 1, 7},
	} {
		f.Add(tlv.Encode(0x30, []byte{2, 1, 0}, tlv.Encode(0x30, oid, curve), tlv.Encode(0x04, inner)))
	}
	f.Add([]byte{0x30, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		key, err := parsePrivateKey(b)
		if err != nil {
			if key != nil || !errors.Is(err, errPrivateKey) {
				t.Fatalf("%T, %v", key, err)
			}
			return
		}
		c, ok := key.(*curveSigner)
		if !ok {
			return
		}
		algorithm := cvc.Algorithm{Scheme: cvc.ECDSA, Hash: crypto.SHA256}
		signature, err := c.sign(rand.Reader, algorithm.Sum([]byte("message")), algorithm)
		if err != nil {
			t.Fatal(err)
		}
		r, s, ok := plainSignature(signature, c.curve.ScalarSize())
		if !ok || !crypt.VerifyECDSA(&crypt.PublicKey{Group: c.curve, Element: c.public}, algorithm.Sum([]byte("message")), r, s) {
			t.Fatal("its signature does not verify")
		}
	})
}

func TestSignersKeepToTheirAlgorithm(t *testing.T) {
	ec := &curveSigner{}
	if _, err := ec.sign(rand.Reader, nil, cvc.Algorithm{Scheme: cvc.PSS}); !errors.Is(err, cvc.ErrUnsupported) {
		t.Error(err)
	}
	rsa := &rsaSigner{key: rsaKey(t, 1024)}
	if _, err := rsa.sign(rand.Reader, nil, cvc.Algorithm{Scheme: cvc.ECDSA}); !errors.Is(err, cvc.ErrUnsupported) {
		t.Error(err)
	}
	holder := newKeyHolder(t, 13, crypt.AES128)
	curve := holder.agreement.group.(*crypt.Curve)
	good := &curveSigner{curve: curve, public: holder.agreement.theirs}
	if _, err := good.sign(io.LimitReader(rand.Reader, 5), make([]byte, 32), cvc.Algorithm{Scheme: cvc.ECDSA}); err == nil {
		t.Error("a signature without randomness")
	}
}
