package chip

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"
)

// Issue personalises a chip with what a profile offers.
func (i *Issuer) Issue(c Citizen, p Profile, f Fault) (*Card, error) {
	spec, ok := ProfileSpec(p)
	if !ok {
		return nil, fmt.Errorf("chip: there is no profile %q: choose one of %v", p, Profiles())
	}
	return i.IssueSpec(c, spec, f)
}

// IssueSpec personalises a chip. The same citizen, spec and fault make another
// chip each time: its keys are fresh.
func (i *Issuer) IssueSpec(c Citizen, s Spec, f Fault) (*Card, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	if err := s.validate(); err != nil {
		return nil, err
	}
	script, err := parseFault(f)
	if err != nil {
		return nil, err
	}
	if err := script.possible(s); err != nil {
		return nil, err
	}
	script.apply(&s)
	s.Content = s.Content.withDefaults(i.options.State)
	if err := s.Content.validate(); err != nil {
		return nil, err
	}
	card := newCard(s, mrzLines(c, s.Content), c.Number[6:], i.random)
	card.script = script
	if s.Content.Document == DocumentCCCD {
		card.qr = qrPayload(c)
	}
	if err := i.personalise(card, c); err != nil {
		return nil, err
	}
	if script.any(FaultSwap, FaultTwin) {
		card.other, err = i.otherCard(c, s, script)
	}
	return card, err
}

// newCard makes an empty chip that the printed keys open.
func newCard(s Spec, lines []string, can string, random io.Reader) *Card {
	return &Card{
		lines: lines, spec: s, random: random,
		masterFiles: map[uint16][]byte{},
		files:       map[uint16][]byte{},
		closed:      map[uint16]bool{fileDG3: true, fileDG4: true},
		mappingKeys: map[int]keyPair{},
		mrzSeed:     passwordSeed(mrzInformation(lines)),
		can:         []byte(can),
	}
}

// personalise writes the files and signs over them.
func (i *Issuer) personalise(card *Card, c Citizen) error {
	if err := card.drawKeys(); err != nil {
		return err
	}
	drawn := make([]byte, 8)
	if _, err := io.ReadFull(i.random, drawn); err != nil {
		return fmt.Errorf("chip: draw a serial number: %w", err)
	}
	groups, err := card.spec.Content.groups(c, card.lines, strings.ToUpper(hex.EncodeToString(drawn)))
	if err != nil {
		return err
	}
	card.files = groups
	if card.activeKey != nil {
		card.files[fileDG15] = dg15(card.activeKey)
	}
	if infos := card.dg14(); !bytes.Equal(infos, encode(tagDG14, set())) {
		card.files[fileDG14] = infos
	}
	card.files[fileCOM] = efCOM(card.files)
	card.script.hostileGroups(card.files)
	signer, err := i.signerFor(card.script, c.Issue)
	if err != nil {
		return err
	}
	card.signer = signer.cert.raw
	if card.files[fileSOD], err = i.sign(card.files, signer, c.Issue, card.spec.Content, card.script); err != nil {
		return err
	}
	if err := card.installAnchor(c.Issue); err != nil {
		return err
	}
	if err := i.masterFiles(card, c.Issue); err != nil {
		return err
	}
	return card.strike()
}

// otherCard is the one that comes back in place of a pulled one.
func (i *Issuer) otherCard(c Citizen, s Spec, script script) (*Card, error) {
	if script.has(FaultSwap) {
		c.Number = c.Number[:6] + "999999"
		c.Name = "Trần Thị Khác"
	}
	return i.IssueSpec(c, s, FaultNone)
}

// masterFiles writes EF.CardAccess and EF.CardSecurity, and EF.DIR and
// EF.ATR/INFO where the content has them.
func (i *Issuer) masterFiles(card *Card, when time.Time) error {
	if card.spec.Content.Directory {
		card.masterFiles[fileDIR] = efDIR()
		card.masterFiles[fileATRInfo] = card.atrInfo()
	}
	if len(card.spec.PACE) > 0 {
		card.masterFiles[fileCardAccess] = cardAccess(card.spec)
	}
	if !card.hasCAM() {
		return nil
	}
	signed, err := signedContent{
		contentType: oidSecurityObject(), content: card.cardSecurity(), signer: i.signer, when: when,
	}.seal(i.random)
	card.masterFiles[fileCardSecurity] = signed
	return err
}
