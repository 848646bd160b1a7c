package inquiry

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/uplink"
)

// again checks that what was read, written, is read as the same; an answer that
// is not read gives nothing.
func again[T any](t *testing.T, read func([]byte) (T, error), body []byte, wrap func(T) any) {
	t.Helper()
	v, err := read(body)
	if err != nil {
		if !errors.Is(err, ErrUnavailable) {
			t.Errorf("the error is not ErrUnavailable: %v", err)
		}
		return
	}
	raw, err := json.Marshal(wrap(v))
	if err != nil {
		t.Fatal(err)
	}
	w, err := read(raw)
	if err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	back, err := json.Marshal(wrap(w))
	if err != nil || !bytes.Equal(raw, back) {
		t.Errorf("%s came back as %s, %v", raw, back, err)
	}
}

func same[T any](v T) any { return v }

func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"outcome":"pass","fields":[{"field":"name","outcome":"pass"},{"field":"birth","outcome":"not-held"}],"words":{"vi":"Đạt","en":"It fits"}}`))
	f.Add([]byte(`{"outcome":"fail","fields":[{"field":"name","outcome":"fail"}]}`))
	f.Add([]byte(`{"outcome":"not-found","fields":null}`))
	asked := func(name string) bool { return name == "name" || name == "birth" }
	f.Fuzz(func(t *testing.T, body []byte) {
		again(t, func(b []byte) (Answer, error) { return readAnswer(b, asked) }, body, same)
		a, err := readAnswer(body, asked)
		if err != nil {
			return
		}
		for _, field := range a.Fields {
			if field.Outcome == Fail && a.Outcome != Fail || !asked(field.Name) {
				t.Errorf("%+v", a)
			}
		}
		if len(a.Words.VI) > 4*300 {
			t.Errorf("%d bytes of words", len(a.Words.VI))
		}
	})
}

func FuzzTicket(f *testing.F) {
	f.Add([]byte(`{"id":"0197f000-0000-7000-8000-00000000000a","expires":"2026-11-23T01:05:03Z"}`))
	f.Add([]byte(`{"id":"","expires":""}`))
	f.Fuzz(func(t *testing.T, body []byte) { again(t, readTicket, body, same) })
}

func FuzzOutcome(f *testing.F) {
	f.Add([]byte(`{"outcome":"spent"}`))
	f.Add([]byte(`{"outcome":"sent"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		again(t, readOutcome, body, func(o Outcome) any { return map[string]Outcome{"outcome": o} })
	})
}

func FuzzAppointments(f *testing.F) {
	f.Add([]byte(`{"appointments":[{"at":"2026-11-23T08:00:00+07:00","number":"001990990001","name":"Nguyễn Văn Thử","kind":"citizen-level2"}]}`))
	f.Add([]byte(`{"appointments":[]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		again(t, readAppointments, body, func(a []Appointment) any { return map[string]any{"appointments": a} })
		if list, err := readAppointments(body); err == nil && len(list) > maxAppointments {
			t.Errorf("%d", len(list))
		}
	})
}

func FuzzServices(f *testing.F) {
	f.Add([]byte(`{"register":"ready","messages":"failing","exceptions":"none"}`))
	f.Fuzz(func(t *testing.T, body []byte) { again(t, readServices, body, same) })
}

func FuzzApproval(f *testing.F) {
	key, err := envelope.GenerateKey()
	if err != nil {
		f.Fatal(err)
	}
	id := uuid.MustParse("0197f000-0000-7000-8000-00000000000a")
	raw, err := envelope.SignDecision(key, envelope.Decision{
		ID: id, Station: "tram-thu-001", Dossier: id, Exception: "e", Asked: "a", Officer: "o", Approved: true, Reason: "r", Supervisor: "s", At: time.UnixMilli(1e12),
	})
	if err != nil {
		f.Fatal(err)
	}
	seed, err := json.Marshal(Approval{ID: id, State: Approved, Signed: raw})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte(`{"id":"0197f000-0000-7000-8000-00000000000a","state":"pending"}`))
	c := &Client{Uplink: &uplink.Client{Station: "tram-thu-001", Key: key.Public()}}
	f.Fuzz(func(t *testing.T, body []byte) {
		again(t, func(b []byte) (Approval, error) { return c.readApproval(b, id) }, body, same)
		if a, err := c.readApproval(body, id); err == nil && a.State != Pending && !bytes.Equal(a.Signed, raw) {
			t.Errorf("taken without the central's signature: %+v", a)
		}
	})
}
