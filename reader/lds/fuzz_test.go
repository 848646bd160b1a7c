package lds

import (
	"bytes"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/tram-station/tram/biometrics/iso19794"
)

// The fuzz targets hold for each parser: it never panics, it returns nothing
// beside an error, and what it returns was in the input.

func FuzzCOM(f *testing.F) {
	f.Add(sampleCOM)
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := ParseCOM(b)
		if (c == nil) != (err != nil) {
			t.Fatal("both or neither")
		}
		if c == nil {
			return
		}
		if !bytes.Contains(b, c.Tags) || len(c.Files()) > maxTagList {
			t.Fatal("a list that was not there")
		}
		// What was read, written again, reads the same.
		again, err := ParseCOM(node(0x60, node(0x5F01, []byte(c.LDSVersion)), node(0x5F36, []byte(c.UnicodeVersion)), node(0x5C, c.Tags)))
		if len(b) < 1<<15 && (err != nil || again.LDSVersion != c.LDSVersion || !bytes.Equal(again.Tags, c.Tags)) {
			t.Fatalf("round trip: %v", err)
		}
	})
}

func FuzzDG1(f *testing.F) {
	f.Add(sampleDG1)
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ParseDG1(b)
		if (m == nil) != (err != nil) {
			t.Fatal("both or neither")
		}
		if m == nil {
			return
		}
		again, err := ParseDG1(node(0x61, node(0x5F1F, []byte(m.Zone))))
		if err != nil || again.Zone != m.Zone {
			t.Fatalf("round trip: %v", err)
		}
	})
}

func FuzzDG2(f *testing.F) {
	f.Add(dg2(0x5F2E, record(0, jpegHead)))
	f.Add(dg2(0x7F2E, record(2, jpegHead)))
	f.Add(dg2(0x7F2E, newBlock(jpegHead)))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := ParseDG2(b)
		if (p == nil) != (err != nil) {
			t.Fatal("both or neither")
		}
		if p == nil {
			return
		}
		if len(p.Others) >= maxTemplates*iso19794.MaxFaces {
			t.Fatalf("%d portraits", len(p.Others)+1)
		}
		for _, face := range append([]Face{*p}, p.Others...) {
			if len(face.Image) == 0 || !bytes.Contains(b, face.Image) || face.MediaType == "" || face.Quality < 0 || face.Quality > 100 {
				t.Fatal("an image that was not there")
			}
		}
		// The first portrait, written again, reads the same.
		again, err := ParseDG2(dg2(0x5F2E, record(len(p.Points), p.Image)))
		if len(p.Image) < 1<<14 && len(p.Points) < 1<<8 && (err != nil || !bytes.Equal(again.Image, p.Image) || again.MediaType != p.MediaType) {
			t.Fatalf("round trip: %v", err)
		}
	})
}

func FuzzDG3(f *testing.F) {
	f.Add(dg3(fir(2, 2, 197, 8, 2, view(2, 300, 400, wsqHead), view(7, 300, 400, wsqHead))))
	f.Add(dg3(fir(1, 1, 250, 4, 1, view(6, 3, 2, make([]byte, 4)))))
	f.Add(dg3(node(0xA1, node(0x64, node(0xA0), node(0xA1, fingerRepresentation(wsqHead))))))
	f.Add(dg3())
	f.Fuzz(func(t *testing.T, b []byte) {
		fingers, err := ParseDG3(b)
		if err != nil && fingers != nil {
			t.Fatal("fingers beside an error")
		}
		if len(fingers) > maxTemplates*iso19794.MaxViews {
			t.Fatalf("%d fingers", len(fingers))
		}
		for _, p := range fingers {
			if !bytes.Contains(b, p.Image) || p.Quality < QualityUnknown || p.Quality > 100 || p.Resolution < 0 || p.Width < 0 {
				t.Fatalf("an image that was not there: %+v", p)
			}
		}
	})
}

func FuzzDetails(f *testing.F) {
	f.Add(sampleDG11)
	f.Add(node(0x6C, node(0x5F19, []byte("C06")), node(0x5F26, []byte("20240102")), node(0xA0, node(0x5F1A, []byte("A<<B"))), node(0x5F55, []byte("20240102123059"))))
	f.Add(node(0x70, node(0x02, []byte{1}), node(0xA1, node(0x5F50, []byte("20240102")), node(0x5F51, []byte("A<<B")), node(0x5F53, []byte("A<B")))))
	f.Add(node(0x65, node(0x02, []byte{1}), node(0x5F40, jpegHead)))
	f.Add(node(0x76, node(0x7F61, node(0x02, []byte{1}), node(0x7F60, node(0x5F2E, []byte{1})))))
	f.Fuzz(func(t *testing.T, b []byte) {
		var names []Name
		var texts []string
		var dates []Date
		if d, err := ParseDG11(b); err == nil {
			names, dates = append(names, d.Name), append(dates, d.Birth)
			names = append(names, d.OtherNames...)
			texts = append(append(d.BirthPlace, d.Address...), d.PersonalNumber, d.Telephone, d.Profession, d.Title, d.Summary, d.Custody)
		} else if d != nil {
			t.Fatal("DG11 beside an error")
		}
		if d, err := ParseDG12(b); err == nil {
			names, dates = append(names, d.OtherPersons...), append(dates, d.Issued)
			texts = append(texts, d.Authority, d.Endorsements, d.TaxExit, d.Personaliser)
		} else if d != nil {
			t.Fatal("DG12 beside an error")
		}
		contacts, err := ParseDG16(b)
		if err != nil && contacts != nil || len(contacts) > maxContacts {
			t.Fatal("DG16 beside an error")
		}
		for _, c := range contacts {
			names, dates, texts = append(names, c.Name), append(dates, c.Recorded), append(texts, c.Address...)
		}
		for _, p := range [](func([]byte) ([]Picture, error)){ParseDG5, ParseDG7} {
			if list, err := p(b); (list == nil) != (err != nil) || len(list) > maxPictures {
				t.Fatal("images beside an error")
			}
		}
		if irises, err := ParseDG4(b); err != nil && irises != nil || len(irises) > maxTemplates {
			t.Fatal("irises beside an error")
		}
		for _, n := range names {
			texts = append(texts, n.String())
		}
		for _, s := range texts {
			if !utf8.ValidString(s) {
				t.Fatalf("not for people: %q", s)
			}
		}
		for _, d := range dates {
			if d.Month > 12 || d.Day > 31 || d.Year > 9999 || d.Month == 0 && d.Day > 0 {
				t.Fatalf("no day: %v", d)
			}
		}
	})
}

func FuzzMaster(f *testing.F) {
	f.Add(sampleATR)
	f.Add(node(0x61, node(0x4F, []byte{1, 2}), node(0x50, []byte("eMRTD"))))
	f.Add(append(node(0x42, []byte("VNTHUCVCA00001")), 0, 0))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := ParseATRInfo(b)
		if (a == nil) != (err != nil) || a != nil && (a.MaxCommand < 0 || a.MaxCommand > maxAPDU || a.MaxResponse < 0 || a.MaxResponse > maxAPDU) {
			t.Fatalf("%+v beside %v", a, err)
		}
		if a != nil && a.Extended() && len(a.Capabilities) < 3 {
			t.Fatal("a capability that was not there")
		}
		list, err := ParseDIR(b)
		if err != nil && list != nil || len(list) > maxApplications {
			t.Fatal("applications beside an error")
		}
		refs, err := ParseCVCA(b)
		if (refs == nil) != (err != nil) || len(refs) > maxAuthorities {
			t.Fatal("references beside an error")
		}
		var again []byte
		for _, r := range refs {
			again = append(again, node(0x42, []byte(r))...)
		}
		if back, err := ParseCVCA(again); refs != nil && (err != nil || !slices.Equal(back, refs)) {
			t.Fatalf("round trip: %v", err)
		}
	})
}

func FuzzDG13(f *testing.F) {
	f.Add(readHex(f, "dg13.hex"))
	f.Add(vn(field(1, "001090990001"), field(13, "a", "b")))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := ParseDG13(b)
		if (d == nil) != (err != nil) {
			t.Fatal("both or neither")
		}
		if d == nil {
			return
		}
		for _, texts := range d.Fields {
			for _, s := range texts {
				if !bytes.Contains(b, []byte(s)) {
					t.Fatal("a text that was not there")
				}
			}
		}
	})
}

func FuzzSecurityInfos(f *testing.F) {
	f.Add(unhex(f, cardAccessCCCD))
	f.Add(unhex(f, dg14AA)[2:])
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := ParseSecurityInfos(b)
		if (s == nil) != (err != nil) {
			t.Fatal("both or neither")
		}
		if s == nil {
			return
		}
		n := len(s.PACE) + len(s.ChipAuth) + len(s.ChipAuthKeys) + len(s.ActiveAuth) + len(s.TerminalAuth) +
			len(s.PACEParameters) + len(s.ChipAuthParameters) + len(s.Unknown)
		if n > maxSecurityInfos {
			t.Fatalf("%d entries", n)
		}
	})
}

func FuzzDG15(f *testing.F) {
	f.Add(node(0x6F, node(0x30, node(0x30, unhex(f, "06072A8648CE3D0201")), node(0x03, []byte{0, 4}))))
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := ParseDG15(b)
		if (k == nil) != (err != nil) || k != nil && !bytes.Contains(b, k.SPKI) {
			t.Fatal("a key that was not there")
		}
	})
}
