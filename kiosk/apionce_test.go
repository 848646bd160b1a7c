package kiosk

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tram-station/tram/kiosk/enrol"
)

// TestNamedRequestsAreCarriedOutOnce: fifty at once are one, and all of them get
// its answer.
func TestNamedRequestsAreCarriedOutOnce(t *testing.T) {
	const body = `{"text":"001090990001"}`
	acts := func(key func(i int) option) (looked int, answers map[string]int) {
		b := newBench(t)
		token := b.login()
		b.station.said()
		answers = map[string]int{}
		var all sync.WaitGroup
		var mu sync.Mutex
		for i := range 50 {
			all.Go(func() {
				w := b.ask(http.MethodPost, "/api/lookup", body, token, key(i))
				mu.Lock()
				defer mu.Unlock()
				answers[strconv.Itoa(w.Code)+w.Header().Get("Content-Type")+w.Body.String()]++
			})
		}
		all.Wait()
		return len(b.station.said()), answers
	}
	if n, answers := acts(func(int) option { return header(OnceHeader, "one wish") }); n != 1 || len(answers) != 1 {
		t.Errorf("carried out %d times, answers %v", n, answers)
	}
	// The controls: without a name, and with fifty.
	for _, key := range []func(i int) option{func(int) option { return header("X-None", "") }, func(i int) option { return header(OnceHeader, strconv.Itoa(i)) }} {
		if n, _ := acts(key); n != 50 {
			t.Errorf("fifty wishes were carried out %d times", n)
		}
	}
}

func TestNamesOfRequests(t *testing.T) {
	b := newBench(t)
	token := b.login()
	const body = `{"text":"001090990001"}`
	ask := func(path, body, key string, options ...option) int {
		return b.ask(http.MethodPost, path, body, append([]option{token, header(OnceHeader, key)}, options...)...).Code
	}
	id := b.outbox.list[0].ID.String()
	for i, c := range []struct {
		path, body, key string
		want            int
	}{
		{"/api/lookup", body, "a", 200},
		{"/api/lookup", `{"text":"001190990002"}`, "a", 409}, // another request
		{"/api/printed", `{"id":"` + id + `"}`, "a", 204},    // another route has names of its own
		{"/api/printed", `{"id":"` + id + `"}`, "a", 204},
		{"/api/lookup", body, strings.Repeat("k", maxOnceKey+1), 400},
		{"/api/lookup", `{"text":"` + strings.Repeat("1", maxJSON) + `"}`, "b", 413},
	} {
		if got := ask(c.path, c.body, c.key); got != c.want {
			t.Errorf("%d: %d, want %d", i, got, c.want)
		}
	}
	b.station.refuse = enrol.ErrRefused
	if got := ask("/api/lookup", body, "c"); got != 422 {
		t.Errorf("refused: %d", got)
	}
	b.station.refuse = nil
	if got := ask("/api/lookup", body, "c"); got != 200 { // nothing had been done
		t.Errorf("after a refusal: %d", got)
	}
	b.station.said()
	if ask("/api/lookup", body, "a"); len(b.station.said()) != 0 {
		t.Error("a repetition was carried out")
	}
	b.clock = b.clock.Add(onceLasts)
	if ask("/api/lookup", body, "a"); len(b.station.said()) != 1 {
		t.Error("names are never forgotten")
	}
	for i := range 3 * maxOnce {
		b.clock = b.clock.Add(time.Millisecond)
		ask("/api/lookup", body, "many-"+strconv.Itoa(i))
	}
	if n := len(b.server.repeats.all); n > maxOnce {
		t.Errorf("%d answers are kept", n)
	}
}

// TestLateCommandsShowWhatThereIs: 409 has the present snapshot with it.
func TestLateCommandsShowWhatThereIs(t *testing.T) {
	b := newBench(t)
	token := b.login()
	const body = `{"id":"1","name":"notice","if_version":6}`
	b.station.refuse = enrol.ErrWrongStep
	w := b.ask(http.MethodPost, "/api/do", body, token)
	if w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), `"snapshot":{"version":7`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	b.station.refuse = enrol.ErrRefused // the control: that one is about the same snapshot
	if w := b.ask(http.MethodPost, "/api/do", body, token); strings.Contains(w.Body.String(), "snapshot") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if got := b.station.commands[0].IfVersion; got != 6 {
		t.Errorf("if_version %d", got)
	}
}

// TestApprovalsAreRepeated: the same approval again is no second one, and another
// one under its ID is.
func TestApprovalsAreRepeated(t *testing.T) {
	b := newBench(t)
	token := b.login()
	send := func(id string, finger int, pin string) int {
		return b.ask(http.MethodPost, "/api/do", fmt.Sprintf(`{"id":%q,"name":"finger-approve","args":{"finger":%d,"officer":"supervisor-1","pin":%q,"picture":""}}`, id, finger, pin), token).Code
	}
	for i, c := range []struct {
		id     string
		finger int
		pin    string
		want   int
		done   int
	}{
		{"a", 5, "111111", 422, 0}, {"a", 5, testSupervisorPIN, 200, 1}, {"a", 5, testSupervisorPIN, 200, 1},
		{"a", 5, "111111", 200, 1}, // nothing is done: it is not looked at again
		{"a", 6, "111111", 422, 1}, {"b", 5, "111111", 422, 1}, {"b", 5, testSupervisorPIN, 200, 2},
	} {
		if got := send(c.id, c.finger, c.pin); got != c.want || b.station.done() != c.done {
			t.Errorf("%d: %d, %d commands", i, got, b.station.done())
		}
	}
}

// FuzzDo: whatever is posted is answered as openapi.yaml says, and what reaches
// the enrolment has come through it whole.
func FuzzDo(f *testing.F) {
	for _, seed := range []string{`{"id":"1","name":"begin"}`, `{"id":"1","name":"scan","args":{"text":"1"},"if_version":7}`, `{"id":"1","name":"finger-approve","args":{"finger":5,"officer":"x","pin":"1","picture":""}}`,
		`{"id":"1","name":"begin"}{}`, `[]`, `{"id":1e9}`, "{\"id\":\"\u202e\",\"name\":\"\x00\"}"} {
		f.Add([]byte(seed), "application/json")
	}
	f.Add([]byte(`{}`), "text/plain")
	f.Fuzz(func(t *testing.T, body []byte, kind string) {
		b := newBench(t)
		token := b.login()
		r := b.request(http.MethodPost, "/api/do", string(body), token)
		r.Header["Content-Type"] = []string{kind}
		w := b.serve(r)
		if w.Code >= 500 || w.Code == http.StatusOK != (b.station.done() == 1) || w.Header().Get("Content-Type") != "application/json; charset=utf-8" {
			t.Errorf("%d, %d commands", w.Code, b.station.done())
		}
		if w.Code == http.StatusOK {
			return // the fake takes every command; only the answer is looked at
		}
		if err := asDescribed(r, body, w); err != nil {
			t.Error(err)
		}
	})
}
