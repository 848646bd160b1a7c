package reader

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/securemsg"
	"github.com/tram-station/tram/reader/tlv"
)

// MaxFile bounds one elementary file, in bytes. The portrait of an identity
// card takes some 20 KB; no known chip holds as much as this.
const MaxFile = 512 << 10

const (
	lastEvenOffset = 0x7FFF // beyond it READ BINARY takes its odd form
	headerProbe    = 4      // bytes that hold the tag and length of any file up to 64 KiB
	doOffset       = 0x54   // odd READ BINARY: where to read from
	doData         = 0x53   // odd READ BINARY: what was read
	objectHeader   = 4      // tag and length of doData
)

var (
	// errFile says that a file is not what its header says.
	errFile = errors.New("the chip's file is damaged")
	// errDecode says that a file was read and cannot be understood.
	errDecode = errors.New("cannot be decoded")
)

// partial is a file of which the first bytes are known.
type partial struct {
	id    lds.FileID
	size  int // as the header states
	bytes []byte
}

func fileID(id lds.FileID) []byte { return binary.BigEndian.AppendUint16(nil, uint16(id)) }

// selectFile selects an elementary file; false means that the chip refused.
func (s *session) selectFile(ctx context.Context, id lds.FileID) (bool, error) {
	err := s.choose(ctx, id)
	var status apdu.Status
	if errors.As(err, &status) {
		return false, nil
	}
	return err == nil, err
}

// choose selects an elementary file; a refusal is an [apdu.Status].
func (s *session) choose(ctx context.Context, id lds.FileID) error {
	r, err := s.exchange(ctx, apdu.Command{Ins: apdu.InsSelect, P1: 0x02, P2: 0x0C, Data: fileID(id)})
	if err == nil && r.Status.Refused() {
		err = r.Status
	}
	return err
}

// readFile reads a file. The first READ BINARY names it by its short
// identifier and brings the header with the first block; a chip that takes no
// short identifiers gets a SELECT for each file, and so does a file of which
// the beginning is there from before the card was lost.
func (s *session) readFile(ctx context.Context, id lds.FileID) ([]byte, error) {
	if s.part != nil && s.part.id != id {
		s.drop()
	}
	if s.selects || s.part != nil {
		return s.selectAndRead(ctx, id)
	}
	first, err := s.readBinary(ctx, 0x80|id.ShortID(), 0, s.block())
	var status apdu.Status
	switch {
	case err == nil:
		s.shorts = true
		return s.readRest(ctx, id, first)
	case !errors.As(err, &status), s.shorts && status == apdu.NotFound, status == apdu.NotAllowed, !aboutCommand(status):
		return nil, err
	}
	b, err := s.selectAndRead(ctx, id)
	s.selects = err == nil
	return b, err
}

// aboutCommand reports whether a status says that the chip does not take
// short identifiers, or not with this length.
func aboutCommand(s apdu.Status) bool {
	switch s {
	case apdu.WrongLength, apdu.BadInstruction, apdu.BadOffset, apdu.NotFound, 0x6981, 0x6986, 0x6A80, 0x6A81, 0x6A86:
		return true
	}
	return false
}

func (s *session) selectAndRead(ctx context.Context, id lds.FileID) ([]byte, error) {
	if err := s.choose(ctx, id); err != nil {
		return nil, err
	}
	if s.part != nil {
		return s.readOn(ctx)
	}
	return s.readSelected(ctx, id)
}

// readSelected reads the selected file.
func (s *session) readSelected(ctx context.Context, id lds.FileID) ([]byte, error) {
	first, err := s.readBinary(ctx, 0, 0, s.block())
	if errors.Is(err, apdu.WrongLength) {
		// The file is shorter than a block and the chip is strict.
		first, err = s.readBinary(ctx, 0, 0, headerProbe)
	}
	if err != nil {
		return nil, err
	}
	return s.readRest(ctx, id, first)
}

// readRest reads on after the first block, to the length that the header
// states.
func (s *session) readRest(ctx context.Context, id lds.FileID, first []byte) ([]byte, error) {
	tag, header, value, err := tlv.Header(first)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errFile, err)
	}
	size := header + value
	switch {
	case id.Tag() != 0 && tag != uint32(id.Tag()):
		return nil, fmt.Errorf("%w: it begins with %X", errFile, tag)
	case size > MaxFile:
		return nil, fmt.Errorf("%w: its header claims %d bytes, %d are the limit", errFile, size, MaxFile)
	}
	s.part = &partial{id, size, append(make([]byte, 0, size), first[:min(len(first), size)]...)}
	if s.counting {
		s.total += size
		s.advance(len(s.part.bytes))
	}
	return s.readOn(ctx)
}

// readOn reads the rest of the file that was begun. What came stays in
// [session.part] until the file is whole or found damaged.
func (s *session) readOn(ctx context.Context) ([]byte, error) {
	p := s.part
	for len(p.bytes) < p.size {
		block, err := s.readAt(ctx, len(p.bytes), min(s.block(), p.size-len(p.bytes)))
		if errors.Is(err, apdu.BadOffset) || err == nil && len(block) == 0 {
			err = fmt.Errorf("%w: its header claims %d bytes, it ends after %d", errFile, p.size, len(p.bytes))
		}
		if err != nil {
			if aboutFile(err) && !errors.Is(err, securemsg.ErrEnded) {
				s.drop()
			}
			return nil, err
		}
		block = block[:min(len(block), p.size-len(p.bytes))]
		p.bytes = append(p.bytes, block...)
		if s.counting {
			s.advance(len(block))
		}
	}
	s.part = nil
	return p.bytes, nil
}

// drop gives up the file that was begun: what cannot be read is no longer to
// be waited for.
func (s *session) drop() {
	if s.part != nil && s.counting {
		s.total -= s.part.size - len(s.part.bytes)
	}
	s.part = nil
}

// readAt reads from an offset of the current file, in the odd form of READ
// BINARY beyond 32 KiB (ISO/IEC 7816-4 §11.3.3).
func (s *session) readAt(ctx context.Context, offset, n int) ([]byte, error) {
	if offset <= lastEvenOffset {
		return s.readBinary(ctx, byte(offset>>8), byte(offset), n)
	}
	where := []byte{byte(offset >> 16), byte(offset >> 8), byte(offset)}
	if where[0] == 0 {
		where = where[1:]
	}
	// Le covers the whole data object, header included.
	n = min(n+objectHeader, s.block())
	data, err := s.transmitRead(ctx, apdu.Command{Ins: apdu.InsReadBinaryOdd, Data: tlv.Encode(doOffset, where), Le: n})
	if err != nil {
		return nil, err
	}
	block, err := tlv.Only(data, doData)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errFile, err)
	}
	return block, nil
}

func (s *session) readBinary(ctx context.Context, p1, p2 byte, n int) ([]byte, error) {
	return s.transmitRead(ctx, apdu.Command{Ins: apdu.InsReadBinary, P1: p1, P2: p2, Le: n})
}

// transmitRead sends a read. It asks again where the chip names the exact
// length, and for less where it refuses a long answer.
func (s *session) transmitRead(ctx context.Context, c apdu.Command) ([]byte, error) {
	for {
		r, err := s.send(ctx, c)
		long := c.Le > shortRoom
		if err != nil {
			s.suspect = long && c.Le > s.proved
			return nil, err
		}
		if !r.Status.Refused() {
			s.proved = max(s.proved, len(r.Data))
		}
		n, exact := r.Status.ExactLe()
		switch {
		case exact && n < c.Le:
			c.Le = n
			if r, err = s.exchange(ctx, c); err != nil {
				return nil, err
			}
		case long && tooLong(r.Status):
			s.refusedRoom(c.Le)
			c.Le = min(c.Le, s.block())
			continue
		}
		switch {
		case r.Status.Refused():
			return nil, r.Status
		case len(r.Data) > c.Le:
			return nil, fmt.Errorf("%w: %d bytes where %d were asked for", errFile, len(r.Data), c.Le)
		}
		return r.Data, nil
	}
}
