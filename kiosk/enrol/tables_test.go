package enrol

import (
	"slices"
	"testing"

	"github.com/tram-station/tram/kiosk/rules"
)

// TestTablesAreDisjoint: no part overwrites another's entry.
func TestTablesAreDisjoint(t *testing.T) {
	for name, n := range map[string][2]int{
		"folds":    {len(folds), len(coreFolds) + len(peopleFolds) + len(kindFolds) + len(paperFolds) + len(onlineFolds) + len(citizenFolds)},
		"dones":    {len(dones), len(coreDones) + len(kindDones) + len(paperDones) + len(onlineDones)},
		"allowed":  {len(allowed), len(coreAllowed) + len(peopleAllowed) + len(kindAllowed) + len(paperAllowed) + len(onlineAllowed)},
		"accepts":  {len(accepts), len(coreAccepts) + len(peopleAccepts) + len(kindAccepts) + len(paperAccepts) + len(onlineAccepts) + len(citizenAccepts)},
		"acts":     {len(plainActs), len(corePlainActs) + len(kindPlainActs) + len(paperActs) + len(onlineActs) + len(citizenPlainActs)},
		"words":    {len(actWords), len(coreActWords) + len(peopleActWords) + len(kindActWords) + len(paperActWords) + len(onlineActWords) + len(citizenActWords)},
		"problems": {len(problems), len(coreProblems) + len(peopleProblems) + len(kindProblems) + len(paperProblems) + len(onlineProblems) + len(citizenProblems) + len(warningProblems)},
	} {
		if n[0] != n[1] {
			t.Errorf("%s: %d entries, %d in its parts", name, n[0], n[1])
		}
	}
}

// TestStepsOfTheRules: the rules name the steps that there are, in their order.
func TestStepsOfTheRules(t *testing.T) {
	var names []string
	for _, step := range Order {
		names = append(names, string(step))
	}
	if !slices.Equal(names, rules.Steps) {
		t.Errorf("the enrolment has %v, the rules %v", names, rules.Steps)
	}
}
