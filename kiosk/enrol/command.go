package enrol

import (
	"encoding/json"

	"github.com/tram-station/tram/kiosk/places"
)

// Command is one action of the officer. The same ID twice is done once; the
// second answers with the present snapshot.
type Command struct {
	ID   string          `json:"id"`
	Name string          `json:"name"`
	Args json.RawMessage `json:"args,omitempty"`
	// IfVersion is the version of the snapshot that the officer acts on; 0: of
	// whatever there is. Where the enrolment has moved since, nothing is done.
	IfVersion uint64 `json:"if_version,omitempty"`
	Officer   string `json:"-"` // the session's officer, set by the server
	// Citizen is the ID of the enrolment that the citizen's own screen shows, set
	// by the server where the command comes from there; "": the officer's.
	Citizen string `json:"-"`
}

// CorrectArgs names the sealed dossier of which the central wants a section
// anew.
type CorrectArgs struct {
	Dossier string `json:"dossier"`
}

// ScanArgs opens the card. Text takes whatever a scanner typed: a QR payload,
// MRZ lines, a 12-digit number or a 6-digit CAN. The other fields say what
// they are. Document, Birth and Expiry (YYMMDD) together are an MRZ key.
type ScanArgs struct {
	Text     string   `json:"text,omitempty"`
	QR       string   `json:"qr,omitempty"`
	MRZ      []string `json:"mrz,omitempty"`
	Number   string   `json:"number,omitempty"`
	CAN      string   `json:"can,omitempty"`
	Document string   `json:"document,omitempty"`
	Birth    string   `json:"birth,omitempty"`
	Expiry   string   `json:"expiry,omitempty"`
	// Fields are those of the card, typed where neither code nor zone can be
	// read: at least number, name and birth; Place says the residence by the list.
	Fields map[string]string `json:"fields,omitempty"`
	Place  *PlaceArgs        `json:"place,omitempty"`
	// Via says how the text came: "wedge", "scanner", "camera", "picture" or
	// "keyboard".
	Via string `json:"via,omitempty"`
}

// CameraArgs opens the camera to look for the print of the card, or closes it.
type CameraArgs struct {
	On bool `json:"on"`
}

// PersonArgs confirms the person. Corrections replaces fields by name: those
// of Rules.Correctable.
type PersonArgs struct {
	Phone       string            `json:"phone"`
	Email       string            `json:"email,omitempty"`
	Corrections map[string]string `json:"corrections,omitempty"`
	// Place is the residence by the list, in place of a correction in words.
	Place *PlaceArgs `json:"place,omitempty" cbor:"place,omitempty"`
	// Address is what the list makes of it; the station fills it.
	Address *places.Address `json:"-" cbor:"address,omitempty"`
}

// AcknowledgeArgs lets the enrolment go on past an issue; the reason goes into
// the dossier.
type AcknowledgeArgs struct {
	Code   string `json:"code"`
	Reason string `json:"reason"`
}

// PortraitArgs takes the portrait. Same is the officer's word that the two
// pictures show one person: needed where the comparison does not settle it, an
// alarm needs a reason too.
type PortraitArgs struct {
	Same   bool   `json:"same,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// ReasonArgs carries a reason: of a portrait by hand a code of
// Rules.PortraitReasons, of pictures that differ the officer's own words.
type ReasonArgs struct {
	Reason string `json:"reason"`
}

// FingerArgs names what is to be laid down: a unit of Snapshot.Prints, or a
// single finger; for an exception and its picture a finger, and for the first
// also the reason: a code of Rules.FingerReasons.
type FingerArgs struct {
	Unit   string `json:"unit,omitempty"`
	Finger int    `json:"finger,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// ApproveArgs approves the exception of a finger. Picture is the mark of the
// hand's picture that the supervisor saw (ExceptionView.Picture), "" where the
// reason wants none. The server fills Supervisor once it has checked the PIN; it
// never takes it from a page.
type ApproveArgs struct {
	Finger     int    `json:"finger"`
	Supervisor string `json:"supervisor"`
	Picture    string `json:"picture"`
}
