package chip

import (
	"errors"
	"fmt"
	"io"
	"math/big"
)

var errElement = errors.New("chip: not an element of the group")

// element is a point of a curve, or, where y is nil, a residue of a
// Diffie-Hellman group.
type element struct{ x, y *big.Int }

// group is a cyclic group of prime order (Doc 9303-11 §9.5.1). It is written
// additively: in a Diffie-Hellman group times is the power, plus the product.
type group interface {
	id() int // the standardised identifier
	order() *big.Int
	prime() *big.Int // of the field
	generator() element
	// times never yields the neutral element for what parse returned and a
	// scalar from 1 to the order less one.
	times(e element, k []byte) element
	plus(a, b element) element
	neutral(e element) bool
	// encode writes a public key as the protocols exchange it; parse reads it
	// and refuses what is not in the group.
	encode(e element) []byte
	parse(b []byte) (element, error)
	// secret is the shared secret of key agreement, of fixed length
	// (Doc 9303-11 §9.6, §9.7.1).
	secret(e element) []byte
	// compress is Comp() of terminal authentication (§7.1.4).
	compress(e element) []byte
	// fromInteger is the map of the integrated mapping (§4.4.3.3.2); false
	// where there is none.
	fromInteger(t *big.Int) (element, bool)
	arc() int                      // of the group in object identifiers: 1 DH, 2 ECDH
	valueTag() uint32              // of a public key in a public key data object (§9.4)
	algorithm(form KeyForm) []byte // AlgorithmIdentifier of a public key
	keyBits(e element) []byte      // its subjectPublicKey
}

// groupNames are the short names of the groups, in profiles and schemes.
func groupNames() map[string]int {
	return map[string]int{
		"p192": GroupP192, "p224": GroupP224, "p256": GroupP256, "p384": GroupP384, "p521": GroupP521,
		"bp192": GroupBrainpool192, "bp224": GroupBrainpool224, "bp256": GroupBrainpool256,
		"bp320": GroupBrainpool320, "bp384": GroupBrainpool384, "bp512": GroupBrainpool512,
		"dh1024": GroupDH1024, "dh2048q224": GroupDH2048q224, "dh2048q256": GroupDH2048q256,
	}
}

// standardGroup returns the group of an identifier; false when there is none.
func standardGroup(id int) (group, bool) {
	if g, ok := standardField(id); ok {
		return g, true
	}
	if g, ok := standardCurve(id); ok {
		return g, true
	}
	return nil, false
}

// keyInfo is a SubjectPublicKeyInfo.
func keyInfo(g group, e element, form KeyForm) []byte {
	return sequence(g.algorithm(form), bits(g.keyBits(e)))
}

// drawScalar draws a private key: 1 ≤ k < order, in fixed length.
func drawScalar(g group, random io.Reader) ([]byte, error) {
	n := g.order()
	k := make([]byte, (n.BitLen()+7)/8)
	spare := uint(8*len(k) - n.BitLen())
	for {
		if _, err := io.ReadFull(random, k); err != nil {
			return nil, fmt.Errorf("chip: draw a private key: %w", err)
		}
		k[0] &= 0xFF >> spare
		if v := new(big.Int).SetBytes(k); v.Sign() > 0 && v.Cmp(n) < 0 {
			return k, nil
		}
	}
}

// keyPair is a private key and its public element.
type keyPair struct {
	group   group
	private []byte
	public  element
}

func drawKey(g group, random io.Reader) (keyPair, error) {
	k, err := drawScalar(g, random)
	if err != nil {
		return keyPair{}, err
	}
	return keyPair{g, k, g.times(g.generator(), k)}, nil
}

// agree computes the shared secret with the peer's public element.
func (k keyPair) agree(peer element) []byte { return k.group.secret(k.group.times(peer, k.private)) }
