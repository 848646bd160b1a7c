//go:build realparts

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// spec is the description of the API as a running station hands it out. The
// trials know nothing else of it: requests are built by it, and each request and
// each answer is held against it.
type spec struct {
	doc    *openapi3.T
	router routers.Router
}

// readSpec asks the station for its description.
func readSpec(t *testing.T, base string) *spec {
	t.Helper()
	raw, ok := fetch(t, base+"/api/openapi.yaml", "")
	if !ok {
		t.Fatalf("no description: %.200s", raw)
	}
	doc, err := openapi3.NewLoader().LoadFromData(raw)
	if err != nil {
		t.Fatal(err)
	}
	doc.Servers = openapi3.Servers{{URL: "/"}}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatalf("the description does not hold: %v", err)
	}
	s := &spec{doc: doc}
	if s.router, err = gorillamux.NewRouter(doc); err != nil {
		t.Fatal(err)
	}
	return s
}

// command is the description of one command, nil where there is none.
func (s *spec) command(name string) *openapi3.Schema {
	ref := s.doc.Components.Schemas["Command"]
	if ref == nil || ref.Value.Discriminator == nil {
		return nil
	}
	at, known := ref.Value.Discriminator.Mapping[name]
	if !known {
		return nil
	}
	one := s.doc.Components.Schemas[at[strings.LastIndexByte(at, '/')+1:]]
	if one == nil {
		return nil
	}
	return one.Value
}

// inspector is an http.RoundTripper that holds what goes by against the
// description.
type inspector struct {
	spec *spec
	// loose lets requests through that are wrong on purpose.
	loose bool
}

func (i *inspector) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	input, err := i.request(r, body)
	if err != nil && !i.loose {
		return nil, fmt.Errorf("not as described: %s %s: %w", r.Method, r.URL.Path, err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || input == nil || strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		return resp, err
	}
	if err := i.answer(input, resp); err != nil {
		return nil, err
	}
	return resp, nil
}

func (i *inspector) request(r *http.Request, body []byte) (*openapi3filter.RequestValidationInput, error) {
	probe := r.Clone(r.Context())
	probe.Body = io.NopCloser(bytes.NewReader(body))
	route, params, err := i.spec.router.FindRoute(probe)
	if err != nil {
		return nil, err
	}
	input := &openapi3filter.RequestValidationInput{Request: probe, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true}}
	return input, openapi3filter.ValidateRequest(r.Context(), input)
}

func (i *inspector) answer(input *openapi3filter.RequestValidationInput, resp *http.Response) error {
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		return err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "image/") {
		return nil // bytes that nothing describes
	}
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: input, Status: resp.StatusCode,
		Header: resp.Header, Options: input.Options}
	out.SetBodyBytes(body)
	if err := openapi3filter.ValidateResponse(context.Background(), out); err != nil {
		return fmt.Errorf("the answer to %s %s is not as described: %w", input.Request.Method, input.Request.URL.Path, err)
	}
	return nil
}

// refusal is an answer that is no success, with its words.
type refusal struct {
	status int
	Err    struct {
		Code        string
		Words, Next struct{ VI, EN string }
	} `json:"error"`
}

func (r *refusal) Error() string {
	return fmt.Sprintf("%d %s: %s", r.status, r.Err.Code, r.Err.Words.EN)
}

// shot is a snapshot as any JSON reader sees it.
type shot map[string]any

// at walks down names and indexes; nil where there is nothing.
func (s shot) at(path ...any) any {
	var v any = map[string]any(s)
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[p]
		case int:
			l, _ := v.([]any)
			if p >= len(l) {
				return nil
			}
			v = l[p]
		}
	}
	return v
}

func (s shot) text(path ...any) string { t, _ := s.at(path...).(string); return t }
func (s shot) is(path ...any) bool     { b, _ := s.at(path...).(bool); return b }
func (s shot) step() string            { return s.text("step") }

func (s shot) number(path ...any) float64 { n, _ := s.at(path...).(float64); return n }

// list returns the objects of a list.
func (s shot) list(path ...any) (all []shot) {
	l, _ := s.at(path...).([]any)
	for _, x := range l {
		if m, ok := x.(map[string]any); ok {
			all = append(all, m)
		}
	}
	return all
}

// caller is one client of the API, say one browser.
type caller struct {
	base, token string
	http        http.Client
	name        string
	sent        int
}

func (s *spec) caller(base, name string) *caller {
	return &caller{base: base, name: name, http: http.Client{Transport: &inspector{spec: s}}}
}

// call sends one JSON request and reads the answer into out; a refusal is a
// *refusal.
func (c *caller) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return err
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("X-Tram-Token", c.token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer closed(resp.Body)
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode >= http.StatusBadRequest {
		r := &refusal{status: resp.StatusCode}
		if err := json.Unmarshal(b, r); err != nil {
			return fmt.Errorf("%d without words: %.100s", resp.StatusCode, b)
		}
		return r
	}
	if out == nil || len(b) == 0 {
		return nil
	}
	return json.Unmarshal(b, out)
}

func (c *caller) state(ctx context.Context) (s shot, err error) {
	return s, c.call(ctx, http.MethodGet, "/api/state", nil, &s)
}

// command carries out one command under a new number.
func (c *caller) command(ctx context.Context, name string, args any) (shot, error) {
	c.sent++
	return c.commandAs(ctx, fmt.Sprintf("%s-%d", c.name, c.sent), name, args)
}

func (c *caller) commandAs(ctx context.Context, id, name string, args any) (s shot, err error) {
	body := map[string]any{"id": id, "name": name}
	if args != nil {
		body["args"] = args
	}
	return s, c.call(ctx, http.MethodPost, "/api/do", body, &s)
}
