package chip

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Fault scripts what goes wrong on a card: names from [Faults], several divided
// by commas. A fault that strikes in the middle of DG2 strikes elsewhere with
// "@" and a number behind its name ("pull@12000"): at the read that goes past
// so many bytes of files since the chip was powered. The zero value is a sound
// card.
type Fault string

// FaultNone is a sound card.
const FaultNone Fault = ""

// What the authority signed wrongly, or in another order of things.
const (
	// FaultSODHash signs a hash for DG2 that is not the hash of DG2.
	FaultSODHash Fault = "sod-hash"
	// FaultSODSignature breaks the signature of EF.SOD.
	FaultSODSignature Fault = "sod-signature"
	// FaultSignerExpired: the document signer's certificate ran out after it
	// signed. That is the life of every document.
	FaultSignerExpired Fault = "ds-expired"
	// FaultSignerLate: it had run out before it signed.
	FaultSignerLate Fault = "ds-late"
	// FaultSignerRevoked signs with a signer that belongs on the revocation
	// list: [Issuer.CRL] with [Card.Signer].
	FaultSignerRevoked Fault = "ds-revoked"
	// FaultSignerForged names the CSCA as the signer's issuer; another key
	// signed it.
	FaultSignerForged Fault = "ds-forged"
	// FaultSignerUnknown signs under a CSCA that nobody trusts.
	FaultSignerUnknown Fault = "ds-unknown"
	// FaultSignerDocuments signs with a signer for visas only.
	FaultSignerDocuments Fault = "ds-documents"
	// FaultSignerUsage signs with a signer whose certificate names no usage.
	FaultSignerUsage Fault = "ds-no-usage"
	// FaultOtherState names another issuing state in DG1 than the authority's.
	FaultOtherState Fault = "other-state"
	// FaultCertRSA, FaultCertCurve and FaultCertDeep carry a hostile
	// certificate of the signer in EF.SOD: an RSA modulus of 65,536 bits, a
	// curve over a field of 16,384 bits, two thousand nested sequences.
	FaultCertRSA   Fault = "cert-rsa"
	FaultCertCurve Fault = "cert-curve"
	FaultCertDeep  Fault = "cert-deep"
)

// What is wrong with the files.
const (
	// FaultLength makes the header of DG2 claim 4 KB more than the file holds,
	// FaultLengthShort 256 bytes less.
	FaultLength      Fault = "length"
	FaultLengthShort Fault = "length-short"
	// FaultEndless: DG2 claims 2 GB, and its bytes never end.
	FaultEndless Fault = "endless"
	// FaultDeepTLV and FaultHugeTLV sign a DG2 and a DG13 of thousands of
	// nested, or of tiny objects.
	FaultDeepTLV Fault = "deep-tlv"
	FaultHugeTLV Fault = "huge-tlv"
	// FaultNoCOM leaves EF.COM out.
	FaultNoCOM Fault = "no-com"
	// FaultHidden hides DG14 and DG15, which EF.SOD lists: what a copy does
	// that cannot prove itself.
	FaultHidden Fault = "hidden"
	// FaultPlain6A82 announces DG13 but does not hold it, and answers a
	// missing file with an unprotected 6A82 while it keeps the session. The
	// unprotected answer does not count in the send sequence counter.
	FaultPlain6A82 Fault = "plain-6a82"
	// FaultCardAccess offers 3DES in EF.CardAccess and nothing else: somebody
	// took out what DG14 lists.
	FaultCardAccess Fault = "card-access"
)

// What a copy cannot do.
const (
	// FaultChipClone and FaultActiveClone hold other private keys than those
	// that DG14 (or EF.CardSecurity) and DG15 name.
	FaultChipClone   Fault = "ca-clone"
	FaultActiveClone Fault = "aa-clone"
)

// What goes wrong on the way into the chip.
const (
	// FaultKeyRefused refuses the printed keys too.
	FaultKeyRefused Fault = "key-refused"
	// FaultWrongKey6982 and FaultWrongKey6A80 answer a wrong key with these
	// status words in place of 6300.
	FaultWrongKey6982 Fault = "wrong-key-6982"
	FaultWrongKey6A80 Fault = "wrong-key-6a80"
	// FaultLeadingZero draws keys until the shared secret of PACE starts with a
	// zero byte.
	FaultLeadingZero Fault = "leading-zero"
)

// What strikes while the chip is read.
const (
	// FaultPull dies in the middle of DG2 of every read: Process returns nil
	// until Reset.
	FaultPull Fault = "pull"
	// FaultPullOnce is [FaultPull] for the first read only.
	FaultPullOnce Fault = "pull-once"
	// FaultZero dies like [FaultPull], but Process returns an empty response:
	// some drivers report a dead chip as success with no bytes. vpcd cannot
	// carry that: there it is the same as [FaultPull].
	FaultZero Fault = "zero"
	// FaultSwap is [FaultPullOnce], but another citizen's card comes back;
	// FaultTwin has the same print on it, and other files.
	FaultSwap Fault = "swap"
	FaultTwin Fault = "swap-twin"
	// FaultReset loses the session once, as when another program resets the
	// card.
	FaultReset Fault = "reset-once"
	// FaultPlain6982 and FaultPlain6D00 answer without protection and end the
	// session.
	FaultPlain6982 Fault = "plain-6982"
	FaultPlain6D00 Fault = "plain-6d00"
	// FaultMAC breaks the checksum of a response.
	FaultMAC Fault = "bad-mac"
)

// Ways of a chip that are no faults, but that a reader has to know.
const (
	FaultShortOnly     Fault = "short-only"         // no extended length: 6700
	FaultExtendedDies  Fault = "extended-silent"    // dies of extended length
	FaultExtendedShort Fault = "extended-truncated" // takes it for a short one
	FaultShortBlocks   Fault = "short-blocks"       // at most 100 bytes at a time
	FaultNoShortIDs    Fault = "no-short-ids"
	FaultExactLength   Fault = "exact-length" // 6Cxx
	FaultNoSelectMF    Fault = "no-select-mf" // 6D00
)

// faultWords says of each fault what it does, in the order of [Faults].
func faultWords() [][2]string {
	return [][2]string{
		{"sod-hash", "EF.SOD signs another hash for DG2"},
		{"sod-signature", "the signature of EF.SOD is broken"},
		{"ds-expired", "the signer's certificate ran out after it signed (normal)"},
		{"ds-late", "the signer's certificate had run out when it signed"},
		{"ds-revoked", "the signer is on the revocation list"},
		{"ds-forged", "another key signed the signer's certificate in the CSCA's name"},
		{"ds-unknown", "signed under a CSCA that is not in the trust folder"},
		{"ds-documents", "the signer may sign visas only"},
		{"ds-no-usage", "the signer's certificate names no key usage"},
		{"other-state", "DG1 names another issuing state than the certificates"},
		{"cert-rsa", "the signer's certificate holds an RSA modulus of 65,536 bits"},
		{"cert-curve", "the signer's certificate holds a curve over 16,384 bits"},
		{"cert-deep", "the signer's certificate nests 2,000 sequences"},
		{"length", "DG2 claims 4 KB more than it holds"},
		{"length-short", "DG2 claims 256 bytes less than it holds"},
		{"endless", "DG2 claims 2 GB and never ends"},
		{"deep-tlv", "DG2 and DG13 nest thousands of objects"},
		{"huge-tlv", "DG2 and DG13 hold ten thousand empty objects"},
		{"no-com", "EF.COM is missing"},
		{"hidden", "DG14 and DG15 are signed and not there"},
		{"plain-6a82", "DG13 is missing: an unprotected 6A82, the session lives on"},
		{"card-access", "EF.CardAccess offers only 3DES, the signed DG14 more"},
		{"ca-clone", "the chip does not hold the private key of chip authentication"},
		{"aa-clone", "the chip does not hold the private key of active authentication"},
		{"key-refused", "the chip refuses the printed keys"},
		{"wrong-key-6982", "a wrong key is answered with 6982"},
		{"wrong-key-6a80", "a wrong key is answered with 6A80"},
		{"leading-zero", "the shared secret of PACE starts with a zero byte"},
		{"pull", "the card is pulled in the middle of DG2, every time"},
		{"pull-once", "the card is pulled once and comes back"},
		{"zero", "the chip dies: success with no bytes (in vpcd: pull)"},
		{"swap", "the card is pulled once and another citizen's comes back"},
		{"swap-twin", "the card is pulled once; another one with the same print comes back"},
		{"reset-once", "the session is lost once, as after a foreign reset"},
		{"plain-6982", "an unprotected 6982 ends the session"},
		{"plain-6d00", "an unprotected 6D00 ends the session"},
		{"bad-mac", "a response has a wrong checksum"},
		{"short-only", "no extended length: 6700"},
		{"extended-silent", "the chip dies of extended length"},
		{"extended-truncated", "the chip takes an extended command for a short one"},
		{"short-blocks", "at most 100 bytes a READ BINARY"},
		{"no-short-ids", "no short file identifiers: 6A82"},
		{"exact-length", "6Cxx where Le is not the exact length"},
		{"no-select-mf", "SELECT of the master file answers 6D00"},
	}
}

// Faults lists the scripted faults.
func Faults() []Fault {
	var out []Fault
	for _, w := range faultWords() {
		out = append(out, Fault(w[0]))
	}
	return out
}

// Words says in English what a fault of [Faults] does; "" for any other.
func (f Fault) Words() string {
	for _, w := range faultWords() {
		if w[0] == string(f) {
			return w[1]
		}
	}
	return ""
}

// script is a [Fault] as the chip plays it.
type script struct {
	faults []Fault
	at     int // the "@" of the one that has it; 0: the middle of DG2
}

func parseFault(f Fault) (script, error) {
	var s script
	if f == FaultNone {
		return s, nil
	}
	for part := range strings.SplitSeq(string(f), ",") {
		name, at, placed := strings.Cut(strings.TrimSpace(part), "@")
		if Fault(name).Words() == "" {
			return script{}, fmt.Errorf("chip: there is no fault %q: choose among %v", name, Faults())
		}
		if placed {
			n, err := strconv.Atoi(at)
			if err != nil || n <= 0 || s.at != 0 || !slices.Contains(midway(), Fault(name)) {
				return script{}, fmt.Errorf("chip: %q: a number of bytes goes behind one of %v", part, midway())
			}
			s.at = n
		}
		s.faults = append(s.faults, Fault(name))
	}
	return s, nil
}

// midway lists the faults that strike in the middle of a read.
func midway() []Fault {
	return []Fault{
		FaultPull, FaultPullOnce, FaultZero, FaultSwap, FaultTwin, FaultReset, FaultPlain6982, FaultPlain6D00, FaultMAC,
	}
}

func (s script) has(f Fault) bool { return slices.Contains(s.faults, f) }

// any reports whether one of the faults is played.
func (s script) any(list ...Fault) bool { return slices.ContainsFunc(list, s.has) }
