package passive_test

import (
	"bytes"
	"crypto/rand"
	"testing"
	"time"

	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/chip"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/passive"
	"github.com/tram-station/tram/reader/verdict"
)

func list(t *testing.T, i *chip.Issuer, this, next time.Time, revoked ...[]byte) []byte {
	t.Helper()
	b, err := i.CRL(this, next, revoked...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRevocation(t *testing.T) {
	i := newIssuer(t, chip.IssuerOptions{CSCA: "bp256-sha256"})
	renewed, err := i.Renew(chip.IssuerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	posing := newIssuer(t, chip.IssuerOptions{}) // the same name, another key
	other := newIssuer(t, chip.IssuerOptions{Name: "CSCA Tram Test Other"})
	files := document(t, i, chip.Content{}, chip.Sample())
	day := func(n int) time.Time { return today.AddDate(0, 0, n) }
	broken := bytes.Clone(list(t, i, day(-1), day(30), i.Signer()))
	broken[len(broken)-1] ^= 1
	for name, c := range map[string]struct {
		trust      map[string][]byte
		revocation verdict.Outcome
	}{
		"none":              {nil, undone},
		"empty":             {map[string][]byte{"a.crl": list(t, i, day(-1), day(30))}, passed},
		"another signer":    {map[string][]byte{"a.crl": list(t, i, day(-1), day(30), other.Signer())}, passed},
		"revoked":           {map[string][]byte{"a.crl": list(t, i, day(-1), day(30), other.Signer(), i.Signer())}, failed},
		"revoked, due":      {map[string][]byte{"a.crl": list(t, i, day(-90), day(-60), i.Signer())}, failed},
		"revoked, then not": {map[string][]byte{"a.crl": list(t, i, day(-90), day(-60), i.Signer()), "b.crl": list(t, i, day(-1), day(30))}, failed},
		"due":               {map[string][]byte{"a.crl": list(t, i, day(-90), day(-60))}, open},
		"due, and a new":    {map[string][]byte{"a.crl": list(t, i, day(-90), day(-60)), "b.crl": list(t, i, day(-1), day(30))}, passed},
		"of tomorrow":       {map[string][]byte{"a.crl": list(t, i, day(1), day(30))}, open},
		"issuer itself":     {map[string][]byte{"a.crl": list(t, i, day(-1), day(30), i.CSCA())}, open},
		"broken":            {map[string][]byte{"a.crl": broken}, open},
		"of who poses":      {map[string][]byte{"a.crl": list(t, posing, day(-1), day(30), i.Signer())}, open},
		"of another":        {map[string][]byte{"a.crl": list(t, other, day(-1), day(30), i.Signer()), "o.cer": other.CSCA()}, undone},
		"by the next key":   {map[string][]byte{"a.crl": list(t, renewed, day(-1), day(30), i.Signer()), "l.cer": renewed.Link()}, failed},
		"next key unlinked": {map[string][]byte{"a.crl": list(t, renewed, day(-1), day(30), i.Signer())}, open},
	} {
		t.Run(name, func(t *testing.T) {
			if c.trust == nil {
				c.trust = map[string][]byte{}
			}
			c.trust["csca.cer"] = i.CSCA()
			want(t, passive.Verify(files, trustIn(t, c.trust), today), passed, passed, passed, c.revocation)
		})
	}
	t.Run("no chain", func(t *testing.T) {
		tr := trustIn(t, map[string][]byte{"a.cer": other.CSCA(), "a.crl": list(t, i, day(-1), day(30), i.Signer())})
		want(t, passive.Verify(files, tr, today), passed, passed, open, undone)
	})
}

// audit returns the findings of one check by outcome.
func audit(tr, known *passive.Trust, check string) map[verdict.Outcome]int {
	m := map[verdict.Outcome]int{}
	for _, f := range tr.Audit(known, today) {
		if f.Name == check {
			m[f.Outcome]++
		}
	}
	return m
}

func TestMasterList(t *testing.T) {
	publisher := newIssuer(t, chip.IssuerOptions{Country: "DE", State: "D", CSCA: "bp384-sha384"})
	i := newIssuer(t, chip.IssuerOptions{})
	ml, err := publisher.MasterList(publisher.CSCA(), i.CSCA())
	if err != nil {
		t.Fatal(err)
	}
	tr := trustIn(t, map[string][]byte{"de.ml": ml})
	want(t, passive.Verify(document(t, i, chip.Content{}, chip.Sample()), tr, today), passed, passed, passed, undone)
	if l := tr.MasterLists(); len(l) != 1 || l[0].Country != "DE" || l[0].Certificates != 2 || !l[0].Signed.Equal(today) || tr.Len() != 2 {
		t.Errorf("lists %+v, %d certificates", l, tr.Len())
	}
	publisherOnly := trustIn(t, map[string][]byte{"de.cer": publisher.CSCA()})
	for name, c := range map[string]struct {
		list  []byte
		known *passive.Trust
		want  verdict.Outcome
	}{
		"known publisher":     {ml, publisherOnly, passed},
		"vouching for itself": {ml, nil, open},
		"another trust":       {ml, trustIn(t, map[string][]byte{"a.cer": i.CSCA()}), open},
		"changed":             {flipped(t, ml, i.CSCA()[len(i.CSCA())-8:]), publisherOnly, failed},
	} {
		list, err := passive.ParseTrust("list.ml", c.list)
		if err != nil {
			t.Fatal(name, err)
		}
		if got := audit(list, c.known, passive.CheckMasterList); got[c.want] != 1 || len(got) != 1 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// flipped changes a bit of part in b.
func flipped(t *testing.T, b, part []byte) []byte {
	t.Helper()
	at := bytes.Index(b, part)
	if at < 0 {
		t.Fatal("the part is not there")
	}
	b = bytes.Clone(b)
	b[at] ^= 1
	return b
}

// TestLDIF reads an excerpt of the public key directory. Its document signers
// are no anchors.
func TestLDIF(t *testing.T) {
	i := newIssuer(t, chip.IssuerOptions{})
	ml, err := i.MasterList()
	if err != nil {
		t.Fatal(err)
	}
	crl := list(t, i, today.AddDate(0, 0, -1), today.AddDate(0, 0, 30), i.Signer())
	files := document(t, i, chip.Content{}, chip.Sample())
	whole := trustIn(t, map[string][]byte{"pkd.ldif": []byte(i.LDIF(i.Signer(), crl, ml))})
	want(t, passive.Verify(files, whole, today), passed, passed, passed, failed)
	signers := trustIn(t, map[string][]byte{"dsc.ldif": []byte(i.LDIF(i.Signer(), nil, nil))})
	want(t, passive.Verify(files, signers, today), passed, passed, open, undone)
	if n := signers.Len(); n != 0 || len(signers.Certificates()) != 1 || signers.Certificates()[0].Kind != passive.KindSigner {
		t.Errorf("%d anchors out of a list of signers", n)
	}
	crlf := bytes.ReplaceAll([]byte(i.LDIF(nil, nil, ml)), []byte("\n"), []byte("\r\n"))
	if tr, err := passive.ParseTrust("x", crlf); err != nil || tr.Len() != 1 {
		t.Errorf("lines that end in CR LF: %v", err)
	}
}

// TestAudit: what must not be trusted fails, what is open is told.
func TestAudit(t *testing.T) {
	i := newIssuer(t, chip.IssuerOptions{})
	next, err := i.Renew(chip.IssuerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	crl := list(t, i, today.AddDate(0, 0, -1), today.AddDate(0, 0, 30))
	good := trustIn(t, map[string][]byte{"a.cer": i.CSCA(), "b.cer": next.Link(), "c.cer": i.Signer(), "d.crl": crl})
	findings := good.Audit(nil, today)
	for _, f := range findings {
		if f.Outcome != passed || f.File == "" || f.Subject == "" || len(f.SHA256) != 64 {
			t.Errorf("%+v", f)
		}
	}
	if len(findings) != 4 {
		t.Errorf("%d findings", len(findings))
	}
	spoil := func(b []byte) []byte { b = bytes.Clone(b); b[len(b)-1] ^= 1; return b }
	for name, c := range map[string]struct {
		files map[string][]byte
		check string
		want  verdict.Outcome
	}{
		"root":          {map[string][]byte{"a.cer": spoil(i.CSCA())}, passive.CheckSelfSigned, failed},
		"link":          {map[string][]byte{"a.cer": i.CSCA(), "b.cer": spoil(next.Link())}, passive.CheckLink, failed},
		"link alone":    {map[string][]byte{"b.cer": next.Link()}, passive.CheckLink, open},
		"list":          {map[string][]byte{"a.cer": i.CSCA(), "b.crl": spoil(crl)}, passive.CheckCRL, failed},
		"list alone":    {map[string][]byte{"b.crl": crl}, passive.CheckCRL, open},
		"list that due": {map[string][]byte{"a.cer": i.CSCA(), "b.crl": list(t, i, today.AddDate(0, -3, 0), today.AddDate(0, -2, 0))}, passive.CheckCRL, open},
	} {
		if got := audit(trustIn(t, c.files), nil, c.check); got[c.want] != 1 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestCardSecurity reads the file that a chip with mapping authentication has
// beside EF.CardAccess.
func TestCardSecurity(t *testing.T) {
	i := newIssuer(t, chip.IssuerOptions{Signer: "bp256-sha256"})
	issued, err := i.IssueSpec(chip.Sample(), chip.Spec{
		PACE: []chip.PACE{{Mapping: chip.CAM, Group: chip.GroupP256, Cipher: chip.AES128}},
	}, chip.FaultNone)
	if err != nil {
		t.Fatal(err)
	}
	c := insert(t, issued)
	infos, err := lds.ParseCardAccess(c.read(lds.EFCardAccess))
	if err != nil {
		t.Fatal(err)
	}
	can, err := access.CAN(issued.CAN())
	if err != nil {
		t.Fatal(err)
	}
	opened, err := access.Open(t.Context(), c.link, infos, can, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c.link = opened.Card
	file := c.read(lds.EFCardSecurity)
	tr := trustIn(t, map[string][]byte{"csca.cer": i.CSCA()})
	revoked := trustIn(t, map[string][]byte{"csca.cer": i.CSCA(), "a.crl": list(t, i, today.AddDate(0, 0, -1), today.AddDate(0, 0, 30), i.Signer())})
	spoilt := bytes.Clone(file)
	spoilt[len(spoilt)-1] ^= 1
	for name, x := range map[string]struct {
		file  []byte
		trust *passive.Trust
		want  verdict.Outcome
	}{
		"good":      {file, tr, passed},
		"no trust":  {file, nil, open},
		"revoked":   {file, revoked, failed},
		"signature": {spoilt, tr, failed},
		"content":   {flipped(t, file, []byte{0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02}), tr, failed},
		"cut":       {file[:len(file)/2], tr, failed},
		"absent":    {nil, tr, failed},
	} {
		got, check := passive.CardSecurity(x.file, x.trust, today)
		if check.Name != passive.CheckCardSecurity || check.Outcome != x.want || (got == nil) != (x.want == failed) {
			t.Errorf("%s: %+v, infos %v", name, check, got != nil)
		}
		want(t, []verdict.Check{check}, x.want)
	}
	for state, outcome := range map[string]verdict.Outcome{"VNM": passed, "LAO": failed} {
		files := document(t, i, chip.Content{State: state}, chip.Sample())
		_, check := passive.CardSecurity(file, tr, today, files...)
		want(t, []verdict.Check{check}, outcome)
	}
	if got, _ := passive.CardSecurity(file, tr, today); got != nil {
		if err := opened.ChipKey.Verify(got); err != nil {
			t.Errorf("the chip's key against its signed one: %v", err)
		}
	}
}
