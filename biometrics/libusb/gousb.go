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

// usb is a claimed reader behind libusb.
type usb struct {
	context  *gousb.Context
	device   *gousb.Device
	config   *gousb.Config
	claimed  *gousb.Interface
	confused atomic.Bool // a transfer failed while the reader was there
}

// family is what is looked for on the bus.
type family struct {
	name  string
	knows func(vendor, product uint16) bool
	class gousb.Class // of the reader's interface
	// take looks for the endpoints in it.
	take func(*gousb.Interface) error
}

// dial claims the first reader of a family that can be claimed. Each call looks
// at the devices anew.
func (u *usb) dial(ctx context.Context, f family) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var err error
	if u.context, err = newContext(); err != nil {
		return err
	}
	devices, failed := u.context.OpenDevices(func(d *gousb.DeviceDesc) bool {
		return f.knows(uint16(d.Vendor), uint16(d.Product))
	})
	for _, d := range devices {
		if u.device != nil {
			_ = d.Close()
			continue
		}
		if err := u.claim(d, f); err != nil {
			failed = err
			_ = d.Close()
		}
	}
	if u.device == nil {
		_ = u.context.Close()
		return notFound(f.name, failed)
	}
	return nil
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
func notFound(name string, failed error) error {
	switch {
	case errors.Is(failed, gousb.ErrorAccess):
		return fmt.Errorf("a reader is connected but may not be opened, give this user the right to it (udev rule): %w (%w)", biometrics.ErrNoDevice, failed)
	case failed != nil && strings.Contains(failed.Error(), gousb.ErrorBusy.Error()): // gousb does not wrap it
		return fmt.Errorf("a reader is connected but another program uses it, close that program: %w (%w)", biometrics.ErrNoDevice, failed)
	case failed != nil:
		return lost("look for a reader", failed)
	}
	return fmt.Errorf("no %s reader: %w", name, biometrics.ErrNoDevice)
}

// claim takes the reader's interface. A keyboard or mouse with a reader has
// others beside it, which stay with the system.
func (u *usb) claim(d *gousb.Device, f family) error {
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
		if len(i.AltSettings) == 0 || i.AltSettings[0].Class != f.class {
			continue
		}
		claimed, err := config.Interface(i.Number, i.AltSettings[0].Alternate)
		if err != nil {
			return errors.Join(err, config.Close())
		}
		if err := f.take(claimed); err != nil {
			claimed.Close()
			continue
		}
		u.device, u.config, u.claimed = d, config, claimed
		return nil
	}
	return errors.Join(errors.New("the device has no reader interface"), config.Close())
}

// serial is the number that the reader gives, "" where it has none.
func (u *usb) serial() string {
	s, err := u.device.SerialNumber()
	if err != nil {
		return ""
	}
	return s
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
