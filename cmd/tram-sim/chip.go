package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/reader/chip"
)

type chipOptions struct {
	vpcd, listen string
	wait         time.Duration
	pullFor      time.Duration
	out          string
	issueOptions
	trustOptions
}

func newChipCommand(a *app) *cobra.Command {
	var o chipOptions
	cmd := &cobra.Command{
		Use:   "chip",
		Short: "Put a virtual chip card into a real PC/SC reader",
		Long:  chipHelp(),
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a.started = true
			return runChip(cmd.Context(), a, o)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.vpcd, "vpcd", "127.0.0.1:35963", "dial the virtual reader that listens here")
	f.StringVar(&o.listen, "listen", "", "instead of dialling, wait here for a virtual reader that dials (see above)")
	f.DurationVar(&o.wait, "wait", 0, "give up after this long without a reader (0: never)")
	f.StringVar(&o.out, "out", "", "keep the trust folder and the print here (default: a folder that goes at the end)")
	f.StringVar(&o.profile, "profile", string(chip.ProfileCCCD), "what the chip offers (see above)")
	f.StringVar(&o.fault, "fault", "", "what goes wrong (see above); several divided by commas")
	f.DurationVar(&o.pullFor, "pull-for", pulledPause, "how long a pulled card stays away")
	f.StringVar(&o.document, "document", "", "which document it is, if not the profile's: "+words(chip.Documents()))
	f.IntSliceVar(&o.groups, "groups", nil, "data groups beside those of the protocols, if not the document's: 3 to 13, 16")
	f.IntVar(&o.size, "size", 0, "exact length of DG2 in bytes (0: as the portrait comes)")
	f.StringVar(&o.encoding, "encoding", "", "of face and fingers, if not the profile's: 19794, 39794")
	f.BoolVar(&o.directory, "directory", false, "add EF.DIR and EF.ATR/INFO")
	f.Int64Var(&o.seed, "seed", 1, "which face is drawn for the portrait")
	f.StringVar(&o.issuer, "issuer", string(chip.SchemeDefault), "how the authority and its signer sign (see above); CSCA/DS where they differ")
	f.StringVar(&o.country, "country", "VN", "country in the certificates")
	f.StringVar(&o.form, "trust", trustCertificate, "what the trust folder holds: "+strings.Join(trustForms(), ", "))
	f.BoolVar(&o.crl, "crl", false, "add the authority's revocation list (with fault ds-revoked it is always there)")
	f.BoolVar(&o.terminal, "terminal", false, "make a terminal's key and certificates that open DG3 (needs --out)")
	cmd.MarkFlagsMutuallyExclusive("vpcd", "listen")
	return cmd
}

// chipHelp lists what can be chosen.
func chipHelp() string {
	var b strings.Builder
	b.WriteString(`Issue a chip card for an invented citizen under a test CSCA, and hold it in a
slot of pcscd's virtual reader (Debian: vsmartcard-vpcd) until stopped.

One JSON line tells what stands printed on the card and where the CSCA lies:
{"can","mrz","trust","qr",…}.

vpcd waits on a TCP port (--vpcd dials it). Where its DEVICENAME is an address
it dials instead: use --listen, start tram-sim first, and answer the ports of
all its slots. vpcd 0.8 then ends the whole of pcscd when a card goes away.

Profiles:
`)
	for _, p := range chip.AllProfiles() {
		fmt.Fprintf(&b, "  %s\n", p)
	}
	fmt.Fprintf(&b, "and every %s.\n\nIssuers:\n  %s\nand other pairs of these.\n\nFaults:\n", chip.ProfileNames(), words(chip.Schemes()))
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, f := range chip.Faults() {
		fmt.Fprintf(w, "  %s\t%s\n", f, f.Words())
	}
	_ = w.Flush() // into memory
	b.WriteString(`
A fault that strikes in the middle of DG2 strikes after so many bytes of files
with "@": pull-once@12000.`)
	return b.String()
}

func words[T ~string](list []T) string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return strings.Join(out, ", ")
}

// printed is the JSON line: what a person could read off the card.
type printed struct {
	CAN      string   `json:"can"`
	MRZ      []string `json:"mrz"` // the lines of the zone
	Trust    string   `json:"trust"`
	QR       string   `json:"qr"`
	PIN      string   `json:"pin,omitempty"`
	PUK      string   `json:"puk,omitempty"`
	Terminal string   `json:"terminal,omitempty"` // folder of the terminal's key
	Profile  string   `json:"profile"`
	Fault    string   `json:"fault,omitempty"`
	Address  string   `json:"address"` // where it listens, or what it dials
}

func runChip(ctx context.Context, a *app, o chipOptions) error {
	made, err := makeCard(o.issueOptions, o.trustOptions, rand.Reader, time.Now())
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	if o.terminal && o.out == "" {
		return fmt.Errorf("%w: --terminal writes a private key: say with --out where it may stay", errUsage)
	}
	places, clean, err := lay(o.out, made)
	if err != nil {
		return err
	}
	defer clean()
	s, err := newSlot(ctx, o)
	if err != nil {
		return err
	}
	defer s.close()
	line := printed{
		CAN: made.card.CAN(), MRZ: made.card.MRZ(), Trust: places.trust, QR: made.card.QR(),
		PIN: made.spec.PIN, PUK: made.spec.PUK, Terminal: places.terminal,
		Profile: o.profile, Fault: o.fault, Address: s.address,
	}
	if err := writeLine(a.stdout, line); err != nil {
		return err
	}
	if err := s.serve(ctx, a, made.card); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// writeLine prints one JSON line for whoever waits for it.
func writeLine(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("print the line: %w", err)
	}
	return nil
}
