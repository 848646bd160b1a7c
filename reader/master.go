package reader

import (
	"context"
	"errors"

	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/lds"
)

// maxMasterFile bounds EF.DIR and EF.ATR/INFO, in bytes: they hold a few dozen.
const maxMasterFile = 4 << 10

// readMaster reads what the master file tells of the chip as a whole, where
// the Reader asks for everything: EF.ATR/INFO, whose sizes bound the long
// answers, and EF.DIR. Few chips have them, and no check needs them.
func (s *session) readMaster(ctx context.Context) error {
	if s.resumes > 0 {
		return nil
	}
	for _, id := range []lds.FileID{lds.EFATRInfo, lds.EFDIR} {
		b, err := s.readToEnd(ctx, id)
		var status apdu.Status
		switch {
		case errors.As(err, &status), errors.Is(err, errFile):
			continue
		case err != nil:
			return err
		case len(b) > 0:
			s.keep(id, b)
		}
	}
	if info := s.doc.ATRInfo; info != nil && info.MaxResponse > 0 && s.room > shortRoom {
		const statusSize = 2 // counted in there
		s.room = max(shortRoom, min(s.room, info.MaxResponse-statusSize))
	}
	return nil
}

// readToEnd reads a file that is no single object: only its end tells its
// size.
func (s *session) readToEnd(ctx context.Context, id lds.FileID) ([]byte, error) {
	b, err := s.readBinary(ctx, 0x80|id.ShortID(), 0, s.block())
	var status apdu.Status
	if errors.As(err, &status) {
		if err := s.choose(ctx, id); err != nil {
			return nil, err
		}
		b, err = s.readBinary(ctx, 0, 0, s.block())
	}
	for more := len(b); err == nil && more == s.block() && len(b) <= maxMasterFile; {
		var block []byte
		block, err = s.readAt(ctx, len(b), s.block())
		if errors.Is(err, apdu.BadOffset) {
			err = nil // it ended with the block before
		}
		b, more = append(b[:len(b):len(b)], block...), len(block)
	}
	switch {
	case err != nil:
		return nil, err
	case len(b) > maxMasterFile:
		return nil, errFile
	}
	return b, nil
}
