package passive

import (
	"slices"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
	"golang.org/x/text/language"
)

// claim is what a document says of itself and its signer must fit.
type claim struct {
	state string // issuing state as in DG1: "VNM", "D", "EUE"; "" where DG1 was not read
	code  string // document code as in DG1: "I", "ID", "P"
}

// claimOf reads the claim out of a zone of DG1: TD1, TD2 and TD3 have it in
// the same place (Doc 9303-4, -5, -6 §4.2).
func claimOf(zone string) claim {
	if len(zone) < 5 {
		return claim{}
	}
	return claim{
		state: strings.TrimRight(zone[2:5], "<"),
		code:  strings.TrimRight(zone[:2], "<"),
	}
}

// statesOf returns the country codes of certificates that may sign for an
// issuing state of the MRZ, nil where this program does not know the state.
// Doc 9303-3 §5 has codes of its own beside ISO 3166-1 alpha-3.
func statesOf(state string) []string {
	switch state {
	case "D":
		return []string{"DE"}
	case "GBD", "GBN", "GBO", "GBP", "GBS":
		return []string{"GB"}
	case "CHN": // the special administrative regions name the People's Republic
		return []string{"CN", "HK", "MO"}
	case "EUE":
		return []string{"EU"}
	case "UNO", "UNA":
		return []string{"UN"}
	case "RKS":
		return []string{"KS", "XK"}
	case "UTO": // Utopia, the country of the specimens
		return []string{"UT"}
	}
	if len(state) != 3 {
		return nil
	}
	region, err := language.ParseRegion(state)
	if err != nil || !region.IsCountry() || region.ISO3() != state {
		return nil
	}
	return []string{region.String()}
}

// fit is how a certificate's country stands to the document's issuing state.
type fit uint8

const (
	unknownFit fit = iota
	fits
	misfit
)

// fitsState compares a CSCA's country with the issuing state. Where this
// program does not know the state, an organisation's mostly, the certificate
// may name it as the MRZ does, as locality of its alternative name (Doc 9303-12
// §7.1.1). That name never mends a country that is known not to fit.
func (c *certificate) fitsState(state string) fit {
	own, want := country(c.subject), statesOf(state)
	switch {
	case want == nil && state != "" && slices.Contains(c.alternativeStates(), state):
		return fits
	case own == "" || want == nil:
		return unknownFit
	case slices.Contains(want, own):
		return fits
	}
	return misfit
}

// alternativeStates returns the localities of the certificate's alternative
// name.
func (c *certificate) alternativeStates() []string {
	in := cryptobyte.String(c.subjectAlt)
	var names cryptobyte.String
	if !in.ReadASN1(&names, cbasn1.SEQUENCE) {
		return nil
	}
	var list []string
	for !names.Empty() && len(list) < maxNameComponents {
		var name, directory cryptobyte.String
		var tag cbasn1.Tag
		if !names.ReadAnyASN1(&name, &tag) {
			return list
		}
		if tag != explicit(4) || !name.ReadASN1Element(&directory, cbasn1.SEQUENCE) {
			continue
		}
		if l := attribute(directory, oidLocality); l != "" {
			list = append(list, strings.ToUpper(l))
		}
	}
	return list
}

// signsType reports whether the document types that a document signer is for
// hold code (Doc 9303-12 §7.1.1.6). A signer without a list, or with one that
// cannot be read, is for all. A type of one letter holds all that begin so.
func (c *certificate) signsType(code string) bool {
	in := cryptobyte.String(c.documents)
	var seq, set cryptobyte.String
	var version int
	if code == "" || !in.ReadASN1(&seq, cbasn1.SEQUENCE) || !seq.ReadASN1Integer(&version) || !seq.ReadASN1(&set, cbasn1.SET) {
		return true
	}
	for !set.Empty() {
		var t cryptobyte.String
		if !set.ReadASN1(&t, cbasn1.PrintableString) {
			return true
		}
		if own := strings.TrimRight(string(t), "< "); own == code || len(own) == 1 && strings.HasPrefix(code, own) {
			return true
		}
	}
	return false
}
