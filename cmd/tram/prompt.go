package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// maxLine bounds what a person types, in bytes.
const maxLine = 1 << 10

// lines reads standard input line by line: a command may ask for several.
type lines struct {
	a  *app
	in *bufio.Reader
}

func (a *app) lines() *lines { return &lines{a, bufio.NewReader(io.LimitReader(a.stdin, 8*maxLine))} }

// ask reads one line. The question is for people only; a secret answer is not
// shown where the system can hide it.
func (l *lines) ask(question string, secret bool) (string, error) {
	if !l.a.json && interactive(l.a.stdin) {
		fmt.Fprint(l.a.stderr, question+" ")
		if f, ok := l.a.stdin.(*os.File); ok && secret {
			show := hideTyping(f)
			defer func() { show(); fmt.Fprintln(l.a.stderr) }()
		}
	}
	line, err := l.in.ReadString('\n')
	line = strings.TrimSpace(line)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return "", err
	case line == "":
		return "", coded(exitUsage, errors.New("nothing was typed: give it on standard input, a line each"))
	case len(line) > maxLine:
		return "", coded(exitUsage, errors.New("that line is too long"))
	}
	return line, nil
}
