package passive

import "testing"

// BenchmarkVerify measures the three checks over one small document.
func BenchmarkVerify(b *testing.B) {
	for _, kind := range []string{"nist-p521", "rsa", "rsa-pss", "brainpool256", "brainpool512-explicit"} {
		b.Run(kind, func(b *testing.B) {
			files, tr := vector(b, kind), trust(b, kind)
			b.ReportAllocs()
			for b.Loop() {
				if !allPassed(Verify(files, tr, now)) {
					b.Fatal("does not verify")
				}
			}
		})
	}
}
