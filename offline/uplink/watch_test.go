package uplink

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/tram-station/tram/offline/envelope"
)

// A delivery tells how far it is: after a break it goes on from what is there,
// and it ends with all of it.
func TestWatched(t *testing.T) {
	s := seal(t, 300<<10, 600<<10)
	m, err := envelope.ParseManifest(s.Manifest)
	if err != nil {
		t.Fatal(err)
	}
	puts := 0
	_, c := site(t, func(_ *central, w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasPrefix(r.URL.Path, "/parts/") || r.Method != http.MethodPut {
			return false
		}
		if puts++; puts != 3 {
			return false
		}
		panic(http.ErrAbortHandler) // the line breaks once
	})
	c.pace.failed() // one part at a time
	var seen []int64
	if _, err := c.Deliver(Watched(t.Context(), func(there int64) { seen = append(seen, there) }), s); err != nil {
		t.Fatal(err)
	}
	_, lengths := m.Chunks()
	if len(seen) < len(lengths)+2 || seen[0] != 0 || seen[len(seen)-1] != m.Size() || !slices.IsSorted(seen) {
		t.Errorf("of %d bytes in %d parts was seen %v", m.Size(), len(lengths), seen)
	}
	if _, err := c.Deliver(t.Context(), s); err != nil { // nobody watches
		t.Error(err)
	}
}
