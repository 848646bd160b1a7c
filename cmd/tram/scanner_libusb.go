//go:build libusb && cgo

package main

import (
	"context"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/libusb"
)

// openURU opens the first reader of the U.are.U family.
func openURU(ctx context.Context, _ scannerWish) (biometrics.Scanner, error) {
	r, err := libusb.Open(ctx)
	if err != nil {
		return nil, err // not r: a nil pointer would make an interface that is not nil
	}
	return r, nil
}

// openNB1010 opens the first NB-1010-U.
func openNB1010(ctx context.Context, _ scannerWish) (biometrics.Scanner, error) {
	r, err := libusb.OpenNB1010(ctx)
	if err != nil {
		return nil, err
	}
	return r, nil
}
