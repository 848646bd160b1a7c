// Package libusb drives single-finger optical readers over USB: the U.are.U
// 4000, 4000B and 4500 and the Microsoft readers of the same family.
//
// The protocol is pure Go and is built and tested everywhere; only the
// transfers themselves (gousb, libusb-1.0) need the build tag libusb and cgo.
//
// These readers verify, they are no certified enrolment scanners: 384×290
// pixels at a nominal 512 dpi, and no detection of false fingers.
package libusb
