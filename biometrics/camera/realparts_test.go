//go:build realparts

package camera_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/camera"
	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/face/facetest"
	"github.com/tram-station/tram/biometrics/virtual"
	"github.com/tram-station/tram/testdata"
)

// These tests film with the real OpenCV: they need libopencv-dev and gcc, and
// fail without.

// rig is the built program and the films that it is shown.
type rig struct {
	bin, shim string
	film      [][]byte // JPEG frames: a drawn citizen comes nearer and sits still
}

// seated is the frame of the film from which the citizen sits still.
const seated = 18

func TestOpenCV(t *testing.T) {
	r := &rig{bin: build(t, "opencv"), shim: compileShim(t), film: shoot(t, 24)}
	t.Run("video", r.video)
	t.Run("video of a person", r.person)
	t.Run("images", r.images)
	t.Run("hostile images", r.hostileImages)
	t.Run("suite V4L2", r.suiteV4L2)
	t.Run("suite video", r.suiteVideo)
	t.Run("suite images", r.suiteImages)
	t.Run("V4L2 settings", r.settings)
	t.Run("V4L2 stubborn", r.stubborn)
	t.Run("V4L2 YUYV", r.yuyv)
	t.Run("V4L2 bare frames", r.bareFrames)
	t.Run("V4L2 another number", r.anotherNumber)
	t.Run("V4L2 portrait", r.v4l2Portrait)
	t.Run("V4L2 killed", r.v4l2Killed)
	t.Run("V4L2 unplugged", r.v4l2Unplugged)
	t.Run("no device", r.noDevice)
	t.Run("input closed", r.inputClosed)
}

func build(t *testing.T, tags string) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "tram-camera")
	cmd := exec.Command("go", "build", "-tags", tags, "-o", bin, "github.com/tram-station/tram/cmd/tram-camera")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build tram-camera with tags %q (needs libopencv-dev): %v\n%s", tags, err, out)
	}
	return bin
}

func compileShim(t *testing.T) string {
	t.Helper()
	so := filepath.Join(t.TempDir(), "v4l2shim.so")
	cmd := exec.Command("gcc", "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-o", so,
		filepath.Join("testdata", "v4l2shim", "v4l2shim.c"), "-ldl")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("compile the V4L2 shim: %v\n%s", err, out)
	}
	return so
}

// shoot films a drawn citizen without waiting.
func shoot(t *testing.T, n int) (film [][]byte) {
	t.Helper()
	now := time.Unix(1_800_000_000, 0)
	cam := virtual.NewCamera(5)
	cam.Now = func() time.Time { return now }
	for range n {
		f, err := cam.Frame(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := jpeg.Encode(&b, f.Image, &jpeg.Options{Quality: 90}); err != nil {
			t.Fatal(err)
		}
		film = append(film, b.Bytes())
		now = now.Add(time.Second / 15)
	}
	return film
}

func write(t *testing.T, path string, data []byte) string {
	t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func (r *rig) open(t *testing.T, env []string, args ...string) (*camera.Camera, chan camera.Event) {
	t.Helper()
	events := make(chan camera.Event, 100)
	cam, err := camera.Open(t.Context(), camera.Config{
		Command: append([]string{r.bin}, args...), Env: env,
		OnEvent:  func(e camera.Event) { events <- e },
		Patience: 30 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cam.Close() })
	return cam, events
}

// v4l2 is the environment in which /dev/video7 shows the film.
func (r *rig) v4l2(t *testing.T, more ...string) []string {
	t.Helper()
	return r.shows(t, r.film, image.Pt(1280, 720), more...)
}

// shows is the environment in which /dev/video7 shows frames of a size.
func (r *rig) shows(t *testing.T, film [][]byte, size image.Point, more ...string) []string {
	t.Helper()
	var b []byte
	for _, f := range film {
		b = append(binary.LittleEndian.AppendUint32(b, uint32(len(f))), f...)
	}
	return append([]string{
		"LD_PRELOAD=" + r.shim, "V4L2SHIM_DEVICE=/dev/video7", "V4L2SHIM_FPS=15", fmt.Sprintf("V4L2SHIM_SIZE=%dx%d", size.X, size.Y),
		"V4L2SHIM_FRAMES=" + write(t, filepath.Join(t.TempDir(), "film"), b),
	}, more...)
}

func next(t *testing.T, cam *camera.Camera) biometrics.Frame {
	t.Helper()
	f, err := cam.Frame(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func wait(t *testing.T, events <-chan camera.Event, kind camera.EventKind) camera.Event {
	t.Helper()
	for {
		select {
		case e := <-events:
			if e.Kind == kind {
				return e
			}
		case <-time.After(30 * time.Second):
			t.Fatalf("no event %q", kind)
		}
	}
}

func (r *rig) video(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "citizen.mjpeg"), bytes.Join(r.film[:15], nil))
	cam, _ := r.open(t, nil, "--video", path, "--fps", "5")
	if d := cam.Device(); !d.Virtual || d.Driver != "opencv/video" || d.Name != "citizen.mjpeg" {
		t.Errorf("device %+v", d)
	}
	var got []biometrics.Frame
	for { // a late caller misses frames, but never the end
		f, err := cam.Frame(t.Context())
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, f)
	}
	if len(got) < 3 {
		t.Fatalf("%d frames in three seconds", len(got))
	}
	det := facetest.Finder(t)
	for _, f := range []biometrics.Frame{got[0], got[len(got)-1]} {
		if b := f.Image.Bounds(); b.Dx() != 1280 || b.Dy() != 720 {
			t.Errorf("frame of %v", b)
		}
		if faces, err := det.Find(f.Image); err != nil || len(faces) != 1 {
			t.Errorf("frame %d: %d faces, %v", f.Seq, len(faces), err)
		}
	}
}

// person: somebody comes nearer to a real camera and then sits still, long
// enough for a slow machine too; the portrait is taken.
func (r *rig) person(t *testing.T) {
	film, err := os.ReadFile(testdata.Shared(t, "data", "faces", "video", "approach_1280x720.mjpeg"))
	if err != nil {
		t.Fatal(err)
	}
	const still = 45 // the frame from which the person sits still
	start := []byte{0xff, 0xd8, 0xff}
	frames := bytes.Split(film, start)[1:]
	var clip []byte
	for i := 0; i < still; i += 5 {
		clip = append(append(clip, start...), frames[i]...)
	}
	for range 2 {
		for _, f := range frames[still:] {
			clip = append(append(clip, start...), f...)
		}
	}
	path := write(t, filepath.Join(t.TempDir(), "person.mjpeg"), clip)
	cam, _ := r.open(t, nil, "--video", path, "--fps", "5")
	var codes []string
	p, err := face.Capture(t.Context(), cam, facetest.Finder(t), func(v face.Preview) {
		if len(codes) == 0 || codes[len(codes)-1] != v.Result.Code {
			codes = append(codes, v.Result.Code)
		}
	})
	t.Logf("messages: %v", codes)
	if err != nil {
		t.Fatal(err)
	}
	if !p.Result.OK || len(p.JPEG) > face.MaxBytes || 4*p.W != 3*p.H {
		t.Errorf("%d×%d, %d bytes, %q", p.W, p.H, len(p.JPEG), p.Result.Code)
	}
}

func (r *rig) images(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.jpg"), r.film[0])
	write(t, filepath.Join(dir, "b.jpeg"), r.film[20])
	write(t, filepath.Join(dir, "notes.txt"), []byte("no image"))
	cam, _ := r.open(t, nil, "--images", dir, "--fps", "10", "--loop")
	for range 5 { // more than there are: --loop
		if b := next(t, cam).Image.Bounds(); b.Dx() != 1280 {
			t.Errorf("frame of %v", b)
		}
	}
	if d := cam.Device(); !d.Virtual || d.Driver != "opencv/images" {
		t.Errorf("device %+v", d)
	}
}

// hostileImages: what is no sound image is refused in words; the process does
// not abort.
func (r *rig) hostileImages(t *testing.T) {
	bomb := bytes.Clone(r.film[0]) // says that it is 65535 pixels wide
	sof := bytes.Index(bomb, []byte{0xff, 0xc0})
	bomb[sof+7], bomb[sof+8] = 0xff, 0xff
	for name, data := range map[string][]byte{
		"empty.jpg": {}, "text.jpg": []byte("GIF89a?"), "bomb.jpg": bomb, "cut.jpg": r.film[0][:200],
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, name), data)
		cam, events := r.open(t, nil, "--images", dir)
		if e := wait(t, events, camera.Died); !strings.Contains(e.Err.Error(), name) {
			t.Errorf("%s: died of %v; said %s", name, e.Err, e.Said)
		}
		_ = cam.Close()
	}
}

// v4l2Portrait goes the whole way: V4L2 device, OpenCV, process, guide, cut.
// v4l2Portrait: the citizen sits still for longer than the slowest machine
// needs for the frames of one streak.
func (r *rig) v4l2Portrait(t *testing.T) {
	still := *r
	for range 40 {
		still.film = append(still.film[:len(still.film):len(still.film)], r.film[seated:]...)
	}
	cam, _ := r.open(t, still.v4l2(t), "--device", "7")
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	p, err := face.Capture(ctx, cam, facetest.Finder(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	if !p.Result.OK || p.H < 600 || p.Device.Virtual || p.Device.Driver != "opencv/v4l2" {
		t.Errorf("%d×%d, %q, %+v", p.W, p.H, p.Result.Code, p.Device)
	}
}

func (r *rig) v4l2Killed(t *testing.T) {
	cam, events := r.open(t, r.v4l2(t), "--device", "/dev/video7")
	next(t, cam)
	pid := child(t, r.bin)
	proc, err := os.FindProcess(pid)
	if err != nil {
		t.Fatal(err)
	}
	if err := proc.Kill(); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if e := wait(t, events, camera.Died); e.PID != pid {
		t.Errorf("died: %+v, killed %d", e, pid)
	}
	wait(t, events, camera.Restarted)
	for range 5 {
		next(t, cam)
	}
	t.Logf("kill -9 to five more frames: %v", time.Since(start).Round(time.Millisecond))
}

// child finds the process of the program among those of this machine.
func child(t *testing.T, bin string) int {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range links {
		if to, err := os.Readlink(l); err == nil && to == bin {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(l)))
			if err != nil {
				t.Fatal(err)
			}
			return pid
		}
	}
	t.Fatal("the camera process is not there")
	return 0
}

func (r *rig) v4l2Unplugged(t *testing.T) {
	cam, events := r.open(t, r.v4l2(t, "V4L2SHIM_UNPLUG_AFTER=10"), "--device", "7")
	next(t, cam)
	if e := wait(t, events, camera.Died); !strings.Contains(e.Err.Error(), "unplugged") {
		t.Errorf("died of %v; said %s", e.Err, e.Said)
	}
	wait(t, events, camera.Restarted) // the shim is plugged in again at once
	for range 3 {
		next(t, cam)
	}
}

func (r *rig) noDevice(t *testing.T) {
	for name, bin := range map[string]string{"/dev/video63": r.bin, "without OpenCV": build(t, "")} {
		_, err := camera.Open(t.Context(), camera.Config{Command: []string{bin, "--device", "63"}})
		if !errors.Is(err, biometrics.ErrNoDevice) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
		var exit *exec.ExitError
		cmd := exec.Command(bin, "--device", "63")
		cmd.Stdin = strings.NewReader(camera.CommandStart + "\n")
		if err := cmd.Run(); !errors.As(err, &exit) || exit.ExitCode() != 3 {
			t.Errorf("%s: %v, want exit status 3", name, err)
		}
	}
}

// inputClosed: the process ends with its parent, filming or not.
func (r *rig) inputClosed(t *testing.T) {
	cmd := exec.Command(r.bin, "--device", "7")
	cmd.Env = append(os.Environ(), r.v4l2(t)...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(stdin, camera.CommandStart+"\n"); err != nil {
		t.Fatal(err)
	}
	if m, err := camera.ReadMessage(stdout); err != nil || m.Kind != camera.KindHello {
		t.Fatalf("%v, %v", m.Kind, err)
	}
	if err := stdin.Close(); err != nil { // and nobody reads its output: it may hang in a write
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("ended with %v", err)
		}
	case <-time.After(20 * time.Second):
		_ = cmd.Process.Kill()
		t.Fatal("the process outlives its input")
	}
}
