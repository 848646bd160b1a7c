package kiosk

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"math/big"
	"net/http"
	"sync"
	"time"

	"github.com/tram-station/tram/kiosk/enrol"
)

// CitizenHeader carries the token of the citizen's own screen. It opens nothing
// that is the officer's, and the officer's token opens nothing of the screen.
const CitizenHeader = "X-Tram-Citizen"

// citizenPage is where the screen's page is.
const citizenPage = "/citizen"

const (
	codeLasts   = 2 * time.Minute
	codeTries   = 5
	codeDigits  = 8
	screenToken = 32             // bytes
	screenLasts = 12 * time.Hour // as a session
	maxViewers  = 4              // event streams of the screen
)

// The states of the citizen's screen, for the officer.
const (
	screenOff     = "off"
	screenWaiting = "waiting" // a code was given and not entered yet
	screenOn      = "on"
	screenAway    = "away" // it was opened, and no page of it listens
)

// second is the citizen's screen: at most one code that opens it, and at most
// one screen that is open. Both live in memory only.
type second struct {
	mu      sync.Mutex
	code    string // "": none
	until   time.Time
	wrong   int
	asked   string // who asked for the code
	token   [sha256.Size]byte
	opened  time.Time     // zero: no screen is open
	gone    chan struct{} // closed when the open screen ends
	woken   chan struct{} // closed when who is at the desk may have changed
	viewers int
	looks   time.Duration // how often a stream looks who is at the desk
}

// ask makes a code that opens the screen once, in the place of the last one.
func (x *second) ask(officer string, now time.Time) (code string, until time.Time, err error) {
	top := new(big.Int).Exp(big.NewInt(10), big.NewInt(codeDigits), nil)
	n, err := rand.Int(rand.Reader, top)
	if err != nil {
		return "", until, err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.code, x.until, x.wrong, x.asked = fmt.Sprintf("%0*d", codeDigits, n), now.Add(codeLasts), 0, officer
	return x.code, x.until, nil
}

// entry is what came of a code that somebody typed.
type screenEntry struct {
	token    string // "": the code is not the one
	officer  string // who had asked for it
	replaced bool   // another screen was open, and is no more
	ended    bool   // this was the last wrong try
}

// enter opens the screen by a code, and ends the one that was open.
func (x *second) enter(code string, now time.Time) (out screenEntry, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.code == "" || now.After(x.until) {
		x.code = ""
		return out, nil
	}
	out.officer = x.asked
	if subtle.ConstantTimeCompare([]byte(code), []byte(x.code)) != 1 {
		if x.wrong++; x.wrong >= codeTries {
			x.code, out.ended = "", true
		}
		return out, nil
	}
	raw := make([]byte, screenToken)
	if _, err := rand.Read(raw); err != nil {
		return out, err
	}
	out.token, x.code = base64.RawURLEncoding.EncodeToString(raw), ""
	out.replaced = x.end(now)
	x.token, x.opened, x.gone = sha256.Sum256([]byte(out.token)), now, make(chan struct{})
	return out, nil
}

// end ends the open screen and reports whether there was one.
func (x *second) end(now time.Time) (was bool) {
	if x.opened.IsZero() {
		return false
	}
	was = now.Sub(x.opened) < screenLasts
	close(x.gone)
	x.token, x.opened = [sha256.Size]byte{}, time.Time{}
	return was
}

// close ends the screen and its code.
func (x *second) close(now time.Time) (was bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.code = ""
	return x.end(now)
}

// holds reports whether a token is the open screen's; gone is closed when it
// ends.
func (x *second) holds(token string, now time.Time) (gone <-chan struct{}, ok bool) {
	sum := sha256.Sum256([]byte(token))
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.opened.IsZero() || subtle.ConstantTimeCompare(sum[:], x.token[:]) != 1 {
		return nil, false
	}
	if now.Sub(x.opened) >= screenLasts {
		x.end(now)
		return nil, false
	}
	return x.gone, true
}

// outlived ends a screen that was open for too long, and the streams of it.
func (x *second) outlived(now time.Time) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if now.Sub(x.opened) >= screenLasts {
		x.end(now)
	}
}

// state is the screen's for the officer.
func (x *second) state(now time.Time) string {
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case x.code != "" && !now.After(x.until):
		return screenWaiting
	case x.opened.IsZero() || now.Sub(x.opened) >= screenLasts:
		return screenOff
	case x.viewers == 0:
		return screenAway
	}
	return screenOn
}

// wake has the screen look again at who is at the desk.
func (x *second) wake() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.woken != nil {
		close(x.woken)
		x.woken = nil
	}
}

func (x *second) waking() <-chan struct{} {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.woken == nil {
		x.woken = make(chan struct{})
	}
	return x.woken
}

// view counts one more event stream, where there may be one.
func (x *second) view() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.viewers >= maxViewers {
		return false
	}
	x.viewers++
	return true
}

func (x *second) unview() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.viewers--
}

// screenCode is the answer to the officer who opens the screen.
type screenCode struct {
	Code    string    `json:"code"`
	Expires time.Time `json:"expires"`
}

// screenOpened is the answer to the screen.
type screenOpened struct {
	Token string `json:"token"`
}

// openScreen gives the officer at the desk a code for the citizen's screen.
func (s *Server) openScreen(w http.ResponseWriter, r *http.Request, on session) {
	if bad, ok := decode(w, r, &struct{}{}); !ok {
		writeProblem(w, bad)
		return
	}
	if !s.cfg.Operators.AtDesk(on.token) {
		writeProblem(w, problemNotActive)
		return
	}
	code, until, err := s.second.ask(on.officer, s.cfg.Now())
	if err != nil {
		s.cfg.Log.Error("citizen's screen", "err", err)
		writeProblem(w, problemInternal)
		return
	}
	writeJSON(w, http.StatusOK, screenCode{code, until})
}

// closeScreen ends the citizen's screen.
func (s *Server) closeScreen(w http.ResponseWriter, r *http.Request, on session) {
	if !s.cfg.Operators.AtDesk(on.token) {
		writeProblem(w, problemNotActive)
		return
	}
	if s.second.close(s.cfg.Now()) {
		s.cfg.Station.Note(r.Context(), enrol.Act{Who: on.officer, What: enrol.ActScreenClosed})
	}
	w.WriteHeader(http.StatusNoContent)
}

// enterScreen opens the citizen's screen by the officer's code.
func (s *Server) enterScreen(w http.ResponseWriter, r *http.Request) {
	var typed struct {
		Code string `json:"code"`
	}
	if bad, ok := decode(w, r, &typed); !ok {
		writeProblem(w, bad)
		return
	}
	got, err := s.second.enter(typed.Code, s.cfg.Now())
	switch {
	case err != nil:
		s.cfg.Log.Error("citizen's screen", "err", err)
		writeProblem(w, problemInternal)
		return
	case got.token == "":
		if got.ended {
			s.cfg.Station.Note(r.Context(), enrol.Act{Who: got.officer, What: enrol.ActScreenRefused})
		}
		writeProblem(w, problemScreenCode)
		return
	case got.replaced:
		s.cfg.Station.Note(r.Context(), enrol.Act{Who: got.officer, What: enrol.ActScreenClosed, Detail: "replaced"})
	}
	s.cfg.Station.Note(r.Context(), enrol.Act{Who: got.officer, What: enrol.ActScreenOpened})
	writeJSON(w, http.StatusOK, screenOpened{got.token})
}

// citizenHandler answers the citizen's screen; gone is closed when it ends.
type citizenHandler func(w http.ResponseWriter, r *http.Request, gone <-chan struct{})

// screen lets a request of the open screen through.
func (s *Server) screen(next citizenHandler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		gone, ok := s.second.holds(r.Header.Get(CitizenHeader), s.cfg.Now())
		if !ok {
			writeProblem(w, problemScreen)
			return
		}
		s.conns.prove(r.Context())
		next(w, r, gone)
	})
}

// citizenRoutes are those of the citizen's screen.
func (s *Server) citizenRoutes() map[string]http.Handler {
	return map[string]http.Handler{
		"POST /api/citizen/open":          s.session(s.proving(s.openScreen)),
		"POST /api/citizen/close":         s.session(s.proving(s.closeScreen)),
		"POST /api/citizen/enter":         http.HandlerFunc(s.enterScreen),
		"GET /api/citizen/state":          s.screen(s.citizenState),
		"GET /api/citizen/events":         s.screen(s.citizenEvents),
		"POST /api/citizen/do":            s.screen(s.citizenDo),
		"POST /api/citizen/upload":        s.screen(s.citizenUpload),
		"GET /api/citizen/image/portrait": s.screen(s.citizenPortrait),
	}
}
