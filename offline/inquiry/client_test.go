package inquiry_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/inquiry"
	"github.com/tram-station/tram/offline/uplink"
)

// handled is an HTTP client whose other end is h, without a network: it works in
// a bubble of testing/synctest.
type handled struct{ h http.Handler }

func (t handled) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	t.h.ServeHTTP(w, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return w.Result(), nil
}

func client(h http.HandlerFunc) *inquiry.Client {
	return &inquiry.Client{Uplink: &uplink.Client{URL: "http://gateway", Station: "tram-thu-001", HTTP: &http.Client{Transport: handled{h}}}}
}

// say answers every question with these words.
func say(status int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

var question = inquiry.Question{Kind: inquiry.Data, Number: thu, Fields: map[string]string{"name": name}}

const goodAnswer = `{"outcome":"pass","fields":[{"field":"name","outcome":"pass"}],"words":{"vi":"Đạt","en":"It fits"}}`

// What a gateway may answer, and what it means. The first is the control: the
// same question with a good answer.
func TestAnswers(t *testing.T) {
	for what, c := range map[string]struct {
		status int
		body   string
		want   error // nil: taken
	}{
		"control":                    {200, goodAnswer, nil},
		"a newer gateway":            {200, `{"outcome":"fail","fields":[{"field":"name","outcome":"fail","since":1}],"words":{},"more":[]}`, nil},
		"nothing to compare":         {200, `{"outcome":"not-found","fields":[]}`, nil},
		"no JSON":                    {200, `<html>proxy</html>`, inquiry.ErrUnavailable},
		"half of it":                 {200, goodAnswer[:60], inquiry.ErrUnavailable},
		"two values":                 {200, goodAnswer + goodAnswer, inquiry.ErrUnavailable},
		"another type":               {200, `{"outcome":5}`, inquiry.ErrUnavailable},
		"nothing":                    {200, ``, inquiry.ErrUnavailable},
		"an unknown outcome":         {200, `{"outcome":"maybe","fields":[]}`, inquiry.ErrUnavailable},
		"a pass with a fail":         {200, `{"outcome":"pass","fields":[{"field":"name","outcome":"fail"}]}`, inquiry.ErrUnavailable},
		"a pass of nothing":          {200, `{"outcome":"pass","fields":[]}`, inquiry.ErrUnavailable},
		"a fail of nothing":          {200, `{"outcome":"fail","fields":[]}`, inquiry.ErrUnavailable},
		"a field that was not asked": {200, `{"outcome":"pass","fields":[{"field":"phone","outcome":"pass"}]}`, inquiry.ErrUnavailable},
		"a field twice":              {200, `{"outcome":"pass","fields":[{"field":"name","outcome":"pass"},{"field":"name","outcome":"pass"}]}`, inquiry.ErrUnavailable},
		"a huge one":                 {200, `{"outcome":"pass","words":{"vi":"` + strings.Repeat("x", 64<<10) + `"}}`, inquiry.ErrUnavailable},
		"a redirect":                 {302, ``, inquiry.ErrUnavailable},
		"503":                        {503, `{"code":"busy","message":"` + thu + `"}`, inquiry.ErrUnavailable},
		"502 of a proxy":             {502, `bad gateway`, inquiry.ErrUnavailable},
		"no such service":            {404, `{"code":"not-found","message":""}`, inquiry.ErrUnavailable},
		"nobody known":               {401, `{"code":"no-certificate","message":""}`, uplink.ErrNoCertificate},
		"a station revoked":          {403, `{"code":"forbidden","message":""}`, inquiry.ErrUnavailable},
		"a bad question":             {400, `{"code":"bad-request","message":"` + thu + `"}`, inquiry.ErrQuestion},
		"too large a question":       {413, `{}`, inquiry.ErrQuestion},
	} {
		a, err := client(say(c.status, c.body)).Check(t.Context(), question)
		if c.want == nil && (err != nil || a.Outcome == "" || a.Fields == nil) || c.want != nil && (!errors.Is(err, c.want) || a.Outcome != "") {
			t.Errorf("%s: %+v, %v, want %v", what, a, err, c.want)
		}
		if err != nil && (strings.Contains(err.Error(), thu) || strings.Contains(err.Error(), "Thử")) {
			t.Errorf("%s: the error names the citizen: %v", what, err)
		}
		if errors.Is(err, inquiry.ErrOffline) {
			t.Errorf("%s: somebody answered, and it counts as offline", what)
		}
	}
}

// The words of an answer are shown to an officer: nothing of them steers a
// terminal or fills the screen.
func TestWords(t *testing.T) {
	body, err := json.Marshal(map[string]any{
		"outcome": "pass", "fields": []any{map[string]string{"field": "name", "outcome": "pass"}},
		"words": map[string]string{"vi": "Đạt\x1b[31m\u202e" + strings.Repeat("x", 1000)},
	})
	if err != nil {
		t.Fatal(err)
	}
	a, err := client(say(200, string(body))).Check(t.Context(), question)
	if err != nil || strings.ContainsAny(a.Words.VI, "\x1b\u202e") || len(a.Words.VI) > 400 || !strings.HasPrefix(a.Words.VI, "Đạt") {
		t.Errorf("%q, %v", a.Words.VI, err)
	}
}

func TestRate(t *testing.T) {
	for header, want := range map[string]time.Duration{"7": 7 * time.Second, "": time.Minute, "99999999": time.Hour} {
		_, err := client(say(429, `{"code":"too-many","message":""}`, "Retry-After", header)).SendOTP(t.Context(), "0900000001", inquiry.PurposeEnrol)
		if rate, ok := errors.AsType[*inquiry.RateError](err); !ok || rate.After != want {
			t.Errorf("Retry-After %q: %v", header, err)
		}
	}
}

// What no gateway would take is not sent.
func TestQuestionsThatAreNotSent(t *testing.T) {
	var sent atomic.Int32
	c := client(func(w http.ResponseWriter, _ *http.Request) { sent.Add(1); w.WriteHeader(http.StatusBadRequest) })
	ctx := t.Context()
	long := strings.Repeat("x", inquiry.MaxValue+1)
	_, err1 := c.Check(ctx, inquiry.Question{Kind: "iris", Number: thu})
	_, err2 := c.Check(ctx, inquiry.Question{Kind: inquiry.Data, Number: thu, Fields: map[string]string{"name": long}})
	_, err3 := c.Check(ctx, inquiry.Question{Kind: inquiry.Face, Number: thu, Face: &inquiry.Template{Vector: make([]float32, inquiry.MaxVector+1)}})
	_, err4 := c.Check(ctx, inquiry.Question{Kind: inquiry.Fingers, Number: thu})
	_, err5 := c.Phone(ctx, inquiry.PhoneQuestion{Number: thu})
	_, err6 := c.SendOTP(ctx, "0900000001", "lottery")
	_, err7 := c.AskApproval(ctx, inquiry.Exception{Dossier: idA, Code: "c", Reason: "r", Officer: "o", Masked: thu})
	_, err8 := c.AskApproval(ctx, inquiry.Exception{Dossier: idA, Code: "c", Reason: "vì " + name, Officer: "o"})
	_, err9 := c.ConfirmOTP(ctx, uuid.Nil, "123456")
	for i, err := range []error{err1, err2, err3, err4, err5, err6, err7, err8, err9} {
		if !errors.Is(err, inquiry.ErrQuestion) {
			t.Errorf("%d: %v", i+1, err)
		}
	}
	for _, code := range []string{"", "12345", "1234567", "12345a", "１２３４５６"} {
		if o, err := c.ConfirmOTP(ctx, idA, code); err != nil || o != inquiry.Fail {
			t.Errorf("code %q: %s, %v", code, o, err)
		}
	}
	if sent.Load() != 0 {
		t.Errorf("%d were sent", sent.Load())
	}
	if _, err := c.Check(ctx, question); !errors.Is(err, inquiry.ErrQuestion) || sent.Load() != 1 {
		t.Errorf("control: %v, %d sent", err, sent.Load())
	}
}

// Nothing of a citizen stands in a URL.
func TestURLs(t *testing.T) {
	var mu sync.Mutex
	var urls []string
	c := client(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		urls = append(urls, r.Method+" "+r.URL.String())
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	ctx := t.Context()
	_, _ = c.Check(ctx, question)
	_, _ = c.Phone(ctx, inquiry.PhoneQuestion{Number: thu, Phone: "0900000001", Guardian: "001990990002"})
	_, _ = c.SendOTP(ctx, "0900000001", inquiry.PurposeEnrol)
	_, _ = c.ConfirmOTP(ctx, idA, "123456")
	_, _ = c.Appointments(ctx, time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)) // the 23rd in Vietnam
	_, _ = c.AskApproval(ctx, inquiry.Exception{ID: idB, Dossier: idA, Code: "c", Reason: "r", Officer: "o"})
	_, _ = c.Await(ctx, idB, time.Hour)
	want := "POST http://gateway/registry/check\nPOST http://gateway/registry/phone\nPOST http://gateway/messages/otp\n" +
		"POST http://gateway/messages/otp/" + idA.String() + "\nGET http://gateway/registry/appointments?day=2026-11-23\n" +
		"POST http://gateway/exceptions\nGET http://gateway/exceptions/" + idB.String() + "?wait=25"
	if got := strings.Join(urls, "\n"); got != want {
		t.Errorf("asked\n%s\nwant\n%s", got, want)
	}
}

// A gateway that takes the question and says nothing costs one time-out a
// minute, and not one a question; then one question tries, and the others go on.
func TestSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		silent := true
		c := client(func(w http.ResponseWriter, r *http.Request) {
			if asked.Add(1); silent {
				<-r.Context().Done()
				return
			}
			_, _ = io.WriteString(w, goodAnswer)
		})
		begun := time.Now()
		check := func(want error, cost time.Duration) {
			t.Helper()
			begun := time.Now()
			if _, err := c.Check(t.Context(), question); !errors.Is(err, want) || want == nil && err != nil || time.Since(begun) != cost {
				t.Errorf("%v after %s, want %v after %s", err, time.Since(begun), want, cost)
			}
		}
		check(inquiry.ErrOffline, inquiry.DefaultTimeout)
		for range 100 {
			check(inquiry.ErrOffline, 0)
		}
		if asked.Load() != 1 {
			t.Fatalf("asked %d times", asked.Load())
		}
		time.Sleep(inquiry.Rest)
		go func() { // the one that tries, while the others go without
			_, _ = c.Check(context.Background(), question)
		}()
		synctest.Wait()
		check(inquiry.ErrOffline, 0)
		time.Sleep(inquiry.DefaultTimeout)
		check(inquiry.ErrOffline, 0)
		if asked.Load() != 2 || time.Since(begun) > 2*inquiry.Rest {
			t.Fatalf("asked %d times in %s", asked.Load(), time.Since(begun))
		}
		time.Sleep(inquiry.Rest)
		silent = false
		check(nil, 0) // the control: the line is back, and stays
		check(nil, 0)
	})
}

// Who asked and went away says nothing about the line.
func TestGoneAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if _, err := c.Check(ctx, question); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if _, err := c.Check(ctx, question); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		begun := time.Now()
		if _, err := c.Check(t.Context(), question); !errors.Is(err, inquiry.ErrOffline) || time.Since(begun) != inquiry.DefaultTimeout {
			t.Errorf("%v after %s: the line was given up for another's sake", err, time.Since(begun))
		}
		time.Sleep(inquiry.Rest)
		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, _ = c.Check(ctx, question) // tries the line, and leaves
		begun = time.Now()
		if _, err := c.Check(t.Context(), question); !errors.Is(err, inquiry.ErrOffline) || time.Since(begun) != inquiry.DefaultTimeout {
			t.Errorf("%v after %s: nobody tries any more", err, time.Since(begun))
		}
	})
}

// A caller's own deadline that passes is silence too, unless it was short.
func TestDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		c := client(func(_ http.ResponseWriter, r *http.Request) { asked.Add(1); <-r.Context().Done() })
		for i, own := range []time.Duration{time.Second, inquiry.DefaultTimeout, inquiry.DefaultTimeout} {
			ctx, cancel := context.WithTimeout(t.Context(), own)
			if _, err := c.Check(ctx, question); !errors.Is(err, inquiry.ErrOffline) {
				t.Errorf("%d: %v", i, err)
			}
			cancel()
		}
		if asked.Load() != 2 {
			t.Errorf("asked %d times: once within a second, once within five, and then no more", asked.Load())
		}
	})
}

// A connection that is refused costs nothing, so it is tried each time.
func TestRefusedConnection(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	c := &inquiry.Client{Uplink: &uplink.Client{URL: "http://" + address, HTTP: &http.Client{}}}
	if _, err := c.Check(t.Context(), question); !errors.Is(err, inquiry.ErrOffline) {
		t.Fatal(err)
	}
	if l, err = net.Listen("tcp", address); err != nil {
		t.Skip("another took the port:", err)
	}
	srv := &http.Server{Handler: say(200, goodAnswer)}
	go func() { _ = srv.Serve(l) }()
	defer func() { _ = srv.Close() }()
	if _, err := c.Check(t.Context(), question); err != nil {
		t.Errorf("the gateway is back: %v", err)
	}
}

// The end of a code is by the station's clock, however wrong that is.
func TestTicketByTheStationsClock(t *testing.T) {
	station := time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC)
	clock := &uplink.Clock{Now: func() time.Time { return station }}
	body := `{"id":"` + idA.String() + `","expires":"2026-11-23T01:05:03Z"}`
	c := client(say(200, body, "Date", now.Format(http.TimeFormat)))
	c.Now, c.Uplink.Clock = clock.Now, clock
	ticket, err := c.SendOTP(t.Context(), "0900000001", inquiry.PurposeEnrol)
	if left := ticket.Expires.Sub(station); err != nil || left != 3*time.Minute {
		t.Errorf("%s, %v", left, err)
	}
	c = client(say(200, strings.Replace(body, "2026", "2099", 1)))
	c.Now = clock.Now
	if ticket, err = c.SendOTP(t.Context(), "0900000001", inquiry.PurposeEnrol); err != nil || ticket.Expires.Sub(station) > 15*time.Minute {
		t.Errorf("a code for years: %s, %v", ticket.Expires, err)
	}
}

// A decision counts by its signature alone.
func TestDecisionIsVerified(t *testing.T) {
	key, err1 := envelope.GenerateKey()
	stranger, err2 := envelope.GenerateKey()
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	good := envelope.Decision{
		ID: idA, Station: "tram-thu-001", Dossier: idB, Exception: "finger-missing", Asked: "amputated", Officer: "officer-1",
		Approved: true, Reason: "condition-confirmed", Supervisor: "giam-sat-1", At: now,
	}
	other, elsewhere := good, good
	other.ID, elsewhere.Station = idB, "tram-thu-002"
	for what, c := range map[string]struct {
		by    *envelope.Signer
		d     envelope.Decision
		state string
		want  inquiry.ApprovalState // "": not taken
	}{
		"control":            {key, good, "approved", inquiry.Approved},
		"another's key":      {stranger, good, "approved", ""},
		"another exception":  {key, other, "approved", ""},
		"another station":    {key, elsewhere, "approved", ""},
		"beside it: refused": {key, good, "refused", ""},
	} {
		raw, err := envelope.SignDecision(c.by, c.d)
		if err != nil {
			t.Fatal(err)
		}
		body, err := json.Marshal(map[string]any{"id": idA, "state": c.state, "signed": raw})
		if err != nil {
			t.Fatal(err)
		}
		asker := client(say(200, string(body)))
		asker.Uplink.Key = key.Public()
		a, err := asker.Approval(t.Context(), idA)
		if a.State != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %+v, %v", what, a, err)
		}
	}
	for _, body := range []string{`{"id":"` + idA.String() + `","state":"approved"}`, `{"id":"` + idB.String() + `","state":"pending"}`, `{"state":"pending"}`} {
		if a, err := client(say(200, body)).Approval(t.Context(), idA); err == nil {
			t.Errorf("%s: %+v", body, a)
		}
	}
}

// A socket that takes the connection and says nothing, over the real transport.
func TestSilentSocket(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	for _, scheme := range []string{"http", "https"} {
		c := &inquiry.Client{
			Uplink: &uplink.Client{URL: scheme + "://" + l.Addr().String(), HTTP: uplink.NewHTTPClient()}, Timeout: time.Second,
		}
		begun := time.Now()
		if _, err := c.Check(t.Context(), question); !errors.Is(err, inquiry.ErrOffline) || time.Since(begun) > 10*time.Second {
			t.Errorf("%s: %v after %s", scheme, err, time.Since(begun))
		}
		begun = time.Now()
		if _, err := c.Services(t.Context()); !errors.Is(err, inquiry.ErrOffline) || time.Since(begun) > time.Second/2 {
			t.Errorf("%s, the next question: %v after %s", scheme, err, time.Since(begun))
		}
	}
}
