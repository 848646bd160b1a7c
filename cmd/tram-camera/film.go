package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/tram-station/tram/biometrics/camera"
)

// errSource says that the source could not be opened or broke.
var errSource = errors.New("camera source")

// film obeys the commands and sends what the source delivers to w, until it is
// told to quit or the source breaks.
func film(opts options, commands <-chan string, w io.Writer) error {
	var src source
	defer func() {
		if src != nil {
			src.close()
		}
	}()
	var seq uint64
	for {
		word, told := "", false
		if src == nil {
			word, told = <-commands, true
		} else {
			select {
			case word = <-commands:
				told = true
			default:
			}
		}
		if told {
			quit, err := obey(word, &src, opts, w)
			if quit || err != nil {
				return err
			}
			continue
		}
		more, err := send(src, seq, w)
		if err != nil {
			return err
		}
		if !more {
			src.close()
			src = nil
		}
		seq++
	}
}

// obey carries out one command; it opens or closes *src.
func obey(word string, src *source, opts options, w io.Writer) (quit bool, err error) {
	switch word {
	case camera.CommandQuit:
		return true, nil
	case camera.CommandStop:
		if *src != nil {
			(*src).close()
			*src = nil
		}
	case camera.CommandStart:
		if *src != nil {
			return false, nil
		}
		opened, err := openSource(opts)
		if err != nil {
			return false, trouble(w, err)
		}
		*src = opened
		hello, err := opened.hello().Message()
		if err != nil {
			return false, err
		}
		return false, camera.WriteMessage(w, hello)
	default:
		return false, fmt.Errorf("unknown command %q", word)
	}
	return false, nil
}

// send passes one frame on; more is false at the end of the source.
func send(src source, seq uint64, w io.Writer) (more bool, err error) {
	packed, width, height, err := src.next()
	switch {
	case errors.Is(err, io.EOF):
		return false, camera.WriteMessage(w, camera.Message{Kind: camera.KindEnd})
	case err != nil:
		return false, trouble(w, err)
	}
	p := camera.Picture{Seq: seq, Time: time.Now(), Width: width, Height: height, JPEG: packed}
	return true, camera.WriteMessage(w, p.Message())
}

// trouble tells the daemon why this process ends.
func trouble(w io.Writer, err error) error {
	text := err.Error()
	if len(text) > camera.MaxText {
		text = text[:camera.MaxText]
	}
	return errors.Join(
		fmt.Errorf("%w: %w", errSource, err),
		camera.WriteMessage(w, camera.Message{Kind: camera.KindTrouble, Body: []byte(text)}),
	)
}
