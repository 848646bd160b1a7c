package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/tram-station/tram/offline/audit"
)

// auditCLI runs one audit command line on a data folder.
func auditCLI(t *testing.T, data string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), append([]string{"audit", "--data", data, "--tpm", tpmNone}, args...), nil, &out, &errs)
	return out.String(), errs.String(), code
}

// TestAudit lists and verifies the log of a station, untouched and tampered
// with.
func TestAudit(t *testing.T) {
	data, id, gw, reopen := queueStation(t)
	gw.AllowVirtual = true
	reopen()
	if out, code := queueCLI(t, data, "retry"); code != exitGood {
		t.Fatalf("%d %s", code, out)
	}
	out, errs, code := auditCLI(t, data, "ls", "--json", "--dossier", id.String())
	var first listedAct
	line, _, _ := strings.Cut(out, "\n")
	if err := json.Unmarshal([]byte(line), &first); err != nil || code != exitGood || first.What != "sealed" ||
		first.Who != audit.Station || first.Dossier != id || first.At.Wall == 0 {
		t.Fatalf("%d %s %s", code, out, errs)
	}
	if out, errs, code = auditCLI(t, data, "ls", "--last", "1"); code != exitGood || strings.Count(out, "\n") != 2 {
		t.Errorf("one act: %d %s %s", code, out, errs)
	}
	for _, args := range [][]string{{"ls", "--last", "-1"}, {"ls", "--dossier", "nobody"}, {"verify", "now"}} {
		if _, _, code := auditCLI(t, data, args...); code != exitUsage {
			t.Errorf("%v: exit %d", args, code)
		}
	}
	out, errs, code = auditCLI(t, data, "verify", "--json")
	var r audit.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != exitGood || r.Head.Size == 0 || len(r.Problems) > 0 ||
		r.Witnesses == 0 || r.Unchecked != 0 { // the receipt counter-signed the head at sealing
		t.Fatalf("untouched: %d %s %s", code, out, errs)
	}

	db, err := bbolt.Open(filepath.Join(data, "queue", "index.db"), 0o600, &bbolt.Options{Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte("audit-acts"))
		k, v := b.Cursor().First()
		return b.Put(bytes.Clone(k), bytes.Replace(v, []byte("station"), []byte("officer"), 1))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	out, errs, code = auditCLI(t, data, "verify")
	if code != exitVerification || !strings.Contains(out, audit.Edited+": act 0") || !strings.Contains(errs, "keep the folder") {
		t.Errorf("edited: %d %s %s", code, out, errs)
	}
	if out, code := queueCLI(t, data, "show", id.String()); code != exitGood {
		t.Errorf("the dossier of a damaged log: %d %s", code, out)
	}
}

// A log that was anchored in a TPM, looked at without one, says that the
// comparison is wanting and not that there is nothing to compare.
func TestAuditWithoutItsTPM(t *testing.T) {
	for counter, want := range map[uint64]string{0: "there is none", 58: "counted to 58"} {
		var out bytes.Buffer
		printAudit(&app{stdout: &out}, audit.Report{Counter: counter})
		if !strings.Contains(out.String(), want) {
			t.Errorf("counter %d: %s", counter, out.String())
		}
	}
}
