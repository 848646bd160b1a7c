package lds

import (
	"bytes"
	"testing"
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
		if p != nil && (len(p.Image) == 0 || !bytes.Contains(b, p.Image) || p.MediaType == "") {
			t.Fatal("an image that was not there")
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
		n := len(s.PACE) + len(s.ChipAuth) + len(s.ChipAuthKeys) + len(s.ActiveAuth) + len(s.TerminalAuth) + len(s.Unknown)
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
