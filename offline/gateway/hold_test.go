package gateway_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/gateway"
)

// A question for a decision is held open, by a station a few times at a time,
// and no longer than the gateway lives.
func TestHeldQuestions(t *testing.T) {
	s := newSite(t)
	c := s.enrolled(s.station, "tram-thu-001")
	id := uuid.Must(uuid.NewV7()).String()
	s.post(c, "/exceptions", `{"id":"`+id+`","dossier":"`+uuid.NewString()+`","code":"finger-missing","reason":"worn","masked":"","officer":"officer-1"}`, http.StatusOK)
	look := func(wait string) time.Duration {
		t.Helper()
		begun := time.Now()
		if raw := s.get(c, "/exceptions/"+id+"?wait="+wait, http.StatusOK); !strings.Contains(string(raw), `"pending"`) {
			t.Errorf("%s", raw)
		}
		return time.Since(begun)
	}
	if took := look("1"); took < time.Second {
		t.Errorf("control: answered after %s, though nobody had decided", took)
	}
	const long = 10 * time.Second // far above what a loaded machine takes, below what is asked for
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			if took := look("25"); took > long {
				t.Errorf("held for %s by a gateway that stopped", took)
			}
		})
	}
	time.Sleep(500 * time.Millisecond) // they have their places
	if took := look("25"); took > long {
		t.Errorf("a fifth was held for %s", took)
	}
	s.gw.(*gateway.Gateway).Drain()
	wait.Wait()
	if took := look("25"); took > long {
		t.Errorf("held for %s by a gateway that stops", took)
	}
}
