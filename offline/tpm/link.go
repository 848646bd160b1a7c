package tpm

import (
	"encoding/binary"
	"time"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
)

const (
	maxTries   = 8
	firstPause = 20 * time.Millisecond
	// responseHeader is tag, size and code of a response (TPM 2.0 Library
	// Part 1 §18.4).
	responseHeader = 10
)

// patient asks again where the TPM only wants time: it tests itself, spares its
// memory, or was interrupted.
type patient struct {
	transport.TPMCloser
	sleep func(time.Duration)
}

// Send implements transport.TPM.
func (p patient) Send(command []byte) ([]byte, error) {
	pause := firstPause
	for try := 1; ; try++ {
		response, err := p.TPMCloser.Send(command)
		if err != nil || try == maxTries || !wantsTime(response) {
			return response, err
		}
		p.sleep(pause)
		pause *= 2
	}
}

func wantsTime(response []byte) bool {
	if len(response) < responseHeader {
		return false
	}
	switch tpm2.TPMRC(binary.BigEndian.Uint32(response[responseHeader-4:])) {
	case tpm2.TPMRCRetry, tpm2.TPMRCYielded, tpm2.TPMRCTesting, tpm2.TPMRCNVRate, tpm2.TPMRCCanceled, tpm2.TPMRCNVUnavailable:
		return true
	}
	return false
}
