package central

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/uplink"
)

// maxBody is a question with a face template of MaxVector numbers in JSON.
const maxBody = 256 << 10

// maxWait is how long a question for a decision may be held open.
const maxWait = 25 * time.Second

// Handler serves register, messenger and desk to stations. One that is nil is
// not there: its paths answer 404.
type Handler struct {
	Registry  Registry
	Messenger Messenger
	Desk      Desk
	// Caller says which enrolled station asks; false refuses.
	Caller func(*http.Request) (station string, ok bool)
	Log    *slog.Logger     // nil for none; it is told no citizen's data
	Now    func() time.Time // nil for time.Now
}

// Mux returns the routes of h.
func (h Handler) Mux() *http.ServeMux {
	if h.Log == nil {
		h.Log = slog.New(slog.DiscardHandler)
	}
	if h.Now == nil {
		h.Now = time.Now
	}
	asked := &meter{now: h.Now, counts: map[string]*count{}}
	mux := http.NewServeMux()
	for _, route := range []struct {
		pattern string
		there   bool
		serve   func(w http.ResponseWriter, r *http.Request, station string)
	}{
		{"GET /registry/services", true, h.services},
		{"POST /registry/check", h.Registry != nil, h.metered(asked, h.check)},
		{"POST /registry/phone", h.Registry != nil, h.metered(asked, h.phone)},
		{"GET /registry/appointments", h.Registry != nil, h.appointments},
		{"POST /messages/otp", h.Messenger != nil, h.otp},
		{"POST /messages/otp/{id}", h.Messenger != nil, h.confirm},
		{"POST /messages/notice", h.Messenger != nil, h.notice},
		{"POST /exceptions", h.Desk != nil, h.except},
		{"GET /exceptions/{id}", h.Desk != nil, h.approval},
	} {
		if !route.there {
			route.serve = absent
		}
		mux.HandleFunc(route.pattern, h.known(route.serve))
	}
	return mux
}

// known lets enrolled stations in only.
func (h Handler) known(next func(w http.ResponseWriter, r *http.Request, station string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		station, ok := h.Caller(r)
		if !ok {
			refuse(w, http.StatusUnauthorized, uplink.CodeNoCertificate,
				"the register answers enrolled stations only: call with the station's certificate")
			return
		}
		next(w, r, station)
	}
}

// metered answers a station as often as a counter asks, and no oftener.
func (h Handler) metered(m *meter, next func(w http.ResponseWriter, r *http.Request, station string)) func(http.ResponseWriter, *http.Request, string) {
	return func(w http.ResponseWriter, r *http.Request, station string) {
		if err := m.allow(station); err != nil {
			h.answer(w, nil, err)
			return
		}
		next(w, r, station)
	}
}

// absent answers for what is not behind this gateway.
func absent(w http.ResponseWriter, _ *http.Request, _ string) {
	refuse(w, http.StatusNotFound, uplink.CodeNotFound, "this gateway has no such service: the station goes on without")
}

// services says what is there and whether it works, without a citizen.
func (h Handler) services(w http.ResponseWriter, r *http.Request, _ string) {
	state := func(there bool, service any) string {
		if !there {
			return "none"
		}
		if s, ok := service.(interface{ Ready(context.Context) error }); ok && s.Ready(r.Context()) != nil {
			return "failing"
		}
		return "ready"
	}
	h.answer(w, map[string]string{
		"register": state(h.Registry != nil, h.Registry), "messages": state(h.Messenger != nil, h.Messenger),
		"exceptions": state(h.Desk != nil, h.Desk),
	}, nil)
}

func (h Handler) check(w http.ResponseWriter, r *http.Request, _ string) {
	var q Question
	if !decode(w, r, &q) {
		return
	}
	a, err := h.Registry.Check(r.Context(), q)
	h.answer(w, a, err)
}

func (h Handler) phone(w http.ResponseWriter, r *http.Request, _ string) {
	var q PhoneQuestion
	if !decode(w, r, &q) {
		return
	}
	a, err := h.Registry.Phone(r.Context(), q)
	h.answer(w, a, err)
}

func (h Handler) appointments(w http.ResponseWriter, r *http.Request, station string) {
	list, err := h.Registry.Appointments(r.Context(), station, r.URL.Query().Get("day"))
	if list == nil {
		list = []Appointment{}
	}
	h.answer(w, map[string]any{"appointments": list}, err)
}

func (h Handler) otp(w http.ResponseWriter, r *http.Request, station string) {
	var q struct {
		Phone   string `json:"phone"`
		Purpose string `json:"purpose"`
	}
	if !decode(w, r, &q) {
		return
	}
	ticket, err := h.Messenger.OTP(r.Context(), station, q.Phone, q.Purpose)
	h.answer(w, ticket, err)
}

func (h Handler) confirm(w http.ResponseWriter, r *http.Request, station string) {
	var q struct {
		Code string `json:"code"`
	}
	id, err := uuid.Parse(r.PathValue("id"))
	if err != nil {
		h.answer(w, nil, ErrQuestion)
		return
	}
	if !decode(w, r, &q) {
		return
	}
	outcome, err := h.Messenger.Confirm(r.Context(), station, id, q.Code)
	h.answer(w, map[string]Outcome{"outcome": outcome}, err)
}

func (h Handler) notice(w http.ResponseWriter, r *http.Request, station string) {
	var q struct {
		Phone   string     `json:"phone"`
		Kind    NoticeKind `json:"kind"`
		Dossier uuid.UUID  `json:"dossier"`
	}
	if !decode(w, r, &q) {
		return
	}
	err := h.Messenger.Notice(r.Context(), station, q.Phone, q.Kind, q.Dossier)
	h.answer(w, map[string]string{"outcome": "sent"}, err)
}

func (h Handler) except(w http.ResponseWriter, r *http.Request, station string) {
	var e Exception
	if !decode(w, r, &e) {
		return
	}
	a, err := h.Desk.Ask(r.Context(), station, e)
	h.answer(w, a, err)
}

// approval answers at once, or, asked with wait, when somebody has decided.
func (h Handler) approval(w http.ResponseWriter, r *http.Request, station string) {
	id, err1 := uuid.Parse(r.PathValue("id"))
	seconds, err2 := 0, error(nil)
	if v := r.URL.Query().Get("wait"); v != "" {
		seconds, err2 = strconv.Atoi(v)
	}
	if err1 != nil || err2 != nil || seconds < 0 {
		h.answer(w, nil, ErrQuestion)
		return
	}
	look := h.Desk.Look
	ctx := r.Context()
	if seconds > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(min(seconds, int(maxWait/time.Second)))*time.Second)
		defer cancel()
		look = h.Desk.Await
	}
	a, err := look(ctx, station, id)
	h.answer(w, a, err)
}

// answer writes v, or what the error means.
func (h Handler) answer(w http.ResponseWriter, v any, err error) {
	rate, limited := errors.AsType[*RateError](err)
	switch {
	case err == nil:
		w.Header().Set("Content-Type", uplink.TypeJSON)
		_ = json.NewEncoder(w).Encode(v) // a line that breaks here is asked again
	case limited:
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(rate.After.Seconds()))))
		refuse(w, http.StatusTooManyRequests, uplink.CodeTooMany, "asked too often: wait as long as Retry-After says")
	case errors.Is(err, ErrQuestion):
		refuse(w, http.StatusBadRequest, uplink.CodeBadRequest, "the question lacks something or is over its limits")
	case errors.Is(err, ErrForgotten):
		refuse(w, http.StatusGone, uplink.CodeNotFound, "no such exception, or it is forgotten: ask anew")
	case errors.Is(err, ErrOther):
		refuse(w, http.StatusConflict, uplink.CodeConflict, "this exception was asked for before with other content: a new one needs a new ID")
	default:
		// The error may come from another's program: its words are not known
		// to be free of what was asked.
		h.Log.Error("register, messenger or desk failed", "full", errors.Is(err, ErrFull))
		w.Header().Set("Retry-After", strconv.Itoa(int(time.Minute.Seconds())))
		refuse(w, http.StatusServiceUnavailable, uplink.CodeBusy, "what is behind this gateway cannot answer at the moment: come back later")
	}
}

// decode reads a bounded JSON body, or answers and returns false.
func decode(w http.ResponseWriter, r *http.Request, v any) bool {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		refuse(w, http.StatusRequestEntityTooLarge, uplink.CodeTooLarge, "the body is too large")
		return false
	}
	if err != nil || json.Unmarshal(raw, v) != nil {
		refuse(w, http.StatusBadRequest, uplink.CodeBadRequest, "the body is not the JSON of this question")
		return false
	}
	return true
}

func refuse(w http.ResponseWriter, status int, code uplink.Code, words string) {
	w.Header().Set("Content-Type", uplink.TypeJSON)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(uplink.Problem{Code: code, Message: words})
}
