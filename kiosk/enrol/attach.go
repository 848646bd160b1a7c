package enrol

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image/jpeg"
	"slices"
	"time"

	"github.com/tram-station/tram/kiosk/rules"
)

// What a page may be for.
const (
	PageIdentity  = "identity"  // a paper that says who the citizen is
	PageGuardian  = "guardian"  // a paper of the guardian
	PageDocument  = "document"  // a paper to integrate
	PageDependant = "dependant" // a paper of a dependant
	PageRequest   = "request"   // a paper of a request
	PageSignature = "signature" // the citizen's
)

var pagePurposes = []string{PageIdentity, PageGuardian, PageDocument, PageDependant, PageRequest, PageSignature}

// The limits of an enrolment's pages.
const (
	MaxPages     = 64
	MaxPageBytes = 4 << 20  // of one, as JPEG
	maxPagesSize = 24 << 20 // of all
	maxPageSide  = 8192     // pixels
)

// page is one picture of a paper, or the citizen's signature.
type page struct {
	Name    string    `cbor:"name"` // "page-3"
	Purpose string    `cbor:"purpose"`
	JPEG    []byte    `cbor:"jpeg"`
	Width   int       `cbor:"width"`
	Height  int       `cbor:"height"`
	Sum     []byte    `cbor:"sum"` // SHA-256 of JPEG
	At      time.Time `cbor:"at"`
}

// PageView is one attached page; Image shows it under its name.
type PageView struct {
	Name    string `json:"name"`
	Purpose string `json:"purpose"`
	Width   int    `json:"width"`
	Height  int    `json:"height"`
	Bytes   int    `json:"bytes"`
	SHA256  string `json:"sha256"`
	Used    bool   `json:"used"` // it goes into the dossier
}

// PageArgs names an attached page.
type PageArgs struct {
	Name string `json:"name"`
}

// Attach journals a page: a JPEG of w × h pixels that was decoded and written
// anew outside of this process, for one of the purposes. It returns the name by
// which commands and Image know it; the same picture for the same purpose has
// the name that it had before. It is durable when Attach returns, dropped with
// the enrolment, and goes into the dossier only where a paper or the consent
// names it. A signature that nobody wrote is refused. The error is a
// *CommandError or the context's.
func (s *Station) Attach(ctx context.Context, officer, purpose string, jpeg []byte, w, h int) (name string, err error) {
	if purpose == PageSignature {
		if p := unwritten(jpeg, w, h); p != nil {
			return "", refuse(p)
		}
	}
	return s.attached(ctx, func() (string, *Problem) { return s.attach(officer, purpose, jpeg, w, h) })
}

// attached has the owner attach a page.
func (s *Station) attached(ctx context.Context, attach func() (string, *Problem)) (name string, err error) {
	var p *Problem
	done := make(chan struct{})
	ok := s.send(ctx, func() {
		defer close(done)
		if name, p = attach(); p == nil {
			s.publish()
		}
	})
	switch {
	case ok:
		<-done
	case ctx.Err() != nil:
		return "", ctx.Err()
	default:
		return "", refuse(problem("closed"))
	}
	if p != nil {
		return "", refuse(p)
	}
	return name, nil
}

// attach runs in the owner.
func (s *Station) attach(officer, purpose string, picture []byte, w, h int) (string, *Problem) {
	st := s.st
	switch {
	case st == nil || st.done != nil || st.verified() || st.notice.IsZero() && st.corrects == nil || !st.signedAt.IsZero():
		return "", problem("wrong-step")
	case officer == "":
		return "", problem("no-officer")
	case !slices.Contains(pagePurposes, purpose):
		return "", problem("bad-args")
	case len(picture) > MaxPageBytes || w > maxPageSide || h > maxPageSide:
		return "", problem("page-too-large")
	}
	if c, err := jpeg.DecodeConfig(bytes.NewReader(picture)); err != nil || c.Width != w || c.Height != h {
		return "", problem("bad-page")
	}
	sum := sha256.Sum256(picture)
	size := len(picture)
	for _, p := range st.pages {
		if p.Purpose == purpose && bytes.Equal(p.Sum, sum[:]) {
			return p.Name, nil
		}
		size += len(p.JPEG)
	}
	if len(st.pages) >= MaxPages || size > maxPagesSize {
		return "", problem("too-many-pages")
	}
	e := event{Kind: evPage, At: s.cfg.Now(), Officer: officer, Code: purpose, Paper: &paperEvent{Page: &page{
		Name: fmt.Sprintf("page-%d", st.attached+1), Purpose: purpose, JPEG: bytes.Clone(picture), Width: w, Height: h, Sum: sum[:], At: s.cfg.Now(),
	}}}
	if err := s.record(&e); err != nil {
		return "", problem("disk")
	}
	s.noteEvent(&e)
	return e.Paper.Page.Name, nil
}

func foldPage(s *state, e *event, _ *rules.Pack) {
	s.pages = append(s.pages, *e.Paper.Page)
	s.attached++
}

func foldPageRemove(s *state, e *event, _ *rules.Pack) {
	s.pages = slices.DeleteFunc(s.pages, func(p page) bool { return p.Name == e.Paper.Name })
}

func acceptPageRemove(s *Station, c Command, e *event) *Problem {
	var a PageArgs
	if p := readArgs(c.Args, &a); p != nil {
		return p
	}
	switch {
	case s.st.page(a.Name) == nil:
		return problem("unknown-page")
	case slices.Contains(s.st.namedPages(), a.Name):
		return problem("page-in-use")
	}
	e.Paper = &paperEvent{Name: a.Name}
	return nil
}

// page is an attached page by its name, nil where there is none.
func (s *state) page(name string) *page {
	i := slices.IndexFunc(s.pages, func(p page) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return &s.pages[i]
}

// knowsPages checks the pages that a paper names: each attached for that
// purpose, and each once.
func (s *state) knowsPages(names []string, purpose string) bool {
	for i, name := range names {
		if p := s.page(name); p == nil || p.Purpose != purpose || slices.Contains(names[:i], name) {
			return false
		}
	}
	return true
}

// pageUse says which pages a part of the enrolment names, and which of them go
// into the dossier.
type pageUse func(s *state) (named, given []string)

// pageUses are those parts.
var pageUses = join(paperPages, kindPages)

var paperPages = map[string]pageUse{
	sectionDocuments: func(s *state) (named, given []string) {
		for _, d := range s.documents {
			named = append(named, d.Pages...)
			if s.agreesTo(d) {
				given = append(given, d.Pages...)
			}
		}
		return named, given
	},
	sectionDependants: func(s *state) (named, given []string) {
		for _, d := range s.dependants {
			if d.Paper != nil {
				named = append(named, d.Paper.Pages...)
			}
		}
		return named, named
	},
	sectionConsent: func(s *state) (named, given []string) {
		if s.signature != "" {
			named = []string{s.signature}
		}
		return named, named
	},
}

// namedPages are the pages that cannot be removed.
func (s *state) namedPages() (all []string) {
	for _, use := range pageUses {
		named, _ := use(s)
		all = append(all, named...)
	}
	return all
}

// givenPages are the pages of the dossier, in the order they came.
func (s *state) givenPages() (out []page) {
	var all []string
	for _, use := range pageUses {
		_, given := use(s)
		all = append(all, given...)
	}
	for _, p := range s.pages {
		if slices.Contains(all, p.Name) {
			out = append(out, p)
		}
	}
	return out
}

func (s *Station) projectPages(snap *Snapshot, pictures map[string]picture) {
	given := s.st.givenPages()
	for _, p := range s.st.pages {
		snap.Pages = append(snap.Pages, PageView{Name: p.Name, Purpose: p.Purpose, Width: p.Width, Height: p.Height, Bytes: len(p.JPEG),
			SHA256: hex.EncodeToString(p.Sum), Used: slices.ContainsFunc(given, func(g page) bool { return g.Name == p.Name })})
		pictures[p.Name] = picture{p.JPEG, mediaJPEG}
	}
}

// pagesSection is the section of the pages: the pictures as they were attached.
type pagesSection struct {
	Schema int         `cbor:"schema"`
	Pages  []givenPage `cbor:"pages"`
}

type givenPage struct {
	Name    string `cbor:"name"`
	Purpose string `cbor:"purpose"`
	Media   string `cbor:"media"`
	Width   int    `cbor:"width"`
	Height  int    `cbor:"height"`
	Sum     []byte `cbor:"sha256"`
	Bytes   []byte `cbor:"bytes"`
}

func (s *state) pagesSection() pagesSection {
	out := pagesSection{Schema: sectionSchema, Pages: []givenPage{}}
	for _, p := range s.givenPages() {
		out.Pages = append(out.Pages, givenPage{p.Name, p.Purpose, mediaJPEG, p.Width, p.Height, p.Sum, p.JPEG})
	}
	return out
}
