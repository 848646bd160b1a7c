package auth_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/auth"
	"github.com/tram-station/tram/reader/chip"
	"github.com/tram-station/tram/reader/crypt"
	"github.com/tram-station/tram/reader/securemsg"
)

var groups = []int{0, 1, 2, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18}

func TestChipAuthenticationMatrix(t *testing.T) {
	issuer := newIssuer(t)
	forms := []chip.KeyForm{chip.FormNamed, chip.FormExplicit, chip.FormStandardized}
	n := 0
	for _, group := range groups {
		for _, cipher := range []chip.Cipher{chip.TripleDES, chip.AES128, chip.AES192, chip.AES256} {
			form := forms[n%len(forms)]
			n++
			name := fmt.Sprintf("group %d %s %q", group, cipher, form)
			spec := chip.Spec{BAC: true, ChipAuth: []chip.ChipAuth{{Cipher: cipher, Group: group, KeyID: n % 2, Form: form}}}
			v := open(t, issue(t, issuer, spec))
			proof, err := auth.Chip(t.Context(), v.session, v.dg14(), rand.Reader)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			g, err := crypt.StandardGroup(group)
			if err != nil {
				t.Fatal(err)
			}
			kind := "ECDH"
			if group < 3 {
				kind = "DH"
			}
			if want := fmt.Sprintf("CA-%s-%s %s", kind, cipher, g.Name()); proof.Protocol != want {
				t.Errorf("%s: %s, want %s", name, proof.Protocol, want)
			}
			if _, err := v.status(1); err != nil {
				t.Errorf("%s: the chip does not have the new keys: %v", name, err)
			}
		}
	}
}

func TestCopyWithoutTheKey(t *testing.T) {
	// The copy has DG14 of the original and a key of its own.
	issuer := newIssuer(t)
	for _, k := range []chip.ChipAuth{
		{Cipher: chip.AES128, Group: chip.GroupBrainpool256}, {Cipher: chip.TripleDES, Group: chip.GroupP256}, {Cipher: chip.AES256, Group: chip.GroupDH2048q256},
	} {
		spec := chip.Spec{BAC: true, ChipAuth: []chip.ChipAuth{k}}
		original, copied := open(t, issue(t, issuer, spec)), open(t, issue(t, issuer, spec))
		dg14 := original.dg14()
		for name, v := range map[string]*visit{"original": original, "copy": copied} {
			if _, err := auth.Chip(t.Context(), v.session, dg14, rand.Reader); err != nil {
				t.Fatal(err)
			}
			_, err := v.status(1)
			if err = auth.Judge(err); errors.Is(err, auth.ErrMismatch) != (name == "copy") {
				t.Errorf("%v %s: %v", k.Cipher, name, err)
			}
		}
	}
}

func TestKeysOfOldPassports(t *testing.T) {
	issuer := newIssuer(t)
	for name, k := range map[string]chip.ChipAuth{
		"no MSE:Set KAT":      {Cipher: chip.TripleDES, Group: chip.GroupP256, NoKAT: true},
		"the same, DH":        {Cipher: chip.TripleDES, Group: chip.GroupDH2048q256, NoKAT: true, KeyID: 200},
		"no info":             {Cipher: chip.TripleDES, Group: chip.GroupBrainpool224, Unnamed: true},
		"neither":             {Cipher: chip.TripleDES, Group: chip.GroupP224, Unnamed: true, NoKAT: true, KeyID: 2},
		"identifier above 7F": {Cipher: chip.AES128, Group: chip.GroupP256, KeyID: 0xC0},
	} {
		spec := chip.Spec{BAC: true, ChipAuth: []chip.ChipAuth{k}}
		v := open(t, issue(t, issuer, spec))
		if _, err := auth.Chip(t.Context(), v.session, v.dg14(), rand.Reader); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := v.status(1); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestStrongestKeyIsTaken(t *testing.T) {
	issuer := newIssuer(t)
	tests := []struct {
		keys []chip.ChipAuth
		want string
	}{
		{[]chip.ChipAuth{{Cipher: chip.TripleDES, Group: 18, KeyID: 1}, {Cipher: chip.AES128, Group: 12, KeyID: 2}, {Cipher: chip.AES256, Group: 13, KeyID: 3}, {Cipher: chip.AES192, Group: 17, KeyID: 4}}, "CA-ECDH-AES-256 brainpoolP256r1"},
		{[]chip.ChipAuth{{Cipher: chip.AES128, Group: 2, KeyID: 1}, {Cipher: chip.AES128, Group: 10, KeyID: 2}}, "CA-ECDH-AES-128 P-224"},
		{[]chip.ChipAuth{{Cipher: chip.AES128, Group: 0, KeyID: 300}, {Cipher: chip.AES128, Group: 1, KeyID: 2}}, "CA-DH-AES-128 DH-2048-224"},
	}
	for _, tt := range tests {
		v := open(t, issue(t, issuer, chip.Spec{BAC: true, ChipAuth: tt.keys}))
		proof, err := auth.Chip(t.Context(), v.session, v.dg14(), rand.Reader)
		if err != nil || proof.Protocol != tt.want {
			t.Errorf("want %s: %+v, %v", tt.want, proof, err)
			continue
		}
		if _, err := v.status(1); err != nil {
			t.Errorf("%s: %v", tt.want, err)
		}
	}
}

func TestChipRefusesItsOwnProtocol(t *testing.T) {
	issuer := newIssuer(t)
	has := open(t, issue(t, issuer, chip.Spec{BAC: true, ChipAuth: []chip.ChipAuth{{Cipher: chip.AES128, Group: 12}}}))
	dg14 := has.dg14()
	lacks := open(t, issue(t, issuer, chip.Spec{BAC: true, ActiveAuth: chip.AAP256}))
	_, err := auth.Chip(t.Context(), lacks.session, dg14, rand.Reader)
	var status apdu.Status
	if !errors.Is(err, auth.ErrRefused) || !errors.Is(err, auth.ErrMismatch) || !errors.As(err, &status) {
		t.Fatal(err)
	}
	if _, err := lacks.status(1); err != nil {
		t.Errorf("the old session is gone: %v", err)
	}
	if _, err := auth.Chip(t.Context(), has.session, lacks.dg14(), rand.Reader); !errors.Is(err, auth.ErrUnsupported) {
		t.Errorf("a chip without a key: %v", err)
	}
	if _, err := auth.Chip(t.Context(), has.session, nil, rand.Reader); !errors.Is(err, auth.ErrUnsupported) {
		t.Errorf("a chip without DG14: %v", err)
	}
	if _, err := auth.Chip(t.Context(), has.session, dg14, bytes.NewReader(nil)); err == nil {
		t.Error("no randomness and still a key")
	}
}

func TestJudge(t *testing.T) {
	lost := fmt.Errorf("%w (%w)", securemsg.ErrEnded, apdu.ErrCardLost)
	for _, tt := range []struct {
		err  error
		want bool
	}{
		{nil, false}, {apdu.ErrCardLost, false}, {lost, false}, {apdu.NotAllowed, false}, {securemsg.ErrEnded, false},
		{fmt.Errorf("%w (%w)", securemsg.ErrEnded, securemsg.ErrIntegrity), true},
		{fmt.Errorf("%w (%w, unprotected)", securemsg.ErrEnded, apdu.BadSecureData), true},
	} {
		got := auth.Judge(tt.err)
		if errors.Is(got, auth.ErrMismatch) != tt.want || !errors.Is(got, tt.err) {
			t.Errorf("%v: %v", tt.err, got)
		}
	}
}

func TestErrorsTellNoSecret(t *testing.T) {
	if strings.Contains(auth.ErrMismatch.Error(), "fake") || strings.Contains(auth.ErrMismatch.Error(), "forge") {
		t.Error("words for people never accuse")
	}
}
