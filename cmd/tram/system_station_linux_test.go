//go:build realparts

package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/uplink"
)

// child is a running daemon or gateway.
type child struct {
	cmd   *exec.Cmd
	ready []byte // its first line
	log   string // file that its standard error is added to
}

// spawn starts a program and waits for its first line.
func spawn(t *testing.T, log, name string, args ...string) *child {
	t.Helper()
	c := &child{cmd: command(t.Context(), t, name, args...), log: log}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	errs, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer errs.Close()
	c.cmd.Stderr = errs
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.kill)
	read := bufio.NewReader(out)
	if c.ready, err = read.ReadBytes('\n'); err != nil {
		text, _ := os.ReadFile(log)
		t.Fatalf("%s does not come up: %v\n%s", name, err, text)
	}
	go func() { _, _ = io.Copy(io.Discard, read) }()
	return c
}

// kill is kill -9, of this process only.
func (c *child) kill() {
	if c.cmd.ProcessState == nil {
		_ = c.cmd.Process.Kill()
		_ = c.cmd.Wait()
	}
}

// stop is Ctrl-C, after which the program ends in order.
func (c *child) stop(t *testing.T) {
	t.Helper()
	if err := c.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(time.Minute, func() { _ = c.cmd.Process.Signal(syscall.SIGABRT) })
	defer late.Stop()
	if err := c.cmd.Wait(); err != nil {
		text, _ := os.ReadFile(c.log)
		t.Fatalf("%s did not end in order: %v\n%s", filepath.Base(c.cmd.Path), err, text)
	}
}

// counter is one counter with its station, and the central that it is paired
// with. Stations and gateways come and go; the folders stay.
type counter struct {
	owner *testing.T // the processes live as long as this test
	*client
	*field
	dir, pin        string
	supervisorPIN   string
	daemon, gateway *child
	address         string   // of the gateway
	scanner         *os.File // far end of the serial QR scanner's line
	port            string   // its near end
	pairing         uplink.Pairing
	enrolled        int      // dossiers that the gateway should hold
	film            string   // what the camera plays; "" is the citizen
	args            []string // further ones of the daemon
	program         string   // of the daemon; "" is this build's
}

func newCounter(t *testing.T) *counter {
	t.Helper()
	return newCounterWith(t)
}

// newCounterWith starts a counter whose daemon has further arguments.
func newCounterWith(t *testing.T, args ...string) *counter {
	t.Helper()
	c := &counter{owner: t, client: &client{}, field: newField(t), dir: t.TempDir(), address: "127.0.0.1:0", args: args}
	c.scanner, c.port = pseudoTerminal(t)
	c.startGateway(t)
	var err error
	if c.pairing, err = uplink.LoadPairing(c.path("gateway", "pairing.json")); err != nil {
		t.Fatal(err)
	}
	c.startDaemon(t)
	// The gateway learns of the station while both run.
	s := finish(t, command(t.Context(), t, "tram-gateway", "enrol", "--dir", c.path("gateway"), c.path("station", "station.json")))
	s.want(t, exitGood)
	return c
}

func (c *counter) path(elem ...string) string {
	return filepath.Join(append([]string{c.dir}, elem...)...)
}

// startGateway starts the central, the second time at the same address.
func (c *counter) startGateway(t *testing.T) {
	t.Helper()
	c.startGatewayWith(t, "--allow-virtual")
}

func (c *counter) startGatewayWith(t *testing.T, args ...string) {
	t.Helper()
	c.gateway = spawn(c.owner, c.path("gateway.log"), "tram-gateway", append([]string{"run",
		"--dir", c.path("gateway"), "--listen", c.address}, args...)...)
	var ready struct{ URL string }
	if err := json.Unmarshal(c.gateway.ready, &ready); err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(ready.URL)
	if err != nil {
		t.Fatal(err)
	}
	c.address = u.Host
}

// startDaemon starts the station on its folder and signs the officer in.
func (c *counter) startDaemon(t *testing.T) {
	t.Helper()
	c.daemon = spawn(c.owner, c.path("station.log"), cmp.Or(c.program, "tram"), append([]string{"run", "--json", "--station", "system-0001",
		"--data", c.path("station"), "--listen", "127.0.0.1:0", "--pairing", c.path("gateway", "pairing.json"),
		"--trust", c.trust, "--camera", cmp.Or(c.film, filmPath()), "--scanner-port", c.port}, c.args...)...)
	var ready struct {
		URL, PIN   string
		Supervisor string `json:"supervisor_pin"`
	}
	if err := json.Unmarshal(c.daemon.ready, &ready); err != nil {
		t.Fatal(err)
	}
	if first := c.pin == ""; first != (ready.PIN != "") || first != (ready.Supervisor != "") {
		t.Fatalf("the PINs are shown at the first run, and then no more: %v", first)
	}
	if ready.PIN != "" {
		c.pin, c.supervisorPIN = ready.PIN, ready.Supervisor
	}
	c.base = ready.URL
	if err := c.login(t.Context(), demoOfficer, c.pin); err != nil {
		t.Fatal(err)
	}
}

// crash is a power cut of the station.
func (c *counter) crash(t *testing.T) {
	t.Helper()
	c.daemon.kill()
	c.startDaemon(t)
}

// get asks the daemon; ok is false for anything but 200.
func (c *counter) get(t *testing.T, path string) (body []byte, ok bool) {
	t.Helper()
	return fetch(t, c.base+path, c.token)
}

func fetch(t *testing.T, url, token string) (body []byte, ok bool) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Tram-Token", token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err = io.ReadAll(resp.Body); err != nil {
		t.Fatal(err)
	}
	return body, resp.StatusCode == http.StatusOK
}

// state is what the page would show now.
func (c *counter) state(t *testing.T) *enrol.Snapshot {
	t.Helper()
	b, ok := c.get(t, "/api/state")
	var s enrol.Snapshot
	if err := json.Unmarshal(b, &s); err != nil || !ok {
		t.Fatalf("state: %v: %s", err, b)
	}
	return &s
}

// deviceTime bounds what a device may take on a busy machine.
const deviceTime = time.Minute

// until waits for a state.
func (c *counter) until(t *testing.T, what string, so func(*enrol.Snapshot) bool) *enrol.Snapshot {
	t.Helper()
	var s *enrol.Snapshot
	for end := time.Now().Add(deviceTime); ; time.Sleep(30 * time.Millisecond) {
		if s = c.state(t); so(s) {
			return s
		}
		if time.Now().After(end) {
			t.Fatalf("no %s: step %s, chip %+v, portrait %s, error %+v", what, s.Step, s.Chip, s.Portrait.State, s.Error)
		}
	}
}

// must sends a command that the daemon has to take.
func (c *counter) must(t *testing.T, name string, args any) *enrol.Snapshot {
	t.Helper()
	s, err := c.do(t.Context(), name, args)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// move is one action of the officer, and the state it leads to once the
// devices have done their part.
type move struct {
	name  string
	args  any
	until func(*enrol.Snapshot) bool
}

const inventedPhone = "0900000001" // the citizen's phone

// moves is a whole enrolment. This build has no fingerprint driver: both
// fingers are declined for want of a device, which the supervisor approves.
func (c *counter) moves(qr string) []move {
	at := func(step enrol.Step) func(*enrol.Snapshot) bool {
		return func(s *enrol.Snapshot) bool { return s.Step == step && answered(s) }
	}
	approve := func(finger int) map[string]any {
		return map[string]any{"finger": finger, "officer": "supervisor-1", "pin": c.supervisorPIN}
	}
	return []move{
		{"begin", nil, at(enrol.StepNotice)},
		{"notice", nil, at(enrol.StepCard)},
		{"scan", enrol.ScanArgs{QR: qr}, func(s *enrol.Snapshot) bool { return s.Chip.State == "done" && s.Step == enrol.StepPerson }},
		{"confirm-person", enrol.PersonArgs{Phone: inventedPhone, Email: "thu@example.vn"}, at(enrol.StepRegister)},
		{"register-check", nil, at(enrol.StepPortrait)},
		{"portrait-start", nil, func(s *enrol.Snapshot) bool {
			return s.Portrait.State == "taken" && (s.Portrait.Match.State == "done" || s.Portrait.Match.State == "not-done") && answered(s)
		}},
		{"portrait-accept", enrol.PortraitArgs{Same: true, Reason: "so bằng mắt trong phép thử"}, at(enrol.StepFingers)},
		{"finger-exception", enrol.FingerArgs{Finger: 2, Reason: "device"}, at(enrol.StepFingers)},
		{"finger-exception", enrol.FingerArgs{Finger: 7, Reason: "device"}, at(enrol.StepFingers)},
		{"finger-approve", approve(2), at(enrol.StepFingers)},
		{"finger-approve", approve(7), at(enrol.StepDocuments)},
		{"documents", enrol.DocumentsArgs{Documents: []enrol.Document{
			{Type: "driving-licence", Number: "010123456789", OriginalSeen: true}}}, at(enrol.StepConsent)},
		{"consent", enrol.ConsentArgs{Registration: true, Documents: []bool{true}}, at(enrol.StepSign)},
		{"sign", nil, at(enrol.StepSeal)},
		{"seal", nil, at(enrol.StepDone)},
	}
}

// answered reports whether no question is under way: an answer changes the
// snapshot by itself.
func answered(s *enrol.Snapshot) bool {
	return s.Register.State != "asking" && s.Phone.State != "asking"
}

// play carries out the moves.
func (c *counter) play(t *testing.T, moves []move) (last *enrol.Snapshot) {
	t.Helper()
	for _, m := range moves {
		c.must(t, m.name, m.args)
		last = c.until(t, m.name, m.until)
	}
	return last
}

// queued returns the station's entry of a dossier.
func (c *counter) queued(t *testing.T, id string) queued {
	t.Helper()
	list, err := c.queue(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range list {
		if q.ID == id {
			return q
		}
	}
	t.Fatalf("dossier %s is not in the queue", id)
	return queued{}
}

// custody waits until the gateway's receipt is at the station, shown to the
// officer, and that the gateway holds this dossier and each one before once.
func (c *counter) custody(t *testing.T, id string) queued {
	t.Helper()
	var q queued
	eventually(t, "custody", deviceTime, func() bool { q = c.queued(t, id); return q.State == "custody" })
	c.until(t, "custody on the page", func(s *enrol.Snapshot) bool {
		return s.Receipt != nil && s.Receipt.ID == id && s.Receipt.State == "custody"
	})
	c.enrolled++
	if n := c.stored(t); n != c.enrolled || q.LogPosition != uint64(n) {
		t.Errorf("the gateway holds %d dossiers, the receipt says number %d, want %d", n, q.LogPosition, c.enrolled)
	}
	return q
}

// stored counts the manifests in the gateway's ledger.
func (c *counter) stored(t *testing.T) int {
	t.Helper()
	b, ok := fetch(t, "http://"+c.address+"/health", "")
	var health struct{ Dossiers int }
	if err := json.Unmarshal(b, &health); err != nil || !ok {
		t.Fatalf("health: %v: %s", err, b)
	}
	return health.Dossiers
}

// receipt asks the gateway for the signed receipt, and checks whose it is.
func (c *counter) receipt(t *testing.T, q queued) []byte {
	t.Helper()
	raw, ok := fetch(t, "http://"+c.address+"/dossiers/"+q.ID, "")
	if !ok {
		t.Fatalf("no receipt of %s: %s", q.ID, raw)
	}
	r, err := envelope.VerifyReceipt(c.pairing.ReceiptKey, raw)
	if err != nil {
		t.Fatal(err)
	}
	if r.ID.String() != q.ID || r.LogPosition != q.LogPosition {
		t.Errorf("the receipt says %s at %d, the station %s at %d", r.ID, r.LogPosition, q.ID, q.LogPosition)
	}
	return raw
}

// open stops the gateway, and opens a dossier as the central does: what was
// captured has to be in it.
func (c *counter) open(t *testing.T, id string) map[string][]byte {
	t.Helper()
	c.gateway.stop(t)
	defer c.startGateway(t)
	out := filepath.Join(t.TempDir(), "opened")
	finish(t, command(t.Context(), t, "tram-gateway", "open", id, "--dir", c.path("gateway"), "--out", out)).want(t, exitGood)
	sections := map[string][]byte{}
	for _, name := range []string{"evidence", "person", "portrait", "prints", "consent", "documents"} {
		b, err := os.ReadFile(filepath.Join(out, name))
		if err != nil {
			t.Fatal(err)
		}
		sections[name] = b
	}
	return sections
}

// picture returns an image of the present enrolment.
func (c *counter) picture(t *testing.T, name string) []byte {
	t.Helper()
	b, ok := c.get(t, "/api/image/"+name)
	if !ok || !bytes.HasPrefix(b, []byte{0xFF, 0xD8}) {
		t.Fatalf("no picture %s: %.80s", name, b)
	}
	return b
}

// logged returns what the station has logged so far.
func (c *counter) logged(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(c.path("station.log"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// secrets are what no log may hold.
func (c *counter) secrets(card interface{ MRZ() []string }) []string {
	lines := card.MRZ()
	return []string{c.citizen.Name, c.citizen.Number, c.citizen.OldNumber, c.citizen.Residence, c.citizen.Father,
		strings.TrimRight(lines[2], "<"), lines[0], lines[1], inventedPhone, inventedPhone[1:], "thu@example.vn", "010123456789",
		c.pin, c.supervisorPIN, c.token}
}
