package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/biometrics/virtual"
	"github.com/tram-station/tram/reader/chip"
)

type chipOptions struct {
	vpcd, listen   string
	wait           time.Duration
	profile, fault string
	out            string
	seed           int64
}

func newChipCommand(a *app) *cobra.Command {
	var o chipOptions
	cmd := &cobra.Command{
		Use:   "chip",
		Short: "Put a virtual chip card into a real PC/SC reader",
		Long: `Issue a chip card for an invented citizen under a test CSCA, and hold it in a
slot of pcscd's virtual reader (Debian: vsmartcard-vpcd) until stopped.

One JSON line tells what stands printed on the card and where the CSCA lies:
{"can","mrz","trust","qr"}.

vpcd waits on a TCP port (--vpcd dials it). Where its DEVICENAME is an address
it dials instead: use --listen, start tram-sim first, and answer the ports of
all its slots. vpcd 0.8 then ends the whole of pcscd when a card goes away.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a.started = true
			return runChip(cmd.Context(), a, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.vpcd, "vpcd", "127.0.0.1:35963", "dial the virtual reader that listens here")
	f.StringVar(&o.listen, "listen", "", "instead of dialling, wait here for a virtual reader that dials (see above)")
	f.DurationVar(&o.wait, "wait", 0, "give up after this long without a reader (0: never)")
	f.StringVar(&o.profile, "profile", string(chip.ProfileCCCD), "what the chip offers: "+words(chip.Profiles()))
	f.StringVar(&o.fault, "fault", "", "what goes wrong: "+words(chip.Faults()))
	f.StringVar(&o.out, "out", "", "keep the trust folder and the print here (default: a folder that goes at the end)")
	f.Int64Var(&o.seed, "seed", 1, "which face is drawn for the portrait")
	cmd.MarkFlagsMutuallyExclusive("vpcd", "listen")
	return cmd
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
	CAN     string   `json:"can"`
	MRZ     []string `json:"mrz"` // three lines of 30 characters
	Trust   string   `json:"trust"`
	QR      string   `json:"qr"`
	Profile string   `json:"profile"`
	Fault   string   `json:"fault,omitempty"`
	Address string   `json:"address"` // where it listens, or what it dials
}

func runChip(ctx context.Context, a *app, o chipOptions) error {
	issuer, err := chip.NewIssuer(rand.Reader, time.Now())
	if err != nil {
		return err
	}
	card, err := issue(issuer, o)
	if err != nil {
		return err
	}
	trust, clean, err := lay(o.out, issuer, card)
	if err != nil {
		return err
	}
	defer clean()
	s, err := newSlot(ctx, o)
	if err != nil {
		return err
	}
	defer s.close()
	enc := json.NewEncoder(a.stdout)
	enc.SetEscapeHTML(false)
	line := printed{
		CAN: card.CAN(), MRZ: card.MRZ(), Trust: trust, QR: card.QR(),
		Profile: o.profile, Fault: o.fault, Address: s.address,
	}
	if err := enc.Encode(line); err != nil {
		return fmt.Errorf("print the card: %w", err)
	}
	if err := s.serve(ctx, a, card); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// The size of the drawn portrait, as in a real document.
const portraitWidth, portraitHeight = 413, 551

func issue(issuer *chip.Issuer, o chipOptions) (*chip.Card, error) {
	citizen := chip.Sample()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, virtual.Portrait(o.seed, portraitWidth, portraitHeight), &jpeg.Options{Quality: 85}); err != nil {
		return nil, fmt.Errorf("draw the portrait: %w", err)
	}
	citizen.Portrait, citizen.PortraitW, citizen.PortraitH = b.Bytes(), portraitWidth, portraitHeight
	card, err := issuer.Issue(citizen, chip.Profile(o.profile), chip.Fault(o.fault))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUsage, err)
	}
	return card, nil
}

// lay writes the CSCA into a trust folder and, under --out, the print beside
// it. clean removes what was not asked for.
func lay(out string, issuer *chip.Issuer, card *chip.Card) (trust string, clean func(), err error) {
	dir, clean := out, func() {}
	if out == "" {
		if dir, err = os.MkdirTemp("", "tram-sim-"); err != nil {
			return "", nil, fmt.Errorf("make a folder for the CSCA: %w", err)
		}
		clean = func() { _ = os.RemoveAll(dir) }
	}
	defer func() {
		if err != nil {
			clean()
		}
	}()
	if dir, err = filepath.Abs(dir); err != nil {
		return "", nil, err
	}
	trust = filepath.Join(dir, "trust")
	if err = os.MkdirAll(trust, 0o755); err != nil {
		return "", nil, fmt.Errorf("make the trust folder: %w", err)
	}
	files := map[string][]byte{filepath.Join(trust, "csca.cer"): issuer.CSCA()}
	if out != "" {
		files[filepath.Join(dir, "mrz.txt")] = []byte(strings.Join(card.MRZ(), "\n") + "\n")
		files[filepath.Join(dir, "qr.txt")] = []byte(card.QR() + "\n")
	}
	for name, b := range files {
		if err = os.WriteFile(name, b, 0o644); err != nil {
			return "", nil, fmt.Errorf("keep the card's print: %w", err)
		}
	}
	return trust, clean, nil
}
