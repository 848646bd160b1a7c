package chip

import (
	"bytes"
	"math/big"
	"testing"
)

func TestTLV(t *testing.T) {
	for _, size := range []int{0, 1, 127, 128, 255, 256, 65535} {
		for _, tag := range []uint32{0x80, 0x7F49, 0x5F1F} {
			value := bytes.Repeat([]byte{0xA5}, size)
			objects, err := parseObjects(append(encode(tag, value), encode(0x99, []byte{0x90, 0x00})...))
			if err != nil || len(objects) != 2 || !bytes.Equal(find(objects, tag), value) || find(objects, 0x8E) != nil {
				t.Errorf("tag %X of %d bytes: %v", tag, size, err)
			}
		}
	}
	equal(t, "70,000 bytes", encode(0x75, make([]byte, 70000))[:5], unhex(t, "7583011170"))
	for _, bad := range []string{"80", "8001", "8081", "8080", "808400000001", "7F", "7F81", "1F"} {
		if _, err := parseObjects(unhex(t, bad)); err == nil {
			t.Errorf("%s passes", bad)
		}
	}
	equal(t, "zero", integer(big.NewInt(0)), unhex(t, "020100"))
	equal(t, "128", integer(big.NewInt(128)), unhex(t, "02020080"))
}

func TestParseCommand(t *testing.T) {
	long := make([]byte, 300)
	for _, c := range []struct {
		raw      []byte
		data, le int
		extended bool
	}{
		{unhex(t, "00B00000"), 0, 0, false},
		{unhex(t, "00B0000008"), 0, 8, false},
		{unhex(t, "00B0000000"), 0, 256, false},
		{unhex(t, "00A4000C023F00"), 2, 0, false},
		{unhex(t, "00A4000C023F0000"), 2, 256, false},
		{unhex(t, "00B00000000000"), 0, 65536, true},
		{unhex(t, "00B00000000200"), 0, 512, true},
		{append(unhex(t, "00D6000000012C"), long...), 300, 0, true},
		{append(append(unhex(t, "00D6000000012C"), long...), 0, 0), 300, 65536, true},
	} {
		got, ok := parseCommand(c.raw)
		if !ok || len(got.data) != c.data || got.le != c.le || got.extended != c.extended {
			t.Errorf("%X: %t %d %d %t", c.raw[:4], ok, len(got.data), got.le, got.extended)
		}
	}
	for _, bad := range []string{"", "00B000", "00A4000C03FF", "00A4000C01FF0000", "00B000000001", "00B0000000000000", "00B00000000002FF"} {
		if _, ok := parseCommand(unhex(t, bad)); ok {
			t.Errorf("%s passes", bad)
		}
	}
}

// TestCounter carries over whole bytes and around.
func TestCounter(t *testing.T) {
	for from, to := range map[string]string{"0000": "0001", "00FF": "0100", "01FF": "0200", "FFFF": "0000"} {
		s := &session{ssc: unhex(t, from)}
		s.count()
		equal(t, "the counter after "+from, s.ssc, unhex(t, to))
	}
}
