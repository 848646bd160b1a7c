package enrol

import (
	"slices"
	"strings"
	"time"

	"github.com/tram-station/tram/kiosk/rules"
)

// RequestArgs is what somebody with an account asks for, by the rules' request
// of the kind. Where the kind has a step documents, Items say what is added and
// withdrawn; otherwise Action is one code, with a Reason where the rules list
// some. A lock may be asked for by somebody else than the holder: then By says
// who, Account is the holder's number (12 digits) and a paper shows the right to
// ask. Fields are those of the rules.
type RequestArgs struct {
	Action  string            `json:"action,omitempty" cbor:"action,omitempty"`
	Reason  string            `json:"reason,omitempty" cbor:"reason,omitempty"`
	By      string            `json:"by,omitempty" cbor:"by,omitempty"` // "holder", "guardian" or "representative"; "": the holder
	Account string            `json:"account,omitempty" cbor:"account,omitempty"`
	Papers  []Paper           `json:"papers,omitempty" cbor:"papers,omitempty"`
	Fields  map[string]string `json:"fields,omitempty" cbor:"fields,omitempty"`
	Items   []RequestItem     `json:"items,omitempty" cbor:"items,omitempty"`
}

// RequestItem is one document that is added to an account or taken out of it.
// The number may be left out of one that is added: the step documents takes it.
type RequestItem struct {
	Action string `json:"action" cbor:"action"`
	Type   string `json:"type" cbor:"type"`
	Number string `json:"number,omitempty" cbor:"number,omitempty"`
}

// actionAdd is the action of a document that the step documents goes on with.
const actionAdd = "add"

// Who may ask for a lock.
const byHolder = "holder"

var requesters = []string{byHolder, "guardian", "representative"}

func acceptRequest(s *Station, c Command, e *event) *Problem {
	var a RequestArgs
	if p := readArgs(c.Args, &a); p != nil {
		return p
	}
	out, p := s.readRequest(a, s.st.as.Request)
	if p != nil {
		return p
	}
	e.Request, e.Code = out, out.Action
	return nil
}

// readRequest checks the arguments against the kind's rule.
func (s *Station) readRequest(a RequestArgs, rule *rules.RequestRule) (*RequestArgs, *Problem) {
	var p *Problem
	if s.st.as.Takes(string(StepDocuments)) {
		if a.Action != "" || a.Reason != "" {
			return nil, problem("bad-args")
		}
		if p = s.readItems(a.Items, rule); p != nil {
			return nil, p
		}
	} else {
		switch {
		case len(a.Items) > 0:
			return nil, problem("bad-args")
		case !coded(rule.Actions, a.Action):
			return nil, problem("bad-request")
		case coded(rule.Reasons, a.Reason) != (len(rule.Reasons) > 0) || len(rule.Reasons) == 0 && a.Reason != "":
			return nil, problem("bad-reason")
		}
	}
	if p = s.readRequester(&a); p != nil {
		return nil, p
	}
	return &a, s.readRequestFields(a.Fields, rule)
}

func coded(list []rules.ExceptionRule, code string) bool {
	return slices.ContainsFunc(list, func(x rules.ExceptionRule) bool { return x.Code == code })
}

func (s *Station) readItems(items []RequestItem, rule *rules.RequestRule) *Problem {
	if len(items) == 0 || len(items) > s.rules.MaxDocuments {
		return problem("bad-request")
	}
	for i := range items {
		x := &items[i]
		x.Number = strings.ToUpper(strings.TrimSpace(x.Number))
		open := x.Number == "" && x.Action == actionAdd
		switch {
		case !coded(rule.Actions, x.Action):
			return problem("bad-request")
		case s.rules.Document(x.Type) == nil || !open && !s.rules.DocumentOK(x.Type, x.Number):
			return problem("bad-document")
		case slices.ContainsFunc(items[:i], func(o RequestItem) bool { return o.Type == x.Type && o.Number == x.Number }):
			return problem("bad-document") // the same paper twice
		}
	}
	return nil
}

// readRequester checks who asks.
func (s *Station) readRequester(a *RequestArgs) *Problem {
	if s.st.as.Code != rules.Lock {
		if a.By != "" || a.Account != "" || len(a.Papers) > 0 {
			return problem("bad-args")
		}
		return nil
	}
	if a.By == "" {
		a.By = byHolder
	}
	holder := a.By == byHolder
	switch {
	case !slices.Contains(requesters, a.By):
		return problem("bad-request")
	case holder && (a.Account != "" || len(a.Papers) > 0):
		return problem("bad-args")
	case !holder && (!s.rules.FormatOK(rules.FormatIDNumber, a.Account) || a.Account == value(s.st.personFields(s.cfg.Now()), fieldNumber)):
		return problem("bad-account")
	case !holder && len(a.Papers) == 0:
		return problem("paper-missing")
	}
	var all []string
	for _, p := range s.rules.Papers {
		all = append(all, p.Type)
	}
	var p *Problem
	a.Papers, p = s.papers(a.Papers, all, PageRequest, s.st.day(s.cfg.Now()))
	return p
}

func (s *Station) readRequestFields(fields map[string]string, rule *rules.RequestRule) *Problem {
	for name, v := range fields {
		i := slices.IndexFunc(rule.Fields, func(f rules.Field) bool { return f.Name == name })
		v, ok := line(v, maxField)
		if i < 0 || !ok || rule.Fields[i].Format != "" && !s.rules.FormatOK(rule.Fields[i].Format, v) {
			return problem("bad-request-field")
		}
		fields[name] = v
	}
	for _, f := range rule.Fields {
		if f.Required && fields[f.Name] == "" {
			return problem("bad-request-field")
		}
	}
	return nil
}

// requestOpen is the issue of a document that was to be added and is not listed.
const requestOpen = "request-open"

// unlisted reports whether a document that was to be added is not among those
// that the step documents has taken.
func (s *state) unlisted() bool {
	return s.request != nil && !s.documentsAt.IsZero() && slices.ContainsFunc(s.request.Items, func(x RequestItem) bool {
		return x.Action == actionAdd && !slices.ContainsFunc(s.documents, func(d Document) bool {
			return d.Type == x.Type && (x.Number == "" || d.Number == x.Number)
		})
	})
}

func (s *state) requestJSON() any {
	return struct {
		Schema int    `json:"schema"`
		Form   string `json:"form"`
		*RequestArgs
	}{sectionSchema, s.as.Form, s.request}
}

// kindCodes are the issues of the kinds that can be acknowledged.
func (s *state) kindCodes(fields []Field, day time.Time) []string {
	out := s.guardianCodes(day)
	if s.unlisted() {
		out = append(out, requestOpen)
	}
	if s.booked().other(value(fields, fieldNumber), s.guardianNumber()) {
		out = append(out, appointmentOther)
	}
	return out
}

// kindComplete reports whether what only some kinds have is there.
func (s *state) kindComplete() bool {
	return (s.guardian.said != nil || !s.takes(StepGuardian)) && (s.request != nil || !s.takes(StepRequest))
}
