//go:build realparts

package main

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/kiosk/enrol"
)

// TestThePageIsTheCamera has a real station read the card from what a page
// posts.
func TestThePageIsTheCamera(t *testing.T) {
	c := &counter{owner: t, client: &client{}, field: &field{}, dir: t.TempDir(), address: "127.0.0.1:0", film: pageCamera}
	c.startGateway(t)
	c.startDaemon(t)
	resp, err := http.Get(c.base + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if policy := resp.Header.Get("Permissions-Policy"); !strings.HasPrefix(policy, "camera=(self),") {
		t.Errorf("the page may not film: %q", policy)
	}
	desk, card := picture(t, filmFolder(t, 1, 1)), picture(t, filmFolder(t, 1, 0))
	if code := c.postFrame(t, desk); code != http.StatusConflict {
		t.Errorf("a frame that nobody wants: %d", code)
	}
	c.must(t, "begin", nil)
	c.must(t, "notice", nil)
	c.must(t, "scan-camera", enrol.CameraArgs{On: true})
	c.until(t, "wish for frames", func(s *enrol.Snapshot) bool {
		return s.Camera == enrol.CameraView{Source: enrol.SourceBrowser, Wanted: true}
	})
	c.until(t, "looking", func(s *enrol.Snapshot) bool {
		c.postFrame(t, desk)
		return s.Scanning.State == "looking"
	})
	s := c.until(t, "the card", func(s *enrol.Snapshot) bool {
		c.postFrame(t, card)
		return s.Step == enrol.StepPerson
	})
	if s.Scanning.Kind != "qr" || !s.Person.Ready || s.Scanning.Virtual {
		t.Errorf("read: %+v, ready %v", s.Scanning, s.Person.Ready)
	}
	c.daemon.stop(t)
	c.gateway.stop(t)
}

// picture is the first JPEG file of a folder.
func picture(t *testing.T, dir string) []byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.jpg"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no pictures: %v", err)
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// postFrame posts one frame as a page does, and returns the answer's status.
func (c *counter) postFrame(t *testing.T, frame []byte) int {
	t.Helper()
	time.Sleep(30 * time.Millisecond) // a camera's pace
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.base+"/api/camera/frame?page=1&camera=Webcam", bytes.NewReader(frame))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "image/jpeg")
	req.Header.Set("X-Tram-Token", c.token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}
