package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/tram-station/tram/kiosk/journal"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/tpm"
	"github.com/tram-station/tram/offline/uplink"
)

// What --tpm may say beside a device.
const (
	tpmAuto = "auto" // the machine's TPM where there is one
	tpmNone = "none"
)

// Names in the data folder, and of the service manager's credentials.
const (
	stationFile = "station.json" // the public half, for tram-gateway enrol
	ringFile    = "keys.json"    // written by the first rotation
	keyFile     = "station.key"
	journalFile = "journal.key"
	chipFolder  = "tpm" // of the secrets that the TPM made
	journalName = "journal"
	indexName   = "index"
)

// errNoKeys says that a command looks at keys that `tram run` has yet to make.
var errNoKeys = errors.New("this station has no keys yet: the first `tram run` makes them; or name its folder with --data")

// errInTPM says that the secrets are in a TPM that was not looked for or is not
// there.
var errInTPM = errors.New("this station's secrets are in its TPM, which is not in use: name its device with --tpm, and see that the firmware has it switched on")

// keyOptions say where a station's secrets are.
type keyOptions struct {
	data string
	tpm  string // "auto", "none" (or ""), or a device
}

// tpmFlag takes its default from TRAM_TPM: tests set it to none, because every
// data folder takes a counter in the TPM of the machine.
func tpmFlag(f *pflag.FlagSet, p *string) {
	f.StringVar(p, "tpm", cmp.Or(os.Getenv("TRAM_TPM"), tpmAuto),
		"TPM that keeps the station's keys: auto, none, a device such as "+tpm.DefaultDevice+", or unix:SOCKET")
}

// keyRing says which of the station's signing keys is in use. Without the file
// it is the service manager's, the data folder's or the TPM's first one. The
// folder names a key by NAME.key for a file and by another NAME for one in the
// TPM.
type keyRing struct {
	Current  string                `json:"current"`
	Next     string                `json:"next,omitempty"`     // asked for, not yet approved
	Former   []*envelope.PublicKey `json:"former,omitempty"`   // still listed at the gateway
	Rotation []byte                `json:"rotation,omitempty"` // the last one's signed word for the current one
}

// stationKeys are a station's open secrets.
type stationKeys struct {
	signer  *envelope.Signer
	ring    keyRing
	journal []byte       // 32 bytes, for enrol.Config
	index   []byte       // 32 bytes for offline.Config.IndexKey; nil: the queue has its own
	counter *tpm.Counter // nil without a TPM

	whereSigner, whereJournal string
	counterErr                error // why there is a TPM and no counter
	data                      string
	fromManager               bool // the signing key is a credential
	chip                      *tpm.TPM
}

// openKeys opens the station's secrets. With create it makes those that are
// not there yet, in the TPM where it may use one; what lies in a file stays
// there until `tram keys rotate`. Without it the error is errNoKeys.
func openKeys(o keyOptions, station string, create bool) (_ *stationKeys, err error) {
	k := &stationKeys{data: o.data}
	defer func() {
		if err != nil {
			err = errors.Join(err, k.Close())
		}
	}()
	if create {
		if err := os.MkdirAll(o.data, 0o700); err != nil {
			return nil, coded(exitQueue, err)
		}
	}
	if k.ring, err = loadRing(filepath.Join(o.data, ringFile)); err != nil {
		return nil, coded(exitQueue, err)
	}
	if err := k.openChip(o.tpm); err != nil {
		return nil, coded(exitNoDevice, err)
	}
	fresh := !exists(filepath.Join(o.data, "queue"))
	if err := k.openSigner(station, create); err != nil {
		return nil, err
	}
	if err := k.openSecrets(create, fresh); err != nil {
		return nil, err
	}
	if k.chip != nil && (create || exists(k.inChip("counter.tpm"))) {
		if k.counter, err = k.chip.OpenCounter(k.inChip()); err != nil {
			k.counter, k.counterErr = nil, err // the log goes without an anchor: doctor says so
		}
	}
	return k, nil
}

// Close ends the connection to the TPM.
func (k *stationKeys) Close() error {
	if k.chip == nil {
		return nil
	}
	return k.chip.Close()
}

func (k *stationKeys) inChip(name ...string) string {
	return filepath.Join(append([]string{k.data, chipFolder}, name...)...)
}

// openChip connects to the TPM. One that is only looked for may be absent, or
// closed to this user, unless a secret of this station is in it.
func (k *stationKeys) openChip(device string) (err error) {
	wanted := device != tpmAuto
	switch device {
	case "", tpmNone:
		return nil
	case tpmAuto:
		device = tpm.DefaultDevice
		if !exists(device) {
			return nil
		}
	}
	k.chip, err = tpm.Open(device)
	if err != nil && (wanted || exists(k.inChip())) {
		return err
	}
	k.counterErr = err
	return nil
}

// openSigner opens the signing key that is in use.
func (k *stationKeys) openSigner(station string, create bool) error {
	credential := credentialFile(keyFile)
	switch {
	case k.ring.Current == "" && credential != "":
		s, err := envelope.LoadKey(credential)
		if err != nil {
			return coded(exitQueue, err)
		}
		k.signer, k.whereSigner, k.fromManager = s, "credential of the service manager", true
	default:
		if k.ring.Current == "" {
			k.ring.Current = k.firstKey()
		}
		s, err := k.loadSigner(k.ring.Current, create)
		if err != nil {
			return err
		}
		k.signer, k.whereSigner = s, k.where(k.ring.Current)
	}
	if !create {
		return nil
	}
	return k.savePublic(station)
}

// firstKey names the key of a station that never rotated: the file that it has,
// else the one in the TPM.
func (k *stationKeys) firstKey() string {
	const first = "station-1"
	if exists(filepath.Join(k.data, keyFile)) || k.chip == nil && !exists(k.inChip(first)) {
		return keyFile
	}
	return first
}

func (k *stationKeys) where(name string) string {
	if strings.HasSuffix(name, ".key") {
		return "file " + name
	}
	if k.chip == nil {
		return "TPM"
	}
	return "TPM " + k.chip.Device()
}

// loadSigner opens a key of the folder by its name in the ring.
func (k *stationKeys) loadSigner(name string, create bool) (s *envelope.Signer, err error) {
	code := exitQueue
	switch file := strings.HasSuffix(name, ".key"); {
	case file && create:
		s, err = envelope.OpenKey(filepath.Join(k.data, name))
	case file:
		s, err = envelope.LoadKey(filepath.Join(k.data, name))
	case k.chip == nil:
		return nil, coded(exitNoDevice, errInTPM)
	case create:
		s, err = k.chip.Signer(k.inChip(name))
		code = exitNoDevice
	default:
		s, err = k.chip.LoadSigner(k.inChip(name))
		code = exitNoDevice
	}
	if !create && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, tpm.ErrNotFound)) {
		return nil, coded(exitQueue, errNoKeys)
	}
	if err != nil {
		return nil, coded(code, err)
	}
	return s, nil
}

// savePublic leaves the public half beside the secrets.
func (k *stationKeys) savePublic(station string) error {
	path := filepath.Join(k.data, stationFile)
	public, err := uplink.LoadStation(path)
	if err == nil && public.ID == station && public.Key.ID() == k.signer.ID() {
		return nil
	}
	public.ID, public.Key, public.Certificate = station, k.signer.Public(), ""
	if err := public.Save(path); err != nil {
		return coded(exitQueue, err)
	}
	return nil
}

// openSecrets opens the journal's key and the key of the masked index.
func (k *stationKeys) openSecrets(create, fresh bool) (err error) {
	file := filepath.Join(k.data, journalFile)
	sealed := exists(k.inChip(journalName + ".tpm"))
	code := exitQueue
	switch credential := credentialFile(journalFile); {
	case credential != "":
		k.whereJournal = "credential of the service manager"
		k.journal, err = journal.LoadKey(credential)
	case exists(file) || k.chip == nil && !sealed:
		k.whereJournal = "file " + journalFile
		if create || exists(file) {
			k.journal, err = journal.LoadKey(file)
		}
	default:
		k.whereJournal, code = k.where(journalName), exitNoDevice
		k.journal, err = k.sealed(journalName, create)
	}
	if err != nil {
		return coded(code, err)
	}
	// An index that was begun under the queue's own key stays under it.
	if exists(k.inChip(indexName+".tpm")) || create && fresh && k.chip != nil {
		if k.index, err = k.sealed(indexName, create); err != nil {
			return coded(exitNoDevice, err)
		}
	}
	return nil
}

// sealed opens a secret of the TPM; with create it makes one of 32 bytes.
func (k *stationKeys) sealed(name string, create bool) ([]byte, error) {
	if k.chip == nil {
		return nil, errInTPM
	}
	secret, err := k.chip.Unseal(k.inChip(), name)
	if !create || !errors.Is(err, tpm.ErrNotFound) {
		return secret, err
	}
	if err := k.chip.Seal(k.inChip(), name, newSecret()); err != nil {
		return nil, err
	}
	return k.chip.Unseal(k.inChip(), name)
}

// credentialFile is a secret that the service manager holds (LoadCredential=
// or LoadCredentialEncrypted= of systemd), "" for none.
func credentialFile(name string) string {
	dir := os.Getenv("CREDENTIALS_DIRECTORY")
	if dir == "" || !exists(filepath.Join(dir, name)) {
		return ""
	}
	return filepath.Join(dir, name)
}

// maxRing bounds the ring's file in bytes, maxFormer its keys.
const (
	maxRing   = 64 << 10
	maxFormer = 16
)

func loadRing(path string) (r keyRing, err error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return keyRing{}, nil
	}
	if err != nil {
		return keyRing{}, err
	}
	if info.Size() > maxRing {
		return keyRing{}, fmt.Errorf("%s is no list of keys: %d bytes", path, info.Size())
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return keyRing{}, err
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		return keyRing{}, fmt.Errorf("%s: %w: restore it from the backup", path, err)
	}
	for _, name := range []string{r.Current, r.Next} {
		if name != filepath.Base(name) && name != "" || strings.HasPrefix(name, ".") {
			return keyRing{}, fmt.Errorf("%s names a key %q outside the folder", path, name)
		}
	}
	return r, nil
}

func (r keyRing) save(path string) error {
	if len(r.Former) > maxFormer {
		r.Former = slices.Clone(r.Former[len(r.Former)-maxFormer:])
	}
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return envelope.SaveFile(path, append(raw, '\n'), 0o600)
}
