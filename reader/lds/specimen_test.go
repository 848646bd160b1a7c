package lds

import (
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
		"jmrtd/bsi2008/Datagroup2.bin":              {MediaType: MediaJP2},
		"jmrtd/loes2006/ef0102.bin":                 {MediaType: MediaJP2},
		"jmrtd/dg2/dg2_silver_all_fields.bin":       {MediaType: MediaJP2},
		"jmrtd/dg2/dg2_silver_mandatory_fields.bin": {MediaType: MediaJP2},
		"persosim/EF_DG2_jp2.bin":                   {MediaType: MediaJP2},
		"synthetic/pace-bp256/LDS_0102.bin":         {MediaType: MediaJPEG, Width: 413, Height: 531},
	} {
		f, err := ParseDG2(specimen(t, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if f.MediaType != want.MediaType || len(f.Image) < 5000 || want.Width != 0 && (f.Width != want.Width || f.Height != want.Height) {
			t.Errorf("%s: %s, %d bytes, %d × %d", name, f.MediaType, len(f.Image), f.Width, f.Height)
		}
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
	for name, keys := range map[string]int{
		"jmrtd/bsi2008/Datagroup14.bin": 1, "jmrtd/doc9303/spec_sample_encoded_dg14.bin": 1, "synthetic/pace-bp256/LDS_010E.bin": 1,
	} {
		s, err := ParseDG14(specimen(t, name))
		if err != nil || len(s.ChipAuthKeys) != keys {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}
