package audit_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/tram-station/tram/offline/audit"
	"github.com/tram-station/tram/offline/envelope"
)

// FuzzRecord: what is read as an act is written as the same bytes.
func FuzzRecord(f *testing.F) {
	for _, a := range []audit.Act{
		{Who: "a", What: "b"},
		{At: envelope.Clock{Wall: 1, Trusted: 2, Monotonic: 3, Boot: &boot}, Who: "canbo-1", What: "sealed", Dossier: [16]byte{2},
			Masked: "N.V.T. ••••••••0001", Detail: "một lời", Counter: 9},
	} {
		raw, err := audit.EncodeAct(a)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, err := audit.DecodeAct(raw)
		if err != nil {
			return
		}
		again, err := audit.EncodeAct(a)
		if err != nil || !bytes.Equal(again, raw) {
			t.Errorf("%+v: %x, was %x, %v", a, again, raw, err)
		}
	})
}

// FuzzConsistent: no proof, however made, breaks the one who checks it, and
// none makes a fork into a continuation.
func FuzzConsistent(f *testing.F) {
	f.Add(uint64(3), uint64(7), bytes.Repeat([]byte{1}, 96))
	f.Add(uint64(0), uint64(0), []byte{})
	f.Add(uint64(1<<63), uint64(1<<63+5), []byte{1})
	f.Add(uint64(8), uint64(8), []byte{})
	f.Fuzz(func(t *testing.T, from, to uint64, raw []byte) {
		var proof []envelope.Digest
		for c := range slices.Chunk(raw, 32) {
			proof = append(proof, envelope.Digest(append(c, make([]byte, 32)...)[:32]))
		}
		then, now := envelope.Head{Size: from, Root: envelope.Sum([]byte("then"))}, envelope.Head{Size: to, Root: envelope.Sum([]byte("now"))}
		if err := audit.Consistent(then, now, proof); err == nil && from != 0 {
			t.Errorf("%d to %d by %x", from, to, raw)
		}
	})
}
