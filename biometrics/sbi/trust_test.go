package sbi_test

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/sbi"
	"github.com/tram-station/tram/biometrics/sbi/sbitest"
	"github.com/tram-station/tram/reader/verdict"
)

func trustOf(t *testing.T, s biometrics.Scanner) verdict.Check {
	t.Helper()
	return s.(*sbi.Scanner).Trust()
}

func TestTrust(t *testing.T) {
	m, other := serve(t, sbitest.Options{}), serve(t, sbitest.Options{})
	cfg := configOf(m)
	if c := trustOf(t, open(t, cfg)); c.Outcome != verdict.Passed || c.Reason.VI == "" {
		t.Errorf("%+v", c)
	}
	cfg.Roots = nil
	if c := trustOf(t, open(t, cfg)); c.Outcome != verdict.Inconclusive || c.Reason.EN == "" || c.Next.VI == "" {
		t.Errorf("%+v", c)
	}
	cfg.Roots = other.Roots()
	if _, err := sbi.Open(t.Context(), cfg); !errors.Is(err, sbi.ErrUntrusted) || errors.Is(err, biometrics.ErrNoDevice) {
		t.Errorf("error %v, want untrusted", err)
	}
	cfg.Roots = x509.NewCertPool()
	if _, err := sbi.Open(t.Context(), cfg); !errors.Is(err, sbi.ErrUntrusted) {
		t.Errorf("error %v: no root at all vouches for it", err)
	}
}

func TestLoadRoots(t *testing.T) {
	m := serve(t, sbitest.Options{})
	root := m.Root()
	block, _ := pem.Decode(root)
	for name, files := range map[string]map[string][]byte{
		"PEM":       {"root.pem": root, "readme.txt": []byte("no certificate")},
		"DER":       {"root.DER": block.Bytes},
		"two":       {"both.crt": append(serve(t, sbitest.Options{}).Root(), root...)},
		"text only": {"readme.txt": root},
		"no text":   {"root.pem": []byte("no certificate")},
		"cut":       {"root.der": block.Bytes[:len(block.Bytes)-1]},
		"cut PEM":   {"root.pem": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: block.Bytes[1:]})},
		"key":       {"root.pem": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: block.Bytes})},
	} {
		dir := t.TempDir()
		for file, b := range files {
			if err := os.WriteFile(filepath.Join(dir, file), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		roots, err := sbi.LoadRoots(dir)
		if good := name == "PEM" || name == "DER" || name == "two"; good != (err == nil) || good != (roots != nil) {
			t.Errorf("%s: %v", name, err)
			continue
		} else if !good {
			continue
		}
		cfg := configOf(m)
		cfg.Roots = roots
		open(t, cfg)
	}
	if _, err := sbi.LoadRoots(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a folder that is not there")
	}
}

// A service is on this machine or nowhere.
func TestAddresses(t *testing.T) {
	for _, url := range []string{
		"http://192.0.2.1:4501", "http://example.com:4501", "http://localhost:4501", "https://127.0.0.1:4501", "127.0.0.1:4501",
		"http://127.0.0.1", "http://127.0.0.1:0", "http://u:p@127.0.0.1:4501", "http://127.0.0.1:4501?x=1", "http://0.0.0.0:4501", ":",
	} {
		if _, err := sbi.Open(t.Context(), sbi.Config{URL: url}); err == nil || errors.Is(err, biometrics.ErrNoDevice) {
			t.Errorf("%s: error %v", url, err)
		}
	}
	m := serve(t, sbitest.Options{})
	cfg := configOf(m)
	cfg.URL += "/"
	open(t, cfg)
	m.Unplug()
	if _, err := sbi.Open(t.Context(), cfg); !errors.Is(err, biometrics.ErrNoDevice) {
		t.Errorf("error %v, want no device", err)
	}
}

func TestEnvironment(t *testing.T) {
	m := serve(t, sbitest.Options{Env: "Staging"})
	cfg := configOf(m)
	cfg.Env = "Staging"
	if !open(t, cfg).Device().Virtual {
		t.Error("a scanner for Staging counts as one for Production")
	}
	cfg.Env = "Production"
	if _, err := sbi.Open(t.Context(), cfg); !errors.Is(err, sbi.ErrUntrusted) || !strings.Contains(err.Error(), "Staging") {
		t.Error(err)
	}
	if open(t, configOf(serve(t, sbitest.Options{Env: "Production"}))).Device().Virtual {
		t.Error("a scanner for Production counts as virtual")
	}
}

func TestTakes(t *testing.T) {
	rolled := func(f biometrics.Finger) biometrics.Request {
		return biometrics.Request{Finger: f, Impression: biometrics.Rolled}
	}
	slap, single := serve(t, sbitest.Options{Score: 73}), serve(t, sbitest.Options{Kind: "Single"})
	with := configOf(slap)
	with.RolledOptions = map[string]string{"impression": "rolled"}
	for _, c := range []struct {
		cfg   sbi.Config
		req   biometrics.Request
		taken bool
	}{
		{configOf(slap), biometrics.Request{Finger: biometrics.RightSlap}, true},
		{configOf(slap), biometrics.Request{Finger: biometrics.Thumbs}, true},
		{configOf(slap), biometrics.Request{Finger: biometrics.LeftLittle}, true},
		{configOf(slap), biometrics.Request{Finger: biometrics.Thumbs, Missing: biometrics.Thumbs.Fingers()}, false},
		{configOf(slap), biometrics.Request{Finger: 11}, false},
		{configOf(slap), biometrics.Request{Finger: 255}, false},
		{configOf(slap), biometrics.Request{Finger: biometrics.LeftIndex, Impression: 9}, false},
		{configOf(slap), rolled(biometrics.LeftIndex), false},
		{with, rolled(biometrics.LeftIndex), true},
		{with, rolled(biometrics.LeftSlap), false},
		{configOf(single), biometrics.Request{Finger: biometrics.RightSlap}, false},
		{configOf(single), biometrics.Request{Finger: biometrics.RightThumb}, true},
	} {
		s := open(t, c.cfg)
		if s.Takes(c.req) != c.taken {
			t.Errorf("%+v: takes %v", c.req, !c.taken)
		}
		if _, err := s.Capture(t.Context(), c.req, nil); (err == nil) != c.taken || err != nil && !errors.Is(err, biometrics.ErrNotTaken) {
			t.Errorf("%+v: error %v", c.req, err)
		}
	}
	good(t, open(t, with), rolled(biometrics.LeftIndex))
	// A scanner that does not know the parameter returns a plain finger.
	with.RolledOptions = map[string]string{"other": "word"}
	if _, err := open(t, with).Capture(t.Context(), rolled(biometrics.LeftIndex), nil); !errors.Is(err, biometrics.ErrBadImage) {
		t.Errorf("error %v, want a bad image", err)
	}
}

// JPEG 2000 is decoded by whoever opens the scanner.
func TestDecode(t *testing.T) {
	m := serve(t, sbitest.Options{Score: 73, Coding: 5, Pack: func(g *image.Gray) []byte {
		return append(sbi.Codestream(uint32(g.Rect.Dx()), uint32(g.Rect.Dy())), g.Pix...)
	}})
	req := biometrics.Request{Finger: biometrics.LeftThumb}
	cfg := configOf(m)
	if _, err := open(t, cfg).Capture(t.Context(), req, nil); !errors.Is(err, biometrics.ErrBadImage) || !strings.Contains(err.Error(), "JPEG 2000") {
		t.Errorf("error %v, want that it can not be decoded", err)
	}
	head := len(sbi.Codestream(0, 0))
	cfg.Decode = func(_ context.Context, kind string, b []byte) (image.Image, error) {
		if kind != "image/jp2" || len(b) != head+300*360 {
			return nil, errors.New("told by the decoder")
		}
		img := image.NewNRGBA(image.Rect(10, 10, 310, 370)) // of another type, elsewhere
		for i, v := range b[head:] {
			img.Set(10+i%300, 10+i/300, color.Gray{Y: v})
		}
		return img, nil
	}
	good(t, open(t, cfg), req)
	for _, decoded := range []image.Image{nil, image.NewGray(image.Rect(0, 0, 301, 360))} {
		cfg.Decode = func(context.Context, string, []byte) (image.Image, error) {
			if decoded == nil {
				return nil, errors.New("told by the decoder")
			}
			return decoded, nil
		}
		_, err := open(t, cfg).Capture(t.Context(), req, nil)
		if only(t, err, biometrics.ErrBadImage); err == nil {
			t.Error("taken")
		}
	}
}

// WSQ is lossy: the print is near what was drawn, and of its size.
func TestWSQ(t *testing.T) {
	s := open(t, configOf(serve(t, sbitest.Options{Coding: sbitest.WSQ})))
	c, err := s.Capture(t.Context(), biometrics.Request{Finger: biometrics.LeftThumb}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want, got := drawn(biometrics.LeftThumb, false), c.Prints[0].Image
	if got.Rect != want.Rect {
		t.Fatal(got.Rect)
	}
	sum := 0
	for i := range got.Pix {
		d := int(got.Pix[i]) - int(want.Pix[i])
		sum += max(d, -d)
	}
	if mean := float64(sum) / float64(len(got.Pix)); mean > 20 {
		t.Errorf("%.1f greys off", mean)
	}
}

// The service goes and comes back, at another address, too.
func TestComesBackElsewhere(t *testing.T) {
	m := serve(t, sbitest.Options{Score: 73})
	cfg := sbi.Config{Serial: m.Serial(), Roots: m.Roots(), Patience: patience}
	s := open(t, cfg)
	req := biometrics.Request{Finger: biometrics.LeftThumb}
	was := m.URL()
	m.Unplug()
	if _, err := s.Capture(t.Context(), req, nil); !errors.Is(err, biometrics.ErrNoDevice) {
		t.Errorf("error %v, want no device", err)
	}
	_, port, _ := strings.Cut(was, "127.0.0.1:")
	old, _ := strconv.Atoi(port)
	serve(t, sbitest.Options{Port: old})
	if err := m.Plug(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	again, err := sbi.Open(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	good(t, again, req)
	// At the old address there is another scanner now: it is not taken for ours.
	if _, err := s.Capture(t.Context(), req, nil); err == nil {
		t.Error("another scanner's finger is taken")
	}
}

// Whoever claims to be the scanner on an earlier port neither is taken for it
// nor keeps it away.
func TestImpostor(t *testing.T) {
	impostor := serve(t, sbitest.Options{Serial: "TRAM1234567890"})
	m := serve(t, sbitest.Options{Serial: "TRAM1234567890", Score: 73})
	cfg := sbi.Config{Serial: m.Serial(), Roots: m.Roots(), Patience: patience}
	good(t, open(t, cfg), biometrics.Request{Finger: biometrics.LeftThumb})
	cfg.URL = impostor.URL()
	if _, err := sbi.Open(t.Context(), cfg); !errors.Is(err, sbi.ErrUntrusted) {
		t.Errorf("error %v, want untrusted", err)
	}
}
