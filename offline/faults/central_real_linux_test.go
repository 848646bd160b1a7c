//go:build realparts

package faults_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/faults"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/gateway/store"
	"github.com/tram-station/tram/offline/uplink"
)

// programs is the folder of the real ones, each built once for all tests.
var programs struct {
	sync.Mutex
	dir string
}

// program returns the path of a command of this module, without cgo.
func program(t *testing.T, name string) string {
	t.Helper()
	programs.Lock()
	defer programs.Unlock()
	if programs.dir == "" {
		var err error
		programs.dir, err = os.MkdirTemp("", "tram-faults-")
		must(t, err)
	}
	path := filepath.Join(programs.dir, name)
	if _, err := os.Stat(path); err == nil {
		return path
	}
	build := exec.Command("go", "build", "-o", path, "../../cmd/"+name)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// central is a gateway process on a folder, and what its stations know.
type central struct {
	*child
	dir     string
	addr    string
	pairing uplink.Pairing
}

// startCentral starts the real gateway on the folder; listen is "127.0.0.1:0"
// for a free port.
func startCentral(t *testing.T, dir, listen string) *central {
	t.Helper()
	cmd := exec.Command(program(t, "tram-gateway"), "run", "--dir", dir, "--listen", listen, "--allow-virtual")
	c := &central{child: start(t, cmd), dir: dir}
	var ready struct{ URL string }
	if err := json.Unmarshal([]byte(<-c.lines), &ready); err != nil {
		t.Fatalf("the gateway does not start: %v", err)
	}
	c.addr = ready.URL[len("http://"):]
	var err error
	c.pairing, err = uplink.LoadPairing(filepath.Join(dir, "pairing.json"))
	must(t, err)
	return c
}

// sender is a station that delivers dossiers from memory.
type sender struct {
	key      *envelope.Signer
	to       []*envelope.Recipient
	last     envelope.Digest
	sequence uint64
}

func (c *central) enrol(t *testing.T) *sender {
	t.Helper()
	key, err := envelope.GenerateKey()
	must(t, err)
	must(t, c.enrolled(key.Public()))
	return &sender{key: key, to: c.pairing.To()}
}

// enrolled enters the test's station with a key.
func (c *central) enrolled(key *envelope.PublicKey) error {
	s := uplink.Station{ID: stationID, Key: key, Province: "01"}
	return gateway.StationDir(filepath.Join(c.dir, "stations")).Enrol(s)
}

func (s *sender) seal(t *testing.T, size int) *envelope.Sealed {
	t.Helper()
	d := newDossier(size)
	parts, err := d.Parts()
	must(t, err)
	s.sequence++
	sealed, err := envelope.Seal(s.key, s.to, envelope.Draft{
		ID: d.ID, Station: stationID, Sequence: s.sequence, Previous: s.last, Virtual: true,
		Created: envelope.Clock{Wall: time.Now().UnixMilli()}, Parts: parts,
	})
	must(t, err)
	s.last = envelope.Sum(sealed.Manifest)
	return sealed
}

func (c *central) client(url string) *uplink.Client {
	return &uplink.Client{
		URL: url, Station: stationID, Key: c.pairing.Keys()[0], HTTP: uplink.Transport{Stall: 5 * time.Second}.Client(),
	}
}

// auditCentral opens a gateway's folder in this process and finds out which of the
// tried dossiers it has: with its receipt's digest when the seal opens, with
// none when it does not. What is stored more often than known is doubled.
func auditCentral(t *testing.T, dir string, tried map[string]*envelope.Sealed, by *envelope.PublicKey) (found []faults.Found, doubled int) {
	t.Helper()
	key, err := envelope.LoadKey(filepath.Join(dir, "receipt.key"))
	must(t, err)
	identity, err := envelope.OpenIdentity(filepath.Join(dir, "central.age"))
	must(t, err)
	g, err := store.NewGateway(context.WithoutCancel(t.Context()), dir, gateway.Config{
		Key: key, Stations: gateway.StationDir(filepath.Join(dir, "stations")), AllowVirtual: true,
	})
	if err != nil {
		t.Logf("the gateway does not open its stores: %v", err)
		return nil, 0
	}
	defer func() { must(t, g.Close()) }()
	for name := range tried {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "/dossiers/"+name, nil)
		r.RemoteAddr = "127.0.0.1:1" // loopback: who asks is not the question here
		g.ServeHTTP(w, r)
		if w.Code == http.StatusNotFound {
			continue
		}
		f := faults.Found{Name: name}
		sealed, _, err := g.Dossier(t.Context(), uuid.MustParse(name))
		if err == nil {
			_, _, err = envelope.Open(identity, by, sealed)
		}
		if err == nil && w.Code == http.StatusOK {
			f.Digest = envelope.Sum(w.Body.Bytes()).String()
		} else {
			t.Logf("%s: status %d, %v", name, w.Code, err)
		}
		found = append(found, f)
	}
	var health struct{ Dossiers int }
	w := httptest.NewRecorder()
	g.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/health", nil))
	must(t, json.Unmarshal(w.Body.Bytes(), &health))
	return found, max(0, health.Dossiers-len(found))
}
