package uplink

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
)

// says is a gateway that gives one answer to everything.
func says(t testing.TB, status int, body []byte) *Client {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}))
	t.Cleanup(srv.Close)
	return &Client{URL: srv.URL, Station: stationID}
}

func toJSON(t testing.TB, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func notice(t testing.TB, key *envelope.Signer, station string, cursor uint64) []byte {
	t.Helper()
	raw, err := envelope.SignNotice(key, envelope.Notice{
		Cursor: cursor, Station: station, Dossier: uuid.Must(uuid.NewV7()), State: "validated", At: time.UnixMilli(1e11),
	})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// A state is taken only when the whole answer is good.
func TestFeed(t *testing.T) {
	key, next, other := newKey(t), newKey(t), newKey(t)
	n := func(cursor uint64) []byte { return notice(t, key, stationID, cursor) }
	many := make([][]byte, MaxNotices+1)
	for i := range many {
		many[i] = n(uint64(i + 6))
	}
	for name, c := range map[string]struct {
		reply any
		count int // -1 for an error
		next  uint64
	}{
		"nothing":           {FeedReply{Next: 5}, 0, 5},
		"others' only":      {FeedReply{Next: 900}, 0, 900},
		"two":               {FeedReply{Notices: [][]byte{n(6), n(9)}, Next: 9}, 2, 9},
		"the new key's":     {FeedReply{Notices: [][]byte{notice(t, next, stationID, 6)}, Next: 6}, 1, 6},
		"as many as may be": {FeedReply{Notices: many[:MaxNotices], Next: 1000}, MaxNotices, 1000},
		"too many":          {FeedReply{Notices: many, Next: 1000}, -1, 5},
		"another station's": {FeedReply{Notices: [][]byte{n(6), notice(t, key, "tram-thu-002", 7)}, Next: 7}, -1, 5},
		"another key's":     {FeedReply{Notices: [][]byte{n(6), notice(t, other, stationID, 7)}, Next: 7}, -1, 5},
		"a receipt":         {FeedReply{Notices: [][]byte{[]byte("x")}, Next: 7}, -1, 5},
		"back to the old":   {FeedReply{Notices: [][]byte{n(5)}, Next: 5}, -1, 5},
		"in disorder":       {FeedReply{Notices: [][]byte{n(8), n(7)}, Next: 8}, -1, 5},
		"twice":             {FeedReply{Notices: [][]byte{n(8), n(8)}, Next: 8}, -1, 5},
		"cursor goes back":  {FeedReply{Next: 4}, -1, 5},
		"cursor falls back": {FeedReply{Notices: [][]byte{n(8)}, Next: 7}, -1, 5},
		"no JSON":           {"login here", -1, 5},
	} {
		client := says(t, http.StatusOK, toJSON(t, c.reply))
		client.Key, client.Keys, client.Clock = key.Public(), []*envelope.PublicKey{next.Public()}, &Clock{}
		got, cursor, err := client.Feed(t.Context(), 5, 0)
		bad := c.count < 0
		if bad != errors.Is(err, ErrAnswer) || cursor != c.next || !bad && len(got) != c.count || bad && got != nil {
			t.Errorf("%s: %d notices, next %d, %v", name, len(got), cursor, err)
		}
		if trusted := !client.Clock.Floor().IsZero(); trusted != (c.count > 0) {
			t.Errorf("%s: time trusted: %t", name, trusted)
		}
	}
}

// The question names the cursor and at most half a minute, and without TLS the
// station.
func TestFeedAsks(t *testing.T) {
	var got []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Method+" "+r.URL.String()+" "+r.Header.Get(HeaderStation))
		_, _ = io.WriteString(w, `{"next":7}`)
	}))
	defer srv.Close()
	c := &Client{URL: srv.URL + "/", Station: stationID}
	for _, wait := range []time.Duration{-time.Second, 10 * time.Second, time.Hour} {
		if _, _, err := c.Feed(t.Context(), 7, wait); err != nil {
			t.Error(err)
		}
	}
	want := "GET /feed?after=7&wait=0 tram-thu-001,GET /feed?after=7&wait=10 tram-thu-001,GET /feed?after=7&wait=30 tram-thu-001"
	if strings.Join(got, ",") != want {
		t.Errorf("%q", got)
	}
}

func TestReport(t *testing.T) {
	id := uuid.Must(uuid.NewV7())
	good := ReportReply{
		Witnessed: envelope.Head{Size: 3}, Ask: []string{"2026-11-22"}, Gaps: [][2]uint64{{4, 6}},
		Differences: []Difference{{Day: "2026-11-21", MissingHere: []uuid.UUID{id}}},
	}
	with := func(change func(*ReportReply)) ReportReply { r := good; change(&r); return r }
	for name, c := range map[string]struct {
		reply any
		good  bool
	}{
		"all":           {good, true},
		"nothing":       {ReportReply{}, true},
		"no day":        {with(func(r *ReportReply) { r.Ask = []string{"../../etc"} }), false},
		"a gap of 0":    {with(func(r *ReportReply) { r.Gaps = [][2]uint64{{0, 6}} }), false},
		"a gap back":    {with(func(r *ReportReply) { r.Gaps = [][2]uint64{{7, 6}} }), false},
		"days":          {with(func(r *ReportReply) { r.Ask = make([]string, maxDays+1) }), false},
		"gaps":          {with(func(r *ReportReply) { r.Gaps = make([][2]uint64, maxGaps+1) }), false},
		"no difference": {with(func(r *ReportReply) { r.Differences = []Difference{{Day: "x"}} }), false},
		"differences": {with(func(r *ReportReply) {
			r.Differences = []Difference{{Day: "2026-11-21", MissingThere: make([]uuid.UUID, MaxSetIDs+1)}}
		}), false},
		"no JSON": {"x", false},
	} {
		got, err := says(t, http.StatusOK, toJSON(t, c.reply)).Report(t.Context(), []byte("signed"))
		if c.good != (err == nil) || !c.good && (!errors.Is(err, ErrAnswer) || got != nil) {
			t.Errorf("%s: taken: %t, %v", name, got != nil, err)
		}
	}
	for name, c := range map[string]struct {
		reply SetReply
		good  bool
	}{
		"none":        {SetReply{}, true},
		"one":         {SetReply{good.Differences}, true},
		"another day": {SetReply{[]Difference{{Day: "2026-11-22"}}}, false},
		"no day":      {SetReply{[]Difference{{Day: "x"}}}, false},
	} {
		_, err := says(t, http.StatusOK, toJSON(t, c.reply)).Set(t.Context(), "2026-11-21", nil)
		if c.good != (err == nil) || !c.good && !errors.Is(err, ErrAnswer) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func pemOf(certs ...*x509.Certificate) string {
	var b strings.Builder
	for _, c := range certs {
		_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
	}
	return b.String()
}

// A certificate is taken only for the key that was asked about.
func TestCertificateRequest(t *testing.T) {
	a, key, other := newAuthority(t), newKey(t), newKey(t)
	issue := func(s *envelope.Signer) *x509.Certificate {
		c, err := x509.ParseCertificate(a.station(s, time.Now(), time.Now().Add(year)).Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	csr, err := envelope.NewRequest(key, stationID, "01")
	if err != nil {
		t.Fatal(err)
	}
	mine := issue(key)
	var chain []*x509.Certificate
	for range maxChain + 1 {
		chain = append(chain, mine)
	}
	for name, c := range map[string]struct {
		reply RequestReply
		certs int // -1 for an error
	}{
		"pending":         {RequestReply{key.ID(), RequestPending, ""}, 0},
		"refused":         {RequestReply{key.ID(), RequestRefused, ""}, 0},
		"revoked":         {RequestReply{key.ID(), RequestRevoked, ""}, 0},
		"to hand in with": {RequestReply{key.ID(), RequestRevoked, pemOf(mine)}, 1},
		"revoked, x":      {RequestReply{key.ID(), RequestRevoked, "x"}, -1},
		"much beside it":  {RequestReply{key.ID(), RequestApproved, strings.Repeat("x", 100<<10) + "\n" + pemOf(mine) + strings.Repeat("y", 100<<10)}, 1},
		"approved":        {RequestReply{key.ID(), RequestApproved, pemOf(mine)}, 1},
		"with the CA":     {RequestReply{key.ID(), RequestApproved, pemOf(mine, a.cert)}, 2},
		"another's":       {RequestReply{key.ID(), RequestApproved, pemOf(issue(other))}, -1},
		"the CA first":    {RequestReply{key.ID(), RequestApproved, pemOf(a.cert, mine)}, -1},
		"none":            {RequestReply{key.ID(), RequestApproved, ""}, -1},
		"too many":        {RequestReply{key.ID(), RequestApproved, pemOf(chain...)}, -1},
		"a key in PEM":    {RequestReply{key.ID(), RequestApproved, pemOf(mine) + "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n"}, -1},
		"on another key":  {RequestReply{other.ID(), RequestPending, ""}, -1},
		"another state":   {RequestReply{key.ID(), "perhaps", ""}, -1},
		"no state at all": {RequestReply{Key: key.ID()}, -1},
	} {
		for _, ask := range []func(*Client) (*RequestReply, error){
			func(c *Client) (*RequestReply, error) { return c.Request(t.Context(), csr, nil) },
			func(c *Client) (*RequestReply, error) { return c.Certificate(t.Context(), key.ID()) },
		} {
			got, err := ask(says(t, http.StatusAccepted, toJSON(t, c.reply)))
			if c.certs < 0 {
				if !errors.Is(err, ErrAnswer) || got != nil {
					t.Errorf("%s: %+v, %v", name, got, err)
				}
				continue
			}
			if err != nil || got.State != c.reply.State {
				t.Errorf("%s: %+v, %v", name, got, err)
				continue
			}
			if len(got.Certificate) > 10<<10 {
				t.Errorf("%s: %d bytes to store", name, len(got.Certificate))
			}
			der, err := got.Chain()
			if len(der) != c.certs || (err == nil) != (c.certs > 0) || c.certs > 0 && !bytes.Equal(der[0], mine.Raw) {
				t.Errorf("%s: %d certificates, %v", name, len(der), err)
			}
		}
	}
	if _, err := (&Client{}).Request(t.Context(), []byte("x"), nil); err == nil {
		t.Error("a request that is none was sent")
	}
}

// The old key's word goes along with the request.
func TestRotationGoesAlong(t *testing.T) {
	old, key := newKey(t), newKey(t)
	rotation, err := envelope.SignRotation(old, envelope.Rotation{Station: stationID, New: key.Public(), At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	csr, err := envelope.NewRequest(key, stationID, "01")
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var raw []byte
		if err := json.Unmarshal([]byte(`"`+r.Header.Get(HeaderRotation)+`"`), &raw); err != nil {
			t.Error(err)
		}
		if v, err := envelope.VerifyRotation(old.Public(), raw); err != nil || v.New.ID() != key.ID() {
			t.Errorf("%+v, %v", v, err)
		}
		if r.Header.Get("Content-Type") != TypeRequest {
			t.Errorf("type %q", r.Header.Get("Content-Type"))
		}
		_ = json.NewEncoder(w).Encode(RequestReply{Key: key.ID(), State: RequestPending})
	}))
	defer srv.Close()
	if _, err := (&Client{URL: srv.URL}).Request(t.Context(), csr, rotation); err != nil {
		t.Error(err)
	}
}

// Answers are bounded, and a refusal's words are the gateway's or none.
func TestAnswersAreBounded(t *testing.T) {
	long := bytes.Repeat([]byte(" "), maxReply+1)
	for _, status := range []int{http.StatusOK, http.StatusForbidden} {
		if err := get(says(t, status, long)); !errors.Is(err, ErrAnswer) {
			t.Errorf("%d with %d bytes: %v", status, len(long), err)
		}
	}
	if err := get(says(t, http.StatusOK, long[:maxReply])); err != nil {
		t.Errorf("control: %v", err)
	}
	for code, want := range map[Code]error{CodeNoCertificate: ErrNoCertificate, CodeTooMany: nil, CodeVirtual: ErrRefused} {
		err := get(says(t, http.StatusUnauthorized, toJSON(t, Problem{Code: code})))
		if r, ok := errors.AsType[*Refusal](err); !ok || want != nil && !errors.Is(err, want) || r.Problem.Code != code {
			t.Errorf("%s: %v", code, err)
		}
	}
	words := "dừng\x1b[2J\u202e\nlại " + strings.Repeat("ả", maxWords)
	var r *Refusal
	err := get(says(t, http.StatusForbidden, toJSON(t, Problem{Code: Code(words), Message: words})))
	if !errors.As(err, &r) || len([]rune(err.Error())) != maxWords || strings.ContainsAny(err.Error(), "\x1b\n\u202e") ||
		!strings.HasPrefix(err.Error(), "dừng") || r.Problem.Code != "" {
		t.Errorf("a gateway's words as they are kept and shown: %q, code %q", err, r.Problem.Code)
	}
	if err := get(says(t, http.StatusNoContent, nil)); err != nil {
		t.Error(err)
	}
}
