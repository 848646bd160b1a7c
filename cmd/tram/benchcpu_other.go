//go:build !linux

package main

import (
	"runtime"
	"time"
)

// cpuTime is not measured on this system.
func cpuTime() time.Duration { return 0 }

// onOneCore runs f with Go on one core.
func onOneCore(f func() error) error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	return f()
}
