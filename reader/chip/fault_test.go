package chip

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"math/big"
	"testing"
	"time"
)

// struck issues the sample with a fault.
func struck(t testing.TB, f Fault) *Card { return issue(t, ProfileCCCD, f) }

// TestFaultNames: every fault has words, parses, and none is listed twice.
func TestFaultNames(t *testing.T) {
	seen := map[Fault]bool{}
	for _, f := range Faults() {
		if s, err := parseFault(f); err != nil || !s.has(f) || f.Words() == "" || seen[f] {
			t.Errorf("%s: %v, %q, seen %t", f, err, f.Words(), seen[f])
		}
		seen[f] = true
	}
	s, err := parseFault("short-only, pull-once@9000")
	if err != nil || !s.any(FaultShortOnly) || !s.has(FaultPullOnce) || s.at != 9000 || s.has(FaultPull) {
		t.Errorf("%+v, %v", s, err)
	}
	for _, bad := range []Fault{"nothing", "pull@", "pull@0", "pull@-1", "pull@x", "length@10", "pull@1,zero@2", "pull,,zero", ","} {
		if _, err := parseFault(bad); err == nil {
			t.Errorf("%q is a fault", bad)
		}
	}
	if Fault("nothing").Words() != "" {
		t.Error("words for nothing")
	}
}

// TestFaultNeeds: a fault that cannot strike is not issued; the control is the
// chip that has what it needs.
func TestFaultNeeds(t *testing.T) {
	i := issuerWith(t, IssuerOptions{})
	bare := Spec{BAC: true}
	for _, f := range []Fault{FaultChipClone, FaultActiveClone, FaultCardAccess, FaultLeadingZero} {
		if _, err := i.IssueSpec(Sample(), bare, f); err == nil {
			t.Errorf("%s is issued on a chip without it", f)
		}
		if _, err := i.Issue(Sample(), ProfileCCCD, f); err != nil {
			t.Errorf("%s: %v", f, err)
		}
	}
}

// TestSignerFaults reads the signer's certificate with crypto/x509.
func TestSignerFaults(t *testing.T) {
	i, err := testIssuer()
	if err != nil {
		t.Fatal(err)
	}
	root := parsed(t, i.CSCA())
	day := Sample().Issue
	for _, f := range []Fault{FaultNone, FaultSignerExpired, FaultSignerLate, FaultSignerRevoked, FaultSignerForged, FaultSignerUnknown, FaultSignerDocuments, FaultSignerUsage} {
		t.Run("fault "+string(f), func(t *testing.T) {
			card := struck(t, f)
			signer := parsed(t, card.Signer())
			if !bytes.Contains(card.files[fileSOD], card.Signer()) {
				t.Error("EF.SOD holds another certificate")
			}
			checkSignedDataOf(t, card, signer)
			if err := signer.CheckSignatureFrom(root); (err != nil) != (f == FaultSignerForged || f == FaultSignerUnknown) {
				t.Errorf("chain: %v", err)
			}
			if (f == FaultSignerUnknown) == bytes.Equal(signer.AuthorityKeyId, root.SubjectKeyId) {
				t.Errorf("names the authority %X", signer.AuthorityKeyId)
			}
			if usage := signer.KeyUsage; (usage == 0) != (f == FaultSignerUsage) {
				t.Errorf("usage %b", usage)
			}
			if ran := signer.NotAfter.Before(today); ran != (f == FaultSignerExpired || f == FaultSignerLate) {
				t.Errorf("good until %v", signer.NotAfter)
			}
			if late := signer.NotAfter.Before(day); late != (f == FaultSignerLate) {
				t.Errorf("signed on %v, good until %v", day, signer.NotAfter)
			}
			if visas := bytes.Contains(card.Signer(), extDocuments([]string{"V"})); visas != (f == FaultSignerDocuments) {
				t.Errorf("signs visas only: %t", visas)
			}
			if own := bytes.Equal(card.Signer(), i.Signer()); own != (f == FaultNone) {
				t.Errorf("the issuer's own signer: %t", own)
			}
		})
	}
}

// checkSignedDataOf verifies EF.SOD with the key of the certificate in it.
func checkSignedDataOf(t *testing.T, card *Card, signer *x509.Certificate) {
	t.Helper()
	sod := parseSOD(t, card.files[fileSOD])
	if !sod.signedOK || !sod.signer.Equal(signer) {
		t.Error("the signature does not fit the certificate")
	}
}

// TestSigningTime: EF.SOD was signed on the day of issue.
func TestSigningTime(t *testing.T) {
	c := Sample()
	card := struck(t, FaultNone)
	want := derTime(c.Issue)
	if !bytes.Contains(card.files[fileSOD], want) || bytes.Contains(card.files[fileSOD], derTime(c.Issue.Add(time.Hour))) {
		t.Errorf("EF.SOD does not hold %X", want)
	}
}

// TestHostileCertificates: each is as large or as deep as it says.
func TestHostileCertificates(t *testing.T) {
	for f, want := range map[Fault]int{FaultCertRSA: 2 * 65536 / 8, FaultCertCurve: 5 * 16384 / 8, FaultCertDeep: 2000 * 2, FaultNone: 0} {
		card := struck(t, f)
		size := len(card.Signer())
		if size < want || (want > 0) != (size > 2000) {
			t.Errorf("%q: a certificate of %d bytes, want %d", f, size, want)
		}
		if x := open(t, card); f != FaultNone {
			if got, sw := x.read(fileSOD, 223); sw != swOK || !bytes.Contains(got, card.Signer()) {
				t.Errorf("%q: EF.SOD: %04X", f, sw)
			}
		}
	}
}

// TestOtherState: DG1 and the certificates name two states.
func TestOtherState(t *testing.T) {
	for f, want := range map[Fault]string{FaultNone: "IDVNM", FaultOtherState: "IDUTO"} {
		if got := struck(t, f).MRZ()[0][:5]; got != want {
			t.Errorf("%q: %s", f, got)
		}
	}
}

// TestClones: a copy runs the protocols and fails the proof.
func TestClones(t *testing.T) {
	for _, f := range []Fault{FaultNone, FaultChipClone, FaultActiveClone} {
		x := open(t, struck(t, f))
		g := x.card.chipKeys[0].group
		static, err := g.parse(chipAuthKey(t, x.card.files[fileDG14]))
		if err != nil {
			t.Fatal(err)
		}
		held := g.times(g.generator(), x.card.chipKeys[0].private)
		if same := bytes.Equal(g.encode(held), g.encode(static)); same != (f != FaultChipClone) {
			t.Errorf("%q: the chip holds the key of DG14: %t", f, same)
		}
		outer, err := parseObjects(x.card.files[fileDG15])
		if err != nil {
			t.Fatal(err)
		}
		key, err := x509.ParsePKIXPublicKey(outer[0].value)
		if err != nil {
			t.Fatal(err)
		}
		challenge := []byte("8 bytes!")
		r, sw := x.send(command{ins: insInternalAuthenticate, data: challenge, le: 256})
		if sw != swOK || len(r) != 64 {
			t.Fatalf("%04X and %d bytes", sw, len(r))
		}
		sum := sha256.Sum256(challenge)
		good := ecdsa.Verify(key.(*ecdsa.PublicKey), sum[:], new(big.Int).SetBytes(r[:32]), new(big.Int).SetBytes(r[32:]))
		if good != (f != FaultActiveClone) {
			t.Errorf("%q: active authentication: %t", f, good)
		}
	}
}

// TestMappingClone: the copy's key of the chip authentication mapping is not
// the one that EF.CardSecurity names.
func TestMappingClone(t *testing.T) {
	spec := Spec{PACE: []PACE{{CAM, GroupP256, AES128}}, ChipAuth: []ChipAuth{{Cipher: AES128, Group: GroupP256}}}
	i := issuerWith(t, IssuerOptions{})
	for _, f := range []Fault{FaultNone, FaultChipClone} {
		card, err := i.IssueSpec(Sample(), spec, f)
		if err != nil {
			t.Fatal(err)
		}
		k := card.mappingKeys[GroupP256]
		if named := bytes.Contains(card.masterFiles[fileCardSecurity], k.group.encode(k.public)); named != (f == FaultNone) {
			t.Errorf("%q: named %t", f, named)
		}
	}
}

// TestDowngrade: EF.CardAccess offers less than DG14 lists, and what it offers
// opens the chip.
func TestDowngrade(t *testing.T) {
	for _, f := range []Fault{FaultNone, FaultCardAccess} {
		card := struck(t, f)
		infos := card.masterFiles[fileCardAccess][2:]
		if listed := bytes.Contains(card.files[fileDG14], infos); listed != (f == FaultNone) {
			t.Errorf("%q: DG14 lists EF.CardAccess: %t", f, listed)
		}
		if cipher := card.spec.PACE[0].Cipher; (cipher == TripleDES) != (f == FaultCardAccess) {
			t.Errorf("%q: %s", f, cipher)
		}
		open(t, card)
	}
}

// TestRefusedKeys: what the chip answers to a wrong key and to the right one.
func TestRefusedKeys(t *testing.T) {
	for f, want := range map[Fault][2]uint16{ // wrong key, right key
		FaultNone:         {swAuthFailed, swOK},
		FaultKeyRefused:   {swAuthFailed, swAuthFailed},
		FaultWrongKey6982: {swSecurityStatus, swOK},
		FaultWrongKey6A80: {swWrongData, swOK},
	} {
		card := issue(t, ProfilePACEBAC, f)
		right := mrzInformation(card.MRZ())
		for n, info := range []string{"000000000000000000000000", right} {
			for way, try := range map[string]func(x *terminal) uint16{
				"BAC":  func(x *terminal) uint16 { return x.bac(info) },
				"PACE": func(x *terminal) uint16 { return x.pace(passwordMRZ, passwordSeed(info)) },
			} {
				card.Reset()
				if got := try(&terminal{t: t, card: card}); got != want[n] {
					t.Errorf("%q, %s, key %d: %04X, want %04X", f, way, n, got, want[n])
				}
			}
		}
	}
}

// TestLeadingZero: with the fault every shared secret starts with a zero byte;
// without, a run of twenty does not.
func TestLeadingZero(t *testing.T) {
	for _, f := range []Fault{FaultNone, FaultLeadingZero} {
		card := issue(t, ProfilePACEP256, f)
		g := groupOf(t, GroupP256)
		zeros := 0
		const runs = 20
		for range runs {
			_, secret, err := card.agree(g, g.generator())
			if err != nil {
				t.Fatal(err)
			}
			if len(secret) != 32 {
				t.Fatalf("a secret of %d bytes", len(secret))
			}
			if secret[0] == 0 {
				zeros++
			}
		}
		if (zeros == runs) != (f == FaultLeadingZero) {
			t.Errorf("%q: %d of %d secrets", f, zeros, runs)
		}
		open(t, card)
	}
}
