//go:build realparts

package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"image"
	"image/jpeg"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	filmed "github.com/tram-station/tram/biometrics/browser"
	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/face/facetest"
	"github.com/tram-station/tram/biometrics/virtual"
	"github.com/tram-station/tram/kiosk"
	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/kiosk/operator"
	"github.com/tram-station/tram/kiosk/places"
	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/mrz/gray"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/gateway/store"
	"github.com/tram-station/tram/offline/uplink"
	"github.com/tram-station/tram/reader"
	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/chip"
	"github.com/tram-station/tram/reader/passive"
	"github.com/tram-station/tram/reader/verdict"
)

const (
	pin                       = "135790"
	supervisor, supervisorPIN = "supervisor-1", "864209"
	stationID                 = "tram-thu-001"
	seed                      = 11 // of the drawn citizen, in DG2 and before the camera
)

// site is a station with everything behind it.
type site struct {
	t         *testing.T
	host      string
	rules     *rules.Pack
	reviewer  *envelope.Recipient // of held dossiers; nil: nobody's
	office    kiosk.Office        // on printed papers
	kind      string              // of the station, "" is a commune's
	slot      *apdu.VirtualSlot
	chip      enrol.Chip // reads instead of the slot, where there is one
	journal   string     // folder
	issuer    *chip.Issuer
	station   *enrol.Station
	outbox    *offline.Outbox
	operators *operator.Store
	central   *central
	places    *places.List                    // nil: addresses are written by hand
	inquiry   enrol.Central                   // nil: nothing is asked while the citizen is there
	gone      atomic.Bool                     // the reader's cable is out
	unplugged atomic.Bool                     // the camera's cable is out
	counter   counter                         // what is filmed in the card step
	sitter    counter                         // and in the portrait step; nothing: the drawn citizen
	page      *filmed.Source                  // the page's own camera films, where there is one
	pose      func(frame uint64) virtual.Pose // of the drawn citizen; nil: looks ahead
	platen    *platen
	matcher   matcher
	strict    bool         // the central takes nothing that virtual devices captured
	models    bool         // the default pack finds and compares the faces
	ahead     atomic.Int64 // how far the station's clock is, a time.Duration
	still     atomic.Bool  // the program hangs: nothing leaves it

	stopServer func()
}

// refusedWords are a central's to a technician.
const refusedWords = `this gateway takes no virtual device <b>: run it with --allow-virtual`

// central is a gateway that can be unplugged.
type central struct {
	http.Handler
	states gateway.States
	down   atomic.Bool
	final  atomic.Bool  // it refuses each dossier for good
	slow   atomic.Int64 // so long takes each part, a time.Duration
}

func (c *central) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if c.down.Load() {
		panic(http.ErrAbortHandler) // the connection breaks, as with a cable
	}
	if r.Method != http.MethodGet && c.final.Load() {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		_ = json.NewEncoder(w).Encode(uplink.Problem{Code: uplink.CodeVirtual, Message: refusedWords}) // the station went away
		return
	}
	if r.Method == http.MethodPut {
		time.Sleep(time.Duration(c.slow.Load()))
	}
	c.Handler.ServeHTTP(w, r)
}

// must returns the value, or ends the test that is named after it.
func must[T any](value T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func newSite(t *testing.T, change ...func(*site)) *site {
	t.Helper()
	s := &site{t: t, slot: &apdu.VirtualSlot{}, platen: newPlaten(), rules: must(rules.Default())(t)}
	s.matcher.score.Store(75)
	s.rules.PortraitPatience = 600 // the race detector makes faces slow to find
	for _, f := range change {
		f(s)
	}
	s.issuer = must(chip.NewIssuer(rand.Reader, time.Now()))(t)
	s.startOutbox()
	s.startStation()
	s.startServer("127.0.0.1:0")
	t.Cleanup(func() { s.stopServer() })
	return s
}

func (s *site) startOutbox() {
	t, dir := s.t, s.t.TempDir()
	key := must(envelope.OpenKey(filepath.Join(dir, "receipt.key")))(t)
	identity := must(envelope.OpenIdentity(filepath.Join(dir, "central.age")))(t)
	stations := gateway.StationDir(filepath.Join(dir, "stations"))
	stores := must(store.Open(t.Context(), filepath.Join(dir, "gateway")))(t)
	t.Cleanup(func() { _ = stores.Close() })
	gw := must(gateway.New(stores.Into(gateway.Config{
		Key: key, Stations: stations, AllowVirtual: !s.strict,
		Recipients: []envelope.KeyID{identity.Recipient().ID()},
	})))(t)
	s.central = &central{Handler: gw, states: stores.States}
	server := httptest.NewServer(s.central)
	t.Cleanup(server.Close)
	signer := must(offline.OpenKey(filepath.Join(dir, "station"), stationID))(t)
	if err := stations.Add(uplink.Station{ID: stationID, Key: signer.Public()}); err != nil {
		t.Fatal(err)
	}
	cfg := offline.Config{Dir: filepath.Join(dir, "queue"), StationID: stationID, Signer: signer}
	if err := cfg.Pair(uplink.Pairing{URL: server.URL, Recipient: identity.Recipient(), ReceiptKey: key.Public()}); err != nil {
		t.Fatal(err)
	}
	s.outbox = must(offline.Open(cfg))(t)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = s.outbox.Run(ctx)
	}()
	t.Cleanup(func() {
		stop()
		<-ended
		_ = s.outbox.Close()
	})
}

func (s *site) startStation() {
	t, dir := s.t, s.t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "csca.cer"), s.issuer.CSCA(), 0o600); err != nil {
		t.Fatal(err)
	}
	trust := must(passive.LoadTrust(filepath.Join(dir, "csca.cer")))(t)
	portraits := enrol.FacePortraiter{Finder: facetest.Finder(t), Matcher: &s.matcher}
	if s.models {
		engine := facetest.Net(t)
		portraits.Finder = engine
		portraits.Matcher = must(engine.Matcher())(t)
	}
	s.journal = filepath.Join(dir, "journal")
	if s.chip == nil {
		s.chip = &slotReader{site: s, trust: trust}
	}
	cfg := enrol.Config{
		Chip:       s.chip,
		Camera:     s.camera,
		Portraiter: portraits, View: portraits.View,
		Scanner: s.platen.start,
		Rules:   s.rules, Supervisor: s.reviewer, Outbox: s.outbox, JournalDir: s.journal, JournalKey: make([]byte, 32), Station: stationID, StationKind: s.kind,
		RetryDelay: 100 * time.Millisecond, Now: func() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) },
	}
	if s.inquiry != nil {
		cfg.Central = s.inquiry
	}
	if s.places != nil {
		cfg.Places = s.places
	}
	if s.page != nil {
		cfg.Camera, cfg.CameraSource = s.page.Open, enrol.SourceBrowser
	}
	s.station = must(enrol.Open(cfg))(t)
	t.Cleanup(func() { _ = s.station.Close() })
	go func() { // as the daemon does
		for status := range s.outbox.Watch(t.Context()) {
			state := status.State.String()
			if status.Held {
				state = enrol.StateHeld
			}
			s.station.SetQueueState(status.ID.String(), state)
		}
	}()
}

// startServer serves at an address, with nobody logged in.
func (s *site) startServer(address string) {
	t := s.t
	listener := must(net.Listen("tcp", address))(t)
	s.host = listener.Addr().String()
	_, port, _ := net.SplitHostPort(s.host)
	named := "localhost:" + port // a security key answers no other page
	mark := func(number string) []byte { return []byte((number + strings.Repeat("x", 32))[:32]) }
	s.operators = must(operator.OpenFixed(operator.Config{Path: filepath.Join(t.TempDir(), "people.json"), Origins: []string{"http://" + named}, Mark: mark},
		operator.PINs{Officer: pin, Supervisor: supervisorPIN}))(t)
	cfg := kiosk.Config{
		Station: s.station, Operators: s.operators, Outbox: s.outbox, Hosts: []string{s.host, named}, Doctor: s.doctor, Decode: decodeHere, Pages: s.station, Office: s.office,
		Version: "0.9.0-trial", Modules: parts(40), Examine: s.examine, Devices: s.trials(),
	}
	if s.places != nil {
		cfg.Places = s.places
	}
	if s.page != nil {
		cfg.BrowserCamera = s.page
	}
	server := must(kiosk.New(cfg))(t)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, standing{listener, &s.still}) }()
	s.stopServer = func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	}
}

// decodeHere stands for the sandbox, which the command has.
func decodeHere(_ context.Context, kind string, picture []byte) ([]byte, int, int, error) {
	img, err := gray.Decode(bytes.NewReader(picture), kiosk.MaxPixels)
	if err != nil {
		return nil, 0, 0, kiosk.ErrPicture
	}
	if kind == kiosk.DecodePage {
		var page bytes.Buffer
		err := jpeg.Encode(&page, img, nil)
		return page.Bytes(), img.Rect.Dx(), img.Rect.Dy(), err
	}
	return img.Pix, img.Rect.Dx(), img.Rect.Dy(), nil
}

// camera looks at the counter while the card is looked for, and at the citizen
// afterwards.
func (s *site) camera(ctx context.Context) (biometrics.Camera, error) {
	if s.counter.laid() && s.station.Snapshot().Step == enrol.StepCard {
		return s.counter.start(ctx)
	}
	if s.unplugged.Load() {
		return nil, biometrics.ErrNoDevice
	}
	if s.sitter.laid() {
		return s.sitter.start(ctx)
	}
	film := virtual.NewCamera(seed)
	film.Pose = s.pose
	return film, nil
}

// matcher is a model whose every comparison ends with the score that the test
// wants: what a score means is the station's part.
type matcher struct{ score atomic.Int64 } // in hundredths

func (m *matcher) Template(img image.Image, _ face.Face) (face.Template, error) {
	v := []float32{1, 0}
	if b := img.Bounds(); b.Dx() < b.Dy() { // the chip's photograph is upright
		c := float64(m.score.Load()) / 100
		v = []float32{float32(c), float32(math.Sqrt(1 - c*c))}
	}
	return face.Template{Model: m.Model(), Vector: v}, nil
}

func (m *matcher) Bands() face.Bands { return face.Bands{Accept: 0.5, Review: 0.35} }
func (m *matcher) Model() string     { return "scripted 1" }

func (s *site) doctor(context.Context) []kiosk.Device {
	words := verdict.Words{VI: "Thiết bị ảo để thử nghiệm", EN: "A virtual device for trials"}
	reader := kiosk.Device{Name: "reader", State: "virtual", Words: words}
	if s.gone.Load() {
		reader.State, reader.Words = "missing", verdict.Words{VI: "Kiểm tra cáp đầu đọc", EN: "Check the reader's cable"}
	}
	network := kiosk.Device{Name: "central", State: "ok", Words: verdict.Words{VI: "Đã kết nối", EN: "Connected"}}
	if s.central.down.Load() {
		network.State, network.Words = "waiting", verdict.Words{VI: "Mất mạng; hồ sơ chờ trên trạm", EN: "No network; applications wait"}
	}
	return []kiosk.Device{reader, {Name: "camera", State: "virtual", Words: words}, {Name: "scanner", State: "virtual", Words: words}, network}
}

// issue makes a card with the drawn citizen's portrait in it.
func (s *site) issue(fault chip.Fault) *chip.Card { return s.issueTo(chip.Sample(), fault) }

func (s *site) issueTo(citizen chip.Citizen, fault chip.Fault) *chip.Card {
	s.t.Helper()
	var portrait bytes.Buffer
	if err := jpeg.Encode(&portrait, virtual.Portrait(seed, 480, 640), &jpeg.Options{Quality: 80}); err != nil {
		s.t.Fatal(err)
	}
	citizen.Portrait = portrait.Bytes()
	return must(s.issuer.Issue(citizen, chip.ProfileCCCD, fault))(s.t)
}

// slotReader reads the chip in the site's slot.
type slotReader struct {
	site  *site
	trust *passive.Trust
}

func (r *slotReader) Read(ctx context.Context, keys []access.Key, on func(reader.Progress)) (*reader.Report, error) {
	if r.site.gone.Load() {
		return nil, apdu.ErrNoReader
	}
	return (&reader.Reader{Trust: r.trust, OnProgress: on}).Read(ctx, r.site.slot, keys)
}

func (r *slotReader) Virtual() bool    { return true }
func (r *slotReader) SlotName() string { return r.site.slot.Name() }
