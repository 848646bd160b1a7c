package enrol

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/tram-station/tram/offline/inquiry"
	"github.com/tram-station/tram/reader/verdict"
)

// RegisterView is how far the check against the central register is.
type RegisterView struct {
	// State is "none" (not ordered), "asking" or "done".
	State  string              `json:"state"`
	Checks []RegisterCheckView `json:"checks"`
}

// RegisterCheckView is one of its checks.
type RegisterCheckView struct {
	Kind    string        `json:"kind"` // "data", "face" or "fingers"
	Outcome string        `json:"outcome"`
	Code    string        `json:"code,omitempty"` // why it was not done
	Failed  []string      `json:"failed"`         // the fields that do not fit
	Words   verdict.Words `json:"words"`
	At      time.Time     `json:"at,omitzero"`
}

func (s *Station) registerView() RegisterView {
	v := RegisterView{State: "none", Checks: []RegisterCheckView{}}
	if s.st == nil || !s.st.register || s.st.done != nil {
		return v
	}
	v.State = "done"
	if s.asking.key != "" {
		v.State = "asking"
	}
	for _, k := range registerKinds {
		c := s.st.compares[k]
		if c == nil {
			continue
		}
		v.Checks = append(v.Checks, RegisterCheckView{Kind: string(k), Outcome: string(c.Outcome), Code: c.Code,
			Failed: append([]string{}, c.Failed...), Words: c.verdict(k).Reason, At: c.At})
	}
	return v
}

// notAskedWords say why a question got no answer.
var notAskedWords = map[string]verdict.Words{
	noCentral:     words("trạm chưa kết nối trung tâm", "the station is not connected to the central"),
	noLine:        words("không có phản hồi từ trung tâm", "the central did not answer"),
	noService:     words("trung tâm chưa có dịch vụ này", "the central has no such service at the moment"),
	askedTooOften: words("trung tâm yêu cầu chờ", "the central asks to wait"),
	notTaken:      words("trung tâm không nhận câu hỏi này", "the central did not take the question"),
	noTemplate:    words("trạm chưa tạo được mẫu khuôn mặt", "the station made no template of the face"),
	noMinutiae:    words("vân tay không có đặc trưng để so", "the prints hold no minutiae to compare"),
}

// registerNames are what is compared.
var registerNames = map[inquiry.Kind]verdict.Words{
	inquiry.Data:    words("thông tin", "data"),
	inquiry.Face:    words("khuôn mặt", "face"),
	inquiry.Fingers: words("vân tay", "fingers"),
}

// verdict is the check in words; nil is one that was not made.
func (c *checked) verdict(k inquiry.Kind) verdict.Check {
	name := registerNames[k]
	out := notDone(registerCheck(k), "Chưa đối chiếu "+name.VI, "Register check of the "+name.EN+" not done",
		"Hệ thống trung tâm sẽ đối chiếu khi nhận hồ sơ", "The central system checks it when the dossier arrives")
	if k == inquiry.Data {
		out.Reason = words("Chưa đối chiếu", "Register check not done")
	}
	if c == nil {
		return out
	}
	switch c.Outcome {
	case inquiry.Pass:
		out.Outcome, out.Next = verdict.Passed, verdict.Words{}
		out.Reason = words("Đạt: "+name.VI+" khớp cơ sở dữ liệu", "Passed: the "+name.EN+" fit the register")
	case inquiry.Fail:
		out.Outcome = verdict.Failed
		out.Reason = words("Không đạt: "+fieldList(c.Failed, true), "Failed: "+fieldList(c.Failed, false))
		out.Next = words("Kiểm tra lại với công dân, rồi ghi lý do", "Check again with the citizen, then give the reason")
	case inquiry.NotFound, inquiry.NotHeld:
		out.Outcome = verdict.Inconclusive
		out.Reason = words("Cơ sở dữ liệu chưa có "+name.VI+" để đối chiếu", "The register has no "+name.EN+" to compare with")
	default:
		if why, ok := notAskedWords[c.Code]; ok {
			out.Reason = words(out.Reason.VI+": "+why.VI, out.Reason.EN+": "+why.EN)
		}
	}
	return out
}

// registerFieldWords name the fields of an answer.
var registerFieldWords = map[string]verdict.Words{
	fieldName: words("họ tên", "name"), fieldBirth: words("ngày sinh", "date of birth"), fieldSex: words("giới tính", "sex"),
	fieldNationality: words("quốc tịch", "nationality"), fieldOrigin: words("quê quán", "place of origin"),
	fieldResidence: words("nơi thường trú", "residence"), fieldIssue: words("ngày cấp", "date of issue"),
	"face": words("khuôn mặt", "face"), "fingers": words("vân tay", "fingers"), "data": words("thông tin", "data"),
}

// fieldWords names one field; a finger's is "finger-2".
func fieldWords(field string) verdict.Words {
	var n int
	if _, err := fmt.Sscanf(field, "finger-%d", &n); err == nil && n > 0 && n < len(fingerWords) {
		return words(lower(fingerWords[n].VI), lower(fingerWords[n].EN))
	}
	return cmp.Or(registerFieldWords[field], words(field, field))
}

func fieldList(fields []string, vi bool) string {
	var out []string
	for _, f := range fields {
		if w := fieldWords(f); vi {
			out = append(out, w.VI)
		} else {
			out = append(out, w.EN)
		}
	}
	return strings.Join(out, ", ")
}

// registerIssues are the fields that do not fit: each waits for a reason.
func (s *state) registerIssues() (out []fingerIssue) {
	for _, k := range registerKinds {
		c := s.compares[k]
		if c == nil || c.Outcome != inquiry.Fail || !s.register {
			continue
		}
		for _, f := range c.Failed {
			w := fieldWords(f)
			out = append(out, fingerIssue{registerIssue(f),
				words("Chưa khớp cơ sở dữ liệu: "+w.VI, "Does not fit the register: "+w.EN),
				words("Kiểm tra lại với công dân, rồi ghi lý do", "Check again with the citizen, then give the reason")})
		}
	}
	return out
}

// registerOutcome is one check as the dossier's person section has it.
type registerOutcome struct {
	Kind    string    `json:"kind"`
	Outcome string    `json:"outcome"` // as of a check: "passed", "failed", "inconclusive", "not done"
	Why     string    `json:"why,omitempty"`
	Failed  []string  `json:"failed,omitempty"`
	At      time.Time `json:"at,omitzero"`
}

// registerOutcomes lists all that was or was not compared.
func (s *state) registerOutcomes() []registerOutcome {
	out := []registerOutcome{}
	for _, k := range registerKinds {
		c := s.compares[k]
		o := registerOutcome{Kind: string(k), Outcome: c.verdict(k).Outcome.String()}
		if c != nil {
			o.Why, o.Failed, o.At = c.Code, c.Failed, c.At
		}
		out = append(out, o)
	}
	return out
}
