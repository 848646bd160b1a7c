// Package cccd knows what is printed on the Vietnamese identity card: the QR
// payload of the 2021 and 2024 layouts, the 12-digit number, the rule by which
// cards expire, and the keys that open the chip from print alone. No public
// specification exists; the layouts are those seen in public readers. The QR is
// unsigned text: it proves nothing about the card.
package cccd

import (
	"errors"
	"log/slog"
)

// ErrNumber says that a text is not a 12-digit number.
var ErrNumber = errors.New("the number on the card has 12 digits: type it again")

// Card is what the QR says. Text is in NFC with Đ as U+0110.
type Card struct {
	Number    Number    `json:"number"`
	OldNumber string    `json:"old_number"` // 9-digit CMND, often empty
	Name      string    `json:"name"`       // as printed, with marks
	Birth     Date      `json:"birth"`
	Sex       string    `json:"sex"` // "M" or "F", as in the machine-readable zone
	Residence string    `json:"residence"`
	Issued    Date      `json:"issued"`
	Father    string    `json:"father,omitempty"` // 2024 layout, seen on children's cards
	Mother    string    `json:"mother,omitempty"`
	Extra     []string  `json:"extra,omitempty"` // what follows the fields above, raw; nil where all of it is empty
	Warnings  []Warning `json:"-"`
}

// Warning is something unusual that does not stop the enrolment: a corrected
// citizen, say, may keep a number whose digits no longer fit.
type Warning struct {
	Code    WarningCode `json:"code"`
	Message string      `json:"message"` // for the officer; without personal data
}

// WarningCode names a kind of warning.
type WarningCode string

// The warnings of ParseQR.
const (
	WarnSex        WarningCode = "number-sex"         // sex digit differs from the sex printed
	WarnYear       WarningCode = "number-year"        // year digits differ from the birth printed
	WarnProvince   WarningCode = "number-province"    // no province has this code
	WarnOldNumber  WarningCode = "old-number"         // not 9 digits
	WarnBirth      WarningCode = "birth-incomplete"   // day or month unknown
	WarnIssued     WarningCode = "issued-incomplete"  // day or month unknown
	WarnFieldCount WarningCode = "unknown-revision"   // neither 7 nor 11 fields
	WarnExtra      WarningCode = "unknown-field"      // text in a field of unknown meaning
	WarnResidence  WarningCode = "residence-is-empty" // no residence
	WarnNoMarks    WarningCode = "no-marks"           // name and residence without a Vietnamese letter
	WarnRestored   WarningCode = "restored"           // undone from a mangled text, see Fault
)

// LogValue keeps the card out of logs.
func (c *Card) LogValue() slog.Value { return slog.StringValue("card [redacted]") }
