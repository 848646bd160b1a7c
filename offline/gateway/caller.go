package gateway

import (
	"crypto/x509"
	"errors"
	"net"
	"net/http"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/uplink"
)

// Caller is the station at the other end of a request, which need not be the
// one whose dossier it carries. The zero Caller is nobody known.
type Caller struct {
	Station, Province string
	Revoked           bool
}

// access is who may use a route.
type access int

const (
	anyone  access = iota
	custody        // a key that is or was enrolled; on loopback anyone: what is sealed is always taken
	member         // an enrolled station that is not revoked
	local          // loopback only
)

// Reasons to send a caller away.
var (
	errNoCertificate = errors.New("gateway: no certificate of this gateway's authority")
	errForbidden     = errors.New("gateway: this caller may not do that")
)

// caller finds out who calls: over TLS by the key of the client certificate.
// Plain HTTP is served on loopback only, and there the header is believed.
// Nobody known is no error: the route decides.
func (g *Gateway) caller(r *http.Request) (Caller, error) {
	if r.TLS == nil {
		if !loopback(r) {
			return Caller{}, errForbidden
		}
		return Caller{Station: r.Header.Get(uplink.HeaderStation)}, nil
	}
	if len(r.TLS.PeerCertificates) == 0 {
		return Caller{}, nil
	}
	cert := r.TLS.PeerCertificates[0]
	if g.cfg.Authority == nil {
		return Caller{}, nil
	}
	_, err := cert.Verify(x509.VerifyOptions{
		Roots: g.cfg.Authority.Pool(), CurrentTime: g.cfg.Now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return Caller{}, nil //nolint:nilerr // a certificate of others, or out of its time, says nothing
	}
	key, err := envelope.NewPublicKey(cert.PublicKey)
	if err != nil {
		return Caller{}, nil //nolint:nilerr // the same
	}
	s, err := g.cfg.Stations.Station(key.ID())
	if errors.Is(err, ErrUnknownStation) {
		return Caller{}, nil
	}
	if err != nil {
		return Caller{}, err
	}
	return Caller{Station: s.ID, Province: s.Province, Revoked: !s.Revoked.IsZero()}, nil
}

// admits says whether the caller may use a route.
func (a access) admits(c Caller, r *http.Request) error {
	switch a {
	case local:
		if !loopback(r) {
			return errForbidden
		}
	case custody:
		if r.TLS != nil && c.Station == "" {
			return errNoCertificate
		}
	case member:
		if c.Station == "" {
			return errNoCertificate
		}
		if c.Revoked {
			return errForbidden
		}
	}
	return nil
}

// stranger answers who may not use a route.
func (g *Gateway) stranger(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, errNoCertificate):
		g.refuse(w, r, http.StatusUnauthorized, uplink.Problem{
			Code: uplink.CodeNoCertificate, Message: "this needs the certificate of an enrolled station: ask for one (POST /stations/requests)",
		})
	case errors.Is(err, errForbidden):
		g.refuse(w, r, http.StatusForbidden, uplink.Problem{
			Code: codeForbidden, Message: "this station may hand in dossiers and nothing else: ask the central authority",
		})
	default:
		g.fail(w, r, err)
	}
}

// codeForbidden is no refusal of a dossier: custody never needs more than a key
// that was enrolled once.
const codeForbidden uplink.Code = "forbidden"

func loopback(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	return err == nil && net.ParseIP(host).IsLoopback()
}
