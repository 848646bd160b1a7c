package securemsg

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/crypt"
)

// vector is one file of testdata: a session's keys and its exchanges.
type vector struct {
	fields map[string][]byte
	steps  []map[string][]byte
}

func load(t testing.TB, name string) vector {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	v := vector{fields: map[string][]byte{}}
	into := v.fields
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch key {
		case "", "source":
		case "step":
			into = map[string][]byte{}
			v.steps = append(v.steps, into)
		default:
			if into[key], err = hex.DecodeString(value); err != nil {
				t.Fatalf("%s: %s: %v", name, key, err)
			}
		}
	}
	return v
}

// script is a card that expects commands and gives answers.
type script struct {
	t       testing.TB
	want    [][]byte // nil: anything
	answers [][]byte
	err     error
	sent    int
	closed  bool
}

func (c *script) Transmit(_ context.Context, command []byte) ([]byte, error) {
	if c.err != nil {
		return nil, c.err
	}
	i := c.sent
	c.sent++
	if i >= len(c.answers) {
		c.t.Fatalf("command %d is too many: %X", i+1, command)
	}
	if c.want != nil && !bytes.Equal(command, c.want[i]) {
		c.t.Fatalf("command %d\n got %X\nwant %X", i+1, command, c.want[i])
	}
	return c.answers[i], nil
}

func (c *script) Close() error { c.closed = true; return nil }

var vectors = []struct {
	file      string
	algorithm crypt.Algorithm
	maxRead   int
}{
	{"bac-sm-3des.txt", crypt.TDES, 231}, // Doc 9303-11 appendix D.4
	{"synthetic-sm-aes128.txt", crypt.AES128, 223},
	{"synthetic-sm-aes192.txt", crypt.AES192, 223},
	{"synthetic-sm-aes256.txt", crypt.AES256, 223},
}

func open(t testing.TB, a crypt.Algorithm, v vector, card apdu.Card) *Session {
	t.Helper()
	s, err := New(card, a, v.fields["ks_enc"], v.fields["ks_mac"], v.fields["ssc_start"])
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWorkedExamples(t *testing.T) {
	for _, tt := range vectors {
		v := load(t, tt.file)
		card := &script{t: t}
		for _, step := range v.steps {
			card.want = append(card.want, step["protected_capdu"])
			card.answers = append(card.answers, step["protected_rapdu"])
		}
		s := open(t, tt.algorithm, v, card)
		if s.MaxRead() != tt.maxRead {
			t.Errorf("%s: reads %d bytes a time", tt.file, s.MaxRead())
		}
		for i, step := range v.steps {
			got, err := s.Transmit(t.Context(), step["plain_capdu"])
			if err != nil || !bytes.Equal(got, step["plain_rapdu"]) {
				t.Fatalf("%s step %d: %X, %v", tt.file, i+1, got, err)
			}
		}
		if card.sent != 3 {
			t.Errorf("%s: %d commands", tt.file, card.sent)
		}
	}
}

func TestEveryBitCounts(t *testing.T) {
	// The unchanged answer opens (above); with any bit of its data field
	// flipped it must not.
	for _, tt := range vectors {
		v := load(t, tt.file)
		step := v.steps[0]
		good := step["protected_rapdu"]
		for bit := range (len(good) - 2) * 8 {
			bad := bytes.Clone(good)
			bad[bit/8] ^= 1 << (bit % 8)
			s := open(t, tt.algorithm, v, &script{t: t, answers: [][]byte{bad}})
			if r, err := s.Transmit(t.Context(), step["plain_capdu"]); !errors.Is(err, ErrIntegrity) || r != nil {
				t.Fatalf("%s: bit %d flipped gives %X, %v", tt.file, bit, r, err)
			}
			if _, err := s.Transmit(t.Context(), step["plain_capdu"]); !errors.Is(err, ErrEnded) {
				t.Fatalf("%s: the session goes on after bit %d: %v", tt.file, bit, err)
			}
		}
	}
}

func TestReplayIsRefused(t *testing.T) {
	v := load(t, "synthetic-sm-aes128.txt")
	answer := v.steps[0]["protected_rapdu"]
	s := open(t, crypt.AES128, v, &script{t: t, answers: [][]byte{answer, answer}})
	if _, err := s.Transmit(t.Context(), v.steps[0]["plain_capdu"]); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Transmit(t.Context(), v.steps[0]["plain_capdu"]); !errors.Is(err, ErrIntegrity) {
		t.Fatalf("the same answer twice: %v", err)
	}
}

func TestStatusOutsideIsNotBelieved(t *testing.T) {
	v := load(t, "synthetic-sm-aes128.txt")
	answer := bytes.Clone(v.steps[0]["protected_rapdu"])
	copy(answer[len(answer)-2:], []byte{0x6A, 0x82})
	s := open(t, crypt.AES128, v, &script{t: t, answers: [][]byte{answer}})
	got, err := s.Transmit(t.Context(), v.steps[0]["plain_capdu"])
	if err != nil || !bytes.Equal(got, []byte{0x90, 0x00}) {
		t.Fatalf("%X, %v", got, err)
	}
}

func TestPlainStatus(t *testing.T) {
	v := load(t, "synthetic-sm-aes128.txt")
	command := v.steps[0]["plain_capdu"]
	for _, sw := range []apdu.Status{apdu.OK, apdu.NoSecureData, apdu.BadSecureData, apdu.NotAllowed, apdu.EndOfFile} {
		s := open(t, crypt.AES128, v, &script{t: t, answers: [][]byte{apdu.Response{Status: sw}.Bytes()}})
		r, err := s.Transmit(t.Context(), command)
		var got apdu.Status
		if !errors.Is(err, ErrEnded) || !errors.As(err, &got) || got != sw || r != nil {
			t.Errorf("plain %v gives %X, %v", sw, r, err)
		}
	}
	// 6A82 is an answer, and the chip may keep the session or not.
	missing := apdu.Response{Status: apdu.NotFound}.Bytes()
	gone := apdu.Response{Status: apdu.NoSecureData}.Bytes()
	s := open(t, crypt.AES128, v, &script{t: t, answers: [][]byte{missing, missing, gone}})
	for range 2 {
		if r, err := s.Transmit(t.Context(), command); err != nil || !bytes.Equal(r, missing) {
			t.Fatalf("plain 6A82 gives %X, %v", r, err)
		}
	}
	if _, err := s.Transmit(t.Context(), command); !errors.Is(err, ErrEnded) {
		t.Fatalf("after the chip ended the session: %v", err)
	}
}

func TestLinkFailureEndsTheSession(t *testing.T) {
	v := load(t, "synthetic-sm-aes128.txt")
	card := &script{t: t, err: apdu.ErrCardLost}
	s := open(t, crypt.AES128, v, card)
	if _, err := s.Transmit(t.Context(), v.steps[0]["plain_capdu"]); !errors.Is(err, apdu.ErrCardLost) {
		t.Fatal(err)
	}
	card.err = nil
	if _, err := s.Transmit(t.Context(), v.steps[0]["plain_capdu"]); !errors.Is(err, ErrEnded) || !errors.Is(err, apdu.ErrCardLost) {
		t.Fatalf("afterwards: %v", err)
	}
	if err := s.Close(); err != nil || !card.closed {
		t.Fatalf("close: %v", err)
	}
}

func TestCounterCarries(t *testing.T) {
	s := &Session{ssc: []byte{0, 0xFF, 0xFF}}
	s.count()
	if !bytes.Equal(s.ssc, []byte{1, 0, 0}) {
		t.Fatalf("%X", s.ssc)
	}
}

func TestNewRefusesWrongSizes(t *testing.T) {
	good := make([]byte, 16)
	for name, args := range map[string][3][]byte{
		"encryption key": {good[:15], good, nil},
		"code key":       {good, good[:15], nil},
		"counter":        {good, good, good[:8]},
	} {
		if _, err := New(nil, crypt.AES128, args[0], args[1], args[2]); err == nil {
			t.Errorf("%s of a wrong size is taken", name)
		}
	}
}

func FuzzOpen(f *testing.F) {
	v := load(f, "synthetic-sm-aes128.txt")
	for _, step := range v.steps {
		answer := step["protected_rapdu"]
		f.Add(answer[:len(answer)-2], true)
		f.Add(answer[:len(answer)-2], false)
	}
	f.Add([]byte{0x87, 0x00, 0x99, 0x02, 0x90, 0x00}, true)
	f.Add([]byte{0x99, 0x02, 0x90, 0x00}, true)
	f.Fuzz(func(t *testing.T, data []byte, signed bool) {
		s := open(t, crypt.AES128, v, nil)
		if signed { // a hostile chip has the keys: get past the code
			s.count()
			code := s.authenticate(data, nil)
			data = append(append(bytes.Clone(data), doMAC, crypt.MACSize), code...)
			s = open(t, crypt.AES128, v, nil)
		}
		r, err := s.open(data)
		if err != nil && (r.Status != 0 || r.Data != nil || !errors.Is(err, ErrIntegrity)) {
			t.Fatalf("%+v, %v", r, err)
		}
	})
}

// same is a card that always gives one answer.
type same []byte

func (c *same) Transmit(context.Context, []byte) ([]byte, error) { return *c, nil }
func (c *same) Close() error                                     { return nil }

// repeatable returns what sends one command of a vector again and again.
func repeatable(t testing.TB, i int) func() {
	t.Helper()
	v := load(t, vectors[i].file)
	var card same
	s := open(t, vectors[i].algorithm, v, &card)
	for _, before := range v.steps[:2] {
		card = before["protected_rapdu"]
		if _, err := s.Transmit(t.Context(), before["plain_capdu"]); err != nil {
			t.Fatal(err)
		}
	}
	card = v.steps[2]["protected_rapdu"]
	counter := bytes.Clone(s.ssc)
	return func() {
		copy(s.ssc, counter)
		if _, err := s.Transmit(t.Context(), v.steps[2]["plain_capdu"]); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFewAllocations(t *testing.T) {
	// The answer, the command, and what the cipher's mode takes.
	for i, tt := range vectors {
		if n := testing.AllocsPerRun(100, repeatable(t, i)); n > 6 {
			t.Errorf("%s: %v allocations a command", tt.file, n)
		}
	}
}

func BenchmarkTransmit(b *testing.B) {
	for i, tt := range vectors {
		read := repeatable(b, i)
		b.Run(tt.algorithm.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				read()
			}
		})
	}
}
