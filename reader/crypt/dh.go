package crypt

import (
	"bytes"
	"fmt"
	"io"
	"math/big"
	"sync"

	"filippo.io/bigmod"
)

var _ Integrated = (*DH)(nil)

// DH is the subgroup of prime order q of the numbers modulo a prime p.
// Exponentiation takes the same time whatever the exponent.
type DH struct {
	id      int
	name    string
	p, g, q string // hexadecimal

	once sync.Once
	*modulus
}

// modulus is what a group computes with, made when it is first asked for.
type modulus struct {
	mod       *bigmod.Modulus
	generator *bigmod.Nat
	one       *bigmod.Nat
	prime     *big.Int
	order     *big.Int
	index     []byte // (p-1)/q
}

// power is an element of the subgroup, never 1.
type power struct {
	of *DH
	v  *bigmod.Nat
}

// Equal reports whether two elements of one group are the same.
func (y *power) Equal(e Element) bool {
	z, ok := e.(*power)
	return ok && y.of == z.of && y.v.Equal(z.v) == 1
}

// ready makes the constants once and returns the group.
func (d *DH) ready() *DH {
	d.once.Do(func() {
		m := &modulus{prime: number(d.p), order: number(d.q)}
		var err error
		if m.mod, err = bigmod.NewModulus(m.prime.Bytes()); err != nil {
			panic("crypt: a prime of the table is none: " + err.Error())
		}
		if m.generator, err = bigmod.NewNat().SetBytes(number(d.g).Bytes(), m.mod); err != nil {
			panic("crypt: a generator of the table is none: " + err.Error())
		}
		m.one = bigmod.NewNat().SetUint(1).ExpandFor(m.mod)
		index := new(big.Int).Sub(m.prime, big.NewInt(1))
		m.index = index.Div(index, m.order).Bytes()
		d.modulus = m
	})
	return d
}

// Name returns the group's usual name, with the bits of p and q.
func (d *DH) Name() string { return d.name }

// Size returns the length of the prime in bytes.
func (d *DH) Size() int { return d.mod.Size() }

// ScalarSize returns the length of the order, and so of a private key, in
// bytes.
func (d *DH) ScalarSize() int { return (d.order.BitLen() + 7) / 8 }

// Prime returns p.
func (d *DH) Prime() *big.Int { return new(big.Int).Set(d.prime) }

// Order returns q.
func (d *DH) Order() *big.Int { return new(big.Int).Set(d.order) }

// Scalar draws a private key: a number from 1 to the order less one, in fixed
// length.
func (d *DH) Scalar(rand io.Reader) ([]byte, error) { return draw(rand, d.order) }

// Base returns the generator to the power of k.
func (d *DH) Base(k []byte) (Element, error) { return d.raise(d.generator, k) }

// Mul returns e to the power of k.
func (d *DH) Mul(e Element, k []byte) (Element, error) {
	y, err := d.own(e)
	if err != nil {
		return nil, err
	}
	return d.raise(y, k)
}

// Add returns the product of two elements.
func (d *DH) Add(a, b Element) (Element, error) {
	x, err := d.own(a)
	if err != nil {
		return nil, err
	}
	y, err := d.own(b)
	if err != nil {
		return nil, err
	}
	product, err := bigmod.NewNat().SetBytes(x.Bytes(d.mod), d.mod)
	if err != nil {
		return nil, err
	}
	return d.proper(product.Mul(y, d.mod))
}

// own takes an element of this group only.
func (d *DH) own(e Element) (*bigmod.Nat, error) {
	y, ok := e.(*power)
	if !ok || y.of != d {
		return nil, fmt.Errorf("%w: it belongs to another one than %s", ErrPoint, d.name)
	}
	return y.v, nil
}

func (d *DH) raise(y *bigmod.Nat, k []byte) (Element, error) {
	return d.proper(bigmod.NewNat().Exp(y, k, d.mod))
}

// proper refuses 0 and 1.
func (d *DH) proper(v *bigmod.Nat) (Element, error) {
	if v.IsZero() == 1 || v.Equal(d.one) == 1 {
		return nil, fmt.Errorf("%w: trivial number in %s", ErrPoint, d.name)
	}
	return &power{d, v}, nil
}

// Element reads a number and checks that it lies in the subgroup: a number
// outside it, such as 0 or p-1, would tell the chip something of our private
// key. One in 256 is shorter than the prime (Doc 9303-11 §9.4.3); chips that
// fill it with zeros to the prime's length mean the same number.
func (d *DH) Element(b []byte) (Element, error) {
	if len(b) == 0 || len(b) > d.Size() {
		return nil, fmt.Errorf("%w: %d bytes in %s", ErrPoint, len(b), d.name)
	}
	v, err := bigmod.NewNat().SetBytes(b, d.mod)
	if err != nil {
		return nil, fmt.Errorf("%w: not below the prime of %s", ErrPoint, d.name)
	}
	if bigmod.NewNat().Exp(v, d.order.Bytes(), d.mod).Equal(d.one) != 1 {
		return nil, fmt.Errorf("%w: not in the subgroup of %s", ErrPoint, d.name)
	}
	return d.proper(v)
}

// Bytes writes a number in as few bytes as it takes: leading zeros must not be
// sent (Doc 9303-11 §9.4.1).
func (d *DH) Bytes(e Element) []byte { return bytes.TrimLeft(d.Secret(e), "\x00") }

// Secret returns the shared secret of a key agreement that ended at e, in the
// prime's length (Doc 9303-11 §9.6).
func (d *DH) Secret(e Element) []byte { return e.(*power).v.Bytes(d.mod) }

// MapInteger maps a number, big endian and of any length, to an element:
// t^((p-1)/q) (Doc 9303-11 §4.4.3.3.2).
func (d *DH) MapInteger(t []byte) (Element, error) {
	v := new(big.Int).SetBytes(t)
	y, err := bigmod.NewNat().SetBytes(v.Mod(v, d.prime).Bytes(), d.mod)
	if err != nil {
		return nil, err
	}
	return d.raise(y, d.index)
}
