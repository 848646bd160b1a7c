package uplink

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"

	"github.com/tram-station/tram/offline/envelope"
)

// Request asks for a certificate: csr is an envelope.NewRequest, rotation the
// old key's signed word for the key, or nil. It works without a certificate.
// Asking again while a person at the central decides is no error. The errors
// are ErrAnswer and those of Gateway.Deliver.
func (c *Client) Request(ctx context.Context, csr, rotation []byte) (*RequestReply, error) {
	parsed, err := x509.ParseCertificateRequest(csr)
	if err != nil {
		return nil, fmt.Errorf("uplink: certificate request: %w", err)
	}
	key, err := envelope.NewPublicKey(parsed.PublicKey)
	if err != nil {
		return nil, err
	}
	r := request{method: http.MethodPost, path: "/stations/requests", mediaType: TypeRequest, body: csr}
	if len(rotation) > 0 {
		r.header = http.Header{HeaderRotation: {base64.StdEncoding.EncodeToString(rotation)}}
	}
	a, err := c.do(ctx, r)
	if err != nil {
		return nil, err
	}
	return readRequest(a, key.ID())
}

// Certificate asks how far the request for a key has come.
func (c *Client) Certificate(ctx context.Context, key envelope.KeyID) (*RequestReply, error) {
	a, err := c.do(ctx, request{method: http.MethodGet, path: "/stations/requests/" + key.String()})
	if err != nil {
		return nil, err
	}
	return readRequest(a, key)
}

// readRequest checks that the answer is on this key and that a certificate is
// for it. Whether the gateway takes the certificate, the gateway knows.
func readRequest(a *answer, key envelope.KeyID) (*RequestReply, error) {
	var r RequestReply
	if err := a.json(&r); err != nil {
		return nil, err
	}
	if r.Key != key {
		return nil, fmt.Errorf("%w: it is on another key", ErrAnswer)
	}
	switch {
	case r.State == RequestPending, r.State == RequestRefused, r.State == RequestRevoked && r.Certificate == "":
		r.Certificate = ""
		return &r, nil
	case r.State == RequestApproved, r.State == RequestRevoked:
	default:
		return nil, fmt.Errorf("%w: state of the request", ErrAnswer)
	}
	chain, err := parseCertificates(r.Certificate)
	if err != nil {
		return nil, fmt.Errorf("%w: certificate: %w", ErrAnswer, err)
	}
	if own, err := envelope.NewPublicKey(chain[0].PublicKey); err != nil || own.ID() != key {
		return nil, fmt.Errorf("%w: the certificate is for another key", ErrAnswer)
	}
	// What stands beside the certificates is not kept.
	r.Certificate = ""
	for _, c := range chain {
		r.Certificate += string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
	}
	return &r, nil
}

// Chain returns the certificates of an approved request, or those with which a
// revoked station hands in what it has sealed: its own first, in DER as
// envelope.Signer.TLS takes them.
func (r *RequestReply) Chain() ([][]byte, error) {
	certs, err := parseCertificates(r.Certificate)
	if err != nil {
		return nil, err
	}
	chain := make([][]byte, len(certs))
	for i, c := range certs {
		chain[i] = c.Raw
	}
	return chain, nil
}

// parseCertificates reads 1 to maxChain certificates in PEM and nothing else.
func parseCertificates(text string) ([]*x509.Certificate, error) {
	var certs []*x509.Certificate
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" || len(certs) == maxChain {
			return nil, fmt.Errorf("uplink: not 1 to %d certificates in PEM", maxChain)
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("uplink: %w", err)
		}
		certs = append(certs, c)
	}
	if len(certs) == 0 {
		return nil, errors.New("uplink: no certificate in PEM")
	}
	return certs, nil
}
