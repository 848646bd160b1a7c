package auth_test

import (
	"context"
	"crypto/rand"
	"encoding/asn1"
	"errors"
	"testing"

	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/auth"
	"github.com/tram-station/tram/reader/chip"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/securemsg"
)

var variants = map[chip.ActiveAuth]string{
	chip.AARSA1024SHA1: "AA-RSA-1024 SHA-1", chip.AARSA1024SHA256: "AA-RSA-1024 SHA-256",
	chip.AARSA2048SHA1: "AA-RSA-2048 SHA-1", chip.AARSA2048SHA224: "AA-RSA-2048 SHA-224", chip.AARSA2048SHA384: "AA-RSA-2048 SHA-384", chip.AARSA2048SHA256: "AA-RSA-2048 SHA-256", chip.AARSA2048SHA512: "AA-RSA-2048 SHA-512",
	chip.AAP256: "AA-ECDSA P-256 SHA-256", chip.AAP256DER: "AA-ECDSA P-256 SHA-256",
	chip.AAP384: "AA-ECDSA P-384 SHA-384", chip.AAP384DER: "AA-ECDSA P-384 SHA-384",
	chip.AABrainpool256: "AA-ECDSA brainpoolP256r1 SHA-256", chip.AABrainpool256DER: "AA-ECDSA brainpoolP256r1 SHA-256",
}

func TestActiveAuthenticationMatrix(t *testing.T) {
	issuer := newIssuer(t)
	for variant, want := range variants {
		copied := issue(t, issuer, chip.Spec{BAC: true, ActiveAuth: variant})
		for name, spec := range map[string]chip.Spec{
			"short": {}, "extended": {Extended: true}, "exact": {ExactLength: true}, "exact extended": {ExactLength: true, Extended: true},
		} {
			spec.BAC, spec.ActiveAuth = true, variant
			v, other := open(t, issue(t, issuer, spec)), open(t, copied)
			infos, key := v.dg14(), v.dg15()
			got, err := auth.Active(t.Context(), v.session, key, infos, rand.Reader)
			if err != nil || got != want {
				t.Errorf("%s %s: %q, %v", variant, name, got, err)
			}
			// Without DG14 the hash is found out.
			if got, err := auth.Active(t.Context(), v.session, key, nil, rand.Reader); err != nil || got != want {
				t.Errorf("%s %s without DG14: %q, %v", variant, name, got, err)
			}
			// A copy has the original's DG15 and a key of its own.
			if got, err := auth.Active(t.Context(), other.session, key, infos, rand.Reader); !errors.Is(err, auth.ErrMismatch) || got != "" {
				t.Errorf("%s %s: a copy: %q, %v", variant, name, got, err)
			}
		}
	}
}

func TestActiveAuthenticationRefused(t *testing.T) {
	issuer := newIssuer(t)
	key := open(t, issue(t, issuer, chip.Spec{BAC: true, ActiveAuth: chip.AAP256})).dg15()
	lacks := open(t, issue(t, issuer, chip.Spec{BAC: true, ChipAuth: []chip.ChipAuth{{Cipher: chip.AES128, Group: 12}}}))
	_, err := auth.Active(t.Context(), lacks.session, key, nil, rand.Reader)
	if !errors.Is(err, auth.ErrRefused) || !errors.Is(err, apdu.BadInstruction) {
		t.Fatal(err)
	}
	if _, err := auth.Active(t.Context(), lacks.session, &lds.PublicKey{SPKI: []byte{0x30, 0}}, nil, rand.Reader); !errors.Is(err, auth.ErrUnsupported) {
		t.Errorf("a key that is none: %v", err)
	}
}

func TestForeignHash(t *testing.T) {
	// DG14 names a hash that is not known, say RIPEMD-160: a signature that
	// fails says nothing then.
	issuer := newIssuer(t)
	spec := chip.Spec{BAC: true, ActiveAuth: chip.AAP256}
	v, other := open(t, issue(t, issuer, spec)), open(t, issue(t, issuer, spec))
	foreign := &lds.SecurityInfos{ActiveAuth: []lds.ActiveAuthInfo{{Version: 1, Signature: asn1.ObjectIdentifier{0, 4, 0, 127, 0, 7, 1, 1, 4, 1, 6}}}}
	if _, err := auth.Active(t.Context(), other.session, v.dg15(), foreign, rand.Reader); !errors.Is(err, auth.ErrUnsupported) || errors.Is(err, auth.ErrMismatch) {
		t.Fatal(err)
	}
	if _, err := auth.Active(t.Context(), v.session, v.dg15(), foreign, rand.Reader); err != nil {
		t.Errorf("another hash than announced still proves the key: %v", err)
	}
}

// scripted is a card that answers with the status words of a list, then with
// the signature of a real chip.
type scripted struct {
	chip    apdu.Card
	answers []apdu.Response
	asked   []int // Le of each command
	ended   bool  // answer as a session that ended over a plain status word
}

func (c *scripted) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	parsed, err := apdu.ParseCommand(command)
	if err != nil {
		return nil, err
	}
	c.asked = append(c.asked, parsed.Le)
	if len(c.answers) == 0 {
		return c.chip.Transmit(ctx, command)
	}
	r := c.answers[0]
	c.answers = c.answers[1:]
	if c.ended {
		return nil, errors.Join(securemsg.ErrEnded, r.Status)
	}
	return r.Bytes(), nil
}

func (c *scripted) Close() error { return nil }

func TestLeOfActiveAuthentication(t *testing.T) {
	issuer := newIssuer(t)
	card := issue(t, issuer, chip.Spec{BAC: true, ActiveAuth: chip.AARSA1024SHA1})
	refused := func(sw ...apdu.Status) (all []apdu.Response) {
		for _, s := range sw {
			all = append(all, apdu.Response{Status: s})
		}
		return all
	}
	var endless []apdu.Response
	short := apdu.Response{Data: make([]byte, 100), Status: apdu.OK}
	tests := map[string]struct {
		answers []apdu.Response
		ended   bool
		asked   []int
		want    error
	}{
		"at once":           {nil, false, []int{256}, nil},
		"wrong length":      {refused(apdu.WrongLength), false, []int{256, 128}, nil},
		"exact length":      {refused(0x6C80), false, []int{256, 128}, nil},
		"exact, then wrong": {refused(0x6C80, apdu.WrongLength), false, []int{256, 128, 128}, nil},
		"another each time": {refused(0x6C81, 0x6C7F, 0x6C80), false, []int{256, 129, 127, 128}, nil},
		"cut short":         {[]apdu.Response{short}, false, []int{256, 128}, nil},
		"never":             {refused(apdu.WrongLength, apdu.WrongLength, 0x61FF), false, []int{256, 128, 65536}, auth.ErrUnsupported},
		"always cut short":  {[]apdu.Response{short, short, short}, false, []int{256, 128, 65536}, auth.ErrMismatch},
		"not allowed":       {refused(apdu.NotAllowed), false, []int{256}, auth.ErrRefused},
		"plain length":      {refused(apdu.WrongLength), true, []int{256}, auth.ErrUnsupported},
		"plain refusal":     {refused(apdu.NotAllowed), true, []int{256}, auth.ErrRefused},
		"session broken":    {refused(apdu.BadSecureData), true, []int{256}, securemsg.ErrEnded},
	}
	for name, tt := range tests {
		v := open(t, card)
		key := v.dg15()
		link := &scripted{chip: v.session, answers: tt.answers, ended: tt.ended}
		_, err := auth.Active(t.Context(), link, key, nil, rand.Reader)
		if !errors.Is(err, tt.want) || tt.ended && !errors.Is(err, securemsg.ErrEnded) {
			t.Errorf("%s: %v", name, err)
		}
		if name == "session broken" && errors.Is(err, auth.ErrMismatch) {
			t.Errorf("a broken session counts against the card: %v", err)
		}
		if len(link.asked) != len(tt.asked) {
			t.Errorf("%s: asked for %v, want %v", name, link.asked, tt.asked)
			continue
		}
		for i := range tt.asked {
			if link.asked[i] != tt.asked[i] {
				t.Errorf("%s: asked for %v, want %v", name, link.asked, tt.asked)
			}
		}
	}
	// A chip that tells a length for ever is asked a bounded number of times.
	v := open(t, card)
	key := v.dg15()
	for range 1000 {
		endless = append(endless, apdu.Response{Status: 0x6C80})
	}
	link := &scripted{chip: v.session, answers: endless}
	if _, err := auth.Active(t.Context(), link, key, nil, rand.Reader); !errors.Is(err, auth.ErrUnsupported) || len(link.asked) > 50 {
		t.Errorf("told for ever: %d commands, %v", len(link.asked), err)
	}
	// A lost card is no verdict.
	_, err := auth.Active(t.Context(), dead{}, key, nil, rand.Reader)
	if !errors.Is(err, apdu.ErrCardLost) || errors.Is(err, auth.ErrMismatch) || errors.Is(err, auth.ErrUnsupported) {
		t.Errorf("lost card: %v", err)
	}
}

// dead is a card that left.
type dead struct{}

func (dead) Transmit(context.Context, []byte) ([]byte, error) { return nil, apdu.ErrCardLost }
func (dead) Close() error                                     { return nil }
