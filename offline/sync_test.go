package offline_test

import (
	"bytes"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/dossier"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/uplink"
)

func TestSubmitTwice(t *testing.T) {
	c := newCentral(t)
	cfg := c.config(t, "http://127.0.0.1:1")
	o := open(t, cfg)
	d := newDossier(1000)
	submit(t, o, d)
	submit(t, o, d)
	again := *d
	again.Sealed = again.Sealed.Add(time.Hour) // sealed again after a restart
	submit(t, o, &again)
	other := *d
	other.Officer = "can-bo-02"
	if err := o.Submit(t.Context(), &other); !errors.Is(err, offline.ErrOtherContent) {
		t.Errorf("other content: %v", err)
	}
	list, err := o.List()
	if err != nil || len(list) != 1 || list[0].State != offline.Sealed {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestSubmitRefuses(t *testing.T) {
	c := newCentral(t)
	o := open(t, c.config(t, "http://127.0.0.1:1"))
	for name, x := range map[string]struct {
		change func(d *dossier.Dossier)
		want   error
	}{
		"no ID":         {func(d *dossier.Dossier) { d.ID = uuid.Nil }, dossier.ErrForm},
		"no sections":   {func(d *dossier.Dossier) { d.Sections = nil }, dossier.ErrForm},
		"other station": {func(d *dossier.Dossier) { d.Station = "x" }, dossier.ErrForm},
		"header's name": {func(d *dossier.Dossier) { d.Sections[0].Name = dossier.HeaderName }, dossier.ErrForm},
		"full number":   {func(d *dossier.Dossier) { d.Masked = "001099012345" }, dossier.ErrMasked},
		"same names":    {func(d *dossier.Dossier) { d.Sections[1].Name = d.Sections[0].Name }, envelope.ErrParts},
	} {
		d := newDossier(10)
		x.change(d)
		if err := o.Submit(t.Context(), d); !errors.Is(err, x.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	submit(t, o, newDossier(10)) // control
}

// The station's disk holds nothing to read.
func TestNothingReadableOnDisk(t *testing.T) {
	c := newCentral(t)
	cfg := c.config(t, "http://127.0.0.1:1")
	o := open(t, cfg)
	d := newDossier(1000)
	submit(t, o, d)
	if n := grep(t, cfg.Dir, "Nguyễn Văn Thử"); n != 0 {
		t.Errorf("the name is readable in %d files", n)
	}
	if n := grep(t, cfg.Dir, d.Officer); n != 0 {
		t.Errorf("the officer is readable in %d files", n)
	}
	if n := grep(t, cfg.Dir, d.Masked); n == 0 {
		t.Error("control: the search does not find the masked text")
	}
}

func grep(t *testing.T, dir, text string) (files int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err == nil && bytes.Contains(raw, []byte(text)) {
			files++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestGatewayDownThenUp(t *testing.T) {
	c := newCentral(t)
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := socket.Addr().String()
	if err := socket.Close(); err != nil {
		t.Fatal(err)
	}
	cfg := c.config(t, "http://"+addr)
	c.enrol(t, cfg)
	o := open(t, cfg)
	run(t, o)
	d := newDossier(1000)
	submit(t, o, d)
	deadline := time.Now().Add(20 * time.Second)
	for {
		s, err := o.Status(d.ID)
		if err != nil {
			t.Fatal(err)
		}
		if s.Tries > 0 && s.State == offline.Sending && s.Detail != "" {
			if s.Detail != uplink.ErrUnreachable.Error() {
				t.Errorf("detail %q", s.Detail)
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("no try was made")
		}
		time.Sleep(5 * time.Millisecond)
	}
	srv := &httptest.Server{Listener: listen(t, addr), Config: &http.Server{Handler: c, ReadHeaderTimeout: time.Second}}
	srv.Start()
	t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() })
	await(t, o, d.ID, offline.Custody) // by itself: nobody calls Retry
}

func listen(t *testing.T, addr string) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestVirtualRefused(t *testing.T) {
	c := newCentral(t)
	c.virtual = false
	c.restart()
	srv := serve(t, c)
	cfg := c.config(t, srv.URL)
	c.enrol(t, cfg)
	o := open(t, cfg)
	run(t, o)
	virtual, honest := newDossier(1000), newDossier(1000)
	honest.Virtual = false
	submit(t, o, virtual)
	submit(t, o, honest)
	s := await(t, o, virtual.ID, offline.Refused)
	if s.Detail == "" || s.Receipt != nil {
		t.Errorf("%+v", s)
	}
	await(t, o, honest.ID, offline.Custody) // a refused one holds up no other
	// Once the gateway takes virtual ones, Retry sends it.
	c.virtual = true
	c.restart()
	if err := o.Retry(virtual.ID); err != nil {
		t.Fatal(err)
	}
	await(t, o, virtual.ID, offline.Custody)
}

func TestUnknownStationWaits(t *testing.T) {
	c := newCentral(t)
	srv := serve(t, c)
	cfg := c.config(t, srv.URL)
	o := open(t, cfg)
	d := newDossier(1000)
	submit(t, o, d)
	if err := o.Send(t.Context()); !errors.Is(err, uplink.ErrNotEnrolled) {
		t.Fatalf("%v", err)
	}
	if s, err := o.Status(d.ID); err != nil || s.State != offline.Sending || s.Detail == "" {
		t.Errorf("%+v, %v", s, err)
	}
	c.enrol(t, cfg)
	if err := o.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	await(t, o, d.ID, offline.Custody)
}

// A receipt of another central deletes nothing.
func TestForeignReceiptKeepsTheDossier(t *testing.T) {
	c, other := newCentral(t), newCentral(t)
	srv := serve(t, c)
	cfg := c.config(t, srv.URL)
	c.enrol(t, cfg)
	cfg.GatewayKey = other.key.Public()
	o := open(t, cfg)
	d := newDossier(1000)
	submit(t, o, d)
	if err := o.Send(t.Context()); !errors.Is(err, uplink.ErrReceipt) {
		t.Errorf("%v", err)
	}
	if s, err := o.Status(d.ID); err != nil || !s.State.Waiting() {
		t.Errorf("%+v, %v", s, err)
	}
	if r, err := o.Verify(); err != nil || r.Waiting != 1 || r.Chunks == 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

// The station restarts between the gateway's answer and its own write: the
// same receipt comes again, and the central has the dossier once.
func TestReceiptLostOnTheWay(t *testing.T) {
	c := newCentral(t)
	var lose atomic.Bool
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if lose.Load() && r.Method == http.MethodPut && len(r.URL.Path) > 10 && r.URL.Path[:10] == "/dossiers/" {
			c.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		c.ServeHTTP(w, r)
	}))
	defer srv.Close()
	cfg := c.config(t, srv.URL)
	c.enrol(t, cfg)
	o, err := offline.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	d := newDossier(1000)
	submit(t, o, d)
	lose.Store(true)
	if err := o.Send(t.Context()); !errors.Is(err, uplink.ErrUnreachable) {
		t.Fatalf("%v", err)
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	lose.Store(false)
	o = open(t, cfg)
	if err := o.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := await(t, o, d.ID, offline.Custody); s.Receipt.LogPosition != 1 {
		t.Errorf("stored at position %d, want 1", s.Receipt.LogPosition)
	}
	if raw, err := o.SignedReceipt(d.ID); err != nil || len(raw) == 0 {
		t.Errorf("signed receipt: %v", err)
	}
}

// A gateway of the last version takes dossiers and knows nothing else: no error
// is made of that.
func TestOldGateway(t *testing.T) {
	c := newCentral(t)
	asked := atomic.Int64{}
	srv := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/parts/") || strings.HasPrefix(r.URL.Path, "/dossiers/") {
			c.ServeHTTP(w, r)
			return
		}
		asked.Add(1)
		http.NotFound(w, r)
	}))
	cfg := c.config(t, srv.URL)
	c.enrol(t, cfg)
	o := open(t, cfg)
	d := newDossier(10)
	submit(t, o, d)
	if err := o.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := must(o.Status(d.ID))(t); s.State != offline.Custody {
		t.Errorf("%+v", s)
	}
	if asked.Load() < 3 {
		t.Errorf("control: only %d of the new paths were asked for", asked.Load())
	}
}
