//go:build !opencv

package main

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics/camera"
)

func TestParse(t *testing.T) {
	for _, args := range []string{
		"", "--device 0 --video x", "--device 0 more", "--device 0 --width 8", "--device 0 --height 9999",
		"--images d --fps 0.5", "--device 0 --exposure -1", "--device 0 --white-balance warm", "--device 0 --gain 1.5", "--images d --fps 1000", "--unknown",
	} {
		if o, err := parse(strings.Fields(args), io.Discard); err == nil {
			t.Errorf("%q: %+v", args, o)
		}
	}
	o, err := parse(strings.Fields("--video a.avi --loop --fps 12.5"), io.Discard)
	if err != nil || o.video != "a.avi" || !o.loop || o.fps != 12.5 || o.width != 1280 || o.height != 720 {
		t.Errorf("%+v, %v", o, err)
	}
}

func TestSettings(t *testing.T) {
	o, err := parse(strings.Fields("--device 0 --exposure 120 --white-balance auto"), io.Discard)
	if err != nil || o.exposure != (setting{by: true, value: 120}) || o.whiteBalance.by || o.gain.by {
		t.Errorf("%+v, %v", o, err)
	}
	if s := o.exposure.String() + " " + o.gain.String(); s != "120 auto" {
		t.Errorf("written as %q", s)
	}
	for fps, want := range map[float64]float64{0: 30, 12: 12} {
		if got := (&options{fps: fps}).rate(deviceRate); got != want {
			t.Errorf("%v frames a second asked for, %v wanted", fps, got)
		}
	}
}

func say(words ...string) <-chan string {
	c := make(chan string, len(words))
	for _, w := range words {
		c <- w
	}
	return c
}

// TestFilmWithoutOpenCV: a build without OpenCV says so, to the daemon too.
func TestFilmWithoutOpenCV(t *testing.T) {
	var out bytes.Buffer
	if err := film(options{device: "0"}, say(camera.CommandStart), &out); !errors.Is(err, errSource) || !errors.Is(err, errNoOpenCV) {
		t.Errorf("%v", err)
	}
	m, err := camera.ReadMessage(&out)
	if err != nil || m.Kind != camera.KindTrouble || !strings.Contains(string(m.Body), "without OpenCV") {
		t.Errorf("%v %q, %v", m.Kind, m.Body, err)
	}
	if err := film(options{}, say(camera.CommandStop, camera.CommandQuit), io.Discard); err != nil {
		t.Errorf("control, quit: %v", err)
	}
	if err := film(options{}, say("dance"), io.Discard); err == nil {
		t.Error("an unknown command was obeyed")
	}
}

// strip is a source of a few frames.
type strip struct {
	left   int
	closed bool
}

func (s *strip) hello() camera.Hello { return camera.Hello{Name: "strip", Source: "images"} }
func (s *strip) close()              { s.closed = true }
func (s *strip) next() ([]byte, int, int, error) {
	if s.left == 0 {
		return nil, 0, 0, io.EOF
	}
	s.left--
	return []byte{0xff, 0xd8}, 64, 48, nil
}

func TestSend(t *testing.T) {
	var out bytes.Buffer
	src := &strip{left: 2}
	for seq := range uint64(3) {
		more, err := send(src, seq, &out)
		if err != nil || more != (seq < 2) {
			t.Fatalf("frame %d: more %v, %v", seq, more, err)
		}
	}
	for _, want := range []camera.Kind{camera.KindPicture, camera.KindPicture, camera.KindEnd} {
		if m, err := camera.ReadMessage(&out); err != nil || m.Kind != want {
			t.Fatalf("kind %d, want %d, %v", m.Kind, want, err)
		}
	}
}

func TestObeyStops(t *testing.T) {
	s := &strip{left: 1}
	var src source = s
	if quit, err := obey(camera.CommandStop, &src, options{}, io.Discard); quit || err != nil || src != nil || !s.closed {
		t.Errorf("quit %v, %v, source %v, closed %v", quit, err, src, s.closed)
	}
}

func TestListenEndsWithItsInput(t *testing.T) {
	ended := make(chan struct{})
	commands := listen(strings.NewReader("start\n stop \n"), func() { close(ended) })
	for _, want := range []string{camera.CommandStart, camera.CommandStop} {
		if got := <-commands; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	select { // nobody takes the command to quit: as when a driver hangs
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Error("a process that hangs outlives its input")
	}
}
