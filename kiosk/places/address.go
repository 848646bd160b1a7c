package places

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Where an address comes from.
const (
	FromList    = "list"    // the units were chosen from a list
	FromOfficer = "officer" // written as free text
)

// Address is an address as a dossier keeps it.
type Address struct {
	Province string `json:"province,omitempty"` // code
	Commune  string `json:"commune,omitempty"`  // code; "" where the list has no communes
	Line     string `json:"line,omitempty"`     // house, street, hamlet
	Text     string `json:"text"`               // the whole, for people
	Data     string `json:"data,omitempty"`     // version of the list
	Source   string `json:"source"`             // FromList or FromOfficer
}

// MaxAddress bounds an address or a line of one, in bytes.
const MaxAddress = 400

// Errors of an address.
var (
	ErrUnknownUnit = errors.New("the list has no such unit: choose it again, or write the address as free text")
	ErrAddress     = errors.New("the address is empty, too long or no text")
)

// Address makes an address of units of the list. Commune may be "" where the
// list knows provinces alone; line may be empty where there is a commune.
func (l *List) Address(province, commune, line string) (Address, error) {
	p, ok := l.Unit(province)
	if !ok || !p.IsProvince() {
		return Address{}, fmt.Errorf("places: province: %w", ErrUnknownUnit)
	}
	end := p
	if commune != "" {
		if end, ok = l.Unit(commune); !ok || end.IsProvince() || end.Province != province {
			return Address{}, fmt.Errorf("places: commune: %w", ErrUnknownUnit)
		}
	} else if _, communes := l.Count(); communes > 0 {
		return Address{}, fmt.Errorf("places: commune: %w", ErrUnknownUnit)
	}
	line = strings.TrimSpace(line)
	if line == "" && commune == "" || line != "" && !written(line) {
		return Address{}, fmt.Errorf("places: %w", ErrAddress)
	}
	a := Address{Province: province, Commune: commune, Line: line, Text: end.Label, Data: l.Version(), Source: FromList}
	if line != "" {
		a.Text = line + ", " + a.Text
	}
	return a, nil
}

// Free makes an address of free text that an officer wrote.
func Free(text string) (Address, error) {
	text = strings.TrimSpace(text)
	if !written(text) {
		return Address{}, fmt.Errorf("places: %w", ErrAddress)
	}
	return Address{Text: text, Source: FromOfficer}, nil
}

func written(text string) bool { return text != "" && len(text) <= MaxAddress && printable(text) }

// maxName bounds a unit's name in bytes.
const maxName = 120

// plain reports whether a text can be the name of a unit.
func plain(name string) bool {
	return name != "" && len(name) <= maxName && printable(name) && strings.TrimSpace(name) == name && fold(name) != ""
}

func printable(text string) bool {
	if !utf8.ValidString(text) {
		return false
	}
	return !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}
