package devicetest

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/jpeg"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/virtual"
)

func TestVirtualCamera(t *testing.T) {
	RunCamera(t, func(*testing.T) *CameraBench {
		return &CameraBench{
			Camera: virtual.NewCamera(3), Patience: soon, Size: image.Pt(1280, 720),
			Device: biometrics.Device{Name: "Virtual camera", Driver: "virtual", Virtual: true},
		}
	})
}

func TestNumbered(t *testing.T) {
	for n := range 256 {
		if got, ok := NumberOf(Numbered(n, image.Pt(64, 20))); got != n || !ok {
			t.Fatalf("%d is read as %d, %v", n, got, ok)
		}
	}
	if n, ok := NumberOf(image.NewGray(image.Rect(0, 0, 64, 20))); ok {
		t.Errorf("a black picture is read as %d", n)
	}
}

// reel is a camera of the test: what it shows follows from the time, and its
// faults can be chosen.
type reel struct {
	fault string
	size  image.Point
	begun time.Time

	mu        sync.Mutex // guards what follows
	out, hung bool
	done      chan struct{}
	closed    bool
	taken     uint64
	kept      *biometrics.Frame
}

const (
	reelRate     = 50
	reelFilm     = 200
	reelPatience = 300 * time.Millisecond
)

func openReel(fault string) *CameraBench {
	r := &reel{fault: fault, size: image.Pt(96, 64), begun: time.Now(), done: make(chan struct{})}
	if fault == "leaks" {
		go func() { select {} }()
	}
	hand := func(which *bool, to bool) func() {
		return func() { r.mu.Lock(); *which = to; r.mu.Unlock() }
	}
	limit := time.Duration(0)
	if fault != "" {
		limit = time.Second
	}
	return &CameraBench{
		Soon: limit, Camera: r, Patience: reelPatience, Size: r.size, Film: reelFilm, Device: biometrics.Device{Name: "reel", Driver: "reel"},
		Unplug: hand(&r.out, true), Plug: hand(&r.out, false), Hang: hand(&r.hung, true), GoOn: hand(&r.hung, false),
	}
}

func (r *reel) Device() biometrics.Device {
	d := biometrics.Device{Name: "reel", Driver: "reel"}
	d.Virtual = r.fault == "lies"
	return d
}

func (r *reel) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		if r.fault == "close fails" {
			return errors.New("closed already")
		}
		return nil
	}
	r.closed = true
	if r.fault == "gone fails" && r.out {
		return errors.New("no device to close")
	}
	if r.fault != "open for ever" {
		close(r.done)
	}
	return nil
}

func (r *reel) Frame(ctx context.Context) (biometrics.Frame, error) {
	if r.fault == "deaf" {
		ctx = context.WithoutCancel(ctx)
	}
	limit := time.After(reelPatience)
	tick := time.NewTicker(time.Second / reelRate)
	defer tick.Stop()
	if err := ctx.Err(); err != nil {
		return biometrics.Frame{}, err
	}
	for {
		select {
		case <-r.done:
			return biometrics.Frame{}, biometrics.ErrNoDevice
		default:
		}
		select {
		case <-ctx.Done():
			return biometrics.Frame{}, ctx.Err()
		case <-limit:
			return biometrics.Frame{}, r.lost()
		case <-r.done:
			if r.fault == "closed as end" {
				return biometrics.Frame{}, io.EOF
			}
			return biometrics.Frame{}, biometrics.ErrNoDevice
		case <-tick.C:
			if f, ok := r.shoot(); ok {
				return f, nil
			}
		}
	}
}

func (r *reel) lost() error {
	switch r.fault {
	case "gone as end":
		return io.EOF
	case "hung as end":
		if r.hung {
			return io.EOF
		}
	}
	return biometrics.ErrNoDevice
}

// shoot takes a frame, if there is one.
func (r *reel) shoot() (biometrics.Frame, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if (r.out || r.hung) && r.fault != "films without cable" {
		if r.fault == "stays away" {
			r.begun = time.Time{}
		}
		return biometrics.Frame{}, false
	}
	if r.begun.IsZero() {
		return biometrics.Frame{}, false
	}
	n := uint64(time.Since(r.begun) * reelRate / time.Second)
	now := time.Now()
	switch r.fault {
	case "backlog":
		n = r.taken
	case "one picture":
		n = 7
	}
	img := Numbered(int(n%reelFilm), r.size)
	var b bytes.Buffer
	_ = jpeg.Encode(&b, img, nil)
	f := biometrics.Frame{Image: img, JPEG: b.Bytes(), Seq: r.taken, Time: now}
	r.taken++
	r.damage(&f)
	return f, true
}

// damage applies the faults of a frame.
func (r *reel) damage(f *biometrics.Frame) {
	switch r.fault {
	case "one number":
		f.Seq = 1
	case "back in time":
		f.Time = f.Time.Add(-time.Duration(f.Seq) * time.Second)
	case "no time":
		f.Time = time.Time{}
	case "small":
		f.Image = f.Image.(*image.Gray).SubImage(image.Rect(0, 0, 96, 63))
	case "other JPEG":
		var b bytes.Buffer
		_ = jpeg.Encode(&b, Numbered(250, r.size), nil)
		f.JPEG = b.Bytes()
	case "broken JPEG":
		f.JPEG = f.JPEG[:40]
	case "numbers anew":
		f.Seq %= 3
	case "shared memory":
		if r.kept != nil {
			copy(r.kept.Image.(*image.Gray).Pix, f.Image.(*image.Gray).Pix)
			f.Image = r.kept.Image
		}
		r.kept = f
	}
}

// cameraFaults are what the suite has to notice, with the test that does.
var cameraFaults = map[string]string{
	"no time": "Films", "small": "Films", "other JPEG": "Films", "broken JPEG": "Films",
	"one number": "CountsOn", "back in time": "CountsOn", "one picture": "CountsOn", "numbers anew": "CountsOn",
	"backlog": "Newest", "shared memory": "FramesAreApart", "lies": "NamesItself", "deaf": "CalledOff",
	"close fails": "ClosesTwice", "open for ever": "ClosesTwice", "leaks": "LeavesNothing",
	"gone as end": "Unplugged", "films without cable": "Unplugged", "stays away": "IsBack", "gone fails": "ClosesWithoutCable",
	"hung as end": "Hangs", "closed as end": "ClosedWaiting",
}

const brokenCamera = "TRAM_TEST_BROKEN_CAMERA"

func TestReel(t *testing.T) {
	RunCamera(t, func(*testing.T) *CameraBench { return openReel("") }, Cable, Hanging)
}

// TestBrokenCamera is run by TestCameraSuiteNotices alone: it has to fail.
func TestBrokenCamera(t *testing.T) {
	fault := os.Getenv(brokenCamera)
	if fault == "" {
		t.Skip("runs inside TestCameraSuiteNotices")
	}
	RunCamera(t, func(*testing.T) *CameraBench { return openReel(fault) }, Cable, Hanging)
}

// TestCameraSuiteNotices: a suite that passes whatever it is given proves
// nothing.
func TestCameraSuiteNotices(t *testing.T) {
	for fault, test := range cameraFaults {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0], "-test.run=^TestBrokenCamera$/^"+test+"$", "-test.timeout=120s")
			cmd.Env = append(os.Environ(), brokenCamera+"="+fault)
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || !strings.Contains(string(out), "--- FAIL: TestBrokenCamera/"+test) {
				t.Errorf("%s does not notice: %v\n%s", test, err, out)
			}
		})
	}
}
