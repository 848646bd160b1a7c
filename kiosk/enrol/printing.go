package enrol

import (
	"slices"
	"strings"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/reader/verdict"
)

// printing is the fingers' share of an enrolment's state.
type printing struct {
	reader *readerTakes // what the reader that was opened last can do; nil: none was
	want   unit         // what is to be laid down now
	rounds int          // of all units: tells one beginning from the next

	captures int                     // of all units: tells one capture from the next
	attempts []fingerTry             // every capture that gave a picture
	records  map[int][][]byte        // of a run: the originals as the device signed them
	tries    map[unit]int            // of the unit's present round
	scores   map[spot][]int          // of the present round's tries
	last     map[spot]*capturedPrint // of the last try
	kept     map[spot]*capturedPrint // of the best one
	serial   int                     // grows with every change of what is kept
	changed  map[spot]int            // the serial of the last change of a print
	compared *comparedPrints
	// slapProblem is what was wrong with the last capture: "finger-count" or
	// "other-hand".
	slapProblem string

	exceptions map[biometrics.Finger]exception
	wantPhoto  biometrics.Finger // whose hand's picture is to be taken
}

// exception is a finger that is not captured: why, and what proves it.
type exception struct {
	Reason, Officer string
	At              time.Time
	photo           *handPhoto
	supervisor      string
	approved        time.Time
	let             bool // the enrolment goes on without a supervisor at the station
}

// complete reports whether everything that the rules ask of it is there.
func (x exception) complete(r *rules.Pack) bool {
	photo, supervisor := x.wants(r)
	return !photo && !supervisor
}

// wants says what is missing.
func (x exception) wants(r *rules.Pack) (photo, supervisor bool) {
	photo, supervisor = r.Proofs(x.Reason)
	return photo && x.photo == nil, supervisor && x.supervisor == "" && !x.let
}

func newPrinting() printing {
	return printing{records: map[int][][]byte{}, tries: map[unit]int{}, scores: map[spot][]int{}, last: map[spot]*capturedPrint{},
		kept: map[spot]*capturedPrint{}, changed: map[spot]int{}, exceptions: map[biometrics.Finger]exception{}}
}

// The problems of a slap that was laid down wrongly.
const (
	slapCount = "finger-count" // not as many fingers as are expected
	slapHand  = "other-hand"
)

// fingerTry is one capture that gave a picture, whatever came of it.
type fingerTry struct {
	Unit    string            `cbor:"unit"`
	At      time.Time         `cbor:"at"`
	Elapsed time.Duration     `cbor:"elapsed"`
	Problem string            `cbor:"problem"` // "", "finger-count" or "other-hand"
	Scores  []fingerScore     `cbor:"scores"`
	Device  biometrics.Device `cbor:"device"`
	// Trust is how far the reader was known to be genuine; nil where it does not
	// sign.
	Trust *evidenceCheck `cbor:"trust"`

	trust verdict.Check // the same in words
}

type fingerScore struct {
	Finger    biometrics.Finger `cbor:"finger"`
	Score     int               `cbor:"score"`
	Algorithm string            `cbor:"algorithm"`
	Minutiae  int               `cbor:"minutiae"`
	Causes    []string          `cbor:"causes"`
	Said      *biometrics.Said  `cbor:"said"` // the device's own word
}

// taking is what one capture gave.
type taking struct {
	Unit    string            `cbor:"unit"`
	Problem string            `cbor:"problem"`
	Prints  []capturedPrint   `cbor:"prints"`
	Records [][]byte          `cbor:"records"`
	Device  biometrics.Device `cbor:"device"`
	Trust   verdict.Check     `cbor:"trust"` // without a name where the reader does not sign
}

// expected lists the fingers of a unit that are not excepted.
func (s *printing) expected(u unit) []biometrics.Finger {
	return biometrics.Request{Finger: u.finger, Missing: s.missing(u)}.Wanted()
}

// missing lists the excepted fingers of a unit.
func (s *printing) missing(u unit) (out []biometrics.Finger) {
	for _, f := range u.finger.Fingers() {
		if _, ok := s.exceptions[f]; ok {
			out = append(out, f)
		}
	}
	return out
}

// good reports whether a print needs no other try.
func good(p *capturedPrint, r *rules.Pack) bool {
	return p.Quality.Score >= r.Threshold(p.Finger) && p.minutiae() >= r.FingerMinutiae
}

// better reports whether p is to be kept instead of old.
func better(p, old *capturedPrint, r *rules.Pack) bool {
	if a, b := good(p, r), good(old, r); a != b {
		return a
	}
	return p.Quality.Score > old.Quality.Score
}

// unitGood reports whether every expected finger of the unit has a good print.
func (s *printing) unitGood(u unit, r *rules.Pack) bool {
	for _, f := range s.expected(u) {
		if p := s.kept[spot{f, u.rolled}]; p == nil || !good(p, r) {
			return false
		}
	}
	return true
}

// spots lists the places whose prints the rules want, as far as the reader can
// take them.
func (s *printing) spots(r *rules.Pack) (out []spot) {
	for _, u := range unitsOf(r, s.reader) {
		out = append(out, u.spots()...)
	}
	return out
}

// fingersDone reports whether nothing more is wanted of the fingers: each has
// its prints or a proven exception, and no two of them are in dispute.
func (s *state) fingersDone(r *rules.Pack) bool {
	if s.want != noUnit || s.comparing(r) {
		return false
	}
	for _, x := range s.exceptions {
		if !x.complete(r) {
			return false
		}
	}
	for _, at := range s.spots(r) {
		if _, excepted := s.exceptions[at.finger]; !excepted && s.kept[at] == nil {
			return false
		}
	}
	return !slices.ContainsFunc(s.clashes(), func(c clash) bool { _, known := s.acks[c.issue()]; return !known })
}

// fingers lists the required fingers, then any further one.
func (s *state) fingers(r *rules.Pack) []biometrics.Finger {
	all := slices.Clone(r.Fingers)
	for f := biometrics.RightThumb; f <= biometrics.LeftLittle; f++ {
		_, excepted := s.exceptions[f]
		if (s.kept[spot{f, false}] != nil || excepted || s.want.finger == f) && !slices.Contains(all, f) {
			all = append(all, f)
		}
	}
	return all
}

// foldFingersStart begins a unit anew: what it gave before is given up, but for
// the record of its tries.
func foldFingersStart(s *state, e *event, _ *rules.Pack) {
	u, _ := parseUnit(e.Unit)
	if u.finger.Single() {
		delete(s.exceptions, u.finger)
	}
	s.want, s.tries[u], s.slapProblem = u, 0, ""
	s.wantPhoto = biometrics.UnknownFinger // the reader is wanted now
	s.rounds++
	for _, f := range s.expected(u) {
		s.forget(spot{f, u.rolled})
	}
}

// forget drops a print, and what was said of it.
func (s *state) forget(at spot) {
	delete(s.kept, at)
	delete(s.last, at)
	delete(s.scores, at)
	s.serial++
	s.unacknowledge(at)
}

// unacknowledge takes back what was said of a print that is no longer there.
func (s *state) unacknowledge(at spot) {
	for code := range s.acks {
		if concerns(code, at) {
			delete(s.acks, code)
		}
	}
}

func foldException(s *state, e *event, r *rules.Pack) {
	s.exceptions[e.Finger] = exception{Reason: e.Reason, Officer: e.Officer, At: e.At}
	s.slapProblem = ""
	if s.wantPhoto == e.Finger {
		s.wantPhoto = biometrics.UnknownFinger
	}
	if s.want != noUnit && s.unitGood(s.want, r) { // also where none is expected any more
		s.want = noUnit
	}
}

func foldFingerPhoto(s *state, e *event, _ *rules.Pack) { s.wantPhoto = e.Finger }

// foldFingerCamera calls the wanted picture off.
func foldFingerCamera(s *state, _ *event, _ *rules.Pack) { s.wantPhoto = biometrics.UnknownFinger }

// foldPhoto keeps the picture of the hand, where that finger's is still wanted.
// Who approved another one has not seen this.
func foldPhoto(s *state, e *event, _ *rules.Pack) {
	s.machine[StepFingers] += e.Elapsed
	if s.wantPhoto != e.Finger {
		return
	}
	s.wantPhoto = biometrics.UnknownFinger
	if x, ok := s.exceptions[e.Finger]; ok {
		e.Photo.mark = markOf(e.Photo.JPEG)
		x.photo, x.supervisor, x.approved, x.let = e.Photo, "", time.Time{}, false
		s.exceptions[e.Finger] = x
	}
}

func foldApprove(s *state, e *event, _ *rules.Pack) {
	if x, ok := s.exceptions[e.Finger]; ok {
		x.supervisor, x.approved = e.Supervisor, e.At
		s.exceptions[e.Finger] = x
	}
}

// foldReader notes what the reader can do. Where it can not take the unit that
// is wanted, the first of its fingers that is missing is wanted instead.
func foldReader(s *state, e *event, r *rules.Pack) {
	s.reader = e.Reader
	if s.want == noUnit || e.Reader.takes(s.want) {
		return
	}
	was := s.want
	s.want = noUnit
	if !was.rolled {
		for _, f := range s.expected(was) {
			if s.kept[spot{f, false}] == nil {
				s.want = unit{finger: f}
				return
			}
		}
	}
}

// foldTaken keeps the better of each finger's prints; where one is not good
// enough, another try follows by itself while there are tries.
func foldTaken(s *state, e *event, r *rules.Pack) {
	t := e.Taking
	u, _ := parseUnit(t.Unit)
	s.captures++
	s.tries[u]++
	s.machine[StepFingers] += e.Elapsed
	s.slapProblem = t.Problem
	try := fingerTry{Unit: t.Unit, At: e.At, Elapsed: e.Elapsed, Problem: t.Problem, Scores: []fingerScore{}, Device: t.Device, trust: t.Trust}
	if x := t.Trust; x.Name != "" {
		try.Trust = &evidenceCheck{x.Name, x.Outcome.String(), x.Reason.EN}
	}
	for i := range t.Prints {
		p := &t.Prints[i]
		p.run, p.mark = len(s.attempts), markOf(p.PNG)
		at := p.spot()
		q := p.Quality
		try.Scores = append(try.Scores, fingerScore{p.Finger, q.Score, q.Algorithm, p.minutiae(), append([]string{}, q.Causes...), p.Said})
		s.scores[at] = append(s.scores[at], q.Score)
		s.last[at] = p
		if old := s.kept[at]; old == nil || better(p, old, r) {
			s.kept[at] = p
			s.serial++
			s.changed[at] = s.serial
			s.unacknowledge(at)
		}
	}
	if len(t.Records) > 0 {
		s.records[len(s.attempts)] = t.Records
	}
	s.attempts = append(s.attempts, try)
	if s.want == u && (s.tries[u] >= r.FingerTries || s.unitGood(u, r)) {
		s.want = noUnit
	}
}

// concerns reports whether an issue's code names the print: "finger-weak:r5",
// "finger-repeated:2-5".
func concerns(code string, at spot) bool {
	kind, named, ok := strings.Cut(code, ":")
	switch {
	case !ok || !strings.HasPrefix(kind, "finger-"):
		return false
	case kind == weakPrint:
		return named == unit(at).id()
	}
	return slices.Contains(strings.Split(named, "-"), unit{finger: at.finger}.id())
}
