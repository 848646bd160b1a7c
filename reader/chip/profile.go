package chip

import "strings"

// Profile names what a chip offers: one of [AllProfiles], or a variant of PACE
// as "pace-mapping-group-cipher" (see [ProfileNames]).
type Profile string

// The profiles that differ in how the chip opens; all belong to the Vietnamese
// card.
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

// The profiles of whole documents.
const (
	// ProfilePassport offers PACE with the integrated and the generic mapping
	// and BAC, chip authentication with AES-256 and RSA in active
	// authentication, EF.DIR and EF.ATR/INFO.
	ProfilePassport Profile = "passport"
	// ProfilePassport2006 is an old one: BAC, active authentication with RSA
	// of 1024 bits and SHA-1, no chip authentication, short commands only.
	ProfilePassport2006 Profile = "passport-2006"
	// ProfilePassportKAT is of the years between: BAC, and chip authentication
	// with 3DES on a prime field.
	ProfilePassportKAT Profile = "passport-kat"
	// ProfileResidence offers the chip authentication mapping, several keys of
	// chip authentication, a PIN and a PUK; its biometric groups follow
	// ISO/IEC 39794.
	ProfileResidence Profile = "residence"
	// ProfileResidenceTD2 is of the larger size, with 3DES throughout.
	ProfileResidenceTD2 Profile = "residence-td2"
)

// Profiles lists the profiles of the Vietnamese card in the order of their
// age, newest first.
func Profiles() []Profile {
	return []Profile{ProfileCCCD, ProfilePACEP256, ProfilePACEBAC, ProfileBAC}
}

// AllProfiles lists every named profile and one variant of each mapping, each
// cipher and each kind of group.
func AllProfiles() []Profile {
	return append(Profiles(),
		ProfilePassport, ProfilePassport2006, ProfilePassportKAT, ProfileResidence, ProfileResidenceTD2,
		"pace-gm-p521-aes256", "pace-gm-bp512-aes256", "pace-gm-p224-aes192", "pace-gm-bp192-3des",
		"pace-gm-dh1024-3des", "pace-gm-dh2048q256-aes256",
		"pace-im-bp384-aes192", "pace-im-p256-3des", "pace-im-dh2048q224-aes128",
		"pace-cam-bp256-aes128", "pace-cam-p384-aes256")
}

// ProfileNames says how a variant's profile is named.
func ProfileNames() string {
	return "pace-MAPPING-GROUP-CIPHER with gm, im, cam; p192 p224 p256 p384 p521 bp192 bp224 bp256 bp320 bp384 bp512 " +
		"dh1024 dh2048q224 dh2048q256; 3des aes128 aes192 aes256"
}

// documentSpecs are the profiles of whole documents.
func documentSpecs() map[Profile]Spec {
	return map[Profile]Spec{
		ProfilePassport: {
			PACE: []PACE{{GM, GroupBrainpool256, AES128}, {IM, GroupBrainpool256, AES256}}, BAC: true,
			ChipAuth: []ChipAuth{{Cipher: AES256, Group: GroupBrainpool256}}, ActiveAuth: AARSA2048SHA256,
			Extended: true, MaxResponse: 4096,
			Content: Content{Document: DocumentPassport, Directory: true},
		},
		ProfilePassport2006: {
			BAC: true, ActiveAuth: AARSA1024SHA1,
			Content: Content{Document: DocumentPassport},
		},
		ProfilePassportKAT: {
			BAC: true, ChipAuth: []ChipAuth{{Cipher: TripleDES, Group: GroupDH2048q256}}, Extended: true,
			Content: Content{Document: DocumentPassport},
		},
		ProfileResidence: {
			PACE: []PACE{{GM, GroupBrainpool256, AES256}, {CAM, GroupBrainpool256, AES256}},
			PIN:  "135790", PUK: "2468013579",
			ChipAuth: []ChipAuth{
				{Cipher: AES128, Group: GroupP256, KeyID: 1, Form: FormStandardized},
				{Cipher: AES256, Group: GroupBrainpool384, KeyID: 2, Form: FormExplicit},
			},
			Terminal: &TerminalAuth{}, Extended: true,
			Content: Content{Document: DocumentResidence, Face: Encoding39794, Finger: Encoding39794, Directory: true},
		},
		ProfileResidenceTD2: {
			PACE: []PACE{{GM, GroupP256, TripleDES}}, BAC: true,
			ChipAuth: []ChipAuth{{Cipher: TripleDES, Group: GroupP256}}, ActiveAuth: AAP256DER,
			Content: Content{Document: DocumentResidenceTD2},
		},
	}
}

// variantSpec is a chip with one variant of PACE and the same group and cipher
// for chip authentication.
func variantSpec(p Profile) (Spec, bool) {
	parts := strings.Split(string(p), "-")
	if len(parts) != 4 || parts[0] != "pace" {
		return Spec{}, false
	}
	group, known := groupNames()[parts[2]]
	cipher := map[string]Cipher{"3des": TripleDES, "aes128": AES128, "aes192": AES192, "aes256": AES256}[parts[3]]
	s := Spec{
		PACE:     []PACE{{Mapping: Mapping(strings.ToUpper(parts[1])), Group: group, Cipher: cipher}},
		ChipAuth: []ChipAuth{{Cipher: cipher, Group: group}},
		Extended: true,
	}
	return s, known && s.validate() == nil
}
