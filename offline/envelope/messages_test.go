package envelope_test

import (
	"bytes"
	"crypto/x509"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
)

var (
	dossierA = uuid.MustParse("01900000-0000-7000-8000-00000000000a")
	dossierB = uuid.MustParse("01900000-0000-7000-8000-00000000000b")
	noon     = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
)

func exampleNotice() envelope.Notice {
	return envelope.Notice{Cursor: 7, Station: "tram-thu-001", Dossier: dossierA, Manifest: envelope.Sum([]byte("m")),
		State: "fix-needed", Section: "portrait", Reason: "portrait-blurred", Words: "Ảnh bị mờ", Deadline: noon.Add(24 * time.Hour), At: noon}
}

func exampleDecision() envelope.Decision {
	return envelope.Decision{ID: dossierB, Station: "tram-thu-001", Dossier: dossierA, Exception: "finger-missing", Asked: "amputated",
		Officer: "officer-1", Approved: true, Reason: "condition-confirmed", Words: "Đã xác nhận", Supervisor: "giam-sat-1", At: noon}
}

func exampleReport() envelope.Report {
	return envelope.Report{Station: "tram-thu-001", Number: 3, At: envelope.Clock{Wall: 5, Monotonic: 9, Boot: &dossierB}, Sequence: 12,
		Sets:  []envelope.DaySet{{Day: "2026-11-22", Count: 2, Digest: envelope.SetDigest([]uuid.UUID{dossierA, dossierB})}},
		Audit: envelope.Head{Size: 40, Root: envelope.Sum([]byte("r"))}, Since: 30, Proof: []envelope.Digest{envelope.Sum([]byte("p"))},
		Counter: 4, Events: []envelope.SecurityEvent{{Code: "lockout", Count: 1, First: 1, Last: 2}},
		Health: envelope.Health{Version: "1", Free: 1, Total: 2, Held: 3, Waiting: 4, Oldest: 5}}
}

// Each message comes back as it was, and under no other key nor as another kind.
func TestMessages(t *testing.T) {
	key, other := newKey(t), newKey(t)
	rotation := envelope.Rotation{Station: "tram-thu-001", Old: key.ID(), New: other.Public(), At: noon}
	catalogue := envelope.Catalogue{Number: 2, At: noon, Items: []envelope.Item{{Kind: "rules", Version: "3", Size: 1, Digest: envelope.Sum(nil)}}}
	bundle := envelope.Bundle{Station: "tram-thu-001", At: noon, Dossiers: []uuid.UUID{dossierA}, Digests: []envelope.Digest{envelope.Sum(nil)}}
	must := func(raw []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	report := must(envelope.SignReport(key, exampleReport()))
	for name, c := range map[string]struct {
		raw  []byte
		read func(raw []byte, key *envelope.PublicKey) (any, error)
		want any
	}{
		"notice": {must(envelope.SignNotice(key, exampleNotice())), func(raw []byte, k *envelope.PublicKey) (any, error) {
			n, err := envelope.VerifyNotice(k, raw)
			if err != nil {
				return nil, err
			}
			return *n, nil
		}, exampleNotice()},
		"catalogue": {must(envelope.SignCatalogue(key, catalogue)), func(raw []byte, k *envelope.PublicKey) (any, error) {
			c, err := envelope.VerifyCatalogue(k, raw)
			if err != nil {
				return nil, err
			}
			return *c, nil
		}, catalogue},
		"rotation": {must(envelope.SignRotation(key, rotation)), func(raw []byte, k *envelope.PublicKey) (any, error) {
			r, err := envelope.VerifyRotation(k, raw)
			if err != nil {
				return nil, err
			}
			return *r, nil
		}, rotation},
		"decision": {must(envelope.SignDecision(key, exampleDecision())), func(raw []byte, k *envelope.PublicKey) (any, error) {
			d, err := envelope.VerifyDecision(k, raw)
			if err != nil {
				return nil, err
			}
			if read, err := envelope.ReadDecision(raw); err != nil || *read != *d {
				t.Errorf("read without the key: %+v, %v", read, err)
			}
			return *d, nil
		}, exampleDecision()},
		"report": {report, func(raw []byte, k *envelope.PublicKey) (any, error) {
			r, err := envelope.ParseReport(raw)
			if err != nil {
				return nil, err
			}
			r.Version = 0
			return r.Report, r.Verify(k)
		}, exampleReport()},
		"bundle": {must(envelope.SignBundle(key, bundle)), func(raw []byte, k *envelope.PublicKey) (any, error) {
			b, err := envelope.ParseBundle(raw)
			if err != nil {
				return nil, err
			}
			return b.Bundle, b.Verify(k)
		}, bundle},
	} {
		got, err := c.read(c.raw, key.Public())
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, want %+v: %v", name, got, c.want, err)
		}
		if _, err := c.read(c.raw, other.Public()); !errors.Is(err, envelope.ErrSignature) {
			t.Errorf("%s under another key: %v", name, err)
		}
		if name != "report" {
			if _, err := c.read(report, key.Public()); !errors.Is(err, envelope.ErrEncoding) {
				t.Errorf("a report taken for a %s: %v", name, err)
			}
		}
		flipped := bytes.Clone(c.raw)
		flipped[len(flipped)/2] ^= 1
		if _, err := c.read(flipped, key.Public()); err == nil {
			t.Errorf("%s with a flipped bit is taken", name)
		}
	}
}

func TestMessageLimits(t *testing.T) {
	key := newKey(t)
	for name, change := range map[string]func(*envelope.Notice){
		"no station":      func(n *envelope.Notice) { n.Station = "" },
		"no cursor":       func(n *envelope.Notice) { n.Cursor = 0 },
		"a control code":  func(n *envelope.Notice) { n.Reason = "a\nb" },
		"no UTF-8":        func(n *envelope.Notice) { n.Words = "\xff" },
		"a long sentence": func(n *envelope.Notice) { n.Words = string(make([]byte, 2000)) },
	} {
		n := exampleNotice()
		change(&n)
		if _, err := envelope.SignNotice(key, n); !errors.Is(err, envelope.ErrEncoding) {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := exampleReport()
	r.Sets[0].Day = "22.11.2026"
	if _, err := envelope.SignReport(key, r); !errors.Is(err, envelope.ErrEncoding) {
		t.Errorf("a day of another form: %v", err)
	}
	r = exampleReport()
	r.Since = r.Audit.Size + 1
	if _, err := envelope.SignReport(key, r); !errors.Is(err, envelope.ErrEncoding) {
		t.Errorf("a proof from the future: %v", err)
	}
}

func TestSetDigest(t *testing.T) {
	ab, ba := envelope.SetDigest([]uuid.UUID{dossierA, dossierB}), envelope.SetDigest([]uuid.UUID{dossierB, dossierA})
	if ab != ba || ab == envelope.SetDigest([]uuid.UUID{dossierA}) {
		t.Errorf("%v, %v", ab, ba)
	}
}

func TestRequest(t *testing.T) {
	key := newKey(t)
	der, err := envelope.NewRequest(key, "tram-thu-001", "HN")
	if err != nil {
		t.Fatal(err)
	}
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil || csr.CheckSignature() != nil || csr.Subject.CommonName != "tram-thu-001" || csr.Subject.OrganizationalUnit[0] != "HN" {
		t.Fatalf("%+v, %v", csr, err)
	}
	if public, err := envelope.NewPublicKey(csr.PublicKey); err != nil || public.ID() != key.ID() {
		t.Error(err)
	}
}

// What is read is written again as the same bytes.
func FuzzMessages(f *testing.F) {
	key, err := envelope.GenerateKey()
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range [][]byte{
		first(envelope.SignNotice(key, exampleNotice())), first(envelope.SignReport(key, exampleReport())),
		first(envelope.SignDecision(key, exampleDecision())),
		first(envelope.SignBundle(key, envelope.Bundle{Station: "s", Dossiers: []uuid.UUID{dossierA}, Digests: make([]envelope.Digest, 1)})),
		first(envelope.SignCatalogue(key, envelope.Catalogue{Number: 1})),
		first(envelope.SignRotation(key, envelope.Rotation{Station: "s", New: key.Public()})),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if r, err := envelope.ParseReport(raw); err == nil && r.Since > r.Audit.Size {
			t.Error("a report beyond its limits")
		}
		if b, err := envelope.ParseBundle(raw); err == nil && len(b.Dossiers) != len(b.Digests) {
			t.Error("a bundle beyond its limits")
		}
		// Nobody but the key's holder makes a message that verifies.
		if _, err := envelope.VerifyNotice(key.Public(), raw); err == nil && !bytes.Equal(raw, first(envelope.SignNotice(key, exampleNotice()))) {
			t.Error("a forged notice")
		}
		if d, err := envelope.ReadDecision(raw); err == nil {
			if again, err := envelope.ReadDecision(first(envelope.SignDecision(key, *d))); err != nil || *again != *d {
				t.Errorf("a decision comes back as %+v, %v", again, err)
			}
		}
		_, _ = envelope.VerifyCatalogue(key.Public(), raw)
		_, _ = envelope.VerifyRotation(key.Public(), raw)
	})
}

func newKey(t *testing.T) *envelope.Signer {
	t.Helper()
	s, err := envelope.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func first(raw []byte, _ error) []byte { return raw }
