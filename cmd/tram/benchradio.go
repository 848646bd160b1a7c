package main

import "time"

// exchange is one command and its answer, in bytes.
type exchange struct{ up, down int }

// The radio model of `tram bench card`: ISO/IEC 14443-4 blocks of 253 bytes of
// information, three bytes around each, nine bits a byte on the air, 91 µs of
// silence after each block. A block that more of the same message follows is
// acknowledged by a block without information.
const (
	radioBlock    = 253
	radioOverhead = 3
	radioBits     = 9
	radioSilence  = 91 * time.Microsecond
)

// radioTime is how long the exchanges take on the air, without the chip's own
// thinking and without the reader's driver.
func radioTime(all []exchange, bitsPerSecond int) time.Duration {
	blocks, bytes := 0, 0
	for _, e := range all {
		for _, n := range []int{e.up, e.down} {
			chained := max(n-1, 0) / radioBlock
			blocks += 2*chained + 1
			bytes += n
		}
	}
	bits := radioBits * (bytes + blocks*radioOverhead)
	return time.Duration(bits)*time.Second/time.Duration(bitsPerSecond) + time.Duration(blocks)*radioSilence
}
