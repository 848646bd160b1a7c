package auth

import (
	"context"
	"crypto"
	_ "crypto/sha1" // hashes by crypto.Hash
	_ "crypto/sha256"
	_ "crypto/sha512"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/crypt"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/securemsg"
)

const (
	insInternalAuth = 0x88
	challengeSize   = 8 // RND.IFD, in bytes (Doc 9303-11 §6.1)
	// maxExact bounds how often a chip may tell the exact length: one that
	// signs anew each time in DER tells another one in two times out of three.
	maxExact = 32
)

// wrongLe reports whether a chip does not like the length of answer that was
// asked for: wrong length, exact length, more bytes waiting.
func wrongLe(s apdu.Status) bool { return s>>8 == 0x67 || s>>8 == 0x6C || s>>8 == 0x61 }

// Active runs active authentication: the chip signs a fresh challenge with the
// private half of DG15's key. card is the opened chip with the application
// selected; rand gives the challenge.
//
// RSA signatures are of ISO/IEC 9796-2 scheme 1, whose trailer names the hash;
// ECDSA signatures are r ‖ s, or a DER sequence as some chips send. infos is
// DG14, which names the hash for ECDSA, or nil. A chip that signs with another
// hash than it names has its key all the same, so that every hash is tried.
// protocol says what was used: "AA-RSA-1024 SHA-1", "AA-ECDSA P-256 SHA-256".
//
// A wrong signature is [ErrMismatch], a refusal [ErrRefused], a key, a hash or
// a length of answer that cannot be used [ErrUnsupported]. Where the chip
// refused in the clear, [securemsg.ErrEnded] is in the error too.
func Active(ctx context.Context, card apdu.Card, key *lds.PublicKey, infos *lds.SecurityInfos, rand io.Reader) (protocol string, err error) {
	public, err := crypt.ParsePublicKey(key.SPKI)
	if err != nil {
		return "", fmt.Errorf("active authentication: %w: %w", ErrUnsupported, err)
	}
	a := &active{card: card, public: public}
	a.hashes, a.foreign = hashes(infos)
	a.challenge = make([]byte, challengeSize)
	if _, err := io.ReadFull(rand, a.challenge); err != nil {
		return "", fmt.Errorf("active authentication: random bytes: %w", err)
	}
	name, err := a.run(ctx)
	if errors.Is(err, ErrMismatch) && a.foreign {
		return "", fmt.Errorf("active authentication: %w: DG14 names another hash", ErrUnsupported)
	}
	if err != nil {
		return "", fmt.Errorf("active authentication: %w", err)
	}
	return name, nil
}

// active is one run of active authentication.
type active struct {
	card      apdu.Card
	public    *crypt.PublicKey
	challenge []byte
	hashes    []crypto.Hash // to try, in order
	foreign   bool          // DG14 names a hash that is not among them
}

func (a *active) run(ctx context.Context) (string, error) {
	if a.public.RSA != nil {
		bits := a.public.RSA.N.BitLen()
		signature, err := a.ask(ctx, (bits+7)/8)
		if err != nil {
			return "", err
		}
		hash, err := verifyRSA(a.public.RSA, signature, a.challenge, a.hashes)
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("AA-RSA-%d %v", bits, hash), nil
	}
	curve, ok := a.public.Group.(*crypt.Curve)
	if !ok {
		return "", fmt.Errorf("%w: DG15's key does not sign", ErrUnsupported)
	}
	signature, err := a.ask(ctx, 0)
	if err != nil {
		return "", err
	}
	hash, err := a.verifyECDSA(curve, signature)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("AA-ECDSA %s %v", curve.Name(), hash), nil
}

// ask sends the challenge and returns the chip's signature, of at least want
// bytes where want is known. Which Le a chip takes differs by country: the
// short form is asked for first, since a chip that does not know the extended
// one may drop the session over it.
func (a *active) ask(ctx context.Context, want int) ([]byte, error) {
	lengths := []int{apdu.MaxShortLe, want, apdu.MaxExtendedLe}
	if want == apdu.MaxShortLe {
		lengths[1] = 0
	}
	var last error
	exact := 0
	for i := 0; i < len(lengths); i++ {
		le := lengths[i]
		if le == 0 {
			continue
		}
		r, err := apdu.Send(ctx, a.card, apdu.Command{Ins: insInternalAuth, Data: a.challenge, Le: le})
		if err != nil {
			return nil, tooLong(inTheClear(err))
		}
		switch n, told := r.Status.ExactLe(); {
		case r.Status == apdu.OK && len(r.Data) > 0 && len(r.Data) >= want:
			return r.Data, nil
		case r.Status == apdu.OK:
			last = fmt.Errorf("%w: signature of %d bytes", ErrMismatch, len(r.Data))
		case told && exact < maxExact:
			exact++
			lengths = append(lengths[:i+1:i+1], append([]int{n}, lengths[i+1:]...)...)
			fallthrough
		case wrongLe(r.Status):
			last = fmt.Errorf("%w: no length of answer is right for it: %w", ErrUnsupported, r.Status)
		default:
			return nil, fmt.Errorf("%w: %w", ErrRefused, r.Status)
		}
	}
	return nil, last
}

// tooLong says of a refusal in the clear that it is about the length alone.
func tooLong(err error) error {
	var status apdu.Status
	if errors.Is(err, ErrRefused) && errors.As(err, &status) && wrongLe(status) {
		return fmt.Errorf("%w: no length of answer is right for it (%w: %w)", ErrUnsupported, securemsg.ErrEnded, status)
	}
	return err
}

// verifyECDSA checks a signature over the challenge and returns the hash.
func (a *active) verifyECDSA(curve *crypt.Curve, signature []byte) (crypto.Hash, error) {
	for _, hash := range a.hashes {
		h := hash.New()
		h.Write(a.challenge)
		digest := h.Sum(nil)
		if r, s, ok := plainSignature(signature, curve.ScalarSize()); ok && crypt.VerifyECDSA(a.public, digest, r, s) {
			return hash, nil
		}
		if r, s, ok := sequenceSignature(signature); ok && crypt.VerifyECDSA(a.public, digest, r, s) {
			return hash, nil
		}
	}
	return 0, fmt.Errorf("%w: the signature is over something else", ErrMismatch)
}

// plainSignature splits r ‖ s, each as long as the order (TR-03111 §5.2.1).
func plainSignature(b []byte, size int) (r, s *big.Int, ok bool) {
	if len(b) != 2*size {
		return nil, nil, false
	}
	return new(big.Int).SetBytes(b[:size]), new(big.Int).SetBytes(b[size:]), true
}

// sequenceSignature reads SEQUENCE { r, s } (RFC 3279 §2.2.3).
func sequenceSignature(b []byte) (r, s *big.Int, ok bool) {
	in := cryptobyte.String(b)
	var seq cryptobyte.String
	r, s = new(big.Int), new(big.Int)
	ok = in.ReadASN1(&seq, cbasn1.SEQUENCE) && in.Empty() &&
		seq.ReadASN1Integer(r) && seq.ReadASN1Integer(s) && seq.Empty()
	return r, s, ok
}

// hashes returns the hashes to try: that of DG14's ActiveAuthenticationInfo
// first (Doc 9303-11 §9.2.3), which is plain ECDSA of TR-03111 or, as some
// states write it, ecdsa-with-SHA…. foreign says that it names another one.
func hashes(infos *lds.SecurityInfos) (all []crypto.Hash, foreign bool) {
	all = []crypto.Hash{crypto.SHA1, crypto.SHA256, crypto.SHA384, crypto.SHA512, crypto.SHA224}
	if infos == nil || len(infos.ActiveAuth) == 0 {
		return all, false
	}
	var named crypto.Hash
	switch infos.ActiveAuth[0].Signature.String() {
	case "0.4.0.127.0.7.1.1.4.1.1", "1.2.840.10045.4.1":
		named = crypto.SHA1
	case "0.4.0.127.0.7.1.1.4.1.2", "1.2.840.10045.4.3.1":
		named = crypto.SHA224
	case "0.4.0.127.0.7.1.1.4.1.3", "1.2.840.10045.4.3.2":
		named = crypto.SHA256
	case "0.4.0.127.0.7.1.1.4.1.4", "1.2.840.10045.4.3.3":
		named = crypto.SHA384
	case "0.4.0.127.0.7.1.1.4.1.5", "1.2.840.10045.4.3.4":
		named = crypto.SHA512
	default:
		return all, true
	}
	i := slices.Index(all, named)
	return slices.Insert(slices.Delete(all, i, i+1), 0, named), false
}
