package tpm

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"

	"github.com/google/go-tpm/tpm2"

	"github.com/tram-station/tram/offline/envelope"
)

// signerName is the file of a folder's key.
const signerName = "station"

// signingKey is the form of the key: P-256 for ES256, made in the TPM, bound to
// it and to its storage root key, so that TPM2_Duplicate refuses it. Without
// noDA every process that guesses at passwords could lock the station out.
var signingKey = tpm2.TPMTPublic{
	Type:    tpm2.TPMAlgECC,
	NameAlg: tpm2.TPMAlgSHA256,
	ObjectAttributes: tpm2.TPMAObject{
		FixedTPM: true, FixedParent: true, SensitiveDataOrigin: true, UserWithAuth: true, NoDA: true, SignEncrypt: true,
	},
	Parameters: tpm2.NewTPMUPublicParms(tpm2.TPMAlgECC, &tpm2.TPMSECCParms{
		CurveID: tpm2.TPMECCNistP256,
		Scheme: tpm2.TPMTECCScheme{
			Scheme:  tpm2.TPMAlgECDSA,
			Details: tpm2.NewTPMUAsymScheme(tpm2.TPMAlgECDSA, &tpm2.TPMSSigSchemeECDSA{HashAlg: tpm2.TPMAlgSHA256}),
		},
	}),
}

// Signer returns the folder's signing key and makes it where there is none. It
// also serves for TLS. The errors are ErrForeign, ErrBlob and those of the TPM.
func (t *TPM) Signer(dir string) (*envelope.Signer, error) {
	s, err := t.LoadSigner(dir)
	if !errors.Is(err, ErrNotFound) {
		return s, err
	}
	var made *tpm2.CreateResponse
	err = t.do("make a key", func() (err error) {
		made, err = tpm2.Create{ParentHandle: t.parent(), InPublic: tpm2.New2B(signingKey)}.Execute(t.link)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := t.save(dir, signerName, object(kindSigner, made)); err != nil {
		return nil, err
	}
	return t.LoadSigner(dir)
}

// LoadSigner returns the folder's signing key; the error is ErrNotFound where
// there is none. The TPM is asked whether it takes the key.
func (t *TPM) LoadSigner(dir string) (*envelope.Signer, error) {
	b, err := t.load(dir, signerName, kindSigner)
	if err != nil {
		return nil, err
	}
	k := &key{tpm: t, blob: b}
	if k.public, err = publicOf(b); err != nil {
		return nil, err
	}
	if err := t.do("load the key", func() error { return t.with(b, func(tpm2.NamedHandle) error { return nil }) }); err != nil {
		return nil, err
	}
	return envelope.NewSigner(k)
}

// publicOf reads the P-256 point of a signer's blob.
func publicOf(b *blob) (*ecdsa.PublicKey, error) {
	wrapped, err := tpm2.Unmarshal[tpm2.TPM2BPublic](b.Public)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrBlob, err)
	}
	public, err := wrapped.Contents()
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrBlob, err)
	}
	form, err := public.Parameters.ECCDetail()
	if err != nil || form.CurveID != tpm2.TPMECCNistP256 {
		return nil, fmt.Errorf("%w (no P-256 key)", ErrBlob)
	}
	point, err := public.Unique.ECC()
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrBlob, err)
	}
	const size = 32 // bytes of a coordinate
	raw := make([]byte, 1+2*size)
	raw[0] = 4 // uncompressed, SEC 1 §2.3.3
	if len(point.X.Buffer) > size || len(point.Y.Buffer) > size {
		return nil, fmt.Errorf("%w (point)", ErrBlob)
	}
	copy(raw[1+size-len(point.X.Buffer):], point.X.Buffer)
	copy(raw[1+2*size-len(point.Y.Buffer):], point.Y.Buffer)
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), raw)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrBlob, err)
	}
	return key, nil
}

// key signs in the TPM. It is loaded for each signature: a station signs a few
// times a dossier, and a key that stays loaded takes one of three places.
type key struct {
	tpm    *TPM
	blob   *blob
	public *ecdsa.PublicKey
}

// Public implements crypto.Signer.
func (k *key) Public() crypto.PublicKey { return k.public }

// Sign implements crypto.Signer: an ASN.1 signature of a SHA-256 digest. The
// TPM has its own randomness.
func (k *key) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if opts.HashFunc() != crypto.SHA256 || len(digest) != crypto.SHA256.Size() {
		return nil, ErrHash
	}
	var sig *tpm2.TPMSSignatureECC
	err := k.tpm.do("sign", func() error {
		return k.tpm.with(k.blob, func(h tpm2.NamedHandle) error {
			rsp, err := tpm2.Sign{
				KeyHandle:  tpm2.AuthHandle{Handle: h.Handle, Name: h.Name, Auth: tpm2.PasswordAuth(nil)},
				Digest:     tpm2.TPM2BDigest{Buffer: digest},
				InScheme:   tpm2.TPMTSigScheme{Scheme: tpm2.TPMAlgNull},
				Validation: tpm2.TPMTTKHashCheck{Tag: tpm2.TPMSTHashCheck, Hierarchy: tpm2.TPMRHNull},
			}.Execute(k.tpm.link)
			if err != nil {
				return err
			}
			sig, err = rsp.Signature.Signature.ECDSA()
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(struct{ R, S *big.Int }{
		new(big.Int).SetBytes(sig.SignatureR.Buffer), new(big.Int).SetBytes(sig.SignatureS.Buffer),
	})
}
