package rules

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

//go:embed schema.json
var schema []byte

// Schema returns the JSON Schema (draft 2020-12) of a rule pack.
func Schema() []byte { return bytes.Clone(schema) }

// Flaw is one thing that is wrong in a pack.
type Flaw struct {
	Path  string `json:"path"`  // as in the pack: kinds[2].steps[4]; "": the whole
	Words string `json:"words"` // what is wrong
}

// Check names all that the schema finds wrong in a pack, in the order of the
// paths; where it finds nothing, the first thing that Parse refuses. Nothing
// means that the pack applies.
func Check(b []byte) ([]Flaw, error) {
	compiled, err := compileSchema()
	if err != nil {
		return nil, err
	}
	return checkBy(compiled, b)
}

func checkBy(compiled *jsonschema.Schema, b []byte) ([]Flaw, error) {
	pack, flaws := decoded(b)
	if flaws != nil {
		return flaws, nil
	}
	var invalid *jsonschema.ValidationError
	if err := compiled.Validate(pack); errors.As(err, &invalid) {
		flaws = causes(invalid, message.NewPrinter(language.English), nil)
	} else if err != nil {
		return nil, fmt.Errorf("rule pack: %w", err)
	}
	if _, err := Parse(b); err != nil && len(flaws) == 0 {
		flaws = append(flaws, Flaw{Words: err.Error()})
	}
	slices.SortStableFunc(flaws, func(a, b Flaw) int { return strings.Compare(a.Path, b.Path) })
	return slices.Compact(flaws), nil
}

// decoded is a pack as the schema looks at it, or why it is no JSON.
func decoded(b []byte) (any, []Flaw) {
	pack, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		return nil, []Flaw{{Words: "it is no JSON: " + err.Error()}}
	}
	return pack, nil
}

func compileSchema() (*jsonschema.Schema, error) {
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		return nil, fmt.Errorf("schema of rule packs: %w", err)
	}
	const name = "rule-pack.json"
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(name, parsed); err != nil {
		return nil, fmt.Errorf("schema of rule packs: %w", err)
	}
	return c.Compile(name)
}

// causes collects what lies at the bottom: the rest only says where it is.
func causes(e *jsonschema.ValidationError, p *message.Printer, flaws []Flaw) []Flaw {
	for _, c := range e.Causes {
		flaws = causes(c, p, flaws)
	}
	if len(e.Causes) > 0 {
		return flaws
	}
	path := pathOf(e.InstanceLocation)
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			flaws = append(flaws, Flaw{strings.TrimPrefix(path+"."+name, "."), "nothing of this name is known here: is it misspelt?"})
		}
	case *kind.Required:
		for _, name := range k.Missing {
			flaws = append(flaws, Flaw{strings.TrimPrefix(path+"."+name, "."), "it is missing"})
		}
	default:
		flaws = append(flaws, Flaw{path, e.ErrorKind.LocalizedString(p)})
	}
	return flaws
}

// pathOf writes a location as a person would: kinds[2].steps[4].
func pathOf(location []string) string {
	var b strings.Builder
	for _, part := range location {
		if _, err := strconv.Atoi(part); err == nil {
			fmt.Fprintf(&b, "[%s]", part)
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(part)
	}
	return b.String()
}
