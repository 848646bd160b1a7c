// Package tpm keeps a station's secrets in its TPM 2.0: the key that it signs
// with, small sealed secrets, and a counter that never goes back.
//
// What the TPM makes is stored as blobs beside the station's data. They are
// encrypted by a key that never leaves this TPM (its storage root key), so that
// a stolen disk, or a copy of it in another machine, signs nothing and opens
// nothing. They carry no password: whoever is root on the running machine can
// use them, as with a key file, but cannot take them away. Secrets on their way
// to the TPM and back are encrypted against a listener on the bus.
//
// The package is a driver: only cmd names it.
package tpm

import (
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
)

// DefaultDevice is the TPM behind the kernel's resource manager.
const DefaultDevice = "/dev/tpmrm0"

// Errors: each says what to do next.
var (
	ErrNoTPM      = errors.New("tpm: no TPM answers there: switch it on in the firmware, name its device with --tpm, or run with --tpm none")
	ErrPermission = errors.New("tpm: this user may not use the TPM: add it to the group of the device (tss on Debian) and log in anew")
	ErrForeign    = errors.New("tpm: this secret was made in another TPM, or this one was cleared since: it is lost; set the station up with a new key")
	ErrBlob       = errors.New("tpm: the stored secret is damaged: restore the file from the backup of this machine")
	ErrLocked     = errors.New("tpm: locked out after wrong passwords: wait, or reset the lockout with tpm2_dictionarylockout")
	ErrOwner      = errors.New("tpm: the TPM's owner has a password: clear it with tpm2_changeauth, or run with --tpm none")
	ErrDisabled   = errors.New("tpm: the storage hierarchy is switched off: enable the TPM in the firmware")
	ErrFull       = errors.New("tpm: no room in the TPM's memory: remove what is not used with tpm2_nvundefine or tpm2_evictcontrol")
	ErrFailed     = errors.New("tpm: the TPM reports a failure: switch the machine off and on; if it stays, replace the board")
	ErrHash       = errors.New("tpm: the key signs SHA-256 digests only")
	ErrTooLong    = errors.New("tpm: a sealed secret has at most 128 bytes")
	ErrNotFound   = errors.New("tpm: no secret of this name")
)

// storageRoot is where the storage root key stands by convention (TCG TPM v2.0
// Provisioning Guidance §7.8).
const storageRoot tpm2.TPMHandle = 0x81000001

// TPM is an open TPM. It is safe for concurrent use: mu is held over a whole
// operation, because a TPM without a resource manager has three places for keys.
type TPM struct {
	device  string
	managed bool // a resource manager keeps other users' keys apart
	mu      sync.Mutex
	link    transport.TPMCloser
	root    tpm2.NamedHandle
	public  tpm2.TPMTPublic // of the storage root key
}

// Open uses the TPM of a device such as /dev/tpmrm0, or of a program that
// listens at a socket, as unix:PATH. It makes the storage root key where there
// is none. The errors are ErrNoTPM, ErrPermission, ErrOwner, ErrDisabled,
// ErrLocked, ErrFull and ErrFailed.
func Open(device string) (*TPM, error) {
	link, managed, err := connect(device)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("%w (%s)", ErrPermission, device)
	case err != nil:
		return nil, fmt.Errorf("%w (%w)", ErrNoTPM, err)
	}
	t := &TPM{device: device, managed: managed, link: patient{link, time.Sleep}}
	if err := t.do("open", t.findRoot); err != nil {
		return nil, errors.Join(err, link.Close())
	}
	return t, nil
}

// Device is what Open was given.
func (t *TPM) Device() string { return t.device }

// Close ends the connection.
func (t *TPM) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.link.Close()
}

// do runs one operation and gives its error a meaning. Places that a killed
// process left taken are freed once, where no resource manager does it.
func (t *TPM) do(what string, fn func() error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	err := fn()
	if err != nil && !t.managed && leftovers(err) {
		if err2 := t.flushAll(); err2 == nil {
			err = fn()
		}
	}
	return explain(what, err)
}

// leftovers says that places are taken, or that somebody freed ours.
func leftovers(err error) bool {
	for _, rc := range []tpm2.TPMRC{
		tpm2.TPMRCObjectMemory, tpm2.TPMRCSessionMemory, tpm2.TPMRCSessionHandles, tpm2.TPMRCObjectHandles,
		tpm2.TPMRCMemory, tpm2.TPMRCReferenceH0, tpm2.TPMRCReferenceS0,
	} {
		if errors.Is(err, rc) {
			return true
		}
	}
	return false
}

func (t *TPM) flushAll() error {
	const each = 32 // more than a TPM has places
	for _, kind := range []uint32{uint32(tpm2.TPMHTTransient) << 24, uint32(tpm2.TPMHTHMACSession) << 24} {
		rsp, err := tpm2.GetCapability{Capability: tpm2.TPMCapHandles, Property: kind, PropertyCount: each}.Execute(t.link)
		if err != nil {
			return err
		}
		list, err := rsp.CapabilityData.Data.Handles()
		if err != nil {
			return err
		}
		for _, h := range list.Handle {
			if _, err := (tpm2.FlushContext{FlushHandle: h}).Execute(t.link); err != nil {
				return err
			}
		}
	}
	return nil
}

// findRoot looks up the storage root key, or makes it.
func (t *TPM) findRoot() error {
	err := t.readRoot()
	if !errors.Is(err, tpm2.TPMRCHandle) {
		return err
	}
	made, err := tpm2.CreatePrimary{
		PrimaryHandle: tpm2.TPMRHOwner, InPublic: tpm2.New2B(tpm2.ECCSRKTemplate),
	}.Execute(t.link)
	if err != nil {
		return err
	}
	_, err = tpm2.EvictControl{
		Auth:             tpm2.TPMRHOwner,
		ObjectHandle:     tpm2.NamedHandle{Handle: made.ObjectHandle, Name: made.Name},
		PersistentHandle: storageRoot,
	}.Execute(t.link)
	if errors.Is(err, tpm2.TPMRCNVDefined) {
		err = nil // another process was faster
	}
	if err := errors.Join(err, t.flush(made.ObjectHandle)); err != nil {
		return err
	}
	return t.readRoot()
}

func (t *TPM) readRoot() error {
	rsp, err := tpm2.ReadPublic{ObjectHandle: storageRoot}.Execute(t.link)
	if err != nil {
		return err
	}
	public, err := rsp.OutPublic.Contents()
	if err != nil {
		return err
	}
	t.root, t.public = tpm2.NamedHandle{Handle: storageRoot, Name: rsp.Name}, *public
	return nil
}

// parent authorises the use of the storage root key; its sessions encrypt what
// goes over the bus in the given direction.
func (t *TPM) parent() tpm2.AuthHandle {
	return tpm2.AuthHandle{Handle: t.root.Handle, Name: t.root.Name, Auth: t.session(tpm2.AESEncryption(128, tpm2.EncryptIn))}
}

// session is a session whose keys only this TPM can know: salted to its storage
// root key.
func (t *TPM) session(o tpm2.AuthOption) tpm2.Session {
	const nonce = 16
	return tpm2.HMAC(tpm2.TPMAlgSHA256, nonce, o, tpm2.Salted(t.root.Handle, t.public))
}

func (t *TPM) flush(h tpm2.TPMHandle) error {
	_, err := tpm2.FlushContext{FlushHandle: h}.Execute(t.link)
	return err
}

// explain turns a TPM's code into an error that says the next step.
func explain(what string, err error) error {
	if err == nil {
		return nil
	}
	for _, m := range []struct {
		rc      tpm2.TPMRC
		meaning error
	}{
		{tpm2.TPMRCLockout, ErrLocked},
		{tpm2.TPMRCAuthFail, ErrOwner},
		{tpm2.TPMRCBadAuth, ErrOwner},
		{tpm2.TPMRCHierarchy, ErrDisabled},
		{tpm2.TPMRCIntegrity, ErrForeign},
		{tpm2.TPMRCNVSpace, ErrFull},
		{tpm2.TPMRCFailure, ErrFailed},
		{tpm2.TPMRCInitialize, ErrFailed},
	} {
		if errors.Is(err, m.meaning) {
			return err
		}
		if errors.Is(err, m.rc) {
			return fmt.Errorf("%w (%s: %w)", m.meaning, what, err)
		}
	}
	return fmt.Errorf("tpm: %s: %w", what, err)
}
