//go:build !linux && !windows

package main

import "os"

// hideTyping cannot hide it here.
func hideTyping(*os.File) (show func()) { return func() {} }
