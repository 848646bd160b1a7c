package lds

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const zoneTD1Sample = "IDVNM0909900018001090990001<<9" + "9002144M3002142VNM<<<<<<<<<<<6" + "NGUYEN<<VAN<THU<<<<<<<<<<<<<<<"

// node encodes one BER-TLV; the tests' own, so that tlv is not tried with
// itself.
func node(tag uint32, parts ...[]byte) []byte {
	var b []byte
	for shift := 24; shift >= 0; shift -= 8 {
		if o := byte(tag >> shift); o != 0 || len(b) > 0 {
			b = append(b, o)
		}
	}
	v := bytes.Join(parts, nil)
	switch n := len(v); {
	case n < 0x80:
		b = append(b, byte(n))
	case n < 0x100:
		b = append(b, 0x81, byte(n))
	default:
		b = append(b, 0x82, byte(n>>8), byte(n))
	}
	return append(b, v...)
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func readHex(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return unhex(t, string(b))
}

var (
	sampleCOM = node(0x60, node(0x5F01, []byte("0107")), node(0x5F36, []byte("040000")),
		node(0x5C, []byte{0x61, 0x75, 0x63, 0x6D, 0x6E, 0x6F}))
	sampleDG1 = node(0x61, node(0x5F1F, []byte(zoneTD1Sample)))
)

func TestCOM(t *testing.T) {
	c, err := ParseCOM(sampleCOM)
	if err != nil {
		t.Fatal(err)
	}
	if c.LDSVersion != "0107" || c.UnicodeVersion != "040000" {
		t.Errorf("versions %q, %q", c.LDSVersion, c.UnicodeVersion)
	}
	if want := []FileID{EFDG1, EFDG2, EFDG3, EFDG13, EFDG14, EFDG15}; !slices.Equal(c.Files(), want) {
		t.Errorf("files %v, want %v", c.Files(), want)
	}
	c.Tags = append(c.Tags, 0x61, 0x60, 0x42)
	if len(c.Files()) != 6 {
		t.Errorf("a repeated and two foreign tags: %v", c.Files())
	}
	for name, b := range map[string][]byte{
		"no list":   node(0x60, node(0x5F01, []byte("0107"))),
		"long list": node(0x60, node(0x5C, make([]byte, 17))),
		"other tag": node(0x61, node(0x5C, []byte{0x61})),
		"trailing":  append(slices.Clone(sampleCOM), 0),
		"cut":       sampleCOM[:len(sampleCOM)-1],
		"empty":     nil,
	} {
		if c, err := ParseCOM(b); err == nil || c != nil {
			t.Errorf("%s: %v, %v", name, c, err)
		}
	}
}

func TestDG1(t *testing.T) {
	m, err := ParseDG1(sampleDG1)
	if err != nil {
		t.Fatal(err)
	}
	if m.Zone != zoneTD1Sample {
		t.Errorf("zone %q", m.Zone)
	}
	for name, zone := range map[string]string{
		"89 characters": zoneTD1Sample[1:], "lower case": strings.ToLower(zoneTD1Sample), "empty": "",
		"line break": zoneTD1Sample[:89] + "\n",
	} {
		if m, err := ParseDG1(node(0x61, node(0x5F1F, []byte(zone)))); err == nil {
			t.Errorf("%s: %v", name, m)
		}
	}
}

func TestDG13(t *testing.T) {
	d, err := ParseDG13(readHex(t, "dg13.hex"))
	if err != nil {
		t.Fatal(err)
	}
	for name, pair := range map[string][2]string{
		"number": {d.Number, "001090990001"}, "name": {d.Name, "Nguyễn Văn Thử"}, "birth": {d.Birth, "14/02/1990"},
		"sex": {d.Sex, "Nam"}, "nationality": {d.Nationality, "Việt Nam"}, "ethnicity": {d.Ethnicity, "Kinh"},
		"religion": {d.Religion, "Không"}, "origin": {d.Origin, "Thử, Mẫu, Hà Nội"}, "expiry": {d.Expiry, "14/02/2030"},
		"issue": {d.Issue, "20/05/2021"}, "father": {d.Father, "Nguyễn Văn Cha"}, "spouse": {d.Spouse, "Trần Thị Vợ"},
		"old number": {d.OldNumber, "012999901"}, "serial": {d.Fields[16][0], "0123456789ABCDEF"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %q, want %q", name, pair[0], pair[1])
		}
	}
	if d.Mother == "" || d.Mother == d.Father || len(d.Fields[13]) != 2 {
		t.Errorf("mother %q, parents %q", d.Mother, d.Fields[13])
	}
	if want := time.Date(1990, 2, 14, 0, 0, 0, 0, time.UTC); !d.BirthDate.Equal(want) {
		t.Errorf("birth %v", d.BirthDate)
	}
}

// vn lays fields into the frame of DG13.
func vn(fields ...[]byte) []byte {
	return node(0x6D, node(0x30, node(0x02, []byte{1}), node(0x06, oidFields), node(0x31, fields...)))
}

var oidFields = []byte{0x28, 0xD3, 0x16, 0x01, 0x00, 0x08}

func field(n byte, texts ...string) []byte {
	parts := [][]byte{node(0x02, []byte{n})}
	for _, s := range texts {
		parts = append(parts, node(0x0C, []byte(s)))
	}
	return node(0x30, parts...)
}

func TestDG13Fields(t *testing.T) {
	d, err := ParseDG13(vn(field(12, "Không thời hạn"), field(3, "00001990"), field(1, "001090990001"),
		field(2, ""), field(5), field(11, "20052021"), field(60, "sau này"), field(1, "hai")))
	if err != nil {
		t.Fatal(err)
	}
	if d.Number != "001090990001" || d.Name != "" || d.Nationality != "" || d.Expiry != "Không thời hạn" {
		t.Errorf("fields in any order: %+v", d)
	}
	if !d.ExpiryDate.IsZero() || !d.BirthDate.IsZero() || d.IssueDate.Day() != 20 {
		t.Errorf("dates %v %v %v", d.ExpiryDate, d.BirthDate, d.IssueDate)
	}
	if d.Fields[60][0] != "sau này" || len(d.Fields[1]) != 2 {
		t.Errorf("unknown and repeated numbers: %v", d.Fields)
	}
	many := make([][]byte, maxFields+1)
	for i := range many {
		many[i] = field(1, "x")
	}
	for name, test := range map[string]struct {
		b       []byte
		foreign bool
	}{
		"not UTF-8":     {vn(field(2, "\xC3\x28")), false},
		"field zero":    {vn(field(0, "x")), false},
		"no number":     {vn(node(0x30, node(0x0C, []byte("x")))), false},
		"too many":      {vn(many...), false},
		"a number":      {vn(node(0x30, node(0x02, []byte{1}), node(0x02, []byte{1}))), false},
		"other issuer":  {node(0x6D, node(0x0C, []byte("Test"))), true},
		"no set":        {node(0x6D, node(0x30, node(0x02, []byte{1}))), true},
		"other tag":     {node(0x6D, node(0x30, node(0x04, []byte{1}))), true},
		"empty":         {nil, false},
		"deep":          {vn(node(0x30, node(0x02, []byte{1}), node(0x30, node(0x30, node(0x0C, []byte("x")))))), false},
		"set not alone": {vn(node(0x0C, []byte("x"))), false},
	} {
		d, err := ParseDG13(test.b)
		if err == nil || d != nil {
			t.Errorf("%s was taken", name)
		}
		if errors.Is(err, ErrForeign) != test.foreign {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFiles(t *testing.T) {
	seen := map[byte]FileID{}
	for _, id := range append([]FileID{EFCOM, EFSOD}, groups()...) {
		tag := id.Tag()
		if back, ok := FileForTag(tag); !ok || back != id {
			t.Errorf("%v: tag %02X leads to %v", id, tag, back)
		}
		if other, twice := seen[tag]; twice {
			t.Errorf("%v and %v share tag %02X", id, other, tag)
		}
		seen[tag] = id
		if s := id.ShortID(); s == 0 || s > 30 || uint16(s) != uint16(id)&0x1F {
			t.Errorf("%v: short identifier %02X", id, s)
		}
	}
	for id, name := range map[FileID]string{
		EFCardAccess: "EF.CardAccess", EFCardSecurity: "EF.CardSecurity", EFATRInfo: "EF.ATR/INFO", EFDIR: "EF.DIR",
		EFCVCA: "EF.CVCA", EFCOM: "EF.COM", EFSOD: "EF.SOD", EFDG1: "DG1", DataGroup(16): "DG16", 0x2F00: "EF 2F00",
	} {
		if FileName(id) != name {
			t.Errorf("%04X is %s, want %s", uint16(id), FileName(id), name)
		}
	}
	if _, ok := FileForTag(0); ok || FileID(0x2F00).Tag() != 0 || FileID(0x0111).Group() != 0 {
		t.Error("a file out of nothing")
	}
}

func groups() []FileID {
	var ids []FileID
	for n := 1; n <= 16; n++ {
		ids = append(ids, DataGroup(n))
	}
	return ids
}
