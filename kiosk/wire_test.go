package kiosk

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// strict is the description with no field beyond those that it names: a client
// has to bear with more, the station has to describe what it writes.
var strict = sync.OnceValues(func() (routers.Router, error) {
	doc, err := openapi3.NewLoader().LoadFromData(description)
	if err != nil {
		return nil, err
	}
	for _, ref := range doc.Components.Schemas {
		if s := ref.Value; s.Type.Is("object") && s.AdditionalProperties.Schema == nil {
			no := false
			s.AdditionalProperties.Has = &no
		}
	}
	for _, kind := range []string{"application/yaml", "image/jpeg", "image/png", "text/event-stream"} {
		openapi3filter.RegisterBodyDecoder(kind, openapi3filter.FileBodyDecoder)
	}
	return gorillamux.NewRouter(doc)
})

// asDescribed holds one request and its answer against the description: what is
// taken has to be described, and so has every answer. Routes that are not
// described are another test's.
func asDescribed(r *http.Request, body []byte, w *httptest.ResponseRecorder) error {
	router, err := strict()
	if err != nil {
		return err
	}
	if r.Method != http.MethodGet && r.Method != http.MethodPost || !strings.HasPrefix(r.URL.Path, "/api/") {
		return nil
	}
	if status := strconv.Itoa(w.Code); w.Code >= 400 && !regexp.MustCompile(`(?m)^ *\| [0-9, ]*`+status).Match(description) {
		return fmt.Errorf("the table of statuses has no %s", status)
	}
	route, params, _ := router.FindRoute(r)
	if route == nil {
		return nil
	}
	again := r.Clone(r.Context())
	again.Body = io.NopCloser(bytes.NewReader(body))
	in := &openapi3filter.RequestValidationInput{Request: again, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}}
	if w.Code < http.StatusMultipleChoices {
		if err := openapi3filter.ValidateRequest(r.Context(), in); err != nil {
			return err
		}
	}
	return openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: w.Code, Header: w.Header(), Body: io.NopCloser(bytes.NewReader(w.Body.Bytes())),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	})
}

// TestWireIsHeldAgainstTheDescription is the control of all other tests: what is
// not described is found.
func TestWireIsHeldAgainstTheDescription(t *testing.T) {
	snapshot, err := json.Marshal(newBench(t).station.Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	more := strings.Replace(string(snapshot), `"step":`, `"surprise":1,"step":`, 1)
	less := strings.Replace(string(snapshot), `"step":"idle",`, ``, 1)
	for _, c := range []struct {
		path, body, answer string
		status             int
		good               bool
	}{
		{"/api/do", `{"id":"1","name":"begin"}`, string(snapshot), 200, true},
		{"/api/do", `{"id":"1","name":"begin"}`, more, 200, false},
		{"/api/do", `{"id":"1","name":"begin"}`, less, 200, false},
		{"/api/do", `{"id":"1","name":"surprise"}`, string(snapshot), 200, false},
		{"/api/do", `{"id":"1","name":"scan","args":{"surprise":"1"}}`, string(snapshot), 200, false},
		{"/api/do", `{"id":"1","name":"surprise"}`, `{"error":{"code":"x","words":{"vi":"a","en":"b"},"next":{"vi":"","en":""}}}`, 400, true},
		{"/api/do", `{"id":"1","name":"begin"}`, `{"error":{"code":"x"}}`, 422, false},
	} {
		r := httptest.NewRequest(http.MethodPost, "http://"+testHost+c.path, strings.NewReader(c.body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Code = c.status
		w.Body.WriteString(c.answer)
		if err := asDescribed(r, []byte(c.body), w); (err == nil) != c.good {
			t.Errorf("%s, %d %.60s: %v", c.body, c.status, c.answer, err)
		}
	}
}
