package rules

import "slices"

// The reasons for which a rule pack can let a dossier wait for a supervisor.
// Each follows from the journal alone.
const (
	ReviewByHand     = "portrait-by-hand"  // the officer pressed the trigger
	ReviewUncompared = "face-not-compared" // the officer compared by eye alone
	ReviewUnsure     = "face-review"       // the comparison left it to the officer
	ReviewAlarm      = "face-alarm"        // it saw two people, the officer one
	ReviewException  = "finger-exception"
	ReviewFinger     = "finger-issue" // a weak print, or one that is unlike what it should be like
	ReviewCheck      = "check-failed" // of the chip or the scanner; the officer gave a reason
	ReviewConflict   = "print-differs"
	ReviewPending    = "exception-pending" // no supervisor decided in time
	ReviewSample     = "sample"            // the day's random sample
)

// ReviewReasons is the closed list, in the order in which reasons are named.
var ReviewReasons = []string{ReviewByHand, ReviewUncompared, ReviewUnsure, ReviewAlarm, ReviewException, ReviewFinger, ReviewCheck, ReviewConflict, ReviewPending, ReviewSample}

// Reviewable reports whether a pack's list is of known reasons, each once.
func Reviewable(list []string) bool {
	for i, code := range list {
		if !slices.Contains(ReviewReasons, code) || slices.Contains(list[:i], code) {
			return false
		}
	}
	return true
}
