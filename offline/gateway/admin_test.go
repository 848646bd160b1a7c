package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/courier"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/uplink"
)

// office calls the back office's handler.
func (w *world) office(method, path string, body []byte) answer {
	w.t.Helper()
	rec := httptest.NewRecorder()
	w.gw.(*gateway.Gateway).Admin().ServeHTTP(rec, httptest.NewRequest(method, path, bytes.NewReader(body)))
	return answer{rec.Code, rec.Body.Bytes(), rec.Header()}
}

func asJSON(t testing.TB, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func (w *world) decide(id uuid.UUID, d gateway.Decision) (int, gateway.Review) {
	w.t.Helper()
	a := w.office(http.MethodPost, "/review/"+id.String(), asJSON(w.t, d))
	var v gateway.Review
	if err := json.Unmarshal(a.body, &v); err != nil {
		w.t.Fatal(err)
	}
	return a.status, v
}

func TestDecisions(t *testing.T) {
	w := newWorld(t)
	s := w.seal(w.draft())
	if a := w.deliver(s); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	until := time.Now().AddDate(0, 0, 7)
	for name, d := range map[string]gateway.Decision{
		"nobody decides":             {State: "approved"},
		"no such state":              {State: "custody", By: "d"},
		"an approval with a reason":  {State: "approved", By: "d", Reason: "x"},
		"a rejection without":        {State: "rejected", By: "d"},
		"a rejection with a section": {State: "rejected", By: "d", Reason: "x", Section: "portrait"},
		"nothing to fix":             {State: "fix-needed", By: "d", Reason: "x", Deadline: until},
		"no deadline":                {State: "fix-needed", By: "d", Reason: "x", Section: "portrait"},
		"a long reason":              {State: "rejected", By: "d", Reason: strings.Repeat("x", 65)},
		"long words":                 {State: "rejected", By: "d", Reason: "x", Words: strings.Repeat("x", 1025)},
		"a name that breaks lines":   {State: "approved", By: "d\nx"},
	} {
		if status, _ := w.decide(s.ID, d); status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, status)
		}
	}
	fix := gateway.Decision{State: "fix-needed", By: "d", Reason: "blurred", Section: "portrait", Words: "Ảnh mờ", Deadline: until}
	for range 2 { // the same once more is no error
		if status, v := w.decide(s.ID, fix); status != http.StatusOK || v.State != "fix-needed" || v.Section != "portrait" || v.By != "d" {
			t.Errorf("%d %+v", status, v)
		}
	}
	if status, _ := w.decide(s.ID, gateway.Decision{State: "approved", By: "d"}); status != http.StatusConflict {
		t.Errorf("approved after fix-needed: %d", status)
	}
	if a := w.office(http.MethodPost, "/review/"+s.ID.String(), []byte("{")); a.status != http.StatusBadRequest {
		t.Errorf("no JSON: %d", a.status)
	}
	if a := w.office(http.MethodGet, "/review?after=x", nil); a.status != http.StatusBadRequest {
		t.Errorf("after=x: %d", a.status)
	}
	for _, path := range []string{"/review/" + uuid.NewString(), "/sealed/" + uuid.NewString(), "/parts/" + envelope.Sum(nil).String()} {
		if a := w.office(http.MethodGet, path, nil); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	// What the back office may, stations may not.
	if a := w.do(http.MethodGet, "/review", nil); a.status != http.StatusNotFound {
		t.Errorf("the back office on the stations' address: %d", a.status)
	}
}

// A fork is taken, and nobody decides on it without having looked.
func TestQuarantineIsLookedAt(t *testing.T) {
	w := newWorld(t)
	for range 2 { // two with the first number
		if a := w.deliver(w.seal(w.draft())); a.status != http.StatusOK {
			t.Fatalf("%d %s", a.status, a.body)
		}
	}
	var list gateway.ReviewList
	if a := w.office(http.MethodGet, "/review", nil); json.Unmarshal(a.body, &list) != nil || len(list.Dossiers) != 2 || list.Next != 0 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if good := list.Dossiers[0]; good.Quarantine != "" {
		t.Errorf("control: %+v", good)
	}
	fork := list.Dossiers[1]
	if fork.Quarantine != gateway.QuarantineFork {
		t.Fatalf("%+v", fork)
	}
	d := gateway.Decision{State: "approved", By: "d"}
	if status, _ := w.decide(fork.ID, d); status != http.StatusUnprocessableEntity {
		t.Errorf("approved unseen: %d", status)
	}
	d.Quarantined = true
	if status, v := w.decide(fork.ID, d); status != http.StatusOK || v.State != "approved" {
		t.Errorf("%d %+v", status, v)
	}
}

// A bundle that is cut off gives the receipts of what came whole, and the
// whole one then the rest.
func TestImportOfACutBundle(t *testing.T) {
	w := newWorld(t)
	load := courier.Load{Station: "tram-thu-001", At: time.Now()}
	for sequence := range uint64(3) {
		d := w.draft()
		if d.Sequence = sequence + 1; sequence > 0 {
			d.Previous = envelope.Sum([]byte("the one before"))
		}
		load.Dossiers = append(load.Dossiers, w.seal(d))
	}
	stranger := w.draft()
	stranger.Station = "tram-thu-009" // not the one whose key signs
	load.Dossiers = append(load.Dossiers, w.seal(stranger))
	var bundle bytes.Buffer
	if err := courier.Write(&bundle, w.station, load); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		bytes                  int
		taken, known, receipts int
		broken                 bool
	}{{bundle.Len() / 2, 2, 0, 2, true}, {bundle.Len(), 1, 2, 3, false}} {
		a := w.office(http.MethodPost, "/import", bundle.Bytes()[:c.bytes])
		var reply gateway.ImportReply
		if err := json.Unmarshal(a.body, &reply); err != nil || a.status != http.StatusOK {
			t.Fatalf("%d %s", a.status, a.body)
		}
		got, err := courier.Read(t.Context(), bytes.NewReader(reply.Receipts), courier.Taker{Receipt: func(_ context.Context, r courier.Receipt) error {
			_, err := envelope.VerifyReceipt(w.cfg.Key.Public(), r.Signed)
			return err
		}})
		if err != nil || got.Receipts != c.receipts || reply.Outcome.Dossiers != c.taken || reply.Outcome.Known != c.known || (reply.Error != "") != c.broken {
			t.Errorf("%d bytes: %+v %q, receipts %+v, %v", c.bytes, reply.Outcome, reply.Error, got, err)
		}
		if !c.broken && (len(reply.Outcome.Refused) != 1 || reply.Outcome.Refused[0].ID != stranger.ID) {
			t.Errorf("refused: %+v", reply.Outcome.Refused)
		}
	}
}

func FuzzDecision(f *testing.F) {
	f.Add([]byte(`{"state":"approved","by":"d"}`))
	f.Add([]byte(`{"state":"fix-needed","by":"d","section":"portrait","reason":"blurred","words":"Ảnh mờ","deadline":"2030-01-01T00:00:00Z"}`))
	f.Add([]byte(`{"state":"rejected","by":"d","reason":"x","quarantined":true}`))
	w := newWorld(f)
	s := w.seal(w.draft())
	w.deliver(s)
	f.Fuzz(func(t *testing.T, body []byte) {
		w.t = t
		switch a := w.office(http.MethodPost, "/review/"+s.ID.String(), body); a.status {
		case http.StatusOK, http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusConflict, http.StatusRequestEntityTooLarge:
		default:
			t.Errorf("%q: %d %s", body, a.status, a.body)
		}
		// What was taken can be told to the station.
		r := localRequest(http.MethodGet, "/feed?after=0", nil)
		r.Header.Set(uplink.HeaderStation, "tram-thu-001")
		rec := httptest.NewRecorder()
		if w.gw.ServeHTTP(rec, r); rec.Code != http.StatusOK {
			t.Errorf("after %q the feed says %d %s", body, rec.Code, rec.Body)
		}
	})
}
