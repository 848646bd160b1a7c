package chip

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"io"
	"math/big"
	"strings"
	"time"
)

// Issuer is a test country signing authority with one document signer.
type Issuer struct {
	random io.Reader
	now    time.Time
	csca   *x509.Certificate
	signer *x509.Certificate
	key    *ecdsa.PrivateKey // of the signer
}

// The years that the certificates reach back and forward from now: an invented
// card may have been issued long ago.
const (
	yearsBack    = 12
	yearsForward = 20
)

// NewIssuer makes a test CSCA and a document signer, both ECDSA on P-256.
// random feeds serial numbers and the chips' protocols; it must be safe for
// concurrent use where several cards are.
func NewIssuer(random io.Reader, now time.Time) (*Issuer, error) {
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), random)
	if err != nil {
		return nil, fmt.Errorf("chip: make the CSCA key: %w", err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), random)
	if err != nil {
		return nil, fmt.Errorf("chip: make the document signer's key: %w", err)
	}
	root, err := template(random, now, "CSCA Tram Test", "TEST")
	if err != nil {
		return nil, err
	}
	root.IsCA, root.BasicConstraintsValid, root.MaxPathLenZero = true, true, true
	root.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	csca, err := certify(random, root, root, &rootKey.PublicKey, rootKey)
	if err != nil {
		return nil, fmt.Errorf("chip: sign the CSCA: %w", err)
	}
	leaf, err := template(random, now, "DS Tram Test 1", "TEST")
	if err != nil {
		return nil, err
	}
	leaf.KeyUsage = x509.KeyUsageDigitalSignature
	signer, err := certify(random, leaf, csca, &key.PublicKey, rootKey)
	if err != nil {
		return nil, fmt.Errorf("chip: sign the document signer: %w", err)
	}
	return &Issuer{random: random, now: now, csca: csca, signer: signer, key: key}, nil
}

// template holds what the two certificates share (Doc 9303-12 §7.1).
func template(random io.Reader, now time.Time, name, unit string) (*x509.Certificate, error) {
	serial := make([]byte, 8)
	if _, err := io.ReadFull(random, serial); err != nil {
		return nil, fmt.Errorf("chip: draw a serial number: %w", err)
	}
	serial[0] = serial[0]&0x7F | 0x40 // positive, of a fixed length
	return &x509.Certificate{
		SerialNumber:       new(big.Int).SetBytes(serial),
		Subject:            pkix.Name{Country: []string{"VN"}, OrganizationalUnit: []string{unit}, CommonName: name},
		NotBefore:          now.AddDate(-yearsBack, 0, 0).UTC(),
		NotAfter:           now.AddDate(yearsForward, 0, 0).UTC(),
		SignatureAlgorithm: x509.ECDSAWithSHA256,
	}, nil
}

func certify(random io.Reader, leaf, parent *x509.Certificate, public *ecdsa.PublicKey, key *ecdsa.PrivateKey) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(random, leaf, parent, public, key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// CSCA returns the DER certificate that a reader's trust folder needs.
func (i *Issuer) CSCA() []byte { return append([]byte(nil), i.csca.Raw...) }

// Issue personalises a chip. The same citizen, profile and fault make another
// chip each time: its keys are fresh.
func (i *Issuer) Issue(c Citizen, p Profile, f Fault) (*Card, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	params, ok := profileParameters(p)
	if !ok {
		return nil, fmt.Errorf("chip: there is no profile %q: choose one of %v", p, Profiles())
	}
	if !knownFault(f) {
		return nil, fmt.Errorf("chip: there is no fault %q: choose one of %v", f, Faults())
	}
	card := newCard(params, mrzLines(c), c.Number[6:], i.random)
	card.qr, card.fault = qrPayload(c), f
	if err := i.personalise(card, c); err != nil {
		return nil, err
	}
	return card, nil
}

// newCard makes an empty chip that the printed keys open.
func newCard(p parameters, lines []string, can string, random io.Reader) *Card {
	return &Card{
		lines: lines, profile: p, random: random,
		masterFiles: map[uint16][]byte{},
		files:       map[uint16][]byte{},
		closed:      map[uint16]bool{fileDG3: true},
		mrzSeed:     passwordSeed(mrzInformation(lines)),
		can:         []byte(can),
	}
}

// personalise writes the files and signs over them.
func (i *Issuer) personalise(card *Card, c Citizen) error {
	var err error
	if card.caKey, err = card.profile.curve.scalar(i.random); err != nil {
		return err
	}
	if card.aaKey, err = ecdsa.GenerateKey(elliptic.P256(), i.random); err != nil {
		return fmt.Errorf("chip: make the key of active authentication: %w", err)
	}
	img, w, h, err := portrait(c)
	if err != nil {
		return err
	}
	drawn := make([]byte, 40)
	if _, err := io.ReadFull(i.random, drawn); err != nil {
		return fmt.Errorf("chip: draw a serial number: %w", err)
	}
	serial := strings.ToUpper(hex.EncodeToString(drawn[:8]))
	if card.files[fileDG15], err = dg15(&card.aaKey.PublicKey); err != nil {
		return fmt.Errorf("chip: encode the key of active authentication: %w", err)
	}
	card.files[fileDG1] = dg1(card.lines)
	card.files[fileDG2] = dg2(img, w, h, c.Sex == "Nữ")
	card.files[fileDG3] = encode(tagDG3, drawn[8:]) // never readable: only its hash is seen
	card.files[fileDG13] = dg13(dg13Fields(c, serial))
	card.files[fileDG14] = dg14(card.profile, card.caKey)
	card.files[fileCOM] = efCOM(tagDG1, tagDG2, tagDG3, tagDG13, tagDG14, tagDG15)
	if card.files[fileSOD], err = i.sign(card.files, card.fault); err != nil {
		return err
	}
	if card.profile.pace {
		card.masterFiles[fileCardAccess] = cardAccess(card.profile)
	}
	strike(card)
	return nil
}

// strike plays the faults that lie in the files; the others strike while the
// chip works or were signed in.
func strike(card *Card) {
	switch card.fault {
	case FaultPlain6A82:
		delete(card.files, fileDG13)
	case FaultLength:
		lieAboutLength(card.files[fileDG2])
	}
}

// lieAboutLength adds 4 KB to the three- or four-byte length of a file.
func lieAboutLength(file []byte) {
	const extra = 0x10 // in the last byte but one
	last := 1 + int(file[1]&0x7F)
	if file[1] < 0x82 {
		return
	}
	file[last-1] += extra
}
