package sbi

import (
	"bufio"
	"bytes"
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/minutiae"
	"github.com/tram-station/tram/biometrics/sbi/sbitest"
)

// vector is a session with the mock, kept in a file: fuzzing needs the same
// signatures in each of its processes. `go test -run Vector -update` makes it
// anew.
type vector struct {
	Time     time.Time       `json:"time"`
	Serial   string          `json:"serial"`
	Root     string          `json:"root"`
	Discover json.RawMessage `json:"discover"`
	Info     json.RawMessage `json:"info"`
	Capture  json.RawMessage `json:"capture"` // of both thumbs
}

const vectorFile = "testdata/session.json"

var update = flag.Bool("update", false, "make the vector anew")

// zeros numbers every transaction alike.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// small draws a finger that is quickly packed and unpacked.
func small(biometrics.Finger, bool) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, 20, 16))
	for i := range img.Pix {
		img.Pix[i] = byte(i)
	}
	return img
}

// thumbs is what the vector captures.
var thumbs = biometrics.Request{Finger: biometrics.Thumbs}

// session is the scanner of the vector, and the exchange that its answer is to.
func session(t testing.TB) (vector, *exchange) {
	t.Helper()
	b, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	var v vector
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	roots, err := parseCertificates([]byte(v.Root))
	if err != nil || len(roots) != 1 {
		t.Fatal(err)
	}
	cfg := Config{Roots: x509.NewCertPool(), Now: func() time.Time { return v.Time }, Rand: zeros{}}
	cfg.Roots.AddCert(roots[0])
	if err := cfg.fill(); err != nil {
		t.Fatal(err)
	}
	s := &Scanner{cfg: cfg}
	if s.device, err = parseInfo(v.Info, v.Serial, checker{cfg.Roots, v.Time}); err != nil {
		t.Fatal(err)
	}
	x, err := s.exchange(thumbs)
	if err != nil {
		t.Fatal(err)
	}
	x.ended = v.Time
	return v, x
}

func TestVector(t *testing.T) {
	if *update {
		record(t)
	}
	v, x := session(t)
	c, err := x.capture(t.Context(), v.Capture)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range c.Prints {
		if p.Finger != thumbs.Wanted()[i] || !bytes.Equal(p.Image.Pix, small(0, false).Pix) {
			t.Errorf("print %d of finger %d is another picture", i, p.Finger)
		}
	}
	x.sent.Transaction = "another"
	if _, err := x.capture(t.Context(), v.Capture); !errors.Is(err, ErrUntrusted) {
		t.Errorf("error %v, want untrusted", err)
	}
}

// record makes the vector.
func record(t *testing.T) {
	v := vector{Time: time.Now().UTC().Truncate(time.Second)}
	clock := func() time.Time { return v.Time }
	m, err := sbitest.Start(sbitest.Options{Coding: sbitest.PNG, Settle: time.Millisecond, Now: clock, Draw: small})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Unplug()
	opened, err := Open(t.Context(), Config{URL: m.URL(), Roots: m.Roots(), Now: clock, Rand: zeros{}})
	if err != nil {
		t.Fatal(err)
	}
	s := opened.(*Scanner)
	x, err := s.exchange(thumbs)
	if err != nil {
		t.Fatal(err)
	}
	v.Serial, v.Root = m.Serial(), string(m.Root())
	for _, c := range []struct {
		to         *json.RawMessage
		verb, path string
		body       any
	}{
		{&v.Discover, verbDiscover, "/device", map[string]string{"type": typeFinger}},
		{&v.Info, verbInfo, "/info", nil},
		{&v.Capture, verbCapture, "/capture", x.sent},
	} {
		if *c.to, err = s.remote.call(t.Context(), c.verb, c.path, c.body, time.Minute, maxCapture); err != nil {
			t.Fatal(err)
		}
	}
	b, err := json.MarshalIndent(v, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(vectorFile, append(b, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// known wants one of the errors that callers decide by.
func known(t *testing.T, err error) {
	t.Helper()
	for _, k := range []error{biometrics.ErrNoFinger, biometrics.ErrBadImage, biometrics.ErrNoDevice, biometrics.ErrNotTaken, ErrUntrusted} {
		if errors.Is(err, k) {
			return
		}
	}
	t.Errorf("an error of no kind: %v", err)
}

func FuzzInfo(f *testing.F) {
	v, x := session(f)
	f.Add([]byte(v.Info))
	f.Add([]byte(v.Discover))
	f.Add([]byte(`[{"error":{"errorCode":106}}]`))
	f.Add([]byte(`{"error":{"errorCode":"202"}}`))
	f.Add([]byte(`[{"deviceInfo":"e30.e30.e30"},null]`))
	check := checker{x.scanner.cfg.Roots, v.Time}
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := parseInfo(b, v.Serial, check)
		if err != nil {
			known(t, err)
		} else if d.ID.Serial != v.Serial {
			t.Errorf("scanner %q", d.ID.Serial)
		}
		items, err := list[discovered](b)
		if err != nil {
			return
		}
		for _, i := range items {
			found, err := i.found("http://127.0.0.1:4501")
			if err != nil {
				known(t, err)
			}
			if found == nil {
				continue
			}
			if _, err := loopback(found.URL); err != nil {
				t.Errorf("found at %s", found.URL)
			}
		}
	})
}

func FuzzCapture(f *testing.F) {
	v, x := session(f)
	f.Add([]byte(v.Capture))
	f.Add([]byte(`{"biometrics":[{"data":"","hash":"","error":{"errorCode":"101"}}]}`))
	f.Add([]byte(`[{"error":{"errorCode":"703"}}]`))
	f.Add(bytes.Replace(v.Capture, []byte(`"hash": "`), []byte(`"hash": "00`), 1))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := x.capture(t.Context(), b)
		if err != nil {
			known(t, err)
			return
		}
		// All that is signed is as it was: at most something beside it differs.
		if len(c.Prints) != 2 || len(c.Records) != 2 {
			t.Fatalf("%d prints, %d records", len(c.Prints), len(c.Records))
		}
		for _, p := range c.Prints {
			if !bytes.Equal(p.Image.Pix, small(p.Finger, false).Pix) {
				t.Errorf("finger %d is another picture", p.Finger)
			}
		}
	})
}

// FuzzRecord tries what stands behind the signatures.
func FuzzRecord(f *testing.F) {
	v, x := session(f)
	var r captureReply
	if err := json.Unmarshal(v.Capture, &r); err != nil {
		f.Fatal(err)
	}
	for _, b := range r.Biometrics {
		var said bioClaims
		if _, err := (checker{now: v.Time}).open(b.Data, &said); err != nil {
			f.Fatal(err)
		}
		record, err := decodeBase64(said.Value)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(record)
	}
	f.Fuzz(func(t *testing.T, record []byte) {
		img, dpi, err := x.image(t.Context(), record, biometrics.RightThumb)
		if err != nil {
			known(t, err)
			return
		}
		if img.Rect.Empty() || img.Rect.Dx()*img.Rect.Dy() > maxPixels || dpi < minutiae.MinDPI || dpi > minutiae.MaxDPI {
			t.Errorf("%v at %d dpi", img.Rect, dpi)
		}
	})
}

func FuzzStream(f *testing.F) {
	var picture, good bytes.Buffer
	if err := jpeg.Encode(&picture, small(0, false), nil); err != nil {
		f.Fatal(err)
	}
	for range 3 {
		fmt.Fprintf(&good, "--Boundary\r\nContent-Type:image/jpeg\r\nContent-Length:%d\r\n\r\n%s\r\n\r\n", picture.Len(), picture.Bytes())
	}
	f.Add(good.Bytes())
	f.Add(bytes.ReplaceAll(good.Bytes(), []byte("Content-Length"), []byte("X-Length")))
	f.Add([]byte("--\n\n\xff\xd8--\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bufio.NewReader(bytes.NewReader(b))
		for n := 0; ; n++ {
			packed, err := nextFrame(r)
			if err != nil {
				if want := 3; bytes.Equal(b, good.Bytes()) && n != want {
					t.Errorf("%d pictures, want %d", n, want)
				}
				return
			}
			if n > len(b) {
				t.Fatal("more pictures than bytes")
			}
			if img, err := decodeFrame(packed); err == nil && img.Rect.Empty() {
				t.Error("an empty picture")
			}
		}
	})
}
