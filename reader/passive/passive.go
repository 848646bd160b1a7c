// Package passive tells whether what a chip says is what its issuer signed:
// passive authentication of Doc 9303-11 §5.1, from the files as they were read
// and a folder of trusted country signing certificates (CSCA).
//
// It reads CMS and X.509 itself, over cryptobyte: crypto/x509 knows neither
// the brainpool curves nor explicit curve parameters, and both are what
// national issuers use.
package passive

import "errors"

// Names of the checks that [Verify] makes.
const (
	CheckHashes    = "sod-hashes"
	CheckSignature = "sod-signature"
	CheckChain     = "chain"
)

// Limits against a hostile chip or trust file.
const (
	maxSOD          = 256 << 10
	maxCertificate  = 64 << 10
	maxCertificates = 16 // in one SOD
	maxSigners      = 8
	maxAttributes   = 32
	maxExtensions   = 64
	maxRSABits      = 16384
)

var (
	// errMalformed says that a structure is not the DER it must be.
	errMalformed = errors.New("not well formed")
	// errUnsupported says that an algorithm, curve or version is none this
	// reader knows: nothing is said about who signed.
	errUnsupported = errors.New("not supported")
	// errMismatch says that a signature or a digest is wrong.
	errMismatch = errors.New("does not match")
)
