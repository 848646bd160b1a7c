package offline

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/uplink"
)

// maxCertificate bounds the certificate's file in bytes.
const maxCertificate = 64 << 10

// Errors of the station's certificate.
var (
	// ErrPending says that a person at the central decides on the station.
	ErrPending = errors.New("offline: the central has the request for this station's certificate and decides: dossiers wait meanwhile (tram-gateway enrol approve)")
	// ErrKeyRefused says that the central refused or revoked the station's key.
	ErrKeyRefused = errors.New("offline: the central refuses this station's key: call the authority that runs the gateway")
)

// certificate is the station's, for mutual TLS. mu guards the rest.
type certificate struct {
	mu    sync.Mutex
	chain [][]byte // DER, the own one first; nil for none
	leaf  *x509.Certificate
	taken int // how many there were
}

// count says how many certificates the station has had since it started.
func (c *certificate) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.taken
}

// get is what a Transport asks at each connection.
func (c *certificate) get(s *envelope.Signer) func() (*tls.Certificate, error) {
	return func() (*tls.Certificate, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.leaf == nil {
			return nil, nil
		}
		own, err := envelope.NewPublicKey(c.leaf.PublicKey)
		if err != nil || own.ID() != s.ID() {
			return nil, nil // of the key before this one
		}
		t := s.TLS(c.chain)
		return &t, nil
	}
}

// load reads the certificate's file; one that is not there is no error.
func (c *certificate) load(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && info.Size() > maxCertificate {
		err = errors.New("it is too long")
	}
	var raw []byte
	if err == nil {
		raw, err = os.ReadFile(path)
	}
	if err == nil {
		err = c.take(raw)
	}
	if err != nil {
		return fmt.Errorf("offline: certificate: %w", err)
	}
	return nil
}

// take parses a chain in PEM and puts it to use.
func (c *certificate) take(raw []byte) error {
	var chain [][]byte
	for block, rest := pem.Decode(raw); block != nil; block, rest = pem.Decode(rest) {
		chain = append(chain, block.Bytes)
	}
	if len(chain) == 0 {
		return errors.New("no certificate in PEM")
	}
	leaf, err := x509.ParseCertificate(chain[0])
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.chain, c.leaf, c.taken = chain, leaf, c.taken+1
	return nil
}

// due says whether to ask for a certificate, and whether there is one that may
// still do.
func (c *certificate) due(s *envelope.Signer, line *uplink.Clock) (due, have bool) {
	t, err := c.get(s)()
	if err != nil || t == nil {
		return true, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return uplink.RenewCertificate(c.leaf, line), true
}

func (o *Outbox) certificatePath() string { return filepath.Join(o.cfg.Dir, "certificate.pem") }

// certify asks for the station's certificate where there is none or it runs
// out. Without TLS there is nothing to ask for.
func (o *Outbox) certify(ctx context.Context) error {
	if o.cfg.HTTPClient != nil || !strings.HasPrefix(strings.ToLower(o.cfg.GatewayURL), "https:") {
		return nil
	}
	due, have := o.cert.due(o.cfg.Signer, o.line)
	if !due {
		return nil
	}
	request, err := envelope.NewRequest(o.cfg.Signer, o.cfg.StationID, o.cfg.Province)
	if err != nil {
		return err
	}
	reply, err := o.client.Request(ctx, request, o.cfg.Rotation)
	if err != nil {
		return err
	}
	switch reply.State {
	case uplink.RequestApproved:
		return o.certified([]byte(reply.Certificate))
	case uplink.RequestPending:
		if have {
			return nil
		}
		return ErrPending
	default:
		o.once(ActKeyRefused, uuid.Nil, string(reply.State))
		if reply.Certificate != "" { // what is sealed may still go out
			return o.certified([]byte(reply.Certificate))
		}
		return ErrKeyRefused
	}
}

func (o *Outbox) certified(raw []byte) error {
	if err := o.cert.take(raw); err != nil {
		return fmt.Errorf("%w: certificate: %w", uplink.ErrAnswer, err)
	}
	if err := envelope.SaveFile(o.certificatePath(), raw, 0o600); err != nil {
		return err
	}
	o.client.HTTP.CloseIdleConnections() // those speak for nobody
	o.act(actCert, uuid.Nil, "")
	o.cfg.Log.Info("the station has a new certificate")
	o.kick()
	return nil
}
