package enrol

import (
	"bytes"
	"context"
	"crypto/rand"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/face/facetest"
	"github.com/tram-station/tram/biometrics/virtual"
	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/reader"
	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/chip"
	"github.com/tram-station/tram/reader/passive"
	"github.com/tram-station/tram/reader/verdict"
)

// realBench is a station on the real reader, with a simulated chip in the slot,
// and the real virtual scanner.
func realBench(t *testing.T, profile chip.Profile, fault chip.Fault) (*bench, *apdu.VirtualSlot, *chip.Card) {
	t.Helper()
	issuer, err := chip.NewIssuer(rand.Reader, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	citizen := chip.Sample()
	var face bytes.Buffer
	if err := jpeg.Encode(&face, virtual.Portrait(1, 240, 320), nil); err != nil {
		t.Fatal(err)
	}
	citizen.Portrait, citizen.PortraitW, citizen.PortraitH = face.Bytes(), 240, 320
	card, err := issuer.Issue(citizen, profile, fault)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "csca.cer"), issuer.CSCA(), 0o600); err != nil {
		t.Fatal(err)
	}
	trust, err := passive.LoadTrust(dir)
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t, t.TempDir())
	slot := &apdu.VirtualSlot{}
	b.cfg.Chip = &SlotChip{Slot: slot, Reader: reader.Reader{Trust: trust}}
	b.cfg.Scanner = func(context.Context) (biometrics.Scanner, error) {
		return &virtual.Scanner{Seed: 3, Settle: time.Millisecond}, nil
	}
	return b, slot, card
}

func TestRealReader(t *testing.T) {
	for _, profile := range []chip.Profile{chip.ProfileCCCD, chip.ProfilePACEP256, chip.ProfileBAC} {
		t.Run(string(profile), func(t *testing.T) {
			b, slot, card := realBench(t, profile, "")
			s := b.open(t)
			play(t, s, 0, step(t, CmdScan))
			must(t, s, CmdScan, ScanArgs{Text: card.QR()})
			slot.Put(card)
			snap := await(t, s, "chip", func(s Snapshot) bool { return s.Chip.State == "done" })
			if len(snap.Issues) != 0 || verdict.Worst(snap.Checks) != verdict.Passed {
				t.Fatalf("issues %+v, checks %+v", snap.Issues, snap.Checks)
			}
			for _, f := range snap.Person.Fields {
				if f.Name == fieldName && (f.Source != "chip" || f.Print == "" || f.Conflict) {
					t.Errorf("name from %s, conflict %v", f.Source, f.Conflict)
				}
			}
			await(t, s, "the photograph", func(s Snapshot) bool { return s.Chip.Photo == photoShown })
			if pic, mediaType, ok := s.Image("dg2"); !ok || mediaType != "image/jpeg" || len(pic) == 0 {
				t.Error("no picture from DG2")
			}
			play(t, s, step(t, CmdConfirmPerson), step(t, CmdFingersStart))
			must(t, s, CmdFingersStart, FingerArgs{Finger: 2})
			await(t, s, "right", fingerIs(2, "done"))
			must(t, s, CmdFingersStart, FingerArgs{Finger: 7})
			await(t, s, "left", at(StepDocuments))
			play(t, s, step(t, CmdDocuments), len(moves))
			var e evidence
			if err := s.codec.dec.Unmarshal(b.outbox.dossiers[0].Sections[0].Bytes, &e); err != nil {
				t.Fatal(err)
			}
			if len(e.Files) < 6 || !e.Virtual || !b.outbox.dossiers[0].Virtual {
				t.Errorf("%d files, virtual %v", len(e.Files), e.Virtual)
			}
		})
	}
}

func TestRealReaderFaults(t *testing.T) {
	t.Run("sod-hash", func(t *testing.T) {
		b, slot, card := realBench(t, chip.ProfileCCCD, "sod-hash")
		s := b.open(t)
		slot.Put(card)
		play(t, s, 0, step(t, CmdScan))
		must(t, s, CmdScan, ScanArgs{Text: card.QR()})
		snap := await(t, s, "chip", func(s Snapshot) bool { return s.Chip.State == "done" })
		if !slices.ContainsFunc(snap.Issues, func(i Issue) bool {
			return i.Code == "check:sod-hashes" && strings.HasPrefix(i.Words.VI, "Chip không xác thực được")
		}) {
			t.Fatalf("issues %+v", snap.Issues)
		}
	})
	t.Run("wrong-can", func(t *testing.T) {
		b, slot, card := realBench(t, chip.ProfileCCCD, "")
		s := b.open(t)
		slot.Put(card)
		play(t, s, 0, step(t, CmdScan))
		must(t, s, CmdScan, ScanArgs{CAN: "000000"})
		await(t, s, "wrong key", func(s Snapshot) bool { return s.Error != nil && s.Error.Code == "wrong-key" })
		must(t, s, CmdScan, ScanArgs{MRZ: card.MRZ()})
		await(t, s, "right key", func(s Snapshot) bool { return s.Chip.State == "done" && s.Error == nil })
	})
	t.Run("pull", func(t *testing.T) {
		b, slot, card := realBench(t, chip.ProfileCCCD, "")
		pulling := &pulled{Card: card, slot: slot, after: 12}
		s := b.open(t)
		slot.Put(pulling)
		play(t, s, 0, step(t, CmdScan))
		must(t, s, CmdScan, ScanArgs{Text: card.QR()})
		await(t, s, "lost", func(s Snapshot) bool { return s.Error != nil && s.Error.Code == "card-lost" })
		slot.Put(card)
		await(t, s, "back", func(s Snapshot) bool { return s.Chip.State == "done" && s.Error == nil })
	})
}

// pulled is a card that leaves the slot after so many commands.
type pulled struct {
	*chip.Card
	slot  *apdu.VirtualSlot
	after int
}

func (p *pulled) Process(command []byte) []byte {
	if p.after--; p.after == 0 {
		p.slot.Pull()
		return nil
	}
	return p.Card.Process(command)
}

// TestAllVirtualDevices is the demonstration's enrolment: nothing of it is a
// fake of this test but the outbox.
func TestAllVirtualDevices(t *testing.T) {
	b, slot, card := realBench(t, chip.ProfileCCCD, "")
	b.cfg.Rules = patient(t)
	b.cfg.Portraiter = FacePortraiter{Finder: facetest.Finder(t)}
	b.cfg.Camera = func(context.Context) (biometrics.Camera, error) { return virtual.NewCamera(1), nil }
	s := b.open(t)
	slot.Put(card)
	play(t, s, 0, step(t, CmdScan))
	must(t, s, CmdScan, ScanArgs{Text: card.QR()})
	play(t, s, step(t, CmdConfirmPerson), step(t, CmdPortraitStart))
	must(t, s, CmdPortraitStart, nil)
	await(t, s, "live", func(s Snapshot) bool { return s.Portrait.State == "live" || s.Portrait.State == "done" })
	snap := await(t, s, "portrait", compared)
	if !snap.Portrait.Virtual || snap.Portrait.Manual || len(snap.Portrait.Measures) == 0 {
		t.Fatalf("portrait %+v", snap.Portrait)
	}
	pic, _, _ := s.Image("portrait")
	size, err := jpeg.DecodeConfig(bytes.NewReader(pic))
	if err != nil || size.Width*4 != size.Height*3 {
		t.Fatalf("portrait %d×%d, %v", size.Width, size.Height, err)
	}
	refusedWith(t, s, cmd(CmdPortraitAccept, nil), "undecided") // there is no matcher
	must(t, s, CmdPortraitAccept, PortraitArgs{Same: true})
	play(t, s, step(t, CmdFingersStart), len(moves))
	if d := b.outbox.dossiers[0]; !d.Virtual {
		t.Fatal("virtual devices, but the dossier does not say so")
	}
}

// TestManualTriggerOfTheFacePackage takes a picture without a face by hand.
func TestManualTriggerOfTheFacePackage(t *testing.T) {
	b := newBench(t, t.TempDir())
	b.cfg.Portraiter = FacePortraiter{Finder: facetest.Finder(t)}
	b.cfg.Camera = func(context.Context) (biometrics.Camera, error) { return &emptyRoom{}, nil }
	s := b.open(t)
	play(t, s, 0, step(t, CmdPortraitStart))
	must(t, s, CmdPortraitStart, nil)
	await(t, s, "live", func(s Snapshot) bool { return s.Portrait.State == "live" && !s.Portrait.OK })
	must(t, s, CmdPortraitManual, ReasonArgs{"disability"})
	snap := await(t, s, "portrait", compared)
	if !snap.Portrait.Manual || snap.Portrait.Reason != "disability" || snap.Portrait.Match.Code != "no-matcher" {
		t.Fatalf("portrait %+v", snap.Portrait)
	}
}

// patient are the usual rules with time for a machine on which the race
// detector looks for faces.
func patient(t testing.TB) *rules.Pack {
	t.Helper()
	r, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	r.PortraitPatience = 600
	return r
}

// TestNoLandmarksNoChallenge: who can not be asked to blink is not turned away,
// and nothing is claimed.
func TestNoLandmarksNoChallenge(t *testing.T) {
	b := newBench(t, t.TempDir())
	b.cfg.Rules = patient(t)
	b.cfg.Rules.PortraitChallenge = face.Blink
	b.cfg.Portraiter = FacePortraiter{Finder: facetest.Finder(t)} // without landmarks
	b.cfg.Camera = func(context.Context) (biometrics.Camera, error) { return virtual.NewCamera(1), nil }
	s := b.open(t)
	play(t, s, 0, step(t, CmdPortraitAccept))
	must(t, s, CmdPortraitAccept, PortraitArgs{Same: true})
	play(t, s, step(t, CmdFingersStart), len(moves))
	if p := b.section(t, s); p.Attack.Assessed || p.Attack.Passed || p.Attack.Note == "" || p.Liveness != notAssessed {
		t.Errorf("attack %+v, liveness %q", p.Attack, p.Liveness)
	}
}

// emptyRoom is a camera before which nobody sits.
type emptyRoom struct{ openCamera }

func (*emptyRoom) Frame(ctx context.Context) (biometrics.Frame, error) {
	time.Sleep(5 * time.Millisecond)
	return biometrics.Frame{Image: image.NewRGBA(image.Rect(0, 0, 640, 480)), Time: time.Now()}, ctx.Err()
}

func (*emptyRoom) Close() error { return nil }
