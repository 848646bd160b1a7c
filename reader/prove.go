package reader

import (
	"context"
	"errors"
	"fmt"

	"github.com/tram-station/tram/mrz"
	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/auth"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/passive"
	"github.com/tram-station/tram/reader/securemsg"
	"github.com/tram-station/tram/reader/verdict"
)

// maxProofs is how often a proof that breaks off is asked for: once may be
// chance.
const maxProofs = 2

// proof is one way in which the chip shows that it is no copy.
type proof struct {
	protocol string
	tries    int
	passed   bool
	err      error // why it did not pass; nil while it was not asked for
}

// broke reports whether the proof was asked for and did not pass.
func (p *proof) broke() bool { return p.err != nil }

// proofs is what the chip, and the terminal, have shown.
type proofs struct {
	chip, active, terminal, mapping proof

	signed  *verdict.Check  // of EF.CardSecurity
	pending *auth.ChipProof // chip authentication ran; the next answer decides
	session *auth.ChipProof // … and was decided, in this turn
	mapped  *access.ChipKey // PACE with chip authentication mapping, in this turn
	idPICC  []byte          // for terminal authentication, in this turn
	rights  auth.Rights     // of the terminal
	renewed bool            // chip authentication ran in this turn
}

// mappingCounts reports whether the chip's key that PACE has mapped is its
// issuer's word: anybody can sign an EF.CardSecurity for a copy.
func (p *proofs) mappingCounts() bool {
	return p.mapping.passed && p.signed != nil && p.signed.Outcome == verdict.Passed
}

// forgetTurn drops what holds for one turn at the card only.
func (p *proofs) forgetTurn() {
	p.pending, p.session, p.mapped, p.idPICC, p.renewed = nil, nil, nil, nil, false
	p.rights = auth.Rights{}
}

// prove runs what a file makes possible: DG14 chip authentication, DG15 active
// authentication.
func (s *session) prove(ctx context.Context, id lds.FileID) error {
	switch {
	case id == lds.EFDG14 && s.doc.Security != nil:
		return s.proveChip(ctx)
	case id == lds.EFDG15 && s.doc.ActiveKey != nil:
		return s.proveActive(ctx)
	}
	return nil
}

// proveChip runs chip authentication, in each turn anew: the card that came
// back might be a copy of the first. Where PACE has mapped a key that a trusted
// issuer signed, that is proof enough, unless a terminal has to follow.
func (s *session) proveChip(ctx context.Context) error {
	p := &s.proofs.chip
	secured, ok := s.card.(*securemsg.Session)
	if !ok || s.proofs.renewed || p.broke() || len(s.doc.Security.ChipAuthKeys) == 0 ||
		s.proofs.mappingCounts() && s.reader.Terminal == nil {
		return nil
	}
	s.proofs.renewed = true
	proof, err := auth.Chip(ctx, secured, s.doc.Security, s.reader.rand())
	if err == nil {
		p.protocol, s.proofs.pending = proof.Protocol, proof
		if s.resumes > 0 {
			return s.settleProof(ctx) // the next file may be one that ends sessions
		}
		return nil
	}
	return s.broken(p, err)
}

// broken notes a proof that did not come to its end. A lost card says nothing
// about it; a session that ended may be chance once.
func (s *session) broken(p *proof, err error) error {
	ended := errors.Is(err, securemsg.ErrEnded)
	if errors.Is(err, apdu.ErrCardLost) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if p.tries++; p.tries >= maxProofs || !ended || errors.Is(err, auth.ErrRefused) {
		p.err, p.passed = err, false
	}
	if ended {
		return err
	}
	return nil
}

// exchange sends one command. The first answer after chip authentication
// decides that; a 6A82 decides nothing, because some chips send it unprotected.
func (s *session) exchange(ctx context.Context, c apdu.Command) (apdu.Response, error) {
	r, err := apdu.Send(ctx, s.card, c)
	if s.proofs.pending == nil || err == nil && r.Status == apdu.NotFound {
		return r, err
	}
	if err == nil {
		s.proofs.session, s.proofs.pending = s.proofs.pending, nil
		s.proofs.chip.passed = true
		return r, nil
	}
	if err = auth.Judge(err); errors.Is(err, auth.ErrMismatch) {
		s.proofs.pending = nil
		err = s.broken(&s.proofs.chip, err)
	}
	return r, err
}

// settleProof asks for a few bytes where no file has followed chip
// authentication.
func (s *session) settleProof(ctx context.Context) error {
	if s.proofs.pending == nil {
		return nil
	}
	_, err := s.exchange(ctx, apdu.Command{Ins: apdu.InsReadBinary, P1: 0x80 | lds.EFDG1.ShortID(), Le: headerProbe})
	return err
}

// proveActive runs active authentication once.
func (s *session) proveActive(ctx context.Context) error {
	p := &s.proofs.active
	if p.passed || p.broke() {
		return nil
	}
	var err error
	if p.protocol, err = auth.Active(ctx, s.card, s.doc.ActiveKey, s.doc.Security, s.reader.rand()); err != nil {
		return s.broken(p, err)
	}
	p.passed = true
	return nil
}

// proveMapping holds the key that PACE with chip authentication mapping has
// shown against EF.CardSecurity, which lies in the master file.
func (s *session) proveMapping(ctx context.Context) error {
	p := &s.proofs.mapping
	if s.proofs.mapped == nil || p.broke() {
		return nil
	}
	if s.raw(lds.EFCardSecurity) == nil {
		if err := s.readOne(ctx, lds.EFCardSecurity); err != nil {
			return err
		}
	}
	b := s.raw(lds.EFCardSecurity)
	if b == nil {
		p.err = fmt.Errorf("%w (EF.CardSecurity cannot be read)", access.ErrUnsupported)
		return nil
	}
	infos, check := passive.CardSecurity(b, s.reader.Trust, s.reader.now())
	s.proofs.signed = &check
	if infos == nil {
		p.err = fmt.Errorf("%w (EF.CardSecurity is not genuine)", access.ErrMismatch)
		return nil
	}
	if p.err = s.proofs.mapped.Verify(infos); p.err == nil {
		p.passed = true
	}
	return nil
}

// readGuarded shows the chip the terminal's certificates and reads what they
// open: fingerprints and irises.
func (s *session) readGuarded(ctx context.Context) error {
	p := &s.proofs.terminal
	secured, ok := s.card.(*securemsg.Session)
	if s.reader.Terminal == nil || !ok || !s.wants(lds.EFDG3) && !s.wants(lds.EFDG4) || p.broke() ||
		s.doc.Security == nil || len(s.doc.Security.TerminalAuth) == 0 {
		return nil
	}
	if s.proofs.session == nil {
		p.err = fmt.Errorf("%w (chip authentication has to pass first)", auth.ErrNotAuthorised)
		return nil
	}
	if err := s.authorise(ctx, secured); err != nil {
		return s.broken(p, err)
	}
	p.passed = true
	for _, id := range []lds.FileID{lds.EFDG3, lds.EFDG4} {
		if !s.wants(id) || id == lds.EFDG3 && !s.proofs.rights.DG3 || id == lds.EFDG4 && !s.proofs.rights.DG4 {
			continue
		}
		if err := s.readOne(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// wants reports whether a group is listed and not yet read.
func (s *session) wants(id lds.FileID) bool { return s.listed(id) && !s.settled(id) }

// cvcaSize is the length of EF.CVCA (Doc 9303-11 §9.2.8).
const cvcaSize = 36

func (s *session) authorise(ctx context.Context, secured *securemsg.Session) error {
	if err := s.readCVCA(ctx); err != nil {
		return fmt.Errorf("%v: %w", lds.EFCVCA, err)
	}
	id := s.proofs.idPICC
	if id == nil && s.doc.MRZ != nil {
		zone, err := mrz.Parse(s.doc.MRZ.Zone)
		if err != nil {
			return err
		}
		number, _, _ := zone.Keys()
		if id, err = auth.DocumentID(number); err != nil {
			return err
		}
	}
	var err error
	s.proofs.rights, err = auth.TerminalAuth(ctx, secured, s.reader.Terminal, id, s.proofs.session, s.doc.CVCA)
	return err
}

// readCVCA reads which authorities the chip trusts. The file is no single
// object whose header would tell its length: it is fixed.
func (s *session) readCVCA(ctx context.Context) error {
	if s.doc.CVCA != nil {
		return nil
	}
	file, short := lds.EFCVCA, lds.EFCVCA.ShortID()
	if info := s.doc.Security.TerminalAuth[0]; info.CVCA != 0 && info.CVCA != file {
		file, short = info.CVCA, info.ShortID
	}
	p1 := 0x80 | short
	if short == 0 || s.selects {
		if err := s.choose(ctx, file); err != nil {
			return err
		}
		p1 = 0
	}
	b, err := s.readBinary(ctx, p1, 0, cvcaSize)
	if err == nil {
		s.keep(lds.EFCVCA, b)
	}
	return err
}
