package auth

import (
	"context"
	"errors"
	"fmt"

	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/auth/cvc"
	"github.com/tram-station/tram/reader/securemsg"
	"github.com/tram-station/tram/reader/tlv"
)

// Commands of terminal authentication and their data objects (Doc 9303-11
// §7.1.4).
const (
	insSecurityOperation = 0x2A
	verifyCertificateP2  = 0xBE

	setVerification = 0x81
	templateDST     = 0xB6 // the key that verifies the next certificate
	doReference     = 0x83
)

// Terminal is who may read fingerprints: the certificates of an inspection
// system and its private key, in files here or with a signer elsewhere.
type Terminal interface {
	// Chain returns the CV certificates, each whole (7F21), that lead from one
	// of the authorities that the chip trusts to the terminal, in the order in
	// which the chip takes them: links of the authority first, the terminal's
	// own last. trusted are the references (CAR) of the chip's EF.CVCA.
	Chain(ctx context.Context, trusted []string) ([][]byte, error)
	// Sign signs data, unhashed, with the terminal's key by the algorithm of
	// its certificate; ECDSA as r ‖ s, each as long as the order.
	Sign(ctx context.Context, data []byte) ([]byte, error)
}

// Rights is what the chip lets the terminal read.
type Rights = cvc.Rights

// TerminalAuth shows the chip that the terminal may read its fingerprints and
// irises (Doc 9303-11 §7.1). It follows chip authentication, whose proof it
// takes, in the same session.
//
// idPICC is ID_PICC: after PACE the chip's compressed ephemeral key, after BAC
// the document number with its check digit ([DocumentID]). trusted are the one
// or two references in EF.CVCA ([lds.ParseCVCA]).
//
// It returns what all certificates together grant. Where the chip refuses, the
// error is [ErrNotAuthorised] with the status word as [apdu.Status]; the
// session goes on without the rights.
func TerminalAuth(ctx context.Context, s *securemsg.Session, t Terminal, idPICC []byte, proof *ChipProof, trusted []string) (Rights, error) {
	rights, err := terminalAuth(ctx, s, t, idPICC, proof, trusted)
	if err != nil {
		return Rights{}, fmt.Errorf("terminal authentication: %w", err)
	}
	return rights, nil
}

func terminalAuth(ctx context.Context, s *securemsg.Session, t Terminal, idPICC []byte, proof *ChipProof, trusted []string) (Rights, error) {
	if proof == nil || len(idPICC) == 0 {
		return Rights{}, errors.New("it needs chip authentication first")
	}
	if len(trusted) == 0 {
		return Rights{}, cvc.ErrNoPath
	}
	chain, err := t.Chain(ctx, trusted)
	if err != nil {
		return Rights{}, err
	}
	path, err := parseChain(chain)
	if err != nil {
		return Rights{}, err
	}
	for _, c := range path {
		if err := present(ctx, s, c); err != nil {
			return Rights{}, fmt.Errorf("certificate of %s: %w", c.Holder, err)
		}
	}
	own := path[len(path)-1]
	if err := prove(ctx, s, t, own.Holder, idPICC, proof.Ephemeral); err != nil {
		return Rights{}, err
	}
	return cvc.Granted(path), nil
}

// parseChain reads what a terminal gave: at least its own certificate.
func parseChain(chain [][]byte) ([]*cvc.Certificate, error) {
	var path []*cvc.Certificate
	for _, b := range chain {
		c, err := cvc.Parse(b)
		if err != nil {
			return nil, err
		}
		path = append(path, c)
	}
	if len(path) == 0 {
		return nil, cvc.ErrNoPath
	}
	return path, nil
}

// present gives the chip one certificate to verify.
func present(ctx context.Context, card apdu.Card, c *cvc.Certificate) error {
	if err := set(ctx, card, templateDST, c.Authority); err != nil {
		return err
	}
	_, err := command(ctx, card, apdu.Command{Ins: insSecurityOperation, P2: verifyCertificateP2, Data: c.Content})
	return err
}

// prove signs the chip's challenge with the terminal's key.
func prove(ctx context.Context, card apdu.Card, t Terminal, holder string, idPICC, ephemeral []byte) error {
	if err := set(ctx, card, templateAT, holder); err != nil {
		return err
	}
	challenge, err := command(ctx, card, apdu.Command{Ins: apdu.InsGetChallenge, Le: challengeSize})
	if err != nil {
		return err
	}
	if len(challenge) != challengeSize {
		return fmt.Errorf("%w: challenge of %d bytes", ErrNotAuthorised, len(challenge))
	}
	data := append(append(append([]byte(nil), idPICC...), challenge...), ephemeral...)
	signature, err := t.Sign(ctx, data)
	if err != nil {
		return fmt.Errorf("sign: %w", err)
	}
	_, err = command(ctx, card, apdu.Command{Ins: apdu.InsExternalAuth, Data: signature})
	return err
}

// set names a key to the chip by its holder's reference.
func set(ctx context.Context, card apdu.Card, template byte, reference string) error {
	_, err := command(ctx, card, apdu.Command{Ins: apdu.InsManageSecurity, P1: setVerification, P2: template,
		Data: tlv.Encode(doReference, []byte(reference))})
	return err
}

// command sends one command; a refusal is [ErrNotAuthorised].
func command(ctx context.Context, card apdu.Card, c apdu.Command) ([]byte, error) {
	r, err := send(ctx, card, c)
	switch {
	case err != nil:
		return nil, err
	case r.Status != apdu.OK:
		return nil, fmt.Errorf("%w: %w", ErrNotAuthorised, r.Status)
	}
	return r.Data, nil
}
