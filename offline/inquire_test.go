package offline_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
	behind "github.com/tram-station/tram/offline/gateway/central"
	"github.com/tram-station/tram/offline/inquiry"
	"github.com/tram-station/tram/offline/uplink"
)

// office is what stands behind the gateway of a test.
type office struct {
	*central
	register *behind.Register
	spool    string
	desk     *behind.DeskDir
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{central: newCentral(t)}
	folder := filepath.Join(o.dir, "register")
	if err := behind.Invent(folder, 3, 1, stationID, time.Now()); err != nil {
		t.Fatal(err)
	}
	o.spool = filepath.Join(folder, "messages")
	o.register = must(behind.OpenRegister(folder, nil))(t)
	o.desk = must(behind.OpenDesk(filepath.Join(o.dir, "exceptions"), nil))(t)
	messages := must(behind.OpenSpool(o.spool))(t)
	o.registry = behind.Handler{Registry: o.register, Messenger: messages, Desk: o.desk, Caller: gateway.MountedCaller}.Mux()
	o.restart()
	return o
}

// code is the one that the citizen's phone got.
func (o *office) code(t *testing.T) string {
	t.Helper()
	names := must(filepath.Glob(filepath.Join(o.spool, "*.json")))(t)
	if len(names) != 1 {
		t.Fatalf("%d messages wait", len(names))
	}
	var m behind.Message
	if err := json.Unmarshal(must(os.ReadFile(names[0]))(t), &m); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(names[0]); err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`\b[0-9]{6}\b`).FindString(m.Text)
}

// decide is what a supervisor at the central says.
func (o *office) decide(t *testing.T, id uuid.UUID, approved bool) {
	t.Helper()
	r := behind.Ruling{Approved: approved, Reason: "condition-confirmed", Words: "Đã xác nhận tình trạng", Supervisor: "giam-sat-1"}
	if _, err := o.desk.Decide(o.key, id, r); err != nil {
		t.Fatal(err)
	}
}

// enrolled is the configuration of a station that the gateway knows, with its
// certificate on the disk.
func (o *office) enrolled(t *testing.T, url string) offline.Config {
	t.Helper()
	cfg := o.secure(t, url)
	b := must(offline.Open(cfg))(t)
	if err := b.Sync(t.Context()); !errors.Is(err, offline.ErrPending) {
		t.Fatal(err)
	}
	must(o.stations.Approve(cfg.Signer.ID(), o.authority))(t)
	if err := b.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	return cfg
}

func fingerException(dossier uuid.UUID) inquiry.Exception {
	return inquiry.Exception{ID: uuid.Must(uuid.NewV7()), Dossier: dossier, Code: "finger-missing", Reason: "amputated", Masked: "••••••••0001", Officer: "officer-1"}
}

// A station asks all that it can, of the real gateway over mutual TLS.
func TestInquiry(t *testing.T) {
	o := newOffice(t)
	cfg := o.enrolled(t, o.serveTLS(t).URL)
	c := open(t, cfg).Inquiry()
	ctx := t.Context()
	if s, err := c.Services(ctx); err != nil || s != (inquiry.Services{Register: inquiry.Ready, Messages: inquiry.Ready, Exceptions: inquiry.Ready}) {
		t.Fatalf("services %+v, %v", s, err)
	}
	list, err := c.Appointments(ctx, time.Now())
	if err != nil || len(list) != 3 {
		t.Fatalf("%d appointments, %v", len(list), err)
	}
	own, other := list[0], list[1]
	for name, want := range map[string]inquiry.Outcome{own.Name: inquiry.Pass, "Nguyễn Văn Khác": inquiry.Fail} {
		a, err := c.Check(ctx, inquiry.Question{Kind: inquiry.Data, Number: own.Number, Fields: map[string]string{"name": name, "religion": "Không"}})
		if err != nil || a.Outcome != want || len(a.Fields) != 2 || a.Words.VI == "" {
			t.Errorf("check: %+v, %v, want %s", a, err, want)
		}
	}
	if a, err := c.Check(ctx, inquiry.Question{Kind: inquiry.Data, Number: "001990990099", Fields: map[string]string{"name": "x"}}); err != nil || a.Outcome != inquiry.NotFound {
		t.Errorf("nobody: %+v, %v", a, err)
	}
	for guardian, want := range map[string]inquiry.Outcome{"": inquiry.Fail, other.Number: inquiry.Pass} {
		a, err := c.Phone(ctx, inquiry.PhoneQuestion{Number: own.Number, Phone: "0900000002", Guardian: guardian})
		if err != nil || a.Outcome != want {
			t.Errorf("the phone of another, guardian %v: %+v, %v, want %s", guardian != "", a, err, want)
		}
	}
	ticket, err := c.SendOTP(ctx, "0900000001", inquiry.PurposeEnrol)
	if left := time.Until(ticket.Expires); err != nil || left > 3*time.Minute+2*time.Second || left < 2*time.Minute {
		t.Fatalf("ticket for %s, %v", left, err)
	}
	code := o.code(t)
	for _, try := range []struct {
		code string
		want inquiry.Outcome
	}{{"12345", inquiry.Fail}, {other6(code), inquiry.Fail}, {" " + code, inquiry.Pass}, {code, inquiry.Expired}} {
		if got, err := c.ConfirmOTP(ctx, ticket.ID, try.code); err != nil || got != try.want {
			t.Errorf("code: %s, %v, want %s", got, err, try.want)
		}
	}
	for range behind.PhoneBurst - 1 {
		if _, err = c.SendOTP(ctx, "0900000001", inquiry.PurposeEnrol); err != nil {
			t.Fatal(err)
		}
	}
	_, err = c.SendOTP(ctx, "0900000001", inquiry.PurposeEnrol)
	if rate, ok := errors.AsType[*inquiry.RateError](err); !ok || rate.After < time.Minute || rate.After > behind.PhoneWindow {
		t.Errorf("the fourth code: %v", err)
	}
}

func other6(code string) string {
	if code == "111111" {
		return "222222"
	}
	return "111111"
}

// An exception goes to the central and comes back signed, also to a program
// that does not have the queue.
func TestInquiryOfAnException(t *testing.T) {
	o := newOffice(t)
	cfg := o.enrolled(t, o.serveTLS(t).URL)
	box := open(t, cfg)
	c, err := offline.Inquire(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	e := fingerException(uuid.Must(uuid.NewV7()))
	for range 2 { // twice is once
		if id, err := c.AskApproval(ctx, e); err != nil || id != e.ID {
			t.Fatal(id, err)
		}
	}
	if a, err := c.Approval(ctx, e.ID); err != nil || a.State != inquiry.Pending || a.Decides(e) {
		t.Fatalf("%+v, %v", a, err)
	}
	decided := make(chan struct{})
	go func() {
		defer close(decided)
		time.Sleep(100 * time.Millisecond)
		o.decide(t, e.ID, true)
	}()
	a, err := c.Await(ctx, e.ID, 20*time.Second)
	<-decided
	if err != nil || a.State != inquiry.Approved || !a.Decides(e) || a.Reason != "condition-confirmed" || a.Supervisor != "giam-sat-1" || a.Words == "" {
		t.Fatalf("%+v, %v", a, err)
	}
	d, err := envelope.VerifyDecision(o.key.Public(), a.Signed)
	if err != nil || d.Station != stationID || d.Dossier != e.Dossier || d.Asked != "amputated" || d.Officer != "officer-1" || !d.Approved {
		t.Errorf("the evidence: %+v, %v", d, err)
	}
	if _, err := o.desk.Decide(o.key, e.ID, behind.Ruling{Reason: "retry", Supervisor: "giam-sat-2"}); !errors.Is(err, behind.ErrDecided) {
		t.Errorf("a second decision: %v", err)
	}
	changed := e
	changed.Code = "face-mismatch"
	if _, err := c.AskApproval(ctx, changed); !errors.Is(err, inquiry.ErrOther) {
		t.Errorf("another question under the same ID: %v", err)
	}
	if _, err := box.Inquiry().Approval(ctx, uuid.Must(uuid.NewV7())); !errors.Is(err, inquiry.ErrForgotten) {
		t.Errorf("one that nobody asked for: %v", err)
	}
	refused := fingerException(e.Dossier)
	if _, err := c.AskApproval(ctx, refused); err != nil {
		t.Fatal(err)
	}
	o.decide(t, refused.ID, false)
	if a, err := box.Inquiry().Approval(ctx, refused.ID); err != nil || a.State != inquiry.Refused || !a.Decides(refused) || a.Decides(e) {
		t.Errorf("%+v, %v", a, err)
	}
}

// A station that the gateway does not know, or no more, gets no answer, and
// another one's questions are not its own.
func TestInquiryOfAWrongStation(t *testing.T) {
	o := newOffice(t)
	server := o.serveTLS(t)
	cfg := o.enrolled(t, server.URL)
	ctx := t.Context()
	known := must(offline.Inquire(cfg))(t)
	e := fingerException(uuid.Must(uuid.NewV7()))
	if _, err := known.AskApproval(ctx, e); err != nil { // the control
		t.Fatal(err)
	}
	ticket := must(known.SendOTP(ctx, "0900000001", inquiry.PurposeEnrol))(t)
	code := o.code(t)

	stranger := o.secure(t, server.URL)
	if _, err := must(offline.Inquire(stranger))(t).Services(ctx); !errors.Is(err, inquiry.ErrUnavailable) || !errors.Is(err, uplink.ErrNoCertificate) {
		t.Errorf("a station without a certificate: %v", err)
	}
	plain := serve(t, o) // loopback, where the header says who calls
	for station, want := range map[string]inquiry.Outcome{"tram-thu-009": inquiry.Expired, stationID: inquiry.Pass} {
		c := &inquiry.Client{Uplink: &uplink.Client{URL: plain.URL, Station: station, Key: o.key.Public()}}
		got, err := c.ConfirmOTP(ctx, ticket.ID, code)
		if err != nil || got != want {
			t.Errorf("%s confirms: %s, %v, want %s", station, got, err, want)
		}
		if _, err := c.Approval(ctx, e.ID); (station == stationID) != (err == nil) || err != nil && !errors.Is(err, inquiry.ErrForgotten) {
			t.Errorf("%s looks at an exception: %v", station, err)
		}
	}
	if err := o.stations.Revoke(cfg.Signer.ID(), time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := known.Services(ctx); !errors.Is(err, inquiry.ErrUnavailable) {
		t.Errorf("a revoked station: %v", err)
	}
}

// What stands behind a gateway that has nothing behind it.
func TestInquiryOfNothing(t *testing.T) {
	o := newOffice(t)
	o.registry = behind.Handler{Caller: gateway.MountedCaller}.Mux()
	o.restart()
	c := must(offline.Inquire(o.enrolled(t, o.serveTLS(t).URL)))(t)
	if s, err := c.Services(t.Context()); err != nil || s != (inquiry.Services{Register: inquiry.None, Messages: inquiry.None, Exceptions: inquiry.None}) {
		t.Errorf("services %+v, %v", s, err)
	}
	_, err1 := c.Phone(t.Context(), inquiry.PhoneQuestion{Number: "001990990001", Phone: "0900000001"})
	_, err2 := c.SendOTP(t.Context(), "0900000001", inquiry.PurposeEnrol)
	_, err3 := c.AskApproval(t.Context(), fingerException(uuid.Must(uuid.NewV7())))
	for i, err := range []error{err1, err2, err3} {
		if !errors.Is(err, inquiry.ErrUnavailable) || errors.Is(err, inquiry.ErrOffline) {
			t.Errorf("%d: %v", i, err)
		}
	}
	if _, err := offline.Inquire(offline.Config{}); !errors.Is(err, offline.ErrNoGateway) {
		t.Error(err)
	}
}
