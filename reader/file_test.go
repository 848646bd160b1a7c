package reader

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/tlv"
)

// picky is a chip without secure messaging that holds one file and has the
// habits of chips in the field.
type picky struct {
	id      lds.FileID
	file    []byte
	noShort apdu.Status // answer to a short identifier, 0: takes it
	atEnd   apdu.Status // answer to a read past the end, 0: gives what is there
	exact   bool        // past the end: 6Cxx with the exact length
	most    int         // bytes an answer brings, 0: all

	selected bool
	commands int
}

func (p *picky) Close() error { return nil }

func (p *picky) Transmit(_ context.Context, command []byte) ([]byte, error) {
	p.commands++
	c, err := apdu.ParseCommand(command)
	if err != nil {
		return nil, err
	}
	return p.answer(c).Bytes(), nil
}

func (p *picky) answer(c apdu.Command) apdu.Response {
	offset := int(c.P1)<<8 | int(c.P2)
	switch c.Ins {
	case apdu.InsSelect:
		p.selected = bytes.Equal(c.Data, fileID(p.id))
		if !p.selected {
			return apdu.Response{Status: apdu.NotFound}
		}
		return apdu.Response{Status: apdu.OK}
	case apdu.InsReadBinary:
		if c.P1&0x80 != 0 {
			if p.noShort != 0 {
				return apdu.Response{Status: p.noShort}
			}
			if c.P1&0x1F != p.id.ShortID() {
				return apdu.Response{Status: apdu.NotFound}
			}
			p.selected, offset = true, int(c.P2)
		}
		return p.read(offset, c.Le, 0)
	case apdu.InsReadBinaryOdd:
		where, err := tlv.Only(c.Data, doOffset)
		if err != nil {
			return apdu.Response{Status: 0x6A80}
		}
		offset = 0
		for _, b := range where {
			offset = offset<<8 | int(b)
		}
		r := p.read(offset, c.Le, 4)
		if !r.Status.Refused() {
			r.Data = tlv.Encode(doData, r.Data)
		}
		return r
	}
	return apdu.Response{Status: apdu.BadInstruction}
}

func (p *picky) read(offset, le, overhead int) apdu.Response {
	switch {
	case !p.selected:
		return apdu.Response{Status: 0x6986}
	case offset >= len(p.file):
		return apdu.Response{Status: apdu.BadOffset}
	}
	n := le - overhead
	if p.most > 0 {
		n = min(n, p.most)
	}
	rest := p.file[offset:]
	switch {
	case n <= len(rest):
		return apdu.Response{Data: rest[:n], Status: apdu.OK}
	case p.exact:
		return apdu.Response{Status: 0x6C00 | apdu.Status(len(rest))}
	case p.atEnd.Refused():
		return apdu.Response{Status: p.atEnd}
	}
	return apdu.Response{Data: rest, Status: p.atEnd}
}

// on makes a session in which the card is opened already.
func on(card apdu.Card) *session {
	s := newSession(&Reader{}, new(apdu.VirtualSlot), nil)
	s.card = card
	return s
}

func TestHabitsOfChips(t *testing.T) {
	for _, size := range []int{2, 100, 122, 123, 222, 223, 224, 255, 256, 1000, 32767, 32768, 33000, 70000} {
		body := make([]byte, size)
		for i := range body {
			body[i] = byte(i) ^ byte(i>>8) // a block out of place shows
		}
		file := tlv.Encode(0x6D, body)
		for name, chip := range map[string]picky{
			"plain":                {atEnd: apdu.OK},
			"end of file":          {atEnd: apdu.EndOfFile},
			"exact length":         {exact: true},
			"no short identifier":  {noShort: 0x6A86, atEnd: apdu.OK},
			"no such instruction":  {noShort: apdu.BadInstruction, atEnd: apdu.EndOfFile},
			"wrong length":         {noShort: apdu.WrongLength, atEnd: apdu.WrongLength},
			"short identifier bad": {noShort: 0x6A81, exact: true},
			"small answers":        {atEnd: apdu.OK, most: 100},
		} {
			chip.id, chip.file = lds.EFDG13, file
			s := on(&chip)
			got, err := s.readFile(t.Context(), lds.EFDG13)
			if err != nil || !bytes.Equal(got, file) {
				t.Errorf("%s, %d bytes: %d come back, %v", name, len(file), len(got), err)
			}
			if s.done != len(file) || s.total != len(file) {
				t.Errorf("%s, %d bytes: progress %d of %d", name, len(file), s.done, s.total)
			}
			if s.selects != (chip.noShort != 0) {
				t.Errorf("%s: what the chip can do is not remembered", name)
			}
		}
	}
}

func TestFewestCommands(t *testing.T) {
	chip := &picky{id: lds.EFDG13, file: tlv.Encode(0x6D, make([]byte, 1020)), atEnd: apdu.OK}
	if _, err := on(chip).readFile(t.Context(), lds.EFDG13); err != nil || chip.commands != 4 {
		t.Errorf("1024 bytes in %d commands, %v", chip.commands, err)
	}
}

func TestDamagedFiles(t *testing.T) {
	body := make([]byte, 300)
	tests := map[string][]byte{
		"claims more than there is":    append([]byte{0x6D, 0x82, 0x10, 0x00}, body...),
		"claims more than the limit":   append([]byte{0x6D, 0x83, 0x08, 0x00, 0x01}, body...),
		"claims more than fits a word": append([]byte{0x6D, 0x84, 0xFF, 0xFF, 0xFF, 0xFF}, body...),
		"indefinite length":            append([]byte{0x6D, 0x80}, body...),
		"another tag":                  append([]byte{0x6E, 0x82, 0x01, 0x2C}, body...),
		"one byte":                     {0x6D},
	}
	for name, file := range tests {
		for _, atEnd := range []apdu.Status{apdu.OK, apdu.EndOfFile} {
			chip := &picky{id: lds.EFDG13, file: file, atEnd: atEnd}
			s := on(chip)
			b, err := s.readFile(t.Context(), lds.EFDG13)
			if !errors.Is(err, errFile) || b != nil || !aboutFile(err) {
				t.Errorf("%s: %v", name, err)
			}
			if s.done > s.total || chip.commands > 4 {
				t.Errorf("%s: %d of %d after %d commands", name, s.done, s.total, chip.commands)
			}
		}
	}
	empty := &picky{id: lds.EFDG13}
	if _, err := on(empty).readFile(t.Context(), lds.EFDG13); err == nil {
		t.Error("an empty file reads")
	}
}

func TestMoreThanAskedIsRefused(t *testing.T) {
	card := fixed(append(tlv.Encode(0x6D, make([]byte, 300)), 0x90, 0x00))
	if _, err := on(card).readFile(t.Context(), lds.EFDG13); !errors.Is(err, errFile) {
		t.Fatal(err)
	}
}

// fixed answers everything with the same bytes.
type fixed []byte

func (f fixed) Transmit(context.Context, []byte) ([]byte, error) { return f, nil }
func (fixed) Close() error                                       { return nil }

// tape answers commands with the pieces of fuzzed input, then is lost.
type tape struct{ rest []byte }

func (c *tape) Close() error { return nil }

func (c *tape) Transmit(context.Context, []byte) ([]byte, error) {
	if len(c.rest) == 0 {
		return nil, apdu.ErrCardLost
	}
	n := min(int(c.rest[0])+2, len(c.rest)-1)
	answer := c.rest[1 : 1+n]
	c.rest = c.rest[1+n:]
	return answer, nil
}

func FuzzReadFile(f *testing.F) {
	f.Add([]byte("\x05\x6D\x03\x01\x02\x03\x90\x00"), byte(13))
	f.Add([]byte("\x04\x6D\x06\x01\x02\x90\x00\x04\x01\x02\x03\x04\x90\x00"), byte(13))
	f.Add([]byte("\x00\x6A\x86\x00\x90\x00\x00\x67\x00\x02\x6D\x00\x90\x00"), byte(13))
	f.Add([]byte("\x00\x6C\x02\x02\x6D\x00\x90\x00"), byte(13))
	f.Fuzz(func(t *testing.T, in []byte, group byte) {
		id := lds.DataGroup(int(group%16) + 1)
		s := on(&tape{in})
		b, err := s.readFile(t.Context(), id)
		if err != nil {
			if b != nil {
				t.Fatal("bytes beside an error")
			}
			return
		}
		value, err := tlv.Only(b, uint32(id.Tag()))
		if err != nil || len(b) > MaxFile || len(value) > len(b) || s.done != len(b) {
			t.Fatalf("a file of %d bytes that is none: %v", len(b), err)
		}
		s.keep(id, b)
	})
}
