package face

import (
	"encoding/json"
	"os"
	"testing"
)

func TestEveryMessageHasWords(t *testing.T) {
	codes := []string{codeOK, codeNoFace, codeSeveral}
	for _, r := range rules {
		codes = append(codes, r.code)
	}
	for _, c := range codes {
		if w := Words(c); w.VI == "" || w.EN == "" || w.VI == w.EN {
			t.Errorf("%s: %+v", c, w)
		}
	}
	if w := Words("no such code"); w.VI != "" || w.EN != "" {
		t.Errorf("unknown code: %+v", w)
	}
}

// TestThePageNamesEveryMeasure: what the judge measures has a name for people.
func TestThePageNamesEveryMeasure(t *testing.T) {
	packed, err := os.ReadFile("../../kiosk/web/static/words/main.json")
	if err != nil {
		t.Fatal(err)
	}
	var words map[string]struct{ VI, EN string }
	if err := json.Unmarshal(packed, &words); err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{facesName: true}
	for _, r := range rules {
		named[r.name] = true
	}
	for name := range named {
		if w := words["measure."+name]; w.VI == "" || w.EN == "" {
			t.Errorf("measure.%s: %+v", name, w)
		}
	}
	if len(named) != len(rules)+1 {
		t.Error("two rules have one name")
	}
}
