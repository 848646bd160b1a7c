package uplink

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/tram-station/tram/offline/envelope"
)

// ErrDocument says that the bytes are not the document of the catalogue: drop
// them and fetch it anew.
var ErrDocument = errors.New("uplink: the document is not the one in the signed catalogue: it is fetched anew")

// Catalogue fetches the central's list of documents, verified, and its signed
// bytes. That its Number does not go back is for the caller to see to, who
// knows the last one. The errors are ErrAnswer and those of Gateway.Deliver.
func (c *Client) Catalogue(ctx context.Context) (*envelope.Catalogue, []byte, error) {
	a, err := c.do(ctx, request{method: http.MethodGet, path: "/catalogue"})
	if err != nil {
		return nil, nil, err
	}
	v, err := verify(c, envelope.VerifyCatalogue, a.body)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: catalogue: %w", ErrAnswer, err)
	}
	c.Clock.Trust(v.At)
	return v, a.body, nil
}

// Document writes a document of a verified catalogue to w. It goes on over a
// line that breaks while bytes arrive. Where w is an io.ReadSeeker too (a
// file), what it holds is the beginning, so that a download survives a restart.
// Only nil means that the document is whole and has its digest; the error
// ErrDocument that w holds something else. A large one keeps to the Window.
func (c *Client) Document(ctx context.Context, item envelope.Item, w io.Writer) error {
	if item.Size > envelope.MaxDocument {
		return fmt.Errorf("%w: %d bytes", ErrDocument, item.Size)
	}
	d := &download{item: item, w: w, hash: sha256.New()}
	if err := d.resume(); err != nil {
		return err
	}
	for d.have < item.Size {
		before := d.have
		err := c.fetch(ctx, d)
		if err == nil {
			continue
		}
		if d.have == before || !errors.Is(err, ErrUnreachable) || ctx.Err() != nil {
			return err
		}
	}
	if envelope.Digest(d.hash.Sum(nil)) != item.Digest {
		return ErrDocument
	}
	return nil
}

// download is a document under way.
type download struct {
	item envelope.Item
	w    io.Writer
	hash hash.Hash
	have uint64
}

// resume takes what w holds already.
func (d *download) resume() error {
	f, ok := d.w.(io.ReadSeeker)
	if !ok {
		return nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("uplink: document: %w", err)
	}
	n, err := io.Copy(d.hash, io.LimitReader(f, int64(d.item.Size)+1))
	if err != nil {
		return fmt.Errorf("uplink: document: %w", err)
	}
	if d.have = uint64(n); d.have > d.item.Size {
		return fmt.Errorf("%w: it is longer", ErrDocument)
	}
	return nil
}

// fetch asks for the rest and takes what comes. That it returns nil without
// all of it cannot be: the length is checked.
func (c *Client) fetch(ctx context.Context, d *download) error {
	rest := d.item.Size - d.have
	if rest > small {
		ctx = withBulk(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, longest(int64(rest)))
	defer cancel()
	r := request{method: http.MethodGet, path: "/documents/" + d.item.Digest.String()}
	if d.have > 0 {
		r.header = http.Header{"Range": {fmt.Sprintf("bytes=%d-", d.have)}}
	}
	resp, err := c.open(ctx, r)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode/100 != 2 {
		return refusal(resp)
	}
	skip, err := d.begins(resp)
	if err != nil {
		return err
	}
	if _, err := io.CopyN(io.Discard, resp.Body, int64(skip)); err != nil {
		return unreachable(err)
	}
	return d.take(resp.Body, rest)
}

// begins checks what the answer says of itself and returns how many bytes to
// pass over: a gateway without ranges sends all.
func (d *download) begins(resp *http.Response) (skip uint64, err error) {
	rest := d.item.Size - d.have
	switch resp.StatusCode {
	case http.StatusOK:
		skip = d.have
	case http.StatusPartialContent:
		span, _ := strings.CutPrefix(resp.Header.Get("Content-Range"), "bytes ")
		if span != fmt.Sprintf("%d-%d/%d", d.have, d.item.Size-1, d.item.Size) {
			return 0, fmt.Errorf("%w: another range of the document than was asked", ErrAnswer)
		}
	default:
		return 0, fmt.Errorf("%w: status %s", ErrAnswer, strconv.Itoa(resp.StatusCode))
	}
	if resp.ContentLength >= 0 && uint64(resp.ContentLength) != skip+rest {
		return 0, fmt.Errorf("%w: another length", ErrDocument)
	}
	return skip, nil
}

// take writes and hashes at most rest bytes and refuses more.
func (d *download) take(body io.Reader, rest uint64) error {
	from := &remote{r: io.LimitReader(body, int64(rest))}
	n, err := io.Copy(io.MultiWriter(d.w, d.hash), from)
	d.have += uint64(n)
	switch {
	case from.err != nil:
		return unreachable(from.err)
	case err != nil:
		return fmt.Errorf("uplink: write document: %w", err)
	case uint64(n) < rest:
		return unreachable(io.ErrUnexpectedEOF)
	}
	if n, _ := body.Read(make([]byte, 1)); n > 0 {
		return fmt.Errorf("%w: it is longer", ErrDocument)
	}
	return nil
}

// remote tells a broken line from a full disk.
type remote struct {
	r   io.Reader
	err error
}

func (r *remote) Read(b []byte) (int, error) {
	n, err := r.r.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err
}
