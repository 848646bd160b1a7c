package chip

import (
	"crypto/cipher"
	"crypto/subtle"
)

// session is one secure messaging channel (Doc 9303-11 §9.8).
type session struct {
	block  cipher.Block // encryption
	size   int          // of its block, and of the counter
	macKey []byte
	isAES  bool
	ssc    []byte // send sequence counter
}

// newBAC starts the session of BAC, whose counter comes from the challenges.
func newBAC(seed, ssc []byte) *session {
	s := newSession(TripleDES, TripleDES.derive(seed, counterEnc), TripleDES.derive(seed, counterMAC))
	s.ssc = ssc
	return s
}

// newSession starts the session of PACE or chip authentication; the counter is
// as long as a block and starts at zero (§9.8.6.3, §9.8.7.3).
func newSession(c Cipher, encKey, macKey []byte) *session {
	block := c.block(encKey)
	size := block.BlockSize()
	return &session{block: block, size: size, macKey: macKey, isAES: c != TripleDES, ssc: make([]byte, size)}
}

func (s *session) count() {
	for i := len(s.ssc) - 1; i >= 0; i-- {
		if s.ssc[i]++; s.ssc[i] != 0 {
			return
		}
	}
}

// iv is zero for 3DES and the encrypted counter for AES (§9.8.6).
func (s *session) iv() []byte {
	iv := make([]byte, s.size)
	if s.isAES {
		s.block.Encrypt(iv, s.ssc)
	}
	return iv
}

// mac authenticates the counter, the header (nil for a response) and the data
// objects; each of the two parts is padded when it is there (§9.8.6.2).
func (s *session) mac(header, objects []byte) []byte {
	in := append([]byte(nil), s.ssc...)
	if header != nil {
		in = append(in, pad(header, s.size)...)
	}
	if len(objects) > 0 {
		in = pad(append(in, objects...), s.size)
	}
	if s.isAES {
		return aesMAC(s.macKey, in)
	}
	return retailMAC(s.macKey, in)
}

// unwrap checks and removes the protection of a command; false ends the
// session. The counter moves first (§9.8.6.3).
func (s *session) unwrap(cmd command) (command, bool) {
	s.count()
	objects, err := parseObjects(cmd.data)
	if err != nil || len(objects) == 0 || !ordered(objects) {
		return command{}, false
	}
	last := objects[len(objects)-1]
	if last.tag != 0x8E || len(last.value) != macSize {
		return command{}, false
	}
	header := []byte{cmd.cla, cmd.ins, cmd.p1, cmd.p2}
	protected := cmd.data[:len(cmd.data)-2-macSize]
	if subtle.ConstantTimeCompare(s.mac(header, protected), last.value) != 1 {
		return command{}, false
	}
	plain := command{cla: cmd.cla &^ 0x0C, ins: cmd.ins, p1: cmd.p1, p2: cmd.p2, extended: cmd.extended}
	for _, o := range objects[:len(objects)-1] {
		ok := false
		switch o.tag {
		case 0x87, 0x85:
			plain.data, ok = s.decrypt(o, cmd.ins)
		case 0x97:
			plain.le, ok = expected(o.value)
		}
		if !ok {
			return command{}, false
		}
	}
	return plain, true
}

// ordered reports that the objects come in the order of §9.8.4, each at most
// once: data, expected length, checksum.
func ordered(objects []object) bool {
	rank := map[uint32]int{0x85: 1, 0x87: 1, 0x97: 2, 0x8E: 3}
	at := 0
	for _, o := range objects {
		r := rank[o.tag]
		if r <= at {
			return false
		}
		at = r
	}
	return true
}

// decrypt opens DO87, which starts with a padding indicator, or DO85, the form
// of odd instructions, which does not.
func (s *session) decrypt(o object, ins byte) ([]byte, bool) {
	odd := ins&1 == 1
	if odd != (o.tag == 0x85) {
		return nil, false
	}
	body := o.value
	if !odd {
		if len(body) == 0 || body[0] != 0x01 {
			return nil, false
		}
		body = body[1:]
	}
	if len(body) == 0 || len(body)%s.size != 0 {
		return nil, false
	}
	return unpad(decryptCBC(s.block, s.iv(), body))
}

// expected reads DO97: one byte, or two where lengths are extended.
func expected(b []byte) (int, bool) {
	switch len(b) {
	case 1:
		return coded(int(b[0]), 256), true
	case 2:
		return coded(int(b[0])<<8|int(b[1]), 65536), true
	}
	return 0, false
}

// wrap protects an answer to the instruction.
func (s *session) wrap(ins byte, a answer) []byte {
	s.count()
	var objects []byte
	if len(a.data) > 0 {
		sealed := encryptCBC(s.block, s.iv(), pad(a.data, s.size))
		if ins&1 == 1 {
			objects = encode(0x85, sealed)
		} else {
			objects = encode(0x87, []byte{0x01}, sealed)
		}
	}
	objects = append(objects, encode(0x99, []byte{byte(a.sw >> 8), byte(a.sw)})...)
	checksum := encode(0x8E, s.mac(nil, objects))
	return answer{data: append(objects, checksum...), sw: a.sw}.bytes()
}

// plainRoom is the largest plain block whose protected form fits into room:
// 223 bytes (AES) or 231 (3DES) of a short response.
func (s *session) plainRoom(room int) int {
	const trailer = 4 + 10 // DO99 and DO8E
	header := 4            // tag, length of two bytes, padding indicator
	if room > maxShortResponse {
		header++
	}
	return (room-trailer-header)/s.size*s.size - 1
}
