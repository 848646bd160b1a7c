//go:build !libusb || !cgo

package main

import (
	"context"

	"github.com/tram-station/tram/biometrics"
)

// This build has no drivers of USB readers.
var openURU, openNB1010 func(context.Context, scannerWish) (biometrics.Scanner, error)
