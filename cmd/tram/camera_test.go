package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/tram-station/tram/biometrics/browser"
	"github.com/tram-station/tram/biometrics/camera"
)

func TestLightSettings(t *testing.T) {
	parse := func(args string) (lightSettings, error) {
		var s lightSettings
		f := pflag.NewFlagSet("run", pflag.ContinueOnError)
		f.SetOutput(&bytes.Buffer{})
		s.flags(f)
		return s, f.Parse(strings.Fields(args))
	}
	for args, want := range map[string]string{
		"": "--exposure auto --white-balance auto --gain auto",
		"--exposure 120 --white-balance 5200 --gain auto": "--exposure 120 --white-balance 5200 --gain auto",
	} {
		s, err := parse(args)
		if got := strings.Join(s.args(), " "); err != nil || got != want {
			t.Errorf("%q: %s, %v", args, got, err)
		}
	}
	for _, bad := range []string{"--exposure bright", "--gain -1", "--white-balance 5200K", "--gain 99999999999"} {
		if _, err := parse(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// TestRefusedSettingsAreLogged: a camera that does not do what it was told is
// worth a line; one that does is not.
func TestRefusedSettingsAreLogged(t *testing.T) {
	var said bytes.Buffer
	asked := 120
	logHello(slog.New(slog.NewTextHandler(&said, nil)), camera.Hello{Controls: []camera.Control{
		{Name: "exposure", Value: 250, Asked: &asked}, {Name: "gain", Value: 120, Asked: &asked}, {Name: "white-balance", Value: 9},
	}})
	if text := said.String(); strings.Count(text, "setting=") != 1 || !strings.Contains(text, "setting=exposure asked=120 has=250") {
		t.Errorf("%s", text)
	}
}

// TestThePageFilmsWhereAsked: and on systems without V4L2 by itself.
func TestThePageFilmsWhereAsked(t *testing.T) {
	for system, want := range map[string]string{"linux": firstCamera, "windows": pageCamera, "darwin": pageCamera} {
		if got := defaultCamera(system); got != want {
			t.Errorf("%s: %s", system, got)
		}
	}
	log := slog.New(slog.DiscardHandler)
	page, err := (&runOptions{camera: pageCamera}).devices(log)
	if err != nil {
		t.Fatal(err)
	}
	if page.page == nil || page.page.Wanted() {
		t.Errorf("%+v", page.page)
	}
	var none *browser.Source
	if own, err := (&runOptions{camera: firstCamera}).devices(log); err != nil || own.page != none {
		t.Error("the page films beside the station's own camera")
	}
	if f := (doctor{camera: pageCamera}).cameras(); f.State != "ok" || f.words.VI == "" {
		t.Errorf("doctor: %+v", f)
	}
}
