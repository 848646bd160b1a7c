package lds

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/tram-station/tram/reader/tlv"
)

// Tags of EF.ATR/INFO and EF.DIR (ISO/IEC 7816-4 §12.1.1, §12.2; Doc 9303-10
// §3.11.1, §3.11.2) and of EF.CVCA.
const (
	tagCapabilities = 0x47
	tagLengthInfo   = 0x7F66
	tagApplication  = 0x61
	tagAID          = 0x4F
	tagLabel        = 0x50
	tagAuthority    = 0x42
)

// Bits of the card capabilities: the first octet tells how files are selected,
// the third how commands may look (ISO/IEC 7816-4 tables 117, 119).
const (
	capShortID  = 0x04
	capChaining = 0x80
	capExtended = 0x40
)

// Limits against a hostile chip.
const (
	maxMasterFile   = 16 << 10
	maxObjects      = 64
	maxApplications = 32
	maxAuthorities  = 2
	maxReference    = 16 // characters of a certificate holder's reference
	// maxAPDU is the longest extended command: header, Lc, data and Le.
	maxAPDU = 4 + 3 + 0xFFFF + 2
)

// ATRInfo is EF.ATR/INFO: what the chip as a whole can do.
type ATRInfo struct {
	// MaxCommand and MaxResponse are the longest command and response in
	// bytes, both as they go over the line (DO 7F66); 0 when the file does not
	// say.
	MaxCommand, MaxResponse int
	// Capabilities are the one to three octets of DO 47.
	Capabilities []byte
	Other        []Field
}

// Extended reports whether the chip takes extended lengths.
func (a *ATRInfo) Extended() bool { return a.capability(2, capExtended) }

// Chaining reports whether the chip takes chained commands.
func (a *ATRInfo) Chaining() bool { return a.capability(2, capChaining) }

// ShortIDs reports whether the chip selects files by short identifier.
func (a *ATRInfo) ShortIDs() bool { return a.capability(0, capShortID) }

func (a *ATRInfo) capability(octet int, bit byte) bool {
	return len(a.Capabilities) > octet && a.Capabilities[octet]&bit != 0
}

// ParseATRInfo decodes EF.ATR/INFO.
func ParseATRInfo(b []byte) (*ATRInfo, error) {
	objects, err := masterObjects(b)
	if err != nil {
		return nil, fmt.Errorf("EF.ATR/INFO: %w", err)
	}
	a := &ATRInfo{}
	for _, o := range objects {
		switch {
		case o.Tag == tagCapabilities && len(o.Value) >= 1 && len(o.Value) <= 3 && a.Capabilities == nil:
			a.Capabilities = o.Value
		case o.Tag == tagLengthInfo:
			if a.MaxCommand, a.MaxResponse, err = lengthInfo(o); err != nil {
				return nil, fmt.Errorf("EF.ATR/INFO: %w", err)
			}
		default:
			a.Other = append(a.Other, Field{o.Tag, o.Value})
		}
	}
	return a, nil
}

// lengthInfo reads the two integers of DO 7F66. A number beyond what any
// command can be says no more than the largest.
func lengthInfo(o tlv.Element) (command, response int, err error) {
	parts, err := elements(o.Value, 2)
	if err != nil {
		return 0, 0, err
	}
	if len(parts) != 2 || parts[0].Tag != tagInteger || parts[1].Tag != tagInteger {
		return 0, 0, errors.New("the extended length information is not two numbers")
	}
	command, ok1 := integer(parts[0].Value)
	response, ok2 := integer(parts[1].Value)
	if !ok1 || !ok2 {
		return 0, 0, errors.New("the extended length information is not two numbers")
	}
	return min(command, maxAPDU), min(response, maxAPDU), nil
}

// Application is one entry of EF.DIR.
type Application struct {
	AID   []byte
	Label string
	Other []Field
}

// ParseDIR decodes EF.DIR: the applications on the chip.
func ParseDIR(b []byte) ([]Application, error) {
	objects, err := masterObjects(b)
	if err != nil {
		return nil, fmt.Errorf("EF.DIR: %w", err)
	}
	var list []Application
	for _, o := range objects {
		parts := tlv.Elements{o} // an identifier may stand without its template
		if o.Tag == tagApplication {
			if parts, err = elements(o.Value, maxObjects); err != nil {
				return nil, fmt.Errorf("EF.DIR: %w", err)
			}
		}
		if len(list) == maxApplications {
			return nil, fmt.Errorf("EF.DIR: more than %d applications", maxApplications)
		}
		var a Application
		for _, p := range parts {
			switch p.Tag {
			case tagAID:
				a.AID = p.Value
			case tagLabel:
				a.Label = readable(p.Value)
			default:
				a.Other = append(a.Other, Field{p.Tag, p.Value})
			}
		}
		if len(a.AID) == 0 || len(a.AID) > 16 {
			return nil, errors.New("EF.DIR: an application without its identifier")
		}
		list = append(list, a)
	}
	return list, nil
}

// ParseCVCA decodes EF.CVCA: one or two references of certification
// authorities, newest first, then zeros (TR-03110-3 §A.6.2).
func ParseCVCA(b []byte) ([]string, error) {
	objects, err := masterObjects(b)
	if err != nil {
		return nil, fmt.Errorf("EF.CVCA: %w", err)
	}
	if len(objects) == 0 || len(objects) > maxAuthorities {
		return nil, fmt.Errorf("EF.CVCA: %d references where one or two must stand", len(objects))
	}
	refs := make([]string, 0, len(objects))
	for _, o := range objects {
		if o.Tag != tagAuthority || len(o.Value) == 0 || len(o.Value) > maxReference {
			return nil, errors.New("EF.CVCA: no reference of a certification authority")
		}
		refs = append(refs, string(o.Value))
	}
	return refs, nil
}

// masterObjects reads one object after the other; zeros after the last fill
// the file up.
func masterObjects(b []byte) (tlv.Elements, error) {
	if len(b) > maxMasterFile {
		return nil, fmt.Errorf("%d bytes are more than the file needs", len(b))
	}
	var es tlv.Elements
	for len(b) > 0 && b[0] != 0 {
		e, rest, err := tlv.Next(b)
		if err != nil {
			return nil, err
		}
		if len(es) == maxObjects {
			return nil, fmt.Errorf("more than %d objects", maxObjects)
		}
		es, b = append(es, e), rest
	}
	if len(bytes.Trim(b, "\x00")) > 0 {
		return nil, errors.New("something stands after the file's end")
	}
	return es, nil
}
