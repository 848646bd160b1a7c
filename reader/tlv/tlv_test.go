package tlv

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestParseEFCOM(t *testing.T) {
	// Doc 9303-11 appendix D.4: the EF.COM of the worked example.
	b := unhex(t, "60145F0104303130365F36063034303030305C026175")
	v, err := Only(b, 0x60)
	if err != nil {
		t.Fatal(err)
	}
	es, err := Parse(v)
	if err != nil {
		t.Fatal(err)
	}
	if len(es) != 3 || string(es.Value(0x5F01)) != "0106" || string(es.Value(0x5F36)) != "040000" || !bytes.Equal(es.Value(0x5C), []byte{0x61, 0x75}) {
		t.Fatalf("elements = %X", es)
	}
	if es.Value(0x53) != nil {
		t.Fatal("a tag that is absent has a value")
	}
}

func TestHeaderOfFirstBlock(t *testing.T) {
	tests := []struct {
		in            string
		tag           uint32
		header, value int
	}{
		{"6D82018B30", 0x6D, 4, 0x18B},
		{"7F61820102", 0x7F61, 5, 0x102},
		{"6105", 0x61, 2, 5},
		{"618105", 0x61, 3, 5}, // longer than need be: accepted
		{"6184000000FF", 0x61, 6, 255},
		{"5F8101 00", 0x5F8101, 4, 0},
	}
	for _, tt := range tests {
		tag, header, value, err := Header(unhex(t, tt.in))
		if err != nil || tag != tt.tag || header != tt.header || value != tt.value {
			t.Errorf("Header(%s) = %X %d %d %v", tt.in, tag, header, value, err)
		}
	}
}

func TestRefused(t *testing.T) {
	tests := []struct {
		in   string
		want error
	}{
		{"61", ErrTruncated},
		{"7F", ErrTruncated},
		{"6182 01", ErrTruncated},
		{"6105 01020304", ErrTruncated},
		{"6180 0000", ErrMalformed},       // indefinite
		{"6185 0000000001", ErrMalformed}, // five length octets
		{"6184 7FFFFFFF", ErrMalformed},   // over the limit
		{"61FF", ErrMalformed},
		{"0001 00", ErrMalformed},       // tag 0
		{"1F80 01 00", ErrMalformed},    // leading zero in the tag number
		{"1F81818181 00", ErrMalformed}, // tag too long
		{"3001 FF 00", ErrMalformed},    // filler after the element
	}
	for _, tt := range tests {
		if es, err := Parse(unhex(t, tt.in)); !errors.Is(err, tt.want) || es != nil {
			t.Errorf("Parse(%s) = %v, %v, want %v", tt.in, es, err, tt.want)
		}
	}
}

func TestOnly(t *testing.T) {
	if _, err := Only([]byte{0x61, 0}, 0x60); !errors.Is(err, ErrMalformed) {
		t.Errorf("other tag: %v", err)
	}
	if _, err := Only([]byte{0x60, 0, 0x61, 0}, 0x60); !errors.Is(err, ErrMalformed) {
		t.Errorf("something after: %v", err)
	}
	if _, err := Only(nil, 0x60); !errors.Is(err, ErrTruncated) {
		t.Errorf("nothing: %v", err)
	}
}

func TestWalkLimitsDepth(t *testing.T) {
	nest := func(n int) []byte {
		b := []byte{0x02, 0x01, 0x07}
		for range n {
			b = Encode(0x30, b)
		}
		return b
	}
	count := 0
	visit := func(int, Element) error { count++; return nil }
	if err := Walk(nest(MaxDepth), visit); err != nil || count != MaxDepth+1 {
		t.Fatalf("at the limit: %d elements, %v", count, err)
	}
	if err := Walk(nest(MaxDepth+1), visit); !errors.Is(err, ErrMalformed) {
		t.Fatalf("past the limit: %v", err)
	}
}

func TestParseLimitsElements(t *testing.T) {
	if _, err := Parse(bytes.Repeat([]byte{0x02, 0x00}, MaxElements)); err != nil {
		t.Fatal(err)
	}
	if _, err := Parse(bytes.Repeat([]byte{0x02, 0x00}, MaxElements+1)); !errors.Is(err, ErrMalformed) {
		t.Fatalf("past the limit: %v", err)
	}
}

func TestEncode(t *testing.T) {
	for _, n := range []int{0, 1, 127, 128, 255, 256, 65535, 65536} {
		value := bytes.Repeat([]byte{0xA5}, n)
		for _, tag := range []uint32{0x53, 0x5F2E, 0x7F61, 0x5F8101} {
			b := Encode(tag, value[:n/2], value[n/2:])
			e, rest, err := Next(b)
			if err != nil || e.Tag != tag || !bytes.Equal(e.Value, value) || len(rest) != 0 || !bytes.Equal(e.Raw, b) {
				t.Fatalf("tag %X of %d bytes: %v", tag, n, err)
			}
		}
	}
	if got := hex.EncodeToString(Encode(0x7C, Encode(0x80))); got != "7c028000" {
		t.Fatalf("nested empty = %s", got)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"60145F0104303130365F36063034303030305C026175", "6D82000430020500", "3180", "7F6103020101", "618105AABBCCDDEE"} {
		f.Add(unhex(f, s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		es, err := Parse(b)
		if err != nil {
			return
		}
		var raw, canonical []byte
		for _, e := range es {
			raw = append(raw, e.Raw...)
			canonical = Append(canonical, e.Tag, e.Value)
		}
		if !bytes.Equal(raw, b) {
			t.Fatalf("raw elements are not the input")
		}
		again, err := Parse(canonical)
		if err != nil || len(again) != len(es) {
			t.Fatalf("what was written does not parse: %v", err)
		}
		for i := range es {
			if again[i].Tag != es[i].Tag || !bytes.Equal(again[i].Value, es[i].Value) {
				t.Fatalf("element %d changed", i)
			}
		}
		_ = Walk(b, func(int, Element) error { return nil })
	})
}
