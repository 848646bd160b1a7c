package enrol

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/reader/verdict"
)

// NeedView is one exception that needs a supervisor.
type NeedView struct {
	ID    string        `json:"id"`   // "chip", "face", "register" or "finger-2"
	Code  string        `json:"code"` // of the rules' exceptions
	Words verdict.Words `json:"words"`
	// State is "open" (nobody was asked yet), "asked" (the central was),
	// "approved", "refused" or "pending" (nobody decided in time: the enrolment
	// goes on, the dossier waits for the decision).
	State string        `json:"state"`
	Next  verdict.Words `json:"next"`
	By    string        `json:"by,omitempty"`  // who decided
	Why   string        `json:"why,omitempty"` // the code of the decision's reason, or why it is pending
	Asked bool          `json:"asked"`         // the central was
	// SecondsLeft until it is pending; 0: nobody waits.
	SecondsLeft int `json:"seconds_left"`
	// Picture is the mark of what a supervisor has to see; "": nothing.
	Picture string `json:"picture,omitempty"`
}

// exceptionNext says what to do in each state.
var exceptionNext = map[string]verdict.Words{
	exceptOpen:     words("Mời người phụ trách xác nhận, hoặc hỏi từ xa; hết thời gian chờ thì hồ sơ vẫn đi tiếp", "Ask a supervisor here or at the central; after the wait the application goes on"),
	exceptAsked:    words("Đang chờ người phụ trách ở trung tâm quyết định", "A supervisor at the central is deciding"),
	exceptApproved: words("Người phụ trách đã đồng ý", "A supervisor has agreed"),
	exceptRefused:  words("Người phụ trách chưa đồng ý: thu nhận lại, mời người phụ trách tại trạm, hoặc hủy và hướng dẫn công dân", "A supervisor does not agree: capture it again, ask one here, or cancel and show the citizen the way"),
	exceptPending:  words("Chờ duyệt ngoại lệ: hồ sơ vẫn đi tiếp", "Exception pending: the application goes on"),
}

func (s *Station) needViews() []NeedView {
	out := []NeedView{}
	if s.st == nil || s.st.done != nil {
		return out
	}
	for _, x := range s.st.openExceptions(s.rules) {
		state, r := s.st.exceptionState(x)
		f := s.st.exceptions[x.finger]
		v := NeedView{ID: x.id, Code: x.code, State: state, Next: exceptionNext[state], By: f.supervisor, Asked: r.ask != uuid.Nil,
			Why: r.pending, Picture: f.photo.picture(), Words: s.exceptionWords(x)}
		if d := r.decided; d != nil {
			v.By, v.Why = d.By, d.Reason
			if d.Words != "" && !d.Approved {
				v.Next = words(d.Words+". "+v.Next.VI, v.Next.EN)
			}
		}
		if (state == exceptOpen || state == exceptAsked) && s.st.signedAt.IsZero() {
			v.SecondsLeft = max(0, int(math.Ceil(time.Until(s.deadline(x)).Seconds())))
		}
		out = append(out, v)
	}
	return out
}

// exceptionWords name an exception by the rules' words.
func (s *Station) exceptionWords(x openException) verdict.Words {
	for _, k := range s.rules.Exceptions.Kinds {
		if k.Code == x.code && x.detail != (verdict.Words{}) {
			return words(k.Words.VI+": "+lower(x.detail.VI), k.Words.EN+": "+lower(x.detail.EN))
		} else if k.Code == x.code {
			return k.Words
		}
	}
	return words(x.code, x.code)
}

// receiptWords say what a sealed dossier still waits for.
func receiptWords(flags []string) verdict.Words {
	if slices.Contains(flags, rules.ReviewPending) {
		return words("Chờ duyệt ngoại lệ", "An exception waits for a decision")
	}
	return verdict.Words{}
}

// evidenceException is an exception as the dossier has it.
type evidenceException struct {
	ID      string    `cbor:"id"`
	Code    string    `cbor:"code"`
	State   string    `cbor:"state"`
	Asked   uuid.UUID `cbor:"asked"`   // the question to the central; nil: none
	Reason  string    `cbor:"reason"`  // of the officer who asked
	Officer string    `cbor:"officer"` // who asked
	Why     string    `cbor:"why"`     // why nobody decided
	Decided *decided  `cbor:"decided"` // nil: nobody did
}

func (s *state) evidenceExceptions(list []openException) (out []evidenceException) {
	for _, x := range list {
		state, r := s.exceptionState(x)
		f := s.exceptions[x.finger]
		e := evidenceException{ID: x.id, Code: x.code, State: state, Asked: r.ask, Reason: cmp.Or(r.reason, f.Reason), Officer: r.officer, Why: r.pending, Decided: r.decided}
		if e.Decided == nil && f.supervisor != "" {
			e.Decided = &decided{Approved: true, By: f.supervisor, At: f.approved}
		}
		out = append(out, e)
	}
	return out
}
