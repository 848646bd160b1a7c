package uplink

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
)

// canned answers every request with the bytes of an input.
type canned struct {
	status int
	header http.Header
	body   []byte
}

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: c.status, Header: c.header, Body: io.NopCloser(bytes.NewReader(c.body)), ContentLength: -1, Request: r,
	}, nil
}

func (c canned) client() *http.Client { return &http.Client{Transport: c} }

func FuzzFeed(f *testing.F) {
	key := newKey(f)
	f.Add(toJSON(f, FeedReply{Notices: [][]byte{notice(f, key, stationID, 6), notice(f, key, stationID, 7)}, Next: 7}))
	f.Add([]byte(`{"next":5}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		c := &Client{URL: "http://x", Station: stationID, Key: key.Public(), HTTP: canned{status: 200, body: body}.client()}
		got, next, err := c.Feed(t.Context(), 5, 0)
		if err != nil {
			if !errors.Is(err, ErrAnswer) || got != nil || next != 5 {
				t.Errorf("%v, next %d", err, next)
			}
			return
		}
		at := uint64(5)
		for _, n := range got {
			if v, err := envelope.VerifyNotice(key.Public(), n.Raw); err != nil || *v != n.Notice || v.Station != stationID || v.Cursor <= at {
				t.Errorf("%+v, %v", n.Notice, err)
			}
			at = n.Notice.Cursor
		}
		if next < at {
			t.Errorf("next %d after %d", next, at)
		}
	})
}

func FuzzReport(f *testing.F) {
	id := uuid.Must(uuid.NewV7())
	f.Add(toJSON(f, ReportReply{
		Witnessed: envelope.Head{Size: 3}, Ask: []string{"2026-11-22"}, Gaps: [][2]uint64{{4, 6}},
		Differences: []Difference{{Day: "2026-11-21", MissingHere: []uuid.UUID{id}}},
	}))
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := readReport(&answer{body: body})
		if err != nil {
			if !errors.Is(err, ErrAnswer) || r != nil {
				t.Error(err)
			}
			return
		}
		again, err := readReport(&answer{body: toJSON(t, r)})
		if err != nil || !bytes.Equal(toJSON(t, again), toJSON(t, r)) {
			t.Errorf("%v", err)
		}
	})
}

func FuzzRequestReply(f *testing.F) {
	a, key := newAuthority(f), newKey(f)
	mine := a.station(key, time.Now(), time.Now().Add(year))
	f.Add(toJSON(f, RequestReply{key.ID(), RequestApproved, pemOfDER(f, mine.Certificate[0])}))
	f.Add(toJSON(f, RequestReply{key.ID(), RequestPending, ""}))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := readRequest(&answer{body: body}, key.ID())
		if err != nil {
			if r != nil {
				t.Error(err)
			}
			return
		}
		chain, err := r.Chain()
		if approved := r.State == RequestApproved; r.Key != key.ID() || approved != (err == nil) || len(chain) > maxChain {
			t.Errorf("%+v, %d certificates, %v", r, len(chain), err)
		}
	})
}

func FuzzMissing(f *testing.F) {
	s := seal(f, 300<<10)
	m, err := envelope.ParseManifest(s.Manifest)
	if err != nil {
		f.Fatal(err)
	}
	parts, _ := m.Chunks()
	f.Add(toJSON(f, MissingReply{Missing: parts}))
	f.Add(toJSON(f, MissingReply{Missing: parts[1:2]}))
	f.Fuzz(func(t *testing.T, body []byte) {
		c := &Client{URL: "http://x", HTTP: canned{status: 200, body: body}.client()}
		got, size, err := c.missing(t.Context(), m)
		if err != nil && got != nil || len(got) > len(parts) || size > m.Size() {
			t.Errorf("%d parts of %d bytes, %v", len(got), size, err)
		}
	})
}

func FuzzReceipt(f *testing.F) {
	key, id, manifest := newKey(f), uuid.Must(uuid.NewV7()), envelope.Sum([]byte("manifest"))
	for _, r := range []envelope.Receipt{
		{ID: id, Manifest: manifest, LogPosition: 1, Time: time.UnixMilli(1e11)},
		{ID: id, Manifest: envelope.Sum(nil), LogPosition: 1, Time: time.UnixMilli(1e11)},
	} {
		raw, err := envelope.SignReceipt(key, r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		clock := &Clock{}
		c := &Client{URL: "http://x", Key: key.Public(), HTTP: canned{status: 200, body: body}.client(), Clock: clock}
		d, err := c.Receipt(t.Context(), id, manifest)
		if err != nil {
			if !errors.Is(err, ErrReceipt) || d != nil || !clock.Floor().IsZero() {
				t.Errorf("%v, floor %s", err, clock.Floor())
			}
			return
		}
		if !bytes.Equal(d.Signed, body) || d.Receipt.For(id, manifest) != nil || !clock.Floor().Equal(d.Receipt.Time) {
			t.Errorf("%+v", d)
		}
	})
}

func FuzzCatalogue(f *testing.F) {
	key := newKey(f)
	raw, err := envelope.SignCatalogue(key, envelope.Catalogue{Number: 3, At: time.UnixMilli(1e11), Items: []envelope.Item{item(noise(9))}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, body []byte) {
		v, signed, err := (&Client{URL: "http://x", Key: key.Public(), HTTP: canned{status: 200, body: body}.client()}).Catalogue(t.Context())
		if err != nil && (!errors.Is(err, ErrAnswer) || v != nil || signed != nil) || err == nil && !bytes.Equal(signed, body) {
			t.Errorf("%+v, %v", v, err)
		}
	})
}

func FuzzRefusal(f *testing.F) {
	f.Add(503, "7", "Thu, 02 Jan 2031 03:05:05 GMT", toJSON(f, Problem{Code: CodeBusy, Message: "later"}))
	f.Add(403, "Thu, 02 Jan 2031 03:05:05 GMT", "Thu, 02 Jan 2031 03:05:00 GMT", []byte("<html>"))
	f.Fuzz(func(t *testing.T, status int, after, date string, body []byte) {
		if status < 300 || status > 999 {
			return
		}
		h := http.Header{"Retry-After": {after}, "Date": {date}}
		clock := &Clock{}
		err := get(&Client{URL: "http://x", HTTP: canned{status, h, body}.client(), Clock: clock})
		if wait := RetryAfter(err); err == nil || wait < 0 || wait > maxRetryAfter {
			t.Errorf("%v: wait %s", err, wait)
		}
		if !clock.Floor().IsZero() {
			t.Error("a header was trusted")
		}
	})
}

func FuzzDocument(f *testing.F) {
	doc := noise(100)
	f.Add(200, "", doc)
	f.Add(206, "bytes 40-99/100", doc[40:])
	f.Fuzz(func(t *testing.T, status int, span string, body []byte) {
		held := &file{b: bytes.Clone(doc[:40])}
		h := http.Header{"Content-Range": {span}}
		err := (&Client{URL: "http://x", HTTP: canned{status, h, body}.client()}).Document(t.Context(), item(doc), held)
		if err == nil && !bytes.Equal(held.b, doc) || len(held.b) > len(doc) {
			t.Errorf("%d bytes, %v", len(held.b), err)
		}
	})
}

// file is a file in memory.
type file struct {
	b  []byte
	at int
}

func (f *file) Seek(int64, int) (int64, error) { f.at = 0; return 0, nil }
func (f *file) Write(p []byte) (int, error)    { f.b = append(f.b, p...); return len(p), nil }
func (f *file) Read(p []byte) (int, error) {
	if f.at == len(f.b) {
		return 0, io.EOF
	}
	n := copy(p, f.b[f.at:])
	f.at += n
	return n, nil
}

func FuzzPairing(f *testing.F) {
	p := Pairing{URL: "https://gateway.example", Recipient: newRecipient(f), ReceiptKey: newKey(f).Public(), CA: pemOf(newAuthority(f).cert)}
	f.Add(toJSON(f, p))
	f.Add([]byte(`{"url":"http://127.0.0.1:8430"}`))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, raw []byte) {
		path := filepath.Join(dir, "pairing.json")
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := LoadPairing(path)
		if err != nil {
			if !errors.Is(err, ErrPairing) {
				t.Error(err)
			}
			return
		}
		text, err := json.Marshal(p)
		if err != nil || len(p.To()) == 0 || len(p.Keys()) == 0 {
			t.Fatalf("%+v, %v", p, err)
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		again, err := LoadPairing(path)
		if second, _ := json.Marshal(again); err != nil || !bytes.Equal(second, text) {
			t.Errorf("%s, %v", second, err)
		}
	})
}

func FuzzWindow(f *testing.F) {
	f.Add("22:00-05:00 Asia/Ho_Chi_Minh", int64(1e9))
	f.Add("08:30-17:15 UTC", int64(0))
	f.Fuzz(func(t *testing.T, s string, at int64) {
		w, err := ParseWindow(s)
		if err != nil {
			return
		}
		again, err := ParseWindow(w.String())
		if err != nil || again.String() != w.String() {
			t.Errorf("%q: %q, %v", s, again, err)
		}
		when := time.Unix(at%(1<<40), 0)
		if d := w.Shut(when); d < 0 || d > 24*time.Hour {
			t.Errorf("%s at %s: shut for %s", w, when, d)
		}
	})
}

func FuzzProxy(f *testing.F) {
	f.Add("http://tram:" + secret + "@proxy:3128")
	f.Add("socks5://10.0.0.1:1080")
	f.Fuzz(func(t *testing.T, s string) {
		u, err := ParseProxy(s)
		if err != nil && (u != nil || err.Error() != ErrProxy.Error()) {
			t.Errorf("%v", err)
		}
		if u != nil && u.Hostname() == "" {
			t.Errorf("%q: no host", s)
		}
	})
}
