package central

import (
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

// Handler serves register and messenger to stations.
type Handler struct {
	Registry  Registry
	Messenger Messenger
	// Caller says which enrolled station asks; false refuses.
	Caller func(*http.Request) (station string, ok bool)
	Log    *slog.Logger // nil for none; it is told no citizen's data
}

// Mux returns the routes of h.
func (h Handler) Mux() *http.ServeMux {
	if h.Log == nil {
		h.Log = slog.New(slog.DiscardHandler)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /registry/check", h.known(h.check))
	mux.HandleFunc("POST /registry/phone", h.known(h.phone))
	mux.HandleFunc("GET /registry/appointments", h.known(h.appointments))
	mux.HandleFunc("POST /messages/otp", h.known(h.otp))
	mux.HandleFunc("POST /messages/otp/{id}", h.known(h.confirm))
	mux.HandleFunc("POST /messages/notice", h.known(h.notice))
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

func (h Handler) check(w http.ResponseWriter, r *http.Request, _ string) {
	var q Question
	if !decode(w, r, &q) {
		return
	}
	a, err := h.Registry.Check(r.Context(), q)
	h.answer(w, a, err)
}

func (h Handler) phone(w http.ResponseWriter, r *http.Request, _ string) {
	var q struct {
		Number string `json:"number"`
		Phone  string `json:"phone"`
	}
	if !decode(w, r, &q) {
		return
	}
	a, err := h.Registry.Phone(r.Context(), q.Number, q.Phone)
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

// answer writes v, or what the error means.
func (h Handler) answer(w http.ResponseWriter, v any, err error) {
	rate, limited := errors.AsType[*RateError](err)
	switch {
	case err == nil:
		w.Header().Set("Content-Type", uplink.TypeJSON)
		_ = json.NewEncoder(w).Encode(v) // a line that breaks here is asked again
	case limited:
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(rate.After.Seconds()))))
		refuse(w, http.StatusTooManyRequests, uplink.CodeTooMany, "too many messages: wait as long as Retry-After says")
	case errors.Is(err, ErrQuestion):
		refuse(w, http.StatusBadRequest, uplink.CodeBadRequest, "the question lacks something or is over its limits")
	default:
		// The error may come from another's program: its words are not known
		// to be free of what was asked.
		h.Log.Error("register or messenger failed", "full", errors.Is(err, ErrFull))
		w.Header().Set("Retry-After", strconv.Itoa(int(time.Minute.Seconds())))
		refuse(w, http.StatusServiceUnavailable, uplink.CodeBusy, "the register cannot answer at the moment: come back later")
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
