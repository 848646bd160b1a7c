//go:build realparts

package main

import (
	"bytes"
	"image/jpeg"
	"strings"
	"testing"

	"github.com/tram-station/tram/kiosk/enrol"
)

// TestStationScansTheCard has a real station look for the card through the real
// camera process: on an empty desk, with the camera process and then the
// station killed, and in the end with a card in the picture.
func TestStationScansTheCard(t *testing.T) {
	c := &counter{owner: t, client: &client{}, field: &field{}, dir: t.TempDir(), address: "127.0.0.1:0",
		film: filmFolder(t, 4, 4)}
	c.startGateway(t)
	c.startDaemon(t)
	c.must(t, "begin", nil)
	id := c.must(t, "notice", nil).ID
	looking := func(s *enrol.Snapshot) bool { return s.Scanning.State == "looking" }
	c.must(t, "scan-camera", enrol.CameraArgs{On: true})
	s := c.until(t, "looking", looking)
	if s.Scanning.Size != [2]int{640, 480} || s.Scanning.Corners != nil || s.Error != nil {
		t.Errorf("an empty desk: %+v, %+v", s.Scanning, s.Error)
	}
	c.frame(t)
	c.killCamera(t, 0)
	eventually(t, "another camera process", deviceTime, func() bool {
		return strings.Contains(c.logged(t), `"camera process","event":"restarted"`)
	})
	c.until(t, "looking again", looking)

	c.film = filmFolder(t, 8, 3)
	c.crash(t) // a power cut, after which another film is in the camera
	if s := c.state(t); s.ID != id || s.Step != enrol.StepCard || s.Scanning.State != "off" {
		t.Fatalf("after the power cut: %s at %s, %+v", s.ID, s.Step, s.Scanning)
	}
	if _, ok := c.get(t, "/api/preview"); ok {
		t.Error("a picture survived the power cut")
	}
	c.must(t, "scan-camera", enrol.CameraArgs{On: true})
	s = c.until(t, "the card", func(s *enrol.Snapshot) bool { return s.Step == enrol.StepPerson })
	if s.Scanning.State != "read" || s.Scanning.Kind != "qr" || !s.Person.Ready {
		t.Errorf("read: %+v, ready %v", s.Scanning, s.Person.Ready)
	}
	c.must(t, "cancel", nil)
	c.daemon.stop(t)
	c.gateway.stop(t)
}

// frame waits for a picture of the camera.
func (c *counter) frame(t *testing.T) {
	t.Helper()
	c.until(t, "picture", func(*enrol.Snapshot) bool {
		b, ok := c.get(t, "/api/preview")
		if !ok {
			return false
		}
		size, err := jpeg.DecodeConfig(bytes.NewReader(b))
		return err == nil && size.Width == 640
	})
}
