//go:build libfprint && realparts

package libfprint

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/testdata"
)

// envInside names the recorded reader whose bus this process is on.
const envInside = "TRAM_TEST_ON_BUS"

// recordings are those that go through libfprint here, with the density that is
// known of the reader.
var recordings = map[string]int{"upektc_img": 508, "nb1010": 385, "uru4000-4500": 512}

// TestRecordings: readers recorded by libfprint's own people, through libfprint
// on a bus that umockdev makes. The mock is there for child processes only, so
// each runs this test program again.
func TestRecordings(t *testing.T) {
	dir := testdata.Shared(t, "data", "fingerprints", "recordings")
	for name := range recordings {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"-d", filepath.Join(dir, name, "device")}, tape(t, filepath.Join(dir, name))...)
			args = append(args, "--", os.Args[0], "-test.v", "-test.count=1", "-test.timeout=60s", "-test.run=^TestInsideRecording$")
			cmd := exec.Command("umockdev-run", args...)
			// FP_DEVICE_EMULATION has drivers take the recorded seeds.
			cmd.Env = append(os.Environ(), envInside+"="+name, "FP_DEVICE_EMULATION=1")
			cmd.WaitDelay = 10 * time.Second
			if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: TestInsideRecording") {
				t.Errorf("%v (needs the package umockdev)\n%s", err, out)
			}
		})
	}
}

// tape is how umockdev plays what a folder holds.
func tape(t *testing.T, dir string) []string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "device"))
	if err != nil {
		t.Fatal(err)
	}
	var place, node string
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(line, "P: "); ok && place == "" {
			place = "/sys" + strings.TrimSpace(v)
		}
		if v, ok := strings.CutPrefix(line, "E: DEVNAME="); ok && node == "" {
			node = strings.TrimSpace(v)
		}
	}
	if ioctls := filepath.Join(dir, "capture.ioctl"); exists(ioctls) {
		return []string{"-i", node + "=" + ioctls}
	}
	return []string{"-p", place + "=" + filepath.Join(dir, "capture.pcapng")}
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

func TestInsideRecording(t *testing.T) {
	name := os.Getenv(envInside)
	if name == "" {
		t.Skip("runs inside TestRecordings")
	}
	r, err := Open(t.Context(), Config{Patience: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	c, err := r.Capture(t.Context(), biometrics.Request{Finger: biometrics.RightIndex}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := pictureIn(t, testdata.Shared(t, "data", "fingerprints", "recordings", name, "capture.png"))
	p := c.Prints[0]
	if p.Image.Rect != want.Rect {
		t.Fatalf("%v, want %v", p.Image.Rect, want.Rect)
	}
	wrong := 0
	for i, v := range p.Image.Pix {
		if v != want.Pix[i] {
			wrong++
		}
	}
	if wrong != 0 || p.DPI != recordings[name] || p.Device.Virtual {
		t.Errorf("%d pixels differ; %d dpi, %+v", wrong, p.DPI, p.Device)
	}
	t.Log(r.Device(), r.Close())
}

// pictureIn reads a picture in grey.
func pictureIn(t *testing.T, file string) *image.Gray {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	gray := image.NewGray(img.Bounds())
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			gray.SetGray(x, y, color.GrayModel.Convert(img.At(x, y)).(color.Gray))
		}
	}
	return gray
}
