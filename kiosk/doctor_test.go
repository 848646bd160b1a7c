package kiosk

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/kiosk/checkup"
	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/reader/apdu"
)

// deaf is a chip that knows no command and answers each.
type deaf struct{}

func (deaf) Reset()                {}
func (deaf) Process([]byte) []byte { return []byte{0x6D, 0x00} }

// TestDoctorLeavesAnEnrolmentAlone: it looks anew between enrolments only, and a
// device is tried between them only.
func TestDoctorLeavesAnEnrolmentAlone(t *testing.T) {
	s := newStaff(t)
	asked := 0
	slot := &apdu.VirtualSlot{}
	slot.Put(deaf{})
	s.server.cfg.Examine = func(context.Context) []Finding {
		asked++
		return []Finding{{Name: "models", State: "waiting", Detail: "none", Next: "run make assets", Needed: true}}
	}
	s.server.cfg.Devices = checkup.Devices{Slot: func() (apdu.Slot, error) { return slot, nil }}
	on := s.in("officer-1")
	try := func(part string) (int, string, string) {
		status, code, w := s.post(on.Token, "/api/check", map[string]string{"part": part})
		return status, code, w.Body.String()
	}
	s.begun("officer-1")
	if w := s.ask(http.MethodGet, "/api/doctor", "", header(TokenHeader, on.Token)); w.Code != http.StatusConflict || asked != 0 {
		t.Errorf("in the middle: %d, asked %d times", w.Code, asked)
	}
	if status, code, _ := try(checkup.Reader); status != http.StatusConflict || code != "enrolment-open" {
		t.Errorf("in the middle: %d %s", status, code)
	}
	s.station.mu.Lock()
	s.station.snapshot.Step = enrol.StepIdle
	s.station.mu.Unlock()
	for range 3 {
		e := look[examination](s, on.Token, "/api/doctor")
		if len(e.Findings) != 1 || e.Findings[0].Next != "run make assets" || e.At.IsZero() {
			t.Errorf("%+v", e)
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times at once", asked)
	}
	s.clock = s.clock.Add(2 * healthLasts)
	look[examination](s, on.Token, "/api/doctor")
	if asked != 2 {
		t.Errorf("asked %d times, want anew after a while", asked)
	}
	s.clock = s.clock.Add(-time.Hour)
	look[examination](s, on.Token, "/api/doctor")
	if asked != 3 {
		t.Errorf("asked %d times, want anew after the clock was set back", asked)
	}
	s.station.said()
	if status, _, body := try(checkup.Reader); status != http.StatusOK || !strings.Contains(body, `"outcome":"ok"`) {
		t.Errorf("%d %s", status, body)
	}
	if said := strings.Join(s.station.said(), "\n"); !strings.Contains(said, enrol.ActDeviceTried+"||reader ok") {
		t.Errorf("the log says %q", said)
	}
	for _, part := range []string{"", "printer", "../reader"} {
		if status, _, _ := try(part); status != http.StatusBadRequest {
			t.Errorf("%q: %d", part, status)
		}
	}
}

// TestTrialEndsWhenAnEnrolmentBegins: the device is the citizen's then, and
// nobody waits for it.
func TestTrialEndsWhenAnEnrolmentBegins(t *testing.T) {
	s := newStaff(t)
	slot := &apdu.VirtualSlot{} // no card comes
	waits := make(chan struct{})
	s.server.cfg.Devices = checkup.Devices{Slot: func() (apdu.Slot, error) {
		close(waits)
		return slot, nil
	}}
	on := s.in("officer-1")
	s.station.said()
	go func() {
		<-waits
		s.begun("officer-1")
		s.station.changes <- s.station.Snapshot()
	}()
	begun := time.Now()
	status, code, _ := s.post(on.Token, "/api/check", map[string]string{"part": checkup.Reader})
	if status != http.StatusConflict || code != "enrolment-open" {
		t.Errorf("%d %s", status, code)
	}
	if took := time.Since(begun); took > 8*time.Second {
		t.Errorf("it kept the reader for %v", took)
	}
	if said := s.station.said(); len(said) != 0 {
		t.Errorf("the log says %q", said)
	}
}

// TestDoctorFallsBackOnTheDevices where nothing more is known.
func TestDoctorFallsBackOnTheDevices(t *testing.T) {
	s := newStaff(t)
	s.server.cfg.Doctor = func(context.Context) []Device { return []Device{{Name: "reader", State: "ok"}} }
	if e := look[examination](s, s.in("admin-1").Token, "/api/doctor"); len(e.Findings) != 1 || e.Findings[0].Name != "reader" || !e.Findings[0].Needed {
		t.Errorf("%+v", e)
	}
}
