//go:build !libfprint || !cgo

package main

import (
	"context"

	"github.com/tram-station/tram/biometrics"
)

// This build does without libfprint.
var openLibfprint func(context.Context, scannerWish) (biometrics.Scanner, error)
