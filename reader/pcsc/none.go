//go:build !cgo && !windows

package pcsc

import (
	"context"

	"github.com/tram-station/tram/reader/apdu"
)

// List answers [ErrNotBuilt].
func List() ([]string, error) { return nil, ErrNotBuilt }

// Open answers [ErrNotBuilt].
func Open(string) (apdu.Slot, error) { return nil, ErrNotBuilt }

// Watch answers [ErrNotBuilt].
func Watch(context.Context, func([]State)) error { return ErrNotBuilt }
