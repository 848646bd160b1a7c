package serial

// MaxPayload bounds one scan, in bytes. The largest QR code holds 2,953; what
// is longer is no scan.
const MaxPayload = 4096

// splitter cuts what a scanner sends into payloads: at CR, LF or both, or
// where it falls silent.
type splitter struct {
	pending []byte
	skip    bool // in a burst that is too long, up to its end
	ready   []result
}

type result struct {
	payload []byte
	err     error
}

// feed takes bytes as they come, in pieces of any size.
func (s *splitter) feed(b []byte) {
	for _, c := range b {
		switch {
		case c == '\r' || c == '\n':
			s.end()
		case s.skip:
		case len(s.pending) == MaxPayload:
			s.pending, s.skip = s.pending[:0], true
			s.ready = append(s.ready, result{err: ErrTooLong})
		default:
			s.pending = append(s.pending, c)
		}
	}
}

// end closes the payload under way; an empty one is none.
func (s *splitter) end() {
	if len(s.pending) > 0 {
		s.ready = append(s.ready, result{payload: append([]byte(nil), s.pending...)})
	}
	s.drop()
}

// drop forgets the payload under way.
func (s *splitter) drop() { s.pending, s.skip = s.pending[:0], false }

// underWay reports whether a silence would end something.
func (s *splitter) underWay() bool { return len(s.pending) > 0 || s.skip }

// next returns what is complete, in order.
func (s *splitter) next() (r result, ok bool) {
	if len(s.ready) == 0 {
		return result{}, false
	}
	r, s.ready = s.ready[0], s.ready[1:]
	return r, true
}
