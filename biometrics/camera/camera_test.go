package camera

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
)

var _ biometrics.Camera = (*Camera)(nil)

// The test binary plays the camera process when this variable says how.
const play = "TRAM_TEST_CAMERA"

func TestMain(m *testing.M) {
	if part := os.Getenv(play); part != "" {
		actor(part)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// actor is a camera process without a camera. Its parts: "film" 100 frames a
// second, "five" films five frames and ends, "abort" dies after three, "mute"
// stops sending after three, "garbage" sends bytes, "broken" sends a picture
// that is none between good ones, "none" has no device.
func actor(part string) {
	lines := make(chan string)
	go func() {
		in := bufio.NewScanner(os.Stdin)
		for in.Scan() {
			lines <- in.Text()
		}
		os.Exit(0)
	}()
	if part == "none" {
		_ = WriteMessage(os.Stdout, Message{Kind: KindTrouble, Body: []byte("no such device")})
		os.Exit(3)
	}
	filming := false
	for n := 0; ; {
		select {
		case word := <-lines:
			if word == CommandQuit {
				return
			}
			if filming = word == CommandStart; filming {
				m, _ := Hello{Name: "actor", Source: "v4l2"}.Message()
				_ = WriteMessage(os.Stdout, m)
			}
		case <-time.After(10 * time.Millisecond):
		}
		if filming {
			n++
			act(part, n)
		}
	}
}

func act(part string, n int) {
	p := Picture{Seq: uint64(n), Time: time.Now(), Width: 32, Height: 24, JPEG: flat(uint8(n))}
	switch {
	case part == "five" && n == 6:
		_ = WriteMessage(os.Stdout, Message{Kind: KindEnd})
		return
	case part == "five" && n > 6:
		return
	case part == "abort" && n == 4:
		fmt.Fprintln(os.Stderr, "terminate called after throwing an instance of 'cv::Exception'")
		os.Exit(134)
	case part == "mute" && n > 3:
		return
	case part == "garbage" && n == 4:
		_, _ = os.Stdout.WriteString("OpenCV warning: something on standard output\n")
	case part == "broken" && n%2 == 0:
		p.JPEG = []byte{0xff, 0xd8, 0xff}
	}
	_ = WriteMessage(os.Stdout, p.Message())
}

func flat(grey uint8) []byte {
	img := image.NewGray(image.Rect(0, 0, 32, 24))
	for i := range img.Pix {
		img.Pix[i] = grey
	}
	var b bytes.Buffer
	_ = jpeg.Encode(&b, img, nil)
	return b.Bytes()
}

// events collects what the supervisor says.
type events struct {
	mu  sync.Mutex
	all []Event
	ch  chan Event
}

func (e *events) add(ev Event) {
	e.mu.Lock()
	e.all = append(e.all, ev)
	e.mu.Unlock()
	e.ch <- ev
}

func (e *events) wait(t *testing.T, kind EventKind) Event {
	t.Helper()
	for {
		select {
		case ev := <-e.ch:
			if ev.Kind == kind {
				return ev
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("no event %q", kind)
		}
	}
}

func open(t *testing.T, part string, change func(*Config)) (*Camera, *events) {
	t.Helper()
	seen := &events{ch: make(chan Event, 100)}
	cfg := Config{Command: []string{os.Args[0]}, Env: []string{play + "=" + part}, OnEvent: seen.add}
	if change != nil {
		change(&cfg)
	}
	cam, err := Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cam.Close() })
	return cam, seen
}

func alive(cam *Camera) *child {
	cam.mu.Lock()
	defer cam.mu.Unlock()
	return cam.child
}

func frames(t *testing.T, cam *Camera, n int) []biometrics.Frame {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var out []biometrics.Frame
	for len(out) < n {
		f, err := cam.Frame(ctx)
		if err != nil {
			t.Fatalf("frame %d: %v", len(out), err)
		}
		out = append(out, f)
	}
	return out
}

func TestCameraFilms(t *testing.T) {
	cam, _ := open(t, "film", nil)
	got := frames(t, cam, 5)
	for i, f := range got {
		if f.Seq != uint64(i) || f.Image.Bounds() != image.Rect(0, 0, 32, 24) || len(f.JPEG) == 0 || f.Time.IsZero() {
			t.Errorf("frame %d: number %d, %v, %d bytes, %v", i, f.Seq, f.Image.Bounds(), len(f.JPEG), f.Time)
		}
	}
	if d := cam.Device(); d.Name != "actor" || d.Driver != "opencv/v4l2" || d.Virtual {
		t.Errorf("device %+v", d)
	}
	time.Sleep(200 * time.Millisecond) // a late caller gets what is newest
	late := frames(t, cam, 1)[0]
	grey := color.GrayModel.Convert(late.Image.At(3, 3)).(color.Gray).Y
	if age := time.Since(late.Time); age > 150*time.Millisecond {
		t.Errorf("the frame is %v old (grey %d)", age, grey)
	}
}

func TestCameraIsStartedAgain(t *testing.T) {
	cam, seen := open(t, "film", nil)
	frames(t, cam, 3)
	pid := alive(cam).pid()
	proc, err := os.FindProcess(pid)
	if err != nil {
		t.Fatal(err)
	}
	if err := proc.Kill(); err != nil {
		t.Fatal(err)
	}
	if ev := seen.wait(t, Died); ev.PID != pid || ev.Err == nil || ev.Time.IsZero() {
		t.Errorf("died: %+v", ev)
	}
	if ev := seen.wait(t, Restarted); ev.PID == pid {
		t.Errorf("restarted: %+v", ev)
	}
	got := frames(t, cam, 5)
	if got[4].Seq <= got[0].Seq || got[0].Seq < 3 {
		t.Errorf("numbers %d to %d", got[0].Seq, got[4].Seq)
	}
}

func TestCameraSurvivesWhatTheProcessDoes(t *testing.T) {
	for part, want := range map[string]error{"abort": nil, "garbage": ErrProtocol, "mute": errStalled} {
		t.Run(part, func(t *testing.T) {
			cam, seen := open(t, part, func(c *Config) { c.Stall = 300 * time.Millisecond })
			frames(t, cam, 1)
			ev := seen.wait(t, Died)
			if want != nil && !errors.Is(ev.Err, want) {
				t.Errorf("died of %v, want %v", ev.Err, want)
			}
			if part == "abort" && !strings.Contains(ev.Said, "cv::Exception") {
				t.Errorf("its last words are lost: %q", ev.Said)
			}
			seen.wait(t, Restarted)
			frames(t, cam, 2)
		})
	}
}

func TestCameraPassesOverBrokenPictures(t *testing.T) {
	cam, seen := open(t, "broken", nil)
	frames(t, cam, 5)
	seen.mu.Lock()
	defer seen.mu.Unlock()
	if len(seen.all) != 0 {
		t.Errorf("events: %+v", seen.all)
	}
}

func TestCameraEnds(t *testing.T) {
	cam, seen := open(t, "five", func(c *Config) { c.Stall = 200 * time.Millisecond })
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var err error
	for err == nil {
		_, err = cam.Frame(ctx)
	}
	if !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
	time.Sleep(600 * time.Millisecond) // silence at the end is no stall
	seen.mu.Lock()
	defer seen.mu.Unlock()
	if len(seen.all) != 0 {
		t.Errorf("events: %+v", seen.all)
	}
}

func TestCameraPauses(t *testing.T) {
	cam, seen := open(t, "film", func(c *Config) { c.Stall, c.Patience = 300*time.Millisecond, 700*time.Millisecond })
	frames(t, cam, 1)
	pid := alive(cam).pid()
	cam.Pause()
	deadline := time.Now().Add(10 * time.Second)
	var err error
	for err == nil && time.Now().Before(deadline) { // what was on its way may still come
		_, err = cam.Frame(context.Background())
	}
	if !errors.Is(err, biometrics.ErrNoDevice) {
		t.Errorf("paused: %v", err)
	}
	cam.Resume()
	frames(t, cam, 2)
	seen.mu.Lock()
	defer seen.mu.Unlock()
	if len(seen.all) != 0 || alive(cam).pid() != pid {
		t.Errorf("the process did not survive the pause: %+v", seen.all)
	}
}

func TestOpenWithoutCamera(t *testing.T) {
	for name, cfg := range map[string]Config{
		"no device":  {Command: []string{os.Args[0]}, Env: []string{play + "=none"}},
		"no program": {Command: []string{"/nonexistent/tram-camera"}},
		"no command": {},
	} {
		cam, err := Open(context.Background(), cfg)
		if !errors.Is(err, biometrics.ErrNoDevice) || cam != nil {
			t.Errorf("%s: %v, %v", name, cam, err)
		}
		if name == "no device" && !strings.Contains(err.Error(), "no such device") {
			t.Errorf("%s: the reason is lost: %v", name, err)
		}
	}
}

func TestCloseEndsTheProcess(t *testing.T) {
	cam, seen := open(t, "film", nil)
	frames(t, cam, 1)
	state := alive(cam).cmd
	for range 2 {
		if err := cam.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if state.ProcessState == nil {
		t.Error("the process was not waited for")
	}
	if _, err := cam.Frame(context.Background()); !errors.Is(err, biometrics.ErrNoDevice) {
		// one picture may still lie ready
		if _, err = cam.Frame(context.Background()); !errors.Is(err, biometrics.ErrNoDevice) {
			t.Errorf("after Close: %v", err)
		}
	}
	seen.mu.Lock()
	defer seen.mu.Unlock()
	if len(seen.all) != 0 {
		t.Errorf("events: %+v", seen.all)
	}
}
