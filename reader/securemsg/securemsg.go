// Package securemsg is the secure channel to an opened chip (Doc 9303-11
// §9.8): a decorator over a card that encrypts and authenticates every command
// and checks every response.
package securemsg

import (
	"context"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/crypt"
	"github.com/tram-station/tram/reader/tlv"
)

var (
	// ErrEnded says that the session is over: the chip refused a protected
	// command in the clear, or an earlier answer broke the session. The next
	// step is to open the chip again.
	ErrEnded = errors.New("the secure session with the chip ended: read the card again")
	// ErrIntegrity says that an answer was not what the chip sent, or was not
	// protected as it must be. It always comes inside ErrEnded.
	ErrIntegrity = errors.New("an answer fails its integrity check")
)

// Data objects of protected commands and responses (Doc 9303-11 §9.8.4).
const (
	doEncryptedOdd = 0x85 // cryptogram, odd instruction: no padding indicator
	doEncrypted    = 0x87 // padding indicator 01, then the cryptogram
	doLe           = 0x97
	doStatus       = 0x99
	doMAC          = 0x8E
	paddingISO     = 0x01
)

// Session is an opened chip. It is an [apdu.Card] that takes plain commands.
// One goroutine uses it at a time.
type Session struct {
	card    apdu.Card
	encrypt cipher.Block
	mac     *crypt.MAC
	tdes    bool
	ssc     []byte // send sequence counter, one block
	ended   error

	// Room that every command uses again.
	block   []byte // an initial vector, or a padded header
	objects []byte // of the command on its way
	code    []byte
}

var _ apdu.Card = (*Session)(nil)

// New starts a session with its two keys. ssc is the send sequence counter
// before the first command, one block of the algorithm: from BAC eight bytes
// of the two challenges, from PACE zero. A nil ssc is zero.
func New(card apdu.Card, a crypt.Algorithm, encKey, macKey, ssc []byte) (*Session, error) {
	s := &Session{card: card}
	if err := s.key(a, encKey, macKey, ssc); err != nil {
		return nil, err
	}
	return s, nil
}

// Restart goes on with new keys and a counter of zero over the same card, as
// chip authentication asks (Doc 9303-11 §6.2.2). The cipher may be another
// one. On an error, and where the session has ended ([ErrEnded]), nothing
// changes. A chip that does not have the new keys shows at the next command:
// its answer is [ErrEnded], mostly with [ErrIntegrity] inside.
func (s *Session) Restart(a crypt.Algorithm, encKey, macKey []byte) error {
	if s.ended != nil {
		return s.ended
	}
	return s.key(a, encKey, macKey, nil)
}

// key sets the keys and the counter, or nothing on an error.
func (s *Session) key(a crypt.Algorithm, encKey, macKey, ssc []byte) error {
	block, err := crypt.NewBlock(a, encKey)
	if err != nil {
		return err
	}
	mac, err := crypt.NewMAC(a, macKey)
	if err != nil {
		return err
	}
	if ssc == nil {
		ssc = make([]byte, a.BlockSize())
	}
	if len(ssc) != a.BlockSize() {
		return fmt.Errorf("securemsg: send sequence counter of %d bytes", len(ssc))
	}
	s.encrypt, s.mac, s.tdes, s.ssc = block, mac, a == crypt.TDES, append([]byte(nil), ssc...)
	return nil
}

// MaxRead returns the most plain bytes that a protected response in short form
// can carry: 231 with 3DES, 223 with AES. 256 bytes hold the cryptogram's
// header (4), its whole blocks with at least one byte of padding, the status
// (4) and the code (10).
func (s *Session) MaxRead() int {
	n := s.encrypt.BlockSize()
	return (apdu.MaxShortLe-4-4-10)/n*n - 1
}

// Transmit protects one plain command, sends it, and returns the chip's answer
// in the clear. An unprotected status word ends the session ([ErrEnded]),
// except 6A82: some chips say so of a file they do not have and keep the
// session. Where they did not, the next command ends with ErrEnded.
func (s *Session) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if s.ended != nil {
		return nil, s.ended
	}
	plain, err := apdu.ParseCommand(command)
	if err != nil {
		return nil, err
	}
	protected, err := s.protect(plain)
	if err != nil {
		return nil, err
	}
	answer, err := apdu.Collect(ctx, s.card, protected) // GET RESPONSE is plain inside a session, too
	if err != nil {
		s.ended = fmt.Errorf("%w (%w)", ErrEnded, err)
		return nil, err
	}
	if len(answer.Data) == 0 {
		if answer.Status == apdu.NotFound {
			return answer.Bytes(), nil
		}
		s.ended = fmt.Errorf("%w (%w, unprotected)", ErrEnded, answer.Status)
		return nil, s.ended
	}
	opened, err := s.open(answer.Data)
	if err != nil {
		s.ended = fmt.Errorf("%w (%w)", ErrEnded, err)
		return nil, s.ended
	}
	return binary.BigEndian.AppendUint16(opened.Data, uint16(opened.Status)), nil
}

// Close closes the card below.
func (s *Session) Close() error {
	s.ended = ErrEnded
	return s.card.Close()
}

// protect wraps a plain command and advances the counter.
func (s *Session) protect(c apdu.Command) (apdu.Command, error) {
	s.count()
	objects := s.objects[:0]
	if len(c.Data) > 0 {
		sealed, err := crypt.Encrypt(s.encrypt, s.vector(), crypt.Pad(c.Data, s.encrypt.BlockSize()))
		if err != nil {
			return apdu.Command{}, err
		}
		if c.Ins&1 == 1 {
			objects = tlv.Append(objects, doEncryptedOdd, sealed)
		} else {
			objects = tlv.Append(objects, doEncrypted, []byte{paddingISO}, sealed)
		}
	}
	if c.Le > 0 {
		objects = tlv.Append(objects, doLe, leBytes(c.Le))
	}
	c.Class |= apdu.ClassSecure
	s.block = crypt.AppendPad(s.block[:0], []byte{c.Class, c.Ins, c.P1, c.P2}, s.encrypt.BlockSize())
	s.objects = tlv.Append(objects, doMAC, s.authenticate(s.block, objects))
	c.Data = s.objects
	// A short command asks for a short answer, so that a chip without
	// extended length can be read.
	if c.Le <= apdu.MaxShortLe && len(c.Data) <= apdu.MaxShortData {
		c.Le = apdu.MaxShortLe
	} else {
		c.Le = apdu.MaxExtendedLe
	}
	return c, nil
}

func leBytes(le int) []byte {
	if le <= apdu.MaxShortLe {
		return []byte{byte(le)}
	}
	return []byte{byte(le >> 8), byte(le)}
}

// open checks and decrypts the data field of a protected response, and
// advances the counter.
func (s *Session) open(data []byte) (apdu.Response, error) {
	s.count()
	var objects [3]tlv.Element // a cryptogram, the status, the code
	var n int
	for rest := data; len(rest) > 0; n++ {
		var err error
		if n == len(objects) {
			return apdu.Response{}, fmt.Errorf("%w: more than %d objects", ErrIntegrity, n)
		}
		if objects[n], rest, err = tlv.Next(rest); err != nil {
			return apdu.Response{}, fmt.Errorf("%w: %w", ErrIntegrity, err)
		}
	}
	last := n - 1
	if last < 1 || objects[last].Tag != doMAC || len(objects[last].Value) != crypt.MACSize {
		return apdu.Response{}, fmt.Errorf("%w: no code at its end", ErrIntegrity)
	}
	covered := data[:len(data)-len(objects[last].Raw)]
	if !crypt.Equal(s.authenticate(covered, nil), objects[last].Value) {
		return apdu.Response{}, fmt.Errorf("%w: its code differs", ErrIntegrity)
	}
	return s.read(objects[:last])
}

// read takes the authenticated objects apart: one optional cryptogram, then
// the status. The status outside is nobody's word and is not looked at. The
// data has room for the status behind it.
func (s *Session) read(objects []tlv.Element) (apdu.Response, error) {
	var plain []byte
	if first := objects[0]; first.Tag == doEncrypted || first.Tag == doEncryptedOdd {
		sealed := first.Value
		if first.Tag == doEncrypted {
			if len(sealed) == 0 || sealed[0] != paddingISO {
				return apdu.Response{}, fmt.Errorf("%w: padding indicator", ErrIntegrity)
			}
			sealed = sealed[1:]
		}
		padded, err := crypt.AppendDecrypt(make([]byte, 0, len(sealed)+2), s.encrypt, s.vector(), sealed)
		if err != nil {
			return apdu.Response{}, fmt.Errorf("%w: %w", ErrIntegrity, err)
		}
		if plain, err = crypt.Unpad(padded); err != nil {
			return apdu.Response{}, fmt.Errorf("%w: %w", ErrIntegrity, err)
		}
		objects = objects[1:]
	}
	if len(objects) != 1 || objects[0].Tag != doStatus || len(objects[0].Value) != 2 {
		return apdu.Response{}, fmt.Errorf("%w: no protected status", ErrIntegrity)
	}
	sw := objects[0].Value
	return apdu.Response{Data: plain, Status: apdu.Status(uint16(sw[0])<<8 | uint16(sw[1]))}, nil
}

// authenticate returns the code over the counter and the parts under method-2
// padding. It holds until the next one.
func (s *Session) authenticate(header, objects []byte) []byte {
	s.code = s.mac.AppendPadded(s.code[:0], s.ssc, header, objects)
	return s.code
}

// count advances the send sequence counter.
func (s *Session) count() {
	for i := len(s.ssc) - 1; i >= 0; i-- {
		s.ssc[i]++
		if s.ssc[i] != 0 {
			return
		}
	}
}

// vector is the initial vector of a cryptogram: zero with 3DES, the encrypted
// counter with AES (Doc 9303-11 §9.8.6.1, §9.8.7.1).
func (s *Session) vector() []byte {
	s.block = append(s.block[:0], s.ssc...)
	if s.tdes {
		clear(s.block)
	} else {
		s.encrypt.Encrypt(s.block, s.block)
	}
	return s.block
}
