package kiosk

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/kiosk/enrol"
)

// TestAppointments: the day's list needs a session, and a central that does not
// answer is said in words.
func TestAppointments(t *testing.T) {
	b := newBench(t)
	b.station.booked = []enrol.AppointmentView{{ID: "a1", At: time.Now(), Kind: "citizen", Initials: "N.V.T.", Number: "••••••••0001"}}
	if w := b.ask(http.MethodGet, "/api/appointments", ""); w.Code != http.StatusUnauthorized {
		t.Errorf("without a session: %d", w.Code)
	}
	token := b.login()
	w := b.ask(http.MethodGet, "/api/appointments", "", token)
	var got appointments
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK || len(got.Appointments) != 1 || len(got.Day) != len(time.DateOnly) {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	b.station.refuse = &enrol.CommandError{Problem: &enrol.Problem{Code: "appointments-offline"}}
	if w := b.ask(http.MethodGet, "/api/appointments", "", token); w.Code == http.StatusOK || !strings.Contains(w.Body.String(), "appointments-offline") {
		t.Errorf("offline: %d %s", w.Code, w.Body)
	}
}
