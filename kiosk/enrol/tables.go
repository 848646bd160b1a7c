package enrol

import "maps"

// join makes one table out of those of the enrolment's parts. No code stands in
// two of them: a test counts.
func join[K ~string, V any](parts ...map[K]V) map[K]V {
	out := map[K]V{}
	for _, p := range parts {
		maps.Copy(out, p)
	}
	return out
}
