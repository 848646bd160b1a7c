package gateway_test

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tram-station/tram/offline/gateway"
)

// Documents that are added by several commands at once are all there, each
// under a number of its own: a station takes a number once.
func TestDocumentsAddedAtOnce(t *testing.T) {
	dir, key := t.TempDir(), newKey(t)
	open := func() *gateway.DocumentDir {
		d, err := gateway.OpenDocuments(dir, key, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	if c, _, err := open().Catalogue(); err != nil || len(c.Items) != 0 {
		t.Fatalf("the first catalogue: %+v, %v", c, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("reading wrote %v, %v: it would undo what is added meanwhile", left, err)
	}
	const many = 16
	var adding sync.WaitGroup
	for i := range many {
		d := open()
		adding.Go(func() {
			if _, err := d.Add("rules", fmt.Sprint("pack-", i), "1", time.Time{}, strings.NewReader(fmt.Sprint("document ", i))); err != nil {
				t.Error(err)
			}
		})
	}
	adding.Wait()
	c, _, err := open().Catalogue()
	if err != nil || len(c.Items) != many || c.Number != many+1 {
		t.Errorf("catalogue %d with %d documents, %v, want %d with %d", c.Number, len(c.Items), err, many+1, many)
	}
}
