// Package libusb drives single-finger readers over USB: the U.are.U 4000, 4000B
// and 4500, the Microsoft readers of the same family ([Open]), and the NB-1010-U
// ([OpenNB1010]).
//
// The protocols are pure Go and are built and tested everywhere; only the
// transfers themselves (gousb, libusb-1.0) need the build tag libusb and cgo.
//
// These readers verify, they are no certified enrolment scanners: 384×290
// pixels at a nominal 512 dpi, or 256×180 at 385, and no detection of false
// fingers.
package libusb
