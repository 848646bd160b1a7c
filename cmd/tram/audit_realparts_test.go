//go:build realparts && linux

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/audit"
	"github.com/tram-station/tram/offline/dossier"
	"github.com/tram-station/tram/offline/envelope"
)

// TestRestoredSnapshot puts a copy of a working station's folder back. With the
// TPM it is found at once; without it, the control, the copy is a good log.
func TestRestoredSnapshot(t *testing.T) {
	o := keyOptions{data: filepath.Join(t.TempDir(), "data"), tpm: startTPM(t)}
	central, err := envelope.GenerateIdentity()
	if err != nil {
		t.Fatal(err)
	}
	work := func(dossiers int) {
		t.Helper()
		k := openTestKeys(t, o, true)
		c := outboxConfig(o.data, keyStation, k)
		c.Recipients = []*envelope.Recipient{central.Recipient()}
		b, err := offline.Open(c)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		for range dossiers {
			d := &dossier.Dossier{
				ID: uuid.New(), Station: keyStation, Kind: "level-2", Masked: "N.V.T. ••••••••0001",
				Sections: []dossier.Section{{Name: "evidence", Bytes: []byte("chip")}},
			}
			if err := b.Submit(t.Context(), d); err != nil {
				t.Fatal(err)
			}
		}
	}
	verify := func(device string) (string, int) {
		t.Helper()
		var out, errs bytes.Buffer
		code := run(t.Context(), []string{"audit", "verify", "--data", o.data, "--tpm", device}, nil, &out, &errs)
		return out.String() + errs.String(), code
	}
	work(3)
	if out, code := verify(o.tpm); code != exitGood || !strings.Contains(out, "anchored in the TPM at") {
		t.Fatalf("untouched: %d %s", code, out)
	}
	snapshot := filepath.Join(t.TempDir(), "snapshot")
	if err := os.CopyFS(snapshot, os.DirFS(o.data)); err != nil {
		t.Fatal(err)
	}
	work(2)
	if out, code := verify(o.tpm); code != exitGood {
		t.Fatalf("two dossiers later: %d %s", code, out)
	}
	if err := os.RemoveAll(o.data); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(o.data, os.DirFS(snapshot)); err != nil {
		t.Fatal(err)
	}
	if out, code := verify(o.tpm); code != exitVerification || !strings.Contains(out, audit.Restored+": ") {
		t.Errorf("the copy: %d %s", code, out)
	}
	work(1) // a dossier is not lost over it
	if out, code := verify(o.tpm); code != exitVerification {
		t.Errorf("the copy works on: %d %s", code, out)
	}
}
