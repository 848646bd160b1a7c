package audit

import (
	"fmt"
	"math/bits"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tram-station/tram/offline/envelope"
)

// Limits of one act, in bytes. Longer texts are cut: an act must not stop what
// it records.
const (
	maxWho    = 64
	maxWhat   = 48
	maxMasked = 64
	maxDetail = 512
	// maxActs keeps numbers inside what the tree's arithmetic takes.
	maxActs = 1 << 48
	// maxRun is the longest run of digits that is kept: an identity number has
	// 9 or 12 digits, a telephone number 10.
	maxRun = 8
	// shownDigits of a longer run stay, as on every other surface.
	shownDigits = 4
	// minHex is the length from which a word in hexadecimal is the name of a key.
	minHex     = 32
	recordForm = 1
	// maxBroken heads are kept as evidence; one is enough to know.
	maxBroken = 16
)

// record is an act as it is hashed and stored. At's parts lie flat: an act
// stays readable whatever becomes of envelope.Clock.
type record struct {
	Form      uint64     `cbor:"1,keyasint"`
	Wall      int64      `cbor:"2,keyasint"`
	Trusted   int64      `cbor:"3,keyasint,omitempty"`
	Monotonic int64      `cbor:"4,keyasint,omitempty"`
	Boot      *uuid.UUID `cbor:"5,keyasint,omitempty"`
	Who       string     `cbor:"6,keyasint"`
	What      string     `cbor:"7,keyasint"`
	Dossier   *uuid.UUID `cbor:"8,keyasint,omitempty"`
	Masked    string     `cbor:"9,keyasint,omitempty"`
	Detail    string     `cbor:"10,keyasint,omitempty"`
	Counter   uint64     `cbor:"11,keyasint,omitempty"`
}

func encode(a Act) ([]byte, error) {
	r := record{
		Form: recordForm, Wall: a.At.Wall, Trusted: a.At.Trusted, Monotonic: a.At.Monotonic, Boot: a.At.Boot,
		Who: text(a.Who, maxWho), What: a.What,
		Masked: text(a.Masked, maxMasked), Detail: text(a.Detail, maxDetail), Counter: a.Counter,
	}
	if a.Dossier != uuid.Nil {
		r.Dossier = &a.Dossier
	}
	if r.Who == "" || !IsCode(r.What) {
		return nil, fmt.Errorf("%w: %q", ErrAct, a.What)
	}
	return envelope.Encode(r)
}

// decode reads what encode wrote and nothing else.
func decode(b []byte) (Act, error) {
	var r record
	if err := envelope.Decode(b, &r); err != nil {
		return Act{}, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	a := Act{
		At:  envelope.Clock{Wall: r.Wall, Trusted: r.Trusted, Monotonic: r.Monotonic, Boot: r.Boot},
		Who: r.Who, What: r.What, Masked: r.Masked, Detail: r.Detail, Counter: r.Counter,
	}
	if r.Dossier != nil {
		if a.Dossier = *r.Dossier; a.Dossier == uuid.Nil {
			return Act{}, fmt.Errorf("%w: form", ErrRecord)
		}
	}
	if r.Form != recordForm || r.Who == "" || !IsCode(r.What) ||
		text(r.Who, maxWho) != r.Who || text(r.Masked, maxMasked) != r.Masked || text(r.Detail, maxDetail) != r.Detail {
		return Act{}, fmt.Errorf("%w: form", ErrRecord)
	}
	return a, nil
}

// IsCode says whether s can be what an act says was done, or why.
func IsCode(s string) bool {
	return s != "" && len(s) <= maxWhat && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789.-") == ""
}

// text returns s as the log may keep it: valid UTF-8 without control
// characters, no long run of digits, at most limit bytes. It is idempotent.
func text(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, " "))
	s = maskRuns(s)
	if len(s) > limit {
		s = s[:limit]
		for !utf8.ValidString(s) {
			s = s[:len(s)-1]
		}
	}
	return s
}

// maskRuns replaces all but the last digits of a run that could be the number
// of a person or a telephone. The hexadecimal name of a key or a digest stays.
func maskRuns(s string) string {
	const alnum = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	var b strings.Builder
	for s != "" {
		word := s[:len(s)-len(strings.TrimLeft(s, alnum))]
		if word == "" {
			_, n := utf8.DecodeRuneInString(s)
			b.WriteString(s[:n])
			s = s[n:]
			continue
		}
		s = s[len(word):]
		if len(word) >= minHex && strings.ContainsAny(word, "abcdef") && strings.Trim(word, "0123456789abcdef") == "" {
			b.WriteString(word)
			continue
		}
		b.WriteString(maskWord(word))
	}
	return b.String()
}

func maskWord(word string) string {
	const digits = "0123456789"
	var b strings.Builder
	for word != "" {
		i := strings.IndexAny(word, digits)
		if i < 0 {
			break
		}
		b.WriteString(word[:i])
		rest := strings.TrimLeft(word[i:], digits)
		run := word[i : len(word)-len(rest)]
		if len(run) > maxRun {
			run = strings.Repeat("•", len(run)-shownDigits) + run[len(run)-shownDigits:]
		}
		b.WriteString(run)
		word = rest
	}
	return b.String() + word
}

// split parts the stored value of act n: first the hashes of the subtrees that
// it completes, its own leaf before all, then the record.
func split(n uint64, value []byte) (hashes, record []byte, ok bool) {
	size := tlog.HashSize * (1 + bits.TrailingZeros64(n+1))
	if len(value) <= size {
		return nil, nil, false
	}
	return value[:size], value[size:], true
}
