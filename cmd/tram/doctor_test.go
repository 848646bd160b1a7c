package main

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/tram-station/tram/offline/uplink"
)

// The doctor believes the authority that the pairing names, and no other.
func TestHealthyOverTLS(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.NotFoundHandler())
	srv.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/health" {
			w.WriteHeader(http.StatusNotFound)
		}
	})
	srv.StartTLS()
	defer srv.Close()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
	if err := healthy(t.Context(), uplink.Pairing{URL: srv.URL, CA: string(ca)}); err != nil {
		t.Error(err)
	}
	if err := healthy(t.Context(), uplink.Pairing{URL: srv.URL}); err == nil {
		t.Error("a gateway that nobody vouches for is healthy")
	}
}
