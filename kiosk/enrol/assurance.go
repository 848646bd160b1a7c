package enrol

import (
	"slices"

	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/reader/verdict"
)

// AssuranceView says what the dossier would be worth if it were sealed as it
// stands, and what it lacks.
type AssuranceView struct {
	// Worth is "full", "central-checks" (the central looks at something itself),
	// "supervisor" (a supervisor has to decide) or "not-enough" (it can not be
	// sealed yet).
	Worth string          `json:"worth"`
	Level verdict.Words   `json:"level"`
	Items []AssuranceItem `json:"items"`
}

// AssuranceItem is one thing that a dossier rests on.
type AssuranceItem struct {
	// Name is "chip", "clone", "face", "fingers", "register", "phone",
	// "documents", "consent" or "issues".
	Name string `json:"name"`
	// Outcome is "passed", "failed", "inconclusive", "not-supported",
	// "not-done", "missing", or that of an exception: "approved", "pending".
	Outcome string        `json:"outcome"`
	Missing verdict.Words `json:"missing"` // what to do; empty where there is nothing
}

// The outcomes of an item.
const (
	itemPassed       = "passed"
	itemFailed       = "failed"
	itemInconclusive = "inconclusive"
	itemUnsupported  = "not-supported"
	itemNotDone      = "not-done"
	itemMissing      = "missing"
)

// The worths of a dossier.
const (
	worthFull       = "full"
	worthCentral    = "central-checks"
	worthSupervisor = "supervisor"
	worthNotEnough  = "not-enough"
)

var worthWords = map[string]verdict.Words{
	worthFull:       words("Hồ sơ đủ căn cứ", "The application rests on all that is asked"),
	worthCentral:    words("Trung tâm sẽ kiểm tra thêm", "The central checks some of it itself"),
	worthSupervisor: words("Cần người phụ trách quyết định", "A supervisor has to decide"),
	worthNotEnough:  words("Chưa đủ để niêm phong", "Not enough to be sealed yet"),
}

// itemNext says what to do about an item that is not there yet, or failed.
var itemNext = map[string]verdict.Words{
	"chip":      words("Đặt thẻ lên đầu đọc và chờ đọc chip", "Place the card on the reader and wait for the chip"),
	"clone":     words("Đặt thẻ lên đầu đọc và chờ đọc chip", "Place the card on the reader and wait for the chip"),
	"face":      words("Chụp chân dung và nhận ảnh", "Take the portrait and accept it"),
	"fingers":   words("Thu đủ các ngón, hoặc khai ngoại lệ", "Capture the fingers, or declare an exception"),
	"register":  words("Xác nhận thông tin và đối chiếu cơ sở dữ liệu", "Confirm the person and order the register check"),
	"phone":     words("Gửi mã, công dân nhập mã; hoặc ghi lý do", "Send the code for the citizen to type, or give the reason"),
	"documents": words("Ghi các giấy tờ tích hợp, không có cũng được", "List the documents; none is an answer"),
	"consent":   words("Ghi nhận đồng ý của công dân", "Record the citizen's consent"),
	"issues":    words("Xem từng vấn đề và ghi lý do", "Go through the issues with a reason each"),
}

// assurance follows from the state alone.
func (s *state) assurance(issues []Issue, r *rules.Pack) AssuranceView {
	v := AssuranceView{Items: []AssuranceItem{}}
	add := func(step Step, name, outcome string) {
		if !s.takes(step) {
			return
		}
		item := AssuranceItem{Name: name, Outcome: outcome}
		switch outcome {
		case itemMissing:
			item.Missing = itemNext[name]
		case itemFailed:
			item.Missing = exceptionNext[exceptOpen]
		case exceptPending:
			item.Missing = exceptionNext[exceptPending]
		}
		v.Items = append(v.Items, item)
	}
	if !s.cardless() {
		add(StepCard, "chip", s.chipItem(r))
		add(StepCard, "clone", s.cloneItem())
	}
	add(StepPortrait, "face", s.faceItem(r))
	add(StepFingers, "fingers", s.fingersItem(r))
	add(StepRegister, "register", s.registerItem(r))
	add(StepPhone, "phone", s.phoneItem(r))
	add(StepDocuments, "documents", thereIf(dones[StepDocuments](s, r)))
	add(StepConsent, "consent", thereIf(dones[StepConsent](s, r)))
	if finalIssue(issues) != "" || blocking(issues) {
		add(StepSign, "issues", itemMissing)
	}
	v.Worth = worthOf(v.Items, s.exceptionRefused(r))
	v.Level = worthWords[v.Worth]
	return v
}

// worthOf is the least that an item leaves of the dossier.
func worthOf(items []AssuranceItem, refused bool) string {
	has := func(outcomes ...string) bool {
		return slices.ContainsFunc(items, func(i AssuranceItem) bool { return slices.Contains(outcomes, i.Outcome) })
	}
	switch {
	case refused || has(itemMissing):
		return worthNotEnough
	case has(itemFailed, exceptPending):
		return worthSupervisor
	case has(itemInconclusive, itemUnsupported, itemNotDone):
		return worthCentral
	}
	return worthFull
}

func thereIf(done bool) string {
	if done {
		return itemPassed
	}
	return itemMissing
}

// excepted is the outcome of what needs a supervisor: the gravest of the
// exceptions that of picks, "" where there is none.
func (s *state) excepted(r *rules.Pack, of func(openException) bool) (out string) {
	order := []string{"", exceptApproved, exceptPending, itemFailed}
	for _, x := range s.openExceptions(r) {
		if !of(x) {
			continue
		}
		state, _ := s.exceptionState(x)
		if state != exceptApproved && state != exceptPending {
			state = itemFailed
		}
		if slices.Index(order, state) > slices.Index(order, out) {
			out = state
		}
	}
	return out
}

func (s *state) exceptionRefused(r *rules.Pack) bool {
	return slices.ContainsFunc(s.openExceptions(r), func(x openException) bool { state, _ := s.exceptionState(x); return state == exceptRefused })
}

func named(id string) func(openException) bool {
	return func(x openException) bool { return x.id == id }
}

func (s *state) chipItem(r *rules.Pack) string {
	if s.chip == nil {
		return itemMissing
	}
	if out := s.excepted(r, named(chipException)); out != "" {
		return out
	}
	switch verdict.Worst(s.chip.Checks) {
	case verdict.Failed:
		return itemFailed
	case verdict.Inconclusive:
		return itemInconclusive
	}
	return itemPassed
}

// cloneItem: whether the chip proved that it is not a copy.
func (s *state) cloneItem() string {
	if s.chip == nil {
		return itemMissing
	}
	out := itemUnsupported
	for _, c := range s.chip.Checks {
		if c.Name != "chip-authentication" && c.Name != "active-authentication" {
			continue
		}
		switch c.Outcome {
		case verdict.Failed:
			return itemFailed
		case verdict.Passed:
			out = itemPassed
		case verdict.Inconclusive, verdict.NotDone:
			if out != itemPassed {
				out = itemInconclusive
			}
		}
	}
	return out
}

func (s *state) faceItem(r *rules.Pack) string {
	if s.portrait == nil || s.decision == nil {
		return itemMissing
	}
	if out := s.excepted(r, named(faceException)); out != "" {
		return out
	}
	switch s.matched.band() {
	case face.Accept:
		return itemPassed
	case face.Review:
		return itemInconclusive
	case face.Alarm:
		return itemFailed
	}
	return itemNotDone
}

func (s *state) fingersItem(r *rules.Pack) string {
	out := s.excepted(r, func(x openException) bool { _, ok := fingerNamed(x.id); return ok })
	switch {
	case out == itemFailed:
		return out
	case !s.fingersDone(r):
		return itemMissing
	case out != "":
		return out
	case len(s.fingerIssues(r)) > 0:
		return itemInconclusive
	}
	return itemPassed
}

func (s *state) registerItem(r *rules.Pack) string {
	if s.person == nil || !s.register {
		return itemMissing
	}
	if out := s.excepted(r, named(registerException)); out != "" {
		return out
	}
	out := itemPassed
	for _, c := range s.registerChecks() {
		switch c.Outcome {
		case verdict.Failed:
			return itemFailed
		case verdict.NotDone:
			out = itemNotDone
		case verdict.Inconclusive:
			if out == itemPassed {
				out = itemInconclusive
			}
		}
	}
	return out
}

func (s *state) phoneItem(r *rules.Pack) string {
	switch {
	case !phoneDone(s, r):
		return itemMissing
	case !s.phoning.verified.IsZero():
		return itemPassed
	}
	return itemNotDone
}
