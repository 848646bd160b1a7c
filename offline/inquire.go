package offline

import (
	"github.com/tram-station/tram/offline/inquiry"
	"github.com/tram-station/tram/offline/uplink"
)

// Inquiry is the client of what stands behind the gateway, over the line of the
// dossiers: with the station's certificate as it is at that time, and its
// proxy. nil where the station is not paired. Keep it: it remembers that a line
// is silent.
func (o *Outbox) Inquiry() *inquiry.Client {
	if o.client == nil {
		return nil
	}
	return &inquiry.Client{Uplink: o.client, Now: o.cfg.Now}
}

// Inquire is Outbox.Inquiry for a program that does not open the queue: the
// daemon may have it open. The error is that of the certificate's file.
func Inquire(cfg Config) (*inquiry.Client, error) {
	if cfg.GatewayURL == "" || cfg.Signer == nil {
		return nil, ErrNoGateway
	}
	o := &Outbox{cfg: cfg, line: &uplink.Clock{Now: cfg.Now}}
	if err := o.cert.load(o.certificatePath()); err != nil {
		return nil, err
	}
	o.client = o.newClient()
	return o.Inquiry(), nil
}
