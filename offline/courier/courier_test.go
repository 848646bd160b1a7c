package courier_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/courier"
	"github.com/tram-station/tram/offline/envelope"
)

const station = "tram-thu-001"

var at = time.UnixMilli(1_790_000_000_000).UTC()

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// packed is a bundle of dossiers and one receipt.
type packed struct {
	key      *envelope.Signer
	dossiers []*envelope.Sealed
	receipt  courier.Receipt
	raw      []byte
}

func pack(t testing.TB) packed { return packSizes(t, 10, 300<<10) }

func packSizes(t testing.TB, sizes ...int) packed {
	t.Helper()
	p := packed{key: must(envelope.GenerateKey())(t)}
	identity := must(envelope.GenerateIdentity())(t)
	var previous envelope.Digest
	for i, size := range sizes {
		s := must(envelope.Seal(p.key, []*envelope.Recipient{identity.Recipient()}, envelope.Draft{
			ID: uuid.Must(uuid.NewV7()), Station: station, Sequence: uint64(i + 1), Previous: previous,
			Parts: []envelope.Part{{Name: "person", Bytes: make([]byte, size)}},
		}))(t)
		previous = envelope.Sum(s.Manifest)
		p.dossiers = append(p.dossiers, s)
	}
	central := must(envelope.GenerateKey())(t)
	id := uuid.Must(uuid.NewV7())
	p.receipt = courier.Receipt{ID: id, Signed: must(envelope.SignReceipt(central, envelope.Receipt{ID: id, LogPosition: 3, Time: at}))(t)}
	var out bytes.Buffer
	if err := courier.Write(&out, p.key, courier.Load{
		Station: station, At: at, Dossiers: p.dossiers, Receipts: []courier.Receipt{p.receipt},
	}); err != nil {
		t.Fatal(err)
	}
	p.raw = out.Bytes()
	return p
}

// taken is a Taker that remembers.
type taken struct {
	dossiers []*envelope.Sealed
	receipts []courier.Receipt
	answer   error
}

func (k *taken) taker() courier.Taker {
	return courier.Taker{
		Dossier: func(_ context.Context, s *envelope.Sealed, _ *envelope.SignedManifest) error {
			k.dossiers = append(k.dossiers, s)
			return k.answer
		},
		Receipt: func(_ context.Context, r courier.Receipt) error {
			k.receipts = append(k.receipts, r)
			return k.answer
		},
	}
}

func TestThereAndBack(t *testing.T) {
	p := pack(t)
	var k taken
	out, err := courier.Read(t.Context(), bytes.NewReader(p.raw), k.taker())
	if err != nil || out.Dossiers != 2 || out.Receipts != 1 || out.Station != station || !out.At.Equal(at) {
		t.Fatalf("%+v, %v", out, err)
	}
	for i, want := range p.dossiers {
		got := k.dossiers[i]
		if got.ID != want.ID || !bytes.Equal(got.Manifest, want.Manifest) {
			t.Errorf("dossier %d is another", i)
		}
		for d, b := range want.Chunks.(envelope.Chunks) {
			if c, err := got.Chunks.Chunk(d); err != nil || !bytes.Equal(c, b) {
				t.Errorf("chunk %s: %v", d, err)
			}
		}
	}
	if k.receipts[0].ID != p.receipt.ID || !bytes.Equal(k.receipts[0].Signed, p.receipt.Signed) {
		t.Error("the receipt is another")
	}
	again := taken{answer: courier.ErrKnown}
	if out, err := courier.Read(t.Context(), bytes.NewReader(p.raw), again.taker()); err != nil || out.Known != 3 || out.Dossiers != 0 {
		t.Errorf("again: %+v, %v", out, err)
	}
	if out, err := courier.Read(t.Context(), bytes.NewReader(p.raw), courier.Taker{}); err != nil || len(out.Refused) != 3 {
		t.Errorf("nobody takes: %+v, %v", out, err)
	}
	full := taken{answer: io.ErrShortWrite}
	if _, err := courier.Read(t.Context(), bytes.NewReader(p.raw), full.taker()); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("a taker's fault: %v", err)
	}
}

// Every cut is noticed; what is whole before it was taken.
func TestCutShort(t *testing.T) {
	p := pack(t)
	trailer := 2 * 512 // the tar's own end says nothing that the list does not
	for n := 0; n < len(p.raw)-trailer; n += 509 {
		var k taken
		_, err := courier.Read(t.Context(), bytes.NewReader(p.raw[:n]), k.taker())
		if !errors.Is(err, courier.ErrCut) && !errors.Is(err, courier.ErrBundle) {
			t.Fatalf("cut at %d of %d: %v", n, len(p.raw), err)
		}
		if n < len(p.raw)/3 && len(k.dossiers) > 1 {
			t.Fatalf("cut at %d: both dossiers", n)
		}
	}
	var k taken // control
	if _, err := courier.Read(t.Context(), bytes.NewReader(p.raw[:len(p.raw)-trailer]), k.taker()); err != nil {
		t.Error(err)
	}
}

// One flipped bit in what a file says, wherever it is, is noticed. The fields
// of a tar header that nobody reads are not.
func TestFlippedBits(t *testing.T) {
	p := pack(t)
	flips := 0
	err := eachFile(p.raw, func(start, size int) {
		for _, at := range []int{start, start + size/2, start + size - 1} {
			bad := bytes.Clone(p.raw)
			bad[at] ^= 0x10
			var k taken
			_, err := courier.Read(t.Context(), bytes.NewReader(bad), k.taker())
			if !errors.Is(err, courier.ErrBundle) {
				t.Errorf("a bit at %d: %v", at, err)
			}
			flips++
		}
	})
	if err != nil || flips < 15 {
		t.Fatalf("%d flips, %v", flips, err)
	}
}

func eachFile(raw []byte, fn func(start, size int)) error {
	r := bytes.NewReader(raw)
	files := tar.NewReader(r)
	for {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if h.Size > 0 {
			fn(len(raw)-r.Len(), int(h.Size))
		}
	}
}

// What somebody put together by hand is refused.
func TestHostile(t *testing.T) {
	p := pack(t)
	type file struct {
		name string
		kind byte
		body []byte
	}
	var files []file
	r := tar.NewReader(bytes.NewReader(p.raw))
	for {
		h, err := r.Next()
		if err != nil {
			break
		}
		files = append(files, file{h.Name, h.Typeflag, must(io.ReadAll(r))(t)})
	}
	build := func(files ...file) []byte {
		var out bytes.Buffer
		w := tar.NewWriter(&out)
		for _, f := range files {
			if err := w.WriteHeader(&tar.Header{Typeflag: f.kind, Name: f.name, Size: int64(len(f.body)), Mode: 0o600}); err != nil {
				t.Fatal(err)
			}
			_ = must(w.Write(f.body))(t)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	receipt := files[2]
	other := pack(t)
	var foreign file
	if err := func() error {
		r := tar.NewReader(bytes.NewReader(other.raw))
		h, err := r.Next()
		foreign = file{h.Name, h.Typeflag, must(io.ReadAll(r))(t)}
		return err
	}(); err != nil {
		t.Fatal(err)
	}
	swapped := append([]file{}, files...)
	swapped[1], swapped[2] = swapped[2], swapped[1]
	many := make([]file, courier.MaxItems+1)
	for i := range many {
		many[i] = file{fmt.Sprintf("receipts/%s.cose", uuid.New()), tar.TypeReg, []byte("x")}
	}
	for name, raw := range map[string][]byte{
		"empty":          nil,
		"no tar":         bytes.Repeat([]byte("hồ sơ "), 200),
		"no list":        build(files[1:]...),
		"other list":     build(append([]file{foreign}, files[1:]...)...),
		"swapped":        build(swapped...),
		"a receipt late": build(append(append([]file{}, files...), receipt)...),
		"a path":         build(append(append([]file{}, files...), file{"../../etc/passwd", tar.TypeReg, []byte("x")})...),
		"a link":         build(file{"list.cose", tar.TypeSymlink, nil}),
		"a long list":    build(file{"list.cose", tar.TypeReg, make([]byte, envelope.MaxManifest+1)}),
		"many receipts":  build(many...),
	} {
		var k taken
		if out, err := courier.Read(t.Context(), bytes.NewReader(raw), k.taker()); !errors.Is(err, courier.ErrBundle) {
			t.Errorf("%s: %+v, %v", name, out, err)
		}
	}
	var k taken
	if _, err := courier.Read(t.Context(), bytes.NewReader(build(files...)), k.taker()); err != nil {
		t.Errorf("control: %v", err)
	}
	// The central's receipts alone need no list.
	if out, err := courier.Read(t.Context(), bytes.NewReader(build(receipt)), k.taker()); err != nil || out.Receipts != 1 {
		t.Errorf("receipts alone: %+v, %v", out, err)
	}
}

func TestWriteRefuses(t *testing.T) {
	p := pack(t)
	chunks := p.dossiers[0].Chunks.(envelope.Chunks)
	for d := range chunks {
		chunks[d] = append(bytes.Clone(chunks[d]), 0)
		break
	}
	l := courier.Load{Station: station, At: at, Dossiers: p.dossiers}
	if err := courier.Write(io.Discard, p.key, l); !errors.Is(err, envelope.ErrDigest) {
		t.Errorf("a damaged chunk: %v", err)
	}
	l.Dossiers = nil
	l.Receipts = make([]courier.Receipt, courier.MaxItems+1)
	if err := courier.Write(io.Discard, p.key, l); !errors.Is(err, envelope.ErrEncoding) {
		t.Errorf("too many: %v", err)
	}
}

// What Read takes, Write packs to a bundle that reads the same.
func FuzzRead(f *testing.F) {
	p := packSizes(f, 10)
	f.Add(p.raw)
	f.Add(p.raw[:4000])
	f.Add([]byte{})
	key := must(envelope.GenerateKey())(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		var k taken
		out, err := courier.Read(t.Context(), bytes.NewReader(raw), k.taker())
		if err != nil || out.Station == "" {
			return
		}
		var packed bytes.Buffer
		l := courier.Load{Station: out.Station, At: out.At, Dossiers: k.dossiers, Receipts: k.receipts}
		if err := courier.Write(&packed, key, l); err != nil {
			t.Fatal(err)
		}
		var again taken
		out2, err := courier.Read(t.Context(), bytes.NewReader(packed.Bytes()), again.taker())
		if err != nil || out2.Dossiers != out.Dossiers || out2.Receipts != out.Receipts {
			t.Fatalf("%+v became %+v, %v", out, out2, err)
		}
	})
}
