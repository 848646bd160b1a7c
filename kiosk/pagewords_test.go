package kiosk

import (
	"encoding/json"
	"io/fs"
	"testing"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/kiosk/operator"
	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/kiosk/web"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/audit"
)

// TestPagesHaveWordsForEveryCode: a code that the station sends becomes a sentence
// on the desk's pages; one without words would stand there as its key.
func TestPagesHaveWordsForEveryCode(t *testing.T) {
	files, err := fs.Glob(web.Files(), "words/*.json")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d dictionaries, %v", len(files), err)
	}
	known := map[string]bool{}
	for _, name := range files {
		b, err := fs.ReadFile(web.Files(), name)
		if err != nil {
			t.Fatal(err)
		}
		var part map[string]json.RawMessage
		if err := json.Unmarshal(b, &part); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for key := range part {
			known[key] = true
		}
	}
	pack, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	flags := []string{rules.ReviewPending, rules.ReviewSample}
	for _, kind := range pack.Exceptions.Kinds {
		flags = append(flags, kind.Code)
	}
	states := []string{enrol.StateHeld}
	for s := offline.Sealed; s <= offline.Rejected; s++ {
		states = append(states, s.String())
	}
	for prefix, codes := range map[string][]string{
		"queue.": states, "queue.next-": states, "review.": rules.ReviewReasons, "flag.": flags, "role.": operator.Roles(),
		"audit.problem-": {audit.Damaged, audit.Edited, audit.Missing, audit.Tree, audit.Cut, audit.Forked, audit.Restored, audit.Counter, audit.Anew},
	} {
		for _, code := range codes {
			if !known[prefix+code] {
				t.Errorf("nobody has written %s%s", prefix, code)
			}
		}
	}
}
