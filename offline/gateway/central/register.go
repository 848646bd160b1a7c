package central

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/mrz/cccd"
)

// Files of the register's folder.
const (
	citizensFile     = "citizens.json"
	appointmentsFile = "appointments.json"
	maxFile          = 256 << 20 // bytes of one
)

// Citizen is one entry of the reference register.
type Citizen struct {
	Number  string            `json:"number"`
	Fields  map[string]string `json:"fields"`
	Phone   string            `json:"phone,omitempty"`
	Face    *face.Template    `json:"face,omitempty"`
	Fingers []byte            `json:"fingers,omitempty"` // ISO/IEC 19794-2
}

// LogValue keeps the citizen out of logs.
func (c Citizen) LogValue() slog.Value { return slog.StringValue("citizen") }

// citizens is the form of citizens.json.
type citizens struct {
	// Accept is the cosine from which two templates of a model are one person.
	Accept   map[string]float64 `json:"accept"`
	Citizens []Citizen          `json:"citizens"`
}

// booked is one appointment in appointments.json.
type booked struct {
	Station string `json:"station"`
	Appointment
}

// Register is a Registry on two JSON files. It reads them again when they
// change; a file that is then not usable leaves the last good one in force.
// It is safe for concurrent use.
type Register struct {
	dir string
	log *slog.Logger

	mu       sync.Mutex
	seen     [2]stamp
	accept   map[string]float64
	byNumber map[string]*Citizen
	byPhone  map[string]string // phone as phoneNumber gives it → number
	days     map[string][]Appointment
}

// stamp tells whether a file has changed.
type stamp struct {
	at   time.Time
	size int64
}

// OpenRegister reads the folder; log may be nil. A folder without files is a
// register of nobody.
func OpenRegister(dir string, log *slog.Logger) (*Register, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	r := &Register{dir: dir, log: log}
	return r, r.load()
}

// Ready says whether the files are usable as they lie there now.
func (r *Register) Ready(context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.load()
}

// current reads what has changed.
func (r *Register) current() {
	if err := r.load(); err != nil {
		r.log.Error("the register's files are not usable: the last good ones stay in force", "error", err)
	}
}

func (r *Register) load() error {
	var list citizens
	if now, changed, err := r.changed(0, citizensFile, &list); err != nil {
		return err
	} else if changed {
		if err := r.take(list); err != nil {
			return err
		}
		r.seen[0] = now
	}
	var book []booked
	now, changed, err := r.changed(1, appointmentsFile, &book)
	if err != nil || !changed {
		return err
	}
	r.days = map[string][]Appointment{}
	for _, b := range book {
		key := dayKey(b.Station, b.At.In(hanoi()).Format(time.DateOnly))
		r.days[key] = append(r.days[key], b.Appointment)
	}
	for _, day := range r.days {
		slices.SortFunc(day, func(a, b Appointment) int { return a.At.Compare(b.At) })
	}
	r.seen[1] = now
	return nil
}

// changed decodes the file into v when it is not the one seen last.
func (r *Register) changed(i int, name string, v any) (stamp, bool, error) {
	f, err := os.Open(filepath.Join(r.dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return stamp{}, r.seen[i] != stamp{}, nil
	}
	if err != nil {
		return stamp{}, false, fmt.Errorf("central: %w", err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return stamp{}, false, fmt.Errorf("central: %w", err)
	}
	now := stamp{info.ModTime(), info.Size()}
	if now == r.seen[i] {
		return now, false, nil
	}
	if now.size > maxFile {
		return now, false, fmt.Errorf("central: %s has %d bytes, more than %d", name, now.size, maxFile)
	}
	if err := json.NewDecoder(io.LimitReader(f, maxFile)).Decode(v); err != nil {
		// The decoder's words can quote the file: the place is enough.
		return now, false, fmt.Errorf("central: %s is not the JSON of a register", name)
	}
	return now, true, nil
}

func (r *Register) take(list citizens) error {
	byNumber, byPhone := map[string]*Citizen{}, map[string]string{}
	for i := range list.Citizens {
		c := &list.Citizens[i]
		if err := knownBy(c.Number); err != nil {
			return fmt.Errorf("central: entry %d of %s: %w", i+1, citizensFile, err)
		}
		if byNumber[c.Number] != nil {
			return fmt.Errorf("central: entry %d of %s: the number is there twice", i+1, citizensFile)
		}
		byNumber[c.Number] = c
		if phone, ok := phoneNumber(c.Phone); ok {
			byPhone[phone] = c.Number
		}
	}
	r.accept, r.byNumber, r.byPhone = list.Accept, byNumber, byPhone
	return nil
}

// Check compares one citizen.
func (r *Register) Check(_ context.Context, q Question) (Answer, error) {
	if err := q.check(); err != nil {
		return Answer{}, err
	}
	r.mu.Lock()
	r.current()
	c, accept := r.byNumber[q.Number], r.accept
	r.mu.Unlock() // entries are never changed, only replaced
	if c == nil {
		return answer(NotFound, nil), nil
	}
	switch q.Kind {
	case Face:
		return answer(Pass, []Field{{"face", compareFaces(accept, c.Face, q.Face)}}), nil
	case Fingers:
		fields, err := compareFingers(c.Fingers, q.Fingers)
		return answer(Pass, fields), err
	default:
		return answer(Pass, compareFields(c.Fields, q.Fields)), nil
	}
}

// Phone says whether the phone is nobody else's, or the guardian's.
func (r *Register) Phone(_ context.Context, q PhoneQuestion) (Answer, error) {
	phone, ok := phoneNumber(q.Phone)
	if knownBy(q.Number) != nil || !ok || q.Guardian != "" && (knownBy(q.Guardian) != nil || q.Guardian == q.Number) {
		return Answer{}, ErrQuestion
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.current()
	if owner, taken := r.byPhone[phone]; taken && owner != q.Number && owner != q.Guardian {
		return answer(Pass, []Field{{"phone", Fail}}), nil
	}
	return answer(Pass, []Field{{"phone", Pass}}), nil
}

// Appointments lists a station's day.
func (r *Register) Appointments(_ context.Context, station, day string) ([]Appointment, error) {
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return nil, ErrQuestion
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.current()
	return slices.Clone(r.days[dayKey(station, day)]), nil
}

// hanoi is the zone of a day: UTC+7 all year.
func hanoi() *time.Location { return time.FixedZone("Asia/Ho_Chi_Minh", 7*60*60) }

func dayKey(station, day string) string { return day + " " + station }

// A foreigner's document has so many letters and digits.
const minForeign, maxForeign = 5, 20

// knownBy says whether somebody can be known by the number: a citizen by the
// twelve digits, a foreigner by a passport or residence card, which has a letter.
func knownBy(number string) error {
	_, err := cccd.ParseNumber(number)
	if err == nil || len(number) < minForeign || len(number) > maxForeign || !strings.ContainsFunc(number, unicode.IsUpper) {
		return err
	}
	for _, r := range number {
		if r > unicode.MaxASCII || !unicode.IsUpper(r) && !unicode.IsDigit(r) {
			return err
		}
	}
	return nil
}

// check refuses what cannot be compared.
func (q Question) check() error {
	if err := knownBy(q.Number); err != nil {
		return fmt.Errorf("%w: %w", ErrQuestion, err)
	}
	ok := false
	switch q.Kind {
	case Data:
		ok = len(q.Fields) > 0 && len(q.Fields) <= MaxFields
		for name, value := range q.Fields {
			ok = ok && name != "" && len(name) <= MaxValue && len(value) <= MaxValue
		}
	case Face:
		ok = q.Face != nil && len(q.Face.Vector) > 0 && len(q.Face.Vector) <= MaxVector
	case Fingers:
		ok = len(q.Fingers) > 0 && len(q.Fingers) <= MaxMinutiae
	}
	if !ok {
		return fmt.Errorf("%w: kind %q needs its fields, a face template or a minutiae record, within limits", ErrQuestion, q.Kind)
	}
	return nil
}

// compareFields compares what was asked, in the order of the names. Letter
// case, spaces and the form of Unicode do not count; diacritics do. Sex and
// nationality are one in words and in the code of the zone.
func compareFields(held, asked map[string]string) []Field {
	fields := make([]Field, 0, len(asked))
	for name, value := range asked {
		outcome := NotHeld
		if have, ok := held[name]; ok {
			outcome = passIf(canonical(name, have) == canonical(name, value))
		}
		fields = append(fields, Field{name, outcome})
	}
	slices.SortFunc(fields, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	return fields
}

// inWords are the words for codes of Doc 9303, as plain writes them.
var inWords = map[string]map[string]string{
	"sex":         {"NAM": "M", "NỮ": "F"},
	"nationality": {"VIỆT NAM": "VNM"},
}

func canonical(field, value string) string {
	value = plain(value)
	if code, ok := inWords[field][value]; ok {
		return code
	}
	return value
}

func plain(s string) string {
	upper := cases.Upper(language.Vietnamese).String(norm.NFC.String(s))
	return strings.Join(strings.Fields(upper), " ")
}

func passIf(ok bool) Outcome {
	if ok {
		return Pass
	}
	return Fail
}
