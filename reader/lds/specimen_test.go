package lds

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/tram-station/tram/testdata"
)

// specimen reads a file that lies beside the repository; other people made it.
func specimen(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(testdata.Shared(t, "data", "chip", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSpecimenPortraits(t *testing.T) {
	for name, want := range map[string]Face{
		"jmrtd/bsi2008/Datagroup2.bin":              {MediaType: MediaJP2, Width: 337, Height: 449, Kind: "full-frontal"},
		"jmrtd/loes2006/ef0102.bin":                 {MediaType: MediaJP2, Width: 449, Height: 598, Kind: "full-frontal", Colour: "rgb24"},
		"jmrtd/dg2/dg2_silver_mandatory_fields.bin": {MediaType: MediaJP2},
		"persosim/EF_DG2_jp2.bin":                   {MediaType: MediaJP2, Width: 337, Height: 449, Kind: "full-frontal"},
		"synthetic/pace-bp256/LDS_0102.bin":         {MediaType: MediaJPEG, Width: 413, Height: 531, Kind: "full-frontal", Colour: "rgb24"},
		// ISO/IEC 39794-5; its size is that of the record, not of the image.
		"jmrtd/dg2/dg2_silver_all_fields.bin": {MediaType: MediaJP2, Width: 572, Height: 731, Quality: 99, Captured: Date{2024, 1, 20}},
	} {
		f, err := ParseDG2(specimen(t, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if f.MediaType != want.MediaType || f.Width != want.Width || f.Height != want.Height || f.Kind != want.Kind ||
			f.Colour != want.Colour || f.Quality != want.Quality || f.Captured != want.Captured || len(f.Image) < 5000 || len(f.Others) > 0 {
			t.Errorf("%s: %s, %d bytes, %d × %d, %q, %q, %d, %v", name, f.MediaType, len(f.Image), f.Width, f.Height, f.Kind, f.Colour, f.Quality, f.Captured)
		}
	}
	faces, err := parseFaceBlock(specimen(t, "jmrtd/dg2/iso39794/sample-39794-5-ed-1-v1.der"))
	if err != nil || len(faces) != 1 {
		t.Fatalf("%d faces, %v", len(faces), err)
	}
	f := faces[0]
	if f.Image = nil; f.MediaType != MediaJPEG || f.Kind != "general-purpose" || f.Gender != "male" || f.Eyes != "hazel" || f.Hair != "brown" ||
		f.Quality != 50 || f.Captured != (Date{2019, 7, 8}) || len(f.Points) != 2 || f.Points[1] != (FeaturePoint{X: 640, Y: 475}) {
		t.Errorf("%+v", f)
	}
}

func TestSpecimenFingers(t *testing.T) {
	for name, want := range map[string][2]Finger{
		"jmrtd/bsi2008/Datagroup3.bin": {{Position: 2, Width: 620, Resolution: 500, Quality: 100}, {Position: 7, Width: 620, Resolution: 500, Quality: 100}},
		"persosim/EF_DG3.bin":          {{Position: 2, Width: 375, Resolution: 316}, {Position: 6, Width: 375, Resolution: 316}},
	} {
		fingers, err := ParseDG3(specimen(t, name))
		if err != nil || len(fingers) != 2 {
			t.Errorf("%s: %d fingers, %v", name, len(fingers), err)
			continue
		}
		for i, f := range fingers {
			w := want[i]
			if f.MediaType != MediaWSQ || f.Position != w.Position || f.Width != w.Width || f.Resolution != w.Resolution || f.Quality != w.Quality || f.Depth != 8 || len(f.Image) < 5000 {
				f.Image = nil
				t.Errorf("%s: %+v", name, f)
			}
		}
	}
	fingers, err := parseFingerBlock(specimen(t, "jmrtd/dg3/iso39794/sample-39794-4-ed-1-v1.der"))
	if err != nil || len(fingers) != 1 {
		t.Fatalf("%d fingers, %v", len(fingers), err)
	}
	f := fingers[0]
	if f.MediaType != MediaPNG || f.Position != 2 || f.Impression != 1 || f.Resolution != 254 || f.Quality != 44 || f.Captured != (Date{2018, 12, 30}) || len(f.Image) != 689 {
		f.Image = nil
		t.Errorf("%+v", f)
	}
	for _, name := range []string{"jmrtd/bsi2008/Datagroup4.bin", "persosim/EF_DG4.bin"} {
		irises, err := ParseDG4(specimen(t, name))
		if err != nil || len(irises) != 2 || irises[0].Template.Format != 9 || string(irises[1].Record[:4]) != "IIR\x00" {
			t.Errorf("%s: %d irises, %v", name, len(irises), err)
		}
	}
}

func TestSpecimenDetails(t *testing.T) {
	for name, parse := range map[string]func([]byte) ([]Picture, error){"tsemrtd/dgs/EF_DG5.bin": ParseDG5, "tsemrtd/dgs/EF_DG7.bin": ParseDG7} {
		if p, err := parse(specimen(t, name)); err != nil || len(p) != 1 || p[0].MediaType != MediaJP2 {
			t.Errorf("%s: %d, %v", name, len(p), err)
		}
	}
	d, err := ParseDG11(specimen(t, "tsemrtd/dgs/EF_DG11.bin"))
	if err != nil || d.Name != (Name{"Doe John", ""}) || len(d.OtherNames) != 1 || d.Birth != (Date{1970, 1, 1}) || len(d.BirthPlace) != 2 ||
		len(d.Address) != 2 || len(d.OtherDocuments) != 2 || d.Custody == "" || d.Other != nil {
		t.Errorf("DG11: %v", err)
	}
	e, err := ParseDG12(specimen(t, "tsemrtd/dgs/EF_DG12.bin"))
	if err != nil || e.Issued != (Date{2024, 1, 1}) || len(e.OtherPersons) != 1 || e.Personalised.Second() != 59 || e.Personaliser == "" || e.Other != nil {
		t.Errorf("DG12: %v", err)
	}
}

func TestSpecimenFiles(t *testing.T) {
	for _, dir := range []string{"jmrtd/bsi2008/EF_COM.bin", "jmrtd/loes2006/ef011E.bin", "tsemrtd/dgs/EF_COM.bin", "synthetic/bac-p256/LDS_011E.bin"} {
		c, err := ParseCOM(specimen(t, dir))
		if err != nil || len(c.Files()) < 3 || c.LDSVersion == "" {
			t.Errorf("%s: %+v, %v", dir, c, err)
		}
	}
	for name, length := range map[string]int{
		"jmrtd/bsi2008/Datagroup1.bin": 88, "jmrtd/loes2006/ef0101.bin": 88, "persosim/EF_DG1.bin": 90, "synthetic/cam-p256/LDS_0101.bin": 90,
	} {
		m, err := ParseDG1(specimen(t, name))
		if err != nil || len(m.Zone) != length {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}
	for _, name := range []string{"jmrtd/bsi2008/Datagroup15.bin", "jmrtd/loes2006/ef010F.bin", "synthetic/bac-p256/LDS_010F.bin"} {
		if k, err := ParseDG15(specimen(t, name)); err != nil || len(k.SPKI) < 50 {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Another issuer's DG13 is not laid out as the Vietnamese one.
	if d, err := ParseDG13(specimen(t, "synthetic/pace-bp256/LDS_010D.bin")); err == nil {
		t.Errorf("a foreign DG13 was taken: %+v", d)
	}
}

func TestSpecimenSecurityInfos(t *testing.T) {
	for name, parameter := range map[string]int{"synthetic/pace-bp256/MF_011C.bin": 13, "synthetic/cam-p256/MF_011C.bin": 12} {
		s, err := ParseCardAccess(specimen(t, name))
		if err != nil || len(s.PACE) != 1 || s.PACE[0].ParameterID != parameter {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
	// The security infos inside EF.CardSecurity, behind the CMS around them;
	// its key lacks the SEQUENCE of a SubjectPublicKeyInfo.
	b := specimen(t, "jmrtd/efcardsecurity/efcardsecurity.dump")
	s, err := ParseSecurityInfos(b[60 : 60+157])
	if err != nil || len(s.ChipAuth) != 1 || len(s.ChipAuthKeys) != 1 || len(s.ChipAuthParameters) != 1 || s.ChipAuthKeys[0].SPKI[0] != tagSequence {
		t.Errorf("EF.CardSecurity: %+v, %v", s, err)
	}
	for name, keys := range map[string]int{
		"jmrtd/bsi2008/Datagroup14.bin": 1, "jmrtd/doc9303/spec_sample_encoded_dg14.bin": 1, "synthetic/pace-bp256/LDS_010E.bin": 1,
	} {
		s, err := ParseDG14(specimen(t, name))
		if err != nil || len(s.ChipAuthKeys) != keys {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}

// TestAllocations keeps the cost of decoding a whole card, of which the
// portrait is 20 KB: none of it is copied.
func TestAllocations(t *testing.T) {
	const folder, most = "synthetic/pace-bp256/", 300
	files := map[FileID][]byte{EFCardAccess: specimen(t, folder+"MF_011C.bin"), EFDG13: readHex(t, "dg13.hex"), EFATRInfo: sampleATR, EFDG11: sampleDG11}
	for id, name := range map[FileID]string{
		EFDG1: "LDS_0101.bin", EFDG2: "LDS_0102.bin", EFDG14: "LDS_010E.bin", EFDG15: "LDS_010F.bin", EFSOD: "LDS_011D.bin", EFCOM: "LDS_011E.bin",
	} {
		files[id] = specimen(t, folder+name)
	}
	var d Document
	n := testing.AllocsPerRun(100, func() {
		d = Document{}
		for id, b := range files {
			if err := d.Add(id, b); err != nil {
				t.Fatal(err)
			}
		}
	})
	t.Logf("%.0f allocations a card", n)
	if n > most {
		t.Errorf("%.0f allocations a card, %d are the limit", n, most)
	}
	file := files[EFDG2]
	if at := bytes.Index(file, d.Face.Image); at < 0 || &file[at] != &d.Face.Image[0] {
		t.Error("the portrait is a copy")
	}
}
