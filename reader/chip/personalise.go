package chip

import (
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
	if !knownFault(f) {
		return nil, fmt.Errorf("chip: there is no fault %q: choose one of %v", f, Faults())
	}
	card := newCard(s, mrzLines(c), c.Number[6:], i.random)
	card.qr, card.fault = qrPayload(c), f
	if err := i.personalise(card, c); err != nil {
		return nil, err
	}
	return card, nil
}

// newCard makes an empty chip that the printed keys open.
func newCard(s Spec, lines []string, can string, random io.Reader) *Card {
	return &Card{
		lines: lines, spec: s, random: random,
		masterFiles: map[uint16][]byte{},
		files:       map[uint16][]byte{},
		closed:      map[uint16]bool{fileDG3: true},
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
	img, w, h, err := portrait(c)
	if err != nil {
		return err
	}
	drawn := make([]byte, 40)
	if _, err := io.ReadFull(i.random, drawn); err != nil {
		return fmt.Errorf("chip: draw a serial number: %w", err)
	}
	serial := strings.ToUpper(hex.EncodeToString(drawn[:8]))
	tags := []byte{tagDG1, tagDG2, tagDG3, tagDG13, tagDG14}
	if card.activeKey != nil {
		card.files[fileDG15] = dg15(card.activeKey)
		tags = append(tags, tagDG15)
	}
	card.files[fileDG1] = dg1(card.lines)
	card.files[fileDG2] = dg2(img, w, h, c.Sex == "Nữ")
	card.files[fileDG3] = encode(tagDG3, drawn[8:]) // never readable: only its hash is seen
	card.files[fileDG13] = dg13(dg13Fields(c, serial))
	card.files[fileDG14] = card.dg14()
	card.files[fileCOM] = efCOM(tags...)
	if card.files[fileSOD], err = i.sign(card.files, i.signer, c.Issue, card.fault); err != nil {
		return err
	}
	if err := i.masterFiles(card, c.Issue); err != nil {
		return err
	}
	strike(card)
	return nil
}

// masterFiles writes EF.CardAccess and EF.CardSecurity.
func (i *Issuer) masterFiles(card *Card, when time.Time) error {
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

// strike plays the faults that lie in the files; the others strike while the
// chip works or were signed in.
func strike(card *Card) {
	switch card.fault {
	case FaultPlain6A82:
		delete(card.files, fileDG13)
	case FaultLength:
		lieAboutLength(card.files[fileDG2])
	}
}

// lieAboutLength adds 4 KB to the three- or four-byte length of a file.
func lieAboutLength(file []byte) {
	const extra = 0x10 // in the last byte but one
	last := 1 + int(file[1]&0x7F)
	if file[1] < 0x82 {
		return
	}
	file[last-1] += extra
}
