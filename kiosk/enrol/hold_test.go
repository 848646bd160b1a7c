package enrol

import "github.com/tram-station/tram/biometrics"

// hold makes one device stay in the middle of its work, and tells by what it
// shows that it is there.
func (b *bench) hold(device string) (until func(Snapshot) bool) {
	switch device {
	case "chip":
		b.chip.hold = make(chan struct{})
		return func(s Snapshot) bool { return s.Chip.State == "reading" }
	case "portrait":
		b.portraiter.never.Store(true)
		return func(s Snapshot) bool { return s.Portrait.State == "live" }
	case "match":
		b.portraiter.matchHold = make(chan struct{})
		return func(s Snapshot) bool { return s.Portrait.Match != nil && s.Portrait.Match.State == "running" }
	case "finger":
		b.scanner.absent.Store(true)
		return fingerIs(biometrics.RightIndex, "active")
	case "hand":
		b.camera.dark = 2 // the first opening is the portrait's
		return func(s Snapshot) bool { return s.Prints.Hand.State == handTaking }
	case "outbox":
		b.cfg.Outbox = &cutOutbox{got: make(chan struct{})}
		return at(StepSeal)
	}
	return nil
}
