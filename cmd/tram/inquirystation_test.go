package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/offline/gateway"
	behind "github.com/tram-station/tram/offline/gateway/central"
	"github.com/tram-station/tram/offline/inquiry"
	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/testdata"
)

// lockedBuffer takes a log.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// attended is a station with a card on its reader, and the officer in front of it.
type attended struct {
	*testing.T
	s    *station
	qr   string
	told int
}

func (c *attended) do(name string, args any) {
	c.Helper()
	raw, err := json.Marshal(args)
	if err != nil {
		c.Fatal(err)
	}
	c.told++
	_, err = c.s.enrol.Do(c.Context(), enrol.Command{ID: fmt.Sprint(c.told), Name: name, Args: raw, Officer: "officer-1"})
	if err != nil {
		c.Fatalf("%s: %v", name, err)
	}
}

// until waits for a snapshot and says how long that took.
func (c *attended) until(what string, ok func(enrol.Snapshot) bool) time.Duration {
	c.Helper()
	begun := time.Now()
	ctx, cancel := context.WithTimeout(c.Context(), 30*time.Second)
	defer cancel()
	for s := range c.s.enrol.Watch(ctx) {
		if ok(s) {
			return time.Since(begun)
		}
	}
	s := c.s.enrol.Snapshot()
	c.Fatalf("%s: never: step %s, register %+v, phone %+v", what, s.Step, s.Register, s.Phone)
	return 0
}

// person goes from the notice to the confirmed person, and has the register asked.
func (c *attended) person() {
	c.Helper()
	c.do("begin", struct{}{})
	c.do("notice", struct{}{})
	c.do("scan", enrol.ScanArgs{QR: c.qr})
	c.until("the chip", func(s enrol.Snapshot) bool { return s.Chip.State == "done" })
	c.do("confirm-person", enrol.PersonArgs{Phone: demoPhone})
	c.do("register-check", struct{}{})
}

// data is the register's check of the data; nil before there is one.
func data(s enrol.Snapshot) *enrol.RegisterCheckView {
	for i := range s.Register.Checks {
		if s.Register.Checks[i].Kind == "data" {
			return &s.Register.Checks[i]
		}
	}
	return nil
}

// A whole station asks the real gateway's register and has the phone verified;
// where the gateway takes the questions and says nothing, the enrolment goes on.
func TestStationAsksTheCentral(t *testing.T) {
	t.Setenv("TRAM_ASSETS", testdata.Assets(t))
	dir, _, gw, reopen := queueStation(t)
	citizen, err := demoCitizen()
	if err != nil {
		t.Fatal(err)
	}
	card, trust, err := issueDemoCard(t.TempDir(), citizen)
	if err != nil {
		t.Fatal(err)
	}
	entry := behind.Citizen{Number: citizen.Number, Fields: map[string]string{"name": citizen.Name, "sex": citizen.Sex}}
	office := demoRegister{filepath.Join(t.TempDir(), "register")}
	if err := office.fill(entry, nil); err != nil {
		t.Fatal(err)
	}
	register, err := behind.OpenRegister(office.dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	messages, err := behind.OpenSpool(filepath.Join(office.dir, "messages"))
	if err != nil {
		t.Fatal(err)
	}
	answers := behind.Handler{Registry: register, Messenger: messages, Caller: gateway.MountedCaller}.Mux()
	var silent atomic.Bool
	over := make(chan struct{})
	t.Cleanup(func() { close(over) })
	gw.Registry = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if silent.Load() {
			select {
			case <-over:
			case <-r.Context().Done():
			}
			return
		}
		answers.ServeHTTP(w, r)
	})
	reopen()
	slot := new(apdu.VirtualSlot)
	slot.Put(card)
	var log lockedBuffer
	s, err := openStation(stationConfig{
		id: "tram-thu-001", data: dir, listen: "127.0.0.1:0", pairing: filepath.Join(dir, "pairing.json"), trust: trust, tpm: tpmNone,
		log: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		devices: devices{
			slot:    func() (apdu.Slot, error) { return slot, nil },
			camera:  func(context.Context) (biometrics.Camera, error) { return nil, biometrics.ErrNoDevice },
			scanner: func(context.Context) (biometrics.Scanner, error) { return nil, biometrics.ErrNoDevice },
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = s.socket.Close() // nobody serves it
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}()
	c := &attended{T: t, s: s, qr: card.QR()}

	c.person()
	c.until("an answer of the register", func(s enrol.Snapshot) bool { return data(s) != nil && data(s).Outcome == string(inquiry.Pass) })
	c.until("a phone to send to", func(s enrol.Snapshot) bool { return s.Phone.State == "ready" })
	c.do("phone-send", struct{}{})
	c.until("a message", func(s enrol.Snapshot) bool { return s.Phone.State == "sent" })
	code, err := office.code(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c.do("phone-code", enrol.CodeArgs{Code: enrol.OTP(code)})
	c.until("a verified phone", func(s enrol.Snapshot) bool { return s.Phone.State == "verified" })
	c.do("cancel", struct{}{})

	silent.Store(true)
	c.person()
	took := c.until("the portrait's step", func(s enrol.Snapshot) bool { return s.Step == enrol.StepPortrait })
	if took > 4*time.Second {
		t.Errorf("a silent central held the citizen up for %s", took)
	}
	c.until("a check that was not done", func(s enrol.Snapshot) bool { return data(s) != nil && data(s).Code == "offline" })

	said := log.String()
	for _, secret := range []string{code, demoPhone, citizen.Number, "Thử"} {
		if strings.Contains(said, secret) {
			t.Errorf("the log says %q", secret)
		}
	}
	if said == "" {
		t.Error("control: nothing was logged")
	}
}
