package sbi_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/sbi"
	"github.com/tram-station/tram/biometrics/sbi/sbitest"
)

// patience of the scanners here, and how long their answers may take on a busy
// machine.
const (
	patience = 5 * time.Second
	answer   = 30 * time.Second
)

// drawn stands for fingers: drawing ridges takes long. Each finger has its own.
func drawn(f biometrics.Finger, rolled bool) *image.Gray { return allDrawn()[rolled][f] }

var allDrawn = sync.OnceValue(func() map[bool][]*image.Gray {
	all := map[bool][]*image.Gray{}
	for _, rolled := range []bool{false, true} {
		for f := range biometrics.LeftLittle + 1 {
			all[rolled] = append(all[rolled], lines(f, rolled))
		}
	}
	return all
})

func lines(f biometrics.Finger, rolled bool) *image.Gray {
	w := 300
	if rolled {
		w = 420
	}
	img := image.NewGray(image.Rect(0, 0, w, 360))
	for i := range img.Pix {
		img.Pix[i] = 240
		if x, y := i%w, i/w; x > 20 && x < w-20 && y > 20 && (x+y/(2+int(f)))%9 < 4 {
			img.Pix[i] = 40
		}
	}
	return img
}

// serve starts a service for one test.
func serve(t *testing.T, o sbitest.Options) *sbitest.Server {
	t.Helper()
	o.Draw = drawn
	if o.Settle == 0 {
		o.Settle = 30 * time.Millisecond
	}
	s, err := sbitest.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Unplug)
	return s
}

func configOf(s *sbitest.Server) sbi.Config {
	return sbi.Config{URL: s.URL(), Roots: s.Roots(), Patience: patience, Answer: answer}
}

func open(t *testing.T, cfg sbi.Config) biometrics.Scanner {
	t.Helper()
	s, err := sbi.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// good wants a capture with every finger as it was drawn.
func good(t *testing.T, s biometrics.Scanner, req biometrics.Request) *biometrics.Capture {
	t.Helper()
	c, err := s.Capture(t.Context(), req, nil)
	if err != nil {
		t.Fatalf("capture of %d: %v", req.Finger, err)
	}
	wanted := req.Wanted()
	if len(c.Prints) != len(wanted) || len(c.Records) != len(wanted) || c.Slap != nil || c.Device != s.Device() {
		t.Fatalf("%d prints and %d records of %d fingers, %+v", len(c.Prints), len(c.Records), len(wanted), c.Device)
	}
	for i, p := range c.Prints {
		if p.Finger != wanted[i] || p.DPI != 500 || p.Impression != req.Impression || p.Device != c.Device {
			t.Errorf("print %d: finger %d at %d dpi, want %d", i, p.Finger, p.DPI, wanted[i])
		}
		if want := drawn(p.Finger, req.Impression == biometrics.Rolled); !bytes.Equal(p.Image.Pix, want.Pix) {
			t.Errorf("finger %d is another picture", p.Finger)
		}
		if p.Said == nil || p.Said.Score != 73 || p.Said.Algorithm != "SBI Trạm SBI mock" {
			t.Errorf("said %+v", p.Said)
		}
	}
	return c
}

func TestCapture(t *testing.T) {
	for _, o := range []sbitest.Options{
		{Coding: sbitest.Raw}, {Coding: sbitest.PNG}, {Algorithm: "RS256"}, {Algorithm: "EdDSA", Texts: true},
	} {
		o.Score = 73.4
		s := open(t, configOf(serve(t, o)))
		good(t, s, biometrics.Request{Finger: biometrics.LeftRing})
		good(t, s, biometrics.Request{Finger: biometrics.RightThumb, Threshold: 60})
		good(t, s, biometrics.Request{Finger: biometrics.RightSlap})
		good(t, s, biometrics.Request{Finger: biometrics.LeftSlap, Missing: []biometrics.Finger{biometrics.LeftIndex, biometrics.RightIndex}})
		good(t, s, biometrics.Request{Finger: biometrics.Thumbs})
		good(t, s, biometrics.Request{})
	}
}

// Services that write HTTP by hand: an older version, a length of the text
// alone with line ends behind it, and what else is seen in the wild.
func TestHandwrittenHTTP(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	id := base64.StdEncoding.EncodeToString([]byte(`{"serialNo":"1","make":"M","model":"N","type":"Finger","deviceSubType":"Slap"}`))
	body := `[{"deviceId":7,"deviceStatus":"Ready","deviceSubId":"1","digitalId":"` + id + `","error":null}]`
	asked := make(chan string, 1)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			r, err := http.ReadRequest(bufio.NewReader(c))
			if err != nil {
				return
			}
			_, _ = io.Copy(io.Discard, r.Body)
			asked <- r.Method + " " + r.RequestURI + " " + r.Proto
			fmt.Fprintf(c, "HTTP/1.0 200 OK\r\nCACHE-CONTROL:no-store\r\nLOCATION: HTTP://127.0.0.1:1/\r\nContent-Length: %d\r\n"+
				"Content-Type: application/json\r\nConnection: Closed\r\n\r\n%s\r\n\r\n", len(body), body)
			c.Close()
		}
	}()
	found, err := sbi.Discover(t.Context(), sbi.Config{URL: "http://" + l.Addr().String()})
	if err != nil || len(found) != 1 || found[0].DeviceID != "7" || found[0].Name != "M N" {
		t.Errorf("%+v, %v", found, err)
	}
	if line := <-asked; line != "MOSIPDISC /device HTTP/1.1" {
		t.Errorf("asked %q", line)
	}
}
