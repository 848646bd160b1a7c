package main

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

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

// openCamera returns a function that starts tram-camera on a source: a device,
// a video file, or a folder of pictures.
func openCamera(source string, log *slog.Logger) func(context.Context) (biometrics.Camera, error) {
	return func(ctx context.Context) (biometrics.Camera, error) {
		program, err := sibling("tram-camera")
		if err != nil {
			return nil, err
		}
		return camera.Open(ctx, camera.Config{
			Command: append([]string{program}, cameraArgs(source)...),
			OnEvent: func(e camera.Event) {
				log.Warn("camera process", "event", string(e.Kind), "pid", e.PID, "err", e.Err)
			},
		})
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
