package rules

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tram-station/tram/reader/verdict"
)

// DocumentRule is one kind of paper with its number's pattern.
type DocumentRule struct {
	Type    string        `json:"type"`
	Words   verdict.Words `json:"words"`
	Pattern string        `json:"pattern"`         // of the whole number
	Check   string        `json:"check,omitempty"` // one of Checks, where a pattern does not say enough
	Example string        `json:"example"`
	Purpose verdict.Words `json:"purpose,omitzero"` // what the citizen consents to, in words
	Scan    bool          `json:"scan,omitempty"`   // a picture of it belongs to the dossier
}

// The names of formats that the program asks for.
const (
	FormatIDNumber     = "id-number"    // of a citizen
	FormatOldNumber    = "old-number"   // of an earlier document
	FormatNationality  = "nationality"  // a country's code, Doc 9303-3 §5
	FormatOrganisation = "organisation" // an organisation's tax code
	FormatPersonName   = "person-name"  // as it is written
	FormatDate         = "date"         // 2006-01-02
)

// earlierFormats hold where a pack from before the formats says nothing.
var earlierFormats = map[string]string{
	FormatIDNumber: `[0-9]{12}`, FormatOldNumber: `[0-9]{9}|[0-9]{12}`, FormatNationality: `[A-Z]{1,3}`,
	FormatOrganisation: `[0-9]{10}(?:-[0-9]{3})?`, FormatPersonName: `[^0-9<>|]{1,100}`,
	FormatDate: `[0-9]{4}-[0-9]{2}-[0-9]{2}`,
}

// Format is what a text that is written by hand looks like.
type Format struct {
	Name    string        `json:"name"`
	Words   verdict.Words `json:"words"`
	Pattern string        `json:"pattern"`
	Check   string        `json:"check,omitempty"`
	Example string        `json:"example"`
}

// form is a pattern and a check together.
type form struct {
	pattern *regexp.Regexp
	check   func(string) bool // nil: none
}

func (f form) ok(text string) bool {
	return f.pattern != nil && f.pattern.MatchString(text) && (f.check == nil || f.check(text))
}

// formats are what a pack's patterns were compiled to.
type formats struct {
	phone, email             form
	documents, papers, named map[string]form
}

// maxPattern bounds a pattern in bytes.
const maxPattern = 1000

// compiled makes a form of a pattern, which has to match the whole text, and of
// a check's name, and tries it on the example.
func compiled(pattern, check, example string) (form, error) {
	if pattern == "" || len(pattern) > maxPattern {
		return form{}, fmt.Errorf("a pattern is empty, or longer than %d bytes", maxPattern)
	}
	re, err := regexp.Compile(`^(?:` + pattern + `)$`)
	if err != nil {
		return form{}, err
	}
	f := form{pattern: re}
	if check != "" {
		if f.check = checks[check]; f.check == nil {
			return form{}, fmt.Errorf("check %q is none of %v", check, Checks())
		}
	}
	if example != "" && !f.ok(example) {
		return form{}, fmt.Errorf("the example %q does not match", example)
	}
	return f, nil
}

func (r *Pack) compile() (err error) {
	if r.formats.phone, err = compiled(r.Phone, "", ""); err != nil {
		return fmt.Errorf("phone: %w", err)
	}
	if r.formats.email, err = compiled(r.Email, "", ""); err != nil {
		return fmt.Errorf("email: %w", err)
	}
	if r.formats.documents, err = compileDocuments("documents", r.Documents); err != nil {
		return err
	}
	if r.formats.papers, err = compileDocuments("papers", r.Papers); err != nil {
		return err
	}
	r.formats.named = map[string]form{}
	for _, f := range r.Formats {
		if _, twice := r.formats.named[f.Name]; twice || f.Name == "" || f.Example == "" || !worded(f.Words) {
			return fmt.Errorf("formats: %q is empty, listed twice, without words or without an example", f.Name)
		}
		if r.formats.named[f.Name], err = compiled(f.Pattern, f.Check, f.Example); err != nil {
			return fmt.Errorf("formats: %q: %w", f.Name, err)
		}
	}
	for name, pattern := range earlierFormats {
		if _, ok := r.formats.named[name]; !ok {
			if r.formats.named[name], err = compiled(pattern, "", ""); err != nil {
				return err
			}
		}
	}
	return nil
}

func compileDocuments(list string, rules []DocumentRule) (map[string]form, error) {
	out := make(map[string]form, len(rules))
	for _, d := range rules {
		if _, twice := out[d.Type]; twice || d.Type == "" || d.Example == "" || !worded(d.Words) {
			return nil, fmt.Errorf("%s: type %q is empty, listed twice, without words or without an example", list, d.Type)
		}
		var err error
		if out[d.Type], err = compiled(d.Pattern, d.Check, d.Example); err != nil {
			return nil, fmt.Errorf("%s: type %q: %w", list, d.Type, err)
		}
	}
	return out, nil
}

// PhoneOK reports whether a mobile number has the form that the pack asks for.
func (r *Pack) PhoneOK(number string) bool { return r.formats.phone.ok(number) }

// EmailOK reports whether an address has the form that the pack asks for.
func (r *Pack) EmailOK(address string) bool { return r.formats.email.ok(address) }

// DocumentOK reports whether a paper of this type may have the number; false
// for a type that the pack does not know.
func (r *Pack) DocumentOK(kind, number string) bool { return r.formats.documents[kind].ok(number) }

// PaperOK reports the same of a paper that says who somebody is, or what one
// person is to another.
func (r *Pack) PaperOK(kind, number string) bool { return r.formats.papers[kind].ok(number) }

// FormatOK reports whether a text has the form of this name, say FormatIDNumber;
// false for a name that neither the pack nor the program knows.
func (r *Pack) FormatOK(name, text string) bool { return r.formats.named[name].ok(text) }

// Document returns the rule of a type, nil where there is none.
func (r *Pack) Document(kind string) *DocumentRule { return documentIn(r.Documents, kind) }

// Paper returns the rule of an identity paper or one that shows a relation, nil
// where there is none.
func (r *Pack) Paper(kind string) *DocumentRule { return documentIn(r.Papers, kind) }

func documentIn(rules []DocumentRule, kind string) *DocumentRule {
	for i := range rules {
		if rules[i].Type == kind {
			return &rules[i]
		}
	}
	return nil
}

// checks are what a pattern can not say, by the name that packs use.
var checks = map[string]func(string) bool{
	"tax-code-check": taxCode,
	"date-check":     date,
}

// Checks names the checks that a pack may use.
func Checks() []string { return slices.Sorted(maps.Keys(checks)) }

// date reports whether a text is a day that there is.
func date(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}

// taxWeights are those of the first nine digits of a tax code.
var taxWeights = [...]int{31, 29, 23, 19, 17, 13, 7, 5, 3}

// Lengths of tax codes in digits: with a check digit, and an individual's since
// July 2025, which is the ID number and has none.
const (
	taxDigits = 10
	idDigits  = 12
)

// taxCode reports whether the tenth digit of a tax code is right: 10 less the
// weighted sum of the nine before it modulo 11, so that a remainder of 0 gives
// no code. A branch's three digits behind it, and a code of twelve digits, have
// no check.
func taxCode(code string) bool {
	code, _, _ = strings.Cut(code, "-")
	if len(code) == idDigits {
		return true
	}
	if len(code) != taxDigits {
		return false
	}
	sum := 0
	for i, w := range taxWeights {
		sum += w * int(code[i]-'0')
	}
	return int(code[taxDigits-1]-'0') == 10-sum%11
}
