//go:build realparts

package camera_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/camera"
	"github.com/tram-station/tram/biometrics/devicetest"
)

// small is the size of the suite's films.
var small = image.Pt(640, 360)

// filmLength is that of the suite's films: four seconds.
const filmLength = 60

func numbered(t *testing.T) (film [][]byte) {
	t.Helper()
	for n := range filmLength {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, devicetest.Numbered(n, small), &jpeg.Options{Quality: 90}); err != nil {
			t.Fatal(err)
		}
		film = append(film, b.Bytes())
	}
	return film
}

const suitePatience = 2 * time.Second

// bench opens the process for the suite.
func (r *rig) bench(t *testing.T, device biometrics.Device, env []string, args ...string) *devicetest.CameraBench {
	t.Helper()
	cam, err := camera.Open(t.Context(), camera.Config{
		Command: append([]string{r.bin}, args...), Env: env, Stall: suitePatience, Patience: suitePatience,
	})
	if err != nil {
		t.Fatal(err)
	}
	return &devicetest.CameraBench{
		Camera: cam, Patience: suitePatience, Size: small, Film: filmLength, Device: device, Soon: 20 * time.Second,
	}
}

// hands are the file that the shim looks at.
type hands string

func newHands(t *testing.T) hands {
	return hands(write(t, filepath.Join(t.TempDir(), "hands"), []byte("---")))
}

func (h hands) do(t *testing.T, which int64, what byte) {
	t.Helper()
	f, err := os.OpenFile(string(h), os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteAt([]byte{what}, which)
		_ = f.Close()
	}
	if err != nil {
		t.Error(err)
	}
}

func (r *rig) suiteV4L2(t *testing.T) {
	film := numbered(t)
	devicetest.RunCamera(t, func(t *testing.T) *devicetest.CameraBench {
		h := newHands(t)
		b := r.bench(t, biometrics.Device{Name: "/dev/video7", Driver: "opencv/v4l2"},
			r.shows(t, film, small, "V4L2SHIM_HANDS="+string(h)), "--device", "7")
		b.Unplug, b.Plug = func() { h.do(t, 0, 'u') }, func() { h.do(t, 0, '-') }
		b.Hang, b.GoOn = func() { h.do(t, 1, 's') }, func() { h.do(t, 1, '-') }
		return b
	}, devicetest.Cable, devicetest.Hanging)
}

// suiteVideo: the file is the cable; it is missed when the film begins anew.
func (r *rig) suiteVideo(t *testing.T) {
	film := bytes.Join(numbered(t), nil)
	devicetest.RunCamera(t, func(t *testing.T) *devicetest.CameraBench {
		path := write(t, filepath.Join(t.TempDir(), "film.mjpeg"), film)
		b := r.bench(t, biometrics.Device{Name: "film.mjpeg", Driver: "opencv/video", Virtual: true}, nil, "--video", path, "--loop")
		b.Unplug, b.Plug = away(t, path)
		return b
	}, devicetest.Cable)
}

func (r *rig) suiteImages(t *testing.T) {
	film := numbered(t)
	devicetest.RunCamera(t, func(t *testing.T) *devicetest.CameraBench {
		dir := filepath.Join(t.TempDir(), "pictures")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		for n, frame := range film {
			write(t, filepath.Join(dir, fmt.Sprintf("%03d.jpg", n)), frame)
		}
		b := r.bench(t, biometrics.Device{Name: "pictures", Driver: "opencv/images", Virtual: true}, nil, "--images", dir, "--loop")
		b.Unplug, b.Plug = away(t, dir)
		return b
	}, devicetest.Cable)
}

// away takes a file or a folder away and brings it back.
func away(t *testing.T, path string) (take, bring func()) {
	move := func(from, to string) func() {
		return func() {
			if err := os.Rename(from, to); err != nil {
				t.Error(err)
			}
		}
	}
	return move(path, path+".away"), move(path+".away", path)
}

// settings: what is asked for is set, by itself is the default, and the hello
// says what the driver made of it.
func (r *rig) settings(t *testing.T) {
	film := numbered(t)[:2]
	for name, c := range map[string]struct {
		args      []string
		log, says string
	}{
		"by itself": {nil, "exposure-auto=3 white-balance-auto=1",
			"exposure-auto=3(3) exposure=250 white-balance-auto=1(1) white-balance=4000 gain=64"},
		"by hand": {strings.Fields("--exposure 120 --white-balance 5200 --gain 9"),
			"exposure-auto=1 exposure=120 white-balance-auto=0 white-balance=5200 gain=9",
			"exposure-auto=1(1) exposure=120(120) white-balance-auto=0(0) white-balance=5200(5200) gain=9(9)"},
		"out of range": {strings.Fields("--exposure 9999"), "exposure-auto=1 white-balance-auto=1",
			"exposure-auto=1(1) exposure=250(9999)! white-balance-auto=1(1) white-balance=4000 gain=64"},
	} {
		log := filepath.Join(t.TempDir(), "log")
		cam, _ := r.open(t, r.shows(t, film, small, "V4L2SHIM_CONTROLS=yes", "V4L2SHIM_LOG="+log), append([]string{"--device", "7"}, c.args...)...)
		next(t, cam)
		h := cam.Hello()
		if h.Format != "MJPG" || h.Width != small.X || h.Height != small.Y || h.Rate != 15 {
			t.Errorf("%s: %+v", name, h)
		}
		if got := spell(h.Controls); got != c.says {
			t.Errorf("%s: the hello says %s, want %s", name, got, c.says)
		}
		set, err := os.ReadFile(log)
		if got := strings.Join(strings.Fields(string(set)), " "); err != nil || got != c.log {
			t.Errorf("%s: set %s, want %s; %v", name, got, c.log, err)
		}
		_ = cam.Close()
	}
}

// spell writes controls as name=value(asked), with a mark where it was refused.
func spell(controls []camera.Control) string {
	var out []string
	for _, c := range controls {
		s := fmt.Sprintf("%s=%d", c.Name, c.Value)
		if c.Asked != nil {
			s += fmt.Sprintf("(%d)", *c.Asked)
		}
		if c.Refused() {
			s += "!"
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

// stubborn: a driver that refuses every setting, or has none, films all the
// same.
func (r *rig) stubborn(t *testing.T) {
	film := numbered(t)[:2]
	for has, want := range map[string]string{
		// The shim begins with the exposure by hand.
		"V4L2SHIM_CONTROLS=stubborn": "exposure-auto=1(1) exposure=250(77)! white-balance-auto=0(1)! white-balance=4000 gain=64",
		"V4L2SHIM_NOTHING=":          "",
	} {
		cam, _ := r.open(t, r.shows(t, film, small, has), "--device", "7", "--exposure", "77")
		next(t, cam)
		if got := spell(cam.Hello().Controls); got != want {
			t.Errorf("%s: %q, want %q", has, got, want)
		}
		_ = cam.Close()
	}
}

// yuyv: a camera without JPEG is filmed too, in its colours.
func (r *rig) yuyv(t *testing.T) {
	var film [][]byte
	for n := range filmLength {
		film = append(film, toYUYV(devicetest.Numbered(n, small)))
	}
	cam, _ := r.open(t, r.shows(t, film, small, "V4L2SHIM_FORMAT=YUYV"), "--device", "7")
	for range 3 {
		f := next(t, cam)
		if _, ok := devicetest.NumberOf(f.Image); !ok || f.Image.Bounds().Size() != small {
			t.Errorf("frame %d: %v shows no picture of the film", f.Seq, f.Image.Bounds())
		}
		r, g, b, _ := f.Image.At(5, 5).RGBA()
		if c := (color.RGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), 255}); max(c.R, c.G, c.B)-min(c.R, c.G, c.B) > 12 {
			t.Errorf("grey became %v", c)
		}
	}
	if h := cam.Hello(); h.Format != "YUYV" || h.Width != small.X || h.Height != small.Y {
		t.Errorf("%+v", h)
	}
}

// toYUYV packs a grey picture: two pixels in four bytes, without colour.
func toYUYV(img *image.Gray) []byte {
	out := make([]byte, 0, 2*len(img.Pix))
	for _, y := range img.Pix {
		out = append(out, 16+uint8(int(y)*219/255), 128)
	}
	return out
}

// bareFrames: the frames of a motion-JPEG camera go out as they came, with the
// Huffman tables that it may leave out.
func (r *rig) bareFrames(t *testing.T) {
	film := numbered(t)
	var bare [][]byte
	for _, f := range film {
		at := bytes.Index(f, []byte{0xFF, 0xC4})
		length := 2 + int(f[at+2])<<8 + int(f[at+3])
		bare = append(bare, append(slices.Clone(f[:at]), f[at+length:]...))
	}
	for name, frames := range map[string][][]byte{"whole": film, "bare": bare} {
		cam, _ := r.open(t, r.shows(t, frames, small), "--device", "7")
		for range 3 {
			f := next(t, cam)
			n, ok := devicetest.NumberOf(f.Image)
			if !ok {
				t.Errorf("%s: frame %d shows no picture of the film", name, f.Seq)
			}
			if name == "whole" && !bytes.Equal(f.JPEG, film[n]) {
				t.Errorf("%s: frame %d was compressed again", name, f.Seq)
			}
		}
		_ = cam.Close()
	}
}

// anotherNumber: the camera is pulled out and comes back under another number;
// a link such as those in /dev/v4l/by-id follows it.
func (r *rig) anotherNumber(t *testing.T) {
	h := newHands(t)
	link := filepath.Join(t.TempDir(), "usb-Camera-index0")
	point := func(to string) {
		_ = os.Remove(link)
		if err := os.Symlink(to, link); err != nil {
			t.Fatal(err)
		}
	}
	point("/dev/video7")
	cam, events := r.open(t, r.shows(t, numbered(t), small, "V4L2SHIM_HANDS="+string(h)), "--device", link)
	next(t, cam)
	h.do(t, 0, 'u')
	wait(t, events, camera.Died)
	h.do(t, 2, '9')
	h.do(t, 0, '-')
	point("/dev/video9")
	wait(t, events, camera.Restarted)
	next(t, cam)
	if d := cam.Device(); d.Name != "/dev/video9" {
		t.Errorf("device %+v", d)
	}
}
