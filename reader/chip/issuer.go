package chip

import (
	"fmt"
	"io"
	"time"
)

// Issuer is a test country signing authority (CSCA) with a document signer.
type Issuer struct {
	random  io.Reader
	now     time.Time
	options IssuerOptions
	csca    authority
	signer  authority
	link    []byte // this CSCA under the key of the one before it
}

// IssuerOptions says who signs and how. The zero value is the test authority
// of Việt Nam, with ECDSA on P-256.
type IssuerOptions struct {
	Country string // in the certificates' names, ISO 3166-1 alpha-2; "": VN
	State   string // the same as the machine-readable zone writes it; "": VNM
	Name    string // common name of the CSCA; "": "CSCA Tram Test"

	CSCA, Signer Scheme // "": SchemeDefault

	// From and Until bound the document signer's certificate, KeyFrom and
	// KeyUntil the time in which its key may sign. Zero times take a period
	// that covers cards issued long ago and now.
	From, Until, KeyFrom, KeyUntil time.Time

	// Documents are the document codes that the signer may sign; nil: those
	// of every document of this package.
	Documents []string
}

// The years that the certificates reach back and forward from now: an invented
// card may have been issued long ago.
const (
	yearsBack    = 12
	yearsForward = 20
	yearsToSign  = 1
)

func (o IssuerOptions) withDefaults(now time.Time) IssuerOptions {
	text := func(s *string, value string) {
		if *s == "" {
			*s = value
		}
	}
	text(&o.Country, "VN")
	text(&o.State, "VNM")
	text(&o.Name, "CSCA Tram Test")
	if o.CSCA == "" {
		o.CSCA = SchemeDefault
	}
	if o.Signer == "" {
		o.Signer = SchemeDefault
	}
	if o.Documents == nil {
		o.Documents = []string{"ID", "IR", "P"}
	}
	day := func(t *time.Time, years int) {
		if t.IsZero() {
			*t = now.AddDate(years, 0, 0).UTC()
		}
	}
	day(&o.From, -yearsBack)
	day(&o.Until, yearsForward)
	day(&o.KeyFrom, -yearsBack)
	day(&o.KeyUntil, yearsToSign)
	return o
}

// NewIssuer makes a test CSCA and a document signer, both ECDSA on P-256.
// random feeds serial numbers and the chips' protocols; it must be safe for
// concurrent use where several cards are.
func NewIssuer(random io.Reader, now time.Time) (*Issuer, error) {
	return NewIssuerWith(random, now, IssuerOptions{})
}

// NewIssuerWith is [NewIssuer] for the options. Keys of RSA take their time.
func NewIssuerWith(random io.Reader, now time.Time, o IssuerOptions) (*Issuer, error) {
	i := &Issuer{random: random, now: now, options: o.withDefaults(now)}
	key, err := newSigningKey(random, i.options.CSCA)
	if err != nil {
		return nil, err
	}
	i.csca.key = key
	if i.csca.cert, err = i.certifyAuthority(i.csca, nil); err != nil {
		return nil, fmt.Errorf("chip: make the CSCA: %w", err)
	}
	if i.signer, err = i.newSigner(signerOptions{}); err != nil {
		return nil, err
	}
	return i, nil
}

// Renew makes the next generation of the authority: new keys under o, and a
// link certificate, which the old key signed ([Issuer.Link]). Country and
// state stay unless o names others.
func (i *Issuer) Renew(o IssuerOptions) (*Issuer, error) {
	if o.Country == "" && o.State == "" {
		o.Country, o.State = i.options.Country, i.options.State
	}
	next, err := NewIssuerWith(i.random, i.now, o)
	if err != nil {
		return nil, err
	}
	link, err := next.certifyAuthority(i.csca, i.name())
	if err != nil {
		return nil, fmt.Errorf("chip: make the link certificate: %w", err)
	}
	next.link = link.raw
	return next, nil
}

func (i *Issuer) name() []byte { return distinguished(i.options.Country, "TEST", i.options.Name) }

// certifyAuthority certifies this CSCA's key, by itself or, for a link
// certificate, by another generation under its name.
func (i *Issuer) certifyAuthority(by authority, name []byte) (certificate, error) {
	o := i.options
	from, until := i.now.AddDate(-yearsBack, 0, 0), i.now.AddDate(yearsForward, 0, 0)
	spec := certificateSpec{
		subject: i.name(), issuer: i.name(), from: from, until: until,
		public: i.csca.key.publicKey(), keyBits: i.csca.key.subjectPublicKey(),
		signer: by.key, signerID: keyIdentifier(by.key.subjectPublicKey()),
		extensions: [][]byte{
			extKeyUsage(usageCertSign, usageCRLSign), extAuthority(),
			extKeyPeriod(from, i.now.AddDate(yearsToSign, 0, 0)), extRevocation(o.Country),
		},
	}
	spec.extensions = append(spec.extensions, extState(o.State)...)
	if name != nil {
		spec.issuer = name
		if string(name) != string(i.name()) {
			spec.extensions = append(spec.extensions, extNameChange())
		}
	}
	return certify(i.random, spec)
}

// signerOptions are what one document signer has otherwise than the issuer's
// options say.
type signerOptions struct {
	from, until, keyFrom, keyUntil time.Time
	documents                      []string
	noUsage                        bool // leave keyUsage out
	masterList                     bool // sign master lists, not documents
	forged                         bool // names the CSCA, but another key signed it
	extra                          [][]byte
	public                         []byte // in place of the key's own
}

// newSigner makes a key and its certificate under the CSCA.
func (i *Issuer) newSigner(s signerOptions) (authority, error) {
	o := i.options
	key, err := newSigningKey(i.random, o.Signer)
	if err != nil {
		return authority{}, err
	}
	parent := i.csca.key
	if s.forged {
		if parent, err = newSigningKey(i.random, o.CSCA); err != nil {
			return authority{}, err
		}
	}
	common := "DS Tram Test 1"
	if s.masterList {
		common = "Master List Signer Tram Test"
	}
	spec := certificateSpec{
		subject: distinguished(o.Country, "TEST", common), issuer: i.name(),
		from: either(s.from, o.From), until: either(s.until, o.Until),
		public: key.publicKey(), keyBits: key.subjectPublicKey(),
		signer: parent, signerID: i.csca.cert.keyID,
		extensions: [][]byte{extKeyPeriod(either(s.keyFrom, o.KeyFrom), either(s.keyUntil, o.KeyUntil)), extRevocation(o.Country)},
	}
	if s.public != nil {
		spec.public = s.public
	}
	if !s.noUsage {
		spec.extensions = append(spec.extensions, extKeyUsage(usageSignature))
	}
	if s.masterList {
		spec.extensions = append(spec.extensions, extMasterList())
	} else {
		if s.documents == nil {
			s.documents = o.Documents
		}
		spec.extensions = append(spec.extensions, extDocuments(s.documents))
	}
	spec.extensions = append(append(spec.extensions, extState(o.State)...), s.extra...)
	cert, err := certify(i.random, spec)
	if err != nil {
		return authority{}, fmt.Errorf("chip: make the document signer: %w", err)
	}
	return authority{key: key, cert: cert}, nil
}

// either is t, or the default where t is not set.
func either(t, otherwise time.Time) time.Time {
	if t.IsZero() {
		return otherwise
	}
	return t
}

// CSCA returns the DER certificate that a reader's trust folder needs.
func (i *Issuer) CSCA() []byte { return append([]byte(nil), i.csca.cert.raw...) }

// Signer returns the DER certificate of the document signer.
func (i *Issuer) Signer() []byte { return append([]byte(nil), i.signer.cert.raw...) }

// Link returns the DER certificate of this CSCA's key under the key of the
// CSCA before it, which [Issuer.Renew] made; nil for a first generation.
func (i *Issuer) Link() []byte { return append([]byte(nil), i.link...) }
