package access

import (
	"bytes"
	"crypto/aes"
	"fmt"

	"github.com/tram-station/tram/reader/crypt"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/tlv"
)

// maxChipAuth bounds the decrypted chip authentication data, in bytes: the
// order of P-521 has 66.
const maxChipAuth = 66

// ChipKey is what a chip proved with chip authentication mapping (Doc 9303-11
// §4.4.3.5): whoever knows the static private key to the public one that
// Verify is given. Until then it proves nothing.
type ChipKey struct {
	// Ephemeral is our own compressed key of the run, which terminal
	// authentication signs where this proof stands for chip authentication
	// (Doc 9303-11 §7.1.2).
	Ephemeral []byte

	group  crypt.Group
	mapped crypt.Element // the chip's public key of the mapping
	factor []byte        // CA_IC: the private key of the mapping over the static one
}

// chipKey decrypts the chip authentication data that stand beside the token.
func (p *pace) chipKey(encKey []byte, answer tlv.Elements, m *mapped, mine crypt.Element) (*ChipKey, error) {
	if p.mapping != chipAuth {
		return nil, nil
	}
	sealed := answer.Value(doChipAuth)
	block, err := crypt.NewBlock(p.algorithm, encKey)
	if err != nil {
		return nil, err
	}
	iv := bytes.Repeat([]byte{0xFF}, aes.BlockSize)
	block.Encrypt(iv, iv)
	padded, err := crypt.Decrypt(block, iv, sealed)
	if err != nil {
		return nil, fmt.Errorf("%w: chip authentication data: %w", ErrProtocol, err)
	}
	factor, err := crypt.Unpad(padded)
	if err != nil || len(factor) > maxChipAuth {
		return nil, fmt.Errorf("%w: chip authentication data of %d bytes", ErrProtocol, len(sealed))
	}
	return &ChipKey{Ephemeral: crypt.Compressed(p.group, mine), group: p.group, mapped: m.chip, factor: factor}, nil
}

// Verify holds the proof against the keys of EF.CardSecurity, whose signature
// the caller has verified: CA_IC times a static key of the chip must be its
// public key of the mapping (Doc 9303-11 §4.4.3.5.2). A chip that proved none of
// them is [ErrMismatch]; where EF.CardSecurity has no key of that group it is
// [ErrUnsupported].
func (c *ChipKey) Verify(signed *lds.SecurityInfos) error {
	found := false
	for _, entry := range signed.ChipAuthKeys {
		key, err := crypt.ParsePublicKey(entry.SPKI)
		if err != nil || key.Group == nil || key.Group.Name() != c.group.Name() {
			continue // a key of another use
		}
		found = true
		// The neutral element is an error: then it is no proof.
		if got, err := c.group.Mul(key.Element, c.factor); err == nil && got.Equal(c.mapped) {
			return nil
		}
	}
	if !found {
		return fmt.Errorf("%w: EF.CardSecurity has no key on %s", ErrUnsupported, c.group.Name())
	}
	return ErrMismatch
}
