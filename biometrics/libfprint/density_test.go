package libfprint

import (
	"errors"
	"testing"
)

func TestDensityOf(t *testing.T) {
	for _, c := range []struct {
		driver       string
		stated, want int
	}{{"uru4000", 0, 512}, {"uru4000", 500, 500}, {"elan", 508, 508}, {"elan", 0, 0}, {"aes4000", 0, 0}, {"aes3500", 0, 0}, {"uru4000", 5, 0}, {"uru4000", -1, 0}, {"elan", 5000, 0}} {
		got, err := densityOf(c.driver, c.stated)
		if got != c.want || (err == nil) != (c.want != 0) || err != nil && !errors.Is(err, ErrDensity) {
			t.Errorf("%+v: %d, %v", c, got, err)
		}
	}
}
