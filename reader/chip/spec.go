package chip

import (
	"fmt"
)

// What a chip offers. A [Profile] is a named [Spec]; a test that needs another
// combination writes its own.

// Spec says what a chip offers. The zero value is a chip that nothing opens.
type Spec struct {
	// Access (Doc 9303-11 §4). The MRZ and the CAN always open a chip with
	// PACE, the MRZ alone one with BAC.
	PACE []PACE // in the order of EF.CardAccess; empty: there is no such file
	BAC  bool

	// Domains are groups under numbers of the issuer's own, 32 and up, that
	// PACE may name; EF.CardAccess spells their parameters out (§9.2.2).
	Domains map[int]int

	// PIN and PUK open PACE too where they are set (BSI TR-03110-2 §3.3). A
	// wrong PIN costs one of three tries: 63C2, 63C1, then 6983 until the PUK
	// opens the chip once. With SuspendPIN the last try answers 6985 before
	// the CAN has opened the chip since it was powered.
	PIN, PUK   string
	SuspendPIN bool

	// Authentication (Doc 9303-11 §6 and §7.1).
	ChipAuth   []ChipAuth    // in the order of DG14
	ActiveAuth ActiveAuth    // "": there is no DG15
	Terminal   *TerminalAuth // guards DG3 and DG4; nil: nothing opens them

	// TellAll names terminal and chip authentication in EF.CardAccess too, as
	// the Vietnamese card does; DG14 names them in any case.
	TellAll bool

	Content Content // which document this is, and what is on it

	// Transport.
	NoSelectMF bool // SELECT of the master file answers 6D00
	Extended   bool // extended length; a chip without answers 6700
	// MaxResponse is how many bytes an extended response holds at most with
	// its protection; 0: what a frame of vpcd carries.
	MaxResponse int
	// OnExtended is what a chip without extended length does when it gets one
	// all the same; "": it answers 6700 and lives on.
	OnExtended OnExtended
	NoShortIDs bool // READ BINARY by short identifier answers 6A82
	// ExactLength answers 6Cxx where Le is not the length of what is left, or
	// of the signature.
	ExactLength bool
}

// OnExtended is what a chip without extended length does with it.
type OnExtended string

// The ways to fail, beside a 6700.
const (
	ExtendedSilent    OnExtended = "silent"    // the chip dies
	ExtendedTruncated OnExtended = "truncated" // it answers 256 bytes of whatever was asked
)

// Mapping is how PACE derives the generator of a session from the nonce
// (Doc 9303-11 §4.4.3.3).
type Mapping string

// The mappings.
const (
	GM  Mapping = "GM"  // generic
	IM  Mapping = "IM"  // integrated; not on P-224
	CAM Mapping = "CAM" // chip authentication; ECDH and AES only
)

// Cipher is the symmetric part of a protocol and of its secure messaging.
type Cipher string

// The ciphers.
const (
	TripleDES Cipher = "3DES"
	AES128    Cipher = "AES-128"
	AES192    Cipher = "AES-192"
	AES256    Cipher = "AES-256"
)

// The groups of Doc 9303-11 §9.5.1 by their standardised identifier.
const (
	GroupDH1024       = 0 // 160-bit subgroup
	GroupDH2048q224   = 1
	GroupDH2048q256   = 2
	GroupP192         = 8
	GroupBrainpool192 = 9
	GroupP224         = 10
	GroupBrainpool224 = 11
	GroupP256         = 12
	GroupBrainpool256 = 13
	GroupBrainpool320 = 14
	GroupP384         = 15
	GroupBrainpool384 = 16
	GroupBrainpool512 = 17
	GroupP521         = 18
)

// PACE is one variant that EF.CardAccess offers.
type PACE struct {
	Mapping Mapping
	Group   int // a standardised identifier
	Cipher  Cipher
}

// ChipAuth is one key of chip authentication in DG14. With 3DES the terminal
// uses MSE:Set KAT, with AES MSE:Set AT and GENERAL AUTHENTICATE.
type ChipAuth struct {
	Cipher Cipher
	Group  int
	KeyID  int     // 0: none; needed where there are several keys
	Form   KeyForm // how DG14 writes the key

	// What some issued passports do otherwise (Doc 9303-11 §8.5): NoKAT takes
	// 3DES by MSE:Set AT only; Unnamed leaves the ChipAuthenticationInfo out
	// of DG14, which then means 3DES.
	NoKAT, Unnamed bool
}

// KeyForm is how a public key names its group (Doc 9303-11 §9.5).
type KeyForm string

// The forms of a public key.
const (
	FormNamed        KeyForm = ""             // a named curve; X9.42 parameters for DH
	FormExplicit     KeyForm = "explicit"     // every parameter of the curve; PKCS#3 for DH
	FormStandardized KeyForm = "standardized" // the standardised identifier
)

// ActiveAuth is a variant of active authentication.
type ActiveAuth string

// The variants. A plain signature is r ‖ s; DER is what Doc 9303 forbids and
// some countries issue.
const (
	AARSA1024SHA1     ActiveAuth = "rsa-1024-sha1"
	AARSA1024SHA256   ActiveAuth = "rsa-1024-sha256"
	AARSA2048SHA1     ActiveAuth = "rsa-2048-sha1"
	AARSA2048SHA224   ActiveAuth = "rsa-2048-sha224"
	AARSA2048SHA256   ActiveAuth = "rsa-2048-sha256"
	AARSA2048SHA384   ActiveAuth = "rsa-2048-sha384"
	AARSA2048SHA512   ActiveAuth = "rsa-2048-sha512"
	AAP256            ActiveAuth = "ecdsa-p256-sha256-plain"
	AAP256DER         ActiveAuth = "ecdsa-p256-sha256-der"
	AAP384            ActiveAuth = "ecdsa-p384-sha384-plain"
	AAP384DER         ActiveAuth = "ecdsa-p384-sha384-der"
	AABrainpool256    ActiveAuth = "ecdsa-bp256-sha256-plain"
	AABrainpool256DER ActiveAuth = "ecdsa-bp256-sha256-der"
)

// TerminalAuth is what the chip knows of terminals that may read DG3 and DG4.
type TerminalAuth struct {
	// Anchor is the card-verifiable certificate of the authority that the
	// chip trusts. Nil: terminal authentication is announced and no terminal
	// passes, as on a card abroad.
	Anchor []byte
	// File is the identifier of EF.CVCA where DG14 names one, 0111 to 011B in
	// the application; 0: the usual 011C, which it leaves unsaid.
	File uint16
}

// profileSpecs are the named combinations.
func profileSpecs() map[Profile]Spec {
	bp256 := PACE{GM, GroupBrainpool256, AES128}
	p256 := PACE{GM, GroupP256, AES128}
	return map[Profile]Spec{
		ProfileCCCD: {
			PACE: []PACE{bp256}, ChipAuth: []ChipAuth{{Cipher: AES128, Group: GroupBrainpool256}},
			ActiveAuth: AAP256, Terminal: &TerminalAuth{}, TellAll: true, NoSelectMF: true, Extended: true,
		},
		ProfilePACEP256: {
			PACE: []PACE{p256}, ChipAuth: []ChipAuth{{Cipher: AES128, Group: GroupP256}},
			ActiveAuth: AAP256, Extended: true,
		},
		ProfilePACEBAC: {
			PACE: []PACE{p256}, BAC: true, ChipAuth: []ChipAuth{{Cipher: AES128, Group: GroupP256}},
			ActiveAuth: AAP256, Extended: true,
		},
		ProfileBAC: {
			BAC: true, ChipAuth: []ChipAuth{{Cipher: AES128, Group: GroupP256}},
			ActiveAuth: AAP256, Extended: true,
		},
	}
}

// ProfileSpec returns what a named profile offers; false when there is none of
// that name.
func ProfileSpec(p Profile) (Spec, bool) {
	if s, ok := profileSpecs()[p]; ok {
		return s, true
	}
	if s, ok := documentSpecs()[p]; ok {
		return s, true
	}
	return variantSpec(p)
}

// firstOwnDomain is the lowest number that an issuer gives a group himself.
const firstOwnDomain = 32

// resolve replaces the issuer's own number of a group by the standardised one.
func (s Spec) resolve(p PACE) PACE {
	if id, ok := s.Domains[p.Group]; ok {
		p.Group = id
	}
	return p
}

// validate refuses what no chip can offer.
func (s Spec) validate() error {
	for id := range s.Domains {
		if id < firstOwnDomain {
			return fmt.Errorf("chip: the numbers below %d are standardised", firstOwnDomain)
		}
	}
	for _, p := range s.PACE {
		if err := s.resolve(p).validate(); err != nil {
			return err
		}
		if s.resolve(p) != p && p.Mapping == CAM {
			return fmt.Errorf("chip: chip authentication mapping takes standardised groups only")
		}
	}
	for i, ca := range s.ChipAuth {
		if err := s.validateChipAuth(i, ca); err != nil {
			return err
		}
	}
	if t := s.Terminal; t != nil && t.File != 0 && (t.File <= fileDG16 || t.File >= fileCVCA) {
		return fmt.Errorf("chip: EF.CVCA is 011C, or one of 0111 to 011B")
	}
	if (s.PIN != "" || s.PUK != "") && len(s.PACE) == 0 {
		return fmt.Errorf("chip: a PIN or PUK needs PACE")
	}
	return nil
}
