package tpm

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/google/go-tpm/tpm2"
)

const (
	counterName = "counter"
	// firstIndex and lastIndex lie in the range that is left to the owner (TCG
	// Registry of Reserved TPM 2.0 Handles §2.2.2). Each data folder has its own
	// counter: two on one machine must not alarm each other.
	firstIndex tpm2.TPMHandle = 0x01807400
	lastIndex  tpm2.TPMHandle = 0x018074ff
	counterLen                = 8
)

// Counter is a number in the TPM that only grows: also after the folder was put
// back from a copy, and also when the counter itself was removed and made anew.
type Counter struct {
	tpm   *TPM
	index tpm2.NamedHandle
}

// OpenCounter returns the folder's counter and makes it where there is none.
// The errors are ErrForeign, ErrBlob, ErrFull and those of the TPM.
func (t *TPM) OpenCounter(dir string) (*Counter, error) {
	b, err := t.load(dir, counterName, kindCounter)
	if errors.Is(err, ErrNotFound) {
		return t.makeCounter(dir)
	}
	if err != nil {
		return nil, err
	}
	if i := tpm2.TPMHandle(b.Index); i < firstIndex || i > lastIndex {
		return nil, fmt.Errorf("%w (index %x)", ErrBlob, b.Index)
	}
	c := &Counter{tpm: t}
	return c, t.do("find the counter", func() error {
		err := c.find(tpm2.TPMHandle(b.Index))
		if errors.Is(err, tpm2.TPMRCHandle) {
			return fmt.Errorf("%w (the counter was removed)", ErrForeign)
		}
		return err
	})
}

// find reads the name of an index that has been written.
func (c *Counter) find(index tpm2.TPMHandle) error {
	rsp, err := tpm2.NVReadPublic{NVIndex: index}.Execute(c.tpm.link)
	if err != nil {
		return err
	}
	public, err := rsp.NVPublic.Contents()
	if err != nil {
		return err
	}
	if public.Attributes.NT != tpm2.TPMNTCounter || public.DataSize != counterLen {
		return fmt.Errorf("%w (index %x is no counter)", ErrForeign, index)
	}
	c.index = tpm2.NamedHandle{Handle: index, Name: rsp.NVName}
	return nil
}

// makeCounter takes the first free index.
func (t *TPM) makeCounter(dir string) (*Counter, error) {
	c := &Counter{tpm: t}
	err := t.do("make a counter", func() error {
		for index := firstIndex; index <= lastIndex; index++ {
			_, err := tpm2.NVDefineSpace{
				AuthHandle: tpm2.TPMRHOwner,
				PublicInfo: tpm2.New2B(tpm2.TPMSNVPublic{
					NVIndex: index,
					NameAlg: tpm2.TPMAlgSHA256,
					Attributes: tpm2.TPMANV{
						AuthRead: true, AuthWrite: true, OwnerRead: true, NoDA: true, NT: tpm2.TPMNTCounter,
					},
					DataSize: counterLen,
				}),
			}.Execute(t.link)
			if errors.Is(err, tpm2.TPMRCNVDefined) {
				continue
			}
			if err != nil {
				return err
			}
			if err := c.find(index); err != nil {
				return err
			}
			// The first count gives it a value; with that its name changes.
			return errors.Join(c.count(), c.find(index))
		}
		return fmt.Errorf("%w (%d counters)", ErrFull, lastIndex-firstIndex+1)
	})
	if err != nil {
		return nil, err
	}
	return c, t.save(dir, counterName, blob{Kind: kindCounter, Index: uint32(c.index.Handle)})
}

func (c *Counter) auth() tpm2.AuthHandle {
	return tpm2.AuthHandle{Handle: c.index.Handle, Name: c.index.Name, Auth: tpm2.PasswordAuth(nil)}
}

func (c *Counter) count() error {
	_, err := tpm2.NVIncrement{AuthHandle: c.auth(), NVIndex: c.index}.Execute(c.tpm.link)
	return err
}

func (c *Counter) read() (uint64, error) {
	rsp, err := tpm2.NVRead{AuthHandle: c.auth(), NVIndex: c.index, Size: counterLen}.Execute(c.tpm.link)
	if err != nil {
		return 0, err
	}
	if len(rsp.Data.Buffer) != counterLen {
		return 0, fmt.Errorf("a counter of %d bytes", len(rsp.Data.Buffer))
	}
	return binary.BigEndian.Uint64(rsp.Data.Buffer), nil
}

// Counter returns the value.
func (c *Counter) Counter() (n uint64, err error) {
	err = c.tpm.do("read the counter", func() error { n, err = c.read(); return err })
	return n, err
}

// Increment adds one and returns the new value.
func (c *Counter) Increment() (n uint64, err error) {
	err = c.tpm.do("count", func() error {
		if err := c.count(); err != nil {
			return err
		}
		n, err = c.read()
		return err
	})
	return n, err
}
