package chip

import (
	"crypto/elliptic"
	"math/big"

	"github.com/osanderson/brainpool"
)

// PACE adds points and multiplies a generator that is not the curve's own.
// crypto/ecdh offers neither, so this file, and no other, uses the raw
// arithmetic of crypto/elliptic.
//
//lint:file-ignore SA1019 PACE needs point addition, which crypto/ecdh does not offer

// curve is an elliptic curve of Doc 9303-11 §9.5.1: y² = x³ + ax + b.
type curve struct {
	elliptic.Curve
	number int
	name   []byte // the object identifier of the named curve
	a, b   *big.Int
}

func standardCurve(id int) (*curve, bool) {
	nist := func(last int) []byte { return oid(1, 3, 132, 0, last) }
	switch id {
	case GroupP192:
		return newCurve(id, p192(), oid(1, 2, 840, 10045, 3, 1, 1)), true
	case GroupP224:
		return newCurve(id, elliptic.P224(), nist(33)), true
	case GroupP256:
		return newCurve(id, elliptic.P256(), oid(1, 2, 840, 10045, 3, 1, 7)), true
	case GroupP384:
		return newCurve(id, elliptic.P384(), nist(34)), true
	case GroupP521:
		return newCurve(id, elliptic.P521(), nist(35)), true
	case GroupBrainpool192:
		return newBrainpool(id, brainpool.P192r1(), 3), true
	case GroupBrainpool224:
		return newBrainpool(id, brainpool.P224r1(), 5), true
	case GroupBrainpool256:
		return newBrainpool(id, brainpool.P256r1(), 7), true
	case GroupBrainpool320:
		return newBrainpool(id, brainpool.P320r1(), 9), true
	case GroupBrainpool384:
		return newBrainpool(id, brainpool.P384r1(), 11), true
	case GroupBrainpool512:
		return newBrainpool(id, brainpool.P512r1(), 13), true
	}
	return nil, false
}

// newCurve wraps a NIST curve, whose coefficient a is -3.
func newCurve(id int, c elliptic.Curve, name []byte) *curve {
	p := c.Params()
	return &curve{c, id, name, new(big.Int).Sub(p.P, big.NewInt(3)), p.B}
}

// newBrainpool wraps a curve of RFC 5639. The library does not tell the
// coefficients, so they are solved from two points of the curve.
func newBrainpool(id int, c elliptic.Curve, last int) *curve {
	p := c.Params()
	x1, y1 := p.Gx, p.Gy
	x2, y2 := c.Double(x1, y1)             //nolint:staticcheck // a second point, of public numbers
	rest := func(x, y *big.Int) *big.Int { // y² - x³ = ax + b
		r := new(big.Int).Exp(x, big.NewInt(3), p.P)
		return r.Sub(new(big.Int).Mul(y, y), r)
	}
	r1, r2 := rest(x1, y1), rest(x2, y2)
	run := new(big.Int).Sub(x1, x2)
	a := new(big.Int).Sub(r1, r2)
	a.Mul(a, run.ModInverse(run.Mod(run, p.P), p.P)).Mod(a, p.P)
	b := new(big.Int).Mul(a, x1)
	b.Sub(r1, b).Mod(b, p.P)
	return &curve{c, id, oid(1, 3, 36, 3, 3, 2, 8, 1, 1, last), a, b}
}

// p192 is secp192r1 (FIPS 186-4 appendix D.1.2.1), which Go left out.
func p192() elliptic.Curve {
	return &elliptic.CurveParams{
		Name: "P-192", BitSize: 192,
		P:  number("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFFFFFFFFFFFF"),
		N:  number("FFFFFFFFFFFFFFFFFFFFFFFF99DEF836146BC9B1B4D22831"),
		B:  number("64210519E59C80E70FA7E9AB72243049FEB8DEECC146B9B1"),
		Gx: number("188DA80EB03090F67CBF20EB43A18800F4FF0AFD82FF1012"),
		Gy: number("07192B95FFC8DA78631011ED6B24CDD573F977A11E794811"),
	}
}

// number reads a constant of this package.
func number(hex string) *big.Int {
	n, ok := new(big.Int).SetString(hex, 16)
	if !ok {
		panic("chip: not a number: " + hex)
	}
	return n
}

func (c *curve) id() int            { return c.number }
func (c *curve) order() *big.Int    { return c.Params().N }
func (c *curve) prime() *big.Int    { return c.Params().P }
func (c *curve) arc() int           { return 2 }
func (c *curve) valueTag() uint32   { return 0x86 }
func (c *curve) size() int          { return (c.Params().BitSize + 7) / 8 }
func (c *curve) generator() element { return element{c.Params().Gx, c.Params().Gy} }

func (c *curve) times(e element, k []byte) element {
	x, y := c.ScalarMult(e.x, e.y, k)
	return element{x, y}
}

// plus minds the neutral element, which the raw arithmetic does not take.
func (c *curve) plus(a, b element) element {
	if c.neutral(a) {
		return b
	}
	if c.neutral(b) {
		return a
	}
	x, y := c.Add(a.x, a.y, b.x, b.y)
	return element{x, y}
}

// neutral reports the point at infinity, which has no affine coordinates.
func (c *curve) neutral(e element) bool { return e.x.Sign() == 0 && e.y.Sign() == 0 }

// fixed writes a field element as a fixed-length octet string, leading zeros
// kept: a shared secret that loses one derives wrong keys.
func (c *curve) fixed(n *big.Int) []byte { return n.FillBytes(make([]byte, c.size())) }

// encode writes the uncompressed form 04 ‖ x ‖ y.
func (c *curve) encode(e element) []byte {
	return append(append([]byte{0x04}, c.fixed(e.x)...), c.fixed(e.y)...)
}

func (c *curve) parse(b []byte) (element, error) {
	n := c.size()
	if len(b) != 1+2*n || b[0] != 0x04 {
		return element{}, errElement
	}
	e := element{new(big.Int).SetBytes(b[1 : 1+n]), new(big.Int).SetBytes(b[1+n:])}
	if e.x.Cmp(c.prime()) >= 0 || e.y.Cmp(c.prime()) >= 0 || !c.IsOnCurve(e.x, e.y) {
		return element{}, errElement
	}
	return e, nil
}

func (c *curve) secret(e element) []byte   { return c.fixed(e.x) }
func (c *curve) compress(e element) []byte { return c.fixed(e.x) }

// fromInteger is the point encoding of Doc 9303-11 appendix B.2; it needs
// p ≡ 3 mod 4, which P-224 has not.
func (c *curve) fromInteger(t *big.Int) (element, bool) {
	p := c.prime()
	if p.Bit(0) == 0 || p.Bit(1) == 0 {
		return element{}, false
	}
	mod := func(n *big.Int) *big.Int { return n.Mod(n, p) }
	mul := func(a, b *big.Int) *big.Int { return mod(new(big.Int).Mul(a, b)) }
	one := big.NewInt(1)

	alpha := mod(new(big.Int).Neg(mul(t, t)))
	sum := mod(new(big.Int).Add(alpha, mul(alpha, alpha)))
	inverseSum, inverseA := new(big.Int).ModInverse(sum, p), new(big.Int).ModInverse(c.a, p)
	if inverseSum == nil || inverseA == nil {
		return element{}, false
	}
	x2 := mul(mul(mod(new(big.Int).Neg(c.b)), inverseA), new(big.Int).Add(one, inverseSum))
	h2 := c.cubic(x2)
	exponent := new(big.Int).Rsh(new(big.Int).Add(p, one), 2)
	exponent.Sub(new(big.Int).Sub(p, one), exponent)
	a := new(big.Int).Exp(h2, exponent, p)
	if mul(mul(a, a), h2).Cmp(one) == 0 {
		return element{x2, mul(a, h2)}, true
	}
	u := mul(mul(t, mul(t, t)), h2)
	return element{mul(alpha, x2), mul(a, u)}, true
}

// cubic is x³ + ax + b.
func (c *curve) cubic(x *big.Int) *big.Int {
	out := new(big.Int).Exp(x, big.NewInt(3), c.prime())
	out.Add(out, new(big.Int).Mul(c.a, x))
	return out.Add(out, c.b).Mod(out, c.prime())
}

// algorithm names the curve (RFC 5480), spells it out (X9.62 §C.2), or gives
// its standardised identifier (Doc 9303-11 §9.5.1).
func (c *curve) algorithm(form KeyForm) []byte {
	key := oid(1, 2, 840, 10045, 2, 1)
	switch form {
	case FormExplicit:
		return sequence(key, sequence(
			small(1),
			sequence(oid(1, 2, 840, 10045, 1, 1), integer(c.prime())),
			sequence(octets(c.fixed(c.a)), octets(c.fixed(c.b))),
			octets(c.encode(c.generator())), integer(c.order()), small(1)))
	case FormStandardized:
		return standardized(c.number)
	}
	return sequence(key, c.name)
}

func (c *curve) keyBits(e element) []byte { return c.encode(e) }

// standardized is an algorithm identifier by number.
func standardized(id int) []byte {
	return sequence(oid(0, 4, 0, 127, 0, 7, 1, 2), small(int64(id)))
}
