package chip

import (
	"bytes"
	"fmt"
	"math/big"
	"time"
)

// How the faults are played: in what is signed, in the files, in the keys, and
// while the chip works.

// apply turns the ways of a chip that a script names into the spec's own.
func (s script) apply(spec *Spec) {
	spec.NoSelectMF = spec.NoSelectMF || s.has(FaultNoSelectMF)
	spec.NoShortIDs = spec.NoShortIDs || s.has(FaultNoShortIDs)
	spec.ExactLength = spec.ExactLength || s.has(FaultExactLength)
	if s.any(FaultShortOnly, FaultExtendedDies, FaultExtendedShort) {
		spec.Extended = false
	}
	if s.has(FaultExtendedDies) {
		spec.OnExtended = ExtendedSilent
	}
	if s.has(FaultExtendedShort) {
		spec.OnExtended = ExtendedTruncated
	}
	if s.has(FaultOtherState) {
		spec.Content.State = "UTO"
	}
}

// possible refuses a fault that cannot strike a chip of this spec.
func (s script) possible(spec Spec) error {
	missing := func(f Fault, what string, has bool) error {
		if s.has(f) && !has {
			return fmt.Errorf("chip: the fault %q needs %s", f, what)
		}
		return nil
	}
	for _, err := range []error{
		missing(FaultChipClone, "chip authentication", len(spec.ChipAuth) > 0),
		missing(FaultActiveClone, "active authentication", spec.ActiveAuth != ""),
		missing(FaultCardAccess, "PACE", len(spec.PACE) > 0),
		missing(FaultLeadingZero, "PACE", len(spec.PACE) > 0),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// signerFor returns the document signer that the script asks for, for a
// document of that day.
func (i *Issuer) signerFor(s script, day time.Time) (authority, error) {
	before, after := day.AddDate(0, -1, 0), day.AddDate(0, 2, 0)
	switch {
	case s.has(FaultSignerExpired):
		return i.newSigner(signerOptions{from: before, until: after, keyFrom: before, keyUntil: after})
	case s.has(FaultSignerLate):
		return i.newSigner(signerOptions{
			from: before.AddDate(-2, 0, 0), until: before, keyFrom: before.AddDate(-2, 0, 0), keyUntil: before.AddDate(-1, 0, 0),
		})
	case s.has(FaultSignerRevoked):
		return i.newSigner(signerOptions{})
	case s.has(FaultSignerForged):
		return i.newSigner(signerOptions{forged: true})
	case s.has(FaultSignerUnknown):
		stranger, err := NewIssuerWith(i.random, i.now, i.options)
		if err != nil {
			return authority{}, err
		}
		return stranger.signer, nil
	case s.has(FaultSignerDocuments):
		return i.newSigner(signerOptions{documents: []string{"V"}})
	case s.has(FaultSignerUsage):
		return i.newSigner(signerOptions{noUsage: true})
	case s.has(FaultCertRSA):
		return i.newSigner(signerOptions{public: hugeRSA()})
	case s.has(FaultCertCurve):
		return i.newSigner(signerOptions{public: hugeCurve()})
	case s.has(FaultCertDeep):
		return i.newSigner(signerOptions{extra: [][]byte{extension(oid(2, 23, 136, 1, 1, 6, 99), false, nested(2000))}})
	}
	return i.signer, nil
}

// hugeRSA is a key whose arithmetic would keep a reader busy for minutes.
func hugeRSA() []byte {
	n := new(big.Int).SetBytes(bytes.Repeat([]byte{0xFF}, 65536/8))
	return sequence(sequence(oid(1, 2, 840, 113549, 1, 1, 1), derNull()), bits(sequence(integer(n), integer(n))))
}

// hugeCurve is a key on a curve that nobody standardised.
func hugeCurve() []byte {
	const size = 16384 / 8
	p := new(big.Int).SetBytes(bytes.Repeat([]byte{0xFF}, size))
	one := big.NewInt(1).FillBytes(make([]byte, size))
	point := append([]byte{0x04}, append(one, one...)...)
	domain := sequence(
		small(1),
		sequence(oid(1, 2, 840, 10045, 1, 1), integer(p)),
		sequence(octets(one), octets(one)),
		octets(point),
		integer(p),
		small(1))
	return sequence(sequence(oid(1, 2, 840, 10045, 2, 1), domain), bits(point))
}

// nested is a sequence in a sequence, depth times.
func nested(depth int) []byte {
	var out []byte
	for range depth {
		out = sequence(out)
	}
	return out
}

// hostileGroups replaces what is signed by structures that exhaust a parser.
func (s script) hostileGroups(files map[uint16][]byte) {
	var body []byte
	switch {
	case s.has(FaultDeepTLV):
		body = nested(5000)
	case s.has(FaultHugeTLV):
		body = bytes.Repeat(sequence(), 10000)
	default:
		return
	}
	files[fileDG2] = encode(tagDG2, encode(0x7F61, encode(0x02, []byte{1}), body))
	if files[fileDG13] != nil {
		files[fileDG13] = encode(tagDG13, sequence(body))
	}
}

// strike plays the faults that lie in the files and keys, once all is signed.
func (c *Card) strike() error {
	s := c.script
	if s.has(FaultLength) {
		lieAboutLength(c.files[fileDG2], 0x1000)
	}
	if s.has(FaultLengthShort) {
		lieAboutLength(c.files[fileDG2], -0x100)
	}
	if s.has(FaultEndless) {
		c.files[fileDG2] = append([]byte{tagDG2, 0x84, 0x7F, 0xFF, 0xFF, 0xFF}, c.files[fileDG2]...)
	}
	if s.has(FaultHidden) {
		delete(c.files, fileDG14)
		delete(c.files, fileDG15)
		c.files[fileCOM] = efCOM(c.files)
	}
	if s.has(FaultNoCOM) {
		delete(c.files, fileCOM)
	}
	if s.has(FaultPlain6A82) {
		delete(c.files, fileDG13)
	}
	if s.has(FaultCardAccess) {
		c.spec.PACE = []PACE{{Mapping: GM, Group: c.spec.PACE[0].Group, Cipher: TripleDES}}
		c.masterFiles[fileCardAccess] = cardAccess(c.spec)
	}
	return c.strikeKeys()
}

// strikeKeys gives a copy other keys than the original's.
func (c *Card) strikeKeys() error {
	var err error
	if c.script.has(FaultChipClone) {
		for n := range c.chipKeys {
			if c.chipKeys[n].keyPair, err = drawKey(c.chipKeys[n].group, c.random); err != nil {
				return err
			}
		}
		for id, k := range c.mappingKeys {
			if c.mappingKeys[id], err = drawKey(k.group, c.random); err != nil {
				return err
			}
		}
	}
	if c.script.has(FaultActiveClone) {
		c.activeKey, err = newActiveKey(c.spec.ActiveAuth, c.random)
	}
	return err
}

// lieAboutLength adds to the length of a file, where that takes bytes enough.
func lieAboutLength(file []byte, by int) {
	n := int(file[1] & 0x7F)
	if file[1] < 0x82 || n > 3 {
		return
	}
	length := 0
	for _, b := range file[2 : 2+n] {
		length = length<<8 | int(b)
	}
	length += by
	for at := 1 + n; at > 1; at-- {
		file[at] = byte(length)
		length >>= 8
	}
}

// midwayAnswer plays the faults that strike in the middle of a read, at a READ
// BINARY that would bring the file's bytes up to end; false: none does.
func (c *Card) midwayAnswer(id uint16, offset, end, size int) (answer, bool) {
	s := c.script
	due := id == fileDG2 && end > size/2
	if s.at > 0 {
		due = c.state.sent+end-offset > s.at
	}
	if !due || c.state.session == nil || !s.any(midway()...) {
		return answer{}, false
	}
	if c.deaths > 0 && s.any(FaultPullOnce, FaultReset, FaultSwap, FaultTwin) {
		return answer{}, false
	}
	c.deaths++
	switch {
	case s.has(FaultReset):
		c.state = state{}
		return answer{sw: swSMObjects, plain: true}, true
	case s.has(FaultPlain6982), s.has(FaultPlain6D00):
		c.endSession()
		sw := uint16(swSecurityStatus)
		if s.has(FaultPlain6D00) {
			sw = swInstruction
		}
		return answer{sw: sw, plain: true}, true
	case s.has(FaultMAC):
		return answer{sw: swOK, data: []byte("Tram"), spoil: true}, true
	}
	c.state = state{dead: true}
	return c.deadAnswer(), true
}

// deadAnswer is what comes from a chip that is gone.
func (c *Card) deadAnswer() answer {
	zero := c.script.has(FaultZero)
	return answer{dead: !zero, empty: zero}
}

// wrongKey is how the chip answers a wrong key.
func (c *Card) wrongKey() uint16 {
	switch {
	case c.script.has(FaultWrongKey6982):
		return swSecurityStatus
	case c.script.has(FaultWrongKey6A80):
		return swWrongData
	}
	return swAuthFailed
}
