package pack

import "crypto/ed25519"

// maxSignature is the length of manifest.sig: the signature alone (RFC 8032).
const maxSignature = ed25519.SignatureSize
