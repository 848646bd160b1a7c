// Package chip is the opposite end of the reader: a virtual ICAO chip, issued
// for an invented citizen under a test CSCA, that does BAC and PACE-GM and
// serves the files of the Vietnamese identity card.
//
// It imports nothing of the reader, not even its TLV: a simulator that shares
// code agrees with its bugs. The worked examples of Doc 9303-11 decide which
// side is wrong.
package chip
