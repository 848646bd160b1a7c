package main

import (
	"os"

	"golang.org/x/sys/windows"
)

// hideTyping stops the console from showing what is typed until the function
// that it returns is called.
func hideTyping(f *os.File) (show func()) {
	console := windows.Handle(f.Fd())
	var was uint32
	if windows.GetConsoleMode(console, &was) != nil {
		return func() {}
	}
	_ = windows.SetConsoleMode(console, was&^windows.ENABLE_ECHO_INPUT) // at worst it is shown
	return func() { _ = windows.SetConsoleMode(console, was) }
}
