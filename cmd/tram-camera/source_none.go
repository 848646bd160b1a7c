//go:build !opencv

package main

import "errors"

var errNoOpenCV = errors.New("tram-camera was built without OpenCV: build it with -tags opencv (Debian: libopencv-dev)")

func openSource(options) (source, error) { return nil, errNoOpenCV }
