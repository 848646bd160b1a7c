package chip

import (
	"bytes"
	"slices"
	"testing"
)

// TestProfiles: every profile is issued, opens with each key it takes, and
// every file that is not closed reads as it was signed.
func TestProfiles(t *testing.T) {
	if !slices.Equal(AllProfiles()[:len(Profiles())], Profiles()) {
		t.Error("AllProfiles does not start with Profiles")
	}
	for _, p := range AllProfiles() {
		t.Run(string(p), func(t *testing.T) {
			card := issue(t, p, FaultNone)
			announces := len(card.spec.PACE)+len(card.spec.ChipAuth) > 0 || card.activeKey != nil && card.activeKey.rsa == nil
			if (card.files[fileDG14] != nil) != announces {
				t.Errorf("DG14 of %d bytes", len(card.files[fileDG14]))
			}
			ways := map[string]func(x *terminal) uint16{}
			if card.spec.BAC {
				ways["BAC"] = func(x *terminal) uint16 { return x.bac(mrzInformation(card.MRZ())) }
			}
			for _, v := range card.spec.PACE {
				ways[string(v.Mapping)] = func(x *terminal) uint16 { return x.paceBy(v, passwordCAN, card.can) }
			}
			if len(ways) == 0 {
				t.Fatal("nothing opens it")
			}
			for name, way := range ways {
				card.Reset()
				x := &terminal{t: t, card: card}
				if sw := way(x); sw != swOK {
					t.Fatalf("%s: %04X", name, sw)
				}
				for id, file := range card.files {
					if card.closed[id] {
						continue
					}
					if got, sw := x.read(id, 200); sw != swOK || !bytes.Equal(got, file) {
						t.Errorf("%s: file %04X: %04X", name, id, sw)
					}
				}
			}
		})
	}
	for _, bad := range []Profile{"", "nothing", "pace-gm-p256", "pace-xx-p256-aes128", "pace-gm-p257-aes128", "pace-gm-p256-des", "pace-cam-dh1024-aes128", "pace-im-p224-aes128", "bac-gm-p256-aes128"} {
		if _, ok := ProfileSpec(bad); ok {
			t.Errorf("%q is a profile", bad)
		}
	}
}
