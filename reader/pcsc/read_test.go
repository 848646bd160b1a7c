//go:build realparts

package pcsc_test

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tram-station/tram/reader"
	"github.com/tram-station/tram/reader/access"
	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/chip"
	"github.com/tram-station/tram/reader/passive"
	"github.com/tram-station/tram/reader/verdict"
)

// TestReadThroughService reads whole chips through the real service and the
// real driver: every byte comes from the outside.
func TestReadThroughService(t *testing.T) {
	issuer, err := chip.NewIssuer(rand.Reader, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	csca := filepath.Join(t.TempDir(), "csca.cer")
	if err := os.WriteFile(csca, issuer.CSCA(), 0o600); err != nil {
		t.Fatal(err)
	}
	trust, err := passive.LoadTrust(csca)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		profile chip.Profile
		fault   chip.Fault
		hashes  verdict.Outcome
		lost    bool
	}{
		{profile: chip.ProfileCCCD, hashes: verdict.Passed},
		{profile: chip.ProfilePACEP256, hashes: verdict.Passed},
		{profile: chip.ProfileBAC, hashes: verdict.Passed},
		{profile: chip.ProfileCCCD, fault: chip.FaultSODHash, hashes: verdict.Failed},
		{profile: chip.ProfileCCCD, fault: chip.FaultPull, lost: true},
	} {
		t.Run(string(test.profile)+" "+string(test.fault), func(t *testing.T) {
			card, err := issuer.Issue(chip.Sample(), test.profile, test.fault)
			if err != nil {
				t.Fatal(err)
			}
			f := &field{}
			defer empty(t, f)
			f.put(t, func(c net.Conn) { _ = chip.ServeVPCD(t.Context(), c, card) })
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			report, err := (&reader.Reader{Trust: trust, Wait: -1}).Read(ctx, open(t), keys(t, card))
			if test.lost {
				if !errors.Is(err, apdu.ErrCardLost) {
					t.Fatalf("error %v, want a lost card", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			judge(t, report, test.hashes)
		})
	}
}

func keys(t *testing.T, card *chip.Card) []access.Key {
	t.Helper()
	can, err := access.CAN(card.CAN())
	if err != nil {
		t.Fatal(err)
	}
	mrz := card.MRZ()
	zone, err := access.MRZ(mrz[0][5:14], mrz[1][:6], mrz[1][8:14])
	if err != nil {
		t.Fatal(err)
	}
	return []access.Key{can, zone}
}

func judge(t *testing.T, r *reader.Report, hashes verdict.Outcome) {
	t.Helper()
	want := map[string]verdict.Outcome{
		passive.CheckHashes: hashes, passive.CheckSignature: verdict.Passed, passive.CheckChain: verdict.Passed,
	}
	for _, c := range r.Checks {
		if o, ok := want[c.Name]; ok {
			delete(want, c.Name)
			if c.Outcome != o {
				t.Errorf("%s: %v, want %v (%s)", c.Name, c.Outcome, o, c.Reason.EN)
			}
		}
	}
	if len(want) > 0 {
		t.Errorf("checks that were not made: %v", want)
	}
	if r.Document.MRZ == nil || r.Document.Face == nil || r.Document.VN == nil || !r.Stats.Virtual {
		t.Errorf("incomplete report: MRZ %v, face %v, DG13 %v, virtual %v",
			r.Document.MRZ != nil, r.Document.Face != nil, r.Document.VN != nil, r.Stats.Virtual)
	}
	t.Logf("%d commands, %d bytes down, %v", r.Stats.Commands, r.Stats.BytesDown, r.Stats.Elapsed)
}
