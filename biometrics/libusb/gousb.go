//go:build libusb

package libusb

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/gousb"

	"github.com/tram-station/tram/biometrics"
)

// controlTimeout ends a vendor request that hangs; gousb's own default is never.
const controlTimeout = 2 * time.Second

// Endpoints, by number: gousb adds the direction.
const (
	endpointInterrupt = 1
	endpointBulk      = 2
)

// Open powers the first connected reader of the family up. While there is none
// it fails at once with [biometrics.ErrNoDevice]: call it again to wait for one,
// or for one that was unplugged to come back.
func Open(ctx context.Context) (*Reader, error) {
	p, m, err := dial(ctx)
	if err != nil {
		return nil, err
	}
	serial, err := p.device.SerialNumber()
	if err != nil {
		serial = "" // not every reader has one
	}
	return start(ctx, p, m, serial)
}

// usb is a claimed reader behind libusb.
type usb struct {
	context   *gousb.Context
	device    *gousb.Device
	config    *gousb.Config
	claimed   *gousb.Interface
	interrupt *gousb.InEndpoint
	bulk      *gousb.InEndpoint
	confused  atomic.Bool // a transfer failed while the reader was there
}

// dial claims the first reader that can be claimed. Each call looks at the
// devices anew.
func dial(ctx context.Context) (*usb, model, error) {
	if err := ctx.Err(); err != nil {
		return nil, model{}, err
	}
	u := &usb{}
	var err error
	if u.context, err = newContext(); err != nil {
		return nil, model{}, err
	}
	devices, failed := u.context.OpenDevices(func(d *gousb.DeviceDesc) bool {
		_, ok := findModel(uint16(d.Vendor), uint16(d.Product))
		return ok
	})
	for _, d := range devices {
		if u.device != nil {
			_ = d.Close()
			continue
		}
		if err := u.claim(d); err != nil {
			failed = err
			_ = d.Close()
		}
	}
	if u.device == nil {
		_ = u.context.Close()
		return nil, model{}, notFound(failed)
	}
	m, _ := findModel(uint16(u.device.Desc.Vendor), uint16(u.device.Desc.Product))
	return u, m, nil
}

// newContext starts libusb. gousb panics where that fails, as on a machine
// without USB; a station without a reader must go on.
func newContext() (c *gousb.Context, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("start libusb: %v: %w", r, biometrics.ErrNoDevice)
		}
	}()
	return gousb.NewContext(), nil
}

// notFound says why there is no reader.
func notFound(failed error) error {
	switch {
	case errors.Is(failed, gousb.ErrorAccess):
		return fmt.Errorf("a reader is connected but may not be opened, give this user the right to it (udev rule): %w (%w)", biometrics.ErrNoDevice, failed)
	case failed != nil && strings.Contains(failed.Error(), gousb.ErrorBusy.Error()): // gousb does not wrap it
		return fmt.Errorf("a reader is connected but another program uses it, close that program: %w (%w)", biometrics.ErrNoDevice, failed)
	case failed != nil:
		return lost("look for a reader", failed)
	}
	return fmt.Errorf("no fingerprint reader of the U.are.U family: %w", biometrics.ErrNoDevice)
}

// claim takes the reader's interface. A keyboard or mouse with a reader has
// others beside it, which stay with the system.
func (u *usb) claim(d *gousb.Device) error {
	d.ControlTimeout = controlTimeout
	number, err := d.ActiveConfigNum()
	if err != nil {
		return err
	}
	config, err := d.Config(number)
	if err != nil {
		return err
	}
	for _, i := range config.Desc.Interfaces {
		if len(i.AltSettings) == 0 || i.AltSettings[0].Class != gousb.ClassVendorSpec {
			continue
		}
		claimed, err := config.Interface(i.Number, i.AltSettings[0].Alternate)
		if err != nil {
			return errors.Join(err, config.Close())
		}
		interrupt, noInterrupt := claimed.InEndpoint(endpointInterrupt)
		bulk, noBulk := claimed.InEndpoint(endpointBulk)
		if noInterrupt != nil || noBulk != nil {
			claimed.Close()
			continue
		}
		u.device, u.config, u.claimed, u.interrupt, u.bulk = d, config, claimed, interrupt, bulk
		return nil
	}
	return errors.Join(errors.New("the device has no reader interface"), config.Close())
}

// Control does one vendor request.
func (u *usb) Control(kind, request uint8, value uint16, data []byte) (int, error) {
	n, err := u.device.Control(kind, request, value, 0, data)
	return n, u.judge(err)
}

// Interrupt reads one interrupt.
func (u *usb) Interrupt(ctx context.Context, b []byte) (int, error) {
	n, err := u.interrupt.ReadContext(ctx, b)
	return n, u.judge(err)
}

// Bulk reads one image.
func (u *usb) Bulk(ctx context.Context, b []byte) (int, error) {
	n, err := u.bulk.ReadContext(ctx, b)
	return n, u.judge(err)
}

// judge marks the errors that mean that the reader was unplugged, and remembers
// those that may leave an endpoint halted.
func (u *usb) judge(err error) error {
	switch {
	case err == nil, errors.Is(err, gousb.TransferCancelled):
		return err
	case errors.Is(err, gousb.ErrorNoDevice), errors.Is(err, gousb.TransferNoDevice):
		return fmt.Errorf("%w (%w)", biometrics.ErrNoDevice, err)
	}
	u.confused.Store(true)
	return err
}

// Close gives the reader back, plugged in or not. A confused one is reset, so
// that it works when it is opened again: a halted endpoint stays halted
// otherwise. The reset may fail, as when the reader went in between.
func (u *usb) Close() error {
	u.claimed.Close()
	err := u.config.Close()
	if u.confused.Load() {
		_ = u.device.Reset()
	}
	return errors.Join(err, u.device.Close(), u.context.Close())
}
