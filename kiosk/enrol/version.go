package enrol

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
)

// move notes that the enrolment changes with the next snapshot: what an officer
// decided on an earlier one is not about this one any more. What is only live,
// such as the camera's guidance or how far the outbox is, moves nothing.
func (s *Station) move() { s.moved = s.live.version + 1 }

// outdated reports whether a command was meant for an enrolment that has moved
// since, or for a snapshot that this station never showed.
func (s *Station) outdated(c Command) bool {
	return c.IfVersion != 0 && (c.IfVersion < s.moved || c.IfVersion > s.live.version)
}

// maxTold bounds the memory of what commands said.
const maxTold = 1024

// told remembers by its ID what a command said, so that another one under the
// same ID is not taken for its repetition. It does not outlive the program;
// that a command is done once does.
type told map[string][sha256.Size]byte

func (t told) keep(c Command) {
	if c.Name == CmdPhoneCode { // nothing of a code is kept
		return
	}
	if len(t) >= maxTold {
		clear(t)
	}
	t[c.ID] = said(c)
}

// differs reports whether the ID stood for something else before.
func (t told) differs(c Command) bool {
	before, known := t[c.ID]
	return known && before != said(c)
}

func said(c Command) [sha256.Size]byte {
	var compact bytes.Buffer
	if json.Compact(&compact, c.Args) != nil || compact.Len() == 0 {
		return sha256.Sum256([]byte("{}")) // nothing, which is the same as no arguments
	}
	return sha256.Sum256(compact.Bytes())
}
