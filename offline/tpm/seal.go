package tpm

import "github.com/google/go-tpm/tpm2"

// maxSecret is what a TPM seals at least (MAX_SYM_DATA), in bytes.
const maxSecret = 128

// Seal stores a secret in the folder so that only this TPM opens it. It never
// overwrites one (fs.ErrExist).
func (t *TPM) Seal(dir, name string, secret []byte) error {
	if len(secret) == 0 || len(secret) > maxSecret {
		return ErrTooLong
	}
	var made *tpm2.CreateResponse
	err := t.do("seal", func() (err error) {
		made, err = tpm2.Create{
			ParentHandle: t.parent(),
			InSensitive: tpm2.TPM2BSensitiveCreate{Sensitive: &tpm2.TPMSSensitiveCreate{
				Data: tpm2.NewTPMUSensitiveCreate(&tpm2.TPM2BSensitiveData{Buffer: secret}),
			}},
			InPublic: tpm2.New2B(tpm2.TPMTPublic{
				Type:             tpm2.TPMAlgKeyedHash,
				NameAlg:          tpm2.TPMAlgSHA256,
				ObjectAttributes: tpm2.TPMAObject{FixedTPM: true, FixedParent: true, UserWithAuth: true, NoDA: true},
			}),
		}.Execute(t.link)
		return err
	})
	if err != nil {
		return err
	}
	return t.save(dir, name, object(kindSealed, made))
}

// Unseal opens what Seal stored; the errors are ErrNotFound, ErrForeign and
// ErrBlob.
func (t *TPM) Unseal(dir, name string) (secret []byte, err error) {
	b, err := t.load(dir, name, kindSealed)
	if err != nil {
		return nil, err
	}
	err = t.do("unseal", func() error {
		return t.with(b, func(h tpm2.NamedHandle) error {
			rsp, err := tpm2.Unseal{ItemHandle: tpm2.AuthHandle{
				Handle: h.Handle, Name: h.Name, Auth: t.session(tpm2.AESEncryption(128, tpm2.EncryptOut)),
			}}.Execute(t.link)
			if err != nil {
				return err
			}
			secret = rsp.OutData.Buffer
			return nil
		})
	})
	return secret, err
}
