package enrol

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/tram-station/tram/kiosk/rules"
)

// DocumentsArgs lists the papers to integrate; none is a good answer. The list
// replaces the one before.
type DocumentsArgs struct {
	Documents []Document `json:"documents"`
}

// DocumentArgs adds one paper, or replaces the one of the same type and number.
// Two officers who add papers at once both find theirs on the list.
type DocumentArgs struct {
	Document Document `json:"document"`
}

// DocumentRemoveArgs takes the paper of a type and number off the list.
type DocumentRemoveArgs struct {
	Type   string `json:"type"`
	Number string `json:"number"`
}

// key tells one state of a paper from any other: a consent is to exactly that.
func (d Document) key() string {
	b, err := json.Marshal(d)
	if err != nil {
		return d.Type + " " + d.Number // our own bug: a list of texts can be marshalled
	}
	return string(b)
}

// same reports whether two are one paper, whatever was noted of it.
func (d Document) same(o Document) bool { return d.Type == o.Type && d.Number == o.Number }

// checkDocument puts one paper right, or says what is wrong with it.
func (s *Station) checkDocument(d Document) (Document, *Problem) {
	d.Number = strings.ToUpper(strings.TrimSpace(d.Number))
	if !s.rules.DocumentOK(d.Type, d.Number) {
		return d, problem("bad-document")
	}
	if !d.OriginalSeen {
		return d, problem("original-unseen")
	}
	if !s.st.knowsPages(d.Pages, PageDocument) {
		return d, problem("unknown-page")
	}
	if len(d.Pages) == 0 {
		if s.rules.Document(d.Type).Scan {
			return d, problem("pages-missing")
		}
		d.Pages = nil
	}
	if d.Holder != "" {
		var ok bool
		if d.Holder, ok = line(d.Holder, maxField); !ok {
			return d, problem("bad-args")
		}
	}
	return d, nil
}

func acceptDocuments(s *Station, c Command, e *event) *Problem {
	var a DocumentsArgs
	if p := readArgs(c.Args, &a); p != nil {
		return p
	}
	if len(a.Documents) > s.rules.MaxDocuments {
		return problem("bad-args")
	}
	for i := range a.Documents {
		d, p := s.checkDocument(a.Documents[i])
		if p != nil {
			return p
		}
		if slices.ContainsFunc(a.Documents[:i], d.same) {
			return problem("document-twice")
		}
		a.Documents[i] = d
	}
	e.Documents = a.Documents
	return nil
}

func acceptDocumentAdd(s *Station, c Command, e *event) *Problem {
	var a DocumentArgs
	if p := readArgs(c.Args, &a); p != nil {
		return p
	}
	d, p := s.checkDocument(a.Document)
	if p != nil {
		return p
	}
	if len(s.st.documents) >= s.rules.MaxDocuments && !slices.ContainsFunc(s.st.documents, d.same) {
		return problem("bad-args")
	}
	e.Code, e.Paper = d.Type, &paperEvent{Document: &d}
	return nil
}

func acceptDocumentRemove(s *Station, c Command, e *event) *Problem {
	var a DocumentRemoveArgs
	if p := readArgs(c.Args, &a); p != nil {
		return p
	}
	d := Document{Type: a.Type, Number: strings.ToUpper(strings.TrimSpace(a.Number))}
	if !slices.ContainsFunc(s.st.documents, d.same) {
		return problem("unknown-document")
	}
	e.Code, e.Paper = d.Type, &paperEvent{Document: &d}
	return nil
}

func foldDocuments(s *state, e *event, _ *rules.Pack) {
	s.documents, s.documentsAt = slices.Clone(e.Documents), e.At
	s.keepChoices()
}

func foldDocumentAdd(s *state, e *event, _ *rules.Pack) {
	d := *e.Paper.Document
	// Cloned: earlier snapshots show the list that they were made of.
	s.documents = slices.Clone(s.documents)
	if i := slices.IndexFunc(s.documents, d.same); i >= 0 {
		s.documents[i] = d
	} else {
		s.documents = append(s.documents, d)
	}
	s.keepChoices()
}

func foldDocumentRemove(s *state, e *event, _ *rules.Pack) {
	s.documents = slices.DeleteFunc(slices.Clone(s.documents), e.Paper.Document.same)
	s.keepChoices()
}

func foldDocumentsDone(s *state, e *event, _ *rules.Pack) { s.documentsAt = e.At }

func documentsDone(s *state, _ *rules.Pack) bool { return !s.documentsAt.IsZero() }
