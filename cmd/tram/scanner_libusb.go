//go:build libusb && cgo

package main

import (
	"context"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/libusb"
)

// builtInScanner names the fingerprint driver of this build, "" for none.
const builtInScanner = "libusb"

// openScanner opens the fingerprint reader that is connected now. While there
// is none it fails with [biometrics.ErrNoDevice].
func openScanner(ctx context.Context) (biometrics.Scanner, error) {
	r, err := libusb.Open(ctx)
	if err != nil {
		return nil, err // not r: a nil pointer would make an interface that is not nil
	}
	return r, nil
}
