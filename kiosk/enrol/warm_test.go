package enrol

import (
	"bytes"
	"slices"
	"sync/atomic"
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
	b.cfg.Camera, b.cfg.CameraSource = source.Open, SourceBrowser
	s := b.open(t)
	play(t, s, 0, step(t, CmdScan))
	if v := s.Snapshot().Camera; v != (CameraView{Source: SourceBrowser}) || source.Wanted() {
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
	if source.Wanted() || snap.Camera.Source != SourceBrowser {
		t.Error("the camera is not given back")
	}
	play(t, s, step(t, CmdFingersStart), step(t, CmdFingerPhoto))
	filmed := make(chan struct{})
	go func() { // the page films the hand while that is wanted
		defer close(filmed)
		for s.Snapshot().Step == StepFingers {
			_ = source.Post(testJPEG(64, 48), "window", "Camera of the page") // refused before and after
			time.Sleep(5 * time.Millisecond)
		}
	}()
	play(t, s, step(t, CmdFingerPhoto), len(moves))
	<-filmed
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
	if v := await(t, s, "warm", func(s Snapshot) bool { return s.Camera.Wanted }).Camera; v.Source != SourceStation {
		t.Errorf("camera %+v", v)
	}
}

// TestAFilmingPageWatches: it does not ask for the preview, and the camera goes
// on; TestNobodyWatches is the control.
func TestAFilmingPageWatches(t *testing.T) {
	var ahead atomic.Int64
	s, _, f := atCard(t, func(b *bench) {
		b.cfg.CameraSource = SourceBrowser
		b.cfg.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	})
	must(t, s, CmdScanCamera, CameraArgs{On: true})
	await(t, s, "looking", scanning(scanLooking))
	ahead.Store(int64(10 * unwatched))
	n := f.taken()
	eventually(t, "frames", func() bool { return f.taken() > n+10 })
	if v := s.Snapshot(); v.Scanning.State != scanLooking || !v.Camera.Wanted {
		t.Fatalf("%+v, %+v", v.Scanning, v.Camera)
	}
}
