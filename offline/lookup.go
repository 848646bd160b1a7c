package offline

import (
	"crypto/hmac"
	"crypto/sha256"
	"strings"
	"unicode"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/queue"
)

// lookupDomain keeps the hash of a number apart from the other uses of a key.
const lookupDomain = "tram look-up v1\x00"

// lookup is the keyed hash by which a citizen's dossiers are found again, zero
// for no number. How the number is spaced makes no difference.
func (o *Outbox) lookup(number string) [sha256.Size]byte {
	number = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, number)
	if number == "" {
		return [sha256.Size]byte{}
	}
	mac := hmac.New(sha256.New, o.index)
	_, _ = mac.Write([]byte(lookupDomain + number)) // never fails, hash.Hash
	return [sha256.Size]byte(mac.Sum(nil))
}

// Find returns the dossiers of the citizen with this number, oldest first, as
// far as the index still knows them, and then those that wait for a supervisor.
func (o *Outbox) Find(number string) ([]Status, error) {
	index := o.lookup(number)
	entries, err := o.queue.Find(index)
	if err != nil {
		return nil, err
	}
	list := o.statuses(entries)
	held, err := o.queue.Held()
	if err != nil {
		return nil, err
	}
	for _, e := range held {
		if e.Lookup == index && index != [sha256.Size]byte{} {
			s := o.status(e)
			s.Held = true
			list = append(list, s)
		}
	}
	return list, nil
}

// SameCitizen says whether a dossier is of the citizen with this number: a
// correction must be. The error is ErrNotFound.
func (o *Outbox) SameCitizen(id uuid.UUID, number string) (bool, error) {
	e, err := o.queue.Get(id)
	if err != nil {
		return false, err
	}
	index := o.lookup(number)
	return hmac.Equal(index[:], e.Lookup[:]) && index != [sha256.Size]byte{}, nil
}

// statuses are those of entries, each with the correction that one of them is
// to another.
func (o *Outbox) statuses(entries []queue.Entry) []Status {
	corrections := map[uuid.UUID]uuid.UUID{}
	for _, e := range entries {
		if e.Corrects != uuid.Nil {
			corrections[e.Corrects] = e.ID // the newest one counts
		}
	}
	list := make([]Status, 0, len(entries))
	for _, e := range entries {
		s := o.status(e)
		s.Corrected = corrections[e.ID]
		list = append(list, s)
	}
	return list
}

// Mark is the keyed hash of a citizen's number for the station's own use, nil
// for no number: whose card an officer has is kept as that and nothing more. The
// key is the masked index's.
func (o *Outbox) Mark(number string) []byte {
	index := o.lookup(number)
	if index == [sha256.Size]byte{} {
		return nil
	}
	return index[:]
}
