package enrol

import (
	"slices"
	"testing"

	"github.com/tram-station/tram/mrz"
	"github.com/tram-station/tram/reader/verdict"
)

var (
	// typedIdentity is somebody without a card.
	typedIdentity = IdentityArgs{Card: cardNone, Fields: map[string]string{"number": testNumber, "name": testName, "birth": "1990-02-14", "sex": "Nam",
		"residence": "Số 5, Ngõ 10 Phố Mẫu"}, Papers: []Paper{{Type: "birth-certificate", Number: "123/1990", OriginalSeen: true}}}

	cardlessSections = []string{sectionEvidence, sectionPortrait, sectionPerson, sectionIdentity, sectionPrints, sectionConsent, sectionDocuments}
	guardedSections  = []string{sectionEvidence, sectionPortrait, sectionPerson, sectionGuardian, sectionPrints, sectionConsent, sectionDocuments}
	plainSections    = []string{sectionEvidence, sectionPortrait, sectionPerson, sectionPrints, sectionConsent, sectionDocuments}
)

// passportLines are those of an invented traveller.
func passport(t testing.TB, change func(*mrz.Data)) []string {
	t.Helper()
	d := mrz.Data{Code: "P", Issuer: "UTO", Number: "L898902C3", Birth: "740812", Sex: "F", Expiry: "340415", Nationality: "UTO", Surname: "MAU", Given: "ANNA MARIA"}
	if change != nil {
		change(&d)
	}
	lines, err := mrz.Generate(mrz.TD3, d)
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func identity(args func(t *testing.T) IdentityArgs) func(t *testing.T, b *bench, s *Station) {
	return func(t *testing.T, _ *bench, s *Station) { must(t, s, CmdIdentity, args(t)) }
}

func foreigner(t *testing.T) IdentityArgs {
	return IdentityArgs{MRZ: passport(t, nil), Fields: map[string]string{"residence": "Phường Thử, Hà Nội"},
		Papers: []Paper{{Type: paperResidence, Number: "NN-1234567", Expiry: "2031-05-20", OriginalSeen: true}}}
}

func request(a RequestArgs) func(t *testing.T, b *bench, s *Station) {
	return func(t *testing.T, _ *bench, s *Station) { must(t, s, CmdRequest, a) }
}

var organisation = RequestArgs{Action: "register", Fields: map[string]string{"organisation": "Công ty Mẫu", "tax_code": "0123456787",
	"address": "Số 1, Phố Mẫu", "role": "Giám đốc"}}

var fathersPaper = GuardianArgs{Relation: "father", Paper: Paper{Type: "birth-certificate", Number: "12/2015", OriginalSeen: true}}

// guardian's card first, then the relation.
func guarded(t *testing.T, b *bench, s *Station) {
	b.chip.lay(cardOf(t, guardianNumber, guardianName, yearsAgo(40)))
	must(t, s, CmdGuardianScan, ScanArgs{Number: guardianNumber})
	await(t, s, "the guardian's chip", func(s Snapshot) bool { return s.Guardian.Chip.State == "done" })
	must(t, s, CmdGuardian, fathersPaper)
}

// withoutChip is a guardian whose card is not there.
func withoutChip(t *testing.T, _ *bench, s *Station) {
	a := fathersPaper
	a.Relation, a.Paper.Type, a.Reason = "guardian", "court-decision", "thẻ đang làm thủ tục cấp đổi"
	a.Fields = map[string]string{"number": guardianNumber, "name": guardianName, "birth": yearsAgo(40).Format(isoDate)}
	must(t, s, CmdGuardian, a)
}

func childsCard(years int) func(t *testing.T, b *bench, s *Station) {
	return func(t *testing.T, b *bench, s *Station) {
		b.chip.lay(cardOf(t, numberFor(yearsAgo(years)), childName, yearsAgo(years)))
		usual[StepCard](t, b, s)
	}
}

// kindScripts are the kinds, each by the shortest way.
var kindScripts = map[string]kindScript{
	"citizen": {begin: BeginArgs{Kind: "citizen"}, dossier: "citizen-level2", sections: plainSections},
	"issuance without a card": {
		begin: BeginArgs{Kind: "issuance", Reason: "first"}, dossier: "citizen-issuance", sections: append(slices.Clone(cardlessSections), sectionFamily),
		own: map[Step]func(*testing.T, *bench, *Station){StepIdentity: identity(func(*testing.T) IdentityArgs { return typedIdentity })},
	},
	"issuance with an expired card": {
		begin: BeginArgs{Kind: "issuance", Reason: "exchange"}, dossier: "citizen-issuance", sections: append(slices.Clone(cardlessSections), sectionFamily),
		prepare: func(t *testing.T, b *bench) { b.chip.report.Document.VN.ExpiryDate = yearsAgo(1) },
		own: map[Step]func(*testing.T, *bench, *Station){
			StepIdentity: identity(func(*testing.T) IdentityArgs { return IdentityArgs{Card: cardRead} }),
			StepSign: func(t *testing.T, b *bench, s *Station) {
				refusedWith(t, s, cmd(CmdSign, nil), "open-issues")
				must(t, s, CmdAcknowledge, AcknowledgeArgs{Code: "expired", Reason: "cấp đổi thẻ hết hạn"})
				must(t, s, CmdSign, nil)
			},
		},
	},
	"child": {
		begin: BeginArgs{Kind: "child"}, dossier: "child-level2", sections: guardedSections,
		own: map[Step]func(*testing.T, *bench, *Station){StepGuardian: guarded, StepCard: childsCard(11)},
	},
	"ward": {
		begin: BeginArgs{Kind: "ward"}, dossier: "ward-level2", sections: guardedSections,
		own: map[Step]func(*testing.T, *bench, *Station){StepGuardian: withoutChip, StepCard: childsCard(70)},
	},
	"documents": {
		begin: BeginArgs{Kind: "documents"}, dossier: "documents",
		sections: []string{sectionEvidence, sectionPerson, sectionRequest, sectionConsent, sectionDocuments},
		own: map[Step]func(*testing.T, *bench, *Station){StepRequest: request(RequestArgs{Items: []RequestItem{
			{Action: "add", Type: "driving-licence"}, {Action: "withdraw", Type: "health-insurance", Number: "GD4010123456789"}}})},
	},
	"lock": {
		begin: BeginArgs{Kind: "lock"}, dossier: "lock-request", sections: []string{sectionEvidence, sectionPerson, sectionRequest, sectionConsent},
		own: map[Step]func(*testing.T, *bench, *Station){
			StepPerson:  func(t *testing.T, _ *bench, s *Station) { must(t, s, CmdConfirmPerson, PersonArgs{}) },
			StepRequest: request(RequestArgs{Action: "lock", Reason: "device-lost", Fields: map[string]string{"detail": "mất điện thoại"}}),
		},
	},
	"organisation": {
		begin: BeginArgs{Kind: "organisation"}, dossier: "organisation-request",
		sections: []string{sectionEvidence, sectionPerson, sectionRequest, sectionConsent},
		own:      map[Step]func(*testing.T, *bench, *Station){StepRequest: request(organisation)},
	},
	"foreigner": {
		begin: BeginArgs{Kind: "foreigner"}, station: "immigration", dossier: "foreigner-level2", sections: cardlessSections,
		own: map[Step]func(*testing.T, *bench, *Station){StepIdentity: identity(foreigner)},
	},
}

// TestChecksWithoutAChip: what is not known says so in the dossier.
func TestChecksWithoutAChip(t *testing.T) {
	for name, want := range map[string]map[string]string{
		"issuance without a card":       {"iris": "not supported", "chip": "not done", "face-match": "not done"},
		"issuance with an expired card": {"iris": "not supported", "sod-hashes": "passed", "face-match": "passed"},
		"foreigner":                     {"passport-mrz": "passed", "chip": "not done"},
	} {
		k := kindScripts[name]
		b := k.bench(t, t.TempDir())
		s := b.open(t)
		must(t, s, CmdBegin, k.begin)
		k.carry(t, b, s, StepDone, nil)
		var e evidence
		if err := s.codec.dec.Unmarshal(section(t, b, sectionEvidence), &e); err != nil {
			t.Fatal(err)
		}
		said := map[string]string{}
		for _, c := range e.Checks {
			said[c.Name] = c.Outcome
		}
		for check, outcome := range want {
			if said[check] != outcome {
				t.Errorf("%s: %s is %q, want %q", name, check, said[check], outcome)
			}
		}
		if _, chip := want["chip"]; chip != (len(e.Files) == 0) {
			t.Errorf("%s: %d files of a chip", name, len(e.Files))
		}
	}
	if verdict.NotSupported.String() != "not supported" {
		t.Error("the control")
	}
}
