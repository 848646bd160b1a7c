// Package kiosk is the station's local server: the guard before everything,
// a small JSON API over the enrolment, its events, and the embedded pages.
//
// The API, all under one origin such as http://localhost:8420, is described in
// openapi.yaml, which is served at /api/openapi.yaml: each route, each command
// and each answer. A test holds both against each other.
package kiosk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/kiosk/checkup"
	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/kiosk/web"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/dossier"
	"github.com/tram-station/tram/offline/queue"
	"github.com/tram-station/tram/reader/verdict"
)

// Station is the enrolment that the server shows; *enrol.Station is one. Watch
// begins with the present snapshot.
type Station interface {
	Snapshot() enrol.Snapshot
	Watch(ctx context.Context) <-chan enrol.Snapshot
	Do(ctx context.Context, c enrol.Command) (enrol.Snapshot, error)
	Preview(ctx context.Context, after uint64) (jpeg []byte, number uint64)
	Image(name string) (b []byte, mediaType string, ok bool)
	// Number says whose card it is, for a look-up; Note writes an act into the
	// audit log.
	Number(ctx context.Context, text string) (string, error)
	Note(ctx context.Context, a enrol.Act)
	// Attend says who is at the counter now, "" where nobody is.
	Attend(ctx context.Context, officer string)
	// Held shows a dossier that a supervisor has opened; SetQueueState says how far
	// a sealed one is.
	Held(ctx context.Context, d *dossier.Dossier, supervisor string) (enrol.HeldView, error)
	SetQueueState(id, state string)
	// Appointments asks the central who said that they come today.
	Appointments(ctx context.Context) ([]enrol.AppointmentView, error)
}

// Outbox is the masked index of the sealed dossiers, and how much room is left
// for more; *offline.Outbox is one. Held lists what waits for a supervisor.
type Outbox interface {
	Reviews
	Log
	List() ([]offline.Status, error)
	Status(id uuid.UUID) (offline.Status, error)
	Find(number string) ([]offline.Status, error)
	Held() ([]offline.Status, error)
	// Retry has what waits sent now, and the named ones sent once more.
	Retry(ids ...uuid.UUID) error
	Space() (queue.Space, error)
}

// Device is one line of the station's state.
type Device struct {
	Name  string        `json:"name"`  // "reader", "camera", "scanner", "central"
	State string        `json:"state"` // "ok", "virtual", "waiting", "missing"
	Words verdict.Words `json:"words"`
}

// Config is what a server is made of. Fields without a note are required.
type Config struct {
	Station   Station
	Operators Operators
	Outbox    Outbox
	// Doctor says how the devices are. It is asked at most every five seconds
	// and only between enrolments, so it may open them; nil shows none.
	Doctor func(ctx context.Context) []Device
	// Examine is the whole of what `tram doctor` finds, asked as Doctor is; nil:
	// only what Doctor says.
	Examine func(ctx context.Context) []Finding
	// Devices are tried one by one when somebody asks.
	Devices checkup.Devices
	// BrowserCamera takes what the page films; nil: the station has a camera of
	// its own, and the page may not use one.
	BrowserCamera BrowserCamera
	// Decode decodes pictures that somebody sends, out of harm's way.
	Decode Decode
	// Pages keeps those of papers; nil: none are taken.
	Pages  Pages
	Places Places // for addresses; nil: written by hand
	// Office is who receives, as the papers say it.
	Office Office
	// Calendar reports whether the rules' holidays reach as far as the results of
	// what is enrolled now; nil: they do.
	Calendar func(now time.Time) bool
	Hosts    []string // exact Host values, say "localhost:8420"
	// Origins are those of other counter software whose pages may use the API;
	// see [ParseOrigin]. None may by default.
	Origins []string
	Version string           // of the program, as the pages name it
	Modules []Module         // what it is made of
	Log     *slog.Logger     // nil: discard
	Now     func() time.Time // nil: time.Now
}

// Server is the local http.Handler.
type Server struct {
	cfg              Config
	handler          http.Handler
	streams          chan struct{} // one place for each open event stream
	health           health
	examined         examined
	decoding         chan struct{} // held while a picture is searched for a code
	frames           frames
	uploads          counts
	second           second
	said, signatures counts // of the citizen's screen
	board            board
	daybook          daybook
	heldDesk         heldDesk
	verified         verified
	locks            locks
	repeats          once
	approvals        approvals
	conns            conns
	done             chan struct{} // closed when Serve ends: streams go home
}

const (
	maxStreams   = 16
	shutdownWait = 3 * time.Second
	headerLimit  = 5 * time.Second
	idleLimit    = 2 * time.Minute
	maxHeader    = 16 << 10
)

// New builds the server.
func New(cfg Config) (*Server, error) {
	if cfg.Station == nil || cfg.Operators == nil || cfg.Outbox == nil || cfg.Decode == nil || len(cfg.Hosts) == 0 {
		return nil, errors.New("kiosk: station, operators, outbox, decoder and the list of hosts are required")
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Doctor == nil {
		cfg.Doctor = func(context.Context) []Device { return []Device{} }
	}
	cfg.Office = cfg.Office.named()
	allowed, err := parseOrigins(cfg.Origins)
	if err != nil {
		return nil, fmt.Errorf("kiosk: %w", err)
	}
	s := &Server{cfg: cfg, streams: make(chan struct{}, maxStreams), decoding: make(chan struct{}, 1), done: make(chan struct{}),
		conns: conns{max: maxConns}, second: second{looks: deskLook}}
	g, err := newGuard(cfg.Hosts, allowed, cfg.BrowserCamera != nil, s.routes())
	if err != nil {
		return nil, fmt.Errorf("kiosk: %w", err)
	}
	s.handler = s.logged(g)
	return s, nil
}

// ServeHTTP guards, routes and answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Serve answers on the listener until ctx ends. It is called once.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler: s, ReadHeaderTimeout: headerLimit, IdleTimeout: idleLimit, MaxHeaderBytes: maxHeader,
		ConnState: s.conns.state, ConnContext: s.conns.context,
		ErrorLog: slog.NewLogLogger(s.cfg.Log.Handler(), slog.LevelWarn),
	}
	closed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(closed)
		close(s.done)
		last, cancel := context.WithTimeout(context.Background(), shutdownWait)
		defer cancel()
		if err := server.Shutdown(last); err != nil {
			_ = server.Close()
		}
	})
	err := server.Serve(listener)
	if !stop() { // ctx ended: the last answers are still on their way
		<-closed
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// table lists the routes of the API; openapi.yaml says the same in words.
func (s *Server) table() map[string]http.Handler {
	routes := map[string]http.Handler{
		"POST /api/camera/frame": s.watching(s.proving(s.frame)),
		"GET /api/openapi.yaml":  http.HandlerFunc(s.openapi),
	}
	for pattern, handler := range map[string]sessionHandler{
		"GET /api/state":        s.state,
		"POST /api/do":          s.do,
		"GET /api/events":       s.events,
		"GET /api/preview":      s.preview,
		"GET /api/image/{name}": s.image,
		"GET /api/queue":        s.queue,
		"POST /api/lookup":      s.once(maxJSON, s.lookup),
		"GET /api/appointments": s.appointments,
		"POST /api/places":      s.places,
		"POST /api/printed":     s.once(maxJSON, s.printed),
		"GET /api/receipt/{id}": s.receipt,
		"GET /api/office":       s.office,
		"GET /api/station":      s.stationState,
		"GET /api/devices":      s.devices,
		"GET /api/doctor":       s.doctor,
		"POST /api/check":       s.check,
		"POST /api/qr":          s.qr,
		"POST /api/upload":      s.once(MaxPicture, s.upload),
	} {
		routes[pattern] = s.session(s.proving(handler))
	}
	maps.Copy(routes, s.peopleRoutes())
	maps.Copy(routes, s.citizenRoutes())
	maps.Copy(routes, s.deskRoutes())
	return routes
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	for pattern, handler := range s.table() {
		mux.Handle(pattern, handler)
	}
	mux.Handle("/api/", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { writeProblem(w, problemNothing) }))
	mux.Handle("/", pages())
	return mux
}

// pages serves the embedded files; folders are not listed.
func pages() http.Handler {
	files := http.FileServerFS(web.Files())
	documents := map[string][]byte{}
	for at, name := range map[string]string{"/": web.Officer, citizenPage: web.Citizen} {
		page, err := web.Document(name)
		if err != nil {
			panic(err) // the embedded pages are whole, or this program is not
		}
		documents[at] = page
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page, whole := documents[r.URL.Path]
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			w.WriteHeader(http.StatusMethodNotAllowed)
		case whole:
			http.ServeContent(w, r, "page.html", time.Time{}, bytes.NewReader(page))
		case strings.HasSuffix(r.URL.Path, "/"):
			writeProblem(w, problemNothing)
		default:
			files.ServeHTTP(w, r)
		}
	})
}

// logged writes one line a request: the route and the status, never an
// address with what stood in it.
func (s *Server) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := s.cfg.Now()
		seen := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(seen, r)
		s.cfg.Log.Debug("request", "route", r.Pattern, "status", seen.status, "ms", s.cfg.Now().Sub(begun).Milliseconds())
	})
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
