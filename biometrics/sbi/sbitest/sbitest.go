// Package sbitest is a fingerprint service of the MOSIP Secure Biometric
// Interface 0.9.5 with a scanner that is not there: it answers the interface's
// verbs on a port of the loopback, draws an invented person's fingers, signs
// them with keys of its own authority, and has a script of faults. It is written
// from the specification and shares no code with the client in package sbi, with
// which it would otherwise share its errors.
package sbitest

import (
	"cmp"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"image"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/virtual"
)

// Ports that a service may bind.
const (
	firstPort = 4501
	lastPort  = 4600
)

// Coding is the form of the images.
type Coding byte

// Codings, as ISO/IEC 19794-4:2011 table 11 numbers them.
const (
	Raw Coding = 0
	WSQ Coding = 2
	PNG Coding = 6
)

// Options are what scanner to play. The zero value is a slap scanner of the
// environment Developer with a finger on it.
type Options struct {
	Kind      string // "Slap", "Single" or "Touchless"; "" means "Slap"
	Env       string // "" means "Developer"
	Serial    string // "" means one by chance
	Algorithm string // of the signatures: "ES256", "RS256" or "EdDSA"; "" means "ES256"
	Port      int    // 0 means the first that is free of 4501 to 4600
	Seed      int64  // chooses the person
	Coding    Coding
	Score     float64       // what the scanner says of its prints; 0 means 80
	Settle    time.Duration // how long a finger takes to lie still; 0 means 250 ms
	Empty     bool          // nothing lies on the scanner
	Deaf      bool          // waits for fingers though the client went away
	// Pack packs images for codings that this package does not know.
	Pack func(*image.Gray) []byte
	// Texts joins the hashes of the chain as hexadecimal texts.
	Texts bool
	// Draw draws a finger; nil means [virtual.Ridges] and [virtual.Rolled]. A
	// picture that it returns again is packed once.
	Draw func(f biometrics.Finger, rolled bool) *image.Gray
	Now  func() time.Time // nil: time.Now
}

// ErrNoPort says that no port is free for the service.
var ErrNoPort = errors.New("no port of 4501 to 4600 is free: stop another fingerprint service, or name another port")

// Server is the service. It is safe for concurrent use.
type Server struct {
	opt  Options
	keys *keys

	// mu guards what follows. It is not held while anything is waited for.
	mu      sync.Mutex
	http    *http.Server
	port    int
	status  string
	laid    bool
	changed chan struct{} // closed when laid changes
	taking  bool          // a capture runs
	live    *image.Gray   // what the scanner sees, for the stream
	frames  map[*image.Gray][]byte
	packed  map[*image.Gray][]byte
	script  []entry
	last    []byte // the answer to the last capture
}

// Start makes a service and listens.
func Start(o Options) (*Server, error) {
	o.Kind = cmp.Or(o.Kind, "Slap")
	o.Env = cmp.Or(o.Env, "Developer")
	o.Algorithm = cmp.Or(o.Algorithm, "ES256")
	o.Score = cmp.Or(o.Score, 80)
	o.Settle = cmp.Or(o.Settle, 250*time.Millisecond)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Draw == nil {
		o.Draw = person(o.Seed)
	}
	if !slices.Contains([]string{"Slap", "Single", "Touchless"}, o.Kind) {
		return nil, fmt.Errorf("no kind of scanner is called %q: Slap, Single or Touchless", o.Kind)
	}
	if o.Serial == "" {
		o.Serial = newSerial()
	}
	keys, err := newKeys(o.Algorithm, o.Now())
	if err != nil {
		return nil, err
	}
	s := &Server{opt: o, keys: keys, status: "Ready", laid: !o.Empty, changed: make(chan struct{})}
	s.frames, s.packed = map[*image.Gray][]byte{}, map[*image.Gray][]byte{}
	return s, s.Plug()
}

// person draws an invented person's fingers, each once.
func person(seed int64) func(biometrics.Finger, bool) *image.Gray {
	type key struct {
		f      biometrics.Finger
		rolled bool
	}
	var mu sync.Mutex
	drawn := map[key]*image.Gray{}
	return func(f biometrics.Finger, rolled bool) *image.Gray {
		mu.Lock()
		defer mu.Unlock()
		k := key{f, rolled}
		if drawn[k] == nil {
			drawn[k] = virtual.Ridges(seed, f)
			if rolled {
				drawn[k] = virtual.Rolled(seed, f)
			}
		}
		return drawn[k]
	}
}

// Plug listens again after [Server.Unplug], with the same keys, perhaps on
// another port.
func (s *Server) Plug() error {
	l, err := listen(s.opt.Port)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler: s.handler(), ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: 10 * time.Second,
	}
	s.mu.Lock()
	s.http, s.port, s.taking = server, l.Addr().(*net.TCPAddr).Port, false
	s.mu.Unlock()
	go func() { _ = server.Serve(l) }()
	return nil
}

func listen(port int) (net.Listener, error) {
	ports := []int{port}
	if port == 0 {
		ports = nil
		for p := firstPort; p <= lastPort; p++ {
			ports = append(ports, p)
		}
	}
	for _, p := range ports {
		l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", fmt.Sprintf("127.0.0.1:%d", p))
		if err == nil {
			return l, nil
		}
	}
	return nil, ErrNoPort
}

// Unplug ends the service with everything that runs.
func (s *Server) Unplug() {
	s.mu.Lock()
	server := s.http
	s.mu.Unlock()
	_ = server.Close()
}

// URL is where the service listens.
func (s *Server) URL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprintf("http://127.0.0.1:%d", s.port)
}

// Serial is the scanner's number.
func (s *Server) Serial() string { return s.opt.Serial }

// Root is the certificate of the authority that vouches for the scanner, in PEM.
func (s *Server) Root() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.keys.root.cert.Raw})
}

// Roots hold the authority alone.
func (s *Server) Roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(s.keys.root.cert)
	return pool
}

// Lay lays fingers on the scanner or lifts them.
func (s *Server) Lay(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.laid != on {
		s.laid = on
		close(s.changed)
		s.changed = make(chan struct{})
	}
}

// SetStatus makes the scanner "Ready", "Busy", "Not Ready" or "Not Registered".
func (s *Server) SetStatus(status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status = status
}

// handler routes the interface's verbs.
func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("MOSIPDISC /device", s.faulty("discover", s.discover))
	mux.Handle("MOSIPDINFO /info", s.faulty("info", s.info))
	mux.Handle("RCAPTURE /capture", s.faulty("capture", s.capture))
	mux.HandleFunc("STREAM /stream", s.stream)
	return mux
}

// answer writes a JSON answer as the interface wants it.
func answer(w http.ResponseWriter, b []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Connection", "close")
	_, _ = w.Write(b)
}
