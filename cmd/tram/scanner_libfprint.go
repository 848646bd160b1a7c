//go:build libfprint && cgo

package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/libfprint"
)

// openLibfprint opens the first reader of libfprint's, or of one of its
// drivers, with the density that is known of it or stated.
func openLibfprint(ctx context.Context, w scannerWish) (biometrics.Scanner, error) {
	driver, density, stated := strings.Cut(w.arg, "@")
	cfg := libfprint.Config{Reader: driver}
	if stated {
		var err error
		if cfg.DPI, err = strconv.Atoi(density); err != nil || cfg.DPI <= 0 {
			return nil, coded(exitUsage, fmt.Errorf("%q is no density: state it as libfprint=%s@500", density, driver))
		}
	}
	r, err := libfprint.Open(ctx, cfg)
	if errors.Is(err, libfprint.ErrDensity) {
		return nil, coded(exitUsage, fmt.Errorf("%w, as libfprint=%s@DPI", err, driver))
	}
	if err != nil {
		return nil, err // not r: a nil pointer would make an interface that is not nil
	}
	return r, nil
}
