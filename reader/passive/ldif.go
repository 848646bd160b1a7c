package passive

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
)

// Limits of an LDIF file (RFC 2849).
const maxLDIFValues = 1 << 16

// isLDIF reports whether a text looks like LDIF: a line "version: 1" or
// "dn: …" among its first.
func isLDIF(b []byte) bool {
	for range 16 {
		line, rest, more := bytes.Cut(b, []byte("\n"))
		line = bytes.ToLower(bytes.TrimSpace(line))
		if bytes.HasPrefix(line, []byte("dn:")) || bytes.HasPrefix(line, []byte("version:")) {
			return true
		}
		if len(line) > 0 && line[0] != '#' || !more {
			return false
		}
		b = rest
	}
	return false
}

// ldifWanted picks the attributes that hold certificates and lists, in the ICAO
// public key directory (Doc 9303-12 §6) and in others.
func ldifWanted(attribute string) bool {
	switch strings.ToLower(strings.TrimSuffix(attribute, ";binary")) {
	case "usercertificate", "cacertificate", "certificaterevocationlist", "pkdmasterlistcontent", "cscamasterlistdata":
		return true
	}
	return false
}

// ldif reads the binary values of an LDIF file.
func (t *Trust) ldif(name string, b []byte) error {
	var p parts
	for len(b) > 0 {
		var line []byte
		line, b = ldifLine(b)
		attribute, value, ok := bytes.Cut(line, []byte(":: "))
		if !ok {
			attribute, value, ok = bytes.Cut(line, []byte("::"))
		}
		if !ok || !ldifWanted(string(attribute)) {
			continue
		}
		if p.good+len(p.failed) == maxLDIFValues {
			return fmt.Errorf("more than %d values", maxLDIFValues)
		}
		der := make([]byte, base64.StdEncoding.DecodedLen(len(value)))
		size, err := base64.StdEncoding.Decode(der, bytes.TrimSpace(value))
		if err == nil {
			err = t.object(name, der[:size])
		}
		p.took(err)
	}
	return p.end(t, name)
}

// ldifLine returns the first line of b with its continuations, which begin with
// a space, and what follows.
func ldifLine(b []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(b, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	if len(rest) == 0 || rest[0] != ' ' {
		return line, rest
	}
	var joined bytes.Buffer
	joined.Write(line)
	for len(rest) > 0 && rest[0] == ' ' {
		line, rest, _ = bytes.Cut(rest[1:], []byte("\n"))
		joined.Write(bytes.TrimSuffix(line, []byte("\r")))
	}
	return joined.Bytes(), rest
}
