package main

import (
	"context"
	"errors"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/sbi/sbitest"
	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/reader/verdict"
)

// TestWhoVouches: any program can be a service that signs with a key of its own.
// Without certificates it is opened only where it is asked for, and whoever
// captures learns that nobody vouches for it.
func TestWhoVouches(t *testing.T) {
	m, err := sbitest.Start(sbitest.Options{Env: "Production", Settle: time.Millisecond,
		Draw: func(biometrics.Finger, bool) *image.Gray { return image.NewGray(image.Rect(0, 0, 300, 300)) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Unplug)
	trust := t.TempDir()
	if err := os.WriteFile(filepath.Join(trust, "root.pem"), m.Root(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		spec, trust string
		want        verdict.Outcome // NotDone: nothing is opened
	}{
		{"auto", "", verdict.NotDone},
		{"", "", verdict.NotDone},
		{"auto", trust, verdict.Passed},
		{"sbi", "", verdict.Inconclusive},
		{"sbi=" + m.URL(), "", verdict.Inconclusive},
		{"sbi=" + m.URL(), trust, verdict.Passed},
	} {
		open, err := scannerNamed(c.spec, c.trust)
		if err != nil {
			t.Fatal(err)
		}
		s, err := (&scannerWatch{open: open}).Open(t.Context())
		if c.want == verdict.NotDone {
			if !errors.Is(err, biometrics.ErrNoDevice) || !strings.Contains(err.Error(), "--scanner-trust") {
				t.Errorf("%q without certificates: %v, %v", c.spec, s, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", c.spec, err)
			continue
		}
		v, ok := s.(enrol.Voucher)
		if !ok || v.Trust().Outcome != c.want || s.Device().Virtual {
			t.Errorf("%q: says who vouches %v", c.spec, ok)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, s := range scannerSources() {
		if s.name != "sbi" {
			continue
		}
		if f := (doctor{}).scannerKind(t.Context(), s); f.State != "ok" || !strings.Contains(f.Detail, "nobody vouches") {
			t.Errorf("%+v", f)
		}
		if f := (doctor{vouch: trust}).scannerKind(t.Context(), s); f.State != "ok" || strings.Contains(f.Detail, "nobody vouches") {
			t.Errorf("%+v", f)
		}
	}
}

// A reader that does not sign says nothing of it.
func TestNobodyAsked(t *testing.T) {
	s, err := (&scannerWatch{open: func(ctx context.Context) (biometrics.Scanner, error) { return openVirtual(ctx, scannerWish{}) }}).Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := s.(enrol.Voucher); ok {
		t.Error("it says who vouches for it")
	}
}
