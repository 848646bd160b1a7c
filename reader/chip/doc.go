// Package chip is the opposite end of the reader: a virtual ICAO chip, issued
// for an invented citizen under a test CSCA, that does BAC and PACE-GM and
// serves the files of the Vietnamese identity card.
//
// It imports nothing of the reader, not even its TLV: a simulator that shares
// code agrees with its bugs. The worked examples of Doc 9303-11 decide which
// side is wrong.
//
// An [Issuer] makes a [Card] by [Profile] and [Fault]; the card answers
// commands in process, or through [ServeVPCD] in a slot of a real pcscd. It is
// strict where a reader may be lax: every check of MAC, counter, padding and
// order that Doc 9303-11 asks of a chip is made, a broken command ends the
// session, and a point that is not on the curve is refused. It also does chip
// authentication and active authentication (ECDSA).
//
// It does not do: terminal authentication, integrated or chip authentication
// mapping, Diffie-Hellman over integers, keys longer than 128 bits, RSA. Nothing
// in it is hardened against side channels: its secrets are invented.
package chip
