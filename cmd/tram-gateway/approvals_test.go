package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/inquiry"
	"github.com/tram-station/tram/offline/uplink"
)

// A station asks, the supervisor decides on the command line while the gateway
// runs, and the station has the signed word, also after the gateway's restart.
func TestApprovals(t *testing.T) {
	dir := t.TempDir()
	line, stop := serveCLI(t, dir)
	asker := func(url string) *inquiry.Client {
		return &inquiry.Client{Uplink: &uplink.Client{URL: url, Station: "tram-thu-001", Key: line.ReceiptKey, HTTP: new(http.Client)}}
	}
	c := asker(line.URL)
	ask := func(code string) inquiry.Exception {
		t.Helper()
		e := inquiry.Exception{ID: uuid.Must(uuid.NewV7()), Dossier: uuid.Must(uuid.NewV7()), Code: code, Reason: "worn", Masked: "••••0001", Officer: "officer-1"}
		if _, err := c.AskApproval(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		return e
	}
	yes, no := ask("finger-missing"), ask("face-mismatch")
	out, code := cli(t, "approvals", "ls", "--dir", dir, "--json")
	if lines := strings.Split(strings.TrimSpace(out), "\n"); code != 0 || len(lines) != 2 || !strings.Contains(lines[0], `"masked":"••••0001"`) ||
		!strings.Contains(lines[0], `"approval":{"id":`) || !json.Valid([]byte(lines[1])) {
		t.Errorf("%d: %s", code, out)
	}
	if out, code := cli(t, "approvals", "ls", "--dir", filepath.Join(dir, "typo")); code == 0 || !strings.Contains(out, "no gateway's folder") {
		t.Errorf("another folder: %d %s", code, out)
	}
	for _, wrong := range [][]string{
		{"approve", yes.ID.String()},
		{"approve", yes.ID.String(), "--reason", "because"},
		{"approve", "x", "--reason", "known"},
		{"approve", uuid.NewString(), "--reason", "known", "--by", "a"},
		{"approve", yes.ID.String(), "--reason", "known", "--by", "Nguyễn Văn Thử"},
	} {
		if out, code := cli(t, append([]string{"approvals", "--dir", dir}, wrong...)...); code == 0 {
			t.Errorf("%v: %s", wrong, out)
		}
	}
	if out, code := cli(t, "approvals", "approve", "--dir", dir, yes.ID.String(), "--reason", "known", "--by", "giam-sat-1"); code != 0 {
		t.Fatal(out)
	}
	if out, code := cli(t, "approvals", "refuse", "--dir", dir, no.ID.String(), "--reason", "later", "--words", "Mời quay lại", "--by", "giam-sat-1", "--json"); code != 0 ||
		!strings.Contains(out, `"state":"refused"`) {
		t.Fatal(out)
	}
	pack := filepath.Join(t.TempDir(), "rules.json")
	if err := os.WriteFile(pack, []byte(`{"exceptions":{}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, code := cli(t, "approvals", "refuse", "--dir", dir, no.ID.String(), "--reason", "retry", "--rules", pack); code == 0 {
		t.Errorf("a pack that is none: %s", out)
	}
	if out, code := cli(t, "approvals", "refuse", "--dir", dir, yes.ID.String(), "--reason", "retry", "--by", "giam-sat-2"); code == 0 {
		t.Errorf("decided twice: %s", out)
	}
	if out, code := cli(t, "approvals", "ls", "--dir", dir); code != 0 || out != "" {
		t.Errorf("what waits: %q", out)
	}
	if out, _ := cli(t, "approvals", "ls", "--dir", dir, "--all", "--station", "tram-thu-001"); strings.Count(out, "\n") != 2 {
		t.Errorf("all of it: %q", out)
	}
	stop()
	line, stop = serveCLI(t, dir)
	defer stop()
	c = asker(line.URL)
	for _, w := range []struct {
		e     inquiry.Exception
		state inquiry.ApprovalState
		words string
	}{{yes, inquiry.Approved, "Tình trạng của công dân đã được ghi nhận"}, {no, inquiry.Refused, "Mời quay lại"}} {
		a, err := c.Approval(t.Context(), w.e.ID)
		if err != nil || a.State != w.state || !a.Decides(w.e) || a.Words != w.words || a.Supervisor != "giam-sat-1" {
			t.Errorf("%+v, %v", a, err)
		}
		if _, err := envelope.VerifyDecision(line.ReceiptKey, a.Signed); err != nil {
			t.Error(err)
		}
	}
	if s, err := c.Services(t.Context()); err != nil || s.Register != inquiry.None || s.Exceptions != inquiry.Ready {
		t.Errorf("services %+v, %v", s, err)
	}
}

// With a register the gateway answers questions on invented citizens.
func TestRunWithARegister(t *testing.T) {
	dir := t.TempDir()
	register := filepath.Join(dir, "register")
	if out, code := cli(t, "register", register, "--count", "2", "--station", "tram-thu-001"); code != 0 {
		t.Fatal(out)
	}
	line, stop := serveCLI(t, filepath.Join(dir, "gateway"), "--register", register)
	defer stop()
	c := &inquiry.Client{Uplink: &uplink.Client{URL: line.URL, Station: "tram-thu-001", HTTP: new(http.Client)}}
	if s, err := c.Services(t.Context()); err != nil || s.Register != inquiry.Ready || s.Messages != inquiry.Ready {
		t.Errorf("services %+v, %v", s, err)
	}
	a, err := c.Phone(t.Context(), inquiry.PhoneQuestion{Number: "001990990001", Phone: "0900000001"})
	if err != nil || a.Outcome != inquiry.Fail {
		t.Errorf("%+v, %v", a, err)
	}
}
