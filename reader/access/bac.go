package access

import (
	"bytes"
	"context"
	"crypto/subtle"
	"fmt"
	"io"

	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/crypt"
	"github.com/tram-station/tram/reader/securemsg"
)

// Lengths of BAC in bytes (Doc 9303-11 §4.3).
const (
	challengeSize = 8
	keyingSize    = 16 // K.IFD, K.IC and the key seed
	cryptogram    = 2*challengeSize + keyingSize
)

// openBAC runs Basic Access Control (Doc 9303-11 §4.3).
func openBAC(ctx context.Context, card apdu.Card, key Key, rand io.Reader) (*securemsg.Session, error) {
	if key.kind != passwordMRZ {
		return nil, ErrNeedsMRZ
	}
	b, err := newBAC(key)
	if err != nil {
		return nil, err
	}
	r, err := apdu.Send(ctx, card, apdu.Command{Ins: apdu.InsGetChallenge, Le: challengeSize})
	switch {
	case err != nil:
		return nil, err
	case r.Status != apdu.OK:
		return nil, fmt.Errorf("challenge: %w", r.Status)
	case len(r.Data) != challengeSize:
		return nil, fmt.Errorf("%w: challenge of %d bytes", ErrProtocol, len(r.Data))
	}
	mine := make([]byte, challengeSize+keyingSize) // RND.IFD ‖ K.IFD
	if _, err := io.ReadFull(rand, mine); err != nil {
		return nil, fmt.Errorf("random bytes: %w", err)
	}
	request, err := b.request(mine, r.Data)
	if err != nil {
		return nil, err
	}
	answer, err := apdu.Send(ctx, card, apdu.Command{Ins: apdu.InsExternalAuth, Data: request, Le: len(request)})
	if err != nil {
		return nil, err
	}
	if answer.Status != apdu.OK {
		return nil, refusedBAC(answer.Status)
	}
	return b.session(card, mine, r.Data, answer.Data)
}

// refusedBAC turns the refusal of mutual authentication into an error. Chips
// answer 6300, 6982, 6985, 6988 or 6A80 to a wrong key; a command they do not
// know or whose length they do not like is none.
func refusedBAC(s apdu.Status) error {
	switch sw1 := s >> 8; {
	case s == blocked:
		return fmt.Errorf("%w (%w)", ErrBlocked, s)
	case sw1 == 0x63, sw1 == 0x69, s == badData:
		left, ok := triesLeft(s)
		if !ok {
			left = unstated
		}
		return &Refusal{Status: s, TriesLeft: left}
	}
	return s
}

// bac holds the document's basic access keys.
type bac struct{ encKey, macKey []byte }

func newBAC(key Key) (*bac, error) {
	seed, err := key.secret()
	if err != nil {
		return nil, err
	}
	return &bac{
		encKey: crypt.DeriveKey(crypt.TDES, seed[:keyingSize], crypt.ForEncryption),
		macKey: crypt.DeriveKey(crypt.TDES, seed[:keyingSize], crypt.ForMAC),
	}, nil
}

// request is E.IFD ‖ M.IFD over RND.IFD ‖ RND.IC ‖ K.IFD.
func (b *bac) request(mine, theirChallenge []byte) ([]byte, error) {
	block, err := crypt.NewBlock(crypt.TDES, b.encKey)
	if err != nil {
		return nil, err
	}
	plain := bytes.Join([][]byte{mine[:challengeSize], theirChallenge, mine[challengeSize:]}, nil)
	sealed, err := crypt.Encrypt(block, nil, plain)
	if err != nil {
		return nil, err
	}
	code, err := b.code(sealed)
	if err != nil {
		return nil, err
	}
	return append(sealed, code...), nil
}

// session checks the chip's answer E.IC ‖ M.IC and derives the session keys.
func (b *bac) session(card apdu.Card, mine, theirChallenge, answer []byte) (*securemsg.Session, error) {
	if len(answer) != cryptogram+crypt.MACSize {
		return nil, fmt.Errorf("%w: answer of %d bytes", ErrProtocol, len(answer))
	}
	code, err := b.code(answer[:cryptogram])
	if err != nil {
		return nil, err
	}
	if !crypt.Equal(code, answer[cryptogram:]) {
		return nil, fmt.Errorf("%w: the code of its answer differs", ErrProtocol)
	}
	block, err := crypt.NewBlock(crypt.TDES, b.encKey)
	if err != nil {
		return nil, err
	}
	plain, err := crypt.Decrypt(block, nil, answer[:cryptogram])
	if err != nil {
		return nil, err
	}
	challenges := append(bytes.Clone(theirChallenge), mine[:challengeSize]...)
	if !crypt.Equal(plain[:2*challengeSize], challenges) {
		return nil, fmt.Errorf("%w: it answers another challenge", ErrProtocol)
	}
	seed := make([]byte, keyingSize)
	subtle.XORBytes(seed, mine[challengeSize:], plain[2*challengeSize:])
	// The counter starts with the last four bytes of each challenge (§9.8.2).
	ssc := append(bytes.Clone(theirChallenge[4:]), mine[4:challengeSize]...)
	return securemsg.New(card, crypt.TDES,
		crypt.DeriveKey(crypt.TDES, seed, crypt.ForEncryption),
		crypt.DeriveKey(crypt.TDES, seed, crypt.ForMAC), ssc)
}

func (b *bac) code(message []byte) ([]byte, error) {
	mac, err := crypt.NewMAC(crypt.TDES, b.macKey)
	if err != nil {
		return nil, err
	}
	return mac.Sum(message)
}
