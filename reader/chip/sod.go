package chip

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"
)

// EF.SOD: CMS SignedData (RFC 5652) over the hashes of the data groups
// (Doc 9303-10 §4.6.2, Doc 9303-12 §7.2).

func oidSHA256() []byte { return oid(2, 16, 840, 1, 101, 3, 4, 2, 1) }
func oidLDS() []byte    { return oid(2, 23, 136, 1, 1, 1) }

// sign builds EF.SOD over the data groups among the files.
func (i *Issuer) sign(files map[uint16][]byte, f Fault) ([]byte, error) {
	content := ldsSecurityObject(files, f)
	attributes := signedAttributes(content, i.now)
	sum := sha256.Sum256(set(attributes...))
	signature, err := ecdsa.SignASN1(i.random, i.key, sum[:])
	if err != nil {
		return nil, fmt.Errorf("chip: sign EF.SOD: %w", err)
	}
	if f == FaultSODSignature {
		signature[len(signature)-1] ^= 1 // still well-formed: the last bit of s
	}
	algorithm := sequence(oidSHA256())
	signerInfo := sequence(
		small(1),
		sequence(i.signer.RawIssuer, integer(i.signer.SerialNumber)),
		algorithm,
		encode(0xA0, attributes...),
		sequence(oid(1, 2, 840, 10045, 4, 3, 2)), // ecdsa-with-SHA256
		octets(signature))
	signedData := sequence(
		small(3),
		set(algorithm),
		sequence(oidLDS(), encode(0xA0, octets(content))),
		encode(0xA0, i.signer.Raw),
		set(signerInfo))
	return encode(tagSOD, sequence(oid(1, 2, 840, 113549, 1, 7, 2), encode(0xA0, signedData))), nil
}

// ldsSecurityObject is version 0: an algorithm and one hash a data group.
func ldsSecurityObject(files map[uint16][]byte, f Fault) []byte {
	var hashes [][]byte
	for id := uint16(0x0101); id <= 0x0110; id++ {
		file, ok := files[id]
		if !ok {
			continue
		}
		sum := sha256.Sum256(file)
		if f == FaultSODHash && id == fileDG2 {
			sum[0] ^= 0x80
		}
		hashes = append(hashes, sequence(small(int64(id&0xFF)), octets(sum[:])))
	}
	return sequence(small(0), sequence(oidSHA256()), sequence(hashes...))
}

// signedAttributes are content type, message digest and signing time, in the
// order of DER.
func signedAttributes(content []byte, now time.Time) [][]byte {
	sum := sha256.Sum256(content)
	out := [][]byte{
		sequence(oid(1, 2, 840, 113549, 1, 9, 3), set(oidLDS())),
		sequence(oid(1, 2, 840, 113549, 1, 9, 4), set(octets(sum[:]))),
		sequence(oid(1, 2, 840, 113549, 1, 9, 5), set(encode(0x17, []byte(now.UTC().Format("060102150405Z"))))),
	}
	slices.SortFunc(out, bytes.Compare)
	return out
}
