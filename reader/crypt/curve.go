package crypt

import (
	"crypto/elliptic"
	"errors"
	"fmt"
	"io"
	"math/big"

	"github.com/osanderson/brainpool"
)

var (
	// ErrPoint says that bytes from the chip are no usable point: not on the
	// curve, at infinity, or not in uncompressed form.
	ErrPoint = errors.New("crypt: not a point of the curve")
	// ErrCurve says that the chip asks for a curve this program does not know.
	ErrCurve = errors.New("crypt: domain parameters are not supported")
)

// group is what a curve must compute. PACE maps the generator, so it needs
// points with both coordinates, which crypto/ecdh does not give.
type group interface {
	Params() *elliptic.CurveParams
	IsOnCurve(x, y *big.Int) bool
	Add(x1, y1, x2, y2 *big.Int) (x, y *big.Int)
	ScalarMult(x, y *big.Int, k []byte) (*big.Int, *big.Int)
	ScalarBaseMult(k []byte) (x, y *big.Int)
}

var _ Group = (*Curve)(nil)

// Curve is an elliptic curve of prime order (cofactor one).
type Curve struct {
	name  string
	group group
}

// point is a point of a curve, never the one at infinity.
type point struct{ x, y *big.Int }

// Equal reports whether two points of one curve are the same.
func (p point) Equal(e Element) bool {
	q, ok := e.(point)
	return ok && p.x.Cmp(q.x) == 0 && p.y.Cmp(q.y) == 0
}

// P256 returns NIST P-256.
func P256() *Curve { return &Curve{"P-256", elliptic.P256()} }

// BrainpoolP256r1 returns the curve of the Vietnamese card.
func BrainpoolP256r1() *Curve { return &Curve{"brainpoolP256r1", brainpool.P256r1()} }

// StandardCurve returns the curve of a standardized domain parameter id
// (Doc 9303-11 §9.5.1). The 192-bit curves and the DH groups are not there.
func StandardCurve(id int) (*Curve, error) {
	switch id {
	case 10:
		return &Curve{"P-224", elliptic.P224()}, nil
	case 11:
		return &Curve{"brainpoolP224r1", brainpool.P224r1()}, nil
	case 12:
		return P256(), nil
	case 13:
		return BrainpoolP256r1(), nil
	case 14:
		return &Curve{"brainpoolP320r1", brainpool.P320r1()}, nil
	case 15:
		return &Curve{"P-384", elliptic.P384()}, nil
	case 16:
		return &Curve{"brainpoolP384r1", brainpool.P384r1()}, nil
	case 17:
		return &Curve{"brainpoolP512r1", brainpool.P512r1()}, nil
	case 18:
		return &Curve{"P-521", elliptic.P521()}, nil
	}
	return nil, fmt.Errorf("%w: id %d", ErrCurve, id)
}

// Name returns the curve's usual name.
func (c *Curve) Name() string { return c.name }

// size is the length of a coordinate in bytes.
func (c *Curve) size() int { return (c.group.Params().BitSize + 7) / 8 }

// Scalar draws a private key: a number from 1 to the order less one, in
// fixed length.
func (c *Curve) Scalar(rand io.Reader) ([]byte, error) {
	n := c.group.Params().N
	k := make([]byte, (n.BitLen()+7)/8)
	spare := uint(len(k)*8 - n.BitLen())
	for {
		if _, err := io.ReadFull(rand, k); err != nil {
			return nil, fmt.Errorf("crypt: random bytes: %w", err)
		}
		k[0] &= 0xFF >> spare
		if v := new(big.Int).SetBytes(k); v.Sign() > 0 && v.Cmp(n) < 0 {
			return k, nil
		}
	}
}

// Base returns k times the generator.
func (c *Curve) Base(k []byte) (Element, error) { return finite(c.group.ScalarBaseMult(c.reduce(k))) }

// Mul returns k times p.
func (c *Curve) Mul(e Element, k []byte) (Element, error) {
	p, ok := e.(point)
	if !ok {
		return nil, ErrPoint
	}
	return finite(c.group.ScalarMult(p.x, p.y, c.reduce(k)))
}

// Add returns the sum of two points.
func (c *Curve) Add(a, b Element) (Element, error) {
	p, ok := a.(point)
	q, also := b.(point)
	if !ok || !also {
		return nil, ErrPoint
	}
	return finite(c.group.Add(p.x, p.y, q.x, q.y))
}

// reduce brings a scalar below the order: a PACE nonce may be longer.
func (c *Curve) reduce(k []byte) []byte {
	n := c.group.Params().N
	if len(k)*8 < n.BitLen() {
		return k
	}
	v := new(big.Int).SetBytes(k)
	return v.Mod(v, n).Bytes()
}

// finite refuses the point at infinity, which the groups write as (0, 0).
func finite(x, y *big.Int) (Element, error) {
	if x.Sign() == 0 && y.Sign() == 0 {
		return nil, fmt.Errorf("%w: infinity", ErrPoint)
	}
	return point{x, y}, nil
}

// Element reads an uncompressed point 04 ‖ X ‖ Y (Doc 9303-11 §9.4.2) and
// checks that it lies on the curve.
func (c *Curve) Element(b []byte) (Element, error) {
	n := c.size()
	if len(b) != 1+2*n || b[0] != 4 {
		return nil, fmt.Errorf("%w: %d bytes on %s", ErrPoint, len(b), c.name)
	}
	x, y := new(big.Int).SetBytes(b[1:1+n]), new(big.Int).SetBytes(b[1+n:])
	p := c.group.Params().P
	if x.Cmp(p) >= 0 || y.Cmp(p) >= 0 || !c.group.IsOnCurve(x, y) {
		return nil, fmt.Errorf("%w: %s", ErrPoint, c.name)
	}
	return finite(x, y)
}

// Bytes writes a point as 04 ‖ X ‖ Y.
func (c *Curve) Bytes(e Element) []byte {
	p, n := e.(point), c.size()
	b := make([]byte, 1+2*n)
	b[0] = 4
	p.x.FillBytes(b[1 : 1+n])
	p.y.FillBytes(b[1+n:])
	return b
}

// Secret returns the shared secret of a key agreement that ended at p: its X
// coordinate as a fixed-length octet string (Doc 9303-11 §9.6). One in 256
// begins with a zero; stripping it loses the session.
func (c *Curve) Secret(e Element) []byte { return e.(point).x.FillBytes(make([]byte, c.size())) }
