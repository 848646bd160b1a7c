package central

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
)

// Limits of the messenger.
const (
	CodeDigits  = 6
	CodeAge     = 3 * time.Minute
	CodeTries   = 5
	PhoneBurst  = 3 // messages a phone gets in PhoneWindow
	PhoneWindow = 10 * time.Minute
	// StationBurst is what a station may send in StationWindow: forty citizens
	// a day, three times at the peak, with repeats.
	StationBurst  = 120
	StationWindow = time.Hour
	// MaxWaiting bounds codes under way and messages that nobody fetches.
	MaxWaiting = 50_000
)

// Message is one text for one phone, as the spool hands it on.
type Message struct {
	Phone string    `json:"phone"`
	Text  string    `json:"text"`
	At    time.Time `json:"at"`
}

// Spool is a Messenger that writes each message as a JSON file into a folder,
// from where the provider's program fetches and removes it. Codes under way
// live in memory: after a restart the citizen asks for a new one. It is safe
// for concurrent use.
type Spool struct {
	dir  string
	key  []byte // codes are kept under it only
	Now  func() time.Time
	Rand io.Reader

	mu      sync.Mutex
	codes   map[uuid.UUID]*code
	sent    map[string][]time.Time // by phone and by station
	cleaned time.Time
}

// code is one under way.
type code struct {
	station string
	phone   string
	mac     []byte
	expires time.Time
	tries   int
}

// OpenSpool uses the folder, made when it is not there.
func OpenSpool(dir string) (*Spool, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("central: %w", err)
	}
	s := &Spool{
		dir: dir, key: make([]byte, sha256.Size), Now: time.Now, Rand: rand.Reader,
		codes: map[uuid.UUID]*code{}, sent: map[string][]time.Time{},
	}
	if _, err := io.ReadFull(rand.Reader, s.key); err != nil {
		return nil, fmt.Errorf("central: %w", err)
	}
	return s, nil
}

// OTP sends a one-time code, which takes the place of the one that the station
// had sent to the phone before.
func (s *Spool) OTP(_ context.Context, station, phone, purpose string) (Ticket, error) {
	text, known := purposes[purpose]
	phone, ok := phoneNumber(phone)
	if !known || !ok {
		return Ticket{}, ErrQuestion
	}
	n, err := rand.Int(s.Rand, big.NewInt(1_000_000))
	if err != nil {
		return Ticket{}, fmt.Errorf("central: %w", err)
	}
	digits := fmt.Sprintf("%0*d", CodeDigits, n)
	id, err := uuid.NewRandomFromReader(s.Rand)
	if err != nil {
		return Ticket{}, fmt.Errorf("central: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Now()
	if err := s.allow(now, station, phone); err != nil {
		return Ticket{}, err
	}
	if err := s.write(phone, fmt.Sprintf(text, digits), now); err != nil {
		return Ticket{}, err
	}
	for former, c := range s.codes {
		if c.station == station && c.phone == phone {
			delete(s.codes, former)
		}
	}
	s.codes[id] = &code{station: station, phone: phone, mac: s.mac(id, digits), expires: now.Add(CodeAge)}
	return Ticket{ID: id, Expires: now.Add(CodeAge)}, nil
}

// Ready says whether a message could be written and handed on.
func (s *Spool) Ready(context.Context) error {
	waiting, err := os.ReadDir(s.dir)
	if err != nil {
		return fmt.Errorf("central: %w", err)
	}
	if len(waiting) >= MaxWaiting {
		return ErrFull
	}
	return nil
}

// Confirm says whether the citizen typed the code.
func (s *Spool) Confirm(_ context.Context, station string, id uuid.UUID, typed string) (Outcome, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.codes[id]
	if c == nil || c.station != station || !s.Now().Before(c.expires) {
		return Expired, nil
	}
	if c.tries++; c.tries > CodeTries {
		return Spent, nil
	}
	if !hmac.Equal(c.mac, s.mac(id, strings.TrimSpace(typed))) {
		if c.tries == CodeTries {
			return Spent, nil
		}
		return Fail, nil
	}
	delete(s.codes, id) // a code is good once
	return Pass, nil
}

// Notice sends one of the fixed texts.
func (s *Spool) Notice(_ context.Context, station, phone string, kind NoticeKind, dossier uuid.UUID) error {
	text, known := notices[kind]
	phone, ok := phoneNumber(phone)
	if !known || !ok || dossier == uuid.Nil {
		return ErrQuestion
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Now()
	if err := s.allow(now, station, phone); err != nil {
		return err
	}
	return s.write(phone, fmt.Sprintf(text, dossier), now)
}

// allow counts a message against its phone and its station, or says how long
// to wait. A message that is refused does not count.
func (s *Spool) allow(now time.Time, station, phone string) error {
	s.clean(now)
	if len(s.codes) >= MaxWaiting || len(s.sent) >= 2*MaxWaiting {
		return ErrFull
	}
	limits := []struct {
		key    string
		burst  int
		window time.Duration
	}{{"phone " + phone, PhoneBurst, PhoneWindow}, {"station " + station, StationBurst, StationWindow}}
	for _, l := range limits {
		kept := s.sent[l.key][:0]
		for _, at := range s.sent[l.key] {
			if now.Sub(at) < l.window {
				kept = append(kept, at)
			}
		}
		s.sent[l.key] = kept
		if len(kept) >= l.burst {
			return &RateError{After: kept[0].Add(l.window).Sub(now)}
		}
	}
	for _, l := range limits {
		s.sent[l.key] = append(s.sent[l.key], now)
	}
	return nil
}

// clean forgets, once a minute, what no longer counts.
func (s *Spool) clean(now time.Time) {
	if now.Sub(s.cleaned) < time.Minute {
		return
	}
	s.cleaned = now
	for id, c := range s.codes {
		if !now.Before(c.expires) {
			delete(s.codes, id)
		}
	}
	for key, times := range s.sent {
		if len(times) == 0 || now.Sub(times[len(times)-1]) >= StationWindow {
			delete(s.sent, key)
		}
	}
}

func (s *Spool) mac(id uuid.UUID, digits string) []byte {
	h := hmac.New(sha256.New, s.key)
	h.Write(id[:])
	h.Write([]byte(digits))
	return h.Sum(nil)
}

// write puts the message into the folder under a name that sorts by time.
func (s *Spool) write(phone, text string, now time.Time) error {
	if err := s.Ready(context.Background()); err != nil {
		return err
	}
	raw, err := json.Marshal(Message{Phone: phone, Text: text, At: now.UTC()})
	if err != nil {
		return fmt.Errorf("central: %w", err)
	}
	name := now.UTC().Format("20060102T150405.000000000") + "-" + rand.Text() + ".json"
	if err := envelope.SaveFile(filepath.Join(s.dir, name), raw, 0o600); err != nil {
		return errors.Join(ErrFull, err)
	}
	return nil
}

// purposes are the texts that carry a code.
var purposes = map[string]string{
	"enrol": "Ma xac nhan dang ky dinh danh dien tu muc 2: %s. Hieu luc 3 phut. Khong dua ma nay cho nguoi khac.",
	"phone": "Ma xac nhan thay doi so dien thoai: %s. Hieu luc 3 phut. Khong dua ma nay cho nguoi khac.",
}

// notices are the texts without one. SMS centres charge diacritics double, so
// they go without, as banks and offices send them.
var notices = map[NoticeKind]string{
	NoticeTaken:    "Ho so dinh danh dien tu cua ban da duoc tiep nhan. Ma ho so: %s.",
	NoticeApproved: "Ho so dinh danh dien tu cua ban da duoc duyet. Ma ho so: %s.",
	NoticeFix:      "Ho so dinh danh dien tu cua ban can bo sung. Moi ban den lai diem dang ky. Ma ho so: %s.",
	NoticeRejected: "Ho so dinh danh dien tu cua ban khong duoc duyet. Moi ban lien he diem dang ky. Ma ho so: %s.",
}
