package kiosk

import (
	"errors"

	"github.com/tram-station/tram/offline/audit"
	"github.com/tram-station/tram/offline/envelope"
)

// Log is the audit log of the outbox.
type Log interface {
	// Acts walks over the audit log, the oldest first. The error is
	// audit.ErrRecord at an act that can not be read.
	Acts(from uint64, fn func(n uint64, a audit.Act) error) error
	AuditHead() (envelope.Head, error)
	AuditVerify() (audit.Report, error)
}

var errRead = errors.New("all read")

// walkActs walks over the acts from one number up to another, the oldest first.
// One that can not be read is left out: no damage keeps anybody from their work,
// and the look at the whole log says where it is.
func walkActs(log Log, from, end uint64, fn func(n uint64, a audit.Act)) error {
	for next := from; next < end; next++ { // past the damaged one
		err := log.Acts(next, func(n uint64, a audit.Act) error {
			if n >= end {
				return errRead
			}
			next = n + 1
			fn(n, a)
			return nil
		})
		switch {
		case err == nil, errors.Is(err, errRead):
			return nil
		case !errors.Is(err, audit.ErrRecord):
			return err
		}
	}
	return nil
}

// newActs walks over the acts from a number on, and returns the number of the
// next one that there will be.
func newActs(log Log, from uint64, fn func(n uint64, a audit.Act)) (next uint64, err error) {
	head, err := log.AuditHead()
	if err != nil {
		return from, err
	}
	return max(from, head.Size), walkActs(log, from, head.Size, fn)
}
