package web

import (
	"path"
	"strings"
	"testing"
)

// Every module belongs to a page, and the page names it before it is asked for.
func TestDocumentsNameTheirModules(t *testing.T) {
	named := map[string]bool{}
	for _, name := range []string{Officer, Citizen} {
		page, err := Document(name)
		if err != nil {
			t.Fatal(err)
		}
		head, _, _ := strings.Cut(string(page), "<script")
		for _, link := range strings.Split(head, `<link rel="modulepreload" href="/`)[1:] {
			module, _, _ := strings.Cut(link, `"`)
			named[module] = true
		}
		if !strings.Contains(head, `<link rel="modulepreload" href="/words.js">`) {
			t.Errorf("%s does not name words.js:\n%s", name, head)
		}
	}
	for file := range read(t, func(name string) bool { return path.Ext(name) == ".js" }) {
		if !named[file] {
			t.Errorf("no page names %s", file)
		}
		delete(named, file)
	}
	for module := range named {
		t.Errorf("a page names %s, which is not there", module)
	}
	if _, err := Document("words/main.json"); err == nil {
		t.Error("a dictionary is a document")
	}
}
