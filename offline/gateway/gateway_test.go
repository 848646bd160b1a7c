package gateway_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/gateway/store"
	"github.com/tram-station/tram/offline/uplink"
)

// world is a gateway, one enrolled station and the central's identity.
type world struct {
	t        testing.TB
	cfg      gateway.Config
	dir      string
	gw       http.Handler
	stores   *store.Stores
	station  *envelope.Signer
	identity *envelope.Identity
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := prepare(t)
	w.start()
	return w
}

// prepare makes a world that is yet to be started.
func prepare(t testing.TB) *world {
	t.Helper()
	dir := t.TempDir()
	w := &world{t: t, dir: dir}
	var err error
	if w.station, err = envelope.GenerateKey(); err != nil {
		t.Fatal(err)
	}
	if w.identity, err = envelope.GenerateIdentity(); err != nil {
		t.Fatal(err)
	}
	w.cfg = gateway.Config{Recipients: []envelope.KeyID{w.identity.Recipient().ID()}}
	if w.cfg.Key, err = envelope.OpenKey(filepath.Join(dir, "receipt.key")); err != nil {
		t.Fatal(err)
	}
	stations := gateway.StationDir(filepath.Join(dir, "stations"))
	if err := stations.Add(uplink.Station{ID: "tram-thu-001", Key: w.station.Public()}); err != nil {
		t.Fatal(err)
	}
	w.cfg.Stations = stations
	t.Cleanup(func() { _ = w.stores.Close() })
	return w
}

func (w *world) start() {
	w.t.Helper()
	var err error
	if w.stores, err = store.Open(w.t.Context(), w.dir); err != nil {
		w.t.Fatal(err)
	}
	if w.gw, err = gateway.New(w.stores.Into(w.cfg)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) restart() {
	w.t.Helper()
	if err := w.stores.Close(); err != nil {
		w.t.Fatal(err)
	}
	w.start()
}

func (w *world) draft() envelope.Draft {
	return envelope.Draft{
		ID: uuid.Must(uuid.NewV7()), Station: "tram-thu-001", Sequence: 1,
		Parts: []envelope.Part{{Name: "a", Bytes: make([]byte, 300<<10)}},
	}
}

func (w *world) seal(d envelope.Draft) *envelope.Sealed {
	w.t.Helper()
	s, err := envelope.Seal(w.station, []*envelope.Recipient{w.identity.Recipient()}, d)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

type answer struct {
	status int
	body   []byte
	header http.Header
}

func (w *world) do(method, path string, body []byte) answer {
	w.t.Helper()
	rec := httptest.NewRecorder()
	w.gw.ServeHTTP(rec, localRequest(method, path, bytes.NewReader(body)))
	return answer{rec.Code, rec.Body.Bytes(), rec.Header()}
}

// localRequest comes from this machine.
func localRequest(method, path string, body io.Reader) *http.Request {
	r := httptest.NewRequest(method, path, body)
	r.RemoteAddr = "127.0.0.1:4711"
	return r
}

// problem checks that the answer is this refusal, in words.
func (w *world) problem(a answer, status int, code uplink.Code) uplink.Problem {
	w.t.Helper()
	var p uplink.Problem
	if err := json.Unmarshal(a.body, &p); err != nil || a.status != status || p.Code != code || p.Message == "" {
		w.t.Errorf("answer %d %s, want %d %s", a.status, a.body, status, code)
	}
	return p
}

func (w *world) parts(s *envelope.Sealed) {
	w.t.Helper()
	for d, b := range s.Chunks.(envelope.Chunks) {
		if a := w.do("PUT", "/parts/"+d.String(), b); a.status != http.StatusNoContent {
			w.t.Fatalf("part: %d %s", a.status, a.body)
		}
	}
}

func (w *world) deliver(s *envelope.Sealed) answer {
	w.t.Helper()
	w.parts(s)
	return w.do("PUT", "/dossiers/"+s.ID.String(), s.Manifest)
}

func TestReplayIsByteIdentical(t *testing.T) {
	w := newWorld(t)
	s := w.seal(w.draft())
	first := w.deliver(s)
	if first.status != http.StatusOK || first.header.Get("Content-Type") != uplink.TypeCOSE {
		t.Fatalf("%d %s", first.status, first.body)
	}
	r, err := envelope.VerifyReceipt(w.cfg.Key.Public(), first.body)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.For(s.ID, envelope.Sum(s.Manifest)); err != nil || r.LogPosition != 1 || time.Since(r.Time) > time.Minute {
		t.Errorf("%+v, %v", r, err)
	}
	path := "/dossiers/" + s.ID.String()
	replay := func(when string) {
		t.Helper()
		if a := w.do("PUT", path, s.Manifest); !bytes.Equal(a.body, first.body) {
			t.Errorf("%s: the replay gives other bytes: %d", when, a.status)
		}
		if a := w.do("GET", path, nil); !bytes.Equal(a.body, first.body) {
			t.Errorf("%s: the receipt asked for has other bytes: %d", when, a.status)
		}
	}
	replay("at once")
	time.Sleep(20 * time.Millisecond) // another time must not show
	w.restart()
	replay("after a restart")
	// The chunks may be gone to the archive a year later.
	if err := os.RemoveAll(filepath.Join(w.dir, "chunks")); err != nil {
		t.Fatal(err)
	}
	replay("without the chunks")
	if other := w.deliver2(t); bytes.Equal(other, first.body) {
		t.Error("control: another dossier has the same receipt")
	}
}

// deliver2 delivers another dossier after a restart.
func (w *world) deliver2(t *testing.T) []byte {
	t.Helper()
	w.restart()
	a := w.deliver(w.seal(w.draft()))
	r, err := envelope.VerifyReceipt(w.cfg.Key.Public(), a.body)
	if err != nil || r.LogPosition != 2 {
		t.Fatalf("%d %+v %v", a.status, r, err)
	}
	return a.body
}

func TestConflict(t *testing.T) {
	w := newWorld(t)
	d := w.draft()
	one, two := w.seal(d), w.seal(d) // age never gives the same ciphertext twice
	first := w.deliver(one)
	if first.status != http.StatusOK {
		t.Fatalf("%d %s", first.status, first.body)
	}
	p := w.problem(w.deliver(two), http.StatusConflict, uplink.CodeConflict)
	if p.Have == nil || p.Sent == nil || *p.Have != envelope.Sum(one.Manifest) || *p.Sent != envelope.Sum(two.Manifest) {
		t.Errorf("the conflict does not name both digests: %+v", p)
	}
	if a := w.do("GET", "/dossiers/"+d.ID.String(), nil); !bytes.Equal(a.body, first.body) {
		t.Error("the conflict changed what is stored")
	}
}

// Two manifests of one ID at the same time: one wins, and both askers hear
// which.
func TestRace(t *testing.T) {
	w := newWorld(t)
	d := w.draft()
	sealed := [8]*envelope.Sealed{}
	for i := range sealed {
		sealed[i] = w.seal(d)
		w.parts(sealed[i])
	}
	answers := make(chan answer, len(sealed))
	for _, s := range sealed {
		go func() { answers <- w.do("PUT", "/dossiers/"+d.ID.String(), s.Manifest) }()
	}
	won := 0
	for range sealed {
		switch a := <-answers; a.status {
		case http.StatusOK:
			won++
		case http.StatusConflict:
		default:
			t.Errorf("%d %s", a.status, a.body)
		}
	}
	if won != 1 {
		t.Errorf("%d manifests won, want 1", won)
	}
}

func TestRefusals(t *testing.T) {
	w := newWorld(t)
	seal := func(change func(d *envelope.Draft)) *envelope.Sealed {
		d := w.draft()
		change(&d)
		return w.seal(d)
	}
	virtual := seal(func(d *envelope.Draft) { d.Virtual = true })
	w.problem(w.deliver(virtual), http.StatusForbidden, uplink.CodeVirtual)

	lying := seal(func(d *envelope.Draft) { d.Station = "tram-thu-002" })
	w.problem(w.deliver(lying), http.StatusForbidden, uplink.CodeSignature)

	good := w.seal(w.draft())
	broken := bytes.Clone(good.Manifest)
	broken[len(broken)-1] ^= 1
	w.problem(w.do("PUT", "/dossiers/"+good.ID.String(), broken), http.StatusForbidden, uplink.CodeSignature)
	w.problem(w.do("PUT", "/dossiers/"+virtual.ID.String(), good.Manifest), http.StatusUnprocessableEntity, uplink.CodeManifest)
	w.problem(w.do("PUT", "/dossiers/"+good.ID.String(), []byte("{}")), http.StatusUnprocessableEntity, uplink.CodeManifest)
	w.problem(w.do("PUT", "/dossiers/"+strings.ToUpper(good.ID.String()), good.Manifest), http.StatusBadRequest, uplink.CodeBadRequest)
	w.problem(w.do("GET", "/dossiers/"+good.ID.String(), nil), http.StatusNotFound, uplink.CodeNotFound)

	p := w.problem(w.do("PUT", "/dossiers/"+good.ID.String(), good.Manifest), http.StatusFailedDependency, uplink.CodePartsMissing)
	if len(p.Missing) != len(good.Chunks.(envelope.Chunks)) {
		t.Errorf("%d parts named as missing", len(p.Missing))
	}

	d := envelope.Sum([]byte("a"))
	wrong := w.problem(w.do("PUT", "/parts/"+d.String(), []byte("b")), http.StatusUnprocessableEntity, uplink.CodeDigest)
	if wrong.Have == nil || *wrong.Have != d || *wrong.Sent != envelope.Sum([]byte("b")) {
		t.Errorf("%+v", wrong)
	}
	w.problem(w.do("PUT", "/parts/xyz", nil), http.StatusBadRequest, uplink.CodeBadRequest)
	w.problem(w.do("PUT", "/parts/"+d.String(), make([]byte, envelope.ChunkSize+1)), http.StatusRequestEntityTooLarge, uplink.CodeTooLarge)
	w.problem(w.do("PUT", "/dossiers/"+good.ID.String(), make([]byte, envelope.MaxManifest+1)), http.StatusRequestEntityTooLarge, uplink.CodeTooLarge)
	w.problem(w.do("POST", "/parts/missing", []byte("[]")), http.StatusBadRequest, uplink.CodeBadRequest)
	w.problem(w.do("POST", "/parts/missing", make([]byte, 1<<20)), http.StatusRequestEntityTooLarge, uplink.CodeTooLarge)

	w.problem(w.do("GET", "/nowhere", nil), http.StatusNotFound, uplink.CodeNotFound)
	if a := w.do("DELETE", "/parts/missing", nil); a.header.Get("Allow") == "" {
		t.Errorf("another method: %v", a.header)
	} else {
		w.problem(a, http.StatusMethodNotAllowed, uplink.CodeNotFound)
	}

	foreign, err := envelope.GenerateIdentity()
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, err := envelope.Seal(w.station, []*envelope.Recipient{foreign.Recipient()}, w.draft())
	if err != nil {
		t.Fatal(err)
	}
	w.problem(w.deliver(elsewhere), http.StatusUnprocessableEntity, uplink.CodeRecipient)

	stranger, err := envelope.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	w.station = stranger
	w.problem(w.deliver(w.seal(w.draft())), http.StatusForbidden, uplink.CodeUnknownStation)
	// Nothing of all this is stored.
	if a := w.do("GET", "/health", nil); !strings.Contains(string(a.body), `"dossiers":0`) {
		t.Errorf("health %s", a.body)
	}
}
