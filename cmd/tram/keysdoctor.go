package main

import (
	"errors"
	"fmt"
)

// keys says where the station's secrets are. It makes none.
func (d doctor) keys() finding {
	f := finding{Name: "keys", State: "ok", Needed: true}
	k, station, err := openStationKeys(keyOptions{d.data, d.tpm})
	switch {
	case errors.Is(err, errNoKeys):
		f.State, f.Detail = "waiting", "none yet: the first `tram run` makes them"
		return f
	case err != nil:
		f.State, f.Detail, f.Next = "missing", "the station's keys cannot be used", err.Error()
		return f
	}
	defer closed(k)
	f.Detail = fmt.Sprintf("station %s signs with key %s: %s; journal: %s", station.ID, k.signer.ID(), k.whereSigner, k.whereJournal)
	switch {
	case k.counterErr != nil:
		f.Next = "the TPM is not used: " + k.counterErr.Error()
	case k.chip == nil:
		f.Next = "whoever takes the disk has the keys: a TPM, or the service manager's encrypted credentials, keep them (tram keys --help)"
	case k.ring.Current == keyFile && !k.fromManager:
		f.Next = "there is a TPM at " + k.chip.Device() + ": move in with `tram keys rotate`"
	}
	if k.counter != nil {
		if n, err := k.counter.Counter(); err == nil {
			f.Detail += fmt.Sprintf("; the TPM's counter anchors the audit log at %d", n)
		}
	}
	return f
}
