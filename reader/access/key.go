// Package access opens the chip: BAC and PACE (Doc 9303-11 §4), from the keys
// that are printed on the card or known to its holder.
package access

import (
	"crypto/sha1"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/tram-station/tram/mrz"
)

// Method is how a chip was opened.
type Method string

// The methods a chip can be opened by.
const (
	PACECAN Method = "pace-can"
	PACEMRZ Method = "pace-mrz"
	PACEPIN Method = "pace-pin"
	PACEPUK Method = "pace-puk"
	BAC     Method = "bac"
)

// password says what a key is, as MSE:Set AT refers to it (Doc 9303-11
// §4.4.4.1; PIN and PUK are TR-03110-3 §B.11.1).
type password byte

const (
	passwordMRZ password = 1
	passwordCAN password = 2
	passwordPIN password = 3
	passwordPUK password = 4
)

func (p password) String() string {
	switch p {
	case passwordMRZ:
		return "MRZ"
	case passwordCAN:
		return "CAN"
	case passwordPIN:
		return "PIN"
	case passwordPUK:
		return "PUK"
	}
	return "no key"
}

// Lengths of the secrets that only the holder knows, in digits.
const (
	minSecret = 4
	maxSecret = 16
)

// Key opens a chip. It redacts itself in logs. Keys are comparable with ==.
type Key struct {
	kind               password
	digits             string // CAN, PIN, PUK
	doc, birth, expiry string // MRZ
	last               bool   // may use up the last try
}

// CAN returns the key of a card access number: six digits printed on the card
// (the last six of a Vietnamese card's 12-digit number).
func CAN(digits string) (Key, error) {
	if len(digits) != 6 || !numeric(digits) {
		return Key{}, errors.New("access: a CAN is six digits")
	}
	return Key{kind: passwordCAN, digits: digits}, nil
}

// MRZ returns the key of a machine-readable zone: document number (9 or more
// characters, without its check digit), birth and expiry as YYMMDD.
func MRZ(documentNumber, birth, expiry string) (Key, error) {
	if documentNumber == "" || len(documentNumber) > 22 || len(birth) != 6 || len(expiry) != 6 {
		return Key{}, errors.New("access: an MRZ key is a document number and two YYMMDD dates")
	}
	return Key{kind: passwordMRZ, doc: documentNumber, birth: birth, expiry: expiry}, nil
}

// PIN returns the key that only the holder knows: 4 to 16 digits. The chip
// counts wrong tries; see [ErrLastTry].
func PIN(digits string) (Key, error) { return secret(passwordPIN, digits) }

// PUK returns the key that unblocks a PIN: 4 to 16 digits.
func PUK(digits string) (Key, error) { return secret(passwordPUK, digits) }

func secret(kind password, digits string) (Key, error) {
	if len(digits) < minSecret || len(digits) > maxSecret || !numeric(digits) {
		return Key{}, fmt.Errorf("access: a %v is %d to %d digits", kind, minSecret, maxSecret)
	}
	return Key{kind: kind, digits: digits}, nil
}

func numeric(s string) bool { return strings.Trim(s, "0123456789") == "" }

// IsCAN reports whether the key is a card access number.
func (k Key) IsCAN() bool { return k.kind == passwordCAN }

// WithLastTry returns the key with leave to use the last try that the chip
// grants: when it is wrong, the chip blocks it. See [ErrLastTry].
func (k Key) WithLastTry() Key {
	k.last = true
	return k
}

// Method is how PACE opens a chip with this key.
func (k Key) Method() Method {
	switch k.kind {
	case passwordCAN:
		return PACECAN
	case passwordPIN:
		return PACEPIN
	case passwordPUK:
		return PACEPUK
	default:
		return PACEMRZ
	}
}

// String redacts the key.
func (k Key) String() string { return k.kind.String() + " [redacted]" }

// GoString redacts the key from %#v.
func (k Key) GoString() string { return k.String() }

// LogValue redacts the key from logs.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// information is the MRZ information of Doc 9303-11 appendix D.2: number,
// birth and expiry, each with its check digit. A number of more than nine
// characters stands there in full.
func (k Key) information() (string, error) {
	doc := strings.ToUpper(k.doc)
	if n := 9 - len(doc); n > 0 {
		doc += strings.Repeat("<", n)
	}
	var b strings.Builder
	for _, field := range []string{doc, k.birth, k.expiry} {
		digit, err := mrz.CheckDigit(field)
		if err != nil {
			// The field is part of the key: it stays out of the message.
			return "", errors.New("access: an MRZ key has a character that no zone has")
		}
		b.WriteString(field)
		b.WriteByte(digit)
	}
	return b.String(), nil
}

// secret is the password as the key derivation takes it: the digits of a CAN,
// PIN or PUK, the SHA-1 of the MRZ information (Doc 9303-11 §4.3.2, §9.7.3).
func (k Key) secret() ([]byte, error) {
	switch k.kind {
	case passwordCAN, passwordPIN, passwordPUK:
		return []byte(k.digits), nil
	case passwordMRZ:
		information, err := k.information()
		if err != nil {
			return nil, err
		}
		h := sha1.Sum([]byte(information))
		return h[:], nil
	}
	return nil, errors.New("access: no key")
}
