package chip

import (
	"fmt"
	"time"
)

// Citizen is the invented person a card is issued for.
type Citizen struct {
	Number    string // 12 digits; the last six are the CAN
	OldNumber string // 9 digits, or empty
	Name      string // with diacritics, surname first
	Sex       string // "Nam" or "Nữ"

	Birth  time.Time
	Issue  time.Time
	Expiry time.Time // zero: the card has no expiry (991231 in the MRZ)

	Nationality, Ethnicity, Religion string
	Origin, Residence, Features      string
	Father, Mother                   string

	Portrait             []byte // JPEG or JPEG 2000 for DG2; nil: a small drawing
	PortraitW, PortraitH int    // pixels; 0: read from the JPEG
}

// Sample returns an invented citizen without a portrait. The expiry follows
// the law of 2014: the fortieth birthday.
func Sample() Citizen {
	return Citizen{
		Number: "001090990001", OldNumber: "012999901",
		Name: "Nguyễn Văn Thử", Sex: "Nam",
		Birth:       time.Date(1990, 2, 14, 0, 0, 0, 0, time.UTC),
		Issue:       time.Date(2021, 5, 20, 0, 0, 0, 0, time.UTC),
		Expiry:      time.Date(2030, 2, 14, 0, 0, 0, 0, time.UTC),
		Nationality: "Việt Nam", Ethnicity: "Kinh", Religion: "Không",
		Origin:    "Thử, Mẫu, Hà Nội",
		Residence: "Số 5, Ngõ 10 Phố Mẫu, Phường Thử, Ba Đình, Hà Nội",
		Features:  "Nốt ruồi C.1cm trên sau mép trái",
		Father:    "Nguyễn Văn Cha", Mother: "Lê Thị Mẹ",
	}
}

func (c Citizen) validate() error {
	if !digits(c.Number, 12) {
		return fmt.Errorf("chip: the number of a citizen is 12 digits")
	}
	if c.OldNumber != "" && !digits(c.OldNumber, 9) && !digits(c.OldNumber, 12) {
		return fmt.Errorf("chip: an old number is 9 or 12 digits")
	}
	if c.Sex != "Nam" && c.Sex != "Nữ" {
		return fmt.Errorf(`chip: the sex of a citizen is "Nam" or "Nữ"`)
	}
	if c.Name == "" || c.Birth.IsZero() || c.Issue.IsZero() {
		return fmt.Errorf("chip: a citizen has a name, a birth date and an issue date")
	}
	return nil
}

func digits(s string, n int) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return len(s) == n
}

// Profile names what a chip offers.
type Profile string

// The profiles.
const (
	// ProfileCCCD is the Vietnamese card: PACE-GM on brainpoolP256r1 with
	// AES-128, no BAC, and no SELECT of the master file (6D00).
	ProfileCCCD Profile = "cccd"
	// ProfilePACEP256 is PACE-GM on NIST P-256 with AES-128, no BAC.
	ProfilePACEP256 Profile = "pace-p256"
	// ProfilePACEBAC is [ProfilePACEP256] that answers BAC as well.
	ProfilePACEBAC Profile = "pace+bac"
	// ProfileBAC is BAC only: there is no EF.CardAccess.
	ProfileBAC Profile = "bac"
)

// Profiles lists the profiles in the order of their age, newest first.
func Profiles() []Profile {
	return []Profile{ProfileCCCD, ProfilePACEP256, ProfilePACEBAC, ProfileBAC}
}

// Fault scripts what goes wrong on a card. The zero value is a sound card.
type Fault string

// The faults.
const (
	FaultNone Fault = ""
	// FaultSODHash signs a hash for DG2 that is not the hash of DG2.
	FaultSODHash Fault = "sod-hash"
	// FaultSODSignature breaks the signature of EF.SOD.
	FaultSODSignature Fault = "sod-signature"
	// FaultPull dies in the middle of DG2 of every read: Process returns nil
	// until Reset.
	FaultPull Fault = "pull"
	// FaultPullOnce is [FaultPull] for the first read only.
	FaultPullOnce Fault = "pull-once"
	// FaultZero dies like [FaultPull], but Process returns an empty response:
	// some drivers report a dead chip as success with no bytes. vpcd cannot
	// carry that: there it is the same as [FaultPull].
	FaultZero Fault = "zero"
	// FaultPlain6A82 announces DG13 but does not hold it, and answers a
	// missing file with an unprotected 6A82 while it keeps the session. The
	// unprotected answer does not count in the send sequence counter.
	FaultPlain6A82 Fault = "plain-6a82"
	// FaultLength makes the header of DG2 claim 4 KB more than the file holds.
	FaultLength Fault = "length"
)

// Faults lists the scripted faults.
func Faults() []Fault {
	return []Fault{FaultSODHash, FaultSODSignature, FaultPull, FaultPullOnce, FaultZero, FaultPlain6A82, FaultLength}
}

func knownFault(f Fault) bool {
	if f == FaultNone {
		return true
	}
	for _, k := range Faults() {
		if f == k {
			return true
		}
	}
	return false
}
