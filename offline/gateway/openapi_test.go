package gateway

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// The description and the mux name the same routes, and the description is
// valid OpenAPI.
func TestDescriptionNamesEveryRoute(t *testing.T) {
	raw, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(raw)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	described := []string{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			// What is mounted from elsewhere is tried by its own tests and by
			// the conversation.
			if !slices.Contains(op.Tags, "register") {
				described = append(described, method+" "+path)
			}
		}
	}
	served := []string{}
	for _, rt := range (&Gateway{}).routes() {
		served = append(served, rt.pattern)
	}
	slices.Sort(described)
	slices.Sort(served)
	if !slices.Equal(described, served) {
		t.Errorf("described\n%s\nserved\n%s", strings.Join(described, "\n"), strings.Join(served, "\n"))
	}
}
