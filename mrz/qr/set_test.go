package qr

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"
)

type label struct {
	File, Text string
	Hex        string
	Version    int
	M          float64
	Level      int
	Corners    [4][2]float64
}

func readPGM(t testing.TB, name string) *image.Gray {
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var w, h, depth int
	r := bytes.NewReader(b)
	if _, err := fmt.Fscanf(r, "P5\n%d %d\n%d", &w, &h, &depth); err != nil {
		t.Fatal(err)
	}
	pix := b[len(b)-w*h:]
	return &image.Gray{Pix: pix, Stride: w, Rect: image.Rect(0, 0, w, h)}
}

func textOf(f found, want string) string {
	s, err := readStream(f.data, f.version())
	if err != nil {
		return "ERR " + err.Error()
	}
	b, text := s.content()
	if string(b) == want {
		return want
	}
	return text
}

func TestSet(t *testing.T) {
	dir := os.Getenv("TRAM_PRINT_SET")
	if dir == "" {
		t.Skip("TRAM_PRINT_SET names no folder")
	}
	every, _ := strconv.Atoi(os.Getenv("TRAM_PRINT_EVERY"))
	every = max(every, 1)
	only := os.Getenv("TRAM_PRINT_ONLY")
	f, err := os.Open(filepath.Join(dir, "labels.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	var e engine
	type rate struct{ read, all int }
	sev, mod := map[int]*rate{}, map[float64]*rate{}
	var times []time.Duration
	wrong := 0
	var all rate
	for i := 0; sc.Scan(); i++ {
		if i%every != 0 {
			continue
		}
		var l label
		if err := json.Unmarshal(sc.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		if only != "" && only != l.File {
			continue
		}
		if h, err := hex.DecodeString(l.Hex); err == nil && len(h) > 0 {
			l.Text = string(h)
		}
		g := readPGM(t, filepath.Join(dir, "pgm", l.File))
		begin := cpu()
		var codes []found
		if os.Getenv("TRAM_PRINT_STILL") != "" {
			codes, _ = e.still(g)
		} else {
			codes, _ = e.frame(g, nil)
		}
		d := cpu() - begin
		times = append(times, d)
		ok := false
		for _, c := range codes {
			got := textOf(c, l.Text)
			if got == l.Text {
				ok = true
			} else {
				wrong++
				t.Logf("WRONG %s %q %q", l.File, got, l.Text)
			}
		}
		if sev[l.Level] == nil {
			sev[l.Level] = &rate{}
		}
		if mod[l.M] == nil {
			mod[l.M] = &rate{}
		}
		for _, r := range []*rate{&all, sev[l.Level], mod[l.M]} {
			r.all++
			if ok {
				r.read++
			}
		}
		if !ok && os.Getenv("TRAM_PRINT_V") != "" {
			near := 0
			if l.Version > 0 {
				// true finder centres by affine corners
				n := float64(17 + 4*l.Version)
				c := l.Corners
				at := func(u, v float64) (float64, float64) {
					u, v = u/n, v/n
					x := (1-u)*(1-v)*c[0][0] + u*(1-v)*c[1][0] + u*v*c[2][0] + (1-u)*v*c[3][0]
					y := (1-u)*(1-v)*c[0][1] + u*(1-v)*c[1][1] + u*v*c[2][1] + (1-u)*v*c[3][1]
					return x, y
				}
				for _, p := range [][2]float64{{3.5, 3.5}, {n - 3.5, 3.5}, {3.5, n - 3.5}} {
					x, y := at(p[0], p[1])
					for _, q := range e.pooled {
						if abs(q.x-x) < 2*l.M && abs(q.y-y) < 2*l.M {
							near++
							break
						}
					}
				}
			}
			t.Logf("MISS %s v%d finders %d pooled %d %v", l.File, l.Version, near, len(e.pooled), d)
		}
	}
	slices.Sort(times)
	for s := range 4 {
		if r := sev[s]; r != nil {
			t.Logf("severity %d: %d of %d = %.1f %%", s, r.read, r.all, 100*float64(r.read)/float64(r.all))
		}
	}
	for m, r := range mod {
		t.Logf("module %v: %d of %d", m, r.read, r.all)
	}
	t.Logf("all %d of %d = %.2f %%, wrong %d, median %v p95 %v max %v", all.read, all.all, 100*float64(all.read)/float64(all.all), wrong, times[len(times)/2], times[len(times)*95/100], times[len(times)-1])
}

func abs(x float64) float64 { return max(x, -x) }

func cpu() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		panic(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
