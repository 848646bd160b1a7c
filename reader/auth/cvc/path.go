package cvc

import (
	"fmt"
	"slices"
	"time"
)

const (
	// maxPath bounds the certificates of one path: links between an
	// authority's keys, the document verifier, the terminal.
	maxPath = 8
	// maxBranches bounds the paths that are followed at a time.
	maxBranches = 16
)

// Path returns the certificates that lead from an authority the chip trusts to
// the terminal, in the order in which the chip takes them: links first, the
// terminal's own last. trusted are the references in the chip's EF.CVCA. The
// shortest path is taken; self-signed certificates are never part of it.
func Path(all []*Certificate, terminal *Certificate, trusted []string) ([]*Certificate, error) {
	paths := [][]*Certificate{{terminal}}
	for range maxPath {
		var longer [][]*Certificate
		for _, path := range paths {
			first := path[0]
			if slices.Contains(trusted, first.Authority) {
				return path, nil
			}
			for _, c := range all {
				if c.Holder == first.Authority && !c.SelfSigned() && c.Role != Terminal && !slices.Contains(path, c) {
					longer = append(longer, append([]*Certificate{c}, path...))
				}
			}
		}
		paths = longer[:min(len(longer), maxBranches)]
	}
	return nil, fmt.Errorf("%w (it trusts %q)", ErrNoPath, trusted)
}

// Granted returns what a path lets its terminal read.
func Granted(path []*Certificate) Rights {
	rights := Rights{DG3: true, DG4: true}
	for _, c := range path {
		rights = rights.And(c.Rights)
	}
	return rights
}

// Check verifies a path as a chip does: roles, days (an authority's link counts
// also when it has expired, TR-03110-3 §2.5), and the signature of each
// certificate under the one before. all gives the authority's own key for the
// first. Where that is not there, the signatures under keys whose curve only
// the authority's certificate tells are left to the chip.
func Check(path, all []*Certificate, now time.Time) error {
	var issuer *Key
	for _, c := range all {
		if len(path) > 0 && c.SelfSigned() && c.Holder == path[0].Authority {
			issuer = &c.Key
		}
	}
	for i, c := range path {
		if err := c.CheckDate(now); err != nil && c.Role != Authority {
			return err
		}
		if i > 0 && !follows(path[i-1].Role, c.Role) {
			return fmt.Errorf("%w: a %v may not certify a %v (%s)", ErrNoPath, path[i-1].Role, c.Role, c.Holder)
		}
		if issuer == nil || issuer.RSA == nil && issuer.Group == nil {
			issuer = &c.Key
			continue
		}
		if err := issuer.Verify(c.Body, c.Signature); err != nil {
			return fmt.Errorf("%s: %w", c.Holder, err)
		}
		key, err := c.Key.Inherit(*issuer)
		if err != nil {
			return fmt.Errorf("%s: %w", c.Holder, err)
		}
		issuer = &key
	}
	return nil
}

// follows reports whether a holder of one role may certify another: an
// authority its next key and document verifiers, these their terminals
// (TR-03110-3 §2.5).
func follows(issuer, holder Role) bool {
	switch issuer {
	case Authority:
		return holder != Terminal
	case DomesticVerifier, ForeignVerifier:
		return holder == Terminal
	}
	return false
}
