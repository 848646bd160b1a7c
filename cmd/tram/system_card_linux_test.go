//go:build realparts

package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tram-station/tram/reader/chip"
	"github.com/tram-station/tram/reader/pcsc/pcscd"
)

// cardJSON is the stable shape of `tram card read --json`, written down anew:
// programs outside this repository read it.
type cardJSON struct {
	Document struct {
		Number, Name, Birth, Sex, Nationality, Expiry string
	}
	Files []struct {
		Name   string
		Bytes  int
		SHA256 string
	}
	Access string
	Checks []struct{ Check, Outcome, Reason string }
	Print  []struct{ Field, Outcome string }

	Commands  int
	BytesUp   int `json:"bytes_up"`
	BytesDown int `json:"bytes_down"`
	MS        float64
	Reads     int
	Failures  *int
}

func (s said) card(t *testing.T) cardJSON {
	t.Helper()
	s.want(t, exitGood)
	return decodeCard(t, s.stdout)
}

func decodeCard(t *testing.T, text string) cardJSON {
	t.Helper()
	var c cardJSON
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return c
}

// outcome returns how a check ended, "" where there is none of that name.
func (c cardJSON) outcome(name string) string {
	for _, check := range c.Checks {
		if check.Check == name {
			return check.Outcome
		}
	}
	return ""
}

// printed returns how a printed field compares with the chip's.
func (c cardJSON) printed(field string) string {
	for _, i := range c.Print {
		if i.Field == field {
			return i.Outcome
		}
	}
	return ""
}

// TestCardPrograms reads cards with the compiled tram through the real pcscd.
func TestCardPrograms(t *testing.T) {
	f := newField(t)
	sound := f.issue(t, chip.ProfileCCCD, chip.FaultNone)

	t.Run("slots", func(t *testing.T) {
		s := tramProgram(t, "card", "slots", "--json")
		s.want(t, exitGood)
		var got struct{ Slots []string }
		if err := json.Unmarshal([]byte(s.stdout), &got); err != nil || !slices.Contains(got.Slots, pcscd.Reader) {
			t.Errorf("%v in %s", err, s.stdout)
		}
	})
	t.Run("keys", func(t *testing.T) { f.with(t, sound, func() { readByEachKey(t, f, sound) }) })
	t.Run("profiles", func(t *testing.T) { readProfiles(t, f) })
	t.Run("faults", func(t *testing.T) { readFaulty(t, f) })
	t.Run("trust", func(t *testing.T) { f.with(t, sound, func() { readWithoutTrust(t, f, sound) }) })
	t.Run("repeat", func(t *testing.T) { f.with(t, sound, func() { readAgainAndAgain(t, f, sound) }) })
	t.Run("tram-sim", func(t *testing.T) { readSimulated(t, f) })
	t.Run("no service", func(t *testing.T) { f.with(t, sound, func() { readWithoutService(t, sound) }) })
}

func readByEachKey(t *testing.T, f *field, card *chip.Card) {
	out := filepath.Join(t.TempDir(), "files")
	first := tramProgram(t, "card", "read", "--json", "--trust", f.trust, "--can", card.CAN(), "--out", out).card(t)
	wantDocument(t, first)
	wantFiles(t, f, first, card, out)
	if first.Access != "pace-can" {
		t.Errorf("by CAN: access %q", first.Access)
	}
	for _, name := range []string{"sod-hashes", "sod-signature", "chain"} {
		if got := first.outcome(name); got != "passed" {
			t.Errorf("%s: %q", name, got)
		}
	}
	if first.Commands < 10 || first.BytesUp < first.Commands || first.BytesDown < len(f.citizen.Portrait) || first.MS <= 0 {
		t.Errorf("figures: %+v", first)
	}
	if first.Reads != 0 || first.Failures != nil {
		t.Errorf("one read counts none: %+v", first)
	}
	zone := filepath.Join(t.TempDir(), "mrz.txt")
	if err := os.WriteFile(zone, []byte(strings.Join(card.MRZ(), "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	lines := card.MRZ()
	for _, key := range []struct {
		access string
		args   []string
	}{
		{"pace-mrz", []string{"--mrz", zone}},
		{"pace-can", []string{"--qr", card.QR()}},
		{"pace-mrz", []string{"--doc", lines[0][5:14], "--dob", lines[1][0:6], "--exp", lines[1][8:14]}},
	} {
		got := tramProgram(t, append([]string{"card", "read", "--json", "--trust", f.trust}, key.args...)...).card(t)
		wantDocument(t, got)
		if got.Access != key.access {
			t.Errorf("%s: access %q", key.args[0], got.Access)
		}
		// The print of a card agrees with its chip, where it was given.
		if want := map[string]string{"--mrz": "agree", "--qr": "agree"}[key.args[0]]; got.printed("name") != want ||
			(got.outcome("cross-check") == "passed") != (want != "") {
			t.Errorf("%s: print %+v", key.args[0], got.Print)
		}
		// The chip's files do not depend on the key that opened it.
		if !slices.Equal(got.Files, first.Files) {
			t.Errorf("%s: other files: %+v", key.args[0], got.Files)
		}
	}
	other := strings.Replace(card.QR(), "Nguyễn Văn", "Trần Văn", 1)
	if s := tramProgram(t, "card", "read", "--json", "--trust", f.trust, "--qr", other); s.code != exitVerification ||
		decodeCard(t, s.stdout).printed("name") != "differ" || decodeCard(t, s.stdout).printed("birth") != "agree" {
		t.Errorf("the print of another card: exit %d, %s", s.code, s.stdout)
	}
	for want, args := range map[int][]string{
		exitWrongKey: {"--can", "000000"},
		exitUsage:    {"--can", "12345"},
	} {
		s := tramProgram(t, append([]string{"card", "read", "--json", "--trust", f.trust}, args...)...)
		s.want(t, want)
		if want == exitWrongKey && !strings.Contains(s.stderr, "wrong key") {
			t.Errorf("does not say wrong key: %s", s.stderr)
		}
		if s.stdout != "" {
			t.Errorf("a failed read printed %s", s.stdout)
		}
	}
}

// wantDocument compares with the inventedPhone citizen, as the law prints a person.
func wantDocument(t *testing.T, c cardJSON) {
	t.Helper()
	d := c.Document
	if d.Number != "001090990001" || d.Name != "Nguyễn Văn Thử" || d.Birth != "1990-02-14" ||
		d.Sex != "M" || d.Nationality != "VNM" || d.Expiry != "2030-02-14" {
		t.Errorf("document %+v", d)
	}
}

// wantFiles compares the digests with the files that were written, and the
// files with what the card was issued with: EF.SOD holds the issuer's digest
// of each group.
func wantFiles(t *testing.T, f *field, c cardJSON, card *chip.Card, out string) {
	t.Helper()
	content := map[string][]byte{}
	for _, file := range c.Files {
		b, err := os.ReadFile(filepath.Join(out, file.Name+".bin"))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(b)
		if file.Bytes != len(b) || file.SHA256 != hex.EncodeToString(sum[:]) {
			t.Errorf("%s: %d bytes %s, the file has %d bytes %x", file.Name, file.Bytes, file.SHA256, len(b), sum)
		}
		content[file.Name] = b
	}
	for _, name := range []string{"EF.CardAccess", "EF.COM", "EF.SOD", "DG1", "DG2", "DG13", "DG14", "DG15"} {
		b := content[name]
		if len(b) == 0 {
			t.Errorf("%s was not read", name)
		}
		if sum := sha256.Sum256(b); strings.HasPrefix(name, "DG") && !bytes.Contains(content["EF.SOD"], sum[:]) {
			t.Errorf("%s is not what the issuer signed", name)
		}
	}
	if !bytes.Contains(content["DG2"], f.citizen.Portrait) || !bytes.Contains(content["DG1"], []byte(strings.Join(card.MRZ(), ""))) {
		t.Error("DG1 or DG2 does not hold what the card was issued with")
	}
}

func readProfiles(t *testing.T, f *field) {
	for profile, access := range map[chip.Profile]string{
		chip.ProfileBAC: "bac", chip.ProfilePACEP256: "pace-mrz", chip.ProfilePACEBAC: "pace-mrz",
	} {
		card := f.issue(t, profile, chip.FaultNone)
		lines := card.MRZ()
		f.with(t, card, func() {
			got := tramProgram(t, "card", "read", "--json", "--trust", f.trust,
				"--doc", lines[0][5:14], "--dob", lines[1][0:6], "--exp", lines[1][8:14]).card(t)
			wantDocument(t, got)
			if got.Access != access || got.outcome("chain") != "passed" {
				t.Errorf("%s: access %q, chain %q", profile, got.Access, got.outcome("chain"))
			}
		})
	}
}

// readFaulty gives each fault its own exit code; the sound card at the end is
// the control.
func readFaulty(t *testing.T, f *field) {
	for _, c := range []struct {
		fault chip.Fault
		code  int
		words string
		check string // that failed
	}{
		{chip.FaultPull, exitCardLost, "card lost", ""},
		{chip.FaultZero, exitCardLost, "card lost", ""},
		{chip.FaultSODHash, exitVerification, "verification failed", "sod-hashes"},
		{chip.FaultSODSignature, exitVerification, "verification failed", "sod-signature"},
		{chip.FaultNone, exitGood, "", ""},
	} {
		card := f.issue(t, chip.ProfileCCCD, c.fault)
		f.with(t, card, func() {
			s := tramProgram(t, "card", "read", "--json", "--trust", f.trust, "--can", card.CAN(), "--resume", "3s")
			s.want(t, c.code, c.words)
			if c.check != "" && decodeCard(t, s.stdout).outcome(c.check) != "failed" {
				t.Errorf("%s: %s did not fail: %s", c.fault, c.check, s.stdout)
			}
			if c.code == exitCardLost && s.stdout != "" {
				t.Errorf("%s: half a card was printed: %s", c.fault, s.stdout)
			}
		})
	}
}

func readWithoutTrust(t *testing.T, f *field, card *chip.Card) {
	read := []string{"card", "read", "--json", "--can", card.CAN()}
	if got := tramProgram(t, read...).card(t); got.outcome("chain") != "inconclusive" || got.outcome("sod-signature") != "passed" {
		t.Errorf("without trust: %+v", got.Checks)
	}
	tramProgram(t, append(read, "--strict")...).want(t, exitVerification, "inconclusive")
	tramProgram(t, append(read, "--strict", "--trust", f.trust)...).want(t, exitGood)
}

func readAgainAndAgain(t *testing.T, f *field, card *chip.Card) {
	const times = 5
	before := card.Commands()
	got := tramProgram(t, "card", "read", "--json", "--trust", f.trust, "--can", card.CAN(), "--repeat", "5").card(t)
	if got.Reads != times || got.Failures == nil || *got.Failures != 0 {
		t.Errorf("reads %d, failures %v", got.Reads, got.Failures)
	}
	if n := card.Commands() - before; n < times*got.Commands*9/10 {
		t.Errorf("the chip answered %d commands in %d reads of %d", n, times, got.Commands)
	}
}

// readSimulated reads the chips that the compiled tram-sim puts into pcscd,
// with what it prints and nothing else.
func readSimulated(t *testing.T, f *field) {
	for fault, code := range map[chip.Fault]int{chip.FaultNone: exitGood, chip.FaultSODSignature: exitVerification} {
		sim := spawn(t, filepath.Join(t.TempDir(), "log"), "tram-sim", "chip", "--vpcd", f.doorway(t), "--fault", string(fault))
		var printed struct{ CAN, Trust string }
		if err := json.Unmarshal(sim.ready, &printed); err != nil {
			t.Fatal(err)
		}
		s := tramProgram(t, "card", "read", "--json", "--can", printed.CAN, "--trust", printed.Trust)
		s.want(t, code)
		wantDocument(t, decodeCard(t, s.stdout))
		sim.stop(t)
		f.empty(t)
	}
}

// readWithoutService hides the service's socket from the one process.
func readWithoutService(t *testing.T, card *chip.Card) {
	hidden := "PCSCLITE_CSOCK_NAME=" + filepath.Join(t.TempDir(), "nobody")
	for _, args := range [][]string{{"card", "slots"}, {"card", "read", "--can", card.CAN()}} {
		cmd := command(t.Context(), t, "tram", args...)
		cmd.Env = append(cmd.Env, hidden)
		s := finish(t, cmd)
		s.want(t, exitNoDevice)
		if len(s.stderr) < 20 {
			t.Errorf("no next step: %q", s.stderr)
		}
		tramProgram(t, args...).want(t, exitGood) // the control
	}
	tramProgram(t, "card", "slots", "--json").want(t, exitGood)
	tramProgram(t, "card", "read", "--can", card.CAN(), "--reader", "no such reader").want(t, exitNoDevice)
}

// TestProgramRefusals: what is wrong before any device is asked.
func TestProgramRefusals(t *testing.T) {
	dark := filepath.Join(t.TempDir(), "dark.png")
	if err := os.WriteFile(dark, []byte("no picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		code int
		args []string
	}{
		{exitInvalid, []string{"qr", "decode", dark}},
		{exitInvalid, []string{"qr", "decode", "../../deploy"}},
		{exitInvalid, []string{"qr", "parse", "not a card"}},
		{exitInvalid, []string{"mrz", "parse", dark}},
		{exitInvalid, []string{"card", "read", "--qr", "not a card"}},
		{exitInvalid, []string{"card", "read", "--mrz", dark}},
		{exitUsage, []string{"nothing"}},
		{exitUsage, []string{"card", "read"}},
		{exitUsage, []string{"card", "read", "--can", "123456", "--qr", "x"}},
		{exitUsage, []string{"card", "read", "--doc", "012345678"}},
		{exitUsage, []string{"card", "read", "--can", "123456", "--repeat", "0"}},
		{exitUsage, []string{"card", "read", "--nothing"}},
		{exitUsage, []string{"run", "--data", t.TempDir()}}, // not paired
		{exitGood, []string{"qr", "parse", thuQR}},
		{exitGood, []string{"help", "exit-codes"}},
	} {
		s := tramProgram(t, append(c.args, "--json")...)
		if s.code != c.code {
			t.Errorf("%v: exit %d, want %d: %s", c.args, s.code, c.code, s.stderr)
		}
		// qr decode answers on its own output.
		if c.code == exitGood || s.stderr == "" && strings.Contains(s.stdout, `"error"`) {
			continue
		}
		var e struct {
			Error string
			Exit  int
		}
		if err := json.Unmarshal([]byte(s.stderr), &e); err != nil || e.Error == "" || e.Exit != c.code {
			t.Errorf("%v: %v in %q", c.args, err, s.stderr)
		}
	}
}
