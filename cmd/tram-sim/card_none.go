//go:build !cgo && !windows

package main

import (
	"context"
	"fmt"
)

// resetCard answers that PC/SC is not built in.
func resetCard(context.Context, string) (string, error) { return "", errNotBuilt() }

// holdCard answers that PC/SC is not built in.
func holdCard(context.Context, string) (string, func(), error) { return "", nil, errNotBuilt() }

func errNotBuilt() error {
	return fmt.Errorf("%w: this tram-sim was built without PC/SC: build it with cgo", errNoReader)
}
