//go:build cgo

package net_test

import (
	"testing"

	"github.com/tram-station/tram/biometrics/face/facetest"
)

func TestSuite(t *testing.T) { facetest.Suite(t, facetest.Net(t)) }
