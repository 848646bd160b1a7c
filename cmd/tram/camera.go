package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"golang.org/x/sync/errgroup"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/camera"
	"github.com/tram-station/tram/biometrics/virtual"
)

const (
	// firstCamera is the device that a station films with unless told otherwise.
	firstCamera = "/dev/video0"
	// pageCamera stands for the camera of the kiosk's page.
	pageCamera = "browser"
)

// defaultCamera is what `tram run` films with on this system: tram-camera is
// for V4L2.
func defaultCamera(system string) string {
	if system == "linux" {
		return firstCamera
	}
	return pageCamera
}

// lightSettings are what a camera is to do about the light: "auto", or a number
// in the driver's units.
type lightSettings struct{ exposure, whiteBalance, gain lightSetting }

func (s *lightSettings) flags(f *pflag.FlagSet) {
	*s = lightSettings{"auto", "auto", "auto"}
	f.Var(&s.exposure, "exposure", "exposure of the camera: auto, or the time in the driver's units, 0.1 ms as a rule")
	f.Var(&s.whiteBalance, "white-balance", "white balance of the camera: auto, or kelvin")
	f.Var(&s.gain, "gain", "gain of the camera: auto, or a value in the driver's units")
}

// args are those of tram-camera.
func (s lightSettings) args() []string {
	return []string{"--exposure", string(s.exposure), "--white-balance", string(s.whiteBalance), "--gain", string(s.gain)}
}

type lightSetting string

func (s *lightSetting) String() string { return string(*s) }
func (s *lightSetting) Type() string   { return "auto|NUMBER" }

func (s *lightSetting) Set(text string) error {
	if _, err := strconv.ParseUint(text, 10, 31); err != nil && text != "auto" {
		return errors.New(`want "auto" or a whole number`)
	}
	*s = lightSetting(text)
	return nil
}

// openCamera returns a function that starts tram-camera on a source: a device,
// a video file, or a folder of pictures; more are further arguments.
func openCamera(source string, log *slog.Logger, more ...string) func(context.Context) (biometrics.Camera, error) {
	return func(ctx context.Context) (biometrics.Camera, error) {
		program, err := sibling("tram-camera")
		if err != nil {
			return nil, err
		}
		cam, err := camera.Open(ctx, camera.Config{
			Command: slices.Concat([]string{program}, cameraArgs(source), more),
			OnEvent: func(e camera.Event) {
				log.Warn("camera process", "event", string(e.Kind), "pid", e.PID, "err", e.Err)
			},
		})
		if err != nil {
			return nil, err
		}
		logHello(log, cam.Hello())
		return cam, nil
	}
}

// logHello notes what the driver made of what was asked for.
func logHello(log *slog.Logger, h camera.Hello) {
	log.Debug("camera open", "name", h.Name, "format", h.Format, "width", h.Width, "height", h.Height, "rate", h.Rate)
	for _, c := range h.Controls {
		if c.Refused() {
			log.Warn("the camera does not take a setting; it films as it can", "setting", c.Name, "asked", *c.Asked, "has", c.Value)
		}
	}
}

// warmCamera has the system read OpenCV's 262 libraries from disk while the
// station starts, so that the first citizen does not wait for them.
func warmCamera(ctx context.Context) {
	if program, err := sibling("tram-camera"); err == nil {
		_ = exec.CommandContext(ctx, program, "--help").Run() // what it says does not matter
	}
}

// cameraArgs tells tram-camera what kind of source it is.
func cameraArgs(source string) []string {
	if _, err := strconv.Atoi(source); err == nil || strings.HasPrefix(source, "/dev/") {
		return []string{"--device", source}
	}
	if info, err := os.Stat(source); err == nil && info.IsDir() {
		return []string{"--images", source, "--loop"}
	}
	return []string{"--video", source, "--loop"}
}

// filmCitizen writes a film of the drawn citizen, who sits down before the
// camera and then sits still for ten seconds, as a raw motion-JPEG file. Only
// its first frames are drawn; the rest repeats them.
func filmCitizen(ctx context.Context, path string, seed int64) error {
	const rate, frames, seated, repeats, cameras, quality = 15, 40, 20, 7, 2, 90
	film := make([][]byte, frames)
	g, ctx := errgroup.WithContext(ctx)
	for first := range cameras { // side by side: a frame follows from its time alone
		g.Go(func() error {
			var clock time.Time
			cam := virtual.NewCamera(seed)
			cam.Now = func() time.Time { return clock }
			for i := 0; i < frames; i++ {
				clock = time.Unix(0, 0).Add(time.Duration(i) * time.Second / rate)
				if i > 0 && i%cameras != first {
					continue // frame 0 sets each camera's clock
				}
				f, err := cam.Frame(ctx)
				if err != nil {
					return err
				}
				if i%cameras != first {
					continue
				}
				if film[i], err = encodeJPEG(f.Image, quality); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for range repeats {
		film = append(film, film[seated:frames]...)
	}
	return os.WriteFile(path, bytes.Join(film, nil), 0o600)
}
