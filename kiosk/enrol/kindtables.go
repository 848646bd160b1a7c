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
	CmdIdentity:       foldIdentity,
	CmdGuardian:       foldGuardian,
	CmdGuardianScan:   foldGuardianScan,
	evGuardianChip:    foldGuardianChip,
	evGuardianRefused: foldGuardianRefused,
	CmdRequest:        func(s *state, e *event, _ *rules.Pack) { s.request = e.Request },
}

var kindDones = map[Step]done{
	StepIdentity: func(s *state, _ *rules.Pack) bool { return s.identity != nil },
	StepGuardian: func(s *state, _ *rules.Pack) bool { return s.guardian.said != nil },
	StepRequest:  func(s *state, _ *rules.Pack) bool { return s.request != nil },
}

var kindAllowed = map[string][]Step{
	CmdIdentity:     between(StepIdentity, StepSign),
	CmdGuardian:     between(StepGuardian, StepSign),
	CmdGuardianScan: between(StepGuardian, StepSign), // again for another guardian
	CmdRequest:      between(StepRequest, StepSign),
}

var kindAccepts = map[string]accept{
	CmdIdentity:     acceptIdentity,
	CmdGuardian:     acceptGuardian,
	CmdGuardianScan: acceptGuardianScan,
	CmdRequest:      acceptRequest,
}

const (
	actIdentity        = "identity-taken"
	actGuardian        = "guardian-confirmed"
	actGuardianScanned = "guardian-scanned"
	actGuardianRefused = "guardian-card-refused"
	actRequest         = "request-taken"
	actVerified        = "card-verified"
)

var kindPlainActs = map[string]string{
	CmdIdentity: actIdentity, CmdGuardian: actGuardian, CmdGuardianScan: actGuardianScanned, evGuardianRefused: actGuardianRefused,
	CmdRequest: actRequest,
}

var kindActWords = map[string]verdict.Words{
	actIdentity:        words("Ghi nhận giấy tờ tùy thân", "Took the identity papers"),
	actGuardian:        words("Xác nhận người giám hộ", "Confirmed the guardian"),
	actGuardianScanned: words("Nhận thông tin in trên thẻ của người giám hộ", "Took the print of the guardian's card"),
	actGuardianRefused: words("Chip thẻ của người giám hộ chưa mở được", "The guardian's chip was not opened"),
	actRequest:         words("Ghi nhận yêu cầu", "Took the request down"),
	actVerified:        words("Kiểm tra thẻ", "Verified a card"),
}

// kindPages are the pages of the papers that say who somebody is, and what may
// be asked for.
var kindPages = map[string]pageUse{
	sectionIdentity: func(s *state) (named, given []string) {
		if s.identity != nil {
			named = pagesOf(s.identity.Papers)
		}
		return named, named
	},
	sectionGuardian: func(s *state) (named, given []string) {
		if said := s.guardian.said; said != nil {
			named = said.Paper.Pages
		}
		return named, named
	},
	sectionRequest: func(s *state) (named, given []string) {
		if s.request != nil {
			named = pagesOf(s.request.Papers)
		}
		return named, named
	},
}

func pagesOf(papers []Paper) (names []string) {
	for _, p := range papers {
		names = append(names, p.Pages...)
	}
	return names
}

// kindSlots is the kinds' share of a station.
type kindSlots struct {
	household slot
	day       map[string]booked // the appointments that were last asked for
}
