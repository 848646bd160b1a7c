package rules

import (
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// object is a JSON object of the schema or of a pack.
type object = map[string]any

// TestSchemaIsTheStruct: every field of the struct stands in the schema and
// every property of the schema in the struct, of the same type.
func TestSchemaIsTheStruct(t *testing.T) {
	var root object
	if err := json.Unmarshal(Schema(), &root); err != nil {
		t.Fatal(err)
	}
	a := agreement{t: t, defs: root["$defs"].(object)}
	a.compare("pack", reflect.TypeFor[Pack](), root)
	if a.fields < 100 {
		t.Errorf("only %d fields were compared", a.fields)
	}
	// The control: a field more on either side is seen.
	type more struct {
		ExceptionRule
		Extra int `json:"extra"`
	}
	for _, x := range []reflect.Type{reflect.TypeFor[more](), reflect.TypeFor[struct{}]()} {
		control := agreement{defs: a.defs}
		if control.compare("control", x, a.defs["coded"].(object)); len(control.wrong) == 0 {
			t.Errorf("%v agrees with another thing", x)
		}
	}
}

type agreement struct {
	t      *testing.T // nil: only collect
	defs   object
	wrong  []string
	fields int
}

func (a *agreement) say(what string) {
	if a.wrong = append(a.wrong, what); a.t != nil {
		a.t.Error(what)
	}
}

// resolve follows references.
func (a *agreement) resolve(s object) object {
	for {
		ref, ok := s["$ref"].(string)
		if !ok {
			return s
		}
		s = a.defs[strings.TrimPrefix(ref, "#/$defs/")].(object)
	}
}

func (a *agreement) compare(path string, goType reflect.Type, s object) {
	s = a.resolve(s)
	if goType.Kind() == reflect.Pointer {
		goType = goType.Elem()
	}
	a.fields++
	want := map[reflect.Kind]string{reflect.Struct: "object", reflect.Map: "object", reflect.Slice: "array", reflect.String: "string", reflect.Bool: "boolean", reflect.Int: "integer", reflect.Uint8: "integer"}[goType.Kind()]
	if got := typeOf(s); got != want {
		a.say(path + " is " + want + " here and " + got + " in the schema")
		return
	}
	switch goType.Kind() {
	case reflect.Slice:
		a.compare(path+"[]", goType.Elem(), s["items"].(object))
	case reflect.Map:
		if items, ok := s["additionalProperties"].(object); ok {
			a.compare(path+"{}", goType.Elem(), items)
		}
	case reflect.Struct:
		if s["additionalProperties"] != false {
			a.say(path + " may have properties that nobody knows")
		}
		properties, _ := s["properties"].(object)
		names := fieldsOf(goType)
		for name, field := range names {
			property, ok := properties[name].(object)
			if !ok {
				a.say(path + "." + name + " is not in the schema")
				continue
			}
			a.compare(path+"."+name, field, property)
		}
		for name := range properties {
			if _, ok := names[name]; !ok {
				a.say(path + "." + name + " is in the schema alone")
			}
		}
	}
}

// typeOf is the type that a schema asks for, also where it lists values.
func typeOf(s object) string {
	if kind, ok := s["type"].(string); ok {
		return kind
	}
	if _, ok := s["enum"].([]any); ok {
		return "string"
	}
	if _, ok := s["anyOf"].([]any); ok {
		return "string"
	}
	return "nothing"
}

// fieldsOf lists the fields that JSON shows, those of embedded structs too.
func fieldsOf(goType reflect.Type) map[string]reflect.Type {
	out := map[string]reflect.Type{}
	for i := range goType.NumField() {
		f := goType.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous:
			maps.Copy(out, fieldsOf(f.Type))
		case f.IsExported():
			out[name] = f.Type
		}
	}
	return out
}

// edit sets what stands at a path of a pack, say kinds.0.steps; nil removes it.
func edit(t testing.TB, b []byte, path string, value any) []byte {
	t.Helper()
	var pack any
	if err := json.Unmarshal(b, &pack); err != nil {
		t.Fatal(err)
	}
	at, parts := pack, strings.Split(path, ".")
	for _, part := range parts[:len(parts)-1] {
		switch x := at.(type) {
		case object:
			at = x[part]
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil {
				t.Fatal(err)
			}
			at = x[i]
		}
	}
	last := parts[len(parts)-1]
	switch x := at.(type) {
	case object:
		if x[last] = value; value == nil {
			delete(x, last)
		}
	case []any:
		i, err := strconv.Atoi(last)
		if err != nil {
			t.Fatal(err)
		}
		x[i] = value
	default:
		t.Fatalf("%s is not there", path)
	}
	out, err := json.Marshal(pack)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// beyond are the edits that Parse refuses and a schema has no words for.
var beyond = []edited{
	{"kinds.1.code", "citizen"}, {"kinds.0.steps", []any{"card", "notice"}}, {"kinds.0.dossier", ""}, {"kinds.2.guardian", nil},
	{"kinds.2.guardian.papers", []any{"library-card"}}, {"kinds.4.papers", []any{"library-card"}}, {"kinds.2.under_age", 3},
	{"kinds.1.fingers", []any{1, 2}}, {"documents.1.type", "driving-licence"}, {"documents.0.example", "x"}, {"documents.4.example", "0123456789"},
	{"papers.1.type", "passport"}, {"formats.1.name", "id-number"}, {"formats.0.example", "x"}, {"relations.1.code", "child"}, {"family.1.code", "father"},
	{"family.0.fields.1.name", "name"}, {"family.0.fields.0.format", "shoe-size"}, {"calendar.until", "2026-01-01"}, {"calendar.yearly", []any{"13-01"}},
	{"calendar.working", []any{"2026-02-16"}}, {"exceptions.reasons.1.code", "seen"}, {"finger_reasons.1.code", "worn"}, {"phone_reasons.1.code", "phone-absent"}, {"station.window", "at night"},
	{"retention_days", 1}, {"kinds.0.refuse.1.code", "under-6"}, {"kinds.5.request.actions.1.code", "add"}, {"kinds.0.request", object{"actions": []any{object{"code": "x", "words": object{"vi": "x", "en": "x"}}}}},
}

// within are those that the schema refuses, with the path that it names.
var within = []edited{
	{"version", ""}, {"kind", ""}, {"version", nil}, {"expired_card", "whatever"}, {"correctable", []any{"birth"}}, {"working_days", 0}, {"minimum_age", -1},
	{"max_documents", -1}, {"finger_mode", "toes"}, {"finger_tries", 0}, {"finger_quality", 101}, {"finger_minutiae", -1}, {"finger_same", nil},
	{"finger_reasons", []any{}}, {"finger_reasons.0.photo", nil}, {"finger_thresholds", object{"13": 40}}, {"finger_thresholds", object{"5": 101}},
	{"fingers", []any{11}}, {"fingers", []any{2, 2}}, {"portrait_tries", 0}, {"portrait_patience_s", 0}, {"portrait_challenge", "sing"},
	{"portrait_reasons", []any{}}, {"portrait_reasons.0.code", ""}, {"phone_reasons", []any{}}, {"phone_reasons.0.words.vi", ""}, {"portrait_min_width", -1}, {"phone", "("}, {"email", ""}, {"otp.tries", -1},
	{"documents.0.type", ""}, {"documents.0.pattern", "("}, {"documents.0.check", "guess"}, {"documents.0.words.vi", ""}, {"documents.0.example", ""},
	{"formats.0.name", ""}, {"papers.0.example", nil}, {"relations.0.words", nil}, {"family.0.fields.0.name", ""},
	{"station.keep_hours.rejected", nil}, {"station.keep_hours.sealed", 24}, {"station.keep_hours.approved", 0}, {"station.keep_hours.approved", 8785},
	{"station.quota_mb", -1}, {"station.quota_mb", 1048577}, {"station.review", []any{"boredom"}},
	{"calendar.weekend", []any{"friyay"}}, {"calendar.holidays", []any{"2026-02-30"}}, {"calendar.holidays", []any{"2026-02-16", "2026-02-16"}}, {"calendar.until", "2026"},
	{"exceptions.wait_s", 0}, {"exceptions.wait_s", 601}, {"exceptions.sample_percent", 101}, {"exceptions.reasons", []any{}}, {"exceptions.kinds.0.code", ""},
	{"kinds.0.code", ""}, {"kinds.0.words", nil}, {"kinds.0.steps", []any{}}, {"kinds.0.steps", []any{"notice", "dance"}}, {"kinds.0.card", "maybe"},
	{"kinds.0.stations", []any{}}, {"kinds.0.stations", []any{"moon"}}, {"kinds.0.expired_card", "maybe"}, {"kinds.0.minimum_age", -1},
	{"kinds.0.refuse.0.under_age", 0}, {"kinds.0.refuse.0.next", nil}, {"kinds.2.guardian.relations", []any{}}, {"kinds.2.guardian.minimum_age", -1},
	{"kinds.6.request.actions", []any{}}, {"kinds.6.request.fields.0.name", ""}, {"kinds.0.note", "x"}, {"note", "x"}, {"level", "2"}, {"level", 2.5},
}

type edited struct {
	path  string
	value any
}

// TestSchemaSaysWhatParseSays: what the schema refuses, Parse refuses; what only
// Parse can see, Check names too.
func TestSchemaSaysWhatParseSays(t *testing.T) {
	schema, err := compileSchema()
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range []struct {
		edits  []edited
		refuse bool
	}{{within, true}, {beyond, false}} {
		for _, e := range list.edits {
			b := edit(t, embeddedRules, e.path, e.value)
			var pack any
			if err := json.Unmarshal(b, &pack); err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(pack); (err != nil) != list.refuse {
				t.Errorf("%s %v: the schema says %v", e.path, e.value, err)
			}
			if _, err := Parse(b); err == nil {
				t.Errorf("%s %v: Parse takes it", e.path, e.value)
			}
			flaws, err := checkBy(schema, b)
			if err != nil || len(flaws) == 0 || flaws[0].Words == "" {
				t.Errorf("%s %v: %v, %v", e.path, e.value, flaws, err)
			}
			if list.refuse && len(flaws) > 0 && !strings.HasPrefix(dotted(flaws[0].Path), strings.TrimSuffix(e.path, ".sealed")) && flaws[0].Path != "" {
				t.Errorf("%s: the flaw is said to be at %s", e.path, flaws[0].Path)
			}
		}
	}
}

// dotted writes kinds[2].steps as kinds.2.steps.
func dotted(path string) string { return strings.NewReplacer("[", ".", "]", "").Replace(path) }

// TestCheck: good packs have no flaw, those of the last version too, and every
// flaw of a bad one is named.
func TestCheck(t *testing.T) {
	last, err := os.ReadFile("testdata/vn-level2-2026-09-28.4.json")
	if err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile("example-issuance.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range [][]byte{embeddedRules, last, example} {
		if flaws, err := Check(b); err != nil || len(flaws) != 0 {
			t.Errorf("%v, %v", flaws, err)
		}
	}
	b := edit(t, edit(t, embeddedRules, "kinds.2.steps.4", "dance"), "working_days", "three")
	b = edit(t, b, "verzion", "x")
	flaws, err := Check(b)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, f := range flaws {
		paths = append(paths, f.Path)
	}
	if !slices.Equal(paths, []string{"kinds[2].steps[4]", "verzion", "working_days"}) {
		t.Errorf("flaws %+v", flaws)
	}
	if flaws, err := Check([]byte("{")); err != nil || len(flaws) != 1 {
		t.Errorf("no JSON: %v, %v", flaws, err)
	}
}
