package main

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/tram-station/tram/biometrics/virtual"
	"github.com/tram-station/tram/reader/chip"
)

// issueOptions say which card it is.
type issueOptions struct {
	profile, fault, document string
	groups                   []int
	size                     int
	encoding                 string
	directory                bool
	seed                     int64
	issuer, country          string
}

// trustOptions say what lies beside the card.
type trustOptions struct {
	form          string
	crl, terminal bool
}

// What a trust folder may hold.
const (
	trustCertificate = "cer"         // the CSCA
	trustLink        = "link"        // the CSCA before it, and the link certificate
	trustMasterList  = "master-list" // a master list with the CSCA, and its signer's authority
	trustLDIF        = "ldif"        // the same and the revocation list in one LDIF file
)

func trustForms() []string {
	return []string{trustCertificate, trustLink, trustMasterList, trustLDIF}
}

// made is an issued card with all that belongs to it.
type made struct {
	card  *chip.Card
	spec  chip.Spec
	trust map[string][]byte // file name to content
	key   map[string][]byte // of a terminal; nil: none
}

// The size of the drawn portrait, as in a real document.
const portraitWidth, portraitHeight = 413, 551

// makeCard issues the card. Its errors are wrong choices.
func makeCard(o issueOptions, t trustOptions, random io.Reader, now time.Time) (*made, error) {
	if !slices.Contains(trustForms(), t.form) {
		return nil, fmt.Errorf("there is no trust folder of the form %q: choose one of %v", t.form, trustForms())
	}
	spec, err := o.spec()
	if err != nil {
		return nil, err
	}
	m := &made{}
	if t.terminal {
		if spec.Terminal, m.key, err = newTerminal(random, now); err != nil {
			return nil, err
		}
	}
	issuer, before, err := o.authority(t.form, random, now)
	if err != nil {
		return nil, err
	}
	citizen, err := o.citizen(spec.Content.Document)
	if err != nil {
		return nil, err
	}
	if m.card, err = issuer.IssueSpec(citizen, spec, chip.Fault(o.fault)); err != nil {
		return nil, err
	}
	m.spec = spec
	revoke := strings.Contains(o.fault, string(chip.FaultSignerRevoked))
	m.trust, err = trustFiles(issuer, before, m.card, t, revoke, now)
	return m, err
}

// spec is the profile with what other options change.
func (o issueOptions) spec() (chip.Spec, error) {
	spec, ok := chip.ProfileSpec(chip.Profile(o.profile))
	if !ok {
		return spec, fmt.Errorf("there is no profile %q: choose one of %v, or %s", o.profile, chip.AllProfiles(), chip.ProfileNames())
	}
	content := &spec.Content
	if o.document != "" {
		content.Document, content.Groups = chip.Document(o.document), nil
	}
	if o.groups != nil {
		content.Groups = o.groups
	}
	switch o.encoding {
	case "":
	case "19794":
		content.Face, content.Finger = chip.Encoding19794, chip.Encoding19794
	default:
		content.Face, content.Finger = chip.Encoding(o.encoding), chip.Encoding(o.encoding)
	}
	content.DG2Size = o.size
	content.Directory = content.Directory || o.directory
	return spec, nil
}

// citizen is the sample with a drawn face; a residence card is a foreigner's.
func (o issueOptions) citizen(d chip.Document) (chip.Citizen, error) {
	c := chip.Sample()
	if d == chip.DocumentResidence || d == chip.DocumentResidenceTD2 {
		c.State, c.Nationality = "UTO", "Utopia"
	}
	var b bytes.Buffer
	quality := 85
	if o.size != 0 {
		quality = 30 // filled up to the size
	}
	if err := jpeg.Encode(&b, virtual.Portrait(o.seed, portraitWidth, portraitHeight), &jpeg.Options{Quality: quality}); err != nil {
		return c, fmt.Errorf("draw the portrait: %w", err)
	}
	c.Portrait, c.PortraitW, c.PortraitH = b.Bytes(), portraitWidth, portraitHeight
	return c, nil
}

// authority makes the issuer and, for a link, the generation before it.
func (o issueOptions) authority(form string, random io.Reader, now time.Time) (issuer, before *chip.Issuer, err error) {
	csca, signer, two := strings.Cut(o.issuer, "/")
	if !two {
		signer = csca
	}
	options := chip.IssuerOptions{CSCA: chip.Scheme(csca), Signer: chip.Scheme(signer), Country: o.country}
	if issuer, err = chip.NewIssuerWith(random, now, options); err != nil || form != trustLink {
		return issuer, nil, err
	}
	before = issuer
	issuer, err = before.Renew(options)
	return issuer, before, err
}

// How long a revocation list is good: it was made a day ago.
const (
	listAge  = 24 * time.Hour
	listLife = 90 * 24 * time.Hour
)

// trustFiles is the trust folder in the form that was asked for.
func trustFiles(issuer, before *chip.Issuer, card *chip.Card, t trustOptions, revoke bool, now time.Time) (map[string][]byte, error) {
	var revoked [][]byte
	if revoke {
		revoked = append(revoked, card.Signer())
	}
	crl, err := issuer.CRL(now.Add(-listAge), now.Add(listLife), revoked...)
	if err != nil {
		return nil, err
	}
	list, err := issuer.MasterList()
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	switch t.form {
	case trustLink:
		files["csca.cer"], files["csca-link.cer"] = before.CSCA(), issuer.Link()
	case trustMasterList:
		files["csca.ml"] = list
	case trustLDIF:
		files["csca.ldif"] = []byte(issuer.LDIF(nil, crl, list))
	default:
		files["csca.cer"] = issuer.CSCA()
	}
	if t.form != trustLDIF && (t.crl || revoke) {
		files["csca.crl"] = crl
	}
	return files, nil
}

// newTerminal makes an authority that the chip trusts and a terminal under it:
// the files of its folder, the private key among them.
func newTerminal(random io.Reader, now time.Time) (*chip.TerminalAuth, map[string][]byte, error) {
	cvca, err := chip.NewCVCA(random, now, "bp256-sha256")
	if err != nil {
		return nil, nil, err
	}
	verifier, err := cvca.Verifier(chip.CVOptions{})
	if err != nil {
		return nil, nil, err
	}
	terminal, err := verifier.Terminal(chip.CVOptions{})
	if err != nil {
		return nil, nil, err
	}
	key, err := terminal.PKCS8()
	if err != nil {
		return nil, nil, err
	}
	files := map[string][]byte{"cvca.cvcert": cvca.Certificate(), "terminal.pkcs8": key}
	for n, c := range terminal.Chain() {
		files[[...]string{"dv.cvcert", "terminal.cvcert"}[n]] = c
	}
	return &chip.TerminalAuth{Anchor: cvca.Certificate()}, files, nil
}
