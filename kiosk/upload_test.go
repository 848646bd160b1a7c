package kiosk

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tram-station/tram/kiosk/enrol"
)

// fakePages keeps pages as the enrolment does.
type fakePages struct {
	mu     sync.Mutex
	kept   []string
	answer error
}

func (f *fakePages) Attach(_ context.Context, officer, purpose string, jpeg []byte, w, h int) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.answer != nil {
		return "", f.answer
	}
	f.kept = append(f.kept, fmt.Sprintf("%s|%s|%d|%d|%s", officer, purpose, w, h, jpeg))
	return fmt.Sprintf("page-%d", len(f.kept)), nil
}

func (f *fakePages) SignOnScreen(ctx context.Context, enrolment, officer string, jpeg []byte, w, h int) (string, error) {
	return f.Attach(ctx, officer, "signature of "+enrolment, jpeg, w, h)
}

// scanningBench takes pictures of papers, in an enrolment.
func scanningBench(t *testing.T) (*bench, *fakePages) {
	t.Helper()
	b, pages := newBench(t), &fakePages{}
	cfg := b.server.cfg
	cfg.Pages = pages
	var err error
	if b.server, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	b.station.snapshot.ID = "0193a5b2-7c1e-7aaa-8bbb-0123456789ac"
	return b, pages
}

func small(t testing.TB) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 40, 30))); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestUpload(t *testing.T) {
	b, pages := scanningBench(t)
	token, file := b.login(), small(t)
	ask := func(query, body string, options ...option) (int, string) {
		w := b.ask(http.MethodPost, "/api/upload"+query, body, append([]option{token, header("Content-Type", "image/png")}, options...)...)
		var answer struct{ Error problem }
		_ = json.Unmarshal(w.Body.Bytes(), &answer)
		return w.Code, answer.Error.Code
	}
	for i, purpose := range purposes {
		w := b.ask(http.MethodPost, "/api/upload?for="+purpose, file, token, header("Content-Type", "image/png"))
		if want := fmt.Sprintf(`{"name":"page-%d","width":40,"height":30,"bytes":7}`, i+1); strings.TrimSpace(w.Body.String()) != want {
			t.Errorf("%s: %d %s", purpose, w.Code, w.Body)
		}
		if pages.kept[i] != "officer-1|"+purpose+"|40|30|\xff\xd8clean" { // never what was sent
			t.Errorf("kept %q", pages.kept[i])
		}
	}
	bomb := []byte(file)
	copy(bomb[16:24], []byte{0, 0, 0x3A, 0x98, 0, 0, 0x3A, 0x98}) // 15,000 × 15,000
	binary.BigEndian.PutUint32(bomb[29:], crc32.ChecksumIEEE(bomb[12:29]))
	for name, c := range map[string]struct {
		query, body string
		status      int
		code        string
		with        option
	}{
		"no purpose":   {"", file, 400, "bad-request", header("X", "")},
		"none such":    {"?for=../etc", file, 400, "bad-request", header("X", "")},
		"no picture":   {"?for=document", "GIF89a", 422, "bad-picture", header("X", "")},
		"nothing":      {"?for=document", "", 422, "bad-picture", header("X", "")},
		"cut off":      {"?for=document", file[:60], 422, "bad-picture", header("X", "")},
		"a bomb":       {"?for=document", string(bomb), 413, "too-large", header("X", "")},
		"large":        {"?for=document", strings.Repeat("x", MaxPicture+1), 413, "too-large", header("X", "")},
		"another kind": {"?for=document", file, 415, "media-type", header("Content-Type", "application/pdf")},
		"as a page":    {"?for=document", file, 415, "media-type", header("Content-Type", "text/html")},
		"parameters":   {"?for=document", file, 415, "media-type", header("Content-Type", "image/png; charset=utf-8")},
		"no session":   {"?for=document", file, 401, "login", header(TokenHeader, "")},
	} {
		if status, code := ask(c.query, c.body, c.with); status != c.status || code != c.code {
			t.Errorf("%s: %d %s", name, status, code)
		}
	}
	pages.answer = enrol.ErrWrongStep
	if status, _ := ask("?for=document", file); status != 409 {
		t.Errorf("in another step: %d", status)
	}
	pages.answer = nil
	b.station.snapshot.ID = ""
	if status, code := ask("?for=document", file); status != 409 || code != "no-enrolment" {
		t.Errorf("without an enrolment: %d %s", status, code)
	}
	if len(pages.kept) != len(purposes) {
		t.Errorf("%d pages are kept", len(pages.kept))
	}
	if w := newBench(t).ask(http.MethodPost, "/api/upload?for=document", file, header(TokenHeader, "")); w.Code != http.StatusUnauthorized {
		t.Errorf("a station that keeps no pages: %d", w.Code)
	}
}

// TestUploadsAreBounded: so many files of one enrolment, and the next one begins
// anew.
func TestUploadsAreBounded(t *testing.T) {
	b, pages := scanningBench(t)
	token, file := b.login(), small(t)
	send := func(body string) int {
		return b.ask(http.MethodPost, "/api/upload?for=document", body, token, header("Content-Type", "image/png")).Code
	}
	for i := range maxUploads {
		if got := send(file[:60*(i%2)+len(file)*(1-i%2)]); got != 200+222*(i%2) { // every other one is cut off
			t.Fatalf("file %d: %d", i+1, got)
		}
	}
	if got := send(file); got != 429 || len(pages.kept) != maxUploads/2 {
		t.Errorf("one more: %d, %d are kept", got, len(pages.kept))
	}
	b.station.snapshot.ID = "0193a5b2-7c1e-7aaa-8bbb-0123456789ad"
	if got := send(file); got != 200 { // the control
		t.Errorf("of the next citizen: %d", got)
	}
}

// TestOneUploadForManyTaps: the same page sent fifty times at once is one page.
func TestOneUploadForManyTaps(t *testing.T) {
	const taps = 50
	kept := func(key func(i int) string) int {
		b, pages := scanningBench(t)
		token, file := b.login(), small(t)
		var all sync.WaitGroup
		for i := range taps {
			all.Go(func() {
				b.ask(http.MethodPost, "/api/upload?for=document", file, token, header("Content-Type", "image/png"), header(OnceHeader, key(i)))
			})
		}
		all.Wait()
		return len(pages.kept)
	}
	if n := kept(func(int) string { return "one" }); n != 1 {
		t.Errorf("%d pages of one", n)
	}
	if n := kept(func(i int) string { return fmt.Sprint(i) }); n != taps { // the control
		t.Errorf("%d pages of %d", n, taps)
	}
}

// TestDecoderFails: what the station can not do is no fault of the picture.
func TestDecoderFails(t *testing.T) {
	for err, want := range map[error]int{errNever: 500, ErrPicture: 422, fmt.Errorf("x: %w", ErrPictureSize): 413} {
		b, _ := scanningBench(t)
		b.server.cfg.Decode = func(context.Context, string, []byte) ([]byte, int, int, error) { return nil, 0, 0, err }
		w := b.ask(http.MethodPost, "/api/upload?for=document", small(t), b.login(), header("Content-Type", "image/png"))
		if w.Code != want {
			t.Errorf("%v: %d, want %d", err, w.Code, want)
		}
	}
	b, _ := scanningBench(t)
	r := b.request(http.MethodPost, "/api/upload?for=document", small(t), b.login(), header("Content-Type", "image/png"))
	ctx, cancel := context.WithCancel(t.Context())
	b.server.decoding <- struct{}{} // another picture, which takes long
	cancel()
	if w := b.serve(r.WithContext(ctx)); w.Code != http.StatusServiceUnavailable {
		t.Errorf("beside another: %d", w.Code)
	}
}

// FuzzUploadHeaders: no header makes another media type than the two of an
// upload, or a purpose that is none.
func FuzzUploadHeaders(f *testing.F) {
	for _, seed := range []string{"image/png", "image/jpeg; q=1", "IMAGE/PNG", "text/html, image/png", "image/png\r\nX: y", "multipart/form-data"} {
		f.Add(seed, "document")
	}
	file := small(f)
	f.Fuzz(func(t *testing.T, kind, purpose string) {
		b, pages := scanningBench(t)
		r := b.request(http.MethodPost, "/api/upload", file, b.login())
		r.Header["Content-Type"] = []string{kind}
		q := r.URL.Query()
		q.Set("for", purpose)
		r.URL.RawQuery = q.Encode()
		w := b.serve(r)
		sent, params, err := mime.ParseMediaType(kind)
		known := slices.Contains(purposes, purpose)
		good := err == nil && len(params) == 0 && (sent == "image/png" || sent == "image/jpeg") && known
		if good != (w.Code == http.StatusOK) || good != (len(pages.kept) == 1) || w.Code >= 500 {
			t.Errorf("%q for %q: %d", kind, purpose, w.Code)
		}
	})
}

// TestUploadOfACancelledEnrolment: a page that is still being decoded when the
// enrolment ends is not the next citizen's.
func TestUploadOfACancelledEnrolment(t *testing.T) {
	for _, next := range []string{"", "0193a5b2-7c1e-7aaa-8bbb-0123456789ad"} {
		b, pages := scanningBench(t)
		token, file := b.login(), small(t)
		b.server.cfg.Decode = func(ctx context.Context, kind string, picture []byte) ([]byte, int, int, error) {
			b.station.mu.Lock()
			defer b.station.mu.Unlock()
			if next != "" {
				b.station.snapshot.ID = next
			}
			return decodeHere(ctx, kind, picture)
		}
		w := b.ask(http.MethodPost, "/api/upload?for=document", file, token, header("Content-Type", "image/png"))
		if (w.Code == http.StatusOK) != (next == "") || len(pages.kept) != map[bool]int{true: 1}[next == ""] {
			t.Errorf("next %q: %d, %d pages kept", next, w.Code, len(pages.kept))
		}
	}
}
