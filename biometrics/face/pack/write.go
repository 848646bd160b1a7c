package pack

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// Write makes a pack in dir, which may exist: files maps paths of the pack to
// their bytes. It fills in the SHA-256 of the models, and lists the files that
// no model names as texts. The manifest is written last, so that a folder whose
// writing was cut off is no pack.
func Write(dir string, m Manifest, files map[string][]byte) error {
	m.Models, m.Texts = slices.Clone(m.Models), nil
	models := map[string]bool{}
	for i, model := range m.Models {
		b, ok := files[model.File]
		if !ok {
			return fmt.Errorf("pack %s: the file %s of the %s is not there", m.ID(), model.File, model.Role)
		}
		m.Models[i].SHA256 = digest(b)
		models[model.File] = true
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !models[name] {
			m.Texts = append(m.Texts, Text{File: name, SHA256: digest(files[name])})
		}
	}
	raw, err := m.Marshal()
	if err != nil {
		return fmt.Errorf("pack %s: %w", m.ID(), err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	return errors.Join(write(root, raw, files), root.Close())
}

func write(root *os.Root, raw []byte, files map[string][]byte) error {
	for _, name := range []string{manifestFile, signatureFile} {
		if err := root.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	for name, b := range files {
		if len(b) > MaxFile {
			return fmt.Errorf("%s: %w", name, ErrTooLarge)
		}
		name = filepath.FromSlash(name)
		if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := root.WriteFile(name, b, 0o644); err != nil {
			return err
		}
	}
	return root.WriteFile(manifestFile, raw, 0o644)
}
