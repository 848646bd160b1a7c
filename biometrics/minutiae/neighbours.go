package minutiae

// A minutia is known by those around it: how far they are, where they lie seen
// along its direction, and how they are turned against it. None of that changes
// when the finger is moved or turned.
const (
	seenReach   = 110 // pixels
	seenMost    = 10  // the nearest
	distLoose   = 6   // pixels that two distances may differ, and
	distShare   = 10  // one more for each ten pixels of distance
	bearLoose   = 10  // units that two bearings may differ, and
	bearNear    = 260 // more for near ones, where a pixel turns more
	turnLoose   = 20  // units that two turns may differ
	likePerfect = 64  // of each of the three
	likeBits    = 8
	turnFactor  = likePerfect << likeBits / turnLoose
)

// point is a minutia as the match sees it.
type point struct {
	x, y, a, quality int
	kind             Kind
}

// neighbour is another minutia as one sees it, and what of another's view is
// taken for the same: the factors make 64 of the whole tolerance, scaled by
// 1<<likeBits.
type neighbour struct {
	at, dist                int16 // index of the point; pixels
	bearing, turns          int8  // units, against the direction of the one that sees
	loose, bear             int32 // tolerances of dist and bearing
	looseFactor, bearFactor int32
}

// shape is a set of points with what each of them sees.
type shape struct {
	points []point
	seen   [][]neighbour
}

// look finds what each point sees.
func look(points []point) *shape {
	s := &shape{points: points, seen: make([][]neighbour, len(points))}
	room := make([]neighbour, 0, len(points)*seenMost)
	var found [seenMost]sight
	for i, p := range points {
		first := len(room)
		for _, n := range nearest(points, i, found[:]) {
			q := points[n.at]
			way := angleOf(int64(q.x-p.x), int64(p.y-q.y))
			room = append(room, view(n.at, int(root(int64(n.square))), turnBetween(p.a, way), turnBetween(p.a, q.a)))
		}
		s.seen[i] = room[first:]
	}
	return s
}

// sight is a point and the square of how far it is.
type sight struct{ square, at int }

// nearest are the seenMost points nearest to the i-th within seenReach, the
// nearest first; of two as far the one that comes first. What lies on the very
// place has no bearing and is not seen.
// found has room for them.
func nearest(points []point, i int, found []sight) []sight {
	n := 0
	for j := range points {
		dx, dy := points[j].x-points[i].x, points[j].y-points[i].y
		d := dx*dx + dy*dy
		if d == 0 || d > seenReach*seenReach || n == seenMost && d >= found[n-1].square {
			continue
		}
		n = min(n+1, seenMost)
		k := n - 1
		for ; k > 0 && found[k-1].square > d; k-- {
			found[k] = found[k-1]
		}
		found[k] = sight{d, j}
	}
	return found[:n]
}

// view is the neighbour at a distance and a bearing, turned.
func view(at, dist, bearing, turns int) neighbour {
	n := neighbour{at: int16(at), dist: int16(dist), bearing: int8(bearing), turns: int8(turns)}
	n.loose, n.bear = int32(distLoose+dist/distShare), int32(bearLoose+bearNear/dist)
	n.looseFactor, n.bearFactor = likePerfect<<likeBits/n.loose, likePerfect<<likeBits/n.bear
	return n
}

// alike says how well what a sees fits what b sees, and which neighbours fit
// which: pairs is reused.
func alike(a, b []neighbour, pairs []pair) (int, []pair) {
	pairs = pairs[:0]
	total := int32(0)
	used := uint32(0)
	for i := range a {
		u := &a[i]
		near, far := int32(u.dist)-u.loose, int32(u.dist)+u.loose
		for len(b) > 0 && int32(b[0].dist) <= near {
			b, used = b[1:], used>>1 // too near for all that follow, too
		}
		best, which := int32(0), -1
		for k := range b {
			v := &b[k]
			if int32(v.dist) >= far {
				break
			}
			db, dt := size(u.bearing-v.bearing), size(u.turns-v.turns)
			if db >= u.bear || dt >= turnLoose || used>>k&1 == 1 {
				continue
			}
			dd := int32(max(u.dist-v.dist, v.dist-u.dist))
			fit := 3*likePerfect - (dd*u.looseFactor+db*u.bearFactor+dt*turnFactor)>>likeBits
			if fit > best {
				best, which = fit, k
			}
		}
		if which >= 0 {
			used |= 1 << which
			total += best
			pairs = append(pairs, pair{int(u.at), int(b[which].at)})
		}
	}
	return int(total), pairs
}

// size is how large a turn is; turns of eight bits come round by themselves.
func size(turn int8) int32 {
	t := int32(turn)
	return max(t, -t)
}
