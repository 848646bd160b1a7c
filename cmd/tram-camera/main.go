// Command tram-camera is the station's camera process: it films with OpenCV
// and writes what it films, by the protocol of biometrics/camera, to its
// standard output. It is a process of its own because OpenCV is C++: what
// aborts in there ends this process and nothing else.
//
// Only a build with the tag opencv can film; another says so and exits with 3.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/tram-station/tram/biometrics/camera"
)

// Exit codes, as those of tram.
const (
	exitGood     = 0
	exitOther    = 1
	exitUsage    = 2
	exitNoDevice = 3
)

// grace is how long the process tries to leave in order when its input is
// closed; a camera that hangs in its driver does not keep it alive.
const grace = 500 * time.Millisecond

// options say what to film.
type options struct {
	device, video, images string
	width, height         int
	fps                   float64 // 0: that of the kind of source
	loop                  bool
	exposure              setting // of a camera
	whiteBalance, gain    setting
}

// Frames a second, unless told otherwise.
const (
	deviceRate = 30
	fileRate   = 15
)

// rate is the frames a second asked for, or those of the kind of source.
func (o *options) rate(usual float64) float64 {
	if o.fps == 0 {
		return usual
	}
	return o.fps
}

// source is an open camera, video or folder.
type source interface {
	hello() camera.Hello
	// next returns the next frame; io.EOF when there are no more.
	next() (jpeg []byte, width, height int, err error)
	close()
}

func main() {
	opts, err := parse(os.Args[1:], os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(exitGood)
	case err != nil:
		fmt.Fprintln(os.Stderr, "tram-camera:", err)
		os.Exit(exitUsage)
	}
	if err := film(opts, listen(os.Stdin, func() { os.Exit(exitGood) }), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "tram-camera:", err)
		if errors.Is(err, errSource) {
			os.Exit(exitNoDevice)
		}
		os.Exit(exitOther)
	}
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("tram-camera", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.device, "device", "", "film with a V4L2 camera: an index, /dev/videoN, or a link of /dev/v4l/by-id, which stays when the number changes")
	f.StringVar(&o.video, "video", "", "film from a video file")
	f.StringVar(&o.images, "images", "", "film from a folder of JPEG and PNG pictures, in the order of their names")
	f.IntVar(&o.width, "width", 1280, "wanted width, pixels (camera)")
	f.IntVar(&o.height, "height", 720, "wanted height, pixels (camera)")
	f.Float64Var(&o.fps, "fps", 0, "frames a second: wanted (camera; 0: 30), or shown (video, images; 0: 15)")
	f.Var(&o.exposure, "exposure", "auto, or the exposure time (camera; the driver's units, 0.1 ms as a rule)")
	f.Var(&o.whiteBalance, "white-balance", "auto, or the colour temperature in kelvin (camera)")
	f.Var(&o.gain, "gain", "auto leaves the gain to the driver; or a value in its units (camera)")
	f.BoolVar(&o.loop, "loop", false, "begin again at the end (video, images)")
	if err := f.Parse(args); err != nil {
		return options{}, err
	}
	sources := 0
	for _, s := range []string{o.device, o.video, o.images} {
		if s != "" {
			sources++
		}
	}
	switch {
	case sources != 1 || f.NArg() > 0:
		return options{}, errors.New("give one of --device, --video, --images")
	case min(o.width, o.height) < camera.MinSide || max(o.width, o.height) > camera.MaxSide:
		return options{}, fmt.Errorf("--width and --height: %d to %d", camera.MinSide, camera.MaxSide)
	case o.fps != 0 && (o.fps < 1 || o.fps > 120):
		return options{}, errors.New("--fps: 1 to 120")
	}
	return o, nil
}

// listen turns the lines of the input into commands. The end of the input is
// the command to quit, and an order: after grace it calls end.
func listen(r io.Reader, end func()) <-chan string {
	commands := make(chan string)
	go func() {
		lines := bufio.NewScanner(r)
		for lines.Scan() {
			commands <- strings.TrimSpace(lines.Text())
		}
		time.AfterFunc(grace, end)
		commands <- camera.CommandQuit
	}()
	return commands
}
