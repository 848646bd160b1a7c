package gateway

import (
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net/http"
	"regexp"
	"time"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/uplink"
)

const (
	maxRequestBody = 8 << 10
	// renewBefore the end of its certificate a station gets a new one.
	renewBefore = stationTerm / 2
)

// Request is a station's wish to be let in with a key.
type Request struct {
	Station  string              `json:"station"`
	Province string              `json:"province,omitempty"`
	Key      *envelope.PublicKey `json:"key"`
	At       time.Time           `json:"at"`
	State    uplink.RequestState `json:"state"`
}

// Enrolment keeps the requests of stations and lets them in.
type Enrolment interface {
	// Request returns what was asked for a key; the error is ErrNoRequest.
	Request(key envelope.KeyID) (Request, error)
	// Ask keeps a new request until a person decides; the error is
	// ErrManyRequests.
	Ask(r Request) error
	// Keys returns what is known of a station's keys.
	Keys(station string) ([]uplink.Station, error)
	// Enrol lets a key in, or replaces what is known of it but for a revocation.
	Enrol(s uplink.Station) error
}

// Errors of enrolment.
var (
	ErrNoRequest    = errors.New("gateway: no request for this key")
	ErrManyRequests = errors.New("gateway: too many requests wait for a decision")
)

// Names of stations and provinces, as they may stand in a certificate.
var (
	stationName  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	provinceName = regexp.MustCompile(`^[A-Za-z0-9_-]{0,32}$`)
)

// request takes a certificate request (PKCS #10). A key that is enrolled gets
// its certificate at once, as does a new key that an enrolled one vouches for;
// any other waits for a person.
func (g *Gateway) request(w http.ResponseWriter, r *http.Request, _ Caller, body []byte) {
	if !g.enrols(w, r) {
		return
	}
	ask, err := parseRequest(body)
	if err != nil {
		g.refuse(w, r, http.StatusBadRequest, uplink.Problem{Code: uplink.CodeBadRequest, Message: err.Error()})
		return
	}
	ask.At = g.cfg.Now().UTC()
	s, err := g.cfg.Stations.Station(ask.Key.ID())
	switch {
	case errors.Is(err, ErrUnknownStation):
		s, err = g.vouched(r, ask)
		if errors.Is(err, ErrUnknownStation) {
			g.ask(w, r, ask)
			return
		}
	case err == nil && s.ID != ask.Station:
		g.refuse(w, r, http.StatusConflict, uplink.Problem{
			Code: uplink.CodeConflict, Message: "this key is enrolled for another station: make a new key",
		})
		return
	}
	if err == nil {
		s, err = g.certified(s)
	}
	if err != nil {
		g.fail(w, r, err)
		return
	}
	g.reply(w, http.StatusOK, answerTo(s))
}

// parseRequest reads a certificate request and checks that its key signed it.
func parseRequest(der []byte) (Request, error) {
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return Request{}, errors.New("the body is no certificate request (PKCS #10 in DER)")
	}
	if csr.CheckSignature() != nil {
		return Request{}, errors.New("the certificate request is not signed by its key")
	}
	key, err := envelope.NewPublicKey(csr.PublicKey)
	if err != nil {
		return Request{}, errors.New("the certificate request is not for a P-256 key")
	}
	ask := Request{Station: csr.Subject.CommonName, Key: key, State: uplink.RequestPending}
	if len(csr.Subject.OrganizationalUnit) > 0 {
		ask.Province = csr.Subject.OrganizationalUnit[0]
	}
	if !stationName.MatchString(ask.Station) || !provinceName.MatchString(ask.Province) {
		return Request{}, errors.New("the certificate request does not name a station (CN) and a province (OU) in plain letters and digits")
	}
	return ask, nil
}

// vouched lets a new key in that an enrolled key of the same station signed
// for. The old key stays: what it signed is still on its way.
func (g *Gateway) vouched(r *http.Request, ask Request) (uplink.Station, error) {
	raw, err := base64.StdEncoding.DecodeString(r.Header.Get(uplink.HeaderRotation))
	if err != nil || len(raw) == 0 {
		return uplink.Station{}, ErrUnknownStation
	}
	known, err := g.cfg.Enrolment.Keys(ask.Station)
	if err != nil {
		return uplink.Station{}, err
	}
	for _, old := range known {
		rotation, err := envelope.VerifyRotation(old.Key, raw)
		if err != nil || !old.Revoked.IsZero() || rotation.Station != old.ID || rotation.New.ID() != ask.Key.ID() {
			continue
		}
		s := uplink.Station{ID: old.ID, Key: ask.Key, Province: old.Province}
		if err := g.cfg.Enrolment.Enrol(s); err != nil {
			return uplink.Station{}, err
		}
		g.security(s.ID, EventKeyRotated, "old", old.Key.ID(), "new", s.Key.ID())
		return s, nil
	}
	return uplink.Station{}, ErrUnknownStation
}

// ask keeps a request that a person has to decide, or says what was decided.
func (g *Gateway) ask(w http.ResponseWriter, r *http.Request, ask Request) {
	before, err := g.cfg.Enrolment.Request(ask.Key.ID())
	if err == nil && before.Station == ask.Station {
		ask = before
	} else if err == nil || errors.Is(err, ErrNoRequest) {
		err = g.cfg.Enrolment.Ask(ask)
	}
	if errors.Is(err, ErrManyRequests) {
		g.refuse(w, r, http.StatusServiceUnavailable, uplink.Problem{
			Code: uplink.CodeBusy, Message: "too many stations wait to be let in: ask the central authority",
		})
		return
	}
	if err != nil {
		g.fail(w, r, err)
		return
	}
	status := http.StatusAccepted
	if ask.State != uplink.RequestPending {
		status = http.StatusOK
	}
	g.reply(w, status, uplink.RequestReply{Key: ask.Key.ID(), State: ask.State})
}

// certificate says what became of a request.
func (g *Gateway) certificate(w http.ResponseWriter, r *http.Request, _ Caller, _ []byte) {
	if !g.enrols(w, r) {
		return
	}
	var key envelope.KeyID
	if key.UnmarshalText([]byte(r.PathValue("key"))) != nil {
		g.refuse(w, r, http.StatusBadRequest, uplink.Problem{
			Code: uplink.CodeBadRequest, Message: "the key is not named by 32 hexadecimal digits",
		})
		return
	}
	s, err := g.cfg.Stations.Station(key)
	if err == nil {
		if s.Certificate == "" {
			s, err = g.certified(s)
		}
		if err == nil {
			g.reply(w, http.StatusOK, answerTo(s))
			return
		}
	}
	var ask Request
	if errors.Is(err, ErrUnknownStation) {
		ask, err = g.cfg.Enrolment.Request(key)
	}
	if errors.Is(err, ErrNoRequest) {
		g.refuse(w, r, http.StatusNotFound, uplink.Problem{Code: uplink.CodeNotFound, Message: "nothing was asked for this key"})
		return
	}
	if err != nil {
		g.fail(w, r, err)
		return
	}
	g.reply(w, http.StatusOK, uplink.RequestReply{Key: key, State: ask.State})
}

// certified gives an enrolled station its certificate, a new one when the old
// one is in its second half.
func (g *Gateway) certified(s uplink.Station) (uplink.Station, error) {
	if cert, err := parseCertificate([]byte(s.Certificate)); err == nil && cert.NotAfter.Sub(g.cfg.Now()) > renewBefore {
		return s, nil
	}
	var err error
	if s.Certificate, err = g.cfg.Authority.Certify(s); err != nil {
		return uplink.Station{}, err
	}
	return s, g.cfg.Enrolment.Enrol(s)
}

// answerTo is the answer to an enrolled station. One that is revoked gets its
// certificate all the same: what it sealed has to come in, and what else it may
// do is decided by its key.
func answerTo(s uplink.Station) uplink.RequestReply {
	reply := uplink.RequestReply{Key: s.Key.ID(), State: uplink.RequestApproved, Certificate: s.Certificate}
	if !s.Revoked.IsZero() {
		reply.State = uplink.RequestRevoked
	}
	return reply
}

// enrols says whether this gateway hands out certificates at all.
func (g *Gateway) enrols(w http.ResponseWriter, r *http.Request) bool {
	if g.cfg.Enrolment != nil && g.cfg.Authority != nil {
		return true
	}
	g.refuse(w, r, http.StatusNotFound, uplink.Problem{
		Code: uplink.CodeNotFound, Message: "this gateway hands out no certificates: take station.json to tram-gateway enrol",
	})
	return false
}
