package apdu

import "fmt"

// Status is the status word SW1 SW2 of a response (ISO/IEC 7816-4 §5.1.3). As
// an error it is a refusal by the chip.
type Status uint16

// Status words that decide something.
const (
	OK                  Status = 0x9000
	EndOfFile           Status = 0x6282 // fewer bytes than asked: the file ends here
	AuthenticationFails Status = 0x6300
	WrongLength         Status = 0x6700
	NotAllowed          Status = 0x6982 // security status not satisfied
	ConditionsNotMet    Status = 0x6985
	NoSecureData        Status = 0x6987 // secure messaging objects missing
	BadSecureData       Status = 0x6988 // secure messaging objects incorrect
	NotFound            Status = 0x6A82 // file or application
	DataNotFound        Status = 0x6A88 // referenced data, say a password the chip does not have
	BadOffset           Status = 0x6B00
	BadInstruction      Status = 0x6D00
)

// Refused reports whether the chip did not do what the command asked; the
// warnings of the 62 series are no refusals.
func (s Status) Refused() bool { return s != OK && s>>8 != 0x62 }

// WrongKey reports whether the status is the answer to a wrong password:
// 6300, or 63Cx with x tries left.
func (s Status) WrongKey() bool { return s == AuthenticationFails || s&0xFFF0 == 0x63C0 }

// ExactLe returns the length the chip wants (6Cxx), and whether it says one.
func (s Status) ExactLe() (int, bool) {
	if s>>8 != 0x6C {
		return 0, false
	}
	return shortLe(byte(s)), true
}

func (s Status) String() string { return fmt.Sprintf("%04X", uint16(s)) }

// Error says what the chip answered.
func (s Status) Error() string {
	if m := s.meaning(); m != "" {
		return fmt.Sprintf("chip answered %s (%s)", s.String(), m)
	}
	return fmt.Sprintf("chip answered %s", s.String())
}

func (s Status) meaning() string {
	switch s {
	case OK:
		return "done"
	case EndOfFile:
		return "end of file"
	case WrongLength:
		return "wrong length"
	case NotAllowed:
		return "not allowed without further authentication"
	case ConditionsNotMet:
		return "conditions of use not satisfied"
	case NoSecureData, BadSecureData:
		return "secure messaging refused"
	case NotFound:
		return "file or application not found"
	case DataNotFound:
		return "referenced data not found"
	case BadOffset:
		return "offset outside the file"
	case BadInstruction:
		return "command not supported"
	}
	if s.WrongKey() {
		return "authentication failed"
	}
	return ""
}
