package libusb

import (
	"context"
	"crypto/aes"
	"errors"
	"fmt"
	"time"

	"github.com/tram-station/tram/biometrics"
)

// Registers. Successive ones are read and written in one request.
const (
	regStatus    = 0x0007
	regScramble  = 0x0033 // write: key number, seed
	regScrambled = 0x0034 // read: key XOR seed
	regMode      = 0x004e
	regInfo      = 0x00f0
	regResponse  = 0x2000
	regChallenge = 0x2010
)

// The one vendor request, in both directions.
const (
	requestRead  = 0xc0
	requestWrite = 0x40
	request      = 0x04
)

// Bits of the status register.
const (
	statusAlive = 0x01
	statusStuck = 0x84 // low power and "something is wrong": not closed cleanly
	statusLow   = 0x80
	statusKeep  = 0x0f // what is written back to wake it
)

// Patience while waking.
const (
	wakeTries   = 100
	wakePause   = 10 * time.Millisecond
	powerWait   = 300 * time.Millisecond // for the interrupt that says: power is up
	powerRounds = 3
)

// challengeKey answers readers that challenge their driver. It is public and
// the same for every unit; it protects nothing.
var challengeKey = []byte{
	0x79, 0xac, 0x91, 0x79, 0x5c, 0xa1, 0x47, 0x8e,
	0x98, 0xe0, 0x0f, 0x3c, 0x59, 0x8f, 0x5f, 0x4b,
}

// powerUp wakes the reader and reads what it says of itself. Where the
// interrupt is lost it begins again.
func (r *Reader) powerUp(ctx context.Context) (info, error) {
	var about info
	for round := 1; ; round++ {
		if err := r.wake(ctx); err != nil {
			return about, err
		}
		err := r.await(ctx, codePower, powerWait)
		if err == nil {
			break
		}
		if !errors.Is(err, errQuiet) {
			return about, err
		}
		if round == powerRounds {
			return about, fmt.Errorf("the reader does not power up, unplug it and plug it in again: %w", biometrics.ErrNoDevice)
		}
	}
	return about, r.read(regInfo, about[:])
}

// wake takes the reader through low power out of it, from whatever state it
// was left in.
func (r *Reader) wake(ctx context.Context) error {
	s, err := r.status()
	if err != nil {
		return err
	}
	if s&statusStuck == statusStuck {
		if s, err = r.unstick(ctx, s); err != nil {
			return err
		}
	}
	if s&statusLow == 0 {
		if err := r.write(regStatus, []byte{s | statusLow}); err != nil {
			return err
		}
	}
	for range wakeTries {
		if err := r.write(regStatus, []byte{s & statusKeep}); err != nil {
			return err
		}
		now, err := r.status()
		if err != nil {
			return err
		}
		if now&statusLow == 0 {
			return nil
		}
		if err := pause(ctx, wakePause); err != nil {
			return err
		}
		if r.model.challenge {
			if err := r.answerChallenge(); err != nil {
				return err
			}
		}
	}
	return fmt.Errorf("the reader stays in low power, unplug it and plug it in again: %w", biometrics.ErrNoDevice)
}

// unstick brings back a reader that was not closed cleanly.
func (r *Reader) unstick(ctx context.Context, s byte) (byte, error) {
	if err := r.write(regStatus, []byte{s & statusKeep}); err != nil {
		return 0, err
	}
	for range wakeTries {
		if err := pause(ctx, wakePause); err != nil {
			return 0, err
		}
		s, err := r.status()
		if err != nil || s&statusAlive != 0 {
			return s, err
		}
	}
	return 0, fmt.Errorf("the reader is stuck, unplug it and plug it in again: %w", biometrics.ErrNoDevice)
}

func (r *Reader) status() (byte, error) {
	var s [1]byte
	err := r.read(regStatus, s[:])
	return s[0], err
}

func (r *Reader) answerChallenge() error {
	var b [aes.BlockSize]byte
	if err := r.read(regChallenge, b[:]); err != nil {
		return err
	}
	c, err := aes.NewCipher(challengeKey)
	if err != nil {
		return err
	}
	c.Encrypt(b[:], b[:])
	return r.write(regResponse, b[:])
}

// read fills b from successive registers.
func (r *Reader) read(register uint16, b []byte) error {
	n, err := r.pipe.Control(requestRead, request, register, b)
	if err == nil && n != len(b) {
		err = fmt.Errorf("%d of %d bytes", n, len(b))
	}
	if err != nil {
		return lost(fmt.Sprintf("read register %#04x", register), err)
	}
	return nil
}

// write fills successive registers.
func (r *Reader) write(register uint16, b []byte) error {
	if _, err := r.pipe.Control(requestWrite, request, register, b); err != nil {
		return lost(fmt.Sprintf("write register %#04x", register), err)
	}
	return nil
}

// lost makes a failed transfer an error that says: the reader has to be closed
// and opened again. Whether it was unplugged or hangs, the cable is the place
// to look.
func lost(what string, err error) error {
	if errors.Is(err, biometrics.ErrNoDevice) {
		return fmt.Errorf("%s: %w", what, err)
	}
	return fmt.Errorf("%s: %w (%w)", what, biometrics.ErrNoDevice, err)
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
