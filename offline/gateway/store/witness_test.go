package store_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/gateway/store"
)

func openWitnesses(t *testing.T, dir string) (*store.JetStream, *store.Witnesses) {
	t.Helper()
	j := embedded(t, dir)
	w, err := j.OpenWitnesses(t.Context())
	must(t, err)
	return j, w
}

func TestWitnesses(t *testing.T) {
	dir := t.TempDir()
	j, w := openWitnesses(t, dir)
	first, err := w.Witness(t.Context(), thu)
	if err != nil || first.Station != thu || first.Number != 0 {
		t.Fatalf("%+v, %v", first, err)
	}
	one := gateway.Witness{Station: thu, Report: envelope.Sum([]byte("1")), Number: 1, Audit: envelope.Head{Size: 7}}
	must(t, w.Advance(t.Context(), first, one))
	two := one
	two.Report, two.Number = envelope.Sum([]byte("2")), 2
	if err := w.Advance(t.Context(), first, two); !errors.Is(err, gateway.ErrMoved) {
		t.Errorf("from a place that is past: %v", err)
	}
	must(t, w.Advance(t.Context(), one, two))
	must(t, w.Advance(t.Context(), gateway.Witness{}, gateway.Witness{Station: "tram-thu-002", Report: envelope.Sum([]byte("x"))}))
	must(t, j.Close())
	_, w = openWitnesses(t, dir)
	if last, err := w.Witness(t.Context(), thu); err != nil || last.Report != two.Report || last.Audit.Size != 7 {
		t.Errorf("after a restart: %+v, %v", last, err)
	}
	if all, err := w.All(t.Context()); err != nil || len(all) != 2 || all[0].Station != thu {
		t.Errorf("%+v, %v", all, err)
	}
}

// Of many reports on the same last one, one is taken.
func TestWitnessesTogether(t *testing.T) {
	_, w := openWitnesses(t, t.TempDir())
	var taken, moved atomic.Int32
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			next := gateway.Witness{Station: thu, Report: envelope.Sum([]byte{byte(i)})}
			switch err := w.Advance(t.Context(), gateway.Witness{Station: thu}, next); {
			case err == nil:
				taken.Add(1)
			case errors.Is(err, gateway.ErrMoved):
				moved.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if taken.Load() != 1 || moved.Load() != 7 {
		t.Errorf("%d taken, %d too late", taken.Load(), moved.Load())
	}
}
