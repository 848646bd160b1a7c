// Package sbi captures fingerprints from any scanner whose maker ships a service
// of the MOSIP Secure Biometric Interface 0.9.5: HTTP on the loopback, its own
// verbs in the request line, and answers signed by the scanner. Slap scanners of
// the class that national registrations ask for come with such a service, on
// Windows, too, and it needs no cgo.
//
// [Open] looks for a service that registers fingers on the ports 4501 to 4600
// (MOSIPDISC), asks who the scanner is (MOSIPDINFO), and a capture is RCAPTURE
// with the live picture (STREAM) beside it. The verb CAPTURE is not used: what it
// returns is encrypted for an authentication server and can not be looked at.
//
// Nothing that a service says is believed for being said. Every answer has a
// limit in time and in size, redirections are refused, and a capture is taken
// only when each of its fingers is signed by the key of the scanner that was
// opened, names that scanner, this transaction and this moment, is the finger
// asked for, and continues the chain of hashes. With [Config.Roots] the keys have
// to be certified by one of them, too; without, [Scanner.Trust] says that the
// check is inconclusive.
//
// Each capture begins its own chain of hashes, so that the records of one can be
// verified without those of a try that was thrown away. Its records stand in the
// order of that chain; each names its finger.
package sbi

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"image"
	"io"
	"slices"
	"time"

	"github.com/tram-station/tram/biometrics"
)

// Ports of the loopback that services bind (§Device Discovery).
const (
	FirstPort = 4501
	LastPort  = 4600
)

// Config is how to reach a scanner and what to want of it. The zero value takes
// the first one that is ready.
type Config struct {
	// URL is the service's address, http on a loopback address; "" looks for one
	// on the ports.
	URL string
	// Serial wants the scanner with this number; "" takes any.
	Serial string
	// Roots certify scanners; nil leaves open whether a scanner is genuine.
	Roots *x509.CertPool
	// Env wants a scanner of this environment ("Production", "Staging", …); ""
	// takes any.
	Env string
	// Patience is how long a finger is waited for; 0 means 20 s.
	Patience time.Duration
	// Answer is how long an answer may take, and how much longer than Patience
	// a capture; 0 means 5 s.
	Answer time.Duration
	// RolledOptions are the parameters by which this maker's scanner is asked for
	// a rolled finger (customOpts): the interface itself has no word for it. nil:
	// none are taken.
	RolledOptions map[string]string
	// Decode decodes images of the types that this package does not know by
	// itself: "image/jp2", which is what slap scanners send. nil: none are taken.
	Decode func(ctx context.Context, mediaType string, b []byte) (image.Image, error)

	Now  func() time.Time // nil: time.Now
	Rand io.Reader        // of the transactions' numbers; nil: crypto/rand
}

const (
	defaultPatience = 20 * time.Second
	defaultAnswer   = 5 * time.Second
)

// Scanner is an opened scanner. One goroutine owns it; Close may be called from
// any. It holds no connection:
// after [biometrics.ErrNoDevice] the same scanner at the same address may answer
// again, one at another address has to be opened.
type Scanner struct {
	cfg    Config
	remote remote
	device device
	open   context.Context // ends with close
	close  context.CancelFunc
	// busy is until when the service may still wait for the finger of a capture
	// that was called off: the interface has no verb to call it off.
	busy time.Time
}

// Open finds a scanner and asks who it is. While there is none that is ready it
// fails with [biometrics.ErrNoDevice]; with [ErrUntrusted] where its answer does
// not hold.
func Open(ctx context.Context, cfg Config) (biometrics.Scanner, error) {
	if err := cfg.fill(); err != nil {
		return nil, err
	}
	found, err := Discover(ctx, cfg)
	if err != nil {
		return nil, err
	}
	all, err := candidates(found, cfg.Serial)
	if err != nil {
		return nil, err
	}
	var first error
	for _, f := range all { // whoever sits on the first port does not keep the others away
		s, err := open(ctx, cfg, f)
		if err == nil {
			return s, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

// open asks a scanner that was found who it is.
func open(ctx context.Context, cfg Config, f Found) (*Scanner, error) {
	s := &Scanner{cfg: cfg, remote: remote{base: f.URL, answer: cfg.Answer}}
	var err error
	if s.device, err = s.remote.info(ctx, f.Serial, checker{cfg.Roots, cfg.Now()}); err != nil {
		return nil, err
	}
	if err := s.device.usable(cfg.Env); err != nil {
		return nil, err
	}
	s.open, s.close = context.WithCancel(context.Background())
	return s, nil
}

// fill sets what is not set.
func (c *Config) fill() error {
	if c.Patience == 0 {
		c.Patience = defaultPatience
	}
	if c.Answer == 0 {
		c.Answer = defaultAnswer
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.URL == "" {
		return nil
	}
	base, err := loopback(c.URL)
	if err != nil {
		return fmt.Errorf("address of the fingerprint service: %w", err)
	}
	c.URL = base
	return nil
}

// candidates are the scanners to try, those for slaps before those for single
// fingers. Whether one is ready it says itself, signed.
func candidates(found []Found, serial string) ([]Found, error) {
	var slaps, others []Found
	for _, f := range found {
		switch {
		case serial != "" && f.Serial != serial:
		case f.Kind == kindSlap:
			slaps = append(slaps, f)
		default:
			others = append(others, f)
		}
	}
	all := slices.Concat(slaps, others)
	if len(all) == 0 {
		return nil, fmt.Errorf("no fingerprint service answers: %w", biometrics.ErrNoDevice)
	}
	return all, nil
}

// Device names the scanner. What does not work for Production counts as virtual:
// nobody answers for its keys.
func (s *Scanner) Device() biometrics.Device {
	return biometrics.Device{
		Name: s.device.ID.Make + " " + s.device.ID.Model, Serial: s.device.ID.Serial, Driver: "sbi",
		Virtual: s.device.Env != envProduction,
	}
}

// Takes reports whether the scanner can do the request.
func (s *Scanner) Takes(req biometrics.Request) bool {
	if len(req.Wanted()) == 0 || req.Finger > biometrics.LeftLittle && !req.Finger.Slap() {
		return false
	}
	switch req.Impression {
	case biometrics.Plain:
	case biometrics.Rolled:
		if s.cfg.RolledOptions == nil || !req.Finger.Single() {
			return false
		}
	default:
		return false
	}
	_, ok := s.device.module(req.Finger)
	return ok
}

// Close lets go of the scanner and ends a capture that runs.
func (s *Scanner) Close() error {
	s.close()
	return nil
}
