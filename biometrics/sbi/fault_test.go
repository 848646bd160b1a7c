package sbi_test

import (
	"context"
	"errors"
	"image"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/sbi"
	"github.com/tram-station/tram/biometrics/sbi/sbitest"
)

// faults are what a service or a scanner does wrong in a capture, and what it has
// to come to.
var faults = map[sbitest.Fault]error{
	sbitest.FaultSignature:   sbi.ErrUntrusted,
	sbitest.FaultUnsigned:    sbi.ErrUntrusted,
	sbitest.FaultExpired:     sbi.ErrUntrusted,
	sbitest.FaultOtherRoot:   sbi.ErrUntrusted,
	sbitest.FaultOtherKey:    sbi.ErrUntrusted,
	sbitest.FaultOtherDevice: sbi.ErrUntrusted,
	sbitest.FaultReplay:      sbi.ErrUntrusted,
	sbitest.FaultStale:       sbi.ErrUntrusted,
	sbitest.FaultPurpose:     sbi.ErrUntrusted,
	sbitest.FaultHash:        sbi.ErrUntrusted,
	sbitest.FaultFinger:      biometrics.ErrBadImage,
	sbitest.FaultRecord:      biometrics.ErrBadImage,
	sbitest.FaultFewer:       biometrics.ErrBadImage,
	sbitest.FaultMore:        biometrics.ErrBadImage,
	sbitest.FaultTwice:       biometrics.ErrBadImage,
	sbitest.FaultImage:       biometrics.ErrBadImage,
	sbitest.FaultCut:         biometrics.ErrBadImage,
	sbitest.FaultSize:        biometrics.ErrBadImage,
	sbitest.FaultScore:       sbi.ErrReply,
	sbitest.FaultHuge:        sbi.ErrReply,
	sbitest.FaultStatus:      sbi.ErrReply,
	sbitest.FaultRedirect:    sbi.ErrReply,
	sbitest.FaultNotJSON:     sbi.ErrReply,
	sbitest.FaultContent:     sbi.ErrReply,
	sbitest.FaultSlow:        biometrics.ErrNoDevice,
	sbitest.FaultHang:        biometrics.ErrNoDevice,
	sbitest.FaultVanish:      biometrics.ErrNoDevice,
	"error-100":              biometrics.ErrNoDevice,
	"error-101":              biometrics.ErrNoFinger,
	"error-102":              biometrics.ErrBadImage,
	"error-103":              sbi.ErrUntrusted,
	"error-104":              biometrics.ErrNoDevice,
	"error-105":              biometrics.ErrBadImage,
	"error-106":              biometrics.ErrNoDevice,
	"error-107":              sbi.ErrUntrusted,
	"error-108":              biometrics.ErrNoDevice,
	"error-109":              biometrics.ErrNotTaken,
	"error-110":              biometrics.ErrNoDevice,
	"error-111":              biometrics.ErrNoDevice,
	"error-112":              sbi.ErrReply,
	"error-113":              sbi.ErrReply,
	"error-202":              biometrics.ErrNoDevice,
	"error-300":              sbi.ErrReply,
	"error-501":              biometrics.ErrBadImage,
	"error-701":              biometrics.ErrBadImage,
}

// kinds are the errors that tell faults apart.
var kinds = []error{
	biometrics.ErrNoFinger, biometrics.ErrBadImage, biometrics.ErrNoDevice, biometrics.ErrNotTaken, sbi.ErrUntrusted, sbi.ErrReply,
}

// only wants an error of one kind; a service that answers wrongly is no device.
func only(t *testing.T, err, want error) {
	t.Helper()
	for _, k := range kinds {
		is := errors.Is(err, k)
		if is != errors.Is(want, k) {
			t.Errorf("%v: is %q: %v", err, k, is)
		}
	}
	if err == nil {
		return
	}
	for _, quoted := range []string{"told by", "html", "biometrics", "eyJ", "{"} {
		if strings.Contains(err.Error(), quoted) {
			t.Errorf("the error quotes the service: %v", err)
		}
	}
}

// hasty is the configuration of one who does not wait long.
func hasty(m *sbitest.Server) sbi.Config {
	cfg := configOf(m)
	cfg.Patience, cfg.Answer = 300*time.Millisecond, 700*time.Millisecond
	return cfg
}

// Every fault comes to its own error, and the capture behind it works: without
// the fault the same request is taken.
func TestFaults(t *testing.T) {
	req := biometrics.Request{Finger: biometrics.RightSlap, Missing: []biometrics.Finger{biometrics.RightRing}}
	for fault, want := range faults {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			m := serve(t, sbitest.Options{Score: 73, Coding: sbitest.PNG})
			s := open(t, configOf(m))
			good(t, s, req)
			tried := s
			if fault == sbitest.FaultSlow || fault == sbitest.FaultHang {
				tried = open(t, hasty(m))
			}
			if err := m.Do(fault, 1); err != nil {
				t.Fatal(err)
			}
			begun := time.Now()
			c, err := tried.Capture(t.Context(), req, func(*image.Gray) {})
			if only(t, err, want); c != nil || err == nil {
				t.Errorf("capture %v, error %v", c != nil, err)
			}
			if fault == sbitest.FaultMore && !strings.Contains(err.Error(), "more than the 3") {
				t.Error(err)
			}
			if took := time.Since(begun); took > patience+answer {
				t.Errorf("after %v", took)
			}
			good(t, s, req)
		})
	}
	for _, f := range sbitest.Faults {
		if _, ok := faults[f]; !ok && !strings.HasPrefix(string(f), "stream-") {
			t.Errorf("%s is not tried", f)
		}
	}
}

// Without roots the same faults are found, except that nobody vouches for a key;
// and the key of a capture has to be that of the opened scanner all the same.
func TestFaultsWithoutRoots(t *testing.T) {
	m := serve(t, sbitest.Options{Score: 73})
	cfg := configOf(m)
	cfg.Roots = nil
	s := open(t, cfg)
	req := biometrics.Request{Finger: biometrics.LeftThumb}
	for fault, want := range faults {
		if !errors.Is(want, sbi.ErrUntrusted) {
			continue
		}
		if err := m.Do(fault, 1); err != nil {
			t.Fatal(err)
		}
		_, err := s.Capture(t.Context(), req, nil)
		if only(t, err, want); err == nil {
			t.Errorf("%s is taken", fault)
		}
		good(t, s, req)
	}
}

// A replay needs no capture before it: then the answer is to another request.
func TestReplayOfNothing(t *testing.T) {
	m := serve(t, sbitest.Options{Score: 73})
	s := open(t, configOf(m))
	req := biometrics.Request{Finger: biometrics.LeftThumb}
	if err := m.Do(sbitest.FaultReplay, 1); err != nil {
		t.Fatal(err)
	}
	_, err := s.Capture(t.Context(), req, nil)
	if only(t, err, sbi.ErrUntrusted); err == nil {
		t.Error("it is taken")
	}
	good(t, s, req)
}

// A live picture that fails does not stand in the way of the capture.
func TestStreamFaults(t *testing.T) {
	req := biometrics.Request{Finger: biometrics.LeftSlap}
	for fault, least := range map[sbitest.Fault]int{
		"": 3, sbitest.FaultBadStream: 3, sbitest.FaultStall: 1, sbitest.FaultNoStream: 0, sbitest.FaultHeavy: 0,
	} {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			m := serve(t, sbitest.Options{Settle: time.Second})
			s := open(t, configOf(m))
			if fault != "" {
				if err := m.Do(fault, 1); err != nil {
					t.Fatal(err)
				}
			}
			shown := 0
			if _, err := s.Capture(t.Context(), req, func(img *image.Gray) {
				if img.Rect.Dx() == 150 || img.Rect.Dx() == 160 {
					shown++
				}
			}); err != nil {
				t.Error(err)
			}
			if shown < least || least == 0 && shown > 0 || fault == sbitest.FaultStall && shown > 1 {
				t.Errorf("%d pictures, want %d", shown, least)
			}
		})
	}
}

// What a scanner says of itself is verified before it is opened.
func TestOpenFaults(t *testing.T) {
	for fault, want := range map[sbitest.Fault]error{
		"info:" + sbitest.FaultSignature:  sbi.ErrUntrusted,
		"info:" + sbitest.FaultUnsigned:   sbi.ErrUntrusted,
		"info:" + sbitest.FaultExpired:    sbi.ErrUntrusted,
		"info:" + sbitest.FaultOtherRoot:  sbi.ErrUntrusted,
		"info:" + sbitest.FaultNotJSON:    sbi.ErrReply,
		"info:" + sbitest.FaultContent:    biometrics.ErrNoDevice,
		"info:" + sbitest.FaultHuge:       sbi.ErrReply,
		"info:" + sbitest.FaultHang:       biometrics.ErrNoDevice,
		"info:" + sbitest.FaultSlow:       biometrics.ErrNoDevice,
		"discover:" + sbitest.FaultHang:   biometrics.ErrNoDevice,
		"discover:" + sbitest.FaultHuge:   sbi.ErrReply,
		"discover:" + sbitest.FaultSlow:   biometrics.ErrNoDevice,
		"discover:" + sbitest.FaultStatus: sbi.ErrReply,
	} {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			m := serve(t, sbitest.Options{})
			if err := m.Do(fault, 1); err != nil {
				t.Fatal(err)
			}
			cfg := configOf(m)
			if strings.HasSuffix(string(fault), string(sbitest.FaultSlow)) || strings.HasSuffix(string(fault), string(sbitest.FaultHang)) {
				cfg = hasty(m)
			}
			s, err := sbi.Open(t.Context(), cfg)
			if only(t, err, want); s != nil || err == nil {
				t.Errorf("opened %v, error %v", s != nil, err)
			}
			open(t, configOf(m)) // and without the fault
		})
	}
}

func TestStatus(t *testing.T) {
	m := serve(t, sbitest.Options{Score: 73})
	for _, status := range []string{"Busy", "Not Ready", "Not Registered"} {
		s := open(t, configOf(m))
		m.SetStatus(status)
		if _, err := sbi.Open(t.Context(), configOf(m)); !errors.Is(err, biometrics.ErrNoDevice) {
			t.Errorf("%s: opened, %v", status, err)
		}
		_, err := s.Capture(t.Context(), biometrics.Request{Finger: biometrics.LeftIndex}, nil)
		if only(t, err, biometrics.ErrNoDevice); err == nil {
			t.Errorf("%s: captured", status)
		}
		var e *sbi.Error
		if !errors.As(err, &e) || e.Words().VI == "" || e.Words().EN == "" {
			t.Errorf("%s: %v has no words", status, err)
		}
		m.SetStatus("Ready")
		good(t, s, biometrics.Request{Finger: biometrics.LeftIndex})
	}
}

// A capture that is called off leaves some services waiting: the next one waits
// for the service, and does not say that the scanner is gone.
func TestBusyAfterCallingOff(t *testing.T) {
	m := serve(t, sbitest.Options{Score: 73, Empty: true, Deaf: true})
	cfg := configOf(m)
	s := open(t, cfg)
	req := biometrics.Request{Finger: biometrics.LeftIndex}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := s.Capture(ctx, req, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	time.AfterFunc(400*time.Millisecond, func() { m.Lay(true) })
	good(t, s, req)
	// The control: nobody waits for another's capture.
	other := open(t, cfg)
	m.Lay(false)
	go func() { _, _ = other.Capture(t.Context(), req, nil) }()
	time.Sleep(200 * time.Millisecond)
	var e *sbi.Error
	if _, err := open(t, cfg).Capture(t.Context(), req, nil); !errors.As(err, &e) || e.Code != 111 {
		t.Errorf("error %v, want busy", err)
	}
	m.Lay(true)
}

// Another program on a port of the range does not hold up the search.
func TestDiscoverAmongOthers(t *testing.T) {
	for port := sbi.LastPort; port > sbi.FirstPort; port-- { // one that nobody has
		if l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err == nil {
			defer l.Close()
			break
		}
	}
	one, two := serve(t, sbitest.Options{Kind: "Single"}), serve(t, sbitest.Options{})
	begun := time.Now()
	found, err := sbi.Discover(t.Context(), sbi.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("looked for %v", took)
	}
	seen := map[string]sbi.Found{}
	for _, f := range found {
		seen[f.Serial] = f
	}
	if f := seen[one.Serial()]; f.URL != one.URL() || f.Kind != "Single" || f.Status != "Ready" || f.Name != "Trạm SBI mock" {
		t.Errorf("found %+v", f)
	}
	if f := seen[two.Serial()]; f.URL != two.URL() || f.Kind != "Slap" {
		t.Errorf("found %+v", f)
	}
	for _, m := range []*sbitest.Server{one, two} {
		s := open(t, sbi.Config{Serial: m.Serial(), Roots: m.Roots()})
		if d := s.Device(); d.Serial != m.Serial() || !d.Virtual || d.Driver != "sbi" {
			t.Errorf("%+v", d)
		}
	}
	if _, err := sbi.Open(t.Context(), sbi.Config{Serial: "nobody's"}); !errors.Is(err, biometrics.ErrNoDevice) {
		t.Error(err)
	}
}
