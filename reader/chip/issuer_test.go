package chip

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"testing"
	"time"
)

// What the issuer makes is read back here with encoding/asn1 and crypto/x509
// only, not with the package's own TLV.

type parsedSOD struct {
	hashes    map[int][]byte
	signer    *x509.Certificate
	contentOK bool // the message digest fits the content
	signedOK  bool // the signature fits the attributes
}

func parseSOD(t *testing.T, file []byte) parsedSOD {
	t.Helper()
	var outer asn1.RawValue
	unmarshal(t, file, &outer)
	if outer.Class != asn1.ClassApplication || outer.Tag != 0x17 {
		t.Fatalf("EF.SOD starts with %X", file[:1])
	}
	var info struct {
		Type    asn1.ObjectIdentifier
		Content struct {
			Version    int
			Algorithms []pkix.AlgorithmIdentifier `asn1:"set"`
			Content    struct {
				Type  asn1.ObjectIdentifier
				Value []byte `asn1:"explicit,tag:0"`
			}
			Certificates asn1.RawValue `asn1:"tag:0"`
			Signers      []struct {
				Version int
				Issuer  struct {
					Name   asn1.RawValue
					Serial *big.Int
				}
				Digest    pkix.AlgorithmIdentifier
				Signed    asn1.RawValue `asn1:"tag:0"`
				Algorithm pkix.AlgorithmIdentifier
				Signature []byte
			} `asn1:"set"`
		} `asn1:"explicit,tag:0"`
	}
	unmarshal(t, outer.Bytes, &info)
	if info.Type.String() != "1.2.840.113549.1.7.2" || info.Content.Version != 3 ||
		info.Content.Content.Type.String() != "2.23.136.1.1.1" || len(info.Content.Signers) != 1 {
		t.Fatalf("not the signed data of an eMRTD: %v", info)
	}
	s := info.Content.Signers[0]
	if s.Version != 1 || s.Digest.Algorithm.String() != "2.16.840.1.101.3.4.2.1" || s.Algorithm.Algorithm.String() != "1.2.840.10045.4.3.2" {
		t.Errorf("signer info %v", s)
	}
	cert, err := x509.ParseCertificate(info.Content.Certificates.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(cert.RawIssuer, s.Issuer.Name.FullBytes) || cert.SerialNumber.Cmp(s.Issuer.Serial) != 0 {
		t.Error("the signer info names another certificate")
	}
	out := parsedSOD{hashes: ldsHashes(t, info.Content.Content.Value), signer: cert}
	content := sha256.Sum256(info.Content.Content.Value)
	out.contentOK = bytes.Contains(s.Signed.Bytes, content[:])
	signed := bytes.Clone(s.Signed.FullBytes)
	signed[0] = 0x31 // signed as SET OF (RFC 5652 §5.4)
	sum := sha256.Sum256(signed)
	out.signedOK = ecdsa.VerifyASN1(cert.PublicKey.(*ecdsa.PublicKey), sum[:], s.Signature)
	checkAttributes(t, s.Signed.Bytes, content[:])
	return out
}

func checkAttributes(t *testing.T, b, digest []byte) {
	t.Helper()
	want := map[string]bool{"1.2.840.113549.1.9.3": true, "1.2.840.113549.1.9.4": true, "1.2.840.113549.1.9.5": true}
	var last []byte
	for len(b) > 0 {
		var a struct {
			Type   asn1.ObjectIdentifier
			Values asn1.RawValue
		}
		rest, err := asn1.Unmarshal(b, &a)
		if err != nil {
			t.Fatal(err)
		}
		whole := b[:len(b)-len(rest)]
		if bytes.Compare(last, whole) >= 0 {
			t.Error("the signed attributes are not in the order of DER")
		}
		if a.Type.String() == "1.2.840.113549.1.9.4" && !bytes.Equal(a.Values.Bytes, append([]byte{4, 32}, digest...)) {
			t.Error("the message digest differs")
		}
		delete(want, a.Type.String())
		last, b = whole, rest
	}
	if len(want) != 0 {
		t.Errorf("missing signed attributes: %v", want)
	}
}

func ldsHashes(t *testing.T, content []byte) map[int][]byte {
	t.Helper()
	var lds struct {
		Version   int
		Algorithm pkix.AlgorithmIdentifier
		Hashes    []struct {
			Group int
			Hash  []byte
		}
	}
	unmarshal(t, content, &lds)
	if lds.Version != 0 || lds.Algorithm.Algorithm.String() != "2.16.840.1.101.3.4.2.1" {
		t.Errorf("LDS security object %v", lds)
	}
	out := map[int][]byte{}
	for _, h := range lds.Hashes {
		out[h.Group] = h.Hash
	}
	return out
}

func unmarshal(t *testing.T, b []byte, v any) {
	t.Helper()
	rest, err := asn1.Unmarshal(b, v)
	if err != nil {
		t.Fatal(err)
	}
	if len(rest) != 0 {
		t.Fatalf("%d bytes left over", len(rest))
	}
}

// chipAuthKey returns the encoded point of the chip authentication key.
func chipAuthKey(t *testing.T, file []byte) []byte {
	t.Helper()
	var outer asn1.RawValue
	unmarshal(t, file, &outer)
	var infos []asn1.RawValue
	if _, err := asn1.UnmarshalWithParams(outer.Bytes, &infos, "set"); err != nil {
		t.Fatal(err)
	}
	for _, info := range infos {
		var key struct {
			Protocol asn1.ObjectIdentifier
			Key      struct {
				Algorithm pkix.AlgorithmIdentifier
				Point     asn1.BitString
			}
		}
		if _, err := asn1.Unmarshal(info.FullBytes, &key); err == nil && key.Protocol.String() == "0.4.0.127.0.7.2.2.1.2" {
			return key.Key.Point.Bytes
		}
	}
	t.Fatal("DG14 holds no chip authentication key")
	return nil
}

// TestSOD verifies a sound card and shows that each fault breaks exactly what
// it says.
func TestSOD(t *testing.T) {
	issuer, err := testIssuer()
	if err != nil {
		t.Fatal(err)
	}
	csca, err := x509.ParseCertificate(issuer.CSCA())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []Fault{FaultNone, FaultSODHash, FaultSODSignature} {
		card := issue(t, ProfileCCCD, f)
		sod := parseSOD(t, card.files[fileSOD])
		if err := sod.signer.CheckSignatureFrom(csca); err != nil {
			t.Errorf("fault %q: %v", f, err)
		}
		if !sod.contentOK || sod.signedOK != (f != FaultSODSignature) {
			t.Errorf("fault %q: digest %t, signature %t", f, sod.contentOK, sod.signedOK)
		}
		for _, n := range []int{1, 2, 3, 13, 14, 15} {
			sum := sha256.Sum256(card.files[0x0100+uint16(n)])
			if bytes.Equal(sum[:], sod.hashes[n]) != (f != FaultSODHash || n != 2) {
				t.Errorf("fault %q: the hash of DG%d", f, n)
			}
		}
		if len(sod.hashes) != 6 {
			t.Errorf("fault %q: %d hashes", f, len(sod.hashes))
		}
	}
}

// TestCertificates checks the profile of Doc 9303-12 and the chain.
func TestCertificates(t *testing.T) {
	issuer, err := testIssuer()
	if err != nil {
		t.Fatal(err)
	}
	csca, err := x509.ParseCertificate(issuer.CSCA())
	if err != nil {
		t.Fatal(err)
	}
	signer := parseSOD(t, issue(t, ProfileBAC, FaultNone).files[fileSOD]).signer
	if err := csca.CheckSignatureFrom(csca); err != nil {
		t.Error(err)
	}
	if !csca.IsCA || csca.MaxPathLen != 0 || csca.KeyUsage != x509.KeyUsageCertSign|x509.KeyUsageCRLSign {
		t.Errorf("CSCA: CA %t, path %d, usage %b", csca.IsCA, csca.MaxPathLen, csca.KeyUsage)
	}
	if signer.IsCA || signer.KeyUsage != x509.KeyUsageDigitalSignature || !bytes.Equal(signer.AuthorityKeyId, csca.SubjectKeyId) {
		t.Errorf("document signer: CA %t, usage %b", signer.IsCA, signer.KeyUsage)
	}
	roots := x509.NewCertPool()
	roots.AddCert(csca)
	options := x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}, CurrentTime: issuer.now}
	if _, err := signer.Verify(options); err != nil {
		t.Error(err)
	}
	other, err := NewIssuer(issuer.random, issuer.now)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := x509.ParseCertificate(other.CSCA())
	if err != nil {
		t.Fatal(err)
	}
	if err := signer.CheckSignatureFrom(stranger); err == nil {
		t.Error("another CSCA verifies the document signer")
	}
}

// TestSecurityInfos compares EF.CardAccess with the card's and checks that
// DG14 repeats it: the difference would be a downgrade.
func TestSecurityInfos(t *testing.T) {
	cccd := issue(t, ProfileCCCD, FaultNone)
	access := cccd.masterFiles[fileCardAccess]
	equal(t, "EF.CardAccess", access, readVector(t, "cccd-cardaccess.txt").hex(t, "card_access"))
	for _, p := range Profiles() {
		card := issue(t, p, FaultNone)
		access, has := card.masterFiles[fileCardAccess]
		if has != (len(card.spec.PACE) > 0) {
			t.Errorf("%s: EF.CardAccess %t", p, has)
		}
		if has && !bytes.Contains(card.files[fileDG14], access[2:]) {
			t.Errorf("%s: DG14 does not repeat EF.CardAccess", p)
		}
		k := card.chipKeys[0]
		public, err := k.group.parse(chipAuthKey(t, card.files[fileDG14]))
		if err != nil {
			t.Fatal(err)
		}
		if want := k.group.times(k.group.generator(), k.private); public.x.Cmp(want.x) != 0 || public.y.Cmp(want.y) != 0 {
			t.Errorf("%s: DG14 holds another key", p)
		}
	}
	var key asn1.RawValue
	unmarshal(t, cccd.files[fileDG15], &key)
	if public, err := x509.ParsePKIXPublicKey(key.Bytes); err != nil {
		t.Error(err)
	} else if ec, err := public.(*ecdsa.PublicKey).Bytes(); err != nil || !bytes.Equal(ec, cccd.activeKey.ec.group.encode(cccd.activeKey.ec.public)) {
		t.Error("DG15 holds another key")
	}
}

// TestIssueRefuses lists what cannot be issued; the control is the sample.
func TestIssueRefuses(t *testing.T) {
	issuer, err := testIssuer()
	if err != nil {
		t.Fatal(err)
	}
	change := map[string]func(*Citizen){
		"short number":   func(c *Citizen) { c.Number = "123" },
		"letters":        func(c *Citizen) { c.Number = "00109099000A" },
		"old number":     func(c *Citizen) { c.OldNumber = "1" },
		"sex":            func(c *Citizen) { c.Sex = "M" },
		"no birth":       func(c *Citizen) { c.Birth = time.Time{} },
		"no name":        func(c *Citizen) { c.Name = "" },
		"odd portrait":   func(c *Citizen) { c.Portrait = []byte("no image") },
		"large portrait": func(c *Citizen) { c.Portrait, c.PortraitW, c.PortraitH = []byte{0xFF}, 70000, 10 },
	}
	for name, f := range change {
		c := Sample()
		f(&c)
		if _, err := issuer.Issue(c, ProfileCCCD, FaultNone); err == nil {
			t.Errorf("%s: issued", name)
		}
	}
	if _, err := issuer.Issue(Sample(), "nothing", FaultNone); err == nil {
		t.Error("an unknown profile is issued")
	}
	if _, err := issuer.Issue(Sample(), ProfileCCCD, "nothing"); err == nil {
		t.Error("an unknown fault is issued")
	}
	if _, err := issuer.Issue(Sample(), ProfileCCCD, FaultNone); err != nil {
		t.Error(err)
	}
}
