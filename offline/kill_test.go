package offline_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/gateway/store"
	"github.com/tram-station/tram/offline/uplink"
)

const (
	envChild   = "TRAM_TEST_CHILD" // "station" or "gateway": makes the test binary that
	envDir     = "TRAM_TEST_DIR"
	envPairing = "TRAM_TEST_PAIRING"
	rounds     = 6
)

func TestMain(m *testing.M) {
	var err error
	switch os.Getenv(envChild) {
	case "station":
		err = stationChild(os.Getenv(envDir), os.Getenv(envPairing))
	case "gateway":
		err = gatewayChild(os.Getenv(envDir))
	default:
		os.Exit(m.Run())
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// stationChild submits dossiers, prints each ID once it is acknowledged, and
// sends at the same time.
func stationChild(dir, pairing string) error {
	p, err := uplink.LoadPairing(pairing)
	if err != nil {
		return err
	}
	signer, err := offline.OpenKey(dir, stationID)
	if err != nil {
		return err
	}
	cfg := offline.Config{Dir: filepath.Join(dir, "queue"), StationID: stationID, Signer: signer}
	if err := cfg.Pair(p); err != nil {
		return err
	}
	o, err := offline.Open(cfg)
	if err != nil {
		return err
	}
	ctx := context.Background()
	go func() { _ = o.Run(ctx) }()
	fmt.Println("ready")
	for {
		d := newDossier(400 << 10)
		if err := o.Submit(ctx, d); err != nil {
			return err
		}
		fmt.Println(d.ID)
	}
}

// gatewayChild serves on a free port and prints its address.
func gatewayChild(dir string) error {
	key, err := envelope.OpenKey(filepath.Join(dir, "receipt.key"))
	if err != nil {
		return err
	}
	gw, err := store.NewGateway(context.Background(), dir, gateway.Config{
		Key: key, Stations: gateway.StationDir(filepath.Join(dir, "stations")), AllowVirtual: true,
	})
	if err != nil {
		return err
	}
	srv := httptest.NewServer(gw)
	fmt.Println(srv.Listener.Addr())
	select {}
}

// child is a process of this test binary.
type child struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
}

func startChild(t *testing.T, env ...string) *child {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &child{cmd, bufio.NewScanner(out)}
	if !c.lines.Scan() {
		t.Fatal("the child did not start")
	}
	return c
}

// kill ends the child with -9 and returns the IDs it had still printed.
func (c *child) kill() (ids []uuid.UUID) {
	_ = c.cmd.Process.Kill()
	for c.lines.Scan() {
		if id, err := uuid.Parse(c.lines.Text()); err == nil {
			ids = append(ids, id)
		}
	}
	_ = c.cmd.Wait()
	return ids
}

// TestKillStation: the station dies again and again while it submits and
// sends. What it acknowledged reaches the central, each once.
func TestKillStation(t *testing.T) {
	c := newCentral(t)
	srv := httptest.NewServer(c)
	defer srv.Close()
	cfg := c.config(t, srv.URL)
	c.enrol(t, cfg)
	dir := filepath.Dir(cfg.Dir)
	pairing := filepath.Join(dir, "pairing.json")
	p := uplink.Pairing{URL: srv.URL, Recipient: c.identities[0].Recipient(), ReceiptKey: c.key.Public()}
	if err := p.Save(pairing); err != nil {
		t.Fatal(err)
	}
	var acked []uuid.UUID
	for range rounds {
		station := startChild(t, envChild+"=station", envDir+"="+dir, envPairing+"="+pairing)
		time.Sleep(50*time.Millisecond + rand.N(250*time.Millisecond))
		acked = append(acked, station.kill()...)
	}
	if len(acked) == 0 {
		t.Fatal("the station acknowledged nothing: the test showed nothing")
	}
	o := open(t, cfg)
	if err := o.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, err := o.List()
	if err != nil {
		t.Fatal(err)
	}
	positions := map[uint64]bool{}
	for _, s := range list {
		if s.State != offline.Custody {
			t.Errorf("%s is %s: %s", s.ID, s.State, s.Detail)
			continue
		}
		positions[s.Receipt.LogPosition] = true
	}
	for _, id := range acked {
		if _, err := o.Status(id); err != nil {
			t.Errorf("acknowledged and gone: %s: %v", id, err)
		}
	}
	if len(positions) != len(list) || !positions[uint64(len(list))] {
		t.Errorf("%d dossiers at %d positions: not each once", len(list), len(positions))
	}
	t.Logf("%d kills, %d acknowledged, %d in custody", rounds, len(acked), len(list))
}

// TestKillGateway: the gateway dies again and again while dossiers arrive. A
// receipt that was given is good for ever, and replays to the same bytes.
func TestKillGateway(t *testing.T) {
	c := newCentral(t)
	if err := c.stores.Close(); err != nil { // the child works on its folder
		t.Fatal(err)
	}
	var addr atomic.Value
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		forward(w, r, addr.Load().(string))
	}))
	defer front.Close()
	cfg := c.config(t, front.URL)
	c.enrol(t, cfg)
	o := open(t, cfg)
	var ids []uuid.UUID
	for range 2 * rounds {
		d := newDossier(900 << 10)
		submit(t, o, d)
		ids = append(ids, d.ID)
	}
	for i := 0; ; i++ {
		gw := startChild(t, envChild+"=gateway", envDir+"="+c.dir)
		addr.Store(gw.lines.Text())
		if i < rounds {
			time.AfterFunc(20*time.Millisecond+rand.N(100*time.Millisecond), func() { _ = gw.cmd.Process.Kill() })
		}
		err := o.Send(t.Context())
		gw.kill()
		if err == nil {
			t.Logf("all in custody after %d starts of the gateway", i+1)
			break
		}
		if !errors.Is(err, uplink.ErrUnreachable) {
			t.Fatal(err)
		}
		if i > 4*rounds {
			t.Fatal("the dossiers do not go out")
		}
	}
	c.start()
	srv := httptest.NewServer(c)
	defer srv.Close()
	client := uplink.Client{URL: srv.URL, Key: c.key.Public()}
	positions := map[uint64]bool{}
	for _, id := range ids {
		s := await(t, o, id, offline.Custody)
		positions[s.Receipt.LogPosition] = true
		kept, err := o.SignedReceipt(id)
		if err != nil {
			t.Fatal(err)
		}
		again, err := client.Receipt(t.Context(), id, s.Manifest)
		if err != nil || string(again.Signed) != string(kept) {
			t.Errorf("%s: the receipt replays to other bytes: %v", id, err)
		}
	}
	if len(positions) != len(ids) {
		t.Errorf("%d dossiers at %d positions", len(ids), len(positions))
	}
}

// forward passes a request on to the gateway's present address; when it is
// dead the connection is cut.
func forward(w http.ResponseWriter, r *http.Request, addr string) {
	out := r.Clone(r.Context())
	out.URL.Scheme, out.URL.Host, out.RequestURI = "http", addr, ""
	resp, err := http.DefaultTransport.RoundTrip(out)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer func() { _ = resp.Body.Close() }()
	w.WriteHeader(resp.StatusCode)
	if _, err := io.Copy(w, resp.Body); err != nil {
		panic(http.ErrAbortHandler)
	}
}
