package crypt

import (
	"bytes"
	"math/big"
	"testing"
)

// fields are the fields of every curve, of the points and of the scalars.
func fields() map[string]*field {
	all := map[string]*field{}
	for _, c := range curves {
		c.ready()
		all[c.name] = c.field
		all[c.name+", scalars"] = c.order
	}
	return all
}

// corners are numbers at which carries run long.
func corners(f *field) []*big.Int {
	one := big.NewInt(1)
	var all []*big.Int
	for shift := range 8*f.size + 1 {
		if shift%16 > 1 && shift < 8*f.size-2 {
			continue
		}
		v := new(big.Int).Lsh(one, uint(shift))
		for _, d := range []*big.Int{v, new(big.Int).Sub(v, one), new(big.Int).Sub(f.prime, v)} {
			all = append(all, d.Mod(d, f.prime))
		}
	}
	half := new(big.Int).Rsh(f.prime, 1)
	return append(all, half, new(big.Int).Add(half, one), new(big.Int))
}

// plain brings a residue back.
func plain(f *field, x *residue) *big.Int {
	b := make([]byte, f.size)
	f.bytes(b, x)
	return new(big.Int).SetBytes(b)
}

func checkField(t *testing.T, name string, f *field, a, b *big.Int) {
	t.Helper()
	x, y := f.big(a), f.big(b)
	var z residue
	check := func(op string, want *big.Int) {
		t.Helper()
		if got := plain(f, &z); got.Cmp(want.Mod(want, f.prime)) != 0 {
			t.Fatalf("%s: %x %s %x is %x, want %x", name, a, op, b, got, want)
		}
		for i, w := range z[f.n:] {
			if w != 0 {
				t.Fatalf("%s: %s leaves limb %d at %x", name, op, f.n+i, w)
			}
		}
	}
	f.mul(&z, x, y)
	check("times", new(big.Int).Mul(a, b))
	f.add(&z, x, y)
	check("plus", new(big.Int).Add(a, b))
	f.sub(&z, x, y)
	check("minus", new(big.Int).Sub(a, b))
	f.neg(&z, x)
	check("negated, not", new(big.Int).Neg(a))
	z = *x // the result may be one of the factors
	f.mul(&z, &z, &z)
	check("squared, not times", new(big.Int).Mul(a, a))
	z = *x
	f.sub(&z, y, &z)
	check("from, backwards,", new(big.Int).Sub(b, a))
	// The other number of limbs must compute the same.
	f.mulLong(&z, x, y)
	check("times, long,", new(big.Int).Mul(a, b))
	f.addLong(&z, x, y)
	check("plus, long,", new(big.Int).Add(a, b))
	f.subLong(&z, x, y)
	check("minus, long,", new(big.Int).Sub(a, b))
	if f.equal(x, y) != (a.Cmp(b) == 0) || f.isZero(x) != (a.Sign() == 0) || (f.nonzero(x) == 0) != (a.Sign() == 0) {
		t.Fatalf("%s: comparing %x and %x", name, a, b)
	}
}

func TestFieldAgreesWithBig(t *testing.T) {
	for name, f := range fields() {
		numbers := corners(f)
		for i, a := range numbers {
			for j := range 6 {
				checkField(t, name, f, a, numbers[(i*7+j*j*5)%len(numbers)])
			}
		}
		for _, a := range numbers[:24] {
			var z residue
			f.invert(&z, f.big(a))
			want := new(big.Int).ModInverse(a, f.prime)
			if want == nil {
				want = new(big.Int)
			}
			if plain(f, &z).Cmp(want) != 0 {
				t.Fatalf("%s: inverse of %x", name, a)
			}
			if f.prime.Bit(1) == 0 {
				continue
			}
			exists := f.sqrt(&z, f.big(a))
			if exists != (big.Jacobi(a, f.prime) >= 0) {
				t.Fatalf("%s: root of %x: %t", name, a, exists)
			}
			if root := plain(f, &z); exists && (a.Cmp(root.Mul(root, root).Mod(root, f.prime)) != 0) {
				t.Fatalf("%s: root of %x", name, a)
			}
		}
	}
}

func TestFieldReadsOnlyWhatIsBelowThePrime(t *testing.T) {
	for name, f := range fields() {
		var z residue
		for d := range int64(3) {
			b := new(big.Int).Add(f.prime, big.NewInt(d)).FillBytes(make([]byte, f.size))
			if f.setBytes(&z, b) {
				t.Errorf("%s: the prime plus %d is read", name, d)
			}
		}
		if b := new(big.Int).Sub(f.prime, big.NewInt(1)).FillBytes(make([]byte, f.size)); !f.setBytes(&z, b) || f.setBytes(&z, b[1:]) || f.setBytes(&z, append(b, 0)) {
			t.Errorf("%s: the prime less 1", name)
		}
		if f.setBytes(&z, bytes.Repeat([]byte{0xFF}, f.size)) {
			t.Errorf("%s: all ones are read", name)
		}
	}
}

func FuzzField(f *testing.F) {
	f.Add(uint8(5), []byte{1}, bytes.Repeat([]byte{0xFF}, 70))
	f.Add(uint8(11), bytes.Repeat([]byte{0x80}, 66), bytes.Repeat([]byte{0x7F}, 200))
	f.Fuzz(func(t *testing.T, id uint8, a, b []byte) {
		c := curves[int(id)%len(curves)].ready()
		for _, f := range []*field{c.field, c.order} {
			var x residue
			f.reduce(&x, a)
			u := new(big.Int).SetBytes(a)
			if u.Mod(u, f.prime); plain(f, &x).Cmp(u) != 0 {
				t.Fatalf("%s: %X comes down to %x", c.name, a, plain(f, &x))
			}
			v := new(big.Int).SetBytes(b)
			checkField(t, c.name, f, u, v.Mod(v, f.prime))
		}
	})
}
