//go:build realparts

package face_test

import (
	"testing"

	"github.com/tram-station/tram/biometrics/face/facetest"
)

// BenchmarkGuideByNet720p is live guidance by the networks of the default pack.
func BenchmarkGuideByNet720p(b *testing.B) {
	engine := facetest.Net(b)
	b.Run("mjpeg", func(b *testing.B) { benchGuide720p(b, engine, []byte{1}) })
	b.Run("raw", func(b *testing.B) { benchGuide720p(b, engine, nil) })
}
