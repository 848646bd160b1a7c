package dossier_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/dossier"
	"github.com/tram-station/tram/offline/envelope"
)

func example() *dossier.Dossier {
	return &dossier.Dossier{
		ID: uuid.Must(uuid.NewV7()), Kind: "citizen-level2", Station: "tram-thu-001", Officer: "can-bo-01",
		Begun: time.UnixMilli(1_790_000_000_001).UTC(), Sealed: time.UnixMilli(1_790_000_100_002).UTC(),
		Virtual: true, Masked: "N.V.T. ••••123456",
		Sections: []dossier.Section{
			{Name: "person", MediaType: "application/json", Bytes: []byte(`{"tên":"Nguyễn Văn Thử"}`)},
			{Name: "consent", MediaType: "image/jpeg", Bytes: []byte{0xff, 0xd8}},
		},
	}
}

func TestPartsRoundTrip(t *testing.T) {
	d := example()
	parts, err := d.Parts()
	if err != nil {
		t.Fatal(err)
	}
	got, err := dossier.FromParts(parts)
	if err != nil {
		t.Fatal(err)
	}
	if got.Masked != "" {
		t.Error("the masked text travels")
	}
	got.Masked = d.Masked
	a, err1 := d.Tag([]byte("k"))
	b, err2 := got.Tag([]byte("k"))
	if err1 != nil || err2 != nil || a != b || !got.Begun.Equal(d.Begun) || !got.Sealed.Equal(d.Sealed) {
		t.Errorf("%+v became %+v", d, got)
	}
}

func TestTag(t *testing.T) {
	d := example()
	tag := func(key string) [32]byte {
		t.Helper()
		v, err := d.Tag([]byte(key))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	was := tag("k")
	if tag("other key") == was {
		t.Error("the key makes no difference")
	}
	d.Sealed = d.Sealed.Add(time.Hour)
	if tag("k") != was {
		t.Error("the time of sealing changes the tag")
	}
	for name, change := range map[string]func(){
		"bytes":      func() { d.Sections[0].Bytes = []byte("x") },
		"name":       func() { d.Sections[0].Name = "x" },
		"media type": func() { d.Sections[0].MediaType = "x" },
		"officer":    func() { d.Officer = "x" },
		"virtual":    func() { d.Virtual = false },
		"order":      func() { d.Sections[0], d.Sections[1] = d.Sections[1], d.Sections[0] },
	} {
		before := tag("k")
		change()
		if tag("k") == before {
			t.Errorf("%s: the tag stays the same", name)
		}
	}
}

func TestMasked(t *testing.T) {
	for text, want := range map[string]error{
		"":                       nil,
		"N.V.T. ••••123456":      nil,
		"1234567":                dossier.ErrMasked,
		"N.V.T. 001099012345":    dossier.ErrMasked,
		"\xff":                   dossier.ErrMasked,
		string(make([]byte, 65)): dossier.ErrMasked,
	} {
		d := example()
		d.Masked = text
		if err := d.Check(); !errors.Is(err, want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Evidence and portrait go up first, wherever they were taken.
func TestUrgentFirst(t *testing.T) {
	d := example()
	d.Sections = append(d.Sections, dossier.Section{Name: dossier.PortraitSection}, dossier.Section{Name: dossier.EvidenceSection})
	parts, err := d.Parts()
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{dossier.HeaderName, dossier.EvidenceSection, dossier.PortraitSection, "person", "consent"} {
		if parts[i].Name != want {
			t.Errorf("part %d is %s, want %s", i, parts[i].Name, want)
		}
	}
	if d.Sections[0].Name != "person" {
		t.Error("the dossier's own order changed")
	}
}

func TestCorrection(t *testing.T) {
	d := example()
	d.Corrects, d.Section = uuid.Must(uuid.NewV7()), "portrait"
	d.Lookup, d.Initials = "001099012345", "N.V.T."
	parts, err := d.Parts()
	if err != nil {
		t.Fatal(err)
	}
	got, err := dossier.FromParts(parts)
	if err != nil || got.Corrects != d.Corrects || got.Section != d.Section {
		t.Errorf("%+v, %v", got, err)
	}
	if bytes.Contains(parts[0].Bytes, []byte(d.Lookup)) || got.Lookup != "" || got.Initials != "" {
		t.Error("the number or the initials travel in the header")
	}
	for name, change := range map[string]func(d *dossier.Dossier){
		"no section":      func(d *dossier.Dossier) { d.Section = "" },
		"no dossier":      func(d *dossier.Dossier) { d.Corrects = uuid.Nil },
		"itself":          func(d *dossier.Dossier) { d.Corrects = d.ID },
		"a long number":   func(d *dossier.Dossier) { d.Lookup = string(make([]byte, 33)) },
		"digits initials": func(d *dossier.Dossier) { d.Initials = "N.V.1" },
	} {
		bad := *d
		change(&bad)
		if err := bad.Check(); !errors.Is(err, dossier.ErrForm) && !errors.Is(err, dossier.ErrMasked) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := d.Check(); err != nil { // control
		t.Error(err)
	}
}

// A header of the last version has none of the new fields and reads as before.
func TestOldHeader(t *testing.T) {
	d := example()
	raw, err := envelope.Encode(struct {
		Version uint64    `cbor:"1,keyasint"`
		ID      uuid.UUID `cbor:"2,keyasint"`
		Kind    string    `cbor:"3,keyasint"`
		Station string    `cbor:"4,keyasint"`
		Officer string    `cbor:"5,keyasint"`
		Begun   int64     `cbor:"6,keyasint"`
		Sealed  int64     `cbor:"7,keyasint"`
		Virtual bool      `cbor:"8,keyasint"`
	}{1, d.ID, d.Kind, d.Station, d.Officer, d.Begun.UnixMilli(), d.Sealed.UnixMilli(), d.Virtual})
	if err != nil {
		t.Fatal(err)
	}
	parts, err := d.Parts()
	if err != nil || !bytes.Equal(parts[0].Bytes, raw) {
		t.Fatalf("a dossier that corrects nothing has another header than before: %v", err)
	}
	if got, err := dossier.FromParts(parts); err != nil || got.Officer != d.Officer {
		t.Errorf("%+v, %v", got, err)
	}
}

func FuzzFromParts(f *testing.F) {
	parts, err := example().Parts()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(parts[0].Bytes, "person")
	f.Add(parts[0].Bytes[:10], "dossier")
	f.Fuzz(func(t *testing.T, raw []byte, name string) {
		in := []envelope.Part{
			{Name: dossier.HeaderName, MediaType: dossier.HeaderType, Bytes: raw},
			{Name: name},
		}
		d, err := dossier.FromParts(in)
		if err != nil {
			return
		}
		out, err := d.Parts()
		if err != nil || len(out) != 2 || !bytes.Equal(out[0].Bytes, raw) || out[1].Name != name {
			t.Fatalf("decode, encode: %+v, %v", out, err)
		}
	})
}
