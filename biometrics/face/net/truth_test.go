//go:build cgo && realparts

package net_test

import "github.com/tram-station/tram/biometrics/face"

// person is where the middles of the eyes (of their corners, ISO/IEC 19794-5
// feature points 12.1 and 12.2) and the chin are in a neutral picture of
// 900×900 pixels: drawn by hand by the publishers of the Face Research Lab
// London Set (DeBruine & Jones 2017, CC BY 4.0).
type person struct{ left, right, chin face.Point }

func at(lx, ly, rx, ry, cx, cy float64) person {
	return person{face.Point{X: lx, Y: ly}, face.Point{X: rx, Y: ry}, face.Point{X: cx, Y: cy}}
}

// people are the sitters by their number in the set.
var people = map[string]person{
	"001": at(379, 429, 517, 422.7, 448, 663.3),
	"002": at(383, 411.4, 535.3, 413.4, 458.7, 676),
	"003": at(385, 406.6, 518, 407.3, 446, 653.3),
	"004": at(388, 368.6, 508, 375.4, 444.7, 610),
	"005": at(375.3, 396, 521, 403.7, 442, 646.7),
	"006": at(384.4, 420.4, 514, 426, 450.7, 646.7),
	"008": at(375, 386.7, 519, 399.3, 436, 643.3),
	"012": at(381, 414.7, 508.7, 415.4, 443.3, 660.7),
	"017": at(389, 391.6, 512.4, 394.7, 446, 630),
	"024": at(388.6, 399.3, 511.7, 405, 451.3, 626),
	"025": at(375.4, 471.3, 511.7, 471.4, 450.7, 712),
	"030": at(378.7, 428, 520, 418, 465.3, 660),
	"034": at(384, 396, 517.6, 394.4, 456, 646),
	"036": at(393, 395.6, 509, 397.4, 450, 624),
	"037": at(375, 370, 515, 371.4, 448.7, 623.3),
	"038": at(388.9, 393.9, 527.3, 390.6, 472.7, 646),
	"042": at(367, 375.6, 504, 386, 419.3, 646),
	"043": at(375.6, 415.3, 522.4, 416.3, 457.3, 661.3),
	"044": at(380.7, 407.3, 506, 406, 448.7, 634.7),
	"045": at(386.4, 425.6, 504.6, 427.7, 449.3, 651.3),
}
