package enrol

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/kiosk/rules"
)

// TestRequestRefuses: what is forwarded is whole, by the rules of its kind.
func TestRequestRefuses(t *testing.T) {
	without := func(field string) RequestArgs {
		a := organisation
		a.Fields = maps.Clone(a.Fields)
		delete(a.Fields, field)
		return a
	}
	with := func(field, value string) RequestArgs {
		a := without("")
		a.Fields[field] = value
		return a
	}
	lock := RequestArgs{Action: "lock", Reason: "device-lost"}
	of := func(f func(a *RequestArgs)) RequestArgs {
		a := lock
		f(&a)
		return a
	}
	items := func(list ...RequestItem) RequestArgs { return RequestArgs{Items: list} }
	right := Paper{Type: "guardianship-decision", Number: "12/QĐ-UBND", OriginalSeen: true}
	for kind, x := range map[string]struct {
		wrong map[string]RequestArgs
		good  []RequestArgs
	}{
		"documents": {
			map[string]RequestArgs{
				"bad-request":    items(),
				"bad-request/2":  items(RequestItem{Action: "burn", Type: "tax-code", Number: "0123456787"}),
				"bad-document":   items(RequestItem{Action: "withdraw", Type: "tax-code"}),
				"bad-document/2": items(RequestItem{Action: "add", Type: "library-card"}),
				"bad-document/3": items(RequestItem{Action: "add", Type: "tax-code"}, RequestItem{Action: "add", Type: "tax-code"}),
				"bad-document/4": items(RequestItem{Action: "withdraw", Type: "tax-code", Number: "0123456789"}), // its check digit
				"bad-args":       {Action: "add"},
				"bad-args/2":     {Items: []RequestItem{{Action: "add", Type: "tax-code"}}, By: byHolder},
			},
			[]RequestArgs{items(RequestItem{Action: "withdraw", Type: "driving-licence", Number: "010123456789"})},
		},
		"lock": {
			map[string]RequestArgs{
				"bad-request":       {Action: "erase", Reason: "device-lost"},
				"bad-reason":        {Action: "lock", Reason: "because"},
				"bad-reason/2":      {Action: "lock"},
				"bad-args":          of(func(a *RequestArgs) { a.Account = childNumber }),
				"bad-request/2":     of(func(a *RequestArgs) { a.By = "neighbour" }),
				"bad-account":       of(func(a *RequestArgs) { a.By, a.Papers = "guardian", []Paper{right} }),
				"bad-account/2":     of(func(a *RequestArgs) { a.By, a.Account, a.Papers = "guardian", testNumber, []Paper{right} }),
				"paper-missing":     of(func(a *RequestArgs) { a.By, a.Account = "guardian", childNumber }),
				"bad-request-field": of(func(a *RequestArgs) { a.Fields = map[string]string{"colour": "red"} }),
				"bad-args/2":        of(func(a *RequestArgs) { a.Items = []RequestItem{{Action: "lock"}} }),
			},
			[]RequestArgs{lock, of(func(a *RequestArgs) { a.By, a.Account, a.Papers = "guardian", childNumber, []Paper{right} })},
		},
		"organisation": {
			map[string]RequestArgs{
				"bad-request-field":   without("organisation"),
				"bad-request-field/2": without("tax_code"),
				"bad-request-field/3": with("tax_code", "0123456789"), // its check digit
				"bad-request-field/4": with("role", "a\nb\x01"),
				"bad-reason":          {Action: "register", Reason: "misuse", Fields: organisation.Fields},
			},
			[]RequestArgs{organisation},
		},
	} {
		_, s := standing(t, kind, StepRequest)
		for code, a := range x.wrong {
			code, _, _ = strings.Cut(code, "/")
			refusedWith(t, s, cmd(CmdRequest, a), code)
		}
		if s.Snapshot().Step != StepRequest {
			t.Fatalf("%s: in step %s", kind, s.Snapshot().Step)
		}
		for _, a := range x.good { // the control
			must(t, s, CmdRequest, a)
			if got := s.Snapshot(); got.Step != StepRegister || got.Request == nil {
				t.Fatalf("%s: in step %s with %+v", kind, got.Step, got.Request)
			}
		}
		_ = s.Close()
	}
}

// TestRequestedDocumentIsListed: what was to be added is in the list of
// documents, or somebody says why not.
func TestRequestedDocumentIsListed(t *testing.T) {
	k := kindScripts["documents"]
	k.own = maps.Clone(k.own)
	k.own[StepDocuments] = func(t *testing.T, _ *bench, s *Station) { must(t, s, CmdDocuments, DocumentsArgs{}) }
	b := k.bench(t, t.TempDir())
	s := b.open(t)
	must(t, s, CmdBegin, k.begin)
	k.carry(t, b, s, StepSign, nil)
	refusedWith(t, s, cmd(CmdSign, nil), "open-issues")
	usual[StepDocuments](t, b, s)
	usual[StepConsent](t, b, s)
	if issues := s.Snapshot().Issues; len(issues) != 0 {
		t.Errorf("%+v", issues)
	}
	k.carry(t, b, s, StepDone, nil)
	var out struct {
		Form  string
		Items []RequestItem
	}
	if err := json.Unmarshal(section(t, b, sectionRequest), &out); err != nil || out.Form != "TK01" || len(out.Items) != 2 {
		t.Errorf("%+v, %v", out, err)
	}
}

// FuzzRequest: no arguments bring it down, and what is taken is within bounds.
func FuzzRequest(f *testing.F) {
	for _, a := range []RequestArgs{organisation, {Action: "lock", Reason: "misuse", By: "guardian", Account: childNumber},
		{Items: []RequestItem{{Action: "add", Type: "tax-code"}}}} {
		b, _ := json.Marshal(a)
		f.Add(b)
	}
	r := kindPack(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, kind := range []string{rules.Documents, rules.Lock, rules.Organisation} {
			var a RequestArgs
			if readArgs(b, &a) != nil {
				return
			}
			one, _ := r.For(kind)
			s := &Station{rules: one, st: newState(), cfg: Config{Now: time.Now}}
			s.st.as = one.As()
			out, p := s.readRequest(a, one.As().Request)
			if p != nil {
				continue
			}
			if len(out.Items) > one.MaxDocuments || len(out.Papers) > maxPapers || out.By != "" && !slices.Contains(requesters, out.By) {
				t.Errorf("%+v", out)
			}
			for name, v := range out.Fields {
				if len([]rune(v)) > maxField || !slices.ContainsFunc(one.As().Request.Fields, func(x rules.Field) bool { return x.Name == name }) {
					t.Errorf("%s: %q", name, v)
				}
			}
		}
	})
}

// FuzzGuardian does the same for a guardian.
func FuzzGuardian(f *testing.F) {
	for _, a := range []GuardianArgs{fathersPaper, {Relation: "mother", Reason: "no card", Fields: map[string]string{"number": guardianNumber}}} {
		b, _ := json.Marshal(a)
		f.Add(b)
	}
	one, _ := kindPack(f).For(rules.Child)
	f.Fuzz(func(t *testing.T, b []byte) {
		var a GuardianArgs
		if readArgs(b, &a) != nil {
			return
		}
		s := &Station{rules: one, st: newState(), cfg: Config{Now: time.Now}}
		s.st.as = one.As()
		said, p := s.readGuardian(a)
		if (said == nil) == (p == nil) {
			t.Fatalf("%+v and %+v", said, p)
		}
		if said != nil && (len(said.Fields) == 0) == (said.Reason != "") && said.Reason == "" {
			t.Errorf("%+v", said)
		}
	})
}
