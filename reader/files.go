package reader

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/auth"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/passive"
	"github.com/tram-station/tram/reader/securemsg"
)

// setTag begins a file of security infos.
const setTag = 0x31

// readCardAccess finds out what opens the chip. A file that cannot be
// understood ends the read: opening the chip by BAC then would be a downgrade.
func (s *session) readCardAccess(ctx context.Context) error {
	b, err := s.findCardAccess(ctx)
	if err != nil {
		return err
	}
	before := s.raw(lds.EFCardAccess)
	switch {
	case s.raw(lds.EFSOD) != nil && !slices.Equal(before, b):
		return fmt.Errorf("%w (its EF.CardAccess differs)", ErrOtherCard)
	case b == nil || before != nil:
		return nil
	}
	s.keep(lds.EFCardAccess, b)
	if s.doc.CardAccess == nil {
		return fmt.Errorf("%w: %w", access.ErrProtocol, s.problems[len(s.problems)-1].err)
	}
	return nil
}

// findCardAccess returns the file, nil where the chip has none. One READ
// BINARY by its short identifier brings it from most chips, and shows whether
// they take extended length. The others have it selected, from a fresh reset
// directly, because some answer 6D00 when the master file is; only where that
// fails the master file is tried.
func (s *session) findCardAccess(ctx context.Context) ([]byte, error) {
	first, err := s.probe(ctx)
	var status apdu.Status
	switch {
	case err == nil && len(first) > 0 && first[0] == setTag:
		return s.readRest(ctx, lds.EFCardAccess, first)
	case err != nil && !errors.As(err, &status) && !errors.Is(err, errFile):
		return nil, err
	}
	found, err := s.selectFile(ctx, lds.EFCardAccess)
	if err == nil && !found {
		r, err := apdu.Send(ctx, s.card, apdu.Command{Ins: apdu.InsSelect, P2: 0x0C, Data: fileID(masterFile)})
		if err != nil || r.Status.Refused() {
			return nil, err
		}
		if found, err = s.selectFile(ctx, lds.EFCardAccess); err != nil {
			return nil, err
		}
	}
	if err != nil || !found {
		return nil, err
	}
	s.selects = status == apdu.NotFound // by its short identifier it was not there
	return s.readSelected(ctx, lds.EFCardAccess)
}

// probe asks for EF.CardAccess by its short identifier. Asked in extended
// form, a chip that says of the file that it is not there has understood the
// form all the same.
func (s *session) probe(ctx context.Context) ([]byte, error) {
	c := apdu.Command{Ins: apdu.InsReadBinary, P1: 0x80 | lds.EFCardAccess.ShortID(), Le: min(s.room, probeRoom)}
	b, err := s.transmitRead(ctx, c)
	if c.Le > shortRoom && (err == nil || errors.Is(err, apdu.NotFound)) && s.room == longRoom {
		s.sure = true
	}
	return b, err
}

// order is the order of the files: the person first, so that the officer sees
// somebody at once; then what is signed and the keys that show the chip to be
// genuine, because the rest comes under their protection; the small ones
// before the portrait; what only some cards have at the end. DG3 and DG4 need
// terminal authentication. DG14 and DG15 stand twice: only EF.COM may list
// them.
var order = []lds.FileID{
	lds.EFDG1, lds.EFSOD, lds.EFDG14, lds.EFDG15, lds.EFCOM, lds.EFDG14, lds.EFDG15, lds.EFDG13, lds.EFDG2,
	lds.DataGroup(11), lds.DataGroup(12), lds.DataGroup(7), lds.DataGroup(5), lds.DataGroup(6), lds.DataGroup(8),
	lds.DataGroup(9), lds.DataGroup(10), lds.DataGroup(16),
}

// core are the groups that a chip without any list is asked for.
var core = []lds.FileID{lds.EFDG14, lds.EFDG15, lds.EFDG13, lds.EFDG2}

// readFiles reads what the chip lists, in order, and leaves out what an
// earlier turn has read.
func (s *session) readFiles(ctx context.Context) error {
	s.counting, s.part, s.begun = true, s.begun, nil
	for _, id := range order {
		if s.wants(id) {
			if err := s.readOne(ctx, id); err != nil {
				return err
			}
		}
		if err := s.prove(ctx, id); err != nil {
			return err
		}
	}
	if err := s.settleProof(ctx); err != nil {
		return err
	}
	if err := s.readGuarded(ctx); err != nil {
		return err
	}
	s.learnRoom()
	return nil
}

// settled reports whether a file was read or given up.
func (s *session) settled(id lds.FileID) bool {
	return s.raw(id) != nil || slices.ContainsFunc(s.problems, func(p problem) bool { return p.id == id })
}

// listed reports whether EF.SOD or EF.COM lists a group. Only EF.SOD is
// signed: a group cannot be hidden by taking it out of EF.COM.
func (s *session) listed(id lds.FileID) bool {
	switch {
	case id.Group() == 0, id == lds.EFDG1:
		return true
	case s.signs(id):
		return true
	case s.doc.COM != nil:
		return slices.Contains(s.doc.COM.Files(), id)
	}
	return s.signed == nil && s.settled(lds.EFCOM) && slices.Contains(core, id)
}

// signs reports whether EF.SOD holds the digest of a group.
func (s *session) signs(id lds.FileID) bool { return slices.Contains(s.signed, id) }

// readOne reads and decodes one file. What is wrong with the file alone is
// noted; only what ends the turn is returned.
func (s *session) readOne(ctx context.Context, id lds.FileID) error {
	s.progress(id.String())
	b, err := s.readFile(ctx, id)
	if err == nil {
		s.missing = false
		s.keep(id, b)
		return nil
	}
	ended := errors.Is(err, securemsg.ErrEnded)
	switch {
	case errors.Is(err, auth.ErrMismatch):
		return err // the chip is to blame, and not this file
	case !aboutFile(err):
		return fmt.Errorf("%v: %w", id, err)
	case ended && s.missing:
		// The chip sent a plain 6A82 for the file before and dropped the
		// session; this file is not to blame.
		s.missing = false
		return err
	case ended && s.ends[id] == 0:
		s.ends[id]++ // once may be chance
		return err
	}
	s.drop()
	s.missing = errors.Is(err, apdu.NotFound)
	s.problems = append(s.problems, problem{id, err})
	if s.debug {
		s.log.Debug("file not read", "file", id.String(), "err", err)
	}
	if ended {
		return err
	}
	return nil
}

// aboutFile reports whether an error says something about one file and not
// about the card or the link.
func aboutFile(err error) bool {
	if errors.Is(err, apdu.ErrCardLost) {
		return false
	}
	var status apdu.Status
	return errors.As(err, &status) || errors.Is(err, errFile) || errors.Is(err, securemsg.ErrEnded)
}

// keep adds a file and what it says to the document.
func (s *session) keep(id lds.FileID, b []byte) {
	doc := *s.doc // earlier documents are with the watcher: never change them
	if err := doc.Add(id, b); err != nil {
		s.problems = append(s.problems, problem{id, fmt.Errorf("%w: %w", errDecode, err)})
	}
	if id == lds.EFSOD {
		s.signed = passive.SignedGroups(b)
	}
	s.doc = &doc
	if s.debug {
		s.log.Debug("file read", "file", id.String(), "bytes", len(b))
	}
	s.progress(id.String())
}

func (s *session) raw(id lds.FileID) []byte { return s.doc.File(id) }
