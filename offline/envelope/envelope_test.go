package envelope_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/tram-station/tram/offline/envelope"
)

type fixture struct {
	station  *envelope.Signer
	identity *envelope.Identity
	draft    envelope.Draft
	sealed   *envelope.Sealed
}

func seal(t testing.TB) fixture {
	t.Helper()
	f := fixture{}
	var err error
	if f.station, err = envelope.GenerateKey(); err != nil {
		t.Fatal(err)
	}
	if f.identity, err = envelope.GenerateIdentity(); err != nil {
		t.Fatal(err)
	}
	f.draft = envelope.Draft{
		ID: uuid.Must(uuid.NewV7()), Station: "tram-001", Sequence: 1,
		Created: envelope.Clock{Wall: 1_790_000_000_000}, Virtual: true,
		Parts: []envelope.Part{
			{"evidence", "application/cbor", noise(700 << 10)},
			{"portrait", "image/jpeg", noise(90 << 10)},
			{"consent", "application/json", []byte(`{"tên":"Nguyễn Văn Thử"}`)},
			{"empty", "text/plain", []byte{}},
		},
	}
	to := []*envelope.Recipient{f.identity.Recipient()}
	if f.sealed, err = envelope.Seal(f.station, to, f.draft); err != nil {
		t.Fatal(err)
	}
	return f
}

func noise(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(b)
	return b
}

func TestSealOpen(t *testing.T) {
	f := seal(t)
	m, parts, err := envelope.Open(f.identity, f.station.Public(), f.sealed)
	if err != nil {
		t.Fatal(err)
	}
	if len(parts) != len(f.draft.Parts) {
		t.Fatalf("%d parts, want %d", len(parts), len(f.draft.Parts))
	}
	for i, p := range parts {
		want := f.draft.Parts[i]
		if p.Name != want.Name || p.MediaType != want.MediaType || !bytes.Equal(p.Bytes, want.Bytes) {
			t.Errorf("part %d (%s) differs", i, want.Name)
		}
	}
	if m.Dossier != f.draft.ID || !m.Virtual || m.Sequence != 1 || m.Station != "tram-001" {
		t.Errorf("manifest %+v", m)
	}
	if m.Recipients[0] != f.identity.Recipient().ID() {
		t.Error("manifest names another recipient")
	}
}

// Nothing readable: neither names, media types nor plaintext hashes are
// outside the seal.
func TestNothingReadable(t *testing.T) {
	f := seal(t)
	outside := bytes.Clone(f.sealed.Manifest)
	for _, c := range f.sealed.Chunks.(envelope.Chunks) {
		outside = append(outside, c...)
	}
	for _, p := range f.draft.Parts {
		hash := envelope.Sum(p.Bytes)
		for _, secret := range [][]byte{[]byte(p.Name), []byte(p.MediaType), hash[:], []byte("Nguyễn")} {
			if bytes.Contains(outside, secret) {
				t.Errorf("%q is readable outside the seal", secret)
			}
		}
	}
	if !bytes.Contains(outside, []byte("tram-001")) {
		t.Error("control: the search does not find what is there")
	}
}

func TestOpenRefuses(t *testing.T) {
	f := seal(t)
	other := seal(t)
	chunks := f.sealed.Chunks.(envelope.Chunks)
	digests := func() (d []envelope.Digest) {
		m, err := envelope.ParseManifest(f.sealed.Manifest)
		if err != nil {
			t.Fatal(err)
		}
		d, _ = m.Chunks()
		return d
	}()
	with := func(c envelope.Chunks) *envelope.Sealed {
		return &envelope.Sealed{ID: f.sealed.ID, Manifest: f.sealed.Manifest, Chunks: c}
	}
	flipped := maps.Clone(chunks)
	flipped[digests[1]] = bytes.Clone(flipped[digests[1]])
	flipped[digests[1]][9] ^= 1
	missing := maps.Clone(chunks)
	delete(missing, digests[2])
	broken := bytes.Clone(f.sealed.Manifest)
	broken[len(broken)-1] ^= 1

	for name, c := range map[string]struct {
		id     *envelope.Identity
		key    *envelope.PublicKey
		sealed *envelope.Sealed
		want   error
	}{
		"flipped bit":       {f.identity, f.station.Public(), with(flipped), envelope.ErrDigest},
		"missing chunk":     {f.identity, f.station.Public(), with(missing), envelope.ErrNoChunk},
		"other station":     {f.identity, other.station.Public(), f.sealed, envelope.ErrSignature},
		"broken signature":  {f.identity, f.station.Public(), &envelope.Sealed{Manifest: broken, Chunks: chunks}, envelope.ErrSignature},
		"not a manifest":    {f.identity, f.station.Public(), &envelope.Sealed{Manifest: []byte("x"), Chunks: chunks}, envelope.ErrEncoding},
		"trailing garbage":  {f.identity, f.station.Public(), &envelope.Sealed{Manifest: append(bytes.Clone(f.sealed.Manifest), 0), Chunks: chunks}, envelope.ErrEncoding},
		"over-long message": {f.identity, f.station.Public(), &envelope.Sealed{Manifest: make([]byte, envelope.MaxManifest+1), Chunks: chunks}, envelope.ErrEncoding},
	} {
		if _, _, err := envelope.Open(c.id, c.key, c.sealed); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, _, err := envelope.Open(other.identity, f.station.Public(), f.sealed); err == nil {
		t.Error("another identity opened the dossier")
	}
	if _, _, err := envelope.Open(f.identity, f.station.Public(), f.sealed); err != nil {
		t.Errorf("control: %v", err)
	}
}

func TestSealRefuses(t *testing.T) {
	f := seal(t)
	to := []*envelope.Recipient{f.identity.Recipient()}
	for name, change := range map[string]func(d *envelope.Draft){
		"no parts":         func(d *envelope.Draft) { d.Parts = nil },
		"same name":        func(d *envelope.Draft) { d.Parts = append(d.Parts[:1:1], d.Parts[0]) },
		"empty name":       func(d *envelope.Draft) { d.Parts = []envelope.Part{{}} },
		"no ID":            func(d *envelope.Draft) { d.ID = uuid.Nil },
		"no station":       func(d *envelope.Draft) { d.Station = "" },
		"no sequence":      func(d *envelope.Draft) { d.Sequence = 0 },
		"broken chain":     func(d *envelope.Draft) { d.Sequence = 2 },
		"too many parts":   func(d *envelope.Draft) { d.Parts = make([]envelope.Part, envelope.MaxSections) },
		"two firsts":       func(d *envelope.Draft) { d.Previous = envelope.Sum(nil) },
		"station too long": func(d *envelope.Draft) { d.Station = strings.Repeat("x", 65) },
	} {
		d := f.draft
		change(&d)
		if _, err := envelope.Seal(f.station, to, d); err == nil {
			t.Errorf("%s: sealed", name)
		}
	}
	if _, err := envelope.Seal(f.station, nil, f.draft); !errors.Is(err, envelope.ErrParts) {
		t.Errorf("no recipient: %v", err)
	}
}

func TestReceipt(t *testing.T) {
	f := seal(t)
	r := envelope.Receipt{
		ID: f.draft.ID, Manifest: envelope.Sum(f.sealed.Manifest), LogPosition: 7,
		Time: time.UnixMilli(1_790_000_000_123).UTC(),
	}
	raw, err := envelope.SignReceipt(f.station, r)
	if err != nil {
		t.Fatal(err)
	}
	again, err := envelope.SignReceipt(f.station, r)
	if err != nil || !bytes.Equal(raw, again) {
		t.Errorf("the same receipt gives other bytes (%v)", err)
	}
	got, err := envelope.VerifyReceipt(f.station.Public(), raw)
	if err != nil || *got != r {
		t.Fatalf("%+v, %v", got, err)
	}
	if err := got.For(r.ID, r.Manifest); err != nil {
		t.Error(err)
	}
	if err := got.For(r.ID, envelope.Sum(nil)); !errors.Is(err, envelope.ErrReceipt) {
		t.Errorf("another manifest: %v", err)
	}
	if err := got.For(uuid.Must(uuid.NewV7()), r.Manifest); !errors.Is(err, envelope.ErrReceipt) {
		t.Errorf("another dossier: %v", err)
	}
	other, err := envelope.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := envelope.VerifyReceipt(other.Public(), raw); !errors.Is(err, envelope.ErrSignature) {
		t.Errorf("another key: %v", err)
	}
	// A manifest under the same key never passes for a receipt.
	if _, err := envelope.VerifyReceipt(f.station.Public(), f.sealed.Manifest); !errors.Is(err, envelope.ErrEncoding) {
		t.Errorf("a manifest as a receipt: %v", err)
	}
	for i := range raw {
		bad := bytes.Clone(raw)
		bad[i] ^= 0x10
		if _, err := envelope.VerifyReceipt(f.station.Public(), bad); err == nil {
			t.Fatalf("byte %d changed and the receipt still verifies", i)
		}
	}
}

func TestKeyFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "station.key")
	a, err := envelope.OpenKey(path)
	if err != nil {
		t.Fatal(err)
	}
	b, err := envelope.OpenKey(path)
	if err != nil || a.ID() != b.ID() {
		t.Fatalf("the key changed on the second open: %v", err)
	}
	if err := envelope.SaveKey(path, a); !errors.Is(err, os.ErrExist) {
		t.Errorf("overwrote a key: %v", err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := envelope.LoadKey(path); !errors.Is(err, envelope.ErrKeyReadable) {
		t.Errorf("readable key: %v", err)
	}
	identity := filepath.Join(dir, "central.age")
	i, err := envelope.OpenIdentity(identity)
	if err != nil {
		t.Fatal(err)
	}
	j, err := envelope.OpenIdentity(identity)
	if err != nil || i.Recipient().ID() != j.Recipient().ID() {
		t.Fatalf("the identity changed on the second open: %v", err)
	}
	text, err := i.Recipient().MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	if r, err := envelope.ParseRecipient(string(text)); err != nil || r.ID() != i.Recipient().ID() {
		t.Errorf("recipient round trip: %v", err)
	}
	if p, err := envelope.ParsePublicKey(a.Public().String()); err != nil || p.ID() != a.ID() {
		t.Errorf("public key round trip: %v", err)
	}
	secret, err := os.ReadFile(identity)
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		printed := fmt.Sprintf(format, i) + fmt.Sprintf(format, a)
		if strings.Contains(printed, strings.TrimSpace(string(secret))) || strings.Contains(printed, "D:") {
			t.Errorf("%s prints a secret", format)
		}
	}
}

func FuzzParseManifest(f *testing.F) {
	x := seal(f)
	f.Add(x.sealed.Manifest)
	f.Add(x.sealed.Manifest[:40])
	f.Add([]byte{0xd2, 0x84, 0x40, 0xa0, 0x40, 0x40})
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := envelope.ParseManifest(raw)
		if err != nil {
			return
		}
		digests, lengths := m.Chunks()
		if len(digests) > envelope.MaxChunks || len(digests) != len(lengths) {
			t.Fatalf("%d chunks, %d lengths", len(digests), len(lengths))
		}
		var sum int64
		for _, n := range lengths {
			if n <= 0 || n > envelope.ChunkSize {
				t.Fatalf("chunk of %d bytes", n)
			}
			sum += int64(n)
		}
		if sum != m.Size() {
			t.Fatalf("chunks sum to %d, size is %d", sum, m.Size())
		}
	})
}

func FuzzVerifyReceipt(f *testing.F) {
	key, err := envelope.GenerateKey()
	if err != nil {
		f.Fatal(err)
	}
	raw, err := envelope.SignReceipt(key, envelope.Receipt{ID: uuid.Must(uuid.NewV7()), LogPosition: 1, Time: time.UnixMilli(1)})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add(raw[:20])
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := envelope.VerifyReceipt(key.Public(), raw)
		if err != nil {
			return
		}
		again, err := envelope.SignReceipt(key, *r)
		if err != nil || !bytes.Equal(again, raw) {
			t.Fatalf("parse, sign: other bytes (%v)", err)
		}
	})
}

// FuzzDecode holds the one rule of Decode: what it accepts encodes to the same
// bytes.
func FuzzDecode(f *testing.F) {
	f.Add([]byte{0xa2, 0x01, 0x01, 0x02, 0x81, 0x02})
	f.Add([]byte{0xa2, 0x02, 0x81, 0x02, 0x01, 0x01})
	f.Fuzz(func(t *testing.T, raw []byte) {
		var v struct {
			A uint64   `cbor:"1,keyasint"`
			B []uint64 `cbor:"2,keyasint"`
		}
		if envelope.Decode(raw, &v) != nil {
			return
		}
		if again, err := envelope.Encode(v); err != nil || !bytes.Equal(again, raw) {
			t.Fatalf("%x became %x (%v)", raw, again, err)
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	f := seal(b)
	d := f.draft
	d.Parts = []envelope.Part{{"evidence", "", noise(2 << 20)}}
	to := []*envelope.Recipient{f.identity.Recipient()}
	b.SetBytes(2 << 20)
	for b.Loop() {
		if _, err := envelope.Seal(f.station, to, d); err != nil {
			b.Fatal(err)
		}
	}
}

// What is no identity, and one that a dossier is not sealed to, have errors of
// their own, and neither quotes a key.
func TestIdentitiesAreNamedApart(t *testing.T) {
	for _, text := range []string{"", "# only a comment\n", "AGE-SECRET-KEY-1SECRET\n"} {
		if _, err := envelope.ParseIdentity(text); !errors.Is(err, envelope.ErrNoIdentity) || strings.Contains(err.Error(), "SECRET-KEY") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
