package rules

import (
	"fmt"
	"slices"
	"time"

	"github.com/tram-station/tram/offline/uplink"
)

// Station is the pack's word on the station itself: for how long the
// masked index answers, how much may wait, and how it may leave.
type Station struct {
	// KeepHours is for how long the index keeps a dossier in a state, by the
	// state's name: each of keptStates. What still waits is never dropped.
	KeepHours map[string]int `json:"keep_hours"`
	QuotaMB   int            `json:"quota_mb"` // most sealed MiB that wait; 0: no limit of its own
	// Courier lets supervisors carry sealed dossiers by hand. Only a pack that
	// the central has signed may allow it.
	Courier bool `json:"courier"`
	// Window is when parts go out on a metered network, say
	// "22:00-05:00 Asia/Ho_Chi_Minh"; "": always.
	Window string `json:"window"`
	// Review lists what makes a finished dossier wait for a supervisor before it
	// goes out: some of ReviewReasons. Empty: every dossier goes at once.
	Review []string `json:"review,omitempty"`
}

// keptStates are the states in which the central has the dossier, and the
// station keeps no more of it than the masked index.
var keptStates = []string{"custody", "validated", "matched", "approved", "fix-needed", "rejected"}

// finalStates are those that nothing follows.
var finalStates = []string{"approved", "rejected"}

// The limits of the station's rules.
const (
	maxKeepHours = 366 * 24
	maxQuotaMB   = 1 << 20 // a terabyte
)

const (
	hoursOfDay       = 24
	earlierKeepHours = 90 * hoursOfDay // of what is not final: the central's word is still to come
	earlierFixHours  = 30 * hoursOfDay
)

// earlierStation is the section of a pack from before there was one: such a
// pack said only for how many days the index is kept. Enrolments that began
// under it are still in journals.
func earlierStation(retentionDays int) *Station {
	s := &Station{KeepHours: map[string]int{"fix-needed": earlierFixHours}}
	for _, state := range keptStates {
		switch {
		case slices.Contains(finalStates, state):
			s.KeepHours[state] = max(retentionDays, 1) * hoursOfDay
		case s.KeepHours[state] == 0:
			s.KeepHours[state] = earlierKeepHours
		}
	}
	return s
}

func (r *Pack) checkStation() error {
	s := r.Station
	for state, hours := range s.KeepHours {
		if !slices.Contains(keptStates, state) {
			return fmt.Errorf("station.keep_hours: a dossier that is %q is not kept by time", state)
		}
		if hours < 1 || hours > maxKeepHours {
			return fmt.Errorf("station.keep_hours: %q is 1 to %d hours", state, maxKeepHours)
		}
	}
	switch {
	case len(s.KeepHours) != len(keptStates):
		return fmt.Errorf("station.keep_hours has an entry for each of %v", keptStates)
	case !Reviewable(s.Review):
		return fmt.Errorf("station.review lists some of %v, each once", ReviewReasons)
	case s.QuotaMB < 0 || s.QuotaMB > maxQuotaMB:
		return fmt.Errorf("station.quota_mb is 0 to %d", maxQuotaMB)
	}
	if _, err := uplink.ParseWindow(s.Window); err != nil {
		return fmt.Errorf("station.window: %w", err)
	}
	return nil
}

// Keep returns for how long the index keeps a dossier in each state.
func (s *Station) Keep() map[string]time.Duration {
	out := make(map[string]time.Duration, len(s.KeepHours))
	for state, hours := range s.KeepHours {
		out[state] = time.Duration(hours) * time.Hour
	}
	return out
}

// Quota returns the most sealed bytes that may wait, 0 for no limit.
func (s *Station) Quota() int64 { return int64(s.QuotaMB) << 20 }
