package kiosk

import (
	"encoding"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tram-station/tram/kiosk/checkup"
	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/kiosk/operator"
)

// described is the description, which has to be valid OpenAPI.
func described(t testing.TB) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(description)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestDescriptionNamesEveryRoute, and none that is not there.
func TestDescriptionNamesEveryRoute(t *testing.T) {
	var named, served []string
	for path, item := range described(t).Paths.Map() {
		for method, op := range item.Operations() {
			named = append(named, method+" "+path)
			if op.Summary == "" || op.OperationID == "" || len(op.Tags) != 1 || op.Responses.Default() == nil {
				t.Errorf("%s %s: summary, operationId, one tag and a default answer are needed", method, path)
			}
		}
	}
	for pattern := range newBench(t).server.table() {
		served = append(served, pattern)
	}
	for _, pattern := range served {
		if !slices.Contains(named, pattern) {
			t.Errorf("%s is served and not in openapi.yaml", pattern)
		}
	}
	for _, pattern := range named {
		if !slices.Contains(served, pattern) {
			t.Errorf("%s is in openapi.yaml and not served", pattern)
		}
	}
}

func TestDescriptionIsServedWithoutASession(t *testing.T) {
	w := newBench(t).ask(http.MethodGet, "/api/openapi.yaml", "")
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/yaml" || w.Body.String() != string(description) {
		t.Errorf("%d %s", w.Code, w.Header().Get("Content-Type"))
	}
}

// spoken are the types that travel, by the names of their schemas. Those of
// arguments end with Args.
var spoken = map[string]any{
	"Snapshot":         enrol.Snapshot{},
	"CitizenView":      citizenView{},
	"CitizenPhoneArgs": enrol.CitizenPhoneArgs{},
	"ScreenCode":       screenCode{},
	"ScreenOpened":     screenOpened{},
	"Dossier":          entry{},
	"FoundDossier":     found{},
	"Day":              dayView{},
	"HeldDossier":      heldEntry{},
	"OpenedHeld":       openedHeld{},
	"Audit":            auditView{},
	"Station":          stationView{},
	"Device":           Device{},
	"Built":            built{},
	"Examination":      examination{},
	"Tried":            checkup.Result{},
	"StaffMember":      operator.Person{},
	"Printed":          printed{},
	"PaperReceipt":     receiptPaper{},
	"Office":           Office{},
	"FoundPlaces":      foundPlaces{},
	"Problem":          problem{},
	"Session":          opened{},
	"People":           peopleView{},
	"PersonChangeArgs": personChange{},
	"BeginArgs":        enrol.BeginArgs{},
	"IdentityArgs":     enrol.IdentityArgs{},
	"CorrectArgs":      enrol.CorrectArgs{},
	"ScanArgs":         enrol.ScanArgs{},
	"CameraArgs":       enrol.CameraArgs{},
	"PersonArgs":       enrol.PersonArgs{},
	"Uploaded":         uploaded{},
	"AcknowledgeArgs":  enrol.AcknowledgeArgs{},
	"PortraitArgs":     enrol.PortraitArgs{},
	"CodeArgs":         enrol.CodeArgs{}, "ReasonArgs": enrol.ReasonArgs{},
	"FingerArgs":         enrol.FingerArgs{},
	"ExceptionArgs":      enrol.ExceptionArgs{},
	"DocumentsArgs":      enrol.DocumentsArgs{},
	"PageArgs":           enrol.PageArgs{},
	"DocumentArgs":       enrol.DocumentArgs{},
	"DocumentRemoveArgs": enrol.DocumentRemoveArgs{},
	"DependantsArgs":     enrol.DependantsArgs{},
	"FamilyArgs":         enrol.FamilyArgs{},
	"WithdrawArgs":       enrol.WithdrawArgs{},
	"ConsentArgs":        enrol.ConsentArgs{},
}

// TestDescriptionFitsTheTypes: what Go writes and reads has exactly the
// described fields, of the described kinds.
func TestDescriptionFitsTheTypes(t *testing.T) {
	schemas := described(t).Components.Schemas
	for name, v := range spoken {
		ref := schemas[name]
		if ref == nil {
			t.Errorf("no schema %s", name)
			continue
		}
		for _, wrong := range misfits(name, v, ref.Value) {
			t.Error(wrong)
		}
	}
	// The control: types that do not fit.
	device := schemas["Device"].Value
	for i, v := range []any{
		struct{ Name, State string }{}, struct{ Name int }{},
		struct {
			Device
			More string `json:"more"`
		}{},
		struct {
			Name  string `json:"name,omitempty"`
			State string `json:"state"`
		}{},
	} {
		if len(misfits("control", v, device)) == 0 {
			t.Errorf("control %d fits", i)
		}
	}
}

func misfits(name string, v any, s *openapi3.Schema) []string {
	f := fitting{seen: map[reflect.Type]bool{}, request: strings.HasSuffix(name, "Args")}
	f.fits(name, reflect.TypeOf(v), s)
	return f.wrong
}

// fitting compares a Go type with a schema.
type fitting struct {
	wrong   []string
	seen    map[reflect.Type]bool
	request bool // a client may leave out more than Go would
}

var (
	textType  = reflect.TypeFor[encoding.TextMarshaler]()
	timeType  = reflect.TypeFor[time.Time]()
	bytesType = reflect.TypeFor[[]byte]()
)

func (f *fitting) misfit(format string, args ...any) {
	f.wrong = append(f.wrong, fmt.Sprintf(format, args...))
}

func (f *fitting) fits(at string, typ reflect.Type, s *openapi3.Schema) {
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	switch want := kindOf(typ); {
	case !s.Type.Is(want):
		f.misfit("%s is %v in openapi.yaml and %s (%s) in Go", at, s.Type, want, typ)
	case want == "array":
		elem := reflect.TypeFor[int]() // of Fingers, which writes itself
		if typ.Elem().Kind() != reflect.Uint8 {
			elem = typ.Elem()
		}
		f.fits(at+"[]", elem, s.Items.Value)
	case want == "object" && typ.Kind() == reflect.Map:
		if s.AdditionalProperties.Schema == nil {
			f.misfit("%s: additionalProperties say what stands in the map", at)
			return
		}
		f.fits(at+"{}", typ.Elem(), s.AdditionalProperties.Schema.Value)
	case want == "object" && !f.seen[typ]:
		f.seen[typ] = true
		f.fields(at, typ, s)
	}
}

func (f *fitting) fields(at string, typ reflect.Type, s *openapi3.Schema) {
	inGo := map[string]bool{}
	for _, field := range reflect.VisibleFields(typ) {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Anonymous || !field.IsExported() || name == "-" {
			continue
		}
		inGo[name] = true
		property := s.Properties[name]
		if property == nil {
			f.misfit("%s.%s is in Go and not in openapi.yaml", at, name)
			continue
		}
		required := slices.Contains(s.Required, name)
		if optional := strings.Contains(options, "omit"); optional && required || !f.request && !optional && !required {
			f.misfit("%s.%s: required is %v in openapi.yaml, omitted when empty is %v in Go", at, name, required, optional)
		}
		f.fits(at+"."+name, field.Type, property.Value)
	}
	for name := range s.Properties {
		if !inGo[name] {
			f.misfit("%s.%s is in openapi.yaml and not in Go", at, name)
		}
	}
}

// kindOf is a type's name in JSON.
func kindOf(typ reflect.Type) string {
	switch {
	case typ == timeType || typ == bytesType || typ.Implements(textType): // bytes travel as base64
		return "string"
	}
	switch typ.Kind() {
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Float32, reflect.Float64:
		return "number"
	case reflect.Slice, reflect.Array:
		return "array"
	case reflect.Struct, reflect.Map:
		return "object"
	default:
		return "integer"
	}
}
