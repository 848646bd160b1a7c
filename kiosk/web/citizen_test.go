package web

import (
	"regexp"
	"strings"
	"testing"
)

var (
	apiPath  = regexp.MustCompile(`/api/[a-z/]*`)
	imported = regexp.MustCompile(`(?s)import \{([^}]*)\} from '\.\./(?:\.\./)?api\.js'`)
)

// The citizen's page asks for what is the citizen's and nothing else, and of the
// officer's calls it has only those that carry no right.
func TestCitizensPageAsksForItsOwn(t *testing.T) {
	harmless := map[string]bool{"Problem": true, "exchange": true, "listen": true, "forget as forgetOfficer": true}
	asked := 0
	for file, text := range read(t, func(name string) bool { return strings.HasPrefix(name, "citizen") && strings.HasSuffix(name, ".js") }) {
		for _, path := range apiPath.FindAllString(text, -1) {
			asked++
			if !strings.HasPrefix(path, "/api/citizen/") {
				t.Errorf("%s asks for %s", file, path)
			}
		}
		for _, m := range imported.FindAllStringSubmatch(text, -1) {
			for name := range strings.SplitSeq(m[1], ",") {
				if !harmless[strings.TrimSpace(name)] {
					t.Errorf("%s imports %s of the officer's calls", file, strings.TrimSpace(name))
				}
			}
		}
		if strings.Contains(text, "X-Tram-Token") || strings.Contains(text, "tram-token") {
			t.Errorf("%s names the officer's token", file)
		}
	}
	if asked < 4 {
		t.Fatalf("only %d paths found: the search is broken", asked)
	}
}
