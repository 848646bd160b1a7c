//go:build realparts

package face_test

import (
	"testing"

	"github.com/tram-station/tram/biometrics/face/facetest"
)

func TestApproachByNet(t *testing.T) {
	p := takeApproach(t, facetest.Net(t))
	if len(p.Face.Landmarks) != 68 {
		t.Errorf("%d landmarks", len(p.Face.Landmarks))
	}
}
