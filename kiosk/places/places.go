// Package places knows the administrative units that an address is made of: the
// provinces and, where an administrator has imported a list, the communes. A
// list is data with a version, because the units change and their numbers are
// used again: an address names the version it was chosen from. The codes are
// those of the statistical office; they have nothing to do with the prefixes of
// ID numbers, which keep their meaning from before July 2025.
package places

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Unit is a province or a commune.
type Unit struct {
	Code     string `json:"code"`     // a province's 2 digits, a commune's 5
	Province string `json:"province"` // code of the province; its own for a province
	Name     string `json:"name"`     // as a document spells it: "Phường Bến Nghé"
	Label    string `json:"label"`    // with the province behind it, as an address ends
}

// IsProvince reports whether the unit is a province.
func (u Unit) IsProvince() bool { return u.Code == u.Province }

// Lengths of codes in digits.
const (
	provinceDigits = 2
	communeDigits  = 5
)

// List is one version of the units. It does not change and may be used by
// several at once; the zero value knows nothing.
type List struct {
	source Source
	units  []Unit // provinces first, each part by its code
	codes  map[string]int
	index  []entry // one a unit
}

// Source says where a list comes from.
type Source struct {
	Version string `json:"version"`          // unique among the lists of a station
	Date    string `json:"date"`             // the day whose units these are, 2006-01-02
	Shape   string `json:"shape"`            // which of the shapes the source had
	SHA256  string `json:"sha256,omitempty"` // of the source, lower-case hexadecimal
}

// Source says where the list comes from.
func (l *List) Source() Source { return l.source }

// Version names the list; an address keeps it.
func (l *List) Version() string { return l.source.Version }

// Unit returns the unit of a code.
func (l *List) Unit(code string) (Unit, bool) {
	i, ok := l.codes[code]
	if !ok {
		return Unit{}, false
	}
	return l.units[i], true
}

// Known reports whether the list has the code.
func (l *List) Known(code string) bool { _, ok := l.codes[code]; return ok }

// Units returns all units, the provinces first.
func (l *List) Units() []Unit { return slices.Clone(l.units) }

// Count returns how many provinces and communes the list has.
func (l *List) Count() (provinces, communes int) {
	for _, u := range l.units {
		if u.IsProvince() {
			provinces++
		}
	}
	return provinces, len(l.units) - provinces
}

// Errors of a list that contradicts itself.
var (
	ErrCode   = errors.New("a code is not as long as its kind wants")
	ErrTwice  = errors.New("a code is listed twice")
	ErrOrphan = errors.New("a commune belongs to a province that is not in the list")
	ErrName   = errors.New("a name is empty, too long or no text")
	ErrCount  = errors.New("the number of units is not what is expected")
)

// Counts is how many units a list has to have.
type Counts struct{ Provinces, Communes int }

// Since2025 is what the country has since July 2025.
var Since2025 = Counts{Provinces: 34, Communes: 3321}

// Build makes a list of units that were parsed. The units have to be whole:
// as many as expected, each code once, no commune without its province.
func Build(source Source, units []Unit, want Counts) (*List, error) {
	if _, err := time.Parse(time.DateOnly, source.Date); err != nil {
		return nil, fmt.Errorf("places: the date %q is not of the form 2006-01-02", source.Date)
	}
	l, err := build(source, units)
	if err != nil {
		return nil, err
	}
	if provinces, communes := l.Count(); provinces != want.Provinces || communes != want.Communes {
		return nil, fmt.Errorf("places: %d provinces and %d communes, not %d and %d: %w", provinces, communes, want.Provinces, want.Communes, ErrCount)
	}
	return l, nil
}

// build checks the units and indexes them.
func build(source Source, units []Unit) (*List, error) {
	if len(units) > MaxUnits {
		return nil, fmt.Errorf("places: more than %d units: %w", MaxUnits, ErrCount)
	}
	units = slices.Clone(units)
	slices.SortStableFunc(units, func(a, b Unit) int {
		if a.IsProvince() != b.IsProvince() {
			return map[bool]int{true: -1, false: 1}[a.IsProvince()]
		}
		return strings.Compare(a.Code, b.Code)
	})
	l := &List{source: source, units: units, codes: make(map[string]int, len(units))}
	for i, u := range units {
		if err := l.admit(u); err != nil {
			return nil, fmt.Errorf("places: unit %q: %w", u.Code, err)
		}
		l.codes[u.Code] = i
		if !u.IsProvince() {
			units[i].Label = u.Name + ", " + units[l.codes[u.Province]].Name
		} else {
			units[i].Label = u.Name
		}
	}
	l.index = indexed(l)
	return l, nil
}

// admit checks one unit against those before it.
func (l *List) admit(u Unit) error {
	digits := communeDigits
	if u.IsProvince() {
		digits = provinceDigits
	}
	if len(u.Code) != digits || strings.Trim(u.Code, "0123456789") != "" {
		return ErrCode
	}
	if _, twice := l.codes[u.Code]; twice {
		return ErrTwice
	}
	if i, ok := l.codes[u.Province]; !u.IsProvince() && (!ok || !l.units[i].IsProvince()) {
		return ErrOrphan
	}
	if !plain(u.Name) {
		return ErrName
	}
	return nil
}

//go:embed provinces.csv
var embedded []byte

// EmbeddedVersion names the list that is built in: provinces alone.
const EmbeddedVersion = "provinces-2025-07-01"

// Default returns the list that is built in: the 34 provinces since July 2025.
// Communes are written as free text with it.
func Default() (*List, error) {
	rows, err := csv.NewReader(bytes.NewReader(embedded)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("places: %w", err)
	}
	var units []Unit
	for _, row := range rows[1:] { // the head
		units = append(units, Unit{Code: row[0], Province: row[0], Name: row[1]})
	}
	return build(Source{Version: EmbeddedVersion, Date: "2025-07-01", Shape: "built in"}, units)
}
