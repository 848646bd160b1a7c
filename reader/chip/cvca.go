package chip

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"time"
)

// A test authority for terminals: it makes the certificates that a chip with
// [TerminalAuth] asks for.

// CVCA is a country verifying certification authority.
type CVCA struct {
	random   io.Reader
	now      time.Time
	number   int // of the generation
	scheme   Scheme
	key      *cvKey
	holder   string
	certs    []byte // self-signed
	link     []byte
	previous *CVCA
}

// CVOptions are what one certificate has otherwise than the rest.
type CVOptions struct {
	Scheme      Scheme    // of the holder's key; empty: its authority's. A curve stays the CVCA's
	Rights      Rights    // what it grants, none where NoRights is set; zero: DG3 and DG4
	NoRights    bool      // grant nothing
	Foreign     bool      // a document verifier of another state
	From, Until time.Time // the first and the last day; zero: yesterday, and in a quarter
	Forged      bool      // signed by a key that is not the authority's
}

// NewCVCA makes an authority whose keys and certificates follow the scheme,
// say "p256-sha256", "bp256-sha256", "rsa2048-sha256" or "pss2048-sha256".
func NewCVCA(random io.Reader, now time.Time, s Scheme) (*CVCA, error) {
	return newCVCA(random, now, s, 1, nil)
}

func newCVCA(random io.Reader, now time.Time, s Scheme, number int, previous *CVCA) (*CVCA, error) {
	key, err := newCVKey(random, s)
	if err != nil {
		return nil, err
	}
	a := &CVCA{random: random, now: now, number: number, scheme: s, key: key, previous: previous}
	a.holder = reference("CVCA", number)
	body := a.body(a.holder)
	if a.certs, err = certifyCV(random, key, body); err != nil || previous == nil {
		return a, err
	}
	body.authority = previous.holder
	a.link, err = certifyCV(random, previous.key, body)
	return a, err
}

// reference names a key: country, mnemonic, sequence number.
func reference(mnemonic string, number int) string {
	return fmt.Sprintf("VNTRAM%s%05d", mnemonic, number)
}

func (a *CVCA) body(authority string) cvBody {
	const years = 3
	return cvBody{
		authority: authority, key: a.key.object(true), holder: a.holder, role: roleCVCA, rights: allRights,
		from: a.now.AddDate(0, -1, 0), until: a.now.AddDate(years, 0, 0),
	}
}

// certifyCV signs a body.
func certifyCV(random io.Reader, by *cvKey, body cvBody) ([]byte, error) {
	signed := body.encode()
	signature, err := by.sign(signed, random)
	if err != nil {
		return nil, fmt.Errorf("chip: certify a terminal: %w", err)
	}
	return encode(0x7F21, signed, encode(0x5F37, signature)), nil
}

// Certificate returns the self-signed certificate, the anchor of
// [TerminalAuth].
func (a *CVCA) Certificate() []byte { return append([]byte(nil), a.certs...) }

// Link returns the certificate of this generation's key under the key of the
// generation before; nil for the first.
func (a *CVCA) Link() []byte { return append([]byte(nil), a.link...) }

// Reference is the name of the authority's key (CAR).
func (a *CVCA) Reference() string { return a.holder }

// Next makes the next generation; its link certificate leads a chip there.
func (a *CVCA) Next(s Scheme) (*CVCA, error) { return newCVCA(a.random, a.now, s, a.number+1, a) }

// DocumentVerifier is the authority that certifies terminals.
type DocumentVerifier struct {
	cvca  *CVCA
	key   *cvKey
	body  cvBody
	chain [][]byte
}

// Verifier certifies a document verifier.
func (a *CVCA) Verifier(o CVOptions) (*DocumentVerifier, error) {
	role := roleDomesticDV
	if o.Foreign {
		role = roleForeignDV
	}
	key, body, cert, err := a.issue(a.key, a.holder, reference("DV", 1), role, o)
	if err != nil {
		return nil, err
	}
	return &DocumentVerifier{a, key, body, [][]byte{cert}}, nil
}

// Terminal certifies an inspection system.
func (v *DocumentVerifier) Terminal(o CVOptions) (*TerminalKey, error) {
	key, _, cert, err := v.cvca.issue(v.key, v.body.holder, reference("IS", 1), roleTerminal, o)
	if err != nil {
		return nil, err
	}
	return &TerminalKey{key: key, chain: append(append([][]byte(nil), v.chain...), cert)}, nil
}

// issue makes a key and certifies it.
func (a *CVCA) issue(by *cvKey, authority, holder string, role cvRole, o CVOptions) (*cvKey, cvBody, []byte, error) {
	if o.Scheme == "" {
		o.Scheme = a.scheme
	}
	key, err := newCVKey(a.random, o.Scheme)
	if err != nil {
		return nil, cvBody{}, nil, err
	}
	if key.group != nil && (by.group == nil || key.group.number != by.group.number) {
		return nil, cvBody{}, nil, fmt.Errorf("chip: a terminal's key stays on the curve of its authority")
	}
	body := cvBody{
		authority: authority, key: key.object(false), holder: holder, role: role, rights: o.granted(),
		from: either(o.From, a.now.AddDate(0, 0, -1)), until: either(o.Until, a.now.AddDate(0, 3, 0)),
	}
	if o.Forged {
		if by, err = newCVKey(a.random, a.scheme); err != nil {
			return nil, cvBody{}, nil, err
		}
	}
	cert, err := certifyCV(a.random, by, body)
	return key, body, cert, err
}

func (o CVOptions) granted() Rights {
	switch {
	case o.NoRights:
		return noRights
	case o.Rights == 0:
		return allRights
	}
	return o.Rights
}

// TerminalKey is the key of an inspection system and its certificates.
type TerminalKey struct {
	key   *cvKey
	chain [][]byte
}

// Chain returns the certificates that a chip needs behind its anchor, in their
// order: the document verifier's and the terminal's. A link certificate goes
// in front.
func (k *TerminalKey) Chain() [][]byte { return append([][]byte(nil), k.chain...) }

// PKCS8 returns the private key as DER (RFC 5208).
func (k *TerminalKey) PKCS8() ([]byte, error) {
	if k.key.private != nil {
		return x509.MarshalPKCS8PrivateKey(k.key.private)
	}
	g := k.key.group
	private := encode(0x30, small(1), octets(k.key.ec.private), encode(0xA1, bits(g.encode(k.key.point))))
	return sequence(small(0), sequence(oid(1, 2, 840, 10045, 2, 1), g.name), octets(private)), nil
}

// PEM returns the private key as PEM.
func (k *TerminalKey) PEM() ([]byte, error) {
	der, err := k.PKCS8()
	if err != nil {
		return nil, fmt.Errorf("chip: encode the terminal's key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}
