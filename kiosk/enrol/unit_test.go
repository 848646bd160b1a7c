package enrol

import (
	"testing"

	"github.com/tram-station/tram/kiosk/rules"
)

// TestUnitsHaveNames: each unit's name reads back, and its words are there.
func TestUnitsHaveNames(t *testing.T) {
	for _, u := range unitsOf(tenFingers(t, rules.SlapsRolled), nil) {
		back, ok := parseUnit(u.id())
		w, p := u.words(), u.prompt(u.finger.Fingers())
		if !ok || back != u || w.VI == "" || w.EN == "" || p.VI == "" || p.EN == "" {
			t.Errorf("unit %s: %v, %+v, %+v", u.id(), back, w, p)
		}
	}
	for _, id := range []string{"", "0", "11", "12", "16", "r", "r0", "r13", "02", "+2", "2 ", "rr2", "258", "-1", "r11"} {
		if u, ok := parseUnit(id); ok {
			t.Errorf("%q is taken for %v", id, u)
		}
	}
}

// TestUnknownReasonIsProven: what another pack named is not let through here.
func TestUnknownReasonIsProven(t *testing.T) {
	r := tenFingers(t, rules.Single)
	if photo, supervisor := (exception{Reason: "of another pack"}).wants(r); !photo || !supervisor {
		t.Errorf("photo %v, supervisor %v", photo, supervisor)
	}
	if photo, supervisor := (exception{Reason: "device"}).wants(r); photo || !supervisor {
		t.Errorf("device: photo %v, supervisor %v", photo, supervisor)
	}
}
