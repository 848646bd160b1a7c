//go:build realparts

package faults_test

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/faults"
	"github.com/tram-station/tram/offline/tpm"
	"github.com/tram-station/tram/offline/uplink"
)

// openTPM starts a TPM in software, which stays while station folders come and
// go.
func openTPM(t *testing.T) *tpm.TPM {
	t.Helper()
	dir, err := os.MkdirTemp("", "swtpm") // a socket's path has to be short
	must(t, err)
	socket := filepath.Join(dir, "tpm.sock")
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, "swtpm", "socket", "--tpm2", "--tpmstate", "dir="+dir,
		"--server", "type=unixio,path="+socket, "--ctrl", "type=unixio,path="+socket+".ctrl",
		"--flags", "not-need-init,startup-clear")
	must(t, cmd.Start())
	t.Cleanup(func() { cancel(); _ = cmd.Wait(); _ = os.RemoveAll(dir) })
	for range 300 {
		if conn, err := net.Dial("unix", socket); err == nil {
			_ = conn.Close()
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	chip, err := tpm.Open("unix:" + socket)
	must(t, err)
	t.Cleanup(func() { _ = chip.Close() })
	return chip
}

// anchored submits and sends dossiers at the station of a folder whose audit
// log is anchored in the TPM, and returns what the station finds wrong with the
// log.
func (y *yearly) anchored(t *testing.T, dir, url string, counter offline.Counter, acked map[string]string) (problems int) {
	t.Helper()
	o, err := offline.Open(offline.Config{
		Dir: dir, StationID: stationID, Signer: y.station, Recipients: []*envelope.Recipient{y.identity.Recipient()},
		GatewayURL: url, GatewayKey: y.key.Public(), HTTPClient: http.DefaultClient, Counter: counter,
	})
	must(t, err)
	defer func() { must(t, o.Close()) }()
	report, err := o.AuditVerify()
	must(t, err)
	for range 3 {
		d := newDossier(5 << 10)
		must(t, o.Submit(t.Context(), d))
		s, err := o.Status(d.ID)
		must(t, err)
		acked[d.ID.String()] = s.Manifest.String()
	}
	must(t, o.Send(t.Context()))
	return len(report.Problems)
}

// TestSnapshotAndTPM: a station's folder is put back from a snapshot. Its TPM's
// counter does not go back, and the station finds it out by itself, without a
// line; it goes on all the same, and nothing is lost.
func TestSnapshotAndTPM(t *testing.T) {
	chip := openTPM(t)
	tally := faults.Tally{Fault: "snapshot restored, found by the TPM", ControlBy: "restored folders found out"}
	for range 2 {
		y := newYearly(t)
		counter, err := chip.OpenCounter(t.TempDir())
		must(t, err)
		dir, snapshot := filepath.Join(t.TempDir(), "queue"), filepath.Join(t.TempDir(), "queue")
		acked := map[string]string{}
		y.during(t, func(c *uplink.Client) {
			clean := y.anchored(t, dir, c.URL, counter, acked)
			must(t, os.CopyFS(snapshot, os.DirFS(dir)))
			clean += y.anchored(t, dir, c.URL, counter, acked)
			clean += y.anchored(t, dir, c.URL, counter, acked)
			if clean != 0 {
				t.Errorf("%d problems in a log that nobody touched", clean)
			}
			if y.anchored(t, snapshot, c.URL, counter, acked) > 0 {
				tally.Control++
			}
		})
		found, _ := y.stored(t, acked)
		tally.Runs++
		tally.Count(acked, found)
	}
	if tally.Control != tally.Runs {
		t.Errorf("%d of %d restored folders were found out", tally.Control, tally.Runs)
	}
	tally.Record(t)
}
