package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/gateway"
	"github.com/tram-station/tram/offline/uplink"
)

// enrolment enters stations at the gateway of a folder.
type enrolment struct {
	pairing   uplink.Pairing
	roots     *x509.CertPool
	stations  gateway.StationDir
	authority *gateway.Authority // nil without TLS
}

// member is one simulated station.
type member struct {
	fleet     *fleet
	id        string
	signer    *envelope.Signer
	chain     [][]byte // its certificate, nil without TLS
	enrolment enrolment
	sealed    *envelope.Sealed

	mu    sync.Mutex
	until time.Time // the gateway asked not to be called before
}

func (e enrolment) enrol(id, province string, size int) (*member, error) {
	signer, err := envelope.GenerateKey()
	if err != nil {
		return nil, err
	}
	s := uplink.Station{ID: id, Key: signer.Public(), Province: province}
	m := &member{id: id, signer: signer, enrolment: e}
	if e.authority != nil {
		if s.Certificate, err = e.authority.Certify(s); err != nil {
			return nil, err
		}
		for rest := []byte(s.Certificate); ; {
			var block *pem.Block
			if block, rest = pem.Decode(rest); block == nil {
				break
			}
			m.chain = append(m.chain, block.Bytes)
		}
	}
	if err := e.stations.Enrol(s); err != nil {
		return nil, err
	}
	content := make([]byte, size)
	_, _ = rand.Read(content) // never fails, crypto/rand
	m.sealed, err = envelope.Seal(signer, e.pairing.To(), envelope.Draft{
		ID: uuid.New(), Station: id, Sequence: 1, Created: envelope.Clock{Wall: time.Now().UnixMilli()}, Virtual: true,
		Parts: []envelope.Part{{Name: "evidence", MediaType: "application/octet-stream", Bytes: content}},
	})
	return m, err
}

// serve delivers the dossier, as often as it takes.
func (m *member) serve(ctx context.Context) {
	back := time.Now()
	client := m.client()
	for wait := uplink.NewBackoff(); ; {
		d, err := m.deliver(ctx, client)
		if err == nil {
			m.fleet.served(d, time.Since(back))
			m.sealed = nil // custody
			return
		}
		m.fleet.failed(err)
		if ctx.Err() != nil || errors.Is(err, uplink.ErrRefused) {
			return
		}
		pause := wait.Next(err)
		if m.fleet.opt.rude {
			pause = 50 * time.Millisecond
		}
		if !sleep(ctx, pause) {
			return
		}
	}
}

// deliver tries once. A station that waits holds no connection.
func (m *member) deliver(ctx context.Context, client *uplink.Client) (*uplink.Delivery, error) {
	select {
	case m.fleet.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() {
		client.HTTP.CloseIdleConnections()
		<-m.fleet.slots
	}()
	return client.Deliver(ctx, m.sealed)
}

func (m *member) client() *uplink.Client {
	t := uplink.Transport{Roots: m.enrolment.roots}
	if m.chain != nil {
		cert := m.signer.TLS(m.chain)
		t.Certificate = func() (*tls.Certificate, error) { return &cert, nil }
	}
	own := t.Client()
	own.Transport = &punctual{member: m, next: own.Transport}
	keys := m.enrolment.pairing.Keys()
	return &uplink.Client{URL: m.enrolment.pairing.URL, Station: m.id, Key: keys[0], Keys: keys[1:], HTTP: own}
}

// punctual sees every request of a member go out and counts those that go out
// before the time that the gateway named.
type punctual struct {
	member *member
	next   http.RoundTripper
}

func (p *punctual) RoundTrip(r *http.Request) (*http.Response, error) {
	m := p.member
	m.mu.Lock()
	if time.Now().Before(m.until) {
		m.fleet.early.Add(1)
	}
	m.mu.Unlock()
	resp, err := p.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	// Read here and not by the uplink: what is measured does not measure.
	if asked, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && asked > 0 {
		m.fleet.asked.Add(1)
		m.mu.Lock()
		m.until = time.Now().Add(time.Duration(asked) * time.Second)
		m.mu.Unlock()
	}
	return resp, nil
}

// CloseIdleConnections is for http.Client.
func (p *punctual) CloseIdleConnections() {
	if t, ok := p.next.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}
