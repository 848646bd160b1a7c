package enrol

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/reader/verdict"
)

// ConsentText is what the citizen is asked, in the words of the rules that the
// enrolment began under. A client that shows these words sends SHA256 back with
// the answer.
type ConsentText struct {
	Rules        string            `json:"rules"`  // version
	SHA256       string            `json:"sha256"` // of all of it
	Registration ConsentQuestion   `json:"registration"`
	Documents    []ConsentQuestion `json:"documents"` // in the order of the list
}

// ConsentQuestion is one question.
type ConsentQuestion struct {
	Words   verdict.Words `json:"words"`
	Purpose verdict.Words `json:"purpose"`
	SHA256  string        `json:"sha256"`
}

// consentTexts is what the journal keeps of a ConsentText: digests.
type consentTexts struct {
	Rules        string   `cbor:"rules"`
	Registration string   `cbor:"registration"`
	Documents    []string `cbor:"documents"`
}

func (t *ConsentText) kept() *consentTexts {
	k := &consentTexts{Rules: t.Rules, Registration: t.Registration.SHA256, Documents: []string{}}
	for _, d := range t.Documents {
		k.Documents = append(k.Documents, d.SHA256)
	}
	return k
}

// requests say what the citizen agrees to by the kind of enrolment.
var requests = map[string]verdict.Words{
	rules.Documents:    words("tích hợp hoặc gỡ giấy tờ trên tài khoản định danh điện tử", "the adding or removing of documents of the electronic identity account"),
	rules.Lock:         words("chuyển yêu cầu khóa hoặc mở khóa tài khoản định danh điện tử", "the forwarding of the request to lock or unlock the account"),
	rules.Organisation: words("chuyển đề nghị cấp tài khoản định danh điện tử của tổ chức", "the forwarding of the organisation's request for an account"),
}

// registrationPurpose is what the registration's data are for.
var registrationPurpose = words("Cấp, quản lý tài khoản định danh điện tử và xác thực danh tính của công dân",
	"To issue and manage the account, and to verify the citizen's identity")

// documentPurpose holds where the rules name none.
var documentPurpose = words("Xuất trình, sử dụng thông tin của giấy tờ này qua tài khoản định danh điện tử",
	"To present and use what this document says through the account")

// consentText puts the questions together.
func (s *state) consentText(r *rules.Pack) *ConsentText {
	what, known := requests[r.As().Code]
	if !known {
		what = words(fmt.Sprintf("đăng ký tài khoản định danh điện tử mức độ %d", r.Level),
			fmt.Sprintf("the registration of an account of level %d", r.Level))
	}
	who := words("Tôi", "I")
	if r.As().Guardian != nil {
		who = words("Tôi, người đại diện hoặc giám hộ của công dân,", "As the citizen's representative or guardian, I")
	}
	t := &ConsentText{Rules: r.Version, Documents: []ConsentQuestion{}}
	t.Registration = question(r, words(who.VI+" đã được thông báo về việc xử lý dữ liệu cá nhân và đồng ý "+what.VI+".",
		who.EN+" have been told how personal data are processed and agree to "+what.EN+"."), registrationPurpose)
	all := t.Registration.SHA256
	for _, d := range s.documents {
		name := words(d.Type, d.Type)
		purpose := documentPurpose
		if rule := r.Document(d.Type); rule != nil {
			name = rule.Words
			if rule.Purpose.VI != "" {
				purpose = rule.Purpose
			}
		}
		q := question(r, words(fmt.Sprintf("Tôi đồng ý tích hợp %s, số %s.", name.VI, d.Number),
			fmt.Sprintf("I agree to the integration of: %s, number %s.", name.EN, d.Number)), purpose)
		t.Documents = append(t.Documents, q)
		all += q.SHA256
	}
	sum := sha256.Sum256([]byte(all))
	t.SHA256 = hex.EncodeToString(sum[:])
	return t
}

// question is a question with the digest of the rules' version and its words.
func question(r *rules.Pack, what, purpose verdict.Words) ConsentQuestion {
	b, err := json.Marshal([]any{r.Version, what, purpose})
	if err != nil {
		b = []byte(cmp.Or(what.VI, what.EN)) // our own bug: texts can be marshalled
	}
	sum := sha256.Sum256(b)
	return ConsentQuestion{Words: what, Purpose: purpose, SHA256: hex.EncodeToString(sum[:])}
}
