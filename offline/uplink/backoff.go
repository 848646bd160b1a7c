package uplink

import (
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Waits between tries: full jitter with a mean that grows from FirstWait/2 to
// MaxWait/2, so that 12,000 stations that lost the same line do not come back
// in the same second.
const (
	FirstWait = time.Second
	MaxWait   = 5 * time.Minute
	// longestLook is after how long a shut Window is looked at again.
	longestLook = 15 * time.Minute
)

// Backoff says how long to wait before the next try. It is not safe for
// concurrent use.
type Backoff struct{ exp *backoff.ExponentialBackOff }

// NewBackoff starts at FirstWait.
func NewBackoff() *Backoff {
	// With a randomization of 1 the library draws from 0 to twice its
	// interval, which is full jitter over that span.
	b := &Backoff{&backoff.ExponentialBackOff{
		InitialInterval: FirstWait / 2, RandomizationFactor: 1, Multiplier: 2, MaxInterval: MaxWait / 2,
	}}
	b.Reset() // the library starts at zero otherwise
	return b
}

// Next returns the wait after err: the jittered wait, but never less than the
// gateway asked for, and about as long as the hours of a metered line say.
func (b *Backoff) Next(err error) time.Duration {
	wait := b.exp.NextBackOff()
	if shut, ok := errors.AsType[*Shut](err); ok {
		return min(shut.For, longestLook) + wait // the clock may be put right meanwhile
	}
	if asked := RetryAfter(err); asked > 0 {
		return asked + wait // jitter on top, or all come back in the same second
	}
	return wait
}

// Reset starts over after a success.
func (b *Backoff) Reset() { b.exp.Reset() }
