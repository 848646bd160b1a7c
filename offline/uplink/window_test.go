package uplink

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

func TestWindow(t *testing.T) {
	for s, want := range map[string]string{
		"":                              "",
		"22:00-05:00 Asia/Ho_Chi_Minh":  "22:00-05:00 Asia/Ho_Chi_Minh",
		"22:00-05:00":                   "22:00-05:00 Asia/Ho_Chi_Minh",
		"08:30-17:15 UTC":               "08:30-17:15 UTC",
		"22:00":                         "bad",
		"22:00-22:00":                   "bad",
		"24:00-05:00":                   "bad",
		"22:00-05:00 Nowhere/Else":      "bad",
		"22:00-05:00 Local":             "bad",
		"22:00-05:00 ../../etc/passwd":  "bad",
		"22:00-05:00 Asia/Ho_Chi_Minh ": "bad",
	} {
		w, err := ParseWindow(s)
		if (err != nil) != (want == "bad") || err == nil && w.String() != want {
			t.Errorf("%q: %q, %v", s, w, err)
		}
	}
	night, day := parseWindow(t, "22:00-05:00"), parseWindow(t, "08:30-17:15 UTC")
	for _, c := range []struct {
		w    Window
		at   string // UTC; Vietnam is 7 hours ahead
		want time.Duration
	}{
		{Window{}, "00:00:00", 0},
		{night, "14:59:30", 30 * time.Second},
		{night, "15:00:00", 0},
		{night, "21:59:59", 0},
		{night, "22:00:00", 17 * time.Hour},
		{day, "08:29:00", time.Minute},
		{day, "08:30:00", 0},
		{day, "17:14:59", 0},
		{day, "17:15:00", 15*time.Hour + 15*time.Minute},
	} {
		at, err := time.Parse(time.DateTime, "2031-01-02 "+c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.w.Shut(at); got != c.want {
			t.Errorf("%s at %s: shut for %s, want %s", c.w, c.at, got, c.want)
		}
	}
	text, _ := night.MarshalText()
	var back Window
	if err := back.UnmarshalText(text); err != nil || back != night && back.String() != night.String() {
		t.Errorf("%s: %v", back, err)
	}
}

func parseWindow(t *testing.T, s string) Window {
	t.Helper()
	w, err := ParseWindow(s)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// Outside its hours a metered line takes small dossiers, manifests, the feed,
// reports and questions, and nothing else.
func TestMeteredLine(t *testing.T) {
	large, little := seal(t, 600<<10), seal(t, 100<<10)
	doc := noise(small + 1)
	synctest.Test(t, func(t *testing.T) { // the bubble begins at midnight UTC, 7:00 in Vietnam
		g := newCentral(t)
		g.next = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/feed" {
				_, _ = w.Write([]byte(`{"next":1}`))
				return
			}
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(doc))
		})
		w := serve(t, g, 0)
		clock := &Clock{}
		hc := Transport{dial: w.dial, Window: parseWindow(t, "22:00-05:00"), Clock: clock}.Client()
		defer hc.CloseIdleConnections()
		c := &Client{URL: "http://gateway.example", Key: g.key.Public(), HTTP: hc, Clock: clock}
		_, err := c.Deliver(t.Context(), large)
		var shut *Shut
		if !errors.Is(err, ErrWindow) || !errors.As(err, &shut) || shut.For != 15*time.Hour || g.puts != 0 {
			t.Errorf("a large dossier at 7:00: %v, %d parts", err, g.puts)
		}
		if wait := NewBackoff().Next(err); wait < longestLook || wait > longestLook+FirstWait {
			t.Errorf("looks again after %s", wait)
		}
		if _, err := c.Deliver(t.Context(), little); err != nil {
			t.Errorf("a small dossier: %v", err)
		}
		if _, _, err := c.Feed(t.Context(), 0, 0); err != nil {
			t.Errorf("the feed: %v", err)
		}
		if _, err := c.Ask(t.Context(), Ask{Method: http.MethodPost, Path: "/registry/check", Body: make([]byte, small), Limit: 1 << 20}); err != nil {
			t.Errorf("a question: %v", err)
		}
		if err := c.Document(t.Context(), item(doc), &file{}); !errors.Is(err, ErrWindow) {
			t.Errorf("a large document: %v", err)
		}
		if err := c.Document(t.Context(), item(doc), &file{b: bytes.Clone(doc[:1])}); err != nil {
			t.Errorf("a document of which little is missing: %v", err)
		}
		if err := c.Document(Urgent(t.Context()), item(doc), &file{}); err != nil {
			t.Errorf("an urgent document: %v", err)
		}
		time.Sleep(shut.For)
		if _, err := c.Deliver(t.Context(), large); err != nil {
			t.Errorf("at 22:00: %v", err)
		}
		again := seal(t, 600<<10)
		time.Sleep(12 * time.Hour)
		if _, err := c.Deliver(t.Context(), again); !errors.Is(err, ErrWindow) {
			t.Errorf("control, at 10:00: %v", err)
		}
		if _, err := c.Deliver(Urgent(t.Context()), again); err != nil {
			t.Errorf("urgent: %v", err)
		}
	})
}

// A wrong clock never shuts a window for ever: the answers put it right, and
// one that stands still is overruled after a day.
func TestWindowWrongClock(t *testing.T) {
	large := seal(t, 600<<10)
	shutAt := time.Date(2031, 1, 2, 5, 0, 0, 0, time.UTC) // noon in Vietnam
	deliver := func(t *testing.T, clock *Clock, date func() string) (hours int) {
		g := newCentral(t)
		w := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Date"] = nil
			if date != nil {
				w.Header().Set("Date", date())
			}
			g.ServeHTTP(w, r)
		}), 0)
		hc := Transport{dial: w.dial, Window: parseWindow(t, "22:00-05:00"), Clock: clock}.Client()
		defer hc.CloseIdleConnections()
		c := &Client{URL: "http://gateway.example", Key: g.key.Public(), HTTP: hc, Clock: clock}
		for {
			_, err := c.Deliver(context.Background(), large)
			if err == nil {
				return hours
			}
			if !errors.Is(err, ErrWindow) || hours > 100 {
				t.Fatalf("after %d hours: %v", hours, err)
			}
			time.Sleep(time.Hour)
			hours++
		}
	}
	synctest.Test(t, func(t *testing.T) { // midnight UTC; the station believes it is noon, and 7 years later
		begun := time.Now()
		if h := deliver(t, &Clock{Now: func() time.Time { return shutAt.Add(time.Since(begun)) }}, func() string {
			return begun.Add(15 * time.Hour).Add(time.Since(begun)).UTC().Format(http.TimeFormat)
		}); h != 0 {
			t.Errorf("it is 22:00 by the central: sent after %d hours", h)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		if h := deliver(t, &Clock{Now: func() time.Time { return shutAt }}, nil); h < 24 || h > 25 {
			t.Errorf("the station's clock stands still at noon: sent after %d hours", h)
		}
	})
	synctest.Test(t, func(t *testing.T) { // control: a right clock waits for the hour and no longer
		if h := deliver(t, &Clock{}, nil); h != 15 {
			t.Errorf("from 7:00 to 22:00: sent after %d hours", h)
		}
	})
}
