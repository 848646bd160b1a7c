package passive_test

import (
	"bytes"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/chip"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/passive"
	"github.com/tram-station/tram/reader/verdict"
)

// These tests verify what the opposite end issued, which shares no code with
// the reader: each scheme, country, period and list, with a control that fails.

const (
	passed, failed, open, undone = verdict.Passed, verdict.Failed, verdict.Inconclusive, verdict.NotDone
)

var today = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func newIssuer(t testing.TB, o chip.IssuerOptions) *chip.Issuer {
	t.Helper()
	i, err := chip.NewIssuerWith(rand.Reader, today, o)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// trustIn loads a folder with the given files.
func trustIn(t testing.TB, files map[string][]byte) *passive.Trust {
	t.Helper()
	dir := t.TempDir()
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tr, err := passive.LoadTrust(dir)
	if err != nil || len(tr.Warnings) > 0 {
		t.Fatal(err, tr.Warnings)
	}
	return tr
}

// card is a chip whose BAC session is open.
type card struct {
	t    testing.TB
	link apdu.Card
}

// insert lays a chip into a slot.
func insert(t testing.TB, c *chip.Card) *card {
	t.Helper()
	var slot apdu.VirtualSlot
	slot.Put(c)
	link, err := slot.Insert(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return &card{t, link}
}

// read selects a file by its identifier and reads it whole; nil where the chip
// has none.
func (c *card) read(id lds.FileID) []byte {
	c.t.Helper()
	selected, err := apdu.Send(c.t.Context(), c.link, apdu.Command{Ins: apdu.InsSelect, P1: 2, P2: 0x0C, Data: []byte{byte(id >> 8), byte(id)}})
	if err != nil {
		c.t.Fatal(err)
	}
	if selected.Status != apdu.OK {
		return nil
	}
	var b []byte
	for {
		r, err := apdu.Send(c.t.Context(), c.link, apdu.Command{Ins: apdu.InsReadBinary, P1: byte(len(b) >> 8), P2: byte(len(b)), Le: 223})
		if err != nil {
			c.t.Fatal(err)
		}
		b = append(b, r.Data...)
		if len(r.Data) < 223 {
			return b
		}
	}
}

// document issues a chip and reads its files.
func document(t testing.TB, i *chip.Issuer, content chip.Content, citizen chip.Citizen) []lds.File {
	t.Helper()
	issued, err := i.IssueSpec(citizen, chip.Spec{BAC: true, Content: content}, chip.FaultNone)
	if err != nil {
		t.Fatal(err)
	}
	return filesOf(t, issued)
}

// filesOf reads the files of a chip by BAC.
func filesOf(t testing.TB, issued *chip.Card) []lds.File {
	t.Helper()
	c := insert(t, issued)
	if _, err := apdu.Send(t.Context(), c.link, apdu.Command{Ins: apdu.InsSelect, P1: 4, P2: 0x0C, Data: []byte{0xA0, 0, 0, 2, 0x47, 0x10, 1}}); err != nil {
		t.Fatal(err)
	}
	opened, err := access.Open(t.Context(), c.link, nil, printedKey(t, issued.MRZ()), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c.link = opened.Card
	var files []lds.File
	for _, id := range []lds.FileID{lds.EFDG1, lds.EFDG2, lds.EFDG11, lds.EFDG12, lds.EFDG13, lds.EFDG14, lds.EFSOD} {
		if b := c.read(id); b != nil {
			files = append(files, lds.File{ID: id, Name: id.String(), Bytes: b})
		}
	}
	return files
}

// printedKey takes the key from a zone of TD1 (three lines) or TD2 and TD3.
func printedKey(t testing.TB, lines []string) access.Key {
	t.Helper()
	number, birth, expiry := lines[1][0:9], lines[1][13:19], lines[1][21:27]
	if len(lines) == 3 {
		number, birth, expiry = lines[0][5:14], lines[1][0:6], lines[1][8:14]
	}
	k, err := access.MRZ(strings.TrimRight(number, "<"), birth, expiry)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// want compares all four outcomes.
func want(t *testing.T, checks []verdict.Check, outcomes ...verdict.Outcome) {
	t.Helper()
	for i, c := range checks {
		if c.Outcome != outcomes[i] {
			t.Errorf("%s: %v, want %v (%s)", c.Name, c.Outcome, outcomes[i], c.Reason.EN)
		}
		text := c.Reason.VI + c.Reason.EN + c.Next.VI + c.Next.EN
		for _, word := range []string{"%", "giả", "forged", "fake", "counterfeit"} {
			if strings.Contains(text, word) {
				t.Errorf("%s: %q in %q", c.Name, word, text)
			}
		}
		if (c.Outcome == failed || c.Outcome == open) && (c.Next.VI == "" || c.Next.EN == "") {
			t.Errorf("%s: %v without a next step", c.Name, c.Outcome)
		}
	}
}

// says looks for words in the reason of the chain's check.
func says(t *testing.T, c verdict.Check, en string) {
	t.Helper()
	if !strings.Contains(c.Reason.EN, en) {
		t.Errorf("%s says %q, not %q", c.Name, c.Reason.EN, en)
	}
}

func TestSchemes(t *testing.T) {
	for _, s := range chip.Schemes() {
		t.Run(string(s), func(t *testing.T) {
			i := newIssuer(t, chip.IssuerOptions{CSCA: s, Signer: s})
			files := document(t, i, chip.Content{}, chip.Sample())
			tr := trustIn(t, map[string][]byte{"csca.cer": i.CSCA()})
			checks := passive.Verify(files, tr, today)
			want(t, checks, passed, passed, passed, undone)
			if weak := strings.HasSuffix(string(s), "sha1"); weak != strings.Contains(checks[1].Reason.EN, "SHA-1 is weak") {
				t.Errorf("SHA-1: %s", checks[1].Reason.EN)
			}
			sod := files[len(files)-1].Bytes
			sod[len(sod)-1] ^= 1
			want(t, passive.Verify(files, tr, today), passed, failed, passed, undone)
		})
	}
}

// TestCountry: an authority of the trust list signs for its own country alone.
func TestCountry(t *testing.T) {
	for _, c := range []struct {
		country, state, document string
		chain                    verdict.Outcome
	}{
		{"VN", "VNM", "VNM", passed},
		{"vn", "VNM", "VNM", passed},
		{"DE", "D", "VNM", failed},
		{"DE", "VNM", "VNM", failed}, // it may call itself what it likes
		{"UT", "UTO", "UTO", passed},
		{"UT", "UTO", "VNM", failed},
		{"HK", "CHN", "CHN", passed},
		{"GB", "GBR", "GBD", passed},
		{"KS", "RKS", "RKS", passed},
		{"VN", "VNM", "XXB", open}, // a code that is no state's
		{"XO", "XOM", "XOM", passed},
		{"ZZ", "ZZZ", "VNM", failed},
	} {
		t.Run(c.country+" for "+c.document, func(t *testing.T) {
			i := newIssuer(t, chip.IssuerOptions{Country: c.country, State: c.state})
			files := document(t, i, chip.Content{State: c.document}, chip.Sample())
			tr := trustIn(t, map[string][]byte{"csca.cer": i.CSCA()})
			want(t, passive.Verify(files, tr, today), passed, passed, c.chain, undone)
		})
	}
}

func TestDocumentTypes(t *testing.T) {
	for _, c := range []struct {
		types    []string
		document chip.Document
		chain    verdict.Outcome
	}{
		{[]string{"ID"}, chip.DocumentCCCD, passed},
		{[]string{"P", "IR"}, chip.DocumentCCCD, open},
		{[]string{"P"}, chip.DocumentPassport, passed},
		{[]string{"ID"}, chip.DocumentPassport, open},
		{[]string{"I"}, chip.DocumentResidence, passed}, // one letter holds IR too
	} {
		i := newIssuer(t, chip.IssuerOptions{Documents: c.types})
		files := document(t, i, chip.Content{Document: c.document}, chip.Sample())
		tr := trustIn(t, map[string][]byte{"csca.cer": i.CSCA()})
		checks := passive.Verify(files, tr, today)
		want(t, checks, passed, passed, c.chain, undone)
		if c.chain == open {
			says(t, checks[2], "not issued for this type of document")
		}
	}
}

// TestTimes: certificates are judged for the day on which the chip was signed.
func TestTimes(t *testing.T) {
	year := func(n int) time.Time { return today.AddDate(n, 0, 0) }
	issued := chip.Sample()
	issued.Issue = year(-5)
	for name, c := range map[string]struct {
		options chip.IssuerOptions
		now     time.Time
		chain   verdict.Outcome
		says    string
	}{
		"signer retired":       {chip.IssuerOptions{KeyFrom: year(-6), KeyUntil: year(-4)}, today, passed, "comes from a trusted issuer:"},
		"signer ended":         {chip.IssuerOptions{From: year(-6), Until: year(-1), KeyFrom: year(-6), KeyUntil: year(-4)}, today, passed, "has ended since"},
		"signed too late":      {chip.IssuerOptions{KeyFrom: year(-8), KeyUntil: year(-6)}, today, open, "outside the time in which the signer"},
		"signed too early":     {chip.IssuerOptions{KeyFrom: year(-4), KeyUntil: year(-3)}, today, open, "outside the time in which the signer"},
		"signed after the end": {chip.IssuerOptions{From: year(-9), Until: year(-6)}, today, open, "outside the time"},
		"clock too early":      {chip.IssuerOptions{From: year(-6)}, year(-7), open, "outside the validity of the signer"},
	} {
		t.Run(name, func(t *testing.T) {
			i := newIssuer(t, c.options)
			files := document(t, i, chip.Content{}, issued)
			tr := trustIn(t, map[string][]byte{"csca.cer": i.CSCA()})
			checks := passive.Verify(files, tr, c.now)
			want(t, checks, passed, passed, c.chain, undone)
			says(t, checks[2], c.says)
		})
	}
}

// TestLinks: a new key of an authority is trusted by its own certificate or by
// a link that a trusted certificate signed, over several generations.
func TestLinks(t *testing.T) {
	first := newIssuer(t, chip.IssuerOptions{CSCA: "p256-sha256"})
	second, err := first.Renew(chip.IssuerOptions{CSCA: "bp384-sha384"})
	if err != nil {
		t.Fatal(err)
	}
	third, err := second.Renew(chip.IssuerOptions{Name: "CSCA Tram Test 3"})
	if err != nil {
		t.Fatal(err)
	}
	stranger := newIssuer(t, chip.IssuerOptions{})
	files := document(t, third, chip.Content{}, chip.Sample())
	broken := bytes.Clone(third.Link())
	broken[len(broken)-1] ^= 1
	for name, c := range map[string]struct {
		trust map[string][]byte
		chain verdict.Outcome
	}{
		"own root":     {map[string][]byte{"a.cer": third.CSCA()}, passed},
		"two links":    {map[string][]byte{"a.cer": first.CSCA(), "b.cer": second.Link(), "c.cer": third.Link()}, passed},
		"one link":     {map[string][]byte{"a.cer": second.CSCA(), "c.cer": third.Link()}, passed},
		"gap":          {map[string][]byte{"a.cer": first.CSCA(), "c.cer": third.Link()}, open},
		"link alone":   {map[string][]byte{"c.cer": third.Link()}, open},
		"broken link":  {map[string][]byte{"a.cer": second.CSCA(), "c.cer": broken}, open},
		"other root":   {map[string][]byte{"a.cer": stranger.CSCA(), "c.cer": third.Link()}, open},
		"signer alone": {map[string][]byte{"a.cer": third.Signer()}, open},
	} {
		t.Run(name, func(t *testing.T) {
			want(t, passive.Verify(files, trustIn(t, c.trust), today), passed, passed, c.chain, undone)
		})
	}
}

// TestTogether: one trust list serves several readers; keys and revocation
// lists are read when they are first needed. Run with -race.
func TestTogether(t *testing.T) {
	i := newIssuer(t, chip.IssuerOptions{CSCA: "bp256-sha256"})
	files := document(t, i, chip.Content{}, chip.Sample())
	tr := trustIn(t, map[string][]byte{"csca.cer": i.CSCA(), "a.crl": list(t, i, today.AddDate(0, 0, -1), today.AddDate(0, 0, 9))})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for _, c := range passive.Verify(files, tr, today) {
				if c.Outcome != passed {
					t.Errorf("%+v", c)
				}
			}
		})
	}
	wg.Wait()
}

// TestFaults: each thing that an authority can do otherwise has its own verdict
// and its own words, and none costs the station its time.
func TestFaults(t *testing.T) {
	i := newIssuer(t, chip.IssuerOptions{})
	tr := trustIn(t, map[string][]byte{"csca.cer": i.CSCA()})
	said := map[string]chip.Fault{}
	for fault, c := range map[chip.Fault]struct{ hashes, signature, chain, revocation verdict.Outcome }{
		chip.FaultNone:            {passed, passed, passed, passed},
		chip.FaultSODHash:         {failed, passed, passed, passed},
		chip.FaultSODSignature:    {passed, failed, passed, passed},
		chip.FaultSignerExpired:   {passed, passed, passed, passed},
		chip.FaultSignerLate:      {passed, passed, open, passed},
		chip.FaultSignerRevoked:   {passed, passed, passed, failed},
		chip.FaultSignerForged:    {passed, passed, failed, undone},
		chip.FaultSignerUnknown:   {passed, passed, open, undone},
		chip.FaultSignerDocuments: {passed, passed, open, passed},
		chip.FaultSignerUsage:     {passed, passed, open, undone},
		chip.FaultOtherState:      {passed, passed, failed, passed},
		chip.FaultCertRSA:         {passed, failed, passed, passed}, // beyond what any key is
		chip.FaultCertCurve:       {passed, open, passed, passed},
		chip.FaultCertDeep:        {passed, passed, passed, passed}, // in an extension that nobody reads
	} {
		t.Run("fault "+string(fault), func(t *testing.T) {
			card, err := i.IssueSpec(chip.Sample(), chip.Spec{BAC: true}, fault)
			if err != nil {
				t.Fatal(err)
			}
			var revoked [][]byte
			if fault == chip.FaultSignerRevoked {
				revoked = append(revoked, card.Signer())
			}
			withList := trustIn(t, map[string][]byte{"csca.cer": i.CSCA(), "a.crl": list(t, i, today.AddDate(0, 0, -1), today.AddDate(0, 0, 30), revoked...)})
			files := filesOf(t, card)
			begun := time.Now()
			checks := passive.Verify(files, withList, today)
			if took := time.Since(begun); took > 2*time.Second {
				t.Errorf("%v", took)
			}
			want(t, checks, c.hashes, c.signature, c.chain, c.revocation)
			for n, check := range passive.Verify(files, tr, today)[:3] {
				if check.Outcome != checks[n].Outcome {
					t.Errorf("a revocation list changes %s", check.Name)
				}
				if check.Outcome != passed && check.Outcome != undone {
					if other, ok := said[check.Reason.EN]; ok {
						t.Errorf("%s says what %s says: %s", fault, other, check.Reason.EN)
					}
					said[check.Reason.EN] = fault
				}
			}
		})
	}
}
