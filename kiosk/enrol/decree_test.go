package enrol

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/kiosk/rules"
)

// decree is the built-in pack after a change of the law: edits of its JSON,
// those of the plain kind apart.
func decree(t *testing.T, version string, pack, plain map[string]any) *rules.Pack {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "rules", "level2-2026-09.json"))
	if err != nil {
		t.Fatal(err)
	}
	var law map[string]any
	if err := json.Unmarshal(b, &law); err != nil {
		t.Fatal(err)
	}
	law["version"] = version
	for name, value := range pack {
		law[name] = value
	}
	kind := law["kinds"].([]any)[0].(map[string]any)
	for name, value := range plain {
		kind[name] = value
	}
	if b, err = json.Marshal(law); err != nil {
		t.Fatal(err)
	}
	if flaws, err := rules.Check(b); err != nil || len(flaws) != 0 {
		t.Fatalf("%v, %v", flaws, err)
	}
	p, err := rules.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestAnotherDecree: a changed law is a pack and no program. What began under
// the old one ends under it; the next enrolment takes other steps and fingers,
// and after one more change is not allowed at all.
func TestAnotherDecree(t *testing.T) {
	shorter := decree(t, "thu-shorter", map[string]any{"fingers": []int{2}, "working_days": 1},
		map[string]any{"steps": []string{"notice", "card", "person", "portrait", "fingers", "consent", "sign", "seal"}})
	elders := decree(t, "thu-elders", map[string]any{"minimum_age": 95}, nil)
	b := newBench(t, t.TempDir())
	s := b.open(t)
	first := play(t, s, 0, step(t, CmdFingerPhoto)).Rules
	s.SetRules(shorter)
	play(t, s, step(t, CmdFingerPhoto), len(moves))
	if got := s.Snapshot().Rules; got.Version != first.Version || got.WorkingDays != 3 {
		t.Errorf("begun under %s, ends under %s", first.Version, got.Version)
	}
	must(t, s, CmdFinish, nil)

	playMoves(t, s, []move{
		moves[0], moves[1], moves[2],
		{CmdConfirmPerson, PersonArgs{Phone: testPhone}, at(StepPortrait)},
		moves[step(t, CmdPortraitStart)], moves[step(t, CmdPortraitAccept)],
		{CmdFingersStart, FingerArgs{Finger: int(biometrics.RightIndex)}, at(StepConsent)},
		{CmdConsent, ConsentArgs{Registration: true}, at(StepSign)},
		{CmdSign, nil, at(StepSeal)}, {CmdSeal, nil, at(StepDone)},
	})
	if got := s.Snapshot().Rules; got.Version != shorter.Version || got.WorkingDays != 1 {
		t.Errorf("begun under %s", got.Version)
	}
	must(t, s, CmdFinish, nil)

	s.SetRules(elders)
	playMoves(t, s, moves[:3])
	issue := func(i Issue) bool { return i.Code == "not-eligible" && i.Final }
	if snap := s.Snapshot(); snap.Rules.MinimumAge != 95 || !slices.ContainsFunc(snap.Issues, issue) {
		t.Errorf("the citizen may: %+v", snap.Issues)
	}
	if n := len(b.outbox.dossiers); n != 2 {
		t.Errorf("%d dossiers", n)
	}
}
