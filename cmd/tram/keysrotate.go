package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/uplink"
)

func newKeysCommand(a *app) *cobra.Command {
	var o keyOptions
	var pairing string
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "Where the station's keys are, and new ones",
		Long: "The station signs with its own key. It is in the TPM where there is one, else with\n" +
			"the service manager (credentials station.key and journal.key), else in files that\n" +
			"only the station's user reads. A station that gets a TPM moves in with `tram keys rotate`.",
	}
	cmd.PersistentFlags().StringVar(&o.data, "data", defaultData(), "folder of the station's keys, queue and journal")
	tpmFlag(cmd.PersistentFlags(), &o.tpm)
	rotate := &cobra.Command{
		Use: "rotate", Short: "Make a new key, have the old one vouch for it, use it once the central approved", Args: cobra.NoArgs,
		Long: "Rotate may be run while the station works: the new key is used from the next start\n" +
			"of `tram run`. What the old key signed is still taken. Where the central has not\n" +
			"decided or does not answer, run it again later: nothing changes until then.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if pairing == "" {
				pairing = filepath.Join(o.data, "pairing.json")
			}
			return keysRotate(cmd.Context(), a, o, pairing)
		},
	}
	rotate.Flags().StringVar(&pairing, "pairing", "", "the gateway's pairing file (default: pairing.json in the data folder)")
	cmd.AddCommand(rotate, newKeysSupervisorCommand(a, &o), &cobra.Command{
		Use: "show", Short: "Show which key is in use and where it is kept; no secret is shown", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return keysShow(a, o) },
	})
	return cmd
}

// keysReport is what `tram keys show` prints.
type keysReport struct {
	Station string              `json:"station"`
	Key     envelope.KeyID      `json:"key"`
	Public  *envelope.PublicKey `json:"public"`
	Where   string              `json:"where"`
	Journal string              `json:"journal"`
	Former  []envelope.KeyID    `json:"former"`
	Next    string              `json:"next,omitempty"`
	Counter uint64              `json:"counter,omitempty"`
	Why     string              `json:"no_counter,omitempty"`
}

// openStationKeys opens the keys of a station that is there.
func openStationKeys(o keyOptions) (*stationKeys, uplink.Station, error) {
	station, err := uplink.LoadStation(filepath.Join(o.data, stationFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, station, coded(exitQueue, errNoKeys)
	}
	if err != nil {
		return nil, station, coded(exitQueue, err)
	}
	k, err := openKeys(o, station.ID, false)
	return k, station, err
}

func keysShow(a *app, o keyOptions) error {
	k, station, err := openStationKeys(o)
	if err != nil {
		return err
	}
	defer closed(k)
	r := keysReport{
		Station: station.ID, Key: k.signer.ID(), Public: k.signer.Public(), Where: k.whereSigner, Journal: k.whereJournal,
		Former: []envelope.KeyID{}, Next: k.ring.Next,
	}
	for _, f := range k.ring.Former {
		r.Former = append(r.Former, f.ID())
	}
	if k.counter != nil {
		r.Counter, k.counterErr = k.counter.Counter()
	}
	if k.counterErr != nil {
		r.Why = k.counterErr.Error()
	}
	if a.json {
		return a.printJSON(r)
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "station\t%s\nkey\t%s\nkept in\t%s\njournal's key\t%s\n", r.Station, r.Key, r.Where, r.Journal)
	for _, f := range r.Former {
		fmt.Fprintf(w, "former key\t%s\n", f)
	}
	if r.Next != "" {
		fmt.Fprintf(w, "asked for\t%s, not yet approved: run `tram keys rotate` again\n", k.where(r.Next))
	}
	switch {
	case r.Why != "":
		fmt.Fprintf(w, "counter\tnone: %s\n", r.Why)
	case k.counter != nil:
		fmt.Fprintf(w, "counter\t%d\n", r.Counter)
	default:
		fmt.Fprintln(w, "counter\tnone: no TPM")
	}
	return w.Flush()
}

// keysRotate asks the central to take a new key on the word of the old one and
// puts it to use when it has. Each step can be repeated.
func keysRotate(ctx context.Context, a *app, o keyOptions, pairingFile string) error {
	pairing, err := uplink.LoadPairing(pairingFile)
	if errors.Is(err, os.ErrNotExist) {
		return coded(exitUsage, errNoPairing)
	}
	if err != nil {
		return coded(exitUsage, err)
	}
	k, station, err := openStationKeys(o)
	if err != nil {
		return err
	}
	defer closed(k)
	if k.fromManager {
		return coded(exitUsage, errors.New("the service manager holds this station's key: put a new one into its credential station.key and enrol it with tram-gateway enrol"))
	}
	next, err := k.prepareNext()
	if err != nil {
		return err
	}
	reply, rotation, err := askForKey(ctx, pairing, station, k.signer, next)
	if err != nil {
		return coded(exitOther, fmt.Errorf("the old key stays in use: %w", err))
	}
	switch reply.State {
	case uplink.RequestApproved:
		err = k.use(next, station, rotation)
	case uplink.RequestPending:
	default:
		name := k.ring.Next
		if k.ring.Next = ""; k.ring.save(filepath.Join(k.data, ringFile)) == nil {
			k.remove(name)
		}
		return coded(exitRefused, fmt.Errorf("the central does not take a new key from this station (%s): call the authority that runs the gateway", reply.State))
	}
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(map[string]any{"state": reply.State, "key": next.ID(), "former": k.ring.Former, "where": k.whereSigner})
	}
	if reply.State == uplink.RequestPending {
		fmt.Fprintf(a.stdout, "key %s is asked for; a person at the central decides. The old key stays in use: run this again later\n", next.ID())
		return nil
	}
	fmt.Fprintf(a.stdout, "key %s, kept in %s, is used from the next start of `tram run`\n", next.ID(), k.whereSigner)
	return nil
}

// prepareNext opens the key that is to come, the one of an earlier try or a new
// one. Its name is durable before the key is.
func (k *stationKeys) prepareNext() (*envelope.Signer, error) {
	if k.ring.Next == "" {
		k.ring.Next = k.nextName()
		if err := k.ring.save(filepath.Join(k.data, ringFile)); err != nil {
			return nil, coded(exitQueue, err)
		}
	}
	return k.loadSigner(k.ring.Next, true)
}

// nextName is station-N after the last one, in the TPM where there is one.
func (k *stationKeys) nextName() string {
	n := 1
	_, number, _ := strings.Cut(strings.TrimSuffix(k.ring.Current, ".key"), "-")
	if last, err := strconv.Atoi(number); err == nil {
		n = last
	}
	name := "station-" + strconv.Itoa(n+1)
	if k.chip == nil {
		name += ".key"
	}
	return name
}

// askForKey sends the request for the new key with the old one's word.
func askForKey(ctx context.Context, p uplink.Pairing, station uplink.Station, old, next *envelope.Signer) (*uplink.RequestReply, []byte, error) {
	rotation, err := envelope.SignRotation(old, envelope.Rotation{
		Station: station.ID, Old: old.ID(), New: next.Public(), At: time.Now(),
	})
	if err != nil {
		return nil, nil, err
	}
	request, err := envelope.NewRequest(next, station.ID, station.Province)
	if err != nil {
		return nil, nil, err
	}
	roots, err := p.Roots()
	if err != nil {
		return nil, nil, err
	}
	clock := &uplink.Clock{}
	client := uplink.Client{URL: p.URL, Station: station.ID, Key: p.Keys()[0], HTTP: uplink.Transport{Roots: roots, Clock: clock}.Client(), Clock: clock}
	reply, err := client.Request(ctx, request, rotation)
	return reply, rotation, err
}

// use makes the new key the station's: first the list that names it, then the
// public half, then the old secret goes.
func (k *stationKeys) use(next *envelope.Signer, station uplink.Station, rotation []byte) error {
	old := k.ring.Current
	k.ring.Former = append(k.ring.Former, k.signer.Public())
	k.ring.Current, k.ring.Next, k.ring.Rotation = k.ring.Next, "", rotation
	if err := k.ring.save(filepath.Join(k.data, ringFile)); err != nil {
		return coded(exitQueue, err)
	}
	k.signer, k.whereSigner = next, k.where(k.ring.Current)
	if err := k.savePublic(station.ID); err != nil {
		return err
	}
	k.remove(old)
	return k.moveJournal()
}

// remove deletes a key that is in use no more. One that cannot be deleted signs
// nothing that counts.
func (k *stationKeys) remove(name string) {
	if strings.HasSuffix(name, ".key") {
		_ = os.Remove(filepath.Join(k.data, name))
		return
	}
	_ = os.RemoveAll(k.inChip(name))
}

// moveJournal brings the journal's key from its file into the TPM. The key
// stays the same: an enrolment may be under way.
func (k *stationKeys) moveJournal() error {
	file := filepath.Join(k.data, journalFile)
	if k.chip == nil || k.journal == nil || !exists(file) || credentialFile(journalFile) != "" {
		return nil
	}
	if !exists(k.inChip(journalName + ".tpm")) {
		if err := k.chip.Seal(k.inChip(), journalName, k.journal); err != nil {
			return coded(exitNoDevice, err)
		}
	}
	back, err := k.chip.Unseal(k.inChip(), journalName)
	if err != nil {
		return coded(exitNoDevice, err)
	}
	if !bytes.Equal(back, k.journal) {
		return coded(exitQueue, fmt.Errorf("%s and the TPM hold two keys of the journal: keep both and call support", file))
	}
	if err := os.Remove(file); err != nil {
		return coded(exitQueue, err)
	}
	k.whereJournal = k.where(journalName)
	return nil
}

// newSecret makes 32 random bytes.
func newSecret() []byte {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails, crypto/rand
	return secret
}
