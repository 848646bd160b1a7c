package chip

import (
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// What an authority publishes beside its certificate: revocation lists, master
// lists and the LDIF files of the ICAO public key directory.

// CRL returns the authority's revocation list (RFC 5280 §5), made at this and
// due again at next. It revokes the given DER certificates, whose serial
// numbers must be readable with crypto/x509 or be this issuer's own.
func (i *Issuer) CRL(this, next time.Time, revoked ...[]byte) ([]byte, error) {
	number, err := serialNumber(i.random)
	if err != nil {
		return nil, err
	}
	body := [][]byte{
		small(1), // version 2
		i.csca.key.algorithm(),
		i.csca.cert.subject,
		derTime(this),
		derTime(next),
	}
	var entries [][]byte
	for _, der := range revoked {
		serial, err := serialOf(der)
		if err != nil {
			return nil, err
		}
		entries = append(entries, sequence(integer(serial), derTime(this)))
	}
	if entries != nil {
		body = append(body, sequence(entries...))
	}
	body = append(body, explicit(0, sequence(
		extension(oid(2, 5, 29, 35), false, sequence(encode(0x80, i.csca.cert.keyID))),
		extension(oid(2, 5, 29, 20), false, integer(number)))))
	return signed(i.random, i.csca.key, sequence(body...))
}

// serialOf reads a certificate's serial number: crypto/x509 refuses the curves
// it does not know, so the field is cut out.
func serialOf(der []byte) (*big.Int, error) {
	if c, err := x509.ParseCertificate(der); err == nil {
		return c.SerialNumber, nil
	}
	outer, err := parseObjects(der)
	if err == nil && len(outer) == 1 {
		var body []object
		if body, err = parseObjects(firstValue(outer[0].value)); err == nil && len(body) > 1 && body[1].tag == 0x02 {
			return new(big.Int).SetBytes(body[1].value), nil
		}
	}
	return nil, fmt.Errorf("chip: not a certificate to revoke")
}

// firstValue is the content of the first object; nil where there is none.
func firstValue(b []byte) []byte {
	if objects, err := parseObjects(b); err == nil && len(objects) > 0 {
		return objects[0].value
	}
	return nil
}

// MasterList returns a CMS master list (Doc 9303-12 §9) of the given DER
// certificates, or of this issuer's CSCA, signed by a master list signer that
// this CSCA certified.
func (i *Issuer) MasterList(certificates ...[]byte) ([]byte, error) {
	if len(certificates) == 0 {
		certificates = [][]byte{i.csca.cert.raw}
	}
	signer, err := i.newSigner(signerOptions{masterList: true})
	if err != nil {
		return nil, err
	}
	return signedContent{
		contentType: oid(2, 23, 136, 1, 1, 2),
		content:     sequence(small(0), sortedSet(certificates...)),
		signer:      signer,
		others:      [][]byte{i.csca.cert.raw},
		when:        i.now,
	}.seal(i.random)
}

// LDIF returns an excerpt of the public key directory: the document signer,
// the revocation list and the master list, each where it is not nil.
func (i *Issuer) LDIF(signer, crl, masterList []byte) string {
	var b strings.Builder
	b.WriteString("version: 1\n\n")
	country := i.options.Country
	entry := func(kind, name string, classes []string, attribute string, der []byte) {
		if der == nil {
			return
		}
		fmt.Fprintf(&b, "dn: cn=%s,o=%s,c=%s,dc=data,dc=download,dc=pkd,dc=icao,dc=int\n", name, kind, country)
		for _, c := range classes {
			fmt.Fprintf(&b, "objectClass: %s\n", c)
		}
		b.WriteString(folded(attribute, der))
		b.WriteByte('\n')
	}
	entry("dsc", hex.EncodeToString(i.signer.cert.serial.Bytes()), []string{"top", "person", "inetOrgPerson", "pkdDownload"}, "userCertificate;binary", signer)
	entry("crl", "CSCA", []string{"top", "cRLDistributionPoint", "pkdDownload"}, "certificateRevocationList;binary", crl)
	entry("ml", "CSCA", []string{"top", "person", "pkdMasterList", "pkdDownload"}, "pkdMasterListContent", masterList)
	return b.String()
}
