package gateway_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/gateway/central"
	"github.com/tram-station/tram/offline/uplink"
)

// site is a whole gateway behind TLS.
type site struct {
	*world
	stations  gateway.StationDir
	authority *gateway.Authority
	documents *gateway.DocumentDir
	desk      *central.DeskDir
	server    *httptest.Server
	checked   *checked
	log       *safeBuffer
}

// safeBuffer takes the lines of a log.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func newSite(t testing.TB) *site {
	t.Helper()
	s := &site{world: prepare(t), checked: newChecked(t), log: &safeBuffer{}}
	s.cfg.Log = slog.New(slog.NewJSONHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s.stations = gateway.StationDir(filepath.Join(s.dir, "stations"))
	witnesses, err1 := gateway.OpenWitnesses(filepath.Join(s.dir, "witnesses"))
	var err2, err3, err4, err5, err6 error
	s.authority, err2 = gateway.OpenAuthority(s.dir, time.Now)
	s.documents, err3 = gateway.OpenDocuments(filepath.Join(s.dir, "documents"), s.cfg.Key, time.Now)
	err4 = central.Invent(filepath.Join(s.dir, "register"), 3, 1, "tram-thu-001", time.Now())
	register, err5 := central.OpenRegister(filepath.Join(s.dir, "register"), nil)
	spool, err6 := central.OpenSpool(filepath.Join(s.dir, "messages"))
	if err := errors.Join(err1, err2, err3, err4, err5, err6); err != nil {
		t.Fatal(err)
	}
	s.cfg.Enrolment, s.cfg.Authority, s.cfg.Witnesses, s.cfg.Documents = s.stations, s.authority, witnesses, s.documents
	if s.desk, err1 = central.OpenDesk(filepath.Join(s.dir, "exceptions"), nil); err1 != nil {
		t.Fatal(err1)
	}
	s.cfg.Registry = central.Handler{Registry: register, Messenger: spool, Desk: s.desk, Caller: gateway.MountedCaller}.Mux()
	s.start()
	s.server = httptest.NewUnstartedServer(s.checked.watch(s.gw))
	cert, err := s.authority.Server("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	s.server.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS13}
	s.server.StartTLS()
	t.Cleanup(s.server.Close)
	return s
}

// client is a station's end of the wire; without a chain it has no certificate.
func (s *site) client(key *envelope.Signer, station string, chain [][]byte) *uplink.Client {
	tr := uplink.Transport{Roots: s.authority.Pool()}
	if chain != nil {
		cert := key.TLS(chain)
		tr.Certificate = func() (*tls.Certificate, error) { return &cert, nil }
	}
	return &uplink.Client{URL: s.server.URL, Station: station, Key: s.cfg.Key.Public(), HTTP: tr.Client()}
}

// enrolled is a client with the certificate of a key that was let in.
func (s *site) enrolled(key *envelope.Signer, station string) *uplink.Client {
	s.t.Helper()
	csr, err := envelope.NewRequest(key, station, "79")
	if err != nil {
		s.t.Fatal(err)
	}
	reply, err := s.client(key, station, nil).Request(s.t.Context(), csr, nil)
	if err != nil || reply.State != uplink.RequestApproved {
		s.t.Fatalf("%+v, %v", reply, err)
	}
	chain, err := reply.Chain()
	if err != nil {
		s.t.Fatal(err)
	}
	return s.client(key, station, chain)
}

// checked holds every request and answer against the description, whoever the
// client is.
type checked struct {
	t      testing.TB
	router routers.Router
	mu     sync.Mutex
	seen   map[string]bool // operations, with the first digit of the status
}

func newChecked(t testing.TB) *checked {
	t.Helper()
	raw, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(raw)
	if err != nil {
		t.Fatal(err)
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{uplink.TypeCOSE, uplink.TypeRequest, "application/yaml"} {
		openapi3filter.RegisterBodyDecoder(kind, openapi3filter.FileBodyDecoder)
	}
	return &checked{t: t, router: router, seen: map[string]bool{}}
}

// watch stands between a server and the gateway.
func (c *checked) watch(gw http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			c.t.Error(err)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		rec := httptest.NewRecorder()
		gw.ServeHTTP(rec, r)
		c.check(r, body, rec.Code, rec.Header(), rec.Body.Bytes())
		maps.Copy(w.Header(), rec.Header())
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	})
}

func (c *checked) check(r *http.Request, body []byte, status int, header http.Header, answered []byte) {
	route, params, err := c.router.FindRoute(r)
	if err != nil {
		c.t.Errorf("%s %s is not described: %v", r.Method, r.URL.Path, err)
		return
	}
	again := r.Clone(r.Context())
	again.Body = io.NopCloser(bytes.NewReader(body))
	in := &openapi3filter.RequestValidationInput{Request: again, PathParams: params, Route: route}
	if err := openapi3filter.ValidateRequest(r.Context(), in); err != nil {
		c.t.Errorf("%s %s: request: %v", r.Method, r.URL.Path, err)
	}
	out := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: status, Header: header,
		Body: io.NopCloser(bytes.NewReader(answered)), Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}
	if err := openapi3filter.ValidateResponse(r.Context(), out); err != nil {
		c.t.Errorf("%s %s: answer %d %q: %v", r.Method, r.URL.Path, status, answered, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen[route.Operation.OperationID+" "+strconv.Itoa(status/100)] = true
}

// TestConversation: a station and a gateway say all that they have to say to
// each other, and every word of it is as described.
func TestConversation(t *testing.T) {
	s := newSite(t)
	c := s.enrolled(s.station, "tram-thu-001")
	ctx := t.Context()
	sealed := s.seal(s.draft())
	d, err := c.Deliver(ctx, sealed)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := c.Receipt(ctx, sealed.ID, envelope.Sum(sealed.Manifest)); err != nil || !bytes.Equal(again.Signed, d.Signed) {
		t.Errorf("the receipt once more: %v", err)
	}
	if _, err := c.Receipt(ctx, uuid.New(), envelope.Digest{}); err == nil {
		t.Error("a receipt for nothing")
	}
	s.talkNews(c, sealed)
	s.talkDocuments(c)
	s.talkRegister(c)
	s.talkEnrolment()
	s.get(c, "/openapi.yaml", http.StatusOK)
	s.get(c, "/health", http.StatusOK)
	plain, err := http.Get(plainServer(s) + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(plain.Body)
	_ = plain.Body.Close()
	if err != nil || !strings.Contains(string(text), `tram_gateway_dossiers_total{outcome="stored"} 1`) {
		t.Errorf("metrics: %v\n%s", err, text)
	}
	s.silent(string(text))
	for _, op := range []string{"missing 2", "putPart 2", "putDossier 2", "getReceipt 2", "getReceipt 4", "feed 2", "report 2", "compareSet 2",
		"request 2", "certificate 2", "certificate 4", "catalogue 2", "document 2", "document 4", "check 2", "phone 2", "appointments 2", "otp 2",
		"confirm 2", "notice 2", "services 2", "except 2", "except 4", "approval 2", "approval 4", "describe 2", "health 2"} {
		if !s.checked.seen[op] {
			t.Errorf("%s was not said", op)
		}
	}
}

// silent checks that log and metrics name no citizen; metrics name no station
// and no dossier either.
func (s *site) silent(metrics string) {
	s.t.Helper()
	logged := s.log.String()
	if !strings.Contains(logged, "tram-thu-001") {
		s.t.Error("control: the log says nothing of the station")
	}
	for _, word := range []string{"001909000001", "0900000001", "0900000002", "Nguyễn"} {
		if strings.Contains(logged, word) || strings.Contains(metrics, word) {
			s.t.Errorf("log or metrics say %s", word)
		}
	}
	if strings.Contains(metrics, "tram-thu-001") {
		s.t.Error("metrics name a station")
	}
}

// plainServer is the same gateway on loopback without TLS.
func plainServer(s *site) string {
	server := httptest.NewServer(s.gw)
	s.t.Cleanup(server.Close)
	return server.URL
}

func (s *site) get(c *uplink.Client, path string, want int) []byte {
	s.t.Helper()
	resp, err := c.HTTP.Get(c.URL + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != want {
		s.t.Errorf("GET %s: %d %s, %v, want %d", path, resp.StatusCode, raw, err, want)
	}
	return raw
}

func (s *site) post(c *uplink.Client, path, body string, want int) []byte {
	s.t.Helper()
	resp, err := c.HTTP.Post(c.URL+path, uplink.TypeJSON, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != want {
		s.t.Errorf("POST %s: %d %s, %v, want %d", path, resp.StatusCode, raw, err, want)
	}
	return raw
}

func (s *site) talkNews(c *uplink.Client, sealed *envelope.Sealed) {
	s.t.Helper()
	ctx := s.t.Context()
	notices, next, err := c.Feed(ctx, 0, 0)
	if err != nil || len(notices) != 0 || next != 0 {
		s.t.Fatalf("an empty feed: %v, %d, %v", notices, next, err)
	}
	signed, err := envelope.SignReport(s.station, envelope.Report{Station: "tram-thu-001", Number: 1, Sequence: 1,
		Sets:   []envelope.DaySet{{Day: time.Now().UTC().Format(time.DateOnly), Count: 0, Digest: envelope.SetDigest(nil)}},
		Audit:  envelope.Head{Size: 3, Root: envelope.Sum([]byte("a"))},
		Events: []envelope.SecurityEvent{{Code: "lockout", Count: 2}}})
	if err != nil {
		s.t.Fatal(err)
	}
	reply, err := c.Report(ctx, signed)
	if err != nil || len(reply.Ask) != 1 || reply.Witnessed.Size != 3 || len(reply.Gaps) != 0 {
		s.t.Fatalf("report: %+v, %v", reply, err)
	}
	differences, err := c.Set(ctx, reply.Ask[0], nil)
	if err != nil || len(differences) != 1 || len(differences[0].MissingThere) != 1 || differences[0].MissingThere[0] != sealed.ID {
		s.t.Errorf("differences: %+v, %v", differences, err)
	}
	if differences, err = c.Set(ctx, reply.Ask[0], []uuid.UUID{sealed.ID}); err != nil || len(differences) != 0 {
		s.t.Errorf("control, equal sets: %+v, %v", differences, err)
	}
}

func (s *site) talkDocuments(c *uplink.Client) {
	s.t.Helper()
	pack := bytes.Repeat([]byte("luật"), 100_000)
	if _, err := s.documents.Add("rules", "bo-luat", "2026-12", time.Time{}, bytes.NewReader(pack)); err != nil {
		s.t.Fatal(err)
	}
	list, _, err := c.Catalogue(s.t.Context())
	if err != nil || len(list.Items) != 1 {
		s.t.Fatalf("catalogue: %+v, %v", list, err)
	}
	var whole bytes.Buffer
	if err := c.Document(s.t.Context(), list.Items[0], &whole); err != nil || !bytes.Equal(whole.Bytes(), pack) {
		s.t.Errorf("document: %d bytes, %v", whole.Len(), err)
	}
	half, err := os.CreateTemp(s.t.TempDir(), "half")
	if err != nil {
		s.t.Fatal(err)
	}
	defer half.Close()
	if _, err := half.Write(pack[:1000]); err != nil {
		s.t.Fatal(err)
	}
	if err := c.Document(s.t.Context(), list.Items[0], half); err != nil {
		s.t.Errorf("the rest of a document: %v", err)
	}
	s.get(c, "/documents/"+envelope.Sum([]byte("none")).String(), http.StatusNotFound)
}

func (s *site) talkRegister(c *uplink.Client) {
	s.t.Helper()
	s.post(c, "/registry/check", `{"kind":"data","number":"001909000001","fields":{"name":"Nguyễn Văn Thử"}}`, http.StatusOK)
	s.post(c, "/registry/phone", `{"number":"001909000001","phone":"0900000001"}`, http.StatusOK)
	s.get(c, "/registry/appointments?day="+time.Now().Format(time.DateOnly), http.StatusOK)
	id := s.post(c, "/messages/otp", `{"phone":"0900000001","purpose":"phone"}`, http.StatusOK)
	_, rest, _ := strings.Cut(string(id), `"id":"`)
	s.post(c, "/messages/otp/"+rest[:36], `{"code":"000000"}`, http.StatusOK)
	s.post(c, "/registry/phone", `{"number":"001915000009","phone":"0900000001","guardian":"001909000001"}`, http.StatusOK)
	s.get(c, "/registry/services", http.StatusOK)
	s.talkExceptions(c)
	s.post(c, "/messages/notice", `{"phone":"0900000002","kind":"taken","dossier":"`+uuid.NewString()+`"}`, http.StatusOK)
}

func (s *site) talkExceptions(c *uplink.Client) {
	s.t.Helper()
	id := uuid.Must(uuid.NewV7())
	ask := `{"id":"` + id.String() + `","dossier":"` + uuid.NewString() + `","code":"finger-missing","reason":"worn","masked":"••••0001","officer":"officer-1"}`
	s.post(c, "/exceptions", ask, http.StatusOK)
	s.post(c, "/exceptions", strings.Replace(ask, "worn", "cut", 1), http.StatusConflict)
	s.get(c, "/exceptions/"+id.String(), http.StatusOK)
	go func() {
		r := central.Ruling{Approved: true, Reason: "condition-confirmed", Words: "Đã xác nhận", Supervisor: "giam-sat-1"}
		if _, err := s.desk.Decide(s.cfg.Key, id, r); err != nil {
			s.t.Error(err)
		}
	}()
	if raw := s.get(c, "/exceptions/"+id.String()+"?wait=20", http.StatusOK); !bytes.Contains(raw, []byte(`"approved"`)) {
		s.t.Errorf("an exception that was approved: %s", raw)
	}
	s.get(c, "/exceptions/"+uuid.NewString(), http.StatusGone)
}

func (s *site) talkEnrolment() {
	s.t.Helper()
	key, err := envelope.GenerateKey()
	if err != nil {
		s.t.Fatal(err)
	}
	stranger := s.client(key, "tram-thu-002", nil)
	s.get(stranger, "/stations/requests/"+key.ID().String(), http.StatusNotFound)
	if r, err := stranger.Certificate(s.t.Context(), s.station.ID()); err != nil || r.State != uplink.RequestApproved {
		s.t.Errorf("the certificate of a station once more: %+v, %v", r, err)
	}
}
