package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/inquiry"
	"github.com/tram-station/tram/offline/uplink"
)

// inquiries is what the enrolment asks of the central while the citizen is
// there, over the outbox's line; nil where the station is not paired.
func inquiries(o *offline.Outbox) enrol.Central {
	if c := o.Inquiry(); c != nil { // a nil one must not become an interface that is not nil
		return c
	}
	return nil
}

// services says what stands behind the gateway: the register, the messages to
// citizens, the desk for exceptions. An enrolment goes on without each of them.
// gateway is how the gateway itself was found.
func (d doctor) services(ctx context.Context, gateway finding) finding {
	f := finding{Name: "register", State: "waiting"}
	if gateway.State != "ok" {
		f.Detail = "not asked: " + gateway.Detail + "; checks, codes and decisions are recorded as not done"
		return f
	}
	s, err := d.askServices(ctx)
	switch {
	case errors.Is(err, errNoKeys):
		f.Detail = "not asked: the station has no keys yet"
		return f
	case errors.Is(err, uplink.ErrNoCertificate):
		f.Detail, f.Next = "not asked: the gateway does not know this station yet", "have it enrolled at the central (tram-gateway enrol); checks stay \"not done\" until then"
		return f
	case err != nil:
		f.Detail, f.Next = "does not answer: checks, codes and decisions are recorded as not done", err.Error()
		return f
	}
	f.Detail = fmt.Sprintf("the register is %s, messages to citizens %s, decisions on exceptions %s",
		inService(s.Register), inService(s.Messages), inService(s.Exceptions))
	if s.Register == inquiry.Ready && s.Messages == inquiry.Ready && s.Exceptions == inquiry.Ready {
		f.State = "ok"
	} else {
		f.Next = "what is missing is recorded as not done; ask the central authority"
	}
	return f
}

func inService(s inquiry.Service) string {
	return map[inquiry.Service]string{inquiry.Ready: "ready", inquiry.Failing: "failing", inquiry.None: "not there"}[s]
}

// askServices asks over a line of its own: the daemon may have the queue.
func (d doctor) askServices(ctx context.Context) (s inquiry.Services, err error) {
	pairing, err := uplink.LoadPairing(d.pairing)
	if err != nil {
		return s, err
	}
	keys, station, err := openStationKeys(keyOptions{d.data, d.tpm})
	if err != nil {
		return s, err
	}
	defer closed(keys)
	cfg := outboxConfig(d.data, station.ID, keys)
	if err := cfg.Pair(pairing); err != nil {
		return s, err
	}
	c, err := offline.Inquire(cfg)
	if err != nil {
		return s, err
	}
	defer c.Uplink.HTTP.CloseIdleConnections()
	return c.Services(ctx)
}
