package reader

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/passive"
	"github.com/tram-station/tram/reader/securemsg"
	"github.com/tram-station/tram/reader/verdict"
)

// maxReopen bounds how often a read opens the chip again after the chip ended
// the secure session.
const maxReopen = 3

// application is the eMRTD application's name (Doc 9303-10 §3.6).
var application = []byte{0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01}

// masterFile is the identifier of the root.
const masterFile = 0x3F00

// wanted are the files to read after EF.COM and EF.SOD, in this order: the
// small ones first, so that the person is on the screen while the portrait is
// still on its way. DG3 and DG4 need terminal authentication.
var wanted = []lds.FileID{lds.EFDG1, lds.EFDG13, lds.EFDG14, lds.EFDG15, lds.EFDG2}

// session is one read. Its goroutine owns it.
type session struct {
	reader *Reader
	slot   apdu.Slot
	keys   []access.Key
	log    *slog.Logger

	meter   meter
	started time.Time
	card    apdu.Card          // the plain card, then the secured one
	info    *lds.SecurityInfos // EF.CardAccess; nil where the chip has none
	method  access.Method
	key     access.Key // the one that fitted
	reopens int
	selects bool // the chip takes no short identifiers

	doc         *lds.Document
	done, total int // bytes read and known
	groups      securityGroups
	problems    []problem
	checks      []verdict.Check
}

// securityGroups are the decoded groups that only the checks look at.
type securityGroups struct {
	dg14 *lds.SecurityInfos
	dg15 *lds.PublicKey
}

// problem is a file that the chip lists and that could not be used.
type problem struct {
	id  lds.FileID
	err error
}

// insert waits for the card and powers it.
func (s *session) insert(ctx context.Context) error {
	card, err := s.slot.Insert(ctx)
	if err != nil {
		return err
	}
	if s.started.IsZero() {
		s.started = s.reader.now()
	}
	s.meter.card = card
	s.card = &s.meter
	return nil
}

func (s *session) close() {
	if s.card == nil {
		return
	}
	if err := s.card.Close(); err != nil {
		s.log.Debug("close card", "err", err)
	}
	s.card = nil
}

// readCardAccess finds out what opens the chip. From a fresh reset the file is
// selected directly, because some chips answer 6D00 when the master file is;
// only where that fails the master file is tried.
func (s *session) readCardAccess(ctx context.Context) error {
	found, err := s.selectFile(ctx, lds.EFCardAccess)
	if err != nil {
		return err
	}
	if !found {
		r, err := apdu.Send(ctx, s.card, apdu.Command{Ins: apdu.InsSelect, P2: 0x0C, Data: fileID(masterFile)})
		if err != nil || r.Status.Refused() {
			return err
		}
		if found, err = s.selectFile(ctx, lds.EFCardAccess); err != nil || !found {
			return err
		}
	}
	b, err := s.readSelected(ctx, lds.EFCardAccess)
	if err != nil {
		return err
	}
	// A file that cannot be understood ends the read: opening the chip by BAC
	// then would be a downgrade.
	if s.info, err = lds.ParseCardAccess(b); err != nil {
		return err
	}
	s.keep(lds.EFCardAccess, b)
	return nil
}

// open tries the keys in their order and leaves the application selected
// behind secure messaging.
func (s *session) open(ctx context.Context) error {
	var wrong error
	for _, key := range s.keys {
		err := s.openWith(ctx, key)
		if err == nil {
			s.key = key
			s.log.Debug("chip opened", "method", string(s.method))
			return nil
		}
		if !errors.Is(err, access.ErrWrongKey) {
			return err
		}
		s.log.Debug("key refused", "key", key, "err", err)
		wrong = err
	}
	return wrong
}

func (s *session) openWith(ctx context.Context, key access.Key) error {
	pace := s.info != nil && len(s.info.PACE) > 0
	if !pace {
		if err := s.selectApplication(ctx); err != nil {
			return err
		}
	}
	opened, err := access.Open(ctx, s.card, s.info, key, s.reader.rand())
	if err != nil {
		return err
	}
	s.card, s.method = opened.Card, opened.Method
	if pace {
		return s.selectApplication(ctx)
	}
	return nil
}

func (s *session) selectApplication(ctx context.Context) error {
	r, err := apdu.Send(ctx, s.card, apdu.Command{Ins: apdu.InsSelect, P1: 0x04, P2: 0x0C, Data: application})
	switch {
	case err != nil:
		return err
	case r.Status.Refused():
		return fmt.Errorf("%w (%w)", ErrNoApplication, r.Status)
	}
	return nil
}

// reopen starts over after the chip ended the session.
func (s *session) reopen(ctx context.Context) error {
	if s.reopens == maxReopen {
		return fmt.Errorf("%w (%d times)", securemsg.ErrEnded, maxReopen+1)
	}
	s.reopens++
	s.log.Debug("open the chip again", "time", s.reopens)
	s.close()
	if err := s.insert(ctx); err != nil {
		return err
	}
	return s.openWith(ctx, s.key)
}

// readFiles reads EF.COM, EF.SOD and the groups that either of them lists.
// Only EF.SOD is signed: a group cannot be hidden by taking it out of EF.COM.
func (s *session) readFiles(ctx context.Context) error {
	for _, id := range []lds.FileID{lds.EFCOM, lds.EFSOD} {
		if err := s.readOne(ctx, id); err != nil {
			return err
		}
	}
	listed := passive.SignedGroups(s.raw(lds.EFSOD))
	if s.doc.COM != nil {
		listed = append(listed, s.doc.COM.Files()...)
	}
	for _, id := range wanted {
		// Without any list the chip is asked for all of them.
		if len(listed) > 0 && !slices.Contains(listed, id) {
			continue
		}
		if err := s.readOne(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// readOne reads and decodes one file. What is wrong with the file alone is
// noted; only what ends the whole read is returned.
func (s *session) readOne(ctx context.Context, id lds.FileID) error {
	s.progress(id.String())
	b, err := s.readFile(ctx, id)
	if errors.Is(err, securemsg.ErrEnded) && s.afterMissing() {
		// The chip sent a plain 6A82 for the file before and dropped the
		// session; this file is not to blame.
		if err = s.reopen(ctx); err == nil {
			b, err = s.readFile(ctx, id)
		}
	}
	switch {
	case err == nil:
		s.keep(id, b)
		return nil
	case !aboutFile(err):
		return fmt.Errorf("%v: %w", id, err)
	}
	s.log.Debug("file not read", "file", id.String(), "err", err)
	s.problems = append(s.problems, problem{id, err})
	if errors.Is(err, securemsg.ErrEnded) {
		return s.reopen(ctx)
	}
	return nil
}

// afterMissing reports whether the last file was refused with 6A82.
func (s *session) afterMissing() bool {
	n := len(s.problems)
	return n > 0 && errors.Is(s.problems[n-1].err, apdu.NotFound)
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
	doc.Raw = append(slices.Clip(doc.Raw), lds.File{ID: id, Name: id.String(), Bytes: b})
	var err error
	switch id {
	case lds.EFCOM:
		doc.COM, err = lds.ParseCOM(b)
	case lds.EFDG1:
		doc.MRZ, err = lds.ParseDG1(b)
	case lds.EFDG2:
		doc.Face, err = lds.ParseDG2(b)
	case lds.EFDG13:
		doc.VN, err = lds.ParseDG13(b)
	case lds.EFDG14:
		s.groups.dg14, err = lds.ParseDG14(b)
	case lds.EFDG15:
		s.groups.dg15, err = lds.ParseDG15(b)
	}
	if err != nil {
		s.problems = append(s.problems, problem{id, fmt.Errorf("%w: %w", errDecode, err)})
	}
	s.doc = &doc
	s.log.Debug("file read", "file", id.String(), "bytes", len(b))
	s.progress(id.String())
}

func (s *session) raw(id lds.FileID) []byte {
	for _, f := range s.doc.Raw {
		if f.ID == id {
			return f.Bytes
		}
	}
	return nil
}

func (s *session) progress(step string) {
	if s.reader.OnProgress != nil {
		s.reader.OnProgress(Progress{Step: step, Done: s.done, Total: s.total, Document: s.doc})
	}
}

func (s *session) stats() Stats {
	return Stats{
		Commands: s.meter.commands, BytesUp: s.meter.up, BytesDown: s.meter.down,
		Elapsed: s.reader.now().Sub(s.started), SlotName: s.slot.Name(), Virtual: s.slot.Virtual(),
	}
}

// meter is a card that counts what passes.
type meter struct {
	card               apdu.Card
	commands, up, down int
}

func (m *meter) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	m.commands++
	m.up += len(command)
	answer, err := m.card.Transmit(ctx, command)
	m.down += len(answer)
	return answer, err
}

func (m *meter) Close() error { return m.card.Close() }
