package main

import (
	"bytes"
	"context"
	"image/jpeg"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/camera"
	"github.com/tram-station/tram/biometrics/virtual"
)

// firstCamera is the device that a station films with unless told otherwise.
const firstCamera = "/dev/video0"

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

// filmCitizen writes a short film of the drawn citizen, who sits down before
// the camera, as a raw motion-JPEG file.
func filmCitizen(ctx context.Context, path string, seed int64) error {
	const seconds, rate, quality = 4, 15, 90
	clock := time.Unix(0, 0)
	cam := virtual.NewCamera(seed)
	cam.Now = func() time.Time { return clock }
	var film bytes.Buffer
	for range seconds * rate {
		f, err := cam.Frame(ctx)
		if err != nil {
			return err
		}
		if err := jpeg.Encode(&film, f.Image, &jpeg.Options{Quality: quality}); err != nil {
			return err
		}
		clock = clock.Add(time.Second / rate)
	}
	return os.WriteFile(path, film.Bytes(), 0o600)
}
