package passive

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"slices"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/verdict"
)

// workshop makes EF.SOD in ways that no issuer should, over the vectors' DG1
// and DG2, with keys of its own.
type workshop struct {
	t        testing.TB
	root     *x509.Certificate
	rootKey  *ecdsa.PrivateKey
	revision byte // the version of LDSSecurityObject

	contentType []byte
	more        []lds.File // beside DG1 and DG2
}

func newWorkshop(t testing.TB) *workshop {
	w := &workshop{t: t, rootKey: newKey(t)}
	w.root = w.certify(&x509.Certificate{
		Subject: pkix.Name{Country: []string{"VN"}, CommonName: "Workshop"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}, nil, &w.rootKey.PublicKey)
	return w
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// certify signs a certificate that is valid around now.
func (w *workshop) certify(c, parent *x509.Certificate, key crypto.PublicKey) *x509.Certificate {
	w.t.Helper()
	if parent == nil {
		parent = c
	}
	if c.SerialNumber == nil {
		c.SerialNumber = big.NewInt(time.Now().UnixNano())
	}
	c.NotBefore, c.NotAfter = now.AddDate(-5, 0, 0), now.AddDate(5, 0, 0)
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key, w.rootKey)
	if err != nil {
		w.t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		w.t.Fatal(err)
	}
	return made
}

func (w *workshop) trust() *Trust {
	t, err := ParseTrust("root.cer", w.root.Raw)
	if err != nil {
		w.t.Fatal(err)
	}
	return t
}

// hand is one signer and how it signs.
type hand struct {
	key        *ecdsa.PrivateKey
	cert       *x509.Certificate
	plain      bool // r ‖ s
	noAttrs    bool // sign the content itself
	sendSwap   bool // send the attributes in another order than they were signed
	signSwap   bool // sign the attributes in the order in which they are sent
	noType     bool // leave the content type out
	otherType  bool
	otherSum   bool // sign another digest
	twice      bool // name the digest twice
	wrong      bool // break the signature
	signedTime time.Time
}

// hand makes a document signer; change adds to its certificate.
func (w *workshop) hand(change func(*x509.Certificate)) hand {
	h := hand{key: newKey(w.t)}
	c := &x509.Certificate{Subject: pkix.Name{Country: []string{"VN"}, CommonName: "Hand"}, KeyUsage: x509.KeyUsageDigitalSignature}
	if change != nil {
		change(c)
	}
	h.cert = w.certify(c, w.root, &h.key.PublicKey)
	return h
}

func oidBytes(t testing.TB, s ...int) []byte {
	t.Helper()
	b, err := asn1.Marshal(asn1.ObjectIdentifier(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func element(tag cbasn1.Tag, parts ...[]byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(tag, func(b *cryptobyte.Builder) {
		for _, p := range parts {
			b.AddBytes(p)
		}
	})
	return b.BytesOrPanic()
}

func sequenceOf(parts ...[]byte) []byte { return element(cbasn1.SEQUENCE, parts...) }

// sha256ID is an AlgorithmIdentifier.
func (w *workshop) sha256ID() []byte {
	return sequenceOf(oidBytes(w.t, 2, 16, 840, 1, 101, 3, 4, 2, 1))
}

// attrs are the signed attributes of h over content.
func (w *workshop) attrs(h hand, content []byte) (signed, sent []byte) {
	kind := w.contentType
	if h.otherType {
		kind = oidBytes(w.t, 2, 23, 136, 1, 1, 2)
	}
	sum := digest(crypto.SHA256, content)
	if h.otherSum {
		sum[0] ^= 1
	}
	attribute := func(n int, value []byte) []byte {
		return sequenceOf(oidBytes(w.t, 1, 2, 840, 113549, 1, 9, n), element(cbasn1.SET, value))
	}
	var list [][]byte
	if !h.noType {
		list = append(list, attribute(3, kind))
	}
	if !h.signedTime.IsZero() {
		list = append(list, attribute(5, element(cbasn1.UTCTime, []byte(h.signedTime.UTC().Format("060102150405Z")))))
	}
	list = append(list, attribute(4, element(cbasn1.OCTET_STRING, sum)))
	if h.twice {
		list = append(list, attribute(4, element(cbasn1.OCTET_STRING, sum)))
	}
	order := element(cbasn1.SET, list...)
	list[0], list[len(list)-1] = list[len(list)-1], list[0]
	swapped := element(cbasn1.SET, list...)
	signed, sent = order, order
	if h.sendSwap || h.signSwap {
		sent = swapped
	}
	if h.signSwap {
		signed = swapped
	}
	return signed, append([]byte{byte(explicit(0))}, sent[1:]...)
}

// signerInfo is one SignerInfo of h over content.
func (w *workshop) signerInfo(h hand, content []byte) []byte {
	message, sent := w.attrs(h, content)
	if h.noAttrs {
		message, sent = content, nil
	}
	r, s, err := ecdsa.Sign(rand.Reader, h.key, digest(crypto.SHA256, message))
	if err != nil {
		w.t.Fatal(err)
	}
	if h.wrong {
		s.Add(s, big.NewInt(1))
	}
	alg, sig := oidBytes(w.t, 1, 2, 840, 10045, 4, 3, 2), []byte(nil)
	if h.plain {
		alg = oidBytes(w.t, 0, 4, 0, 127, 0, 7, 1, 1, 4, 1, 3)
		sig = append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	} else if sig, err = asn1.Marshal(struct{ R, S *big.Int }{r, s}); err != nil {
		w.t.Fatal(err)
	}
	serial, err := asn1.Marshal(h.cert.SerialNumber)
	if err != nil {
		w.t.Fatal(err)
	}
	return sequenceOf([]byte{2, 1, 1}, sequenceOf(h.cert.RawIssuer, serial), w.sha256ID(), sent, sequenceOf(alg), element(cbasn1.OCTET_STRING, sig))
}

// sod returns the vectors' files with an EF.SOD by the hands.
func (w *workshop) sod(hands ...hand) []lds.File {
	files := slices.Concat(vector(w.t, "rsa")[:2], w.more)
	var sums [][]byte
	for _, f := range files {
		sums = append(sums, sequenceOf([]byte{2, 1, byte(f.ID.Group())}, element(cbasn1.OCTET_STRING, digest(crypto.SHA256, f.Bytes))))
	}
	object := [][]byte{{2, 1, w.revision}, w.sha256ID(), sequenceOf(sums...)}
	if w.revision > 0 {
		object = append(object, sequenceOf(element(cbasn1.PrintableString, []byte("0108")), element(cbasn1.PrintableString, []byte("040000"))))
	}
	content := sequenceOf(object...)
	w.contentType = oidBytes(w.t, 2, 23, 136, 1, 1, 1)
	sod := element(cbasn1.Tag(lds.EFSOD.Tag()), w.cms(content, hands...))
	return append(files, lds.File{ID: lds.EFSOD, Bytes: sod})
}

// cms signs content of the workshop's type.
func (w *workshop) cms(content []byte, hands ...hand) []byte {
	var infos, certs [][]byte
	for _, h := range hands {
		infos = append(infos, w.signerInfo(h, content))
		certs = append(certs, h.cert.Raw)
	}
	data := sequenceOf([]byte{2, 1, 3}, element(cbasn1.SET, w.sha256ID()),
		sequenceOf(w.contentType, element(explicit(0), element(cbasn1.OCTET_STRING, content))),
		element(explicit(0), certs...), element(cbasn1.SET, infos...))
	return sequenceOf(oidBytes(w.t, 1, 2, 840, 113549, 1, 7, 2), element(explicit(0), data))
}

// cardSecurity is an EF.CardSecurity of one security info.
func (w *workshop) cardSecurity(content []byte, h hand) []byte {
	w.contentType = oidBytes(w.t, 0, 4, 0, 127, 0, 7, 3, 2, 1)
	return w.cms(content, h)
}

// paceInfo is a set of one PACEInfo.
func (w *workshop) paceInfo() []byte {
	return element(cbasn1.SET, sequenceOf(oidBytes(w.t, 0, 4, 0, 127, 0, 7, 2, 2, 4, 2, 2), []byte{2, 1, 2}, []byte{2, 1, 13}))
}

// TestCardSecurityContent: signed attributes are no content. Whoever has a
// signature over some would have one over a list of security infos.
func TestCardSecurityContent(t *testing.T) {
	w := newWorkshop(t)
	h := w.hand(nil)
	h.noAttrs = true
	posing, _ := w.attrs(h, []byte("anything"))
	for name, c := range map[string]struct {
		content []byte
		want    verdict.Outcome
	}{
		"security infos": {w.paceInfo(), verdict.Passed},
		"attributes":     {posing, verdict.Failed},
		"no set":         {[]byte{4, 0}, verdict.Failed},
	} {
		w.contentType = oidBytes(t, 0, 4, 0, 127, 0, 7, 3, 2, 1)
		if _, check := CardSecurity(w.cms(c.content, h), w.trust(), now); check.Outcome != c.want {
			t.Errorf("%s: %+v", name, check)
		}
	}
	if _, check := CardSecurity(find(w.sod(h), lds.EFSOD)[4:], w.trust(), now); check.Outcome != verdict.Failed {
		t.Errorf("an EF.SOD in its place: %+v", check)
	}
}

// TestAttributes: what RFC 5652 §5.4 asks of the signed attributes.
func TestAttributes(t *testing.T) {
	w := newWorkshop(t)
	tr := w.trust()
	for name, c := range map[string]struct {
		change    func(*hand)
		signature verdict.Outcome
	}{
		"as it should be":               {func(*hand) {}, verdict.Passed},
		"plain signature":               {func(h *hand) { h.plain = true }, verdict.Passed},
		"plain and wrong":               {func(h *hand) { h.plain, h.wrong = true, true }, verdict.Failed},
		"wrong":                         {func(h *hand) { h.wrong = true }, verdict.Failed},
		"none":                          {func(h *hand) { h.noAttrs = true }, verdict.Passed},
		"none and wrong":                {func(h *hand) { h.noAttrs, h.wrong = true, true }, verdict.Failed},
		"sorted to sign, sent unsorted": {func(h *hand) { h.sendSwap = true }, verdict.Passed},
		"signed and sent unsorted":      {func(h *hand) { h.signSwap = true }, verdict.Passed},
		"unsorted and wrong":            {func(h *hand) { h.sendSwap, h.wrong = true, true }, verdict.Failed},
		"no content type":               {func(h *hand) { h.noType = true }, verdict.Failed},
		"another content type":          {func(h *hand) { h.otherType = true }, verdict.Failed},
		"another digest":                {func(h *hand) { h.otherSum = true }, verdict.Failed},
	} {
		t.Run(name, func(t *testing.T) {
			h := w.hand(nil)
			c.change(&h)
			expect(t, Verify(w.sod(h), tr, now), verdict.Passed, c.signature, verdict.Passed)
		})
	}
	t.Run("digest twice", func(t *testing.T) {
		h := w.hand(nil)
		h.twice = true
		expect(t, Verify(w.sod(h), tr, now), verdict.Failed, verdict.NotDone, verdict.NotDone)
	})
}

// TestSeveralSigners: every signature must be right, one trusted signer is
// enough.
func TestSeveralSigners(t *testing.T) {
	w, other := newWorkshop(t), newWorkshop(t)
	good, wrong, stranger := w.hand(nil), w.hand(nil), other.hand(nil)
	wrong.wrong = true
	for name, c := range map[string]struct {
		hands            []hand
		signature, chain verdict.Outcome
	}{
		"two good":         {[]hand{good, w.hand(nil)}, verdict.Passed, verdict.Passed},
		"one wrong":        {[]hand{good, wrong}, verdict.Failed, verdict.Passed},
		"wrong first":      {[]hand{wrong, good}, verdict.Failed, verdict.Passed},
		"stranger beside":  {[]hand{good, stranger}, verdict.Passed, verdict.Passed},
		"stranger first":   {[]hand{stranger, good}, verdict.Passed, verdict.Passed},
		"a stranger alone": {[]hand{stranger}, verdict.Passed, verdict.Inconclusive},
		"nobody":           {nil, verdict.Failed, verdict.NotDone},
	} {
		t.Run(name, func(t *testing.T) {
			expect(t, Verify(w.sod(c.hands...), w.trust(), now), verdict.Passed, c.signature, c.chain)
		})
	}
	many := make([]hand, maxSigners+1)
	for i := range many {
		many[i] = good
	}
	expect(t, Verify(w.sod(many...), w.trust(), now), verdict.Failed, verdict.NotDone, verdict.NotDone)
}

// TestLDSVersion: version 1 of the list of digests carries the LDS version.
func TestLDSVersion(t *testing.T) {
	w := newWorkshop(t)
	w.revision = 1
	expect(t, Verify(w.sod(w.hand(nil)), w.trust(), now), verdict.Passed, verdict.Passed, verdict.Passed)
	w.revision = 2
	expect(t, Verify(w.sod(w.hand(nil)), w.trust(), now), verdict.Inconclusive, verdict.NotDone, verdict.NotDone)
}

// TestExtensions: what a signer's certificate says beside its key.
func TestExtensions(t *testing.T) {
	w := newWorkshop(t)
	period := func(from, until time.Time) []byte {
		at := func(n uint8, t time.Time) []byte {
			return element(cbasn1.Tag(n).ContextSpecific(), []byte(t.UTC().Format("20060102150405Z")))
		}
		return sequenceOf(at(0, from), at(1, until))
	}
	extension := func(critical bool, value []byte, oid ...int) func(*x509.Certificate) {
		return func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{Id: oid, Critical: critical, Value: value}}
		}
	}
	types := func(s ...string) []byte {
		var list [][]byte
		for _, v := range s {
			list = append(list, element(cbasn1.PrintableString, []byte(v)))
		}
		return sequenceOf([]byte{2, 1, 0}, element(cbasn1.SET, list...))
	}
	for name, c := range map[string]struct {
		change func(*x509.Certificate)
		signed time.Time
		chain  verdict.Outcome
	}{
		"plain":                {nil, time.Time{}, verdict.Passed},
		"unknown":              {extension(false, []byte{5, 0}, 1, 2, 3, 4), time.Time{}, verdict.Passed},
		"unknown and critical": {extension(true, []byte{5, 0}, 1, 2, 3, 4), time.Time{}, verdict.Inconclusive},
		"policies, critical":   {extension(true, sequenceOf(sequenceOf([]byte{6, 1, 42})), 2, 5, 29, 32), time.Time{}, verdict.Passed},
		"type of this card":    {extension(false, types("I"), 2, 23, 136, 1, 1, 6, 2), time.Time{}, verdict.Passed},
		"type of another":      {extension(false, types("P", "AC"), 2, 23, 136, 1, 1, 6, 2), time.Time{}, verdict.Inconclusive},
		"signed in its time":   {extension(false, period(now.AddDate(-2, 0, 0), now.AddDate(-1, 0, 0)), 2, 5, 29, 16), now.AddDate(-1, -6, 0), verdict.Passed},
		"signed after it":      {extension(false, period(now.AddDate(-2, 0, 0), now.AddDate(-1, 0, 0)), 2, 5, 29, 16), now.AddDate(0, -6, 0), verdict.Inconclusive},
		"no usage":             {func(c *x509.Certificate) { c.KeyUsage = 0 }, time.Time{}, verdict.Inconclusive},
		"other usage":          {func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCertSign }, time.Time{}, verdict.Failed},
		"another country":      {func(c *x509.Certificate) { c.Subject.Country = []string{"LA"} }, time.Time{}, verdict.Inconclusive},
		"no country":           {func(c *x509.Certificate) { c.Subject.Country = nil }, time.Time{}, verdict.Passed},
	} {
		t.Run(name, func(t *testing.T) {
			h := w.hand(c.change)
			h.signedTime = c.signed
			expect(t, Verify(w.sod(h), w.trust(), now), verdict.Passed, verdict.Passed, c.chain)
		})
	}
}

// TestIssueDate: where nobody signed the time, the date of issue that the
// document states tells when it was signed, more or less.
func TestIssueDate(t *testing.T) {
	w := newWorkshop(t)
	h := w.hand(nil) // valid five years to either side of now
	for date, c := range map[string]struct {
		now   time.Time
		chain verdict.Outcome
	}{
		"20290101": {now, verdict.Passed},
		"20241220": {now, verdict.Passed}, // some days before the signer's first
		"20200101": {now, verdict.Inconclusive},
		"20290102": {now.AddDate(8, 0, 0), verdict.Passed}, // ended since
		"00000000": {now, verdict.Passed},                  // unknown
		"0":        {now.AddDate(8, 0, 0), verdict.Inconclusive},
	} {
		issued := element(cbasn1.Tag(0x6C), element(cbasn1.Tag(0x5C), []byte{0x5F, 0x26}), append([]byte{0x5F, 0x26, byte(len(date))}, date...))
		w.more = []lds.File{{ID: lds.EFDG12, Bytes: issued}}
		if checks := Verify(w.sod(h), w.trust(), c.now); checks[2].Outcome != c.chain || checks[0].Outcome != verdict.Passed {
			t.Errorf("issued %s: %+v", date, checks)
		}
	}
}

// TestPurpose: a key for master lists signs no documents, and a key for
// documents no master lists.
func TestPurpose(t *testing.T) {
	w := newWorkshop(t)
	lister := w.hand(func(c *x509.Certificate) {
		c.UnknownExtKeyUsage = []asn1.ObjectIdentifier{{2, 23, 136, 1, 1, 3}}
	})
	expect(t, Verify(w.sod(lister), w.trust(), now), verdict.Passed, verdict.Passed, verdict.Failed)
	content := sequenceOf([]byte{2, 1, 0}, element(cbasn1.SET, w.root.Raw))
	w.contentType = oidBytes(t, 2, 23, 136, 1, 1, 2)
	for name, c := range map[string]struct {
		hand hand
		want verdict.Outcome
	}{"list signer": {lister, verdict.Passed}, "document signer": {w.hand(nil), verdict.Inconclusive}} {
		tr, err := ParseTrust("a.ml", w.cms(content, c.hand))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range tr.Audit(w.trust(), now) {
			if f.Name == CheckMasterList && f.Outcome != c.want {
				t.Errorf("%s: %+v", name, f.Check)
			}
		}
	}
}

// TestExtensionTwice: of two key usages readers would take different ones.
func TestExtensionTwice(t *testing.T) {
	usage := sequenceOf(oidBytes(t, 2, 5, 29, 15), element(cbasn1.OCTET_STRING, []byte{3, 2, 7, 0x80}))
	other := sequenceOf(oidBytes(t, 2, 5, 29, 15), element(cbasn1.OCTET_STRING, []byte{3, 2, 2, 4}))
	unknown := sequenceOf(oidBytes(t, 1, 2, 3), element(cbasn1.OCTET_STRING, nil))
	for name, c := range map[string]struct {
		list [][]byte
		ok   bool
	}{
		"one":      {[][]byte{usage}, true},
		"two":      {[][]byte{usage, other}, false},
		"unknown":  {[][]byte{unknown, usage, unknown}, true},
		"too many": {slices.Repeat([][]byte{unknown}, maxExtensions+1), false},
	} {
		if err := new(certificate).readExtensions(sequenceOf(c.list...)); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
