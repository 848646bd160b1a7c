//go:build realparts

package faults_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/faults"
	"github.com/tram-station/tram/offline/uplink"
)

// The environment of a child: this test program again, as a station.
const (
	envDir   = "TRAM_FAULTS_DIR"   // of station.key, pairing.json and queue; makes the program a child
	envEarly = "TRAM_FAULTS_EARLY" // how long before it stores it answers: the control
	envBytes = "TRAM_FAULTS_BYTES"
	envCount = "TRAM_FAULTS_COUNT"
	envSend  = "TRAM_FAULTS_SEND"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(envDir); dir != "" {
		fmt.Fprintln(os.Stderr, stationChild(dir))
		os.Exit(1)
	}
	code := m.Run()
	if programs.dir != "" {
		_ = os.RemoveAll(programs.dir)
	}
	os.Exit(code)
}

// stationChild submits dossiers until it is killed and prints "acked", the ID
// and the manifest's digest once Submit has returned; with an early answer, the
// control, before it.
func stationChild(dir string) error {
	o, err := openStation(dir, "")
	if err != nil {
		return err
	}
	ctx := context.Background()
	if os.Getenv(envSend) != "" {
		go func() { _ = o.Run(ctx) }()
	}
	fmt.Println("ready")
	early, _ := time.ParseDuration(os.Getenv(envEarly))
	size, count := number(envBytes, 60<<10), number(envCount, 40)
	for done := 0; done < count; {
		d := newDossier(size)
		if early > 0 {
			fmt.Println("acked", d.ID, "-")
			time.Sleep(early)
		}
		if err := o.Submit(ctx, d); err != nil {
			fmt.Println("refused", err)
			time.Sleep(10 * time.Millisecond)
			continue
		}
		done++
		s, err := o.Status(d.ID)
		if err != nil {
			return err
		}
		if early == 0 {
			fmt.Println("acked", d.ID, s.Manifest)
		}
	}
	fmt.Println("done")
	select {}
}

func number(env string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(env)); err == nil {
		return n
	}
	return otherwise
}

// openStation opens the outbox of a station's folder; url stands in for the
// pairing's where it is not empty.
func openStation(dir, url string) (*offline.Outbox, error) {
	p, err := uplink.LoadPairing(filepath.Join(dir, "pairing.json"))
	if err != nil {
		return nil, err
	}
	if url != "" {
		p.URL = url
	}
	signer, err := envelope.OpenKey(filepath.Join(dir, "station.key"))
	if err != nil {
		return nil, err
	}
	cfg := offline.Config{Dir: filepath.Join(dir, "queue"), StationID: stationID, Signer: signer}
	if err := cfg.Pair(p); err != nil {
		return nil, err
	}
	return offline.Open(cfg)
}

// layStation puts the keys of a station into a folder, for a central that does
// not answer.
func layStation(t *testing.T, dir string) {
	t.Helper()
	id, err := envelope.GenerateIdentity()
	must(t, err)
	key, err := envelope.GenerateKey()
	must(t, err)
	p := uplink.Pairing{URL: "http://127.0.0.1:1", Recipient: id.Recipient(), ReceiptKey: key.Public()}
	must(t, p.Save(filepath.Join(dir, "pairing.json")))
	_, err = envelope.OpenKey(filepath.Join(dir, "station.key"))
	must(t, err)
}

// child is a process under test and what it acknowledged, by name.
type child struct {
	cmd     *exec.Cmd
	lines   chan string // of stdout, until its end
	acked   map[string]string
	refused int
}

// startStation starts a station on a folder and waits until it is open.
func startStation(t *testing.T, dir string, env ...string) *child {
	t.Helper()
	c := start(t, exec.Command(os.Args[0], "-test.run=^$"), append(env, envDir+"="+dir)...)
	if line := <-c.lines; line != "ready" {
		t.Fatalf("the station does not start: %q", line)
	}
	return c
}

func start(t *testing.T, cmd *exec.Cmd, env ...string) *child {
	t.Helper()
	cmd.Env = append(os.Environ(), env...)
	if testing.Verbose() {
		cmd.Stderr = os.Stderr
	}
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	c := &child{cmd: cmd, lines: make(chan string, 4096), acked: map[string]string{}}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	go func() {
		defer close(c.lines)
		for scan := bufio.NewScanner(out); scan.Scan(); {
			c.lines <- scan.Text()
		}
	}()
	return c
}

// note takes one line.
func (c *child) note(line string) {
	f := strings.Fields(line)
	if len(f) == 3 && f[0] == "acked" && uuid.Validate(f[1]) == nil && (len(f[2]) == 64 || f[2] == "-") {
		c.acked[f[1]] = f[2]
	}
	if len(f) > 0 && f[0] == "refused" {
		c.refused++
	}
}

// until notes lines until one is want or stop says so; false at the child's end.
func (c *child) until(want string, stop func() bool) bool {
	for {
		select {
		case line, ok := <-c.lines:
			if !ok {
				return false
			}
			c.note(line)
			if line == want {
				return true
			}
		case <-time.After(5 * time.Millisecond):
		}
		if stop() {
			return true
		}
	}
}

// kill ends the child with -9 and notes what it had still printed.
func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	for line := range c.lines {
		c.note(line)
	}
	_ = c.cmd.Wait()
}

func join(all map[string]string, more map[string]string) {
	for k, v := range more {
		all[k] = v
	}
}

// look reads a station's queue as it is now: every dossier that is there, whole
// or not.
func look(t *testing.T, dir string) []faults.Found {
	t.Helper()
	o, err := openStation(dir, "")
	if err != nil {
		t.Logf("the queue does not open: %v", err)
		return nil
	}
	defer func() { must(t, o.Close()) }()
	r, err := o.Verify()
	must(t, err)
	for _, p := range r.Problems {
		t.Logf("problem: %+v", p)
	}
	list, err := o.List()
	must(t, err)
	var found []faults.Found
	for _, s := range list {
		f := faults.Found{Name: s.ID.String(), Digest: s.Manifest.String()}
		for _, p := range r.Problems {
			if strings.Contains(fmt.Sprint(p), f.Name) || len(r.Problems) > len(list) {
				f.Digest = ""
			}
		}
		found = append(found, f)
	}
	return found
}

// alike lets a child's early answer, which knows no digest, stand for whatever
// was found.
func alike(acked map[string]string, found []faults.Found) map[string]string {
	out := map[string]string{}
	join(out, acked)
	for _, f := range found {
		if out[f.Name] == "-" && f.Digest != "" {
			out[f.Name] = f.Digest
		}
	}
	return out
}
