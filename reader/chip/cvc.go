package chip

import (
	"bytes"
	"errors"
	"fmt"
	"time"
)

// Card-verifiable certificates (Doc 9303-12 §7.2, BSI TR-03110-3 appendix C):
// what terminals show to a chip.

var errCV = errors.New("chip: not a card-verifiable certificate")

// Rights are what a certificate lets an inspection system read.
type Rights byte

// The rights (BSI TR-03110-4 §2.2.3.1).
const (
	ReadDG3 Rights = 1 << iota // fingers
	ReadDG4                    // irises

	noRights  Rights = 0
	allRights        = ReadDG3 | ReadDG4
)

// cvRole is whom a certificate was made for: the two high bits beside the
// rights.
type cvRole byte

const (
	roleTerminal   cvRole = 0x00
	roleForeignDV  cvRole = 0x40
	roleDomesticDV cvRole = 0x80
	roleCVCA       cvRole = 0xC0

	roleMask byte = 0xC0
)

// The fixed parts of a certificate.
const (
	cvProfile    = 0
	cvDateSize   = 6  // digits, one a byte
	minReference = 8  // characters of a holder or authority reference: country,
	maxReference = 16 // mnemonic of up to nine, sequence number of five
)

// isVerifier reports a document verifier.
func (r cvRole) isVerifier() bool { return r == roleForeignDV || r == roleDomesticDV }

// oidInspection is the kind of terminal this chip knows: id-IS.
func oidInspection() []byte { return oid(0, 4, 0, 127, 0, 7, 3, 1, 2, 1) }

// cvBody is what a certificate says.
type cvBody struct {
	authority string // whose key signed it
	key       []byte // the content of the public key data object
	holder    string
	role      cvRole
	rights    Rights
	from      time.Time // the day
	until     time.Time // the last day
}

// encode writes the certificate body 7F4E.
func (b cvBody) encode() []byte {
	return encode(0x7F4E,
		encode(0x5F29, []byte{cvProfile}),
		encode(0x42, []byte(b.authority)),
		encode(0x7F49, b.key),
		encode(0x5F20, []byte(b.holder)),
		encode(0x7F4C, oidInspection(), encode(0x53, []byte{byte(b.role) | byte(b.rights)})),
		encode(0x5F25, cvDate(b.from)),
		encode(0x5F24, cvDate(b.until)))
}

// cvDate is YYMMDD, a digit a byte.
func cvDate(t time.Time) []byte {
	out := []byte(t.UTC().Format("060102"))
	for i := range out {
		out[i] -= '0'
	}
	return out
}

func parseCVDate(b []byte) (time.Time, error) {
	if len(b) != cvDateSize {
		return time.Time{}, errCV
	}
	text := make([]byte, 0, 2+cvDateSize)
	text = append(text, "20"...)
	for _, d := range b {
		if d > 9 {
			return time.Time{}, errCV
		}
		text = append(text, '0'+d)
	}
	day, err := time.Parse("20060102", string(text))
	if err != nil {
		return time.Time{}, errCV
	}
	return day, nil
}

// parseCertificate reads the data of PSO:Verify Certificate: body and
// signature, and nothing else. signed is what the signature covers.
func parseCertificate(data []byte) (body cvBody, signed, signature []byte, err error) {
	objects, err := parseObjects(data)
	if err != nil || len(objects) != 2 || objects[0].tag != 0x7F4E || objects[1].tag != 0x5F37 {
		return cvBody{}, nil, nil, errCV
	}
	body, err = parseBody(objects[0].value)
	if err != nil {
		return cvBody{}, nil, nil, err
	}
	tail := encode(0x5F37, objects[1].value)
	signed, ok := bytes.CutSuffix(data, tail)
	if !ok { // a length that is not the shortest
		return cvBody{}, nil, nil, errCV
	}
	return body, signed, objects[1].value, nil
}

// parseBody reads the objects of a body in their fixed order; extensions may
// follow and are not understood.
func parseBody(b []byte) (cvBody, error) {
	objects, err := parseObjects(b)
	if err != nil {
		return cvBody{}, errCV
	}
	order := []uint32{0x5F29, 0x42, 0x7F49, 0x5F20, 0x7F4C, 0x5F25, 0x5F24}
	if len(objects) < len(order) || len(objects) > len(order)+1 {
		return cvBody{}, errCV
	}
	for i, tag := range order {
		if objects[i].tag != tag {
			return cvBody{}, errCV
		}
	}
	if len(objects) > len(order) && objects[len(order)].tag != 0x65 {
		return cvBody{}, errCV
	}
	out := cvBody{authority: string(objects[1].value), key: objects[2].value, holder: string(objects[3].value)}
	if !bytes.Equal(objects[0].value, []byte{cvProfile}) || !isReference(out.authority) || !isReference(out.holder) {
		return cvBody{}, errCV
	}
	if out.role, out.rights, err = parseAuthorization(objects[4].value); err != nil {
		return cvBody{}, err
	}
	if out.from, err = parseCVDate(objects[5].value); err != nil {
		return cvBody{}, err
	}
	if out.until, err = parseCVDate(objects[6].value); err != nil {
		return cvBody{}, err
	}
	return out, nil
}

func isReference(s string) bool { return len(s) >= minReference && len(s) <= maxReference }

// parseAuthorization reads the certificate holder authorization template; bits
// without a meaning are ignored.
func parseAuthorization(b []byte) (cvRole, Rights, error) {
	objects, err := parseObjects(b)
	if err != nil || len(objects) != 2 || objects[0].tag != 0x06 || objects[1].tag != 0x53 || len(objects[1].value) != 1 {
		return 0, 0, errCV
	}
	if !bytes.Equal(encode(0x06, objects[0].value), oidInspection()) {
		return 0, 0, fmt.Errorf("%w of an inspection system", errCV)
	}
	bits := objects[1].value[0]
	return cvRole(bits & roleMask), Rights(bits) & allRights, nil
}
