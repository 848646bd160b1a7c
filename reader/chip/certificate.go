package chip

import (
	"crypto/sha1" // key identifiers (RFC 5280 §4.2.1.2)
	"fmt"
	"io"
	"math/big"
	"time"
)

// Certificates of the profiles of Doc 9303-12 §7.1, in DER.

// certificate is a certificate as far as others refer to it.
type certificate struct {
	raw             []byte
	issuer, subject []byte // Names
	serial          *big.Int
	keyID           []byte
}

// authority is a key with its certificate.
type authority struct {
	key  *signingKey
	cert certificate
}

// certificateSpec is what goes into a certificate.
type certificateSpec struct {
	subject, issuer []byte // Names
	from, until     time.Time
	public          []byte // SubjectPublicKeyInfo
	keyBits         []byte // its bit string: the key identifier is its SHA-1
	signer          *signingKey
	signerID        []byte // key identifier
	extensions      [][]byte
}

// extension writes one; critical ones say so.
func extension(id []byte, critical bool, value ...[]byte) []byte {
	body := octets(joined(value))
	if critical {
		return sequence(id, derTrue(), body)
	}
	return sequence(id, body)
}

func joined(parts [][]byte) []byte {
	var out []byte
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

func keyIdentifier(key []byte) []byte {
	sum := sha1.Sum(key)
	return sum[:]
}

// certify builds and signs a certificate of version 3.
func certify(random io.Reader, s certificateSpec) (certificate, error) {
	serial, err := serialNumber(random)
	if err != nil {
		return certificate{}, err
	}
	c := certificate{issuer: s.issuer, subject: s.subject, serial: serial, keyID: keyIdentifier(s.keyBits)}
	extensions := append([][]byte{
		extension(oid(2, 5, 29, 35), false, sequence(encode(0x80, s.signerID))),
		extension(oid(2, 5, 29, 14), false, octets(c.keyID)),
	}, s.extensions...)
	body := sequence(
		explicit(0, small(2)),
		integer(serial),
		s.signer.algorithm(),
		s.issuer,
		sequence(derTime(s.from), derTime(s.until)),
		s.subject,
		s.public,
		explicit(3, sequence(extensions...)))
	if c.raw, err = signed(random, s.signer, body); err != nil {
		return certificate{}, err
	}
	return c, nil
}

// signed is SEQUENCE{body, algorithm, signature}, the form of certificates and
// revocation lists.
func signed(random io.Reader, k *signingKey, body []byte) ([]byte, error) {
	signature, err := k.sign(random, body)
	if err != nil {
		return nil, fmt.Errorf("chip: sign: %w", err)
	}
	return sequence(body, k.algorithm(), bits(signature)), nil
}

// serialNumber draws a positive number of eight bytes.
func serialNumber(random io.Reader) (*big.Int, error) {
	b := make([]byte, 8)
	if _, err := io.ReadFull(random, b); err != nil {
		return nil, fmt.Errorf("chip: draw a serial number: %w", err)
	}
	b[0] = b[0]&0x7F | 0x40
	return new(big.Int).SetBytes(b), nil
}

// The extensions of Doc 9303-12 table 5.

func extKeyUsage(numbers ...int) []byte {
	return extension(oid(2, 5, 29, 15), true, keyUsage(numbers...))
}

// The bits of keyUsage.
const (
	usageSignature = 0
	usageCertSign  = 5
	usageCRLSign   = 6
)

func extAuthority() []byte {
	return extension(oid(2, 5, 29, 19), true, sequence(derTrue(), small(0)))
}

// extKeyPeriod is privateKeyUsagePeriod: when the key may sign, a short part
// of the time for which its signatures are good.
func extKeyPeriod(from, until time.Time) []byte {
	return extension(oid(2, 5, 29, 16), false, sequence(encode(0x80, generalized(from)), encode(0x81, generalized(until))))
}

// extState names the country as the machine-readable zone writes it, once as
// the subject's and once as the issuer's (Doc 9303-12 §7.1.1.2).
func extState(state string) [][]byte {
	name := sequence(explicit(4, sequence(attribute(oidLocality(), printable(state)))))
	return [][]byte{extension(oid(2, 5, 29, 17), false, name), extension(oid(2, 5, 29, 18), false, name)}
}

// extRevocation says where the revocation list lies.
func extRevocation(country string) []byte {
	where := encode(0x86, []byte("https://pkd.example/"+country+".crl"))
	return extension(oid(2, 5, 29, 31), false, sequence(sequence(explicit(0, explicit(0, where)))))
}

// extDocuments lists the document codes that a signer may sign
// (Doc 9303-12 §7.1.1.6).
func extDocuments(codes []string) []byte {
	var list [][]byte
	for _, c := range codes {
		list = append(list, printable(c))
	}
	return extension(oid(2, 23, 136, 1, 1, 6, 2), false, sequence(small(0), sortedSet(list...)))
}

// extNameChange marks a link certificate across two names of a country's
// authority (Doc 9303-12 §7.1.1.5).
func extNameChange() []byte { return extension(oid(2, 23, 136, 1, 1, 6, 1), false, derNull()) }

// extMasterList is the extended key usage of a master list signer
// (Doc 9303-12 §7.1.1.3).
func extMasterList() []byte {
	return extension(oid(2, 5, 29, 37), true, sequence(oidMasterListSigning()))
}

func oidMasterListSigning() []byte { return oid(2, 23, 136, 1, 1, 3) }
