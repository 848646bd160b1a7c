package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// places are the folders beside a card.
type places struct {
	trust    string
	terminal string // "": there is none
}

// lay writes the trust folder and, under --out, the print and the terminal's
// key beside it. clean removes what was not asked for.
func lay(out string, m *made) (p places, clean func(), err error) {
	dir, clean := out, func() {}
	if out == "" {
		if dir, err = os.MkdirTemp("", "tram-sim-"); err != nil {
			return p, nil, fmt.Errorf("make a folder for the CSCA: %w", err)
		}
		clean = func() { _ = os.RemoveAll(dir) }
	}
	defer func() {
		if err != nil {
			clean()
		}
	}()
	if dir, err = filepath.Abs(dir); err != nil {
		return p, nil, err
	}
	p.trust = filepath.Join(dir, "trust")
	if err = write(p.trust, m.trust, 0o644); err != nil {
		return p, nil, err
	}
	if m.key != nil {
		p.terminal = filepath.Join(dir, "terminal")
		if err = write(p.terminal, m.key, 0o600); err != nil {
			return p, nil, err
		}
	}
	if out != "" {
		err = write(dir, map[string][]byte{
			"mrz.txt": []byte(strings.Join(m.card.MRZ(), "\n") + "\n"),
			"qr.txt":  []byte(m.card.QR() + "\n"),
		}, 0o644)
	}
	return p, clean, err
}

// write puts files into a folder, which it makes where there is none.
func write(dir string, files map[string][]byte, mode os.FileMode) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make a folder beside the card: %w", err)
	}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, mode); err != nil {
			return fmt.Errorf("keep what belongs to the card: %w", err)
		}
	}
	return nil
}
