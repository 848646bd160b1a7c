package offline_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/dossier"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/gateway/store"
	"github.com/tram-station/tram/offline/uplink"
)

const stationID = "tram-thu-001"

// central is a gateway whose stores and keys outlive a restart.
type central struct {
	t          testing.TB
	dir        string
	key        *envelope.Signer
	identities []*envelope.Identity
	stations   gateway.StationDir
	witnesses  *gateway.WitnessDir
	documents  *gateway.DocumentDir
	authority  *gateway.Authority
	virtual    bool
	registry   http.Handler // what stands behind the gateway
	stores     *store.Stores
	gw         *gateway.Gateway
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func newCentral(t testing.TB) *central {
	t.Helper()
	c := &central{t: t, dir: t.TempDir(), virtual: true}
	c.key = must(envelope.OpenKey(filepath.Join(c.dir, "receipt.key")))(t)
	c.identities = []*envelope.Identity{must(envelope.OpenIdentity(filepath.Join(c.dir, "central.age")))(t)}
	c.stations = gateway.StationDir(filepath.Join(c.dir, "stations"))
	c.witnesses = must(gateway.OpenWitnesses(filepath.Join(c.dir, "witnesses")))(t)
	c.documents = must(gateway.OpenDocuments(filepath.Join(c.dir, "documents"), c.key, time.Now))(t)
	c.authority = must(gateway.OpenAuthority(c.dir, time.Now))(t)
	c.start()
	t.Cleanup(func() { _ = c.stores.Close() })
	return c
}

func (c *central) start() {
	c.t.Helper()
	c.stores = must(store.Open(c.t.Context(), c.dir))(c.t)
	cfg := gateway.Config{
		Key: c.key, Stations: c.stations, Enrolment: c.stations, Authority: c.authority, Witnesses: c.witnesses,
		Documents: c.documents, AllowVirtual: c.virtual, Registry: c.registry,
	}
	for _, id := range c.identities {
		cfg.Recipients = append(cfg.Recipients, id.Recipient().ID())
	}
	c.gw = must(gateway.New(c.stores.Into(cfg)))(c.t)
}

func (c *central) restart() {
	c.t.Helper()
	if err := c.stores.Close(); err != nil {
		c.t.Fatal(err)
	}
	c.start()
}

func (c *central) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.gw.ServeHTTP(w, r) }

// serve runs a server to the end of the test. A station may hold a question
// open: its connections are cut.
func serve(t testing.TB, h http.Handler) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(func() {
		srv.CloseClientConnections()
		srv.Close()
	})
	return srv
}

func (c *central) config(t testing.TB, url string) offline.Config {
	t.Helper()
	dir := t.TempDir()
	signer, err := offline.OpenKey(dir, stationID)
	if err != nil {
		t.Fatal(err)
	}
	cfg := offline.Config{
		Dir: filepath.Join(dir, "queue"), StationID: stationID, Signer: signer, Documents: filepath.Join(dir, "documents"),
	}
	pairing := uplink.Pairing{URL: url, Recipient: c.identities[0].Recipient(), ReceiptKey: c.key.Public()}
	if err := cfg.Pair(pairing); err != nil {
		t.Fatal(err)
	}
	return cfg
}

func (c *central) enrol(t testing.TB, cfg offline.Config) {
	t.Helper()
	if err := c.stations.Add(uplink.Station{ID: cfg.StationID, Key: cfg.Signer.Public()}); err != nil {
		t.Fatal(err)
	}
}

// open opens an outbox that is checked at the end of the test.
func open(t testing.TB, cfg offline.Config) *offline.Outbox {
	t.Helper()
	o, err := offline.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r, err := o.Verify()
		if err != nil || len(r.Problems) > 0 || r.Orphans > 0 {
			t.Errorf("the queue is not whole at the end: %+v, %v", r, err)
		}
		_ = o.Close()
	})
	return o
}

func run(t testing.TB, o *offline.Outbox) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := o.Run(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Run: %v", err)
		}
	}()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

func newDossier(size int) *dossier.Dossier {
	noise := make([]byte, size)
	id := uuid.Must(uuid.NewV7())
	_, _ = rand.NewChaCha8([32]byte(append(id[:], id[:]...))).Read(noise)
	return &dossier.Dossier{
		ID: id, Kind: "citizen-level2", Station: stationID, Officer: "can-bo-01",
		Begun: time.UnixMilli(1_790_000_000_000).UTC(), Sealed: time.UnixMilli(1_790_000_100_000).UTC(), Virtual: true,
		Masked: "N.V.T. ••••1234",
		Sections: []dossier.Section{
			{Name: "evidence", MediaType: "application/cbor", Bytes: noise},
			{Name: "person", MediaType: "application/json", Bytes: []byte(`{"tên":"Nguyễn Văn Thử"}`)},
		},
	}
}

func submit(t testing.TB, o *offline.Outbox, d *dossier.Dossier) {
	t.Helper()
	if err := o.Submit(t.Context(), d); err != nil {
		t.Fatal(err)
	}
}

// await waits for a state, with a deadline far above what it takes.
func await(t testing.TB, o *offline.Outbox, id uuid.UUID, want offline.State) offline.Status {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	changes := o.Watch(ctx)
	for {
		s, err := o.Status(id)
		if err != nil {
			t.Fatal(err)
		}
		if s.State == want {
			return s
		}
		if _, ok := <-changes; !ok {
			t.Fatalf("state %s (%s), want %s", s.State, s.Detail, want)
		}
	}
}

func TestFromSubmitToReceipt(t *testing.T) {
	c := newCentral(t)
	srv := serve(t, c)
	cfg := c.config(t, srv.URL)
	c.enrol(t, cfg)
	o := open(t, cfg)
	run(t, o)
	d := newDossier(600 << 10)
	submit(t, o, d)
	s := await(t, o, d.ID, offline.Custody)
	if s.Receipt == nil || s.Receipt.ID != d.ID || s.Receipt.Manifest != s.Manifest || s.Receipt.LogPosition != 1 {
		t.Fatalf("receipt %+v", s.Receipt)
	}
	if s.Masked != d.Masked || s.Kind != d.Kind || !s.Virtual {
		t.Errorf("status %+v", s)
	}
	sealed, station, err := c.gw.Dossier(t.Context(), d.ID)
	if err != nil {
		t.Fatal(err)
	}
	_, parts, err := envelope.Open(c.identities[0], station.Key, sealed)
	if err != nil {
		t.Fatal(err)
	}
	got, err := dossier.FromParts(parts)
	if err != nil {
		t.Fatal(err)
	}
	if got.Officer != d.Officer || !got.Sealed.Equal(d.Sealed) || len(got.Sections) != 2 ||
		!bytes.Equal(got.Sections[0].Bytes, d.Sections[0].Bytes) {
		t.Error("the central opened another dossier than the station sealed")
	}
}
