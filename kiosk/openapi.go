package kiosk

import (
	_ "embed"
	"net/http"
)

// description is the API in OpenAPI 3.0: all that other counter software needs.
//
//go:embed openapi.yaml
var description []byte

// openapi serves the description. It says nothing of anybody, so that it needs
// no session.
func (s *Server) openapi(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/yaml")
	// An error here means that the client went away.
	_, _ = w.Write(description)
}
