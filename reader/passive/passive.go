// Package passive tells whether what a chip says is what its issuer signed:
// passive authentication of Doc 9303-11 §5.1, from the files as they were read
// and a folder of trusted country signing certificates (CSCA), master lists
// and revocation lists.
//
// It reads CMS and X.509 itself, over cryptobyte: crypto/x509 knows neither
// the brainpool curves nor explicit curve parameters, and both are what
// national issuers use.
package passive

import "errors"

// Names of the checks that [Verify] makes, in its order, of [CardSecurity]'s,
// and of those of [Trust.Audit].
const (
	CheckHashes       = "sod-hashes"
	CheckSignature    = "sod-signature"
	CheckChain        = "chain"
	CheckRevocation   = "revocation"
	CheckCardSecurity = "card-security"
	CheckSelfSigned   = "self-signature"
	CheckLink         = "link"
	CheckValidity     = "validity"
	CheckMasterList   = "master-list"
	CheckCRL          = "revocation-list"
)

// Limits against a hostile chip or trust file.
const (
	maxSOD          = 256 << 10
	maxCertificate  = 64 << 10
	maxCertificates = 16 // in one SOD
	maxSigners      = 8
	maxAttributes   = 32
	maxExtensions   = 32
	maxRevoked      = 1 << 20
	maxSalt         = 1024 // bytes, RSA-PSS
	maxPlain        = 256  // bytes of an ECDSA signature in fixed length
)

// minRSABits is the length under which an RSA key is named weak.
const minRSABits = 2048

var (
	// errMalformed says that a structure is not the DER it must be.
	errMalformed = errors.New("not well formed")
	// errUnsupported says that an algorithm, curve or version is none this
	// reader knows: nothing is said about who signed.
	errUnsupported = errors.New("not supported")
	// errMismatch says that a signature or a digest is wrong.
	errMismatch = errors.New("does not match")
)
