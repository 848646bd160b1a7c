package chip

import "time"

// EF.SOD: the hashes of the data groups (Doc 9303-10 §4.6.2), signed by the
// document signer (Doc 9303-12 §7.2).

func oidLDS() []byte { return oid(2, 23, 136, 1, 1, 1) }

// oidSecurityObject is the content of EF.CardSecurity (Doc 9303-11 §9.2.11).
func oidSecurityObject() []byte { return oid(0, 4, 0, 127, 0, 7, 3, 2, 1) }

// sign builds EF.SOD over the data groups among the files.
func (i *Issuer) sign(files map[uint16][]byte, signer authority, when time.Time, k Content, s script) ([]byte, error) {
	cms, err := signedContent{
		contentType: oidLDS(),
		content:     ldsSecurityObject(files, signer.key, k, s),
		signer:      signer,
		when:        when,
		spoil:       s.has(FaultSODSignature),
	}.seal(i.random)
	if err != nil {
		return nil, err
	}
	return encode(tagSOD, cms), nil
}

// ldsSecurityObject is an algorithm, the signer's, and one hash a data group;
// version 1 adds the versions of EF.COM.
func ldsSecurityObject(files map[uint16][]byte, key *signingKey, k Content, s script) []byte {
	var hashes [][]byte
	for id := uint16(0x0101); id <= 0x0110; id++ {
		file, ok := files[id]
		if !ok {
			continue
		}
		h := key.hash.New()
		h.Write(file)
		sum := h.Sum(nil)
		if s.has(FaultSODHash) && id == fileDG2 {
			sum[0] ^= 0x80
		}
		hashes = append(hashes, sequence(small(int64(id&0xFF)), octets(sum)))
	}
	if k.LDS18 {
		versions := sequence(printable(ldsVersion), printable(unicodeVersion))
		return sequence(small(1), digestAlgorithm(key.hash), sequence(hashes...), versions)
	}
	return sequence(small(0), digestAlgorithm(key.hash), sequence(hashes...))
}
