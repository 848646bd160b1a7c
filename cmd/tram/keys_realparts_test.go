//go:build realparts && linux

package main

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tram-station/tram/offline/tpm"
	"github.com/tram-station/tram/offline/uplink"
)

// startTPM runs a TPM in software and returns what --tpm takes.
func startTPM(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "swtpm") // a socket's path has to be short
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "tpm.sock")
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, "swtpm", "socket", "--tpm2", "--tpmstate", "dir="+dir,
		"--server", "type=unixio,path="+socket, "--ctrl", "type=unixio,path="+socket+".ctrl",
		"--flags", "not-need-init,startup-clear")
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatalf("swtpm does not start: apt-get install swtpm: %v", err)
	}
	t.Cleanup(sync.OnceFunc(func() { cancel(); _ = cmd.Wait(); _ = os.RemoveAll(dir) }))
	for range 200 {
		if conn, err := net.Dial("unix", socket); err == nil {
			_ = conn.Close()
			return "unix:" + socket
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("swtpm does not listen")
	return ""
}

// TestKeysInTPM: a new station's secrets are all in its TPM, and a copy of its
// folder is of no use elsewhere.
func TestKeysInTPM(t *testing.T) {
	o := keyOptions{data: t.TempDir(), tpm: startTPM(t)}
	k := openTestKeys(t, o, true)
	again := openTestKeys(t, o, false)
	if k.signer.ID() != again.signer.ID() || !bytes.Equal(k.journal, again.journal) || !bytes.Equal(k.index, again.index) ||
		len(k.journal) != 32 || len(k.index) != 32 || bytes.Equal(k.journal, k.index) || k.counter == nil || again.counter == nil {
		t.Fatalf("%+v\n%+v", k, again)
	}
	err := filepath.WalkDir(o.data, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if bytes.Contains(raw, k.journal) || bytes.Contains(raw, k.index) || strings.Contains(string(raw), "PRIVATE KEY") {
			t.Errorf("%s holds a secret", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	for device, want := range map[string]error{startTPM(t): tpm.ErrForeign, tpmNone: errInTPM} {
		if _, err := openKeys(keyOptions{o.data, device}, keyStation, true); !errors.Is(err, want) || exitCode(err) != exitNoDevice {
			t.Errorf("%s: %v", device, err)
		}
	}
}

// TestMoveIn: a station with files keeps them when it gets a TPM, until it
// rotates; then nothing of them is left.
func TestMoveIn(t *testing.T) {
	o := keyOptions{data: t.TempDir(), tpm: tpmNone}
	files := openTestKeys(t, o, true)
	if err := os.Mkdir(filepath.Join(o.data, "queue"), 0o700); err != nil { // it has worked already
		t.Fatal(err)
	}
	o.tpm = startTPM(t)
	k := openTestKeys(t, o, true)
	if k.signer.ID() != files.signer.ID() || !bytes.Equal(k.journal, files.journal) || k.counter == nil || k.index != nil {
		t.Fatalf("with the TPM: %+v", k)
	}
	central := &certifier{t: t, state: uplink.RequestApproved, known: files.signer.Public()}
	server := httptest.NewServer(central)
	defer server.Close()
	pairedWith(t, o.data, server.URL)
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"keys", "rotate", "--tpm", o.tpm, "--data", o.data}, nil, &out, &errs); code != exitGood {
		t.Fatalf("%d %s", code, errs.String())
	}
	moved := openTestKeys(t, o, false)
	if moved.signer.ID() != central.known.ID() || moved.signer.ID() == files.signer.ID() ||
		!bytes.Equal(moved.journal, files.journal) || !strings.HasPrefix(moved.whereSigner, "TPM") || !strings.HasPrefix(moved.whereJournal, "TPM") {
		t.Errorf("after the rotation: %+v", moved)
	}
	for _, name := range []string{keyFile, journalFile} {
		if exists(filepath.Join(o.data, name)) {
			t.Errorf("%s is still there", name)
		}
	}
	out.Reset()
	_ = run(t.Context(), []string{"doctor", "--tpm", o.tpm, "--data", o.data}, nil, &out, &errs)
	if !strings.Contains(out.String(), "signs with key "+moved.signer.ID().String()+": TPM") || !strings.Contains(out.String(), "anchors the audit log") {
		t.Errorf("doctor: %s", out.String())
	}
	// A second rotation stays in the TPM.
	if code := run(t.Context(), []string{"keys", "rotate", "--tpm", o.tpm, "--data", o.data}, nil, &out, &errs); code != exitGood {
		t.Fatalf("%d %s", code, errs.String())
	}
	if k := openTestKeys(t, o, false); k.signer.ID() != central.known.ID() || len(k.ring.Former) != 2 {
		t.Errorf("after the second: %+v", k.ring)
	}
}
