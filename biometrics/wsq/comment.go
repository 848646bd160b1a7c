package wsq

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// nistHeader begins the comment in which NIST keeps what the standard has no
// place for, the density above all: one name and value a line, and on the first
// line how many lines there are.
const nistHeader = "NIST_COM"

// maxDPI is the greatest density that is believed.
const maxDPI = 10000

// nistComment maps the names of a NIST comment to their values.
type nistComment map[string]string

// parseNISTComment reads a NIST comment. ok is false for any other comment.
func parseNISTComment(text string) (n nistComment, ok bool) {
	if !strings.HasPrefix(text, nistHeader+" ") {
		return nil, false
	}
	n = nistComment{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimRight(line, "\r\n\x00"), " ")
		if _, twice := n[name]; name != "" && !twice {
			n[name] = value
		}
	}
	return n, true
}

// dpi is the density in pixels an inch, 0 when it is not said.
func (n nistComment) dpi() int {
	v, err := strconv.Atoi(strings.TrimSpace(n["PPI"]))
	if err != nil || v < 1 || v > maxDPI {
		return 0
	}
	return v
}

// bitrate is what the encoder aimed at in bits a pixel, 0 when it is not said.
func (n nistComment) bitrate() float64 {
	v, err := strconv.ParseFloat(strings.TrimSpace(n["WSQ_BITRATE"]), 64)
	if err != nil || math.IsNaN(v) || v <= 0 || v > 64 {
		return 0
	}
	return v
}

// newNISTComment writes the comment of an image as NBIS does.
func newNISTComment(width, height int, o Options) string {
	dpi := o.DPI
	if dpi <= 0 {
		dpi = -1 // not known
	}
	return fmt.Sprintf("%s 9\nPIX_WIDTH %d\nPIX_HEIGHT %d\nPIX_DEPTH 8\nPPI %d\nLOSSY 1\n"+
		"COLORSPACE GRAY\nCOMPRESSION WSQ\nWSQ_BITRATE %.6f", nistHeader, width, height, dpi, o.Bitrate)
}
