//go:build libusb

package libusb

import (
	"context"
	"errors"

	"github.com/google/gousb"
)

// Endpoints, by number: gousb adds the direction.
const (
	endpointInterrupt = 1
	endpointBulk      = 2
)

// Open powers the first connected reader of the U.are.U family up. While there
// is none it fails at once with [biometrics.ErrNoDevice]: call it again to wait
// for one, or for one that was unplugged to come back.
func Open(ctx context.Context) (*Reader, error) {
	p, m, err := dialURU(ctx)
	if err != nil {
		return nil, err
	}
	return start(ctx, p, m, p.serial())
}

// uruUSB is a claimed reader of the U.are.U family.
type uruUSB struct {
	usb
	interrupt *gousb.InEndpoint
	bulk      *gousb.InEndpoint
}

func dialURU(ctx context.Context) (*uruUSB, model, error) {
	u := new(uruUSB)
	err := u.dial(ctx, family{
		name:  "U.are.U or Microsoft",
		knows: func(vendor, product uint16) bool { _, ok := findModel(vendor, product); return ok },
		class: gousb.ClassVendorSpec,
		take: func(i *gousb.Interface) (err error) {
			var other error
			u.interrupt, err = i.InEndpoint(endpointInterrupt)
			u.bulk, other = i.InEndpoint(endpointBulk)
			return errors.Join(err, other)
		},
	})
	if err != nil {
		return nil, model{}, err
	}
	m, _ := findModel(uint16(u.device.Desc.Vendor), uint16(u.device.Desc.Product))
	return u, m, nil
}

// Control does one vendor request.
func (u *uruUSB) Control(kind, request uint8, value uint16, data []byte) (int, error) {
	n, err := u.device.Control(kind, request, value, 0, data)
	return n, u.judge(err)
}

// Interrupt reads one interrupt.
func (u *uruUSB) Interrupt(ctx context.Context, b []byte) (int, error) {
	n, err := u.interrupt.ReadContext(ctx, b)
	return n, u.judge(err)
}

// Bulk reads one image.
func (u *uruUSB) Bulk(ctx context.Context, b []byte) (int, error) {
	n, err := u.bulk.ReadContext(ctx, b)
	return n, u.judge(err)
}
