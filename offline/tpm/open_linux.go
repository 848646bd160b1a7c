package tpm

import (
	"strings"

	"github.com/google/go-tpm/tpm2/transport"
	"github.com/google/go-tpm/tpm2/transport/linuxtpm"
	"github.com/google/go-tpm/tpm2/transport/linuxudstpm"
)

// connect opens the device. managed says that the kernel's resource manager
// stands before it.
func connect(device string) (link transport.TPMCloser, managed bool, err error) {
	if path, ok := strings.CutPrefix(device, "unix:"); ok {
		link, err = linuxudstpm.Open(path)
		return link, false, err
	}
	link, err = linuxtpm.Open(device)
	return link, strings.HasPrefix(device, "/dev/tpmrm"), err
}
