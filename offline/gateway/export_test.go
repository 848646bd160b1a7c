package gateway

import "time"

// SetPace makes bodies come faster than they have to, so that a test need not
// wait.
func (g *Gateway) SetPace(grace time.Duration, rate int) { g.grace, g.rate = grace, rate }

// SetWritePace is how long a caller may take for a piece of an answer.
func (g *Gateway) SetWritePace(grace time.Duration) { g.writeGrace = grace }
