package enrol

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics/browser"
	"github.com/tram-station/tram/offline/dossier"
)

// TestThePageFilmsFromCardDownOn: the page is asked for frames as soon as there
// is a card, and the one that lies ready is the portrait's first: nothing is
// posted after the start.
func TestThePageFilmsFromCardDownOn(t *testing.T) {
	b, source := newBench(t, t.TempDir()), &browser.Source{Patience: time.Minute}
	b.cfg.Camera, b.cfg.CameraSource = source.Open, "browser"
	s := b.open(t)
	play(t, s, 0, step(t, CmdScan))
	if v := s.Snapshot().Camera; v != (CameraView{Source: "browser"}) || source.Wanted() {
		t.Fatalf("before there is a card: %+v", v)
	}
	must(t, s, CmdScan, ScanArgs{Text: testQR})
	await(t, s, "the page is asked to film", func(s Snapshot) bool { return s.Camera.Wanted })
	eventually(t, "the source films", source.Wanted)
	if err := source.Post(testJPEG(64, 48), "window", "Camera of the page"); err != nil {
		t.Fatal(err)
	}
	snap := play(t, s, step(t, CmdScan)+1, step(t, CmdFingersStart))
	if snap.Portrait.State != "done" || snap.Portrait.Virtual {
		t.Fatalf("portrait %+v", snap.Portrait)
	}
	snap = await(t, s, "the page may stop", func(s Snapshot) bool { return !s.Camera.Wanted })
	if source.Wanted() || snap.Camera.Source != "browser" {
		t.Error("the camera is not given back")
	}
	play(t, s, step(t, CmdFingersStart), len(moves))
	sections := b.outbox.dossiers[0].Sections
	at := slices.IndexFunc(sections, func(s dossier.Section) bool { return s.Name == "portrait" })
	for _, want := range []string{"browser", "Camera of the page"} {
		if at < 0 || !bytes.Contains(sections[at].Bytes, []byte(want)) {
			t.Errorf("the dossier's portrait does not say %q", want)
		}
	}
}

// TestTheStationsCameraIsNamed: the page of a station with a camera of its own
// is never asked to film.
func TestTheStationsCameraIsNamed(t *testing.T) {
	b := newBench(t, t.TempDir())
	s := b.open(t)
	play(t, s, 0, step(t, CmdScan)+1)
	if v := await(t, s, "warm", func(s Snapshot) bool { return s.Camera.Wanted }).Camera; v.Source != "station" {
		t.Errorf("camera %+v", v)
	}
}
