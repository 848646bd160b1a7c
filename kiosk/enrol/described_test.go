package enrol

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// TestDescriptionNamesEveryCommand: openapi.yaml, from which other counter
// software is made, has each command with the steps in which it is taken, and
// no other.
func TestDescriptionNamesEveryCommand(t *testing.T) {
	raw, err := os.ReadFile("../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(raw)
	if err != nil {
		t.Fatal(err)
	}
	taken := map[string][]Step{CmdNew: allowed[CmdBegin]}
	for name, steps := range allowed {
		taken[name] = steps
	}
	command := doc.Components.Schemas["Command"].Value
	if len(command.OneOf) != len(command.Discriminator.Mapping) {
		t.Errorf("%d commands, %d in the mapping", len(command.OneOf), len(command.Discriminator.Mapping))
	}
	for _, ref := range command.OneOf {
		name, ok := ref.Value.Properties["name"].Value.Enum[0].(string)
		if !ok || command.Discriminator.Mapping[name] != ref.Ref || ref.Value.Description == "" {
			t.Errorf("%s: mapping %v", ref.Ref, command.Discriminator.Mapping[name])
		}
		steps, known := taken[name]
		if !known {
			t.Errorf("%q is in openapi.yaml and not in the table", name)
		}
		delete(taken, name)
		var said []Step
		list, _ := ref.Value.Extensions["x-steps"].([]any)
		for _, s := range list {
			text, _ := s.(string)
			from, to, ranges := strings.Cut(text, "..")
			if ranges {
				said = append(said, between(Step(from), Step(to))...)
			} else {
				said = append(said, Step(text))
			}
		}
		slices.Sort(said)
		if want := slices.Sorted(slices.Values(steps)); !slices.Equal(said, want) {
			t.Errorf("%q is taken in %v, openapi.yaml says %v", name, want, said)
		}
	}
	for name := range taken {
		t.Errorf("the command %q is not in openapi.yaml", name)
	}
	steps := doc.Components.Schemas["Step"].Value.Enum
	for _, s := range append(Order[:], StepIdle, StepDone) {
		if !slices.Contains(steps, any(string(s))) {
			t.Errorf("the step %q is not in openapi.yaml", s)
		}
	}
}
