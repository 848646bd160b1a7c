//go:build realparts && unix

package face_test

import (
	"image"
	"syscall"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/face/facetest"
)

// filmed is a frame as a camera delivers it.
func filmed(b *testing.B) image.Image {
	b.Helper()
	return jpegged(b, frame(700, image.Pt(370, 10)), 90)
}

// perFrame runs check once a loop and reports the processor time it takes, in
// all threads.
func perFrame(b *testing.B, check func() face.Result) {
	b.Helper()
	b.ReportAllocs()
	before := cpuTime(b)
	for b.Loop() {
		if res := check(); !res.OK {
			b.Fatal(res.Problems)
		}
	}
	b.ReportMetric(float64(cpuTime(b)-before)/float64(time.Millisecond)/float64(b.N), "cpu-ms/op")
}

func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// BenchmarkJudge720p is the judging alone, with landmarks.
func BenchmarkJudge720p(b *testing.B) {
	img := filmed(b)
	faces, err := facetest.Net(b).Find(img)
	if err != nil {
		b.Fatal(err)
	}
	perFrame(b, func() face.Result { return face.Judge(img, faces) })
}

// BenchmarkCheck720p is the whole check of a frame: find the face, place its
// landmarks, judge.
func BenchmarkCheck720p(b *testing.B) {
	img, find := filmed(b), facetest.Net(b)
	perFrame(b, func() face.Result {
		faces, err := find.Find(img)
		if err != nil {
			b.Fatal(err)
		}
		return face.Judge(img, faces)
	})
}
