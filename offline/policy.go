package offline

import (
	"errors"
	"time"

	"github.com/tram-station/tram/offline/uplink"
)

// Policy is what the authority's rule pack says of the way out.
type Policy struct {
	Version string
	Signed  bool // it came signed from the central, and was not changed here
	// Courier lets supervisors carry sealed dossiers by hand. It counts in a
	// signed policy only.
	Courier bool
	// Keep is for how long the index shows a dossier after it came to a state
	// with a receipt; a state that is not named is kept for ever. Nothing that
	// waits is ever dropped.
	Keep   map[State]time.Duration
	Window uplink.Window // of a metered line
	Quota  int64         // most sealed bytes that wait, 0 for no own limit
}

// ErrCourier says that nothing may be carried by hand here.
var ErrCourier = errors.New("offline: carrying dossiers by hand is off: only a policy that the central has signed can allow it")

// policy is the one in force.
func (o *Outbox) policy() Policy {
	if o.cfg.Policy == nil {
		return Policy{}
	}
	return o.cfg.Policy()
}

// MayCarry returns ErrCourier unless the signed policy allows the courier.
func (o *Outbox) MayCarry() error {
	if p := o.policy(); !p.Signed || !p.Courier {
		return ErrCourier
	}
	return nil
}
