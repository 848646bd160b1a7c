// Package nfiq2 asks NFIQ 2 itself, where an operator has installed it, how
// good a print is. The program of NIST runs as a child process with the
// operator's model: it is never linked, and none comes with Trạm.
package nfiq2

import (
	"bufio"
	"bytes"
	"context"
	"crypto/md5" //nolint:gosec // the hash that model files are named by, not a signature
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/tram-station/tram/biometrics/wsq"
)

// Errors of Find and Score.
var (
	// ErrNotInstalled says that the folder holds no program or no model.
	ErrNotInstalled = errors.New("NFIQ 2 is not installed there: the folder needs the program nfiq2 and a model's .txt and .yaml beside it")
	// ErrModel says that the model is not the one its description names.
	ErrModel = errors.New("the NFIQ 2 model is not the one that its description names: copy both anew")
	// ErrRefused says that the program gave no score to this picture.
	ErrRefused = errors.New("NFIQ 2 gave no score")
	// ErrOutput says that the program did not answer as NFIQ 2 does.
	ErrOutput = errors.New("the program did not answer as NFIQ 2 does: check what is installed")
	// ErrTime says that the program was stopped.
	ErrTime = errors.New("NFIQ 2 took too long and was stopped")
)

// nistModel is the hash of the model "Plain TIR + Ink" that NIST trained for
// NFIQ 2.3, as its description names it.
const nistModel = "b4a1e7586b3be906f9770e4b77768038"

// Limits of the child process and of what is read.
const (
	defaultLimit = 20 * time.Second // loading the model takes most of it
	maxOutput    = 1 << 16
	maxInfo      = 1 << 14
	density      = 500 // the only one that NFIQ 2 takes
)

// Program is an installed NFIQ 2.
type Program struct {
	Path  string // the program
	Info  string // the model's description
	Model Model
	Limit time.Duration // of one picture; 0 means 20 s
}

// Model is what a description says of its model.
type Model struct {
	Name    string
	Version string
	Path    string
	Hash    string // MD5 of the model file, lower-case hex
}

// Result is the score of one print.
type Result struct {
	Score     int    `json:"score"`     // 0 to 100
	Algorithm string `json:"algorithm"` // "NFIQ 2.3.0/<hash of the model>"
	// Published says that the model is the one NIST published with NFIQ 2.3:
	// scores of others are not compared with it.
	Published bool    `json:"published"`
	MS        float64 `json:"ms"` // as the program measured it, without loading the model
}

// Find looks for the program and its model in a folder, and in bin and share
// in it, and checks the model against its description.
func Find(dir string) (*Program, error) {
	if dir == "" {
		return nil, ErrNotInstalled
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("find NFIQ 2: %w", err)
	}
	p := new(Program)
	for _, sub := range []string{"", "bin"} {
		for _, name := range []string{"nfiq2", "nfiq2.exe"} {
			file := filepath.Join(dir, sub, name)
			if s, err := os.Stat(file); err == nil && s.Mode().IsRegular() && p.Path == "" {
				p.Path = file
			}
		}
	}
	for _, sub := range []string{"", "share", "bin"} {
		files, _ := filepath.Glob(filepath.Join(escaped(dir), sub, "*.txt")) // the pattern is sound
		for _, file := range files {
			if m, err := readInfo(file); err == nil && p.Info == "" {
				p.Info, p.Model = file, m
			}
		}
	}
	if p.Path == "" || p.Info == "" {
		return nil, fmt.Errorf("%s: %w", dir, ErrNotInstalled)
	}
	return p, p.Model.verify()
}

// escaped takes their meaning from the signs of a pattern.
func escaped(dir string) string {
	if os.PathSeparator == '\\' {
		return dir // Windows paths can not be escaped
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}

// readInfo reads a model's description: lines of "Key = value". Path and Hash
// have to be there.
func readInfo(file string) (m Model, err error) {
	f, err := os.Open(file)
	if err != nil {
		return m, err
	}
	defer func() { _ = f.Close() }() // it was only read
	for s := bufio.NewScanner(io.LimitReader(f, maxInfo)); s.Scan(); {
		key, value, _ := strings.Cut(s.Text(), "=")
		value = strings.TrimSpace(value)
		switch strings.TrimSpace(key) {
		case "Name":
			m.Name = value
		case "Version":
			m.Version = value
		case "Hash":
			m.Hash = strings.ToLower(value)
		case "Path":
			if m.Path = value; value != "" && !filepath.IsAbs(value) {
				m.Path = filepath.Join(filepath.Dir(file), value)
			}
		}
	}
	if m.Path == "" || len(m.Hash) != hex.EncodedLen(md5.Size) {
		return Model{}, ErrModel
	}
	return m, nil
}

// verify hashes the model file.
func (m Model) verify() error {
	f, err := os.Open(m.Path)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotInstalled, err)
	}
	defer func() { _ = f.Close() }() // it was only read
	h := md5.New()                   //nolint:gosec // see the import
	if _, err := io.Copy(h, f); err != nil {
		return fmt.Errorf("read the NFIQ 2 model: %w", err)
	}
	if hex.EncodeToString(h.Sum(nil)) != m.Hash {
		return fmt.Errorf("%s: %w", m.Path, ErrModel)
	}
	return nil
}

// Score has the program judge a print, dark ridges on a light ground, at the
// true density dpi; it is resampled to 500. The picture lies for that time in
// a folder that only this user can read.
func (p *Program) Score(ctx context.Context, img *image.Gray, dpi int) (r *Result, err error) {
	picture, err := pngAt(wsq.Resample(img, dpi, density), density)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "tram-nfiq2-")
	if err != nil {
		return nil, fmt.Errorf("ask NFIQ 2: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	file := filepath.Join(dir, "print.png")
	if err := os.WriteFile(file, picture, 0o600); err != nil {
		return nil, fmt.Errorf("ask NFIQ 2: %w", err)
	}
	out, err := p.run(ctx, dir, file)
	if err != nil {
		return nil, err
	}
	return parse(out, p.Model.Hash)
}

// run starts the program: -d has it say which model it loaded, -q adds a header
// with its version and the time taken, -F keeps it from asking questions.
func (p *Program) run(ctx context.Context, dir, file string) ([]byte, error) {
	limit := p.Limit
	if limit == 0 {
		limit = defaultLimit
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	cmd := exec.CommandContext(limited, p.Path, "-d", "-q", "-F", "-m", p.Info, file)
	cmd.Dir = dir
	cmd.Env = []string{"LC_ALL=C", "PATH=" + os.Getenv("PATH"), "SYSTEMROOT=" + os.Getenv("SYSTEMROOT")}
	cmd.WaitDelay = time.Second
	out := &capped{stop: cancel}
	cmd.Stdout, cmd.Stderr = out, io.Discard
	err := cmd.Run()
	switch {
	case out.full:
		return nil, fmt.Errorf("more than %d bytes: %w", maxOutput, ErrOutput)
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case limited.Err() != nil:
		return nil, fmt.Errorf("after %v: %w", limit, ErrTime)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrOutput, err)
	}
	return out.held.Bytes(), nil
}

// capped holds so much of the program's output, and stops it when more comes.
type capped struct {
	held bytes.Buffer // not embedded: its ReadFrom would go past the limit
	full bool
	stop context.CancelFunc
}

func (c *capped) Write(b []byte) (int, error) {
	if c.held.Len()+len(b) > maxOutput {
		c.full = true
		c.stop()
		return 0, ErrOutput
	}
	return c.held.Write(b)
}
