//go:build !libusb || !cgo

package main

import (
	"context"
	"fmt"

	"github.com/tram-station/tram/biometrics"
)

// builtInScanner names the fingerprint drivers of this build.
const builtInScanner = ""

// openScanner says which build has a driver.
func openScanner(context.Context) (biometrics.Scanner, error) {
	return nil, fmt.Errorf("this build has no fingerprint driver, the standard one (tag libusb) has: %w", biometrics.ErrNoDevice)
}
