//go:build libusb

package libusb

import (
	"context"
	"errors"

	"github.com/google/gousb"
)

// USB identity and endpoints of the NB-1010-U; gousb adds the direction.
const (
	pressVendor  = 0x298d
	pressProduct = 0x1010
	endpointOut  = 2
	endpointIn   = 3
)

// OpenNB1010 opens the first connected NB-1010-U. While there is none it fails
// at once with [biometrics.ErrNoDevice], as [Open] does.
func OpenNB1010(ctx context.Context) (*Press, error) {
	p := new(pressUSB)
	err := p.dial(ctx, family{
		name:  "NB-1010-U",
		knows: func(vendor, product uint16) bool { return vendor == pressVendor && product == pressProduct },
		class: gousb.ClassPerInterface, // as it calls itself
		take: func(i *gousb.Interface) (err error) {
			var other error
			p.out, err = i.OutEndpoint(endpointOut)
			p.in, other = i.InEndpoint(endpointIn)
			return errors.Join(err, other)
		},
	})
	if err != nil {
		return nil, err
	}
	return newPress(p, p.serial()), nil
}

// pressUSB is a claimed NB-1010-U.
type pressUSB struct {
	usb
	out *gousb.OutEndpoint
	in  *gousb.InEndpoint
}

// Send sends a command.
func (p *pressUSB) Send(ctx context.Context, b []byte) error {
	_, err := p.out.WriteContext(ctx, b)
	return p.judge(err)
}

// Receive reads what one transfer brings.
func (p *pressUSB) Receive(ctx context.Context, b []byte) (int, error) {
	n, err := p.in.ReadContext(ctx, b)
	return n, p.judge(err)
}
