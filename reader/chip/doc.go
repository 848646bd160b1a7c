// Package chip is the opposite end of the reader: a virtual ICAO chip, issued
// for an invented citizen under a test CSCA, that opens, proves itself and
// serves its files as identity cards and passports do.
//
// It imports nothing of the reader, not even its TLV: a simulator that shares
// code agrees with its bugs. The worked examples of Doc 9303-11 decide which
// side is wrong.
//
// An [Issuer] makes a [Card] by [Profile] or [Spec], and [Fault]; the card
// answers commands in process, or through [ServeVPCD] in a slot of a real
// pcscd. A [CVCA] makes the certificates of terminals that may read its
// fingers.
//
// Access is BAC, or PACE with every mapping over every standardised group and
// cipher, by MRZ, CAN, PIN or PUK. Authentication is chip authentication over
// the same groups, active authentication with RSA and ECDSA, and terminal
// authentication version 1 within the application. The chip is strict where a
// reader may be lax: every check of MAC, counter, padding and order that Doc
// 9303-11 asks of a chip is made, a broken command ends the session, and what
// is no element of the group is refused.
//
// It does not do: protocols in the master file other than PACE, logical
// channels, LDS2 applications. Nothing in it is hardened against side
// channels: its secrets are invented.
package chip
