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
	// State is the nationality in three letters; "" is the issuing state. A
	// residence card is for somebody of another state.
	State                       string
	Origin, Residence, Features string
	Father, Mother              string

	Portrait             []byte   // JPEG or JPEG 2000 for DG2; nil: a small drawing
	PortraitW, PortraitH int      // pixels; 0: read from the JPEG
	Fingers              []Finger // for DG3; nil: two drawings
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
	if c.State != "" && !letters(c.State, 3) {
		return fmt.Errorf("chip: a state is three capital letters")
	}
	if c.Name == "" || c.Birth.IsZero() || c.Issue.IsZero() {
		return fmt.Errorf("chip: a citizen has a name, a birth date and an issue date")
	}
	return nil
}

// state is the nationality for the machine-readable zone of k.
func (c Citizen) state(k Content) string {
	if c.State != "" {
		return c.State
	}
	return k.State
}

func digits(s string, n int) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return len(s) == n
}
