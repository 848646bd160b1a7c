package libfprint

import (
	"errors"
	"fmt"
)

// ErrDensity says that nobody knows how large what is in the image is: without
// that it is no evidence.
var ErrDensity = errors.New("the density of this reader is not known: take it from its data sheet and state it")

// densities holds the pixels an inch of the readers of each driver: libfprint
// does not say. They are figures of data sheets, none was measured here. A
// driver that serves readers of several densities must not be entered, nor one
// whose images libfprint enlarges (aes3500, aes4000): most of their pixels the
// sensor never saw.
var densities = map[string]int{
	"uru4000":       512,
	"nb1010":        385,
	"upektc":        508, // TouchChip TCS1, TCS2
	"upektc_img":    508,
	"upeksonly":     508,
	"aes1610":       500, // AuthenTec's strips
	"aes1660":       500,
	"aes2501":       500,
	"aes2550":       500,
	"aes2660":       500,
	"virtual_image": 500, // no reader: what a test sends is taken to be so
}

// densityOf returns what is stated, or what is known of the driver.
func densityOf(driver string, stated int) (int, error) {
	const least, most = 100, 2000
	if stated != 0 {
		if stated < least || stated > most {
			return 0, fmt.Errorf("%d dpi is no density of a fingerprint reader, %d to %d are: %w", stated, least, most, ErrDensity)
		}
		return stated, nil
	}
	if dpi, ok := densities[driver]; ok {
		return dpi, nil
	}
	return 0, fmt.Errorf("driver %s: %w", driver, ErrDensity)
}
