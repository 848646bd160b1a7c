package places

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The limits of a source.
const (
	MaxSource = 8 << 20 // bytes of one file
	MaxUnits  = 20_000
	maxField  = 400 // bytes of a text that is passed over
)

// The shapes that sources come in.
const (
	ShapeDatabase = "vietnamese-provinces-database" // Code, FullName, Wards
	ShapeOpenAPI  = "provinces.open-api.vn v2"      // code, name, division_type, wards
)

// Errors of a source.
var (
	ErrShape   = errors.New("this is none of the known shapes: take the JSON of vietnamese-provinces-database or of provinces.open-api.vn v2")
	ErrEarlier = errors.New("these are the units from before July 2025, with districts: take the list of 34 provinces")
)

// Parse reads the files of one source: JSON arrays of provinces with their
// communes, single provinces, or communes that name their province. Every field
// has to be one that the shape has. The units are returned as they stand; Build
// checks that they are a whole list.
func Parse(files ...[]byte) (units []Unit, shape string, err error) {
	p := &parser{}
	for i, b := range files {
		if err := p.file(b); err != nil {
			return nil, "", fmt.Errorf("places: file %d: %w", i+1, err)
		}
	}
	if p.shape == "" {
		return nil, "", fmt.Errorf("places: %w", ErrShape)
	}
	return p.units, p.shape, nil
}

type parser struct {
	shape string
	units []Unit
	d     *json.Decoder
}

func (p *parser) file(b []byte) error {
	if len(b) > MaxSource {
		return fmt.Errorf("larger than %d bytes", MaxSource)
	}
	if !utf8.Valid(b) {
		return errors.New("not UTF-8")
	}
	p.d = json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(b, []byte("\ufeff"))))
	p.d.UseNumber()
	token, err := p.d.Token()
	if err != nil {
		return fmt.Errorf("no JSON: %w", err)
	}
	switch token {
	case json.Delim('['):
		err = p.array(func() error { return p.unit("") })
	case json.Delim('{'):
		err = p.fields("")
	default:
		err = ErrShape
	}
	if err != nil {
		return err
	}
	if _, err := p.d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is something behind the list")
	}
	return nil
}

// array reads the items of an array whose bracket was read.
func (p *parser) array(item func() error) error {
	for p.d.More() {
		if err := item(); err != nil {
			return err
		}
	}
	_, err := p.d.Token()
	return err
}

// unit reads one unit; within is the province around it, "" for none.
func (p *parser) unit(within string) error {
	if token, err := p.d.Token(); err != nil || token != json.Delim('{') {
		return errors.Join(err, ErrShape)
	}
	return p.fields(within)
}

// raw is a unit as a source has it.
type raw struct {
	name, full, code string
	of               string // the province that it names itself
	wards            bool
}

// fields reads a unit whose brace was read. Its communes may stand before its
// code, so they are given their province afterwards.
func (p *parser) fields(within string) error {
	var u raw
	seen := map[string]bool{}
	at := len(p.units)
	p.units = append(p.units, Unit{})
	for p.d.More() {
		token, err := p.d.Token()
		if err != nil {
			return err
		}
		key, _ := token.(string)
		if seen[key] {
			return fmt.Errorf("field %q stands twice", key)
		}
		seen[key] = true
		if err := p.field(key, &u, within); err != nil {
			return err
		}
		if len(p.units) > MaxUnits {
			return fmt.Errorf("more than %d units: %w", MaxUnits, ErrCount)
		}
	}
	if _, err := p.d.Token(); err != nil {
		return err
	}
	return p.settle(u, at, within)
}

// inside marks communes whose province's code is not read yet.
const inside = "?"

func (p *parser) settle(u raw, at int, within string) error {
	digits := provinceDigits
	if within != "" || u.of != "" && !u.wards {
		digits = communeDigits
	}
	code, err := padded(u.code, digits)
	if err != nil {
		return err
	}
	unit := Unit{Code: code, Province: code, Name: norm.NFC.String(u.name)}
	if u.full != "" {
		unit.Name = norm.NFC.String(u.full)
	}
	if digits == communeDigits {
		if unit.Province = within; u.of != "" {
			if unit.Province, err = padded(u.of, provinceDigits); err != nil {
				return err
			}
		}
	} else {
		for i := at + 1; i < len(p.units); i++ {
			switch p.units[i].Province {
			case inside:
				p.units[i].Province = code
			case code:
			default:
				return fmt.Errorf("commune %q stands in province %q and names %q: %w", p.units[i].Code, code, p.units[i].Province, ErrOrphan)
			}
		}
	}
	p.units[at] = unit
	return nil
}

// padded writes a code with all its digits: one of the shapes has numbers.
func padded(code string, digits int) (string, error) {
	n, err := strconv.ParseUint(code, 10, 32)
	if err != nil || len(code) > digits {
		return "", fmt.Errorf("code %q: %w", code, ErrCode)
	}
	return fmt.Sprintf("%0*d", digits, n), nil
}
