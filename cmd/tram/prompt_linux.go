package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// hideTyping stops the terminal from showing what is typed until the function
// that it returns is called.
func hideTyping(f *os.File) (show func()) {
	fd := int(f.Fd())
	was, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return func() {}
	}
	hidden := *was
	hidden.Lflag &^= unix.ECHO
	_ = unix.IoctlSetTermios(fd, unix.TCSETS, &hidden) // at worst it is shown
	return func() { _ = unix.IoctlSetTermios(fd, unix.TCSETS, was) }
}
