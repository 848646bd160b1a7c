package enrol

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	maxArgs      = 64 << 10
	maxCommandID = 64
	maxReason    = 500 // letters
	maxField     = 500 // letters
)

// readArgs decodes the arguments strictly: an unknown field is a mistake of
// the page and would otherwise be lost without a word.
func readArgs(raw json.RawMessage, into any) *Problem {
	if len(raw) > maxArgs {
		return problem("bad-args")
	}
	if len(raw) == 0 {
		raw = []byte("{}")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return problem("bad-args")
	}
	if _, err := d.Token(); err != io.EOF {
		return problem("bad-args")
	}
	return nil
}

// accept checks one command's arguments against the state and the rules, and
// fills the event. It changes nothing.
type accept func(s *Station, c Command, e *event) *Problem

// accepts says for each command how it is checked. Begin, cancel, finish and
// new open and close the journal and are the station's own.
var accepts = join(coreAccepts, peopleAccepts, kindAccepts, paperAccepts, onlineAccepts, citizenAccepts)

var coreAccepts = map[string]accept{
	CmdNotice:          acceptPlain,
	CmdScan:            acceptScan,
	CmdAcknowledge:     acceptAck,
	CmdConfirmPerson:   acceptPerson,
	CmdPortraitStart:   acceptStart,
	CmdPortraitRetake:  acceptPlain,
	CmdPortraitManual:  acceptManual,
	CmdPortraitAccept:  acceptPortrait,
	CmdPortraitDiffers: acceptDiffers,
	CmdFingersStart:    acceptUnit,
	CmdFingerException: acceptException,
	CmdFingerPhoto:     acceptFingerPhoto,
	CmdFingerApprove:   acceptApprove,
	CmdSign:            acceptSign,
	CmdSeal:            acceptSeal,
}

func acceptPlain(_ *Station, c Command, _ *event) *Problem { return readArgs(c.Args, &struct{}{}) }

func acceptScan(s *Station, c Command, e *event) *Problem {
	var a ScanArgs
	if p := readArgs(c.Args, &a); p != nil {
		return p
	}
	if !s.st.takes(StepCard) {
		return problem("wrong-step")
	}
	scan, p := s.takeScan(a, e.At)
	switch {
	case p != nil:
		return p
	case s.st.chip != nil && !s.st.adds(scan, e.At):
		return problem("already-read")
	}
	e.Scan = scan
	return nil
}

func acceptAck(s *Station, c Command, e *event) *Problem {
	var a AcknowledgeArgs
	if p := readArgs(c.Args, &a); p != nil {
		return p
	}
	_, _, issues := s.judged()
	if !slices.ContainsFunc(issues, func(i Issue) bool { return i.Code == a.Code && !i.Final }) {
		return problem("unknown-issue")
	}
	if isFinding(a.Code) {
		return problem("not-excused")
	}
	var ok bool
	if a.Reason, ok = s.reason(a.Reason); !ok {
		return problem("bad-reason")
	}
	e.Ack = &a
	return nil
}

func acceptPerson(s *Station, c Command, e *event) *Problem {
	var a PersonArgs
	if p := readArgs(c.Args, &a); p != nil {
		return p
	}
	fields, _, issues := s.judged()
	if !enough(fields) {
		return problem("not-ready")
	}
	if code := finalIssue(issues); code != "" {
		return problem(code)
	}
	s.st.asSaid(&a)
	if p := s.reached(&a.Phone, &a.Email); p != nil {
		return p
	}
	if p := s.placed(&a); p != nil {
		return p
	}
	for name, v := range a.Corrections {
		v, ok := line(v, maxField)
		if !ok || !slices.Contains(s.rules.Correctable, name) {
			return problem("bad-correction")
		}
		a.Corrections[name] = v
	}
	e.Person, e.Online = &a, s.cfg.Central != nil
	return nil
}

// enough reports whether the citizen is known well enough to be confirmed.
func enough(fields []Field) bool {
	return value(fields, fieldNumber) != "" && value(fields, fieldName) != "" && value(fields, fieldBirth) != ""
}

func acceptSign(s *Station, c Command, e *event) *Problem {
	if p := acceptPlain(s, c, e); p != nil {
		return p
	}
	if e.Officer == "" {
		return problem("no-officer")
	}
	if s.st.chip == nil && !s.st.cardless() {
		return problem("chip-unread")
	}
	_, _, issues := s.judged()
	if code := finalIssue(issues); code != "" {
		return problem(code)
	}
	if s.st.comparing(s.rules) || s.st.comparingCard() {
		return problem("compare-pending")
	}
	if blocking(issues) {
		return problem("open-issues")
	}
	if s.registerPending() {
		return problem("register-pending")
	}
	if p := s.st.exceptionGate(s.rules); p != nil {
		return p
	}
	e.Sampled = s.drawn()
	return nil
}

// reason cleans a free reason; ok is false where it says too little.
func (s *Station) reason(text string) (string, bool) {
	text, ok := line(text, maxReason)
	return text, ok && utf8.RuneCountInString(text) >= s.rules.ReasonLetters
}

// line composes a text to one line; ok is false for an empty or a too long one
// and for control characters.
func line(text string, limit int) (string, bool) {
	text = norm.NFC.String(strings.Join(strings.Fields(strings.Map(visible, text)), " "))
	n := utf8.RuneCountInString(text)
	return text, n > 0 && n <= limit && utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}
