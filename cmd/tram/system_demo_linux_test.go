//go:build realparts

package main

import (
	"bufio"
	"bytes"
	"context"
	"debug/buildinfo"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// demoTimeout is far beyond what the demo takes on an idle machine (some
// seconds); its own figures are printed.
const demoTimeout = 90 * time.Second

// traced prepares a demo whose temporary files lie in a folder of its own and
// whose processes all carry a mark.
func traced(t *testing.T, args ...string) (cmd *exec.Cmd, mark, tmp string) {
	t.Helper()
	tmp = t.TempDir()
	// The machine's pcscd lock stays shared with other tests.
	const lock = "tram-pcscd.lock"
	if err := os.Symlink(filepath.Join(os.TempDir(), lock), filepath.Join(tmp, lock)); err != nil {
		t.Fatal(err)
	}
	mark = "TRAM_SYSTEM_TEST=" + filepath.Base(filepath.Dir(tmp)) + time.Now().Format("150405.000000")
	ctx, cancel := context.WithTimeout(t.Context(), processTimeout)
	t.Cleanup(cancel)
	cmd = command(ctx, t, "tram", append([]string{"demo", "--listen", "127.0.0.1:0"}, args...)...)
	cmd.Env = append(cmd.Env, "TMPDIR="+tmp, mark)
	return cmd, mark, tmp
}

// wantNoTrace: no process and no file of the demo is left.
func wantNoTrace(t *testing.T, mark, tmp string) {
	t.Helper()
	if left := marked(t, mark); len(left) > 0 {
		t.Errorf("processes left behind: %v", left)
	}
	files, err := os.ReadDir(tmp)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.Type() != os.ModeSymlink {
			t.Errorf("left behind: %s", f.Name())
		}
	}
}

var demoSteps = []string{"Cổng trung tâm", "Thẻ ảo", "Trạm", "Cán bộ đăng nhập", "Đọc chip", "Xác nhận thông tin",
	"Số thuê bao", "Ảnh chân dung", "Thu nhận vân tay", "Giấy tờ và đồng ý", "Ký và niêm phong", "Gửi và nhận biên nhận"}

// TestDemoOnce is the first command: one enrolment, exit 0.
func TestDemoOnce(t *testing.T) {
	cmd, mark, tmp := traced(t, "--once")
	s := finish(t, cmd)
	s.want(t, exitGood)
	lines := strings.Split(s.stdout, "\n")
	seconds := regexp.MustCompile(`^✓ .* +[0-9]+\.[0-9]{2} s  .`)
	for _, step := range demoSteps {
		i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "✓ "+step+" ") })
		if i < 0 || !seconds.MatchString(lines[i]) {
			t.Fatalf("no line of %q:\n%s", step, s.stdout)
		}
		lines = lines[i+1:] // the next comes after it
	}
	receipt := strings.Join(lines, "\n")
	if !regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`).MatchString(receipt) || !strings.Contains(receipt, "Sổ nhật ký số 1 ") {
		t.Errorf("no receipt: %q", receipt)
	}
	if strings.Contains(receipt, "Nguyễn") || strings.Contains(receipt, "001090990001") {
		t.Errorf("the receipt names the citizen: %q", receipt)
	}
	if !strings.Contains(s.stdout, "opencv") {
		t.Errorf("the portrait did not go through OpenCV:\n%s", s.stdout)
	}
	wantNoTrace(t, mark, tmp)
	t.Logf("tram demo --once: %.2f s\n%s", s.took.Seconds(), s.stdout)
	if s.took > demoTimeout {
		t.Errorf("took %s", s.took)
	}
}

// TestDemoPCSC is the same through a real pcscd, for programs.
func TestDemoPCSC(t *testing.T) {
	cmd, mark, tmp := traced(t, "--once", "--pcsc", "--json")
	s := finish(t, cmd)
	s.want(t, exitGood)
	var steps []string
	var total float64
	receipt := false
	for line := range strings.Lines(s.stdout) {
		var step struct {
			Step, Result string
			Seconds      float64
			Receipt      *struct {
				State    string
				Position int `json:"log_position"`
			}
		}
		if err := json.Unmarshal([]byte(line), &step); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		if r := step.Receipt; r != nil {
			receipt = r.State == "custody" && r.Position == 1
			continue
		}
		steps = append(steps, step.Step)
		if step.Step == "virtual chip card" { // it waits for other tests' pcscd
			if !strings.Contains(step.Result, "Virtual PCD 00 00") {
				t.Errorf("not in pcscd: %s", step.Result)
			}
			continue
		}
		total += step.Seconds
	}
	if len(steps) != len(demoSteps) || steps[len(steps)-1] != "sync and receipt" || !receipt {
		t.Errorf("steps %q, receipt %v", steps, receipt)
	}
	wantNoTrace(t, mark, tmp)
	t.Logf("tram demo --once --pcsc: %.2f s without the wait for pcscd\n%s", total, s.stdout)
	if total > demoTimeout.Seconds() {
		t.Errorf("took %.0f s", total)
	}
}

// TestDemoStaysUp: without --once the kiosk stays until Ctrl-C. Its processes
// are seen while it runs, which shows that wantNoTrace can fail.
func TestDemoStaysUp(t *testing.T) {
	cmd, mark, tmp := traced(t)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for lines := bufio.NewScanner(out); lines.Scan(); {
		text.WriteString(lines.Text() + "\n")
		if lines.Text() == "Ctrl-C ends the demo." {
			break
		}
	}
	if n := len(marked(t, mark)); n < 2 {
		t.Errorf("%d processes while the demo is up", n)
	}
	url := regexp.MustCompile(`http://localhost:[0-9]+`).FindString(text.String())
	c := &client{base: url}
	if err := c.login(t.Context(), demoOfficer, demoPIN); err != nil {
		t.Errorf("the kiosk at %q: %v\n%s", url, err, text.String())
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("after Ctrl-C: %v: %s", err, &errs)
	}
	wantNoTrace(t, mark, tmp)
}

// TestStartTime prints how long the program needs to say its help; and that it
// needs no OpenCV for it. tram-camera, which does, is the control.
func TestStartTime(t *testing.T) {
	const runs = 10
	var took []time.Duration
	for range runs {
		s := tramProgram(t, "--help")
		s.want(t, exitGood)
		took = append(took, s.took)
	}
	slices.Sort(took)
	t.Logf("tram --help: median %s, fastest %s, slowest %s", took[runs/2], took[0], took[runs-1])
	if took[0] > time.Second { // the fastest: the machine may be busy
		t.Errorf("tram --help takes %s", took[0])
	}
	for name, want := range map[string]bool{"tram": false, "tram-camera": true} {
		path := program(t, name)
		libraries, err := exec.Command("ldd", path).CombinedOutput()
		if err != nil {
			t.Fatalf("ldd %s: %v: %s", name, err, libraries)
		}
		info, err := buildinfo.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		linked := strings.Contains(string(libraries), "libopencv")
		compiled := strings.Contains(info.String(), "gocv.io/x/gocv")
		if linked != want || compiled != want {
			t.Errorf("%s: OpenCV linked %v, compiled in %v, want %v", name, linked, compiled, want)
		}
	}
}
