package tpm

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"github.com/google/go-tpm/tpm2"

	"github.com/tram-station/tram/offline/envelope"
)

// tired is a TPM that wants time before it answers.
type tired struct{ left, asked int }

func (*tired) Close() error { return nil }

func (t *tired) Send([]byte) ([]byte, error) {
	t.asked++
	code := tpm2.TPMRCSuccess
	if t.left > 0 {
		t.left--
		code = tpm2.TPMRCNVRate
	}
	return binary.BigEndian.AppendUint32([]byte{0x80, 1, 0, 0, 0, 10}, uint32(code)), nil
}

// A TPM that wants time gets it, but not for ever.
func TestPatience(t *testing.T) {
	for left, want := range map[int]int{0: 1, 3: 4, 100: maxTries} {
		var slept time.Duration
		chip := &tired{left: left}
		_, err := patient{chip, func(d time.Duration) { slept += d }}.Send(nil)
		if err != nil || chip.asked != want || (slept > 0) != (left > 0) || slept > 10*time.Second {
			t.Errorf("%d refusals: asked %d times, slept %v, %v", left, chip.asked, slept, err)
		}
	}
}

// Each code of the TPM that has a meaning is told by it, whatever operation.
func TestExplain(t *testing.T) {
	for rc, want := range map[tpm2.TPMRC]error{
		tpm2.TPMRCLockout: ErrLocked, tpm2.TPMRCIntegrity: ErrForeign, tpm2.TPMRCNVSpace: ErrFull, tpm2.TPMRCFailure: ErrFailed,
	} {
		if err := explain("sign", rc); !errors.Is(err, want) || !errors.Is(err, rc) {
			t.Errorf("%v: %v", rc, err)
		}
	}
	if err := explain("sign", tpm2.TPMRCCurve); errors.Is(err, ErrForeign) || !errors.Is(err, tpm2.TPMRCCurve) {
		t.Error(err)
	}
	if explain("sign", nil) != nil {
		t.Error("an error out of nothing")
	}
}

// FuzzBlob: what is read as a blob is written as the same bytes, and its key is
// parsed without harm.
func FuzzBlob(f *testing.F) {
	form := signingKey
	form.Unique = tpm2.NewTPMUPublicID(tpm2.TPMAlgECC, &tpm2.TPMSECCPoint{
		X: tpm2.TPM2BECCParameter{Buffer: make([]byte, 32)}, Y: tpm2.TPM2BECCParameter{Buffer: make([]byte, 33)},
	})
	for _, b := range []blob{
		{Form: blobForm, Kind: kindSigner, Root: []byte{1}, Public: tpm2.Marshal(tpm2.New2B(form)), Private: []byte{0, 1, 2}},
		{Form: blobForm, Kind: kindSigner, Root: []byte{1}, Public: tpm2.Marshal(tpm2.New2B(tpm2.RSASRKTemplate))},
		{Form: blobForm, Kind: kindCounter, Root: []byte{1}, Index: uint32(firstIndex)},
	} {
		raw, err := envelope.Encode(b)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, kind := range []string{kindSigner, kindSealed, kindCounter} {
			b, err := parseBlob(raw, kind)
			if err != nil {
				continue
			}
			if again, err := envelope.Encode(b); err != nil || !bytes.Equal(again, raw) {
				t.Errorf("%x, was %x: %v", again, raw, err)
			}
			_, _ = publicOf(b)
		}
	})
}
