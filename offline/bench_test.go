package offline_test

import (
	"net/http/httptest"
	"testing"

	"github.com/tram-station/tram/offline/dossier"
)

// benchDossier is an enrolment of the usual size, 2 MB.
const benchDossier = 2 << 20

// BenchmarkSubmit2MB seals and enqueues, durably.
func BenchmarkSubmit2MB(b *testing.B) {
	c := newCentral(b)
	o := open(b, c.config(b, "http://127.0.0.1:1"))
	b.SetBytes(benchDossier)
	for b.Loop() {
		b.StopTimer()
		d := newDossier(benchDossier)
		b.StartTimer()
		submit(b, o, d)
	}
}

// BenchmarkSync2MB sends over loopback to a gateway with JetStream and settles
// the receipt.
func BenchmarkSync2MB(b *testing.B) {
	c := newCentral(b)
	srv := httptest.NewServer(c)
	defer srv.Close()
	cfg := c.config(b, srv.URL)
	c.enrol(b, cfg)
	o := open(b, cfg)
	b.SetBytes(benchDossier)
	var last *dossier.Dossier
	for b.Loop() {
		b.StopTimer()
		last = newDossier(benchDossier)
		submit(b, o, last)
		b.StartTimer()
		if err := o.Send(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	s, err := o.Status(last.ID)
	if err != nil || s.Receipt == nil {
		b.Fatalf("%+v, %v", s, err)
	}
	b.ReportMetric(float64(s.Bytes)/benchDossier, "sealed-B/B")
}
