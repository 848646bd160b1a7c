package tpm

import (
	"os"
	"testing"

	"github.com/google/go-tpm/tpm2"
)

// RootName is the name of the storage root key, the label of every blob.
func (t *TPM) RootName() []byte { return t.root.Name.Buffer }

// SigningKey is the form of a station's key.
func SigningKey() tpm2.TPMTPublic { return signingKey }

// BlobOf reads a key's file.
func BlobOf(t *testing.T, file string) (tpm2.TPM2BPublic, tpm2.TPM2BPrivate) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	b, err := parseBlob(raw, kindSigner)
	if err != nil {
		t.Fatal(err)
	}
	public, err := tpm2.Unmarshal[tpm2.TPM2BPublic](b.Public)
	if err != nil {
		t.Fatal(err)
	}
	private, err := tpm2.Unmarshal[tpm2.TPM2BPrivate](b.Private)
	if err != nil {
		t.Fatal(err)
	}
	return *public, *private
}

// Undefine removes the counter, as an owner may.
func (c *Counter) Undefine() error {
	_, err := tpm2.NVUndefineSpace{AuthHandle: tpm2.TPMRHOwner, NVIndex: c.index}.Execute(c.tpm.link)
	return err
}
