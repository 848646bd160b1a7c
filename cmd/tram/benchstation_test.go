package main

import "testing"

// TestBenchStationUsage: too few enrolments show no growth.
func TestBenchStationUsage(t *testing.T) {
	for _, args := range [][]string{{"--enrolments", "5"}, {"--starts", "0"}, {"--nothing"}} {
		if code, _, _ := tram("", append([]string{"bench", "station"}, args...)...); code != exitUsage {
			t.Errorf("%v: exit %d", args, code)
		}
	}
	if code, _, _ := tram("", "bench", "card", "--enrolments", "20"); code != exitUsage {
		t.Errorf("another figure took the flag: exit %d", code)
	}
}

// TestAt: the value below which a share of the others lies.
func TestAt(t *testing.T) {
	values := []float64{5, 1, 3, 2, 4}
	for share, want := range map[float64]float64{0: 1, 0.5: 3, 0.95: 5, 1: 5} {
		if got := at(values, share); got != want {
			t.Errorf("at %.2f: %.0f, want %.0f", share, got, want)
		}
	}
	if at(nil, 0.5) != 0 {
		t.Error("a value out of nothing")
	}
}
