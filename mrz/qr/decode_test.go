package qr

import (
	"math/rand/v2"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/common/reedsolomon"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
)

// symbol is what a matrix of modules says.
type symbol struct {
	codewords []byte
	version   int
	level     byte
	mirrored  bool
}

// correct reads modules that are sure, right or wrong.
func correct(m *gozxing.BitMatrix) (*symbol, error) {
	n := m.GetWidth()
	l := newLayout(n)
	soft := make([]float32, n*n)
	for i := range soft {
		soft[i] = -1
		if m.Get(i%n, i/n) {
			soft[i] = 1
		}
	}
	f := readFormat(l, soft)
	if f.mirrored {
		for y := range n {
			for x := range y {
				soft[y*n+x], soft[x*n+y] = soft[x*n+y], soft[y*n+x]
			}
		}
	}
	message := newMessage(l, f)
	if _, all := message.correct(newField(), soft); !all {
		return nil, ErrNoCode
	}
	data, ok := message.decode()
	if !ok {
		return nil, ErrNoCode
	}
	return &symbol{data, l.version.GetVersionNumber(), f.level.String()[0], f.mirrored}, nil
}

// Blocks of gozxing's encoder with errors and erasures up to what the code
// bears come out right; with one more they never come out as something else
// where two check codewords are spared.
func TestErasures(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	f := newField()
	encoder := reedsolomon.NewReedSolomonEncoder(reedsolomon.GenericGF_QR_CODE_FIELD_256)
	for range 2000 {
		check, data := 7+rng.IntN(24), 10+rng.IntN(100)
		words := make([]int, data+check)
		for i := range data {
			words[i] = rng.IntN(256)
		}
		if err := encoder.Encode(words, check); err != nil {
			t.Fatal(err)
		}
		truth, block := make([]byte, len(words)), make([]byte, len(words))
		for i, w := range words {
			truth[i], block[i] = byte(w), byte(w)
		}
		erasures := rng.IntN(check + 1)
		errors := rng.IntN((check-erasures)/2 + 1)
		places := rng.Perm(len(words))
		for _, p := range places[:erasures+errors] {
			block[p] ^= byte(1 + rng.IntN(255))
		}
		got, ok := f.correct(block, check, places[:erasures])
		if !ok || got > errors || string(block) != string(truth) {
			t.Fatalf("%d check, %d erased, %d wrong: %v %d", check, erasures, errors, ok, got)
		}
		for _, p := range places[:check/2+1] { // too many
			block[p] ^= byte(1 + rng.IntN(255))
		}
		before := string(block)
		if got, ok := f.correct(block, check, nil); !ok && string(block) != before {
			t.Fatal("a block that is not corrected was changed")
		} else if ok && string(block) != string(truth) && 2*got <= check-4 {
			t.Fatalf("%d of %d wrong codewords became another word", got, check)
		}
	}
}

// The plans of all versions agree with gozxing's: every codeword of an empty
// symbol has its bits, and the format information is found.
func TestLayouts(t *testing.T) {
	for version := 1; version <= 40; version++ {
		l := newLayout(17 + 4*version)
		if want := 8 * l.version.GetTotalCodewords(); len(l.order) != want {
			t.Errorf("version %d: %d bits, want %d", version, len(l.order), want)
		}
		for _, level := range []decoder.ErrorCorrectionLevel{decoder.ErrorCorrectionLevel_L, decoder.ErrorCorrectionLevel_M,
			decoder.ErrorCorrectionLevel_Q, decoder.ErrorCorrectionLevel_H} {
			seen := make([]bool, l.version.GetTotalCodewords())
			for _, b := range l.blocks(level) {
				if b.check > maxCheck || len(b.places) > 255 {
					t.Errorf("version %d %v: a block of %d with %d to check", version, level, len(b.places), b.check)
				}
				for _, p := range b.places {
					if seen[p] {
						t.Fatalf("version %d %v: codeword %d twice", version, level, p)
					}
					seen[p] = true
				}
			}
			for p, ok := range seen {
				if !ok {
					t.Fatalf("version %d %v: codeword %d in no block", version, level, p)
				}
			}
		}
		soft := make([]float32, l.dimension*l.dimension)
		known := make([]int8, len(soft))
		for mask := range 8 {
			f := format{level: decoder.ErrorCorrectionLevel_Q, mask: mask}
			newMessage(l, f).teach(known)
			for i, k := range known {
				soft[i] = float32(k)
			}
			if got := readFormat(l, soft); got.level != f.level || got.mask != mask || got.mirrored || got.score < 1 {
				t.Errorf("version %d mask %d: %+v", version, mask, got)
			}
		}
	}
}

func FuzzCorrect(f *testing.F) {
	f.Add([]byte("0123456789abcdefghijklmnop"), uint8(10), []byte{3, 5})
	f.Fuzz(func(t *testing.T, block []byte, check uint8, erased []byte) {
		if len(block) == 0 || int(check) > len(block) {
			return
		}
		var places []int
		used := map[byte]bool{}
		for _, e := range erased {
			if int(e) < len(block) && !used[e] {
				used[e] = true
				places = append(places, int(e))
			}
		}
		before := string(block)
		field := newField()
		_, ok := field.correct(block, int(check), places)
		if !ok && string(block) != before {
			t.Fatal("changed without success")
		}
		var s [maxCheck]byte
		if ok && !field.syndromes(block, s[:check]) {
			t.Fatal("success, and still not a codeword")
		}
	})
}
