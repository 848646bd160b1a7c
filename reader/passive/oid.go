package passive

import (
	"encoding/asn1"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Object identifiers as the content bytes of their DER encoding: a list of
// 600 certificates holds some 12,000 of them, which are compared and never
// turned into numbers. TestOIDs compares each with its dotted form.
const (
	oidSignedData       = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"     // 1.2.840.113549.1.7.2
	oidContentType      = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03"     // 1.2.840.113549.1.9.3
	oidMessageDigest    = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04"     // 1.2.840.113549.1.9.4
	oidSigningTime      = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05"     // 1.2.840.113549.1.9.5
	oidLDSSecurity      = "\x67\x81\x08\x01\x01\x01"                 // 2.23.136.1.1.1
	oidMasterList       = "\x67\x81\x08\x01\x01\x02"                 // 2.23.136.1.1.2
	oidCardSecurity     = "\x04\x00\x7f\x00\x07\x03\x02\x01"         // 0.4.0.127.0.7.3.2.1
	oidSHA1             = "\x2b\x0e\x03\x02\x1a"                     // 1.3.14.3.2.26
	oidSHA224           = "\x60\x86\x48\x01\x65\x03\x04\x02\x04"     // 2.16.840.1.101.3.4.2.4
	oidSHA256           = "\x60\x86\x48\x01\x65\x03\x04\x02\x01"     // 2.16.840.1.101.3.4.2.1
	oidSHA384           = "\x60\x86\x48\x01\x65\x03\x04\x02\x02"     // 2.16.840.1.101.3.4.2.2
	oidSHA512           = "\x60\x86\x48\x01\x65\x03\x04\x02\x03"     // 2.16.840.1.101.3.4.2.3
	oidMGF1             = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"     // 1.2.840.113549.1.1.8
	oidPSS              = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"     // 1.2.840.113549.1.1.10
	oidRSA              = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"     // 1.2.840.113549.1.1.1
	oidEC               = "\x2a\x86\x48\xce\x3d\x02\x01"             // 1.2.840.10045.2.1
	oidRSASHA1          = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05"     // 1.2.840.113549.1.1.5
	oidRSASHA224        = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0e"     // 1.2.840.113549.1.1.14
	oidRSASHA256        = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"     // 1.2.840.113549.1.1.11
	oidRSASHA384        = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c"     // 1.2.840.113549.1.1.12
	oidRSASHA512        = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d"     // 1.2.840.113549.1.1.13
	oidECDSASHA1        = "\x2a\x86\x48\xce\x3d\x04\x01"             // 1.2.840.10045.4.1
	oidECDSASHA224      = "\x2a\x86\x48\xce\x3d\x04\x03\x01"         // 1.2.840.10045.4.3.1
	oidECDSASHA256      = "\x2a\x86\x48\xce\x3d\x04\x03\x02"         // 1.2.840.10045.4.3.2
	oidECDSASHA384      = "\x2a\x86\x48\xce\x3d\x04\x03\x03"         // 1.2.840.10045.4.3.3
	oidECDSASHA512      = "\x2a\x86\x48\xce\x3d\x04\x03\x04"         // 1.2.840.10045.4.3.4
	oidPlainSHA1        = "\x04\x00\x7f\x00\x07\x01\x01\x04\x01\x01" // 0.4.0.127.0.7.1.1.4.1.1
	oidPlainSHA224      = "\x04\x00\x7f\x00\x07\x01\x01\x04\x01\x02" // 0.4.0.127.0.7.1.1.4.1.2
	oidPlainSHA256      = "\x04\x00\x7f\x00\x07\x01\x01\x04\x01\x03" // 0.4.0.127.0.7.1.1.4.1.3
	oidPlainSHA384      = "\x04\x00\x7f\x00\x07\x01\x01\x04\x01\x04" // 0.4.0.127.0.7.1.1.4.1.4
	oidPlainSHA512      = "\x04\x00\x7f\x00\x07\x01\x01\x04\x01\x05" // 0.4.0.127.0.7.1.1.4.1.5
	extSubjectKey       = "\x55\x1d\x0e"                             // 2.5.29.14
	extKeyUsage         = "\x55\x1d\x0f"                             // 2.5.29.15
	extPrivateUsage     = "\x55\x1d\x10"                             // 2.5.29.16
	extSubjectAlt       = "\x55\x1d\x11"                             // 2.5.29.17
	extIssuerAlt        = "\x55\x1d\x12"                             // 2.5.29.18
	extBasic            = "\x55\x1d\x13"                             // 2.5.29.19
	extReason           = "\x55\x1d\x15"                             // 2.5.29.21
	extCRL              = "\x55\x1d\x1f"                             // 2.5.29.31
	extPolicies         = "\x55\x1d\x20"                             // 2.5.29.32
	extAuthorityKey     = "\x55\x1d\x23"                             // 2.5.29.35
	extExtendedUsage    = "\x55\x1d\x25"                             // 2.5.29.37
	oidMasterListSigner = "\x67\x81\x08\x01\x01\x03"                 // 2.23.136.1.1.3
	extNameChange       = "\x67\x81\x08\x01\x01\x06\x01"             // 2.23.136.1.1.6.1
	extDocumentTypes    = "\x67\x81\x08\x01\x01\x06\x02"             // 2.23.136.1.1.6.2
	oidCommonName       = "\x55\x04\x03"                             // 2.5.4.3
	oidSerialNumber     = "\x55\x04\x05"                             // 2.5.4.5
	oidCountry          = "\x55\x04\x06"                             // 2.5.4.6
	oidLocality         = "\x55\x04\x07"                             // 2.5.4.7
	oidOrganization     = "\x55\x04\x0a"                             // 2.5.4.10
	oidUnit             = "\x55\x04\x0b"                             // 2.5.4.11
)

// readOID reads an OBJECT IDENTIFIER as its content bytes. Bytes that no
// encoder writes equal no identifier above and need no further check.
func readOID(s *cryptobyte.String) (oid cryptobyte.String, ok bool) {
	ok = s.ReadASN1(&oid, cbasn1.OBJECT_IDENTIFIER) && len(oid) > 0
	return oid, ok
}

// dotted writes an identifier for people.
func dotted(oid []byte) string {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.OBJECT_IDENTIFIER, func(b *cryptobyte.Builder) { b.AddBytes(oid) })
	der, err := b.Bytes()
	var id asn1.ObjectIdentifier
	if s := cryptobyte.String(der); err != nil || !s.ReadASN1ObjectIdentifier(&id) {
		return "without a number"
	}
	return id.String()
}
