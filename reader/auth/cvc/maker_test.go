package cvc

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"math/big"
	"testing"
	"time"

	"github.com/tram-station/tram/reader/tlv"
)

// holder is somebody with a key who certifies others.
type holder struct {
	name string
	ec   *ecdsa.PrivateKey
	rsa  *rsa.PrivateKey
}

func newHolder(t testing.TB, name string) *holder {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &holder{name: name, ec: key}
}

// request is what a certificate shall say.
type request struct {
	subject    *holder
	bits       byte // role and rights
	parameters bool // spell out the curve
	from, to   string
}

// oidWith returns the key type with the two last arcs.
func oidWith(kind, which byte) []byte { return append([]byte(terminalAuth), kind, which) }

func (h *holder) publicKey(t testing.TB, parameters bool) []byte {
	t.Helper()
	if h.rsa != nil {
		return tlv.Encode(tagPublicKey, tlv.Encode(tagObjectID, oidWith(1, 4)),
			tlv.Encode(tagModulus, h.rsa.N.Bytes()), tlv.Encode(tagExponent, big.NewInt(int64(h.rsa.E)).Bytes()))
	}
	point, err := h.ec.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	body := tlv.Encode(tagObjectID, oidWith(2, 3))
	c := h.ec.Params()
	if parameters {
		a := new(big.Int).Sub(c.P, big.NewInt(3))
		base := append([]byte{4}, append(c.Gx.FillBytes(make([]byte, 32)), c.Gy.FillBytes(make([]byte, 32))...)...)
		body = tlv.Append(body, tagPrime, c.P.Bytes())
		body = tlv.Append(body, tagA, a.Bytes())
		body = tlv.Append(body, tagB, c.B.Bytes())
		body = tlv.Append(body, tagBase, base)
		body = tlv.Append(body, tagOrder, c.N.Bytes())
	}
	body = tlv.Append(body, tagPoint, point)
	if parameters {
		body = tlv.Append(body, tagCofactor, []byte{1})
	}
	return tlv.Encode(tagPublicKey, body)
}

func digits(s string) []byte {
	b := []byte(s)
	for i := range b {
		b[i] -= '0'
	}
	return b
}

// certify makes a certificate.
func (h *holder) certify(t testing.TB, r request) []byte {
	t.Helper()
	if r.from == "" {
		r.from, r.to = "260101", "261231"
	}
	body := tlv.Encode(tagBody,
		tlv.Encode(tagProfile, []byte{0}), tlv.Encode(tagAuthority, []byte(h.name)), r.subject.publicKey(t, r.parameters),
		tlv.Encode(tagHolder, []byte(r.subject.name)),
		tlv.Encode(tagTemplate, tlv.Encode(tagObjectID, []byte(inspectionSystem)), tlv.Encode(tagDiscretion, []byte{r.bits})),
		tlv.Encode(tagEffective, digits(r.from)), tlv.Encode(tagExpiry, digits(r.to)))
	return tlv.Encode(tagCertificate, body, tlv.Encode(tagSignature, h.sign(t, body)))
}

func (h *holder) sign(t testing.TB, body []byte) []byte {
	t.Helper()
	w := crypto.SHA256.New()
	w.Write(body)
	if h.rsa != nil {
		s, err := rsa.SignPSS(rand.Reader, h.rsa, crypto.SHA256, w.Sum(nil), &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	r, s, err := ecdsa.Sign(rand.Reader, h.ec, w.Sum(nil))
	if err != nil {
		t.Fatal(err)
	}
	return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
}

func parse(t testing.TB, b []byte) *Certificate {
	t.Helper()
	c, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// today lies in the days that certify gives.
func today() time.Time { return time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC) }
