package chip

import (
	"crypto/elliptic"
	"errors"
	"fmt"
	"io"
	"math/big"

	"github.com/osanderson/brainpool"
)

// The generic mapping of PACE adds points and multiplies a generator that is
// not the curve's own. crypto/ecdh offers neither, so this file, and no other,
// uses the raw arithmetic of crypto/elliptic.
//
//lint:file-ignore SA1019 PACE needs point addition, which crypto/ecdh does not offer

var errPoint = errors.New("chip: not a point of the curve")

// curve is a group of Doc 9303-11 §9.5.1.
type curve struct {
	elliptic.Curve
	parameterID int64  // of the standardised domain parameters
	name        []byte // the object identifier of the named curve
}

func p256() curve {
	return curve{elliptic.P256(), 12, oid(1, 2, 840, 10045, 3, 1, 7)}
}

func brainpoolP256() curve {
	return curve{brainpool.P256r1(), 13, oid(1, 3, 36, 3, 3, 2, 8, 1, 1, 7)}
}

// point is an affine point; the zero value is no point.
type point struct{ x, y *big.Int }

func (c curve) size() int { return (c.Params().BitSize + 7) / 8 }

// scalar draws a private key: 1 ≤ k < order.
func (c curve) scalar(random io.Reader) ([]byte, error) {
	k := make([]byte, c.size())
	for {
		if _, err := io.ReadFull(random, k); err != nil {
			return nil, fmt.Errorf("chip: draw a private key: %w", err)
		}
		n := new(big.Int).SetBytes(k)
		if n.Sign() > 0 && n.Cmp(c.Params().N) < 0 {
			return k, nil
		}
	}
}

func (c curve) generator() point { return point{c.Params().Gx, c.Params().Gy} }

// multiply never yields the neutral element for a point of [curve.parsePoint]
// and a scalar of [curve.scalar]: the groups have prime order.
func (c curve) multiply(p point, k []byte) point {
	x, y := c.ScalarMult(p.x, p.y, k)
	return point{x, y}
}

func (c curve) add(p, q point) point {
	x, y := c.Add(p.x, p.y, q.x, q.y)
	return point{x, y}
}

// infinite reports the neutral element, which has no affine coordinates.
func (p point) infinite() bool { return p.x.Sign() == 0 && p.y.Sign() == 0 }

// encodePoint writes the uncompressed form 04 ‖ x ‖ y.
func (c curve) encodePoint(p point) []byte {
	return append(append([]byte{0x04}, c.fixed(p.x)...), c.fixed(p.y)...)
}

// fixed writes a field element as a fixed-length octet string, leading zeros
// kept: a shared secret that loses one derives wrong keys (Doc 9303-11 §9.6).
func (c curve) fixed(n *big.Int) []byte { return n.FillBytes(make([]byte, c.size())) }

// parsePoint reads an uncompressed point and refuses what is not on the curve.
func (c curve) parsePoint(b []byte) (point, error) {
	n := c.size()
	if len(b) != 1+2*n || b[0] != 0x04 {
		return point{}, errPoint
	}
	p := point{new(big.Int).SetBytes(b[1 : 1+n]), new(big.Int).SetBytes(b[1+n:])}
	prime := c.Params().P
	if p.x.Cmp(prime) >= 0 || p.y.Cmp(prime) >= 0 || !c.IsOnCurve(p.x, p.y) {
		return point{}, errPoint
	}
	return p, nil
}
