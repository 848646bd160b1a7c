//go:build opencv

package main

import (
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // formats that a folder of images may hold
	_ "image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gocv.io/x/gocv"

	"github.com/tram-station/tram/biometrics/camera"
)

const (
	jpegQuality  = 92
	maxImageFile = 32 << 20 // bytes
	maxImages    = 100_000
	maxMisses    = 5 // frames in a row that a camera may fail to deliver
)

// An exception thrown inside OpenCV ends the process, so whatever goes in is
// checked before: sizes, types, and the kind of a file.

func openSource(o options) (source, error) {
	switch {
	case o.device != "":
		return openDevice(o)
	case o.video != "":
		return openVideo(o)
	default:
		return openImages(o)
	}
}

// pack compresses a frame, if it is one.
func pack(m gocv.Mat) (packed []byte, width, height int, err error) {
	width, height = m.Cols(), m.Rows()
	if m.Empty() || min(width, height) < camera.MinSide || max(width, height) > camera.MaxSide {
		return nil, 0, 0, fmt.Errorf("a frame of %d×%d pixels", width, height)
	}
	if t := m.Type(); t != gocv.MatTypeCV8UC3 && t != gocv.MatTypeCV8UC1 {
		return nil, 0, 0, fmt.Errorf("a frame of pixel type %d", t)
	}
	buf, err := gocv.IMEncodeWithParams(gocv.JPEGFileExt, m, []int{gocv.IMWriteJpegQuality, jpegQuality})
	if err != nil {
		return nil, 0, 0, fmt.Errorf("compress a frame: %w", err)
	}
	defer buf.Close()
	if b := buf.GetBytes(); len(b) > 0 && len(b) <= camera.MaxPicture {
		return slices.Clone(b), width, height, nil
	}
	return nil, 0, 0, errors.New("compress a frame: no usable JPEG")
}

// capture is a video.
type capture struct {
	in     *gocv.VideoCapture
	mat    gocv.Mat
	greet  camera.Hello
	pace   *time.Ticker
	reopen func() (*gocv.VideoCapture, error)
}

func openVideo(o options) (source, error) {
	if st, err := os.Stat(o.video); err != nil || !st.Mode().IsRegular() || st.Size() == 0 {
		return nil, fmt.Errorf("no video file %q", filepath.Base(o.video))
	}
	open := func() (*gocv.VideoCapture, error) { return gocv.VideoCaptureFile(o.video) }
	in, err := open()
	if err != nil {
		return nil, fmt.Errorf("open video %q: %w", filepath.Base(o.video), err)
	}
	c := &capture{in: in, mat: gocv.NewMat(), pace: ticker(o.rate(fileRate)), greet: camera.Hello{
		Name: filepath.Base(o.video), Source: "video", Virtual: true,
		Width: int(in.Get(gocv.VideoCaptureFrameWidth)), Height: int(in.Get(gocv.VideoCaptureFrameHeight)),
	}}
	if o.loop {
		c.reopen = open
	}
	return c, nil
}

func ticker(fps float64) *time.Ticker {
	return time.NewTicker(time.Duration(float64(time.Second) / fps))
}

func (c *capture) hello() camera.Hello { return c.greet }

func (c *capture) next() ([]byte, int, int, error) {
	<-c.pace.C
	if c.in.Read(&c.mat) {
		return pack(c.mat)
	}
	if c.reopen == nil {
		return nil, 0, 0, io.EOF
	}
	again, err := c.reopen()
	if err != nil {
		return nil, 0, 0, fmt.Errorf("open the video again: %w", err)
	}
	_ = c.in.Close()
	c.in = again
	if !c.in.Read(&c.mat) {
		return nil, 0, 0, errors.New("the video has no frames")
	}
	return pack(c.mat)
}

func (c *capture) close() {
	_ = c.in.Close()
	_ = c.mat.Close()
	c.pace.Stop()
}

// folder shows the pictures of a folder one after the other.
type folder struct {
	name  string
	files []string
	at    int
	loop  bool
	pace  *time.Ticker
}

func openImages(o options) (source, error) {
	entries, err := os.ReadDir(o.images)
	if err != nil {
		return nil, fmt.Errorf("open the folder of images: %w", err)
	}
	f := &folder{name: filepath.Base(o.images), loop: o.loop}
	for _, e := range entries { // in the order of their names
		switch strings.ToLower(filepath.Ext(e.Name())) {
		case ".jpg", ".jpeg", ".png":
			f.files = append(f.files, filepath.Join(o.images, e.Name()))
		}
	}
	if len(f.files) == 0 || len(f.files) > maxImages {
		return nil, fmt.Errorf("%d images in the folder, want 1 to %d", len(f.files), maxImages)
	}
	f.pace = ticker(o.rate(fileRate))
	return f, nil
}

func (f *folder) hello() camera.Hello {
	return camera.Hello{Name: f.name, Source: "images", Virtual: true}
}

func (f *folder) next() ([]byte, int, int, error) {
	if f.at == len(f.files) {
		if !f.loop {
			return nil, 0, 0, io.EOF
		}
		f.at = 0
	}
	<-f.pace.C
	path := f.files[f.at]
	f.at++
	data, err := checked(path)
	if err != nil {
		return nil, 0, 0, fmt.Errorf("image %q: %w", filepath.Base(path), err)
	}
	mat, err := gocv.IMDecode(data, gocv.IMReadColor)
	if err != nil {
		return nil, 0, 0, fmt.Errorf("image %q: %w", filepath.Base(path), err)
	}
	defer func() { _ = mat.Close() }()
	return pack(mat)
}

// checked reads an image file whose format and size Go has looked at first.
func checked(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	c, _, err := image.DecodeConfig(file)
	if err != nil {
		return nil, err
	}
	if min(c.Width, c.Height) < camera.MinSide || max(c.Width, c.Height) > camera.MaxSide {
		return nil, fmt.Errorf("%d×%d pixels", c.Width, c.Height)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(file, maxImageFile+1))
	if err == nil && len(data) > maxImageFile {
		err = errors.New("file too large")
	}
	return data, err
}

func (f *folder) close() { f.pace.Stop() }
