package enrol

import (
	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/reader/verdict"
)

// Commands of the kinds of enrolment.
const (
	CmdIdentity     = "identity"      // IdentityArgs
	CmdGuardian     = "guardian"      // GuardianArgs
	CmdGuardianScan = "guardian-scan" // ScanArgs
	CmdRequest      = "request"       // RequestArgs
)

// Events of the guardian's card.
const (
	evGuardianChip    = "guardian-chip"    // Chip
	evGuardianRefused = "guardian-refused" // Code
)

var kindFolds = map[string]fold{
	CmdIdentity: foldIdentity,
}

var kindDones = map[Step]done{
	StepIdentity: func(s *state, _ *rules.Pack) bool { return s.identity != nil },
}

var kindAllowed = map[string][]Step{
	CmdIdentity: between(StepIdentity, StepSign),
}

var kindAccepts = map[string]accept{
	CmdIdentity: acceptIdentity,
}

const (
	actIdentity = "identity-taken"
)

var kindPlainActs = map[string]string{
	CmdIdentity: actIdentity,
}

var kindActWords = map[string]verdict.Words{
	actIdentity: words("Ghi nhận giấy tờ tùy thân", "Took the identity papers"),
}
