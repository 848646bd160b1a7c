package main

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/iso19794"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
	behind "github.com/tram-station/tram/offline/gateway/central"
	"github.com/tram-station/tram/offline/uplink"
	"github.com/tram-station/tram/reader/chip"
)

// Doctor says what stands behind the gateway, and never that a station is
// missing something for it.
func TestDoctorAsksWhatIsBehind(t *testing.T) {
	data := t.TempDir()
	d := doctor{data: data, pairing: filepath.Join(data, "pairing.json"), tpm: tpmNone}
	want := func(when, state, words string) {
		t.Helper()
		f := d.services(t.Context(), d.central(t.Context()))
		if f.Name != "register" || f.State != state || f.Needed || !strings.Contains(f.Detail+" "+f.Next, words) {
			t.Errorf("%s: %+v", when, f)
		}
	}
	want("nothing yet", "waiting", "not asked: not paired")

	register := demoRegister{filepath.Join(data, "register")}
	if err := register.fill(behind.Citizen{Number: "001090990001"}, nil); err != nil {
		t.Fatal(err)
	}
	r, err := behind.OpenRegister(register.dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	messages, err := behind.OpenSpool(filepath.Join(register.dir, "messages"))
	if err != nil {
		t.Fatal(err)
	}
	desk, err := behind.OpenDesk(filepath.Join(data, "exceptions"), nil)
	if err != nil {
		t.Fatal(err)
	}
	office := behind.Handler{Registry: r, Messenger: messages, Desk: desk, Caller: gateway.MountedCaller}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/health" {
			office.Mux().ServeHTTP(w, r)
		}
	}))
	defer server.Close()
	identity, err := envelope.GenerateIdentity()
	if err != nil {
		t.Fatal(err)
	}
	key, err := envelope.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	pairing := uplink.Pairing{URL: server.URL, Recipient: identity.Recipient(), ReceiptKey: key.Public()}
	if err := pairing.Save(d.pairing); err != nil {
		t.Fatal(err)
	}
	want("no keys yet", "waiting", "has no keys yet")
	openTestKeys(t, keyOptions{data, tpmNone}, true)
	want("all is there", "ok", "the register is ready, messages to citizens ready, decisions on exceptions ready")
	office.Messenger = nil
	want("no messages", "waiting", "messages to citizens not there")
	office.Caller = func(*http.Request) (string, bool) { return "", false }
	want("not enrolled", "waiting", "does not know this station")
	server.Close()
	want("down", "waiting", "does not answer")
}

// The demo's citizen stands in the register as the card says, and the code for
// the demo's phone is found among other messages.
func TestDemoRegister(t *testing.T) {
	r := demoRegister{filepath.Join(t.TempDir(), "register")}
	citizen := chip.Sample()
	entry, err := demoEntry(citizen)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.fill(entry, nil); err != nil {
		t.Fatal(err)
	}
	register, err := behind.OpenRegister(r.dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]behind.Outcome{citizen.Name: behind.Pass, "Nguyễn Văn Giả": behind.Fail} {
		a, err := register.Check(t.Context(), behind.Question{Kind: behind.Data, Number: citizen.Number, Fields: map[string]string{"name": name, "sex": "Nam"}})
		if err != nil || a.Outcome != want {
			t.Errorf("%+v, %v, want %s", a, err, want)
		}
	}
	own, err := demoMinutiae(biometrics.RightIndex, biometrics.LeftIndex)
	if err != nil {
		t.Fatal(err)
	}
	record, err := iso19794.ParseMinutiae(own)
	if err != nil {
		t.Fatal(err)
	}
	record.Views[0].Position, record.Views[1].Position = record.Views[1].Position, record.Views[0].Position
	swapped, err := record.Marshal(iso19794.Edition2011)
	if err != nil {
		t.Fatal(err)
	}
	for want, prints := range map[behind.Outcome][]byte{behind.Pass: own, behind.Fail: swapped} {
		a, err := register.Check(t.Context(), behind.Question{Kind: behind.Fingers, Number: citizen.Number, Fingers: prints})
		if err != nil || a.Outcome != want || len(a.Fields) != 2 {
			t.Errorf("fingers: %+v, %v, want %s", a, err, want)
		}
	}
	if list, err := register.Appointments(t.Context(), demoStation, time.Now().In(time.FixedZone("+07", 7*3600)).Format(time.DateOnly)); err != nil || len(list) != 40 {
		t.Errorf("%d appointments today, %v", len(list), err)
	}
	spool, err := behind.OpenSpool(filepath.Join(r.dir, "messages"))
	if err != nil {
		t.Fatal(err)
	}
	for _, phone := range []string{"0900000001", demoPhone, "0900000002"} {
		if _, err := spool.OTP(t.Context(), demoStation, phone, "enrol"); err != nil {
			t.Fatal(err)
		}
	}
	code, err := r.code(t.Context())
	if err != nil || len(code) != behind.CodeDigits {
		t.Errorf("%q, %v", code, err)
	}
	if names, err := filepath.Glob(filepath.Join(r.dir, "messages", "*.json")); err != nil || len(names) != 2 {
		t.Errorf("%d messages left, %v", len(names), err)
	}
}
