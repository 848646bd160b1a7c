package access

import "testing"

// BenchmarkOpen is our side of the worked examples: the card only looks up its
// answers.
func BenchmarkOpen(b *testing.B) {
	for _, e := range examples(b) {
		b.Run(e.file[:len(e.file)-len(".txt")], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Open(b.Context(), &script{t: b, v: e.v}, e.info, e.key, e.v.join(e.random...)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
