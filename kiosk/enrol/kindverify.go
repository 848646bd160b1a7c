package enrol

import (
	"strings"

	"github.com/google/uuid"
)

// verified reports whether a card that was only to be looked at has been read:
// there is nothing to keep.
func (s *state) verified() bool { return s.looksOnly() && s.done == nil && s.chip != nil }

// closeVerified leaves nothing of such a card on the disk. What was found is
// shown until the officer finishes, and is in the audit log without a name.
func (s *Station) closeVerified() {
	if !s.st.verified() || s.journal == nil {
		return
	}
	if err := s.journal.Erase(); err != nil { // the next change tries again, and so does a restart
		s.log.Error("the journal of a verified card could not be erased", "err", err)
		return
	}
	s.journal = nil
	outcomes := []string{}
	for _, a := range actsOfChip(s.st.chip) {
		if a.What == actRead {
			outcomes = append(outcomes, a.Detail)
		}
	}
	fields := s.st.personFields(s.cfg.Now())
	s.note(Act{Who: s.st.officer, What: actVerified, Dossier: uuid.Nil, Masked: Masked(value(fields, fieldNumber)), Detail: strings.Join(outcomes, " ")})
}
