// Package access opens the chip: BAC and PACE (Doc 9303-11 §4), from the keys
// that are printed on the card.
package access

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
)

// Method is how a chip was opened.
type Method string

// The methods a chip can be opened by.
const (
	PACECAN Method = "pace-can"
	PACEMRZ Method = "pace-mrz"
	BAC     Method = "bac"
)

// ErrWrongKey says that the chip refused the key: the number typed or scanned
// is not the one printed on this card.
var ErrWrongKey = errors.New("wrong key: check the number printed on the card and scan it again")

// Key opens a chip. It redacts itself in logs.
type Key struct {
	can                string
	doc, birth, expiry string
}

// CAN returns the key of a card access number: six digits printed on the card
// (the last six of a Vietnamese card's 12-digit number).
func CAN(digits string) (Key, error) {
	if len(digits) != 6 || strings.Trim(digits, "0123456789") != "" {
		return Key{}, fmt.Errorf("access: a CAN is six digits")
	}
	return Key{can: digits}, nil
}

// MRZ returns the key of a machine-readable zone: document number (9 or more
// characters, without its check digit), birth and expiry as YYMMDD.
func MRZ(documentNumber, birth, expiry string) (Key, error) {
	if documentNumber == "" || len(documentNumber) > 22 || len(birth) != 6 || len(expiry) != 6 {
		return Key{}, fmt.Errorf("access: an MRZ key is a document number and two YYMMDD dates")
	}
	return Key{doc: documentNumber, birth: birth, expiry: expiry}, nil
}

// IsCAN reports whether the key is a card access number.
func (k Key) IsCAN() bool { return k.can != "" }

// String redacts the key.
func (k Key) String() string {
	if k.IsCAN() {
		return "CAN [redacted]"
	}
	return "MRZ [redacted]"
}

// GoString redacts the key from %#v.
func (k Key) GoString() string { return k.String() }

// LogValue redacts the key from logs.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }
