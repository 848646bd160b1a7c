// Package uplink delivers sealed dossiers to the central gateway: ask which
// parts are missing, put those, put the manifest, check the signed receipt. It
// also fetches the central's words on dossiers, and carries reports,
// certificate requests and documents. Every step may be repeated at any time;
// nothing is doubled by it. The other end is hostile until a signature says
// otherwise: every answer is bounded.
package uplink

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
)

// Gateway takes a sealed dossier. Delivering twice is no error and gives the
// same receipt.
type Gateway interface {
	// Deliver returns the signed receipt. The errors are ErrRefused,
	// ErrNotEnrolled, ErrNoCertificate, ErrUnreachable, ErrWindow, ErrReceipt
	// and ErrDamaged; any other is temporary too.
	Deliver(ctx context.Context, s *envelope.Sealed) (*Delivery, error)
}

// Delivery is a verified receipt and its signed bytes.
type Delivery struct {
	Receipt envelope.Receipt
	Signed  []byte
	Sent    int64 // bytes of parts and manifest that went out in this call
}

// Client is the Gateway at the other end of HTTP. It is safe for concurrent
// use.
type Client struct {
	URL string // "https://gateway.example/": no path of its own is needed
	// Station is named to a gateway without TLS. Notices for another station
	// are refused; "" takes any.
	Station string
	Key     *envelope.PublicKey   // signs the central's receipts, notices and catalogues
	Keys    []*envelope.PublicKey // that do so as well, while the central rotates
	HTTP    *http.Client          // of a Transport; nil for NewHTTPClient
	Clock   *Clock                // the Transport's; nil for none

	own  ownClient
	pace pace
	line line
}

// Deliver carries out the contract once, parts in the order of the manifest.
// While parts still arrive it goes on over a line that breaks; it gives up when
// a round brings nothing.
func (c *Client) Deliver(ctx context.Context, s *envelope.Sealed) (*Delivery, error) {
	m, err := envelope.ParseManifest(s.Manifest)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	d := &Delivery{}
	for before := int64(-1); before < d.Sent; {
		if before = d.Sent; before > 2*m.Size() {
			return nil, errors.New("uplink: the gateway takes the parts and does not keep them")
		}
		if err = c.round(ctx, s, m, d); err == nil {
			return d, nil
		}
		if final(err) {
			break
		}
	}
	return nil, err
}

// final says that going on at once brings nothing.
func final(err error) bool {
	for _, e := range []error{ErrRefused, ErrDamaged, ErrNotEnrolled, ErrNoCertificate, ErrWindow, ErrReceipt, context.Canceled} {
		if errors.Is(err, e) {
			return true
		}
	}
	return RetryAfter(err) > 0
}

// round sends what is missing and the manifest, once.
func (c *Client) round(ctx context.Context, s *envelope.Sealed, m *envelope.SignedManifest, d *Delivery) error {
	missing, bytes, err := c.missing(ctx, m)
	if err != nil {
		return err
	}
	parts := ctx
	if bytes > small {
		parts = withBulk(ctx)
	}
	arrived := watch(ctx, m.Size()-bytes)
	sent, err := c.pace.run(missing, c.line.pick, func(l *lane, p part) error {
		err := c.putPart(parts, l, s.Chunks, p.digest)
		if err == nil {
			arrived(p.size)
		}
		return err
	})
	d.Sent += sent
	if err != nil {
		return err
	}
	return c.putDossier(ctx, s, m, d)
}

// missing asks which parts are not there and returns them in the manifest's
// order, and their bytes in all.
func (c *Client) missing(ctx context.Context, m *envelope.SignedManifest) ([]part, int64, error) {
	parts, lengths := m.Chunks()
	var reply MissingReply
	if err := c.post(ctx, "/parts/missing", MissingRequest{Parts: parts}, &reply); err != nil {
		return nil, 0, err
	}
	wanted := map[envelope.Digest]bool{}
	for _, p := range reply.Missing {
		wanted[p] = true
	}
	var missing []part
	var bytes int64
	for i, p := range parts {
		if wanted[p] {
			missing, bytes = append(missing, part{p, int64(lengths[i])}), bytes+int64(lengths[i])
			delete(wanted, p)
		}
	}
	if len(wanted) > 0 {
		return nil, 0, fmt.Errorf("%w: it asks for a part that is not of this dossier", ErrAnswer)
	}
	return missing, bytes, nil
}

func (c *Client) putPart(ctx context.Context, l *lane, from envelope.Source, p envelope.Digest) error {
	b, err := from.Chunk(p)
	if err != nil {
		return fmt.Errorf("%w: chunk %s: %w", ErrDamaged, p, err)
	}
	trip := c.line.begin(l, len(b))
	_, err = c.do(trip.watch(ctx), request{
		method: http.MethodPut, path: "/parts/" + p.String(), mediaType: TypeChunk, body: b, last: trip.last, once: true,
	})
	c.line.end(trip, err)
	return err
}

func (c *Client) putDossier(ctx context.Context, s *envelope.Sealed, m *envelope.SignedManifest, d *Delivery) error {
	a, err := c.do(ctx, request{method: http.MethodPut, path: "/dossiers/" + m.Dossier.String(), mediaType: TypeCOSE, body: s.Manifest})
	if err != nil {
		return err
	}
	d.Sent += int64(len(s.Manifest))
	d.Signed = a.body
	return c.check(m.Dossier, m.Digest, d)
}

// Receipt asks for the receipt of a dossier that was delivered before.
func (c *Client) Receipt(ctx context.Context, id uuid.UUID, manifest envelope.Digest) (*Delivery, error) {
	a, err := c.do(ctx, request{method: http.MethodGet, path: "/dossiers/" + id.String()})
	if err != nil {
		return nil, err
	}
	d := &Delivery{Signed: a.body}
	if err := c.check(id, manifest, d); err != nil {
		return nil, err
	}
	return d, nil
}

func (c *Client) check(id uuid.UUID, manifest envelope.Digest, d *Delivery) error {
	r, err := verify(c, envelope.VerifyReceipt, d.Signed)
	if err == nil {
		err = r.For(id, manifest)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	d.Receipt = *r
	c.Clock.Trust(r.Time)
	return nil
}

// verify tries the central's keys in turn.
func verify[T any](c *Client, check func(*envelope.PublicKey, []byte) (*T, error), raw []byte) (*T, error) {
	err := envelope.ErrSignature
	for _, key := range append([]*envelope.PublicKey{c.Key}, c.Keys...) {
		if key == nil {
			continue
		}
		v, kerr := check(key, raw)
		if kerr == nil || !errors.Is(kerr, envelope.ErrSignature) {
			return v, kerr
		}
		err = kerr
	}
	return nil, err
}
