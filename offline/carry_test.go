package offline_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/courier"
	"github.com/tram-station/tram/offline/dossier"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/uplink"
)

func allowCourier(signed bool) func() offline.Policy {
	return func() offline.Policy { return offline.Policy{Version: "2026.11", Signed: signed, Courier: true} }
}

// of makes a station of its own at the central, by another name.
func (c *central) of(t testing.TB, name, url string) offline.Config {
	t.Helper()
	cfg := c.config(t, url)
	cfg.StationID = name
	c.enrol(t, cfg)
	cfg.Policy = allowCourier(true)
	return cfg
}

// A station without a line sends its dossiers by hand over another one; the
// receipts come back the same way.
func TestCourier(t *testing.T) {
	c := newCentral(t)
	srv := serve(t, c)
	far := open(t, c.of(t, stationID, "http://127.0.0.1:1"))
	near := open(t, c.of(t, "tram-thu-002", srv.URL))
	var dossiers []*dossier.Dossier
	for range 3 {
		d := newDossier(300 << 10)
		dossiers = append(dossiers, d)
		submit(t, far, d)
	}
	if err := far.Send(t.Context()); !errors.Is(err, uplink.ErrUnreachable) {
		t.Fatalf("control: the far station has a line: %v", err)
	}
	var there bytes.Buffer
	if n, err := far.Export(t.Context(), &there, "supervisor-1"); err != nil || n != 3 {
		t.Fatalf("export: %d, %v", n, err)
	}
	bundle := there.Bytes()
	if bytes.Contains(bundle, []byte("Nguyễn Văn Thử")) {
		t.Error("the bundle is readable")
	}
	out, err := near.Import(t.Context(), bytes.NewReader(bundle), "supervisor-2")
	if err != nil || out.Dossiers != 3 || out.Station != stationID {
		t.Fatalf("import: %+v, %v", out, err)
	}
	if out, err := near.Import(t.Context(), bytes.NewReader(bundle), "supervisor-2"); err != nil || out.Known != 3 || out.Dossiers != 0 {
		t.Errorf("import again: %+v, %v", out, err)
	}
	if list := must(near.List())(t); len(list) != 0 {
		t.Errorf("another station's dossiers are in the own chain: %+v", list)
	}
	if err := near.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, s := range must(near.Carried())(t) {
		if s.State != offline.Custody || s.Receipt == nil || s.Station != stationID {
			t.Errorf("carried: %+v", s)
		}
	}
	var back bytes.Buffer
	if n, err := near.Export(t.Context(), &back, "supervisor-2"); err != nil || n != 3 {
		t.Fatalf("export back: %d, %v", n, err)
	}
	if out, err := far.Import(t.Context(), bytes.NewReader(back.Bytes()), "supervisor-1"); err != nil || out.Receipts != 3 {
		t.Fatalf("import back: %+v, %v", out, err)
	}
	for _, d := range dossiers {
		if s := must(far.Status(d.ID))(t); s.State != offline.Custody || s.Receipt == nil {
			t.Errorf("%+v", s)
		}
		sealed, station, err := c.gw.Dossier(t.Context(), d.ID)
		if err != nil {
			t.Fatal(err)
		}
		if station.ID != stationID {
			t.Errorf("the central thinks that it is of %s", station.ID)
		}
		if _, _, err := envelope.Open(c.identities[0], station.Key, sealed); err != nil {
			t.Error(err)
		}
	}
	if out, err := far.Import(t.Context(), bytes.NewReader(back.Bytes()), "supervisor-1"); err != nil || out.Known != 3 {
		t.Errorf("receipts again: %+v, %v", out, err)
	}
}

// The courier is off unless the policy allows it and the central signed that.
func TestCourierIsOff(t *testing.T) {
	c := newCentral(t)
	cfg := c.of(t, stationID, "http://127.0.0.1:1")
	for name, policy := range map[string]func() offline.Policy{
		"no policy": nil, "not signed": allowCourier(false),
		"not allowed": func() offline.Policy { return offline.Policy{Signed: true} },
	} {
		cfg.Dir, cfg.Policy = t.TempDir(), policy
		o := open(t, cfg)
		submit(t, o, newDossier(10))
		var out bytes.Buffer
		if _, err := o.Export(t.Context(), &out, "supervisor-1"); !errors.Is(err, offline.ErrCourier) || out.Len() > 0 {
			t.Errorf("%s: export: %d bytes, %v", name, out.Len(), err)
		}
		if _, err := o.Import(t.Context(), &out, "supervisor-1"); !errors.Is(err, offline.ErrCourier) {
			t.Errorf("%s: import: %v", name, err)
		}
	}
	cfg.Dir, cfg.Policy = t.TempDir(), allowCourier(true)
	if _, err := open(t, cfg).Export(t.Context(), io.Discard, "supervisor-1"); err != nil {
		t.Errorf("control: %v", err)
	}
}

// A courier brings no receipt but the central's, and for nothing but what is
// here.
func TestCourierForgedReceipt(t *testing.T) {
	c, other := newCentral(t), newCentral(t)
	o := open(t, c.of(t, stationID, "http://127.0.0.1:1"))
	d := newDossier(10)
	submit(t, o, d)
	s := must(o.Status(d.ID))(t)
	bundle := func(key *envelope.Signer, id uuid.UUID, manifest envelope.Digest) *bytes.Buffer {
		t.Helper()
		raw := must(envelope.SignReceipt(key, envelope.Receipt{ID: id, Manifest: manifest, LogPosition: 1, Time: d.Sealed}))(t)
		var out bytes.Buffer
		if err := courier.Write(&out, key, courier.Load{Station: "x", At: d.Sealed, Receipts: []courier.Receipt{{ID: id, Signed: raw}}}); err != nil {
			t.Fatal(err)
		}
		return &out
	}
	for name, b := range map[string]*bytes.Buffer{
		"of another central":   bundle(other.key, d.ID, s.Manifest),
		"for another manifest": bundle(c.key, d.ID, envelope.Digest{1}),
		"for another dossier":  bundle(c.key, uuid.New(), s.Manifest),
	} {
		out, err := o.Import(t.Context(), b, "supervisor-1")
		if err != nil || len(out.Refused) != 1 || out.Receipts != 0 {
			t.Errorf("%s: %+v, %v", name, out, err)
		}
		if s := must(o.Status(d.ID))(t); s.State != offline.Sealed {
			t.Errorf("%s: state %s", name, s.State)
		}
	}
	if out, err := o.Import(t.Context(), bundle(c.key, d.ID, s.Manifest), "supervisor-1"); err != nil || out.Receipts != 1 {
		t.Errorf("control: %+v, %v", out, err)
	}
}

// A dossier whose copy is damaged costs itself: the courier takes the others.
func TestCourierLeavesOutDamage(t *testing.T) {
	c := newCentral(t)
	cfg := c.of(t, stationID, "http://127.0.0.1:1")
	far := must(offline.Open(cfg))(t)
	defer func() { _ = far.Close() }()
	near := open(t, c.of(t, "tram-thu-002", "http://127.0.0.1:1"))
	bad, good := newDossier(300<<10), newDossier(300<<10)
	submit(t, far, bad)
	files := must(filepath.Glob(filepath.Join(cfg.Dir, "blobs", "*")))(t)
	raw := must(os.ReadFile(files[0]))(t)
	raw[len(raw)/2] ^= 1
	if err := os.WriteFile(files[0], raw, 0o600); err != nil {
		t.Fatal(err)
	}
	submit(t, far, good)
	var bundle bytes.Buffer
	if n, err := far.Export(t.Context(), &bundle, "supervisor-1"); err != nil || n != 1 {
		t.Fatalf("%d in the bundle, %v", n, err)
	}
	if out, err := near.Import(t.Context(), &bundle, "supervisor-2"); err != nil || out.Dossiers != 1 {
		t.Errorf("%+v, %v", out, err)
	}
	if s := must(far.Status(bad.ID))(t); s.State != offline.Damaged || s.Detail == "" {
		t.Errorf("the damaged one is %s: %q", s.State, s.Detail)
	}
	if s := must(far.Status(good.ID))(t); s.State != offline.Sealed {
		t.Errorf("the whole one is %s", s.State)
	}
}

// What the central will not take of another station is tried once, is shown
// with the reason, and can be brought again.
func TestCarriedRefused(t *testing.T) {
	c := newCentral(t)
	puts := 0
	srv := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut && strings.HasPrefix(r.URL.Path, "/dossiers/") {
			puts++
		}
		c.ServeHTTP(w, r)
	}))
	strange := c.config(t, "http://127.0.0.1:1")
	strange.StationID, strange.Policy = "tram-la-009", allowCourier(true) // never enrolled
	far, near := open(t, strange), open(t, c.of(t, "tram-thu-002", srv.URL))
	d := newDossier(10)
	d.Station = strange.StationID
	submit(t, far, d)
	var out bytes.Buffer
	must(far.Export(t.Context(), &out, "supervisor-1"))(t)
	bundle := out.Bytes()
	for i := range 2 {
		if out, err := near.Import(t.Context(), bytes.NewReader(bundle), "supervisor-2"); err != nil || out.Dossiers != 1 {
			t.Fatalf("import %d: %+v, %v", i, out, err)
		}
		for range 3 {
			if err := near.Send(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if puts != i+1 {
			t.Errorf("tried %d times after %d imports", puts, i+1)
		}
		if l := must(near.Carried())(t); len(l) != 1 || l[0].State != offline.Refused || l[0].Detail == "" {
			t.Errorf("carried: %+v", l)
		}
	}
	c.enrol(t, strange)
	if err := near.Retry(d.ID); err != nil {
		t.Fatal(err)
	}
	if err := near.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	if l := must(near.Carried())(t); len(l) != 1 || l[0].State != offline.Custody {
		t.Errorf("enrolled and tried again: %+v", l)
	}
	if r := must(near.Verify())(t); len(r.Problems) != 0 {
		t.Errorf("%+v", r)
	}
}
