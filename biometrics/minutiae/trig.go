package minutiae

import "math"

// Angles are counted in 256 units a full turn, anticlockwise with y upwards;
// orientations (which have no sense) in 256 units a half turn.
const (
	fullTurn    = 256
	halfTurn    = fullTurn / 2
	quarterTurn = fullTurn / 4
	unitBits    = 14 // sines are scaled by 1<<unitBits
)

// sines is the first quarter of round(2^14·sin(2πk/256)).
var sines = [quarterTurn + 1]int32{
	0, 402, 804, 1205, 1606, 2006, 2404, 2801, 3196, 3590, 3981, 4370, 4756,
	5139, 5520, 5897, 6270, 6639, 7005, 7366, 7723, 8076, 8423, 8765, 9102,
	9434, 9760, 10080, 10394, 10702, 11003, 11297, 11585, 11866, 12140, 12406,
	12665, 12916, 13160, 13395, 13623, 13842, 14053, 14256, 14449, 14635, 14811,
	14978, 15137, 15286, 15426, 15557, 15679, 15791, 15893, 15986, 16069, 16143,
	16207, 16261, 16305, 16340, 16364, 16379, 16384,
}

// halfTangents is round(2^16·tan(2π(k+½)/256)): the bounds between the units of
// the first eighth of a turn.
var halfTangents = [quarterTurn / 2]int64{
	804, 2414, 4026, 5644, 7268, 8901, 10545, 12202, 13874, 15564, 17273, 19005,
	20762, 22546, 24360, 26208, 28093, 30018, 31986, 34002, 36071, 38196, 40382,
	42636, 44963, 47369, 49863, 52451, 55144, 57950, 60880, 63947,
}

// sine is 2^14·sin of an angle in units.
func sine(a int) int {
	a &= fullTurn - 1
	switch {
	case a <= quarterTurn:
		return int(sines[a])
	case a <= halfTurn:
		return int(sines[halfTurn-a])
	case a <= halfTurn+quarterTurn:
		return -int(sines[a-halfTurn])
	}
	return -int(sines[fullTurn-a])
}

// cosine is 2^14·cos of an angle in units.
func cosine(a int) int { return sine(a + quarterTurn) }

// angleOf is the direction of the vector (x, y), y upwards, in units; 0 for the
// null vector. Any length up to 2^46 is exact.
func angleOf(x, y int64) int {
	ax, ay := max(x, -x), max(y, -y)
	steep := ay > ax
	if steep {
		ax, ay = ay, ax
	}
	a := 0
	for step := quarterTurn / 4; step > 0; step /= 2 {
		if ay<<16 >= ax*halfTangents[a+step-1] && ax > 0 {
			a += step
		}
	}
	if a == quarterTurn/2-1 && ay<<16 >= ax*halfTangents[a] && ax > 0 {
		a++
	}
	if steep {
		a = quarterTurn - a
	}
	if x < 0 {
		a = halfTurn - a
	}
	if y < 0 {
		a = -a
	}
	return a & (fullTurn - 1)
}

// turnBetween is the smallest turn from a to b, −128…127 units.
func turnBetween(a, b int) int { return int(int8(b - a)) }

// apart is how far two directions are apart, 0…128 units.
func apart(a, b int) int {
	d := turnBetween(a, b)
	return max(d, -d)
}

// root is the integer square root of n ≥ 0. math.Sqrt is exact by IEEE 754;
// the correction makes up for numbers beyond 2^53.
func root(n int64) int64 {
	r := int64(math.Sqrt(float64(n)))
	for r*r > n {
		r--
	}
	for (r+1)*(r+1) <= n {
		r++
	}
	return r
}
