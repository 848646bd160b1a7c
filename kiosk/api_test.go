package kiosk

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/kiosk/web"
	"github.com/tram-station/tram/mrz/qr"
)

func TestLoginAndCommands(t *testing.T) {
	b := newBench(t)
	token := b.login()
	w := b.ask(http.MethodPost, "/api/do", `{"id":"a","name":"scan","args":{"text":"079301990002"}}`, token)
	var snapshot enrol.Snapshot
	if err := json.Unmarshal(w.Body.Bytes(), &snapshot); err != nil || snapshot.Version != 7 {
		t.Fatalf("do: %d %s (%v)", w.Code, w.Body, err)
	}
	c := b.station.commands[0]
	if c.ID != "a" || c.Name != "scan" || string(c.Args) != `{"text":"079301990002"}` || c.Officer == "" {
		t.Errorf("command %+v", c)
	}
	for _, bad := range []string{``, `[]`, `{"id":1}`, `{"id":"a","name":"scan"}{}`, `{"id":"a","surprise":1}`, `{"Officer":"x","id":"a"}`} {
		if w := b.ask(http.MethodPost, "/api/do", bad, token); w.Code != http.StatusBadRequest {
			t.Errorf("%s: %d, want 400", bad, w.Code)
		}
	}
	if w := b.ask(http.MethodPost, "/api/do", `{"id":"a","name":"scan"}`, token, header("Content-Type", "text/plain")); w.Code != http.StatusUnsupportedMediaType {
		t.Errorf("text/plain: %d, want 415", w.Code)
	}
	if b.station.done() != 1 {
		t.Errorf("%d commands, want 1", b.station.done())
	}
}

// TestApprovalByPIN: the enrolment gets the supervisor's name and never the PIN,
// and no page can name a supervisor itself.
func TestApprovalByPIN(t *testing.T) {
	b := newBench(t)
	token := b.login()
	ask := func(args string) (int, string, string) {
		w := b.ask(http.MethodPost, "/api/do", `{"id":"a","name":"finger-approve","args":`+args+`}`, token)
		var answer struct{ Error problem }
		_ = json.Unmarshal(w.Body.Bytes(), &answer)
		wait := w.Header().Get("Retry-After")
		if wait != "" && (!strings.Contains(answer.Error.Next.VI, wait+" giây") || !strings.Contains(answer.Error.Next.EN, wait+" s")) {
			t.Errorf("%s: it does not say for how long: %v", args, answer.Error.Next)
		}
		return w.Code, answer.Error.Code, wait
	}
	for args, want := range map[string][3]string{
		`{"finger":5,"officer":"supervisor-1","pin":"111111"}`:                             {"422", "supervisor-pin", ""},
		`{"finger":5,"officer":"officer-1","pin":"135791"}`:                                {"422", "supervisor-pin", ""},
		`{"finger":5,"officer":"supervisor-1","pin":"000000"}`:                             {"429", "supervisor-locked", "91"},
		`{"finger":5,"supervisor":"supervisor-1"}`:                                         {"400", "bad-request", ""},
		`{"finger":5,"officer":"supervisor-1","pin":"135791","supervisor":"supervisor-2"}`: {"400", "bad-request", ""},
		`{"finger":5,"officer":"supervisor-1","pin":"135791"}{}`:                           {"400", "bad-request", ""},
		`[]`: {"400", "bad-request", ""},
	} {
		status, code, wait := ask(args)
		if got := [3]string{strconv.Itoa(status), code, wait}; got != want {
			t.Errorf("%s: %v, want %v", args, got, want)
		}
	}
	if b.station.done() != 0 {
		t.Fatal("a command went through without the supervisor")
	}
	if status, _, _ := ask(`{"finger":5,"officer":"supervisor-1","pin":"135791","picture":"0a1b"}`); status != http.StatusOK {
		t.Fatalf("the right PIN: %d", status)
	}
	c := b.station.commands[0]
	if string(c.Args) != `{"finger":5,"picture":"0a1b","supervisor":"supervisor-1"}` || c.Officer != "officer-1" {
		t.Errorf("command %s by %s", c.Args, c.Officer)
	}
}

func TestRefusalsCarryStatus(t *testing.T) {
	b := newBench(t)
	token := b.login()
	for err, status := range map[error]int{enrol.ErrWrongStep: 409, enrol.ErrBadCommand: 400, enrol.ErrRefused: 422, enrol.ErrDisk: 507, enrol.ErrClosed: 503, errNever: 500} {
		b.station.refuse = err
		w := b.ask(http.MethodPost, "/api/do", `{"id":"a","name":"x"}`, token)
		var answer struct{ Error enrol.Problem }
		if json.Unmarshal(w.Body.Bytes(), &answer) != nil || w.Code != status || answer.Error.Words.VI == "" || answer.Error.Words.EN == "" {
			t.Errorf("%v: %d %s", err, w.Code, w.Body)
		}
	}
}

func TestPicturesAreOnlyPictures(t *testing.T) {
	b := newBench(t)
	token := b.login()
	if w := b.ask(http.MethodGet, "/api/image/portrait", "", token); w.Code != 200 || w.Header().Get("Content-Type") != "image/jpeg" {
		t.Errorf("portrait: %d %s", w.Code, w.Header().Get("Content-Type"))
	}
	// A chip can call its portrait what it likes.
	if w := b.ask(http.MethodGet, "/api/image/dg2", "", token); w.Code != 404 || strings.Contains(w.Body.String(), "script") {
		t.Errorf("dg2 as text/html: %d %s", w.Code, w.Body)
	}
	if w := b.ask(http.MethodGet, "/api/image/none", "", token); w.Code != 404 {
		t.Errorf("no such picture: %d", w.Code)
	}
	if w := b.ask(http.MethodGet, "/api/preview", "", token); w.Code != 200 || w.Header().Get("Content-Type") != "image/jpeg" {
		t.Errorf("preview: %d", w.Code)
	}
}

// TestPreviewWaits: the page asks for another picture than the one it has.
func TestPreviewWaits(t *testing.T) {
	b := newBench(t)
	token := b.login()
	for _, after := range []string{"", "?after=0", "?after=7", "?after=x", "?after=-1"} {
		if w := b.ask(http.MethodGet, "/api/preview"+after, "", token); w.Code != http.StatusOK || w.Header().Get(PictureHeader) != "1" {
			t.Errorf("%q: %d, number %q", after, w.Code, w.Header().Get(PictureHeader))
		}
	}
	begun := time.Now()
	if w := b.ask(http.MethodGet, "/api/preview?after=1", "", token); w.Code != http.StatusNoContent || w.Body.Len() != 0 {
		t.Errorf("after the last picture: %d", w.Code)
	}
	if took := time.Since(begun); took < previewWait {
		t.Errorf("waited %v", took)
	}
}

func TestDoctorIsAskedBetweenEnrolments(t *testing.T) {
	b := newBench(t)
	asked := 0
	b.server.cfg.Doctor = func(context.Context) []Device { asked++; return []Device{{Name: "reader", State: "ok"}} }
	token := b.login()
	for i, want := range []int{1, 1, 2, 2, 3} { // half a period each
		b.station.snapshot.Step = enrol.StepIdle
		w := b.ask(http.MethodGet, "/api/devices", "", token)
		if asked != want || !strings.Contains(w.Body.String(), `"reader"`) {
			t.Errorf("time %d: asked %d times, want %d; %s", i, asked, want, w.Body)
		}
		b.clock = b.clock.Add(healthLasts / 2)
	}
	b.station.snapshot.Step = enrol.StepFingers
	b.clock = b.clock.Add(time.Minute)
	if b.ask(http.MethodGet, "/api/devices", "", token); asked != 3 {
		t.Error("the doctor was asked while the scanner is at work")
	}
}

func TestQueueNamesStates(t *testing.T) {
	b := newBench(t)
	w := b.ask(http.MethodGet, "/api/queue", "", b.login())
	const want = `[{"id":"0193a5b2-7c1e-7aaa-8bbb-0123456789ab","state":"sealed","masked":"N.V.T. ••••••••0001","bytes":9,`
	if !strings.HasPrefix(w.Body.String(), want) {
		t.Errorf("queue %s, want %s…", w.Body, want)
	}
}

const payload = "001090990001|012999901|Nguyễn Văn Thử|14021990|Nam|Số 5, Ngõ 10 Phố Mẫu, Phường Thử, Ba Đình, Hà Nội|20052021"

func picture(t *testing.T, text string) string {
	t.Helper()
	hints := map[gozxing.EncodeHintType]any{gozxing.EncodeHintType_CHARACTER_SET: "UTF-8"}
	matrix, err := qrcode.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, 420, 420, hints)
	if err != nil {
		t.Fatal(err)
	}
	img := image.NewGray(image.Rect(0, 0, 420, 420))
	for y := range 420 {
		for x := range 420 {
			if !matrix.Get(x, y) {
				img.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestQRFromAPicture(t *testing.T) {
	b := newBench(t)
	token := b.login()
	ask := func(body string) (int, string) {
		w := b.ask(http.MethodPost, "/api/qr", body, token, header("Content-Type", "image/png"))
		var answer struct{ Text string }
		_ = json.Unmarshal(w.Body.Bytes(), &answer)
		return w.Code, answer.Text
	}
	if code, text := ask(picture(t, payload)); code != 200 || text != payload {
		t.Errorf("QR: %d %q", code, text)
	}
	var blank bytes.Buffer
	if err := png.Encode(&blank, image.NewGray(image.Rect(0, 0, 300, 300))); err != nil {
		t.Fatal(err)
	}
	if code, _ := ask(blank.String()); code != http.StatusUnprocessableEntity {
		t.Errorf("blank picture: %d, want 422", code)
	}
	if code, _ := ask("GIF89a"); code != http.StatusUnprocessableEntity {
		t.Errorf("no picture: %d, want 422", code)
	}
	if w := b.ask(http.MethodPost, "/api/qr", blank.String(), token, header("Content-Type", "image/gif")); w.Code != http.StatusUnsupportedMediaType {
		t.Errorf("another kind: %d, want 415", w.Code)
	}
	// A header that claims 60,000 × 60,000 pixels in a few bytes.
	bomb := bytes.Clone(blank.Bytes())
	copy(bomb[16:24], []byte{0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60})
	if code, _ := ask(string(bomb)); code == 200 || code >= 500 {
		t.Errorf("bomb: %d", code)
	}
}

func TestUnreadCodesSayWhy(t *testing.T) {
	for cause := range unreadNext {
		p := unread(&qr.UnreadError{Seen: []qr.Seen{{Cause: cause}}})
		if p.Code != "qr-"+string(cause) || p.status != http.StatusUnprocessableEntity || p.Next != unreadNext[cause] || p.Words == problemNoQR.Words {
			t.Errorf("%s: %+v", cause, p)
		}
	}
	for code, err := range map[string]error{"no-qr": qr.ErrNoCode, "qr-unclear": &qr.UnreadError{Seen: []qr.Seen{{Cause: "something new"}}}} {
		if p := unread(err); p.Code != code || p.Next.VI == "" || p.Next.EN == "" {
			t.Errorf("%v: %+v, want %s", err, p, code)
		}
	}
}

func FuzzReadPicture(f *testing.F) {
	var small bytes.Buffer
	if err := png.Encode(&small, image.NewGray(image.Rect(0, 0, 40, 40))); err != nil {
		f.Fatal(err)
	}
	f.Add(small.Bytes())
	f.Add([]byte("\x89PNG\r\n\x1a\n"))
	f.Add([]byte("\xff\xd8\xff\xe0"))
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) > 64<<10 {
			return // the search for a code is slow on large pictures, and tested elsewhere
		}
		clean, w, h, err := decodeHere(t.Context(), DecodeGray, body)
		if err != nil {
			return
		}
		print, p, ok := readPicture(&image.Gray{Pix: clean, Stride: w, Rect: image.Rect(0, 0, w, h)})
		if ok == (p.status != 0) || ok == (print.Text == "") || ok == (print.Kind == "") {
			t.Errorf("text %d bytes, problem %v, ok %v", len(print.Text), p, ok)
		}
	})
}

// TestServeStreamsEvents goes over a real connection: events, their end at
// logout, and an orderly end of Serve.
func TestServeStreamsEvents(t *testing.T) {
	b := newBench(t)
	var log bytes.Buffer
	b.server.cfg.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	hasty, err := newGuard([]string{address}, nil, false, b.server.routes())
	if err != nil {
		t.Fatal(err)
	}
	hasty.read = 50 * time.Millisecond // a stream has to outlive the limits of a request
	b.server.handler = b.server.logged(hasty)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.server.Serve(ctx, listener) }()
	token := b.login0(t)
	request, _ := http.NewRequest(http.MethodGet, "http://"+address+"/api/events", nil)
	request.Header.Set(TokenHeader, token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	for version := uint64(1); version <= 3; version++ {
		time.Sleep(3 * hasty.read)
		b.station.changes <- enrol.Snapshot{Version: version}
		if got := nextEvent(t, lines); got.Version != version {
			t.Fatalf("version %d, want %d", got.Version, version)
		}
	}
	cancel()
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "data: ") {
			t.Errorf("an event after the end: %q", lines.Text())
		}
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("serve: %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("serve does not end while a stream is open")
	}
	if !strings.Contains(log.String(), "GET /api/events") || strings.Contains(log.String(), token) {
		t.Errorf("log %q", log.String())
	}
}

func nextEvent(t *testing.T, lines *bufio.Scanner) (s enrol.Snapshot) {
	t.Helper()
	for lines.Scan() {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			if err := json.Unmarshal([]byte(data), &s); err != nil {
				t.Fatal(err)
			}
			return s
		}
	}
	t.Fatalf("stream ended: %v", lines.Err())
	return s
}

// login0 opens a session without the guard's host list.
func (b *bench) login0(t *testing.T) string {
	t.Helper()
	on, err := b.server.cfg.Operators.Login("officer-1", testPIN)
	if err != nil {
		t.Fatal(err)
	}
	return on.Token
}

// The dictionary has a sentence for everything that a snapshot can name.
func TestWordsForEveryState(t *testing.T) {
	words := map[string]any{}
	for _, name := range []string{"words/main.json", "words/lookup.json", "words/truth.json"} {
		file, err := web.Files().Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.NewDecoder(file).Decode(&words); err != nil {
			t.Fatal(err)
		}
		_ = file.Close()
	}
	var keys []string
	for _, step := range enrol.Order {
		keys = append(keys, "step."+string(step), "title."+string(step), "lead."+string(step))
	}
	for prefix, names := range map[string]string{
		"title.": "idle done", "lead.": "idle done", "state.": "todo active done skipped",
		"chip.": "idle waiting reading done failed", "portrait.": "idle starting live missed used-up stopped match-accept match-review match-alarm match-waiting match-running match-not-done",
		"photo.": "none unreadable", "finger-state.": "todo active done exception",
		"queue.": "draft sealed sending custody validated matched approved fix-needed rejected refused damaged", "section.": "evidence person portrait prints", "source.": "chip print officer conflict", "device.": "reader camera scanner central",
		"ready.": "ok virtual waiting missing", "outcome.": "passed failed inconclusive",
		"assurance.": "title chip clone face fingers register phone documents consent issues", "assurance-outcome.": "passed failed inconclusive not-supported not-done missing approved pending",
		"check.": "access sod-hashes sod-signature chain cross-check register phone-otp face-match scanner-signature",
	} {
		for _, name := range strings.Fields(names) {
			keys = append(keys, prefix+name)
		}
	}
	for _, key := range keys {
		if words[key] == nil {
			t.Errorf("the words lack %s", key)
		}
	}
}
