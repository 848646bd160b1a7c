// Package reader reads a chip card from power-up to verdict, as a visible
// list of steps.
package reader

import (
	"time"

	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/verdict"
)

// Progress is one event of a running read. Done and Total count bytes of the
// files to be read; Total grows while file sizes become known.
type Progress struct {
	Step        string // "access", "EF.COM", "DG2", …
	Done, Total int
	Document    *lds.Document // what is known so far; read only
}

// Stats counts what a read cost.
type Stats struct {
	Commands           int
	BytesUp, BytesDown int
	Elapsed            time.Duration
	SlotName           string
	Virtual            bool
}

// Report is the result of a read.
type Report struct {
	Document *lds.Document
	Checks   []verdict.Check
	Access   access.Method
	Stats    Stats
}
