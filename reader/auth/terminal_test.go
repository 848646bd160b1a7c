package auth_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/auth"
	"github.com/tram-station/tram/reader/auth/cvc"
	"github.com/tram-station/tram/reader/chip"
	"github.com/tram-station/tram/reader/lds"
)

// pki is an authority with a verifier and a terminal below it.
type pki struct {
	authority *chip.CVCA
	terminal  *chip.TerminalKey
}

func newPKI(t testing.TB, authority *chip.CVCA, verifier, terminal chip.CVOptions) pki {
	t.Helper()
	dv, err := authority.Verifier(verifier)
	if err != nil {
		t.Fatal(err)
	}
	is, err := dv.Terminal(terminal)
	if err != nil {
		t.Fatal(err)
	}
	return pki{authority, is}
}

func newCVCA(t testing.TB, s chip.Scheme) *chip.CVCA {
	t.Helper()
	authority, err := chip.NewCVCA(rand.Reader, now, s)
	if err != nil {
		t.Fatal(err)
	}
	return authority
}

// write lays a terminal's folder out.
func write(t testing.TB, p pki, pem bool, more ...[]byte) string {
	t.Helper()
	dir := t.TempDir()
	for i, b := range append(p.terminal.Chain(), more...) {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.cvcert", i)), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	name, encode := "terminal.pkcs8", p.terminal.PKCS8
	if pem {
		name, encode = "terminal.pem", p.terminal.PEM
	}
	key, err := encode()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), key, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func terminal(t testing.TB, dir string) *auth.FileTerminal {
	t.Helper()
	f, err := auth.LoadTerminal(dir)
	if err != nil {
		t.Fatal(err)
	}
	f.Now = func() time.Time { return now }
	return f
}

func guarded(authority *chip.CVCA) chip.Spec {
	return chip.Spec{BAC: true, ChipAuth: []chip.ChipAuth{{Cipher: chip.AES128, Group: chip.GroupBrainpool256}},
		Terminal: &chip.TerminalAuth{Anchor: authority.Certificate()}}
}

// cvca reads EF.CVCA, which is not one data object.
func (v *visit) cvca() []string {
	v.t.Helper()
	const short, size = 0x1C, 36
	trusted, err := lds.ParseCVCA(v.binary(0x80|short, 0, size).Data)
	if err != nil {
		v.t.Fatal(err)
	}
	return trusted
}

// authenticate runs chip and then terminal authentication.
func (v *visit) authenticate(who auth.Terminal) (auth.Rights, error) {
	v.t.Helper()
	proof, err := auth.Chip(v.t.Context(), v.session, v.dg14(), rand.Reader)
	if err != nil {
		v.t.Fatal(err)
	}
	return auth.TerminalAuth(v.t.Context(), v.session, who, v.id, proof, v.cvca())
}

func (v *visit) mustBe(name string, short byte, want apdu.Status) {
	v.t.Helper()
	if got, err := v.status(short); err != nil || got != want {
		v.t.Errorf("%s: file %02X answers %v, %v", name, short, got, err)
	}
}

func TestFingerprintsOpenToTheTerminal(t *testing.T) {
	issuer := newIssuer(t)
	schemes := []chip.Scheme{"p256-sha256", "p256-sha1", "p384-sha384", "p521-sha512", "p224-sha224", "bp256-sha256", "bp384-sha384", "bp512-sha512",
		"rsa2048-sha1", "rsa2048-sha256", "rsa2048-sha512", "pss2048-sha1", "pss2048-sha256", "pss2048-sha512"}
	for i, scheme := range schemes {
		p := newPKI(t, newCVCA(t, scheme), chip.CVOptions{}, chip.CVOptions{})
		spec := guarded(p.authority)
		spec.Extended = i%2 == 0
		if i%3 == 0 { // after PACE another ID_PICC is signed
			spec.PACE = []chip.PACE{{Mapping: chip.GM, Group: chip.GroupBrainpool256, Cipher: chip.AES128}}
		}
		v := open(t, issue(t, issuer, spec))
		v.mustBe("before", 3, apdu.NotAllowed)
		rights, err := v.authenticate(terminal(t, write(t, p, i%2 == 0, p.authority.Certificate())))
		if err != nil || rights != (auth.Rights{DG3: true, DG4: true}) {
			t.Errorf("%s: %+v, %v", scheme, rights, err)
			continue
		}
		v.mustBe(string(scheme), 3, apdu.OK)
	}
}

func TestTerminalAfterEveryChipAuthentication(t *testing.T) {
	// What the terminal signs depends on the group of chip authentication.
	issuer := newIssuer(t)
	p := newPKI(t, newCVCA(t, "bp256-sha256"), chip.CVOptions{}, chip.CVOptions{})
	who := terminal(t, write(t, p, false))
	for _, k := range []chip.ChipAuth{
		{Cipher: chip.TripleDES, Group: 0}, {Cipher: chip.AES128, Group: 2}, {Cipher: chip.TripleDES, Group: 12},
		{Cipher: chip.AES256, Group: 17}, {Cipher: chip.AES192, Group: 18},
	} {
		spec := guarded(p.authority)
		spec.ChipAuth = []chip.ChipAuth{k}
		v := open(t, issue(t, issuer, spec))
		if rights, err := v.authenticate(who); err != nil || !rights.DG3 {
			t.Errorf("%+v: %+v, %v", k, rights, err)
		}
		v.mustBe("after", 3, apdu.OK)
	}
}

func TestLinkCertificate(t *testing.T) {
	// The chip trusts the first generation, the terminal is of the third.
	issuer := newIssuer(t)
	first := newCVCA(t, "p256-sha256")
	second, err := first.Next("bp256-sha256")
	if err != nil {
		t.Fatal(err)
	}
	third, err := second.Next("bp256-sha256")
	if err != nil {
		t.Fatal(err)
	}
	p := newPKI(t, third, chip.CVOptions{}, chip.CVOptions{})
	card := issue(t, issuer, guarded(first))
	without := terminal(t, write(t, p, false, first.Certificate(), third.Link()))
	if rights, err := open(t, card).authenticate(without); !errors.Is(err, cvc.ErrNoPath) || rights.DG3 {
		t.Fatalf("a link is missing: %+v, %v", rights, err)
	}
	with := terminal(t, write(t, p, false, third.Certificate(), third.Link(), second.Link(), first.Certificate()))
	for range 2 { // the second time the chip knows the third generation
		v := open(t, card)
		if rights, err := v.authenticate(with); err != nil || !rights.DG3 {
			t.Fatalf("%+v, %v", rights, err)
		}
		v.mustBe("after the links", 3, apdu.OK)
	}
	if got := open(t, card).cvca(); len(got) != 2 || got[0] != third.Reference() || got[1] != second.Reference() {
		t.Errorf("the chip trusts %v", got)
	}
}

func TestRights(t *testing.T) {
	issuer := newIssuer(t)
	authority := newCVCA(t, "p256-sha256")
	tests := map[string]struct {
		verifier, terminal chip.CVOptions
		want               auth.Rights
		dg3                apdu.Status
	}{
		"both":               {chip.CVOptions{}, chip.CVOptions{}, auth.Rights{DG3: true, DG4: true}, apdu.OK},
		"foreign verifier":   {chip.CVOptions{Foreign: true}, chip.CVOptions{}, auth.Rights{DG3: true, DG4: true}, apdu.OK},
		"irises alone":       {chip.CVOptions{}, chip.CVOptions{Rights: chip.ReadDG4}, auth.Rights{DG4: true}, apdu.NotAllowed},
		"verifier has none":  {chip.CVOptions{NoRights: true}, chip.CVOptions{}, auth.Rights{}, apdu.NotAllowed},
		"disjoint":           {chip.CVOptions{Rights: chip.ReadDG3}, chip.CVOptions{Rights: chip.ReadDG4}, auth.Rights{}, apdu.NotAllowed},
		"fingerprints alone": {chip.CVOptions{}, chip.CVOptions{Rights: chip.ReadDG3}, auth.Rights{DG3: true}, apdu.OK},
	}
	for name, tt := range tests {
		p := newPKI(t, authority, tt.verifier, tt.terminal)
		v := open(t, issue(t, issuer, guarded(authority)))
		rights, err := v.authenticate(terminal(t, write(t, p, false)))
		if err != nil || rights != tt.want {
			t.Errorf("%s: %+v, %v", name, rights, err)
		}
		v.mustBe(name, 3, tt.dg3)
	}
}

// remote is a terminal whose chain is not looked at before the chip does, and
// whose signature may be spoilt.
type remote struct {
	*auth.FileTerminal
	chain [][]byte
	spoil bool
}

func (r remote) Chain(context.Context, []string) ([][]byte, error) { return r.chain, nil }

func (r remote) Sign(ctx context.Context, data []byte) ([]byte, error) {
	s, err := r.FileTerminal.Sign(ctx, data)
	if r.spoil && err == nil {
		s[len(s)-1] ^= 1
	}
	return s, err
}

func TestChipTurnsTerminalsAway(t *testing.T) {
	issuer := newIssuer(t)
	authority := newCVCA(t, "bp256-sha256")
	good := newPKI(t, authority, chip.CVOptions{}, chip.CVOptions{})
	forged := newPKI(t, authority, chip.CVOptions{}, chip.CVOptions{Forged: true})
	lies := newPKI(t, authority, chip.CVOptions{Forged: true}, chip.CVOptions{})
	past := newPKI(t, authority, chip.CVOptions{}, chip.CVOptions{From: now.AddDate(-1, 0, 0), Until: now.AddDate(0, 0, -60)})
	mine := terminal(t, write(t, good, false))
	tests := map[string]struct {
		who  auth.Terminal
		want error
	}{
		"control":             {remote{mine, good.terminal.Chain(), false}, nil},
		"wrong signature":     {remote{mine, good.terminal.Chain(), true}, auth.ErrNotAuthorised},
		"another's key":       {remote{terminal(t, write(t, forged, false)), good.terminal.Chain(), false}, auth.ErrNotAuthorised},
		"terminal forged":     {remote{mine, forged.terminal.Chain(), false}, auth.ErrNotAuthorised},
		"verifier forged":     {remote{mine, lies.terminal.Chain(), false}, auth.ErrNotAuthorised},
		"verifier left out":   {remote{mine, good.terminal.Chain()[1:], false}, auth.ErrNotAuthorised},
		"no certificate":      {remote{mine, nil, false}, cvc.ErrNoPath},
		"rubbish":             {remote{mine, [][]byte{{1, 2, 3}}, false}, cvc.ErrMalformed},
		"expired, seen here":  {terminal(t, write(t, past, false)), cvc.ErrExpired},
		"forged, seen here":   {terminal(t, write(t, lies, false, authority.Certificate())), cvc.ErrSignature},
		"verifier unrelated":  {terminal(t, write(t, newPKI(t, newCVCA(t, "p256-sha256"), chip.CVOptions{}, chip.CVOptions{}), false)), auth.ErrNotAuthorised},
		"signer out of reach": {unreachable{mine}, errUnreachable},
	}
	for name, tt := range tests {
		v := open(t, issue(t, issuer, guarded(authority)))
		rights, err := v.authenticate(tt.who)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
		want := apdu.NotAllowed
		if tt.want == nil {
			want = apdu.OK
		}
		if rights.DG3 != (tt.want == nil) {
			t.Errorf("%s: %+v", name, rights)
		}
		v.mustBe(name, 3, want) // and the session goes on
		if errors.Is(err, auth.ErrMismatch) {
			t.Errorf("%s counts against the card", name)
		}
	}
}

var errUnreachable = errors.New("the signer does not answer")

type unreachable struct{ auth.Terminal }

func (unreachable) Sign(context.Context, []byte) ([]byte, error) { return nil, errUnreachable }

func TestTerminalNeedsChipAuthentication(t *testing.T) {
	issuer := newIssuer(t)
	p := newPKI(t, newCVCA(t, "p256-sha256"), chip.CVOptions{}, chip.CVOptions{})
	who := terminal(t, write(t, p, false))
	v := open(t, issue(t, issuer, guarded(p.authority)))
	if rights, err := auth.TerminalAuth(t.Context(), v.session, who, v.id, nil, v.cvca()); err == nil || rights.DG3 {
		t.Fatalf("%+v, %v", rights, err)
	}
	if _, err := auth.TerminalAuth(t.Context(), v.session, who, v.id, &auth.ChipProof{}, nil); !errors.Is(err, cvc.ErrNoPath) {
		t.Fatalf("a chip that trusts nobody: %v", err)
	}
	// Another chip's name is signed: the chip does not take it.
	v.id = []byte("0000000000")
	if _, err := v.authenticate(who); !errors.Is(err, auth.ErrNotAuthorised) {
		t.Fatalf("signed for another chip: %v", err)
	}
}

func TestLoadTerminalRefuses(t *testing.T) {
	authority := newCVCA(t, "bp256-sha256")
	p := newPKI(t, authority, chip.CVOptions{}, chip.CVOptions{})
	other := newPKI(t, authority, chip.CVOptions{}, chip.CVOptions{})
	edit := func(f func(dir string) error) string {
		dir := write(t, p, false)
		if err := f(dir); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	if _, err := auth.LoadTerminal(edit(func(string) error { return nil })); err != nil {
		t.Fatal(err)
	}
	foreign, err := other.terminal.PKCS8()
	if err != nil {
		t.Fatal(err)
	}
	for name, dir := range map[string]string{
		"no folder":      filepath.Join(t.TempDir(), "none"),
		"no key":         edit(func(d string) error { return os.Remove(filepath.Join(d, "terminal.pkcs8")) }),
		"another key":    edit(func(d string) error { return os.WriteFile(filepath.Join(d, "terminal.pkcs8"), foreign, 0o600) }),
		"key is rubbish": edit(func(d string) error { return os.WriteFile(filepath.Join(d, "terminal.pkcs8"), []byte{0x30, 0}, 0o600) }),
		"key too large": edit(func(d string) error {
			return os.WriteFile(filepath.Join(d, "terminal.pkcs8"), make([]byte, 1<<20), 0o600)
		}),
		"no terminal": edit(func(d string) error { return os.Remove(filepath.Join(d, "1.cvcert")) }),
		"rubbish":     edit(func(d string) error { return os.WriteFile(filepath.Join(d, "2.cvcert"), []byte("text"), 0o600) }),
	} {
		if f, err := auth.LoadTerminal(dir); err == nil || f != nil {
			t.Errorf("%s: %v", name, f)
		}
	}
}

func TestTerminalShowsNoKey(t *testing.T) {
	p := newPKI(t, newCVCA(t, "bp256-sha256"), chip.CVOptions{}, chip.CVOptions{})
	f := terminal(t, write(t, p, false))
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("t", "terminal", f)
	text := log.String() + fmt.Sprintf("%v %+v %#v %s", f, f, f, f)
	if bytes.Count([]byte(text), []byte("terminal "+f.Holder())) < 5 || len(text) > 400 {
		t.Errorf("%s", text)
	}
	if f.Expiry().Before(now) {
		t.Error(f.Expiry())
	}
}
