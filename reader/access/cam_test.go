package access

import (
	"bytes"
	"crypto/sha1"
	"errors"
	"testing"

	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/tlv"
)

// openCAM runs the worked example of Doc 9303-11 appendix I.1.
func openCAM(t testing.TB) (*Opened, vector) {
	t.Helper()
	v := load(t, "pace-cam-ecdh-bp256r1-aes128.txt")
	opened, err := Open(t.Context(), &script{t: t, v: v}, v.info(t), mrzKey(t, "C11T002JM", "960812", "231031"), v.join("map_sk_ifd", "eph_sk_ifd"))
	if err != nil {
		t.Fatal(err)
	}
	return opened, v
}

// staticKeys are the entries that EF.CardSecurity would hold.
func staticKeys(t testing.TB, entries ...[]byte) *lds.SecurityInfos {
	t.Helper()
	infos, err := lds.ParseSecurityInfos(tlv.Encode(0x31, entries...))
	if err != nil {
		t.Fatal(err)
	}
	return infos
}

func TestChipKey(t *testing.T) {
	opened, v := openCAM(t)
	if !bytes.Equal(opened.ChipKey.factor, v.fields["ca_ic"]) {
		t.Fatalf("CA_IC = %X", opened.ChipKey.factor)
	}
	if own := v.commands[3][10 : 10+32]; !bytes.Equal(opened.ChipKey.Ephemeral, own) {
		t.Errorf("our own key: %X", opened.ChipKey.Ephemeral)
	}
	genuine := v.fields["ca_public_key_info"]
	// The same entry with another point: that of the ephemeral key.
	point := genuine[len(genuine)-3-65 : len(genuine)-3]
	clone := bytes.Replace(genuine, point, v.fields["eph_pk_ic"], 1)
	// The same point, said to lie on P-256, and bytes that are no key.
	elsewhere := bytes.Replace(genuine, []byte{4, 0, 127, 0, 7, 1, 2, 2, 1, 13}, []byte{4, 0, 127, 0, 7, 1, 2, 2, 1, 12}, 1)
	broken := bytes.Replace(genuine, point, append([]byte{5}, point[1:]...), 1)
	for name, tt := range map[string]struct {
		infos *lds.SecurityInfos
		want  error
	}{
		"genuine":           {staticKeys(t, genuine), nil},
		"beside other keys": {staticKeys(t, broken, clone, elsewhere, genuine), nil},
		"another key":       {staticKeys(t, clone), ErrMismatch},
		"no key":            {&lds.SecurityInfos{}, ErrUnsupported},
		"no readable key":   {staticKeys(t, broken, elsewhere), ErrUnsupported},
	} {
		if err := opened.ChipKey.Verify(tt.infos); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, factor := range map[string][]byte{
		"zero": make([]byte, 32), "nothing": nil, "one": {1},
		"one bit off": append(bytes.Clone(v.fields["ca_ic"][:31]), v.fields["ca_ic"][31]^1),
	} {
		forged := *opened.ChipKey
		forged.factor = factor
		if err := forged.Verify(staticKeys(t, genuine)); !errors.Is(err, ErrMismatch) {
			t.Errorf("factor %s: %v", name, err)
		}
	}
}

func TestChipAuthenticationDataRefused(t *testing.T) {
	v := load(t, "pace-cam-ecdh-bp256r1-aes128.txt")
	last := v.answers[4]
	token := last[2:12] // 86 08 …
	for name, objects := range map[string][]byte{
		"none":            token,
		"empty":           tlv.Append(bytes.Clone(token), doChipAuth),
		"half a block":    tlv.Append(bytes.Clone(token), doChipAuth, last[14:22]),
		"no padding":      tlv.Append(bytes.Clone(token), doChipAuth, last[14:30]),
		"endless":         tlv.Append(bytes.Clone(token), doChipAuth, bytes.Repeat(last[14:62], 3)),
		"before no token": tlv.Encode(doChipAuth, last[14:62]),
	} {
		answers := append(append([][]byte(nil), v.answers[:4]...), append(tlv.Encode(doDynamic, objects), 0x90, 0))
		card := &script{t: t, v: vector{v.fields, v.commands, answers}}
		opened, err := Open(t.Context(), card, v.info(t), mrzKey(t, "C11T002JM", "960812", "231031"), v.join("map_sk_ifd", "eph_sk_ifd"))
		if !errors.Is(err, ErrProtocol) || opened != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestIDPICC(t *testing.T) {
	opened, v := openCAM(t)
	if !bytes.Equal(opened.IDPICC, v.fields["eph_pk_ic"][1:33]) {
		t.Errorf("ECDH: %X", opened.IDPICC)
	}
	dh := load(t, "pace-gm-dh-1024-160-aes128.txt")
	opened, err := Open(t.Context(), &script{t: t, v: dh}, dh.info(t), mrzKey(t, "T22000129", "640812", "101031"), dh.join("map_sk_ifd", "eph_sk_ifd"))
	if err != nil {
		t.Fatal(err)
	}
	if want := sha1.Sum(dh.fields["eph_pk_ic"]); !bytes.Equal(opened.IDPICC, want[:]) {
		t.Errorf("DH: %X", opened.IDPICC)
	}
	ba := load(t, "bac-auth.txt")
	opened, err = Open(t.Context(), &script{t: t, v: ba}, nil, mrzKey(t, "L898902C", "690806", "940623"), ba.join("rnd_ifd", "k_ifd"))
	if err != nil || opened.IDPICC != nil || opened.ChipKey != nil {
		t.Errorf("BAC: %X, %v", opened.IDPICC, err)
	}
}
