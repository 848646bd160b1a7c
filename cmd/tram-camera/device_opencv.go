//go:build opencv

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"gocv.io/x/gocv"

	"github.com/tram-station/tram/biometrics/camera"
)

// device is a V4L2 camera. Where it sends JPEG, its frames go out as they came:
// what the dossier keeps is then the camera's own compression.
type device struct {
	in    *gocv.VideoCapture
	mat   gocv.Mat
	greet camera.Hello
	jpeg  bool
}

func openDevice(o options) (source, error) {
	path, err := node(o.device)
	if err != nil {
		return nil, err
	}
	in, err := gocv.VideoCaptureFileWithAPI(path, gocv.VideoCaptureV4L2)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	in.Set(gocv.VideoCaptureFOURCC, in.ToCodec("MJPG")) // or else what the driver likes: YUYV as a rule
	in.Set(gocv.VideoCaptureFrameWidth, float64(o.width))
	in.Set(gocv.VideoCaptureFrameHeight, float64(o.height))
	in.Set(gocv.VideoCaptureFPS, o.rate(deviceRate))
	format := fourcc(in.Get(gocv.VideoCaptureFOURCC))
	d := &device{in: in, mat: gocv.NewMat(), jpeg: format == "MJPG" || format == "JPEG"}
	if d.jpeg {
		in.Set(gocv.VideoCaptureConvertRGB, 0)
	}
	d.greet = camera.Hello{
		Name: deviceName(path), Source: "v4l2", Format: format, Rate: max(0, in.Get(gocv.VideoCaptureFPS)),
		Width: int(in.Get(gocv.VideoCaptureFrameWidth)), Height: int(in.Get(gocv.VideoCaptureFrameHeight)),
		Controls: control(in, o),
	}
	return d, nil
}

// node is the path of a camera: an index, /dev/videoN, or a link to one, such
// as those in /dev/v4l/by-id, which stay when the number changes.
func node(name string) (string, error) {
	if to, err := os.Readlink(name); err == nil {
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(name), to)
		}
		name = to
	}
	number, ok := strings.CutPrefix(name, "/dev/video")
	if index, err := strconv.Atoi(number); err != nil || index < 0 || index > 255 || !ok && number != name {
		return "", fmt.Errorf("no V4L2 device %q: give an index, /dev/videoN or a link of /dev/v4l/by-id", name)
	}
	return "/dev/video" + number, nil
}

// deviceName is the kernel's name of the camera, or its path.
func deviceName(path string) string {
	b, err := os.ReadFile("/sys/class/video4linux/" + filepath.Base(path) + "/name")
	if name := strings.TrimSpace(string(b)); err == nil && name != "" {
		return name
	}
	return path
}

// fourcc spells a format: "MJPG".
func fourcc(code float64) string {
	c := uint32(code)
	return strings.TrimRight(string([]byte{byte(c), byte(c >> 8), byte(c >> 16), byte(c >> 24)}), "\x00 ")
}

// What V4L2_CID_EXPOSURE_AUTO means: UVC cameras know 1 and 3, others 0 and 1.
const (
	exposureAuto     = 0
	exposureManual   = 1
	exposureAperture = 3 // the shutter by itself, the aperture as it is
)

// control sets exposure, white balance and gain, and says what the driver made
// of it. A control that is not offered, or that refuses, stops nothing: the
// camera films as it can.
func control(in *gocv.VideoCapture, o options) []camera.Control {
	var all []camera.Control
	set := func(name string, property gocv.VideoCaptureProperties, asked ...int) {
		if in.Get(property) < 0 {
			return // not offered
		}
		c := camera.Control{Name: name}
		for _, v := range asked { // the first that the driver takes
			in.Set(property, float64(v))
			c.Asked = &asked[0]
			if in.Get(property) == float64(v) {
				c.Asked = &v
				break
			}
		}
		c.Value = int(in.Get(property))
		all = append(all, c)
	}
	if o.exposure.by {
		set("exposure-auto", gocv.VideoCaptureAutoExposure, exposureManual)
		set("exposure", gocv.VideoCaptureExposure, o.exposure.value)
	} else {
		set("exposure-auto", gocv.VideoCaptureAutoExposure, exposureAperture, exposureAuto)
		set("exposure", gocv.VideoCaptureExposure)
	}
	if o.whiteBalance.by {
		set("white-balance-auto", gocv.VideoCaptureAutoWB, 0)
		set("white-balance", gocv.VideoCaptureWBTemperature, o.whiteBalance.value)
	} else {
		set("white-balance-auto", gocv.VideoCaptureAutoWB, 1)
		set("white-balance", gocv.VideoCaptureWBTemperature)
	}
	if o.gain.by {
		set("gain", gocv.VideoCaptureGain, o.gain.value)
	} else {
		set("gain", gocv.VideoCaptureGain)
	}
	return all
}

func (d *device) hello() camera.Hello { return d.greet }

func (d *device) next() ([]byte, int, int, error) {
	err := errors.New("the camera delivers no frames: was it unplugged?")
	for range maxMisses {
		if !d.in.Read(&d.mat) {
			continue
		}
		if !d.jpeg {
			return pack(d.mat)
		}
		var packed []byte
		var width, height int
		if packed, width, height, err = whole(d.mat); err == nil {
			return packed, width, height, nil
		}
	}
	return nil, 0, 0, err
}

// whole takes a frame as the camera compressed it.
func whole(m gocv.Mat) ([]byte, int, int, error) {
	if m.Empty() || m.Rows() != 1 || m.Type() != gocv.MatTypeCV8UC1 || m.Cols() > camera.MaxPicture {
		return nil, 0, 0, fmt.Errorf("%w: %d×%d bytes of type %d", camera.ErrFrame, m.Rows(), m.Cols(), m.Type())
	}
	frame, size, err := camera.Standalone(m.ToBytes())
	return frame, size.X, size.Y, err
}

func (d *device) close() {
	_ = d.in.Close()
	_ = d.mat.Close()
}
