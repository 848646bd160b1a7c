package crypt

import (
	"bytes"
	"testing"

	"github.com/aead/cmac"
)

func TestMACAgreesWithAnother(t *testing.T) {
	message := make([]byte, 70)
	for i := range message {
		message[i] = byte(i * 7)
	}
	for _, a := range []Algorithm{AES128, AES192, AES256} {
		key := bytes.Repeat([]byte{0xA7}, a.KeySize())
		block, err := NewBlock(a, key)
		if err != nil {
			t.Fatal(err)
		}
		mac, err := NewMAC(a, key)
		if err != nil {
			t.Fatal(err)
		}
		for n := range message {
			want, err := cmac.Sum(message[:n], block, MACSize)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := mac.Sum(message[:n]); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%v, %d bytes: %X, want %X, %v", a, n, got, want, err)
			}
		}
	}
}

func TestMACOfParts(t *testing.T) {
	message := bytes.Repeat([]byte("parts of a message"), 3)
	for _, a := range []Algorithm{TDES, AES128, AES256} {
		mac, err := NewMAC(a, bytes.Repeat([]byte{0x5B, 0x3E}, a.KeySize()/2))
		if err != nil {
			t.Fatal(err)
		}
		other, err := NewMAC(a, bytes.Repeat([]byte{0x5B, 0x32}, a.KeySize()/2))
		if err != nil {
			t.Fatal(err)
		}
		for n := range message {
			// CMAC of what is padded already, and 3DES pads by itself.
			whole := message[:n]
			if a != TDES {
				whole = Pad(whole, a.BlockSize())
			}
			want, err := mac.Sum(whole)
			if err != nil {
				t.Fatal(err)
			}
			for cut := range n {
				got := mac.AppendPadded([]byte{1}, message[:cut], nil, message[cut:n])
				if got[0] != 1 || !bytes.Equal(got[1:], want) {
					t.Fatalf("%v, %d bytes cut at %d: %X, want %X", a, n, cut, got, want)
				}
			}
			if Equal(other.AppendPadded(nil, message[:n]), want) {
				t.Fatalf("%v: another key gives the same code", a)
			}
		}
	}
}

func TestMACDoesNotAllocate(t *testing.T) {
	mac, err := NewMAC(AES128, make([]byte, 16))
	if err != nil {
		t.Fatal(err)
	}
	message, code := make([]byte, 300), make([]byte, 0, MACSize)
	if n := testing.AllocsPerRun(100, func() { code = mac.AppendPadded(code[:0], message) }); n != 0 {
		t.Fatalf("%v allocations a code", n)
	}
}
