// Package libfprint captures with the readers that libfprint drives: some
// forty, most of them small ones of laptops.
//
// It needs cgo, the build tag libfprint and the package libfprint-2-dev;
// without the tag it holds only what is known of the readers. libfprint
// (LGPL-2.1) is linked dynamically. Of readers that match on the chip it gets
// no image: they are passed over. There is no picture while a finger settles,
// no slaps, and no detection of false fingers.
//
// GLib has one default main context a process, and libfprint does all its work
// in it. One thread runs it from the first Open on; everything that this
// package does with libfprint is done there.
package libfprint
