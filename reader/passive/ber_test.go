package passive

import (
	"bytes"
	"encoding/asn1"
	"encoding/hex"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
)

func TestDistinguished(t *testing.T) {
	for name, c := range map[string]struct{ ber, der string }{
		"DER":                   {"3003020105", "3003020105"},
		"indefinite":            {"30800201050000", "3003020105"},
		"indefinite in another": {"30800a01013080020105000002010600 00", "300b0a010130030201050201 06"},
		"octets in pieces":      {"2480040201020401030000", "0403010203"},
		"pieces of pieces":      {"2480248004010100000401020000", "04020102"},
		"definite pieces":       {"2406040101040102", "04020102"},
		"long length":           {"30810302010 5", "3003020105"},
		"longer length":         {"3083000003020105", "3003020105"},
		"long tag":              {"7f4e800201050000", "7f4e03020105"},
		"what follows stays":    {"30800000ff", "3000ff"},
	} {
		der, err := distinguished(unhex(t, c.ber))
		if err != nil || !bytes.Equal(der, unhex(t, c.der)) {
			t.Errorf("%s: %x, %v", name, der, err)
		}
	}
	for name, bad := range map[string]string{
		"empty":                    "",
		"cut":                      "3003",
		"no end":                   "3080020105",
		"primitive of no length":   "04800000",
		"length beyond":            "3084ffffffff00",
		"length of nine bytes":     "3089000000000000000001ff",
		"length beyond its parent": "3003040501",
		"pieces of another type":   "24800201050000",
		"tag of many bytes":        "7fffffffff7f00",
		"deep":                     strings.Repeat("3080", maxDepth+2) + strings.Repeat("0000", maxDepth+2),
	} {
		if der, err := distinguished(unhex(t, bad)); err == nil {
			t.Errorf("%s: taken as %x", name, der)
		}
	}
	// The work is bounded, not only the depth.
	if _, err := distinguished(append([]byte{0x30, 0x83, 0x08, 0, 0}, bytes.Repeat([]byte{5, 0}, 1<<18)...)); err == nil {
		t.Error("a quarter of a million elements were walked")
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestOIDs compares the identifiers with the dotted form in their comments.
func TestOIDs(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "oid.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	ast.Inspect(f, func(node ast.Node) bool {
		v, ok := node.(*ast.ValueSpec)
		if !ok || v.Comment == nil {
			return true
		}
		content, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		var id asn1.ObjectIdentifier
		for _, arc := range strings.Split(strings.TrimSpace(v.Comment.Text()), ".") {
			number, err := strconv.Atoi(arc)
			if err != nil {
				t.Fatal(err)
			}
			id = append(id, number)
		}
		der, err := asn1.Marshal(id)
		if err != nil || string(der[2:]) != content || dotted([]byte(content)) != id.String() {
			t.Errorf("%s is %s", v.Names[0].Name, dotted([]byte(content)))
		}
		n++
		return true
	})
	if n < 40 {
		t.Errorf("only %d identifiers", n)
	}
}

func TestSameName(t *testing.T) {
	name := func(tag byte, value string) []byte {
		attr := append([]byte{0x06, 3, 0x55, 4, 3, tag, byte(len(value))}, value...)
		b := append([]byte{0x30, byte(len(attr) + 4), 0x31, byte(len(attr) + 2), 0x30, byte(len(attr))}, attr...)
		return b
	}
	const printable, utf8 = 0x13, 0x0C
	for _, c := range []struct {
		a, b []byte
		same bool
	}{
		{name(printable, "CSCA"), name(utf8, "csca"), true},
		{name(utf8, " CSCA  One "), name(utf8, "CSCA One"), true},
		{name(utf8, "CSCAOne"), name(utf8, "CSCA One"), false},
		{name(utf8, "CSCA One"), name(utf8, "CSCAOne"), false},
		{name(utf8, "CSCA 1"), name(utf8, "CSCA 2"), false},
		{name(utf8, "CSCA"), name(utf8, "CSCA 2"), false},
		{name(utf8, "Việt"), name(utf8, "VIỆT"), true},
		{name(utf8, "\xff"), name(utf8, "\xfe"), false},
		{name(utf8, "CSCA"), []byte{0x30, 0}, false},
		{[]byte{0x30, 1}, []byte{0x30, 2}, false},
	} {
		if sameName(c.a, c.b) != c.same || sameName(c.b, c.a) != c.same {
			t.Errorf("%q and %q: not %v", c.a, c.b, c.same)
		}
	}
	a, b := name(utf8, "CSCA  Tram Test"), name(printable, "csca tram test")
	if n := testing.AllocsPerRun(10, func() { sameName(a, b) }); n != 0 {
		t.Errorf("%v allocations a comparison", n)
	}
}
