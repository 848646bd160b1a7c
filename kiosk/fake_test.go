package kiosk

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/kiosk/operator"
	"github.com/tram-station/tram/mrz/gray"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/dossier"
	"github.com/tram-station/tram/offline/queue"
)

const (
	testHost = "localhost:8420"
	testPIN  = "246802"

	testSupervisorPIN = "135791"
)

// fakeStation counts commands; it stands for the enrolment where only the
// server is looked at.
type fakeStation struct {
	mu       sync.Mutex
	snapshot enrol.Snapshot
	commands []enrol.Command
	refuse   error
	changes  chan enrol.Snapshot
	acts     []enrol.Act
	booked   []enrol.AppointmentView
	attended []string
	states   []string // of dossiers, that the station was told
	fetched  func()   // while a picture is taken out
}

func (f *fakeStation) Appointments(context.Context) ([]enrol.AppointmentView, error) {
	return f.booked, f.refuse
}

// Number knows one citizen by the number and one by the card's CAN.
func (f *fakeStation) Number(_ context.Context, text string) (string, error) {
	if text == "990001" {
		text = "001090990001"
	}
	return text, f.refuse
}

func (f *fakeStation) Note(_ context.Context, a enrol.Act) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.acts = append(f.acts, a)
}

func (f *fakeStation) Attend(_ context.Context, officer string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.attended = append(f.attended, officer)
}

// said lists what was logged, and forgets it.
func (f *fakeStation) said() (out []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range f.acts {
		out = append(out, strings.Join([]string{a.Who, a.What, a.Masked, a.Detail}, "|"))
	}
	f.acts = nil
	return out
}

func (f *fakeStation) Snapshot() enrol.Snapshot {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.snapshot
}

func (f *fakeStation) Held(_ context.Context, d *dossier.Dossier, supervisor string) (enrol.HeldView, error) {
	v := enrol.HeldView{Officers: []string{d.Officer}}
	filled(reflect.ValueOf(&v).Elem())
	if supervisor == d.Officer {
		v.May = &enrol.Problem{Code: "own-approval"}
	}
	return v, nil
}

func (f *fakeStation) SetQueueState(id, state string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.states = append(f.states, id+" "+state)
}

func (f *fakeStation) Watch(context.Context) <-chan enrol.Snapshot { return f.changes }

func (f *fakeStation) Do(_ context.Context, c enrol.Command) (enrol.Snapshot, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.commands = append(f.commands, c)
	return f.snapshot, f.refuse
}

func (f *fakeStation) done() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.commands)
}

// Preview has one picture, number 1, and never another.
func (f *fakeStation) Preview(ctx context.Context, after uint64) ([]byte, uint64) {
	if after == 1 {
		<-ctx.Done()
		return nil, 0
	}
	return []byte("\xff\xd8preview"), 1
}

func (f *fakeStation) Image(name string) ([]byte, string, bool) {
	if f.fetched != nil {
		f.fetched()
	}
	switch name {
	case "portrait":
		return []byte("\xff\xd8portrait"), "image/jpeg", true
	case "dg2":
		return []byte("<script>alert(1)</script>"), "text/html", true
	}
	return nil, "", false
}

// fakeOperators lets everybody with the PIN in; the newest session has the desk.
type fakeOperators struct {
	noKeys
	noPeople
	tokens []string
	role   string // "": an officer's
	locked bool   // the desk's session
}

func (f *fakeOperators) officer() operator.Officer {
	return operator.Officer{ID: fakeOfficer.ID, Role: cmp.Or(f.role, fakeOfficer.Role)}
}

func (f *fakeOperators) Login(_ string, pin operator.PIN) (operator.Session, error) {
	if pin.Reveal() != testPIN {
		return operator.Session{}, &operator.WrongPINError{Who: "officer-1"}
	}
	f.tokens = append(f.tokens, strings.Repeat("t", 40)+strconv.Itoa(len(f.tokens)))
	return operator.Session{Token: f.tokens[len(f.tokens)-1], Officer: f.officer(), Idle: 15 * time.Minute}, nil
}

func (f *fakeOperators) Check(token string) (operator.Officer, error) {
	if !slices.Contains(f.tokens, token) {
		return operator.Officer{}, operator.ErrNoSession
	}
	return f.officer(), nil
}

func (f *fakeOperators) Look(token string) (operator.Officer, error) { return f.Check(token) }

func (f *fakeOperators) Lock(string) {}

func (f *fakeOperators) Unlock(string, operator.PIN) (operator.Session, error) {
	return operator.Session{}, operator.ErrNoSession
}

func (f *fakeOperators) Sit(token string, _ bool) bool { return f.AtDesk(token) }

func (f *fakeOperators) AtDesk(token string) bool {
	return len(f.tokens) > 0 && f.tokens[len(f.tokens)-1] == token
}

func (f *fakeOperators) Lease(string) operator.Lease { return operator.Lease{} }

func (f *fakeOperators) Approve(name string, pin operator.PIN) (operator.Officer, error) {
	switch {
	case pin == "000000":
		return operator.Officer{}, &operator.LockedError{Wait: 90 * time.Second}
	case name != "supervisor-1" || pin != testSupervisorPIN:
		return operator.Officer{}, operator.ErrWrongPIN
	}
	return operator.Officer{ID: "supervisor-1", Role: "supervisor"}, nil
}

func (f *fakeOperators) Logout(token string) {
	f.tokens = slices.DeleteFunc(f.tokens, func(t string) bool { return t == token })
}

var fakeOfficer = operator.Officer{ID: "officer-1", Role: operator.RoleOfficer}

var errNever = errors.New("never")

type bench struct {
	t       *testing.T
	server  *Server
	station *fakeStation
	outbox  *fakeOutbox
	clock   time.Time
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, station: &fakeStation{changes: make(chan enrol.Snapshot, 4)}, clock: time.Unix(1_780_000_000, 0)}
	b.outbox = &fakeOutbox{level: queue.LevelOK, list: []offline.Status{{
		ID: uuid.MustParse("0193a5b2-7c1e-7aaa-8bbb-0123456789ab"), State: offline.Sealed, Bytes: 9, Masked: "N.V.T. ••••••••0001", Initials: "N.V.T."}}}
	b.station.snapshot = view()
	b.open(&fakeOperators{})
	return b
}

// since is the bench's clock as one that nobody sets.
func (b *bench) since() func() time.Duration {
	begun := b.clock
	return func() time.Duration { return b.clock.Sub(begun) }
}

// withOfficer puts the real store of officers behind the server. Its slow hash
// is why the other tests do without.
func (b *bench) withOfficer() *bench {
	b.t.Helper()
	operators, err := operator.OpenFixed(operator.Config{Path: b.t.TempDir() + "/people.json", Now: func() time.Time { return b.clock }, Since: b.since()},
		operator.PINs{Officer: testPIN, Supervisor: testSupervisorPIN})
	if err != nil {
		b.t.Fatal(err)
	}
	b.open(operators)
	return b
}

func (b *bench) open(operators Operators) {
	b.t.Helper()
	var err error
	b.server, err = New(Config{
		Station: b.station, Operators: operators, Hosts: []string{testHost, "127.0.0.1:8420"}, Now: func() time.Time { return b.clock },
		Outbox: b.outbox, Decode: decodeHere, Version: testVersion, Modules: testModules,
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

type option func(*http.Request)

func header(name, value string) option {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func host(name string) option { return func(r *http.Request) { r.Host = name } }

// ask sends one request as the station's own page would, and holds it and its
// answer against the description.
func (b *bench) ask(method, path, body string, options ...option) *httptest.ResponseRecorder {
	b.t.Helper()
	r := b.request(method, path, body, options...)
	w := b.serve(r)
	if err := asDescribed(r, []byte(body), w); err != nil {
		b.t.Errorf("%s %s is not as openapi.yaml says: %v", method, path, err)
	}
	return w
}

func (b *bench) request(method, path, body string, options ...option) *http.Request {
	r := httptest.NewRequest(method, "http://"+testHost+path, strings.NewReader(body))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Origin", "http://"+testHost)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for _, o := range options {
		o(r)
	}
	return r
}

func (b *bench) serve(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	b.server.ServeHTTP(w, r)
	return w
}

// decodeHere stands for the sandbox, which the command has.
func decodeHere(_ context.Context, kind string, picture []byte) ([]byte, int, int, error) {
	img, err := gray.Decode(bytes.NewReader(picture), MaxPixels)
	switch {
	case errors.Is(err, gray.ErrTooLarge):
		return nil, 0, 0, ErrPictureSize
	case err != nil:
		return nil, 0, 0, ErrPicture
	}
	clean := img.Pix
	if kind == DecodePage {
		clean = []byte("\xff\xd8clean")
	}
	return clean, img.Rect.Dx(), img.Rect.Dy(), nil
}

// filled makes every empty list of a view one that JSON writes as such, and
// gives what is left out its first value, as the enrolment does.
func filled(v reflect.Value) {
	switch v.Kind() {
	case reflect.Slice:
		if v.IsNil() {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				filled(v.Field(i))
			}
		}
	}
}

// view is what an idle station shows.
func view() enrol.Snapshot {
	s := enrol.Snapshot{Version: 7, Step: enrol.StepIdle, Chip: enrol.ChipView{State: "idle"}, Camera: enrol.CameraView{Source: enrol.SourceStation},
		Scanning: enrol.ScanningView{State: "off"}, Portrait: enrol.PortraitView{State: "idle"},
		Register: enrol.RegisterView{State: "none"}, Phone: enrol.PhoneView{State: "none"},
		Prints: enrol.PrintsView{Hand: enrol.HandView{State: "off"}}, Rules: enrol.RulesView{FingerMode: "single"}}
	filled(reflect.ValueOf(&s).Elem())
	return s
}

// login returns the header of a fresh session.
func (b *bench) login() option {
	b.t.Helper()
	w := b.ask(http.MethodPost, "/api/login", `{"officer":"officer-1","pin":"`+testPIN+`"}`)
	if w.Code != http.StatusOK {
		b.t.Fatalf("login: %d %s", w.Code, w.Body)
	}
	_, rest, _ := strings.Cut(w.Body.String(), `"token":"`)
	token, _, _ := strings.Cut(rest, `"`)
	if len(token) < 32 {
		b.t.Fatalf("token of %d letters", len(token))
	}
	return header(TokenHeader, token)
}
