package main

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tram-station/tram/reader/chip"
	"github.com/tram-station/tram/reader/passive"
)

// benchRoots is the size of a national trust list.
const benchRoots = 600

// trustFigures load a trust list. The best peer takes 70 to 160 ms and 14 MB
// for one of that size, at each read; the station does it when it starts.
func trustFigures() []figure {
	return []figure{{"card", fmt.Sprintf("load a master list of %d certificates (gmrtd 1.1.2: 70 to 160 ms)", benchRoots), benchTrust}}
}

func benchTrust(b *testing.B) {
	path, err := benchMasterList(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		t, err := passive.LoadTrust(path)
		if err != nil || t.Len() != benchRoots {
			b.Fatal("not loaded: ", err)
		}
	}
}

// benchMasterList writes a list of invented authorities.
func benchMasterList(dir string) (string, error) {
	var roots [][]byte
	var last *chip.Issuer
	for n := range benchRoots {
		i, err := chip.NewIssuerWith(rand.Reader, time.Now(), chip.IssuerOptions{Name: fmt.Sprintf("CSCA %d", n)})
		if err != nil {
			return "", err
		}
		roots, last = append(roots, i.CSCA()), i
	}
	list, err := last.MasterList(roots...)
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "list.ml")
	return path, os.WriteFile(path, list, 0o600)
}
