package mrz

import "log/slog"

// Names of the fields of a zone, as in Field.Name.
const (
	FieldCode        = "document_code"
	FieldIssuer      = "issuer"
	FieldNumber      = "document_number"
	FieldOptional    = "optional"
	FieldOptional2   = "optional_2"
	FieldPersonal    = "personal"       // TD3's optional data, which has a check digit
	FieldOffice      = "issuing_office" // of a French card of before 2021
	FieldBirth       = "birth"
	FieldSex         = "sex"
	FieldExpiry      = "expiry"
	FieldNationality = "nationality"
	FieldSurname     = "surname"
	FieldGiven       = "given_names"
	FieldComposite   = "composite"
)

// kind is a part of the print. It is a field too, but for names: on the print
// one part, two fields.
type kind uint8

const (
	noKind kind = iota
	kindCode
	kindIssuer
	kindNumber
	kindOptional
	kindOptional2
	kindPersonal
	kindOffice
	kindBirth
	kindSex
	kindExpiry
	kindNationality
	kindSurname
	kindGiven
	kindComposite
	kindNames
)

func (k kind) String() string {
	return [...]string{"", FieldCode, FieldIssuer, FieldNumber, FieldOptional, FieldOptional2, FieldPersonal,
		FieldOffice, FieldBirth, FieldSex, FieldExpiry, FieldNationality, FieldSurname, FieldGiven, FieldComposite, "names"}[k]
}

// Problem says why a field is not OK.
type Problem string

// The problems of a field; where it has several, the first of this list.
const (
	ProblemEmpty      Problem = "empty"       // nothing stands where something must
	ProblemCharacters Problem = "characters"  // letters among digits, or the other way round
	ProblemCheckDigit Problem = "check-digit" // printed and computed differ
	ProblemDate       Problem = "date"        // such a day is in no calendar
)

// Field is one field of a zone as it was read. Lines and columns count from 0.
type Field struct {
	Name     string
	Value    string // without trailing fillers; names with spaces
	Printed  string // the check digit on the print, "" where the field has none
	Computed string // the check digit as it should be, "" where the field has none
	OK       bool   // Problem is ""
	Problem  Problem

	// The place of the value on the print: columns From up to To, which is not
	// part of it, of the line. A document number longer than nine characters
	// begins there and goes on in the optional data.
	Line, From, To int
	Check          int // column of the check digit, same line; -1 where there is none
}

// LogValue names the field and its problem, not its value.
func (f Field) LogValue() slog.Value {
	return slog.GroupValue(slog.String("name", f.Name), slog.String("problem", string(f.Problem)))
}
