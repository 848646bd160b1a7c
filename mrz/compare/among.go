package compare

// Among compares the sources of one side with each other, field by field: what
// the QR code says beside the zone, and what one file of a chip says beside
// another. Of each field that has several sources it returns the pair that tells
// most, the earlier source as the print; fields with one source are left out.
// What was computed is no source.
func Among(side Facts) []Item {
	var out []Item
	for _, field := range Fields() {
		var told Item
		facts := best(side[field])
		for i, a := range facts {
			for _, b := range facts[i+1:] {
				if a.Source == b.Source || a.Computed || b.Computed {
					continue
				}
				if pair := pairs(field, []Fact{a}, []Fact{b}); rank(pair) > rank(told) {
					told = pair
				}
			}
		}
		if told.Field != "" {
			out = append(out, told)
		}
	}
	return out
}

// Join puts the facts of several sources of one side together, the richest
// first.
func Join(sources ...Facts) Facts {
	f := Facts{}
	for _, s := range sources {
		f.addAll(s)
	}
	return f
}
