package pack

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of a manifest.
const (
	// MaxManifest is the longest manifest.json, in bytes.
	MaxManifest = 64 << 10
	// MaxModels is how many models a pack holds at most.
	MaxModels = 16
	// MaxTexts is how many other files a pack holds at most.
	MaxTexts = 32
	maxWords = 4096 // bytes of a licence, source or note
	maxPath  = 128  // bytes of the path of a file
	maxDepth = 8    // of nested JSON
)

// ErrManifest says that a manifest.json is not one.
var ErrManifest = errors.New("not a valid pack manifest")

// Role is what a model is for.
type Role string

// The roles.
const (
	Detector  Role = "detector"  // finds faces
	Landmarks Role = "landmarks" // finds the 68 points of one face
	Embedding Role = "embedding" // makes the vector that is compared
)

// Manifest is what manifest.json says of a pack.
type Manifest struct {
	Name    string  `json:"name"`    // lower case: "default"
	Version string  `json:"version"` // "1.0.0"
	Licence string  `json:"licence"`
	Note    string  `json:"note,omitempty"`
	Models  []Model `json:"models"`          // one a role; a detector is among them
	Texts   []Text  `json:"texts,omitempty"` // licences and the like that come along
}

// Model is one model of a pack and how it is to be used.
type Model struct {
	Role    Role   `json:"role"`
	Name    string `json:"name"`
	Version string `json:"version"`
	Kind    string `json:"kind"`   // how its input and output are to be understood: "ultraface-320"
	File    string `json:"file"`   // below the pack's folder, slash-separated
	SHA256  string `json:"sha256"` // of the file, 64 lower-case hexadecimal digits
	Licence string `json:"licence"`
	Source  string `json:"source"` // where the file is from
	Note    string `json:"note,omitempty"`
	// Bands is there for an embedding and only there.
	Bands *Bands `json:"bands,omitempty"`
	// MinScore is the least score of a detector's face, 0 for the program's own.
	MinScore float64 `json:"min_score,omitempty"`
}

// Bands are the limits between the outcomes of a comparison, both cosines:
// from Accept on the faces match, from Review on the officer decides.
// 0 < Review <= Accept < 1.
type Bands struct {
	Accept float64 `json:"accept"`
	Review float64 `json:"review"`
}

// Text is a file beside the models.
type Text struct {
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
}

// ParseManifest reads a manifest.json; the error is an [ErrManifest]. It
// refuses fields that it does not know: a manifest may be signed, and a rule
// that this program cannot keep must not be dropped in silence. It refuses
// double names too, of which another reader might take the other value.
func ParseManifest(b []byte) (Manifest, error) {
	var m Manifest
	if len(b) > MaxManifest {
		return Manifest{}, fmt.Errorf("%w: longer than %d bytes", ErrManifest, MaxManifest)
	}
	if !utf8.Valid(b) {
		return Manifest{}, fmt.Errorf("%w: not UTF-8", ErrManifest)
	}
	if err := singleNames(json.NewDecoder(bytes.NewReader(b)), 0); err != nil {
		return Manifest{}, fmt.Errorf("%w: %w", ErrManifest, err)
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&m); err != nil {
		return Manifest{}, fmt.Errorf("%w: %w", ErrManifest, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Manifest{}, fmt.Errorf("%w: something follows it", ErrManifest)
	}
	if err := m.check(); err != nil {
		return Manifest{}, fmt.Errorf("%w: %w", ErrManifest, err)
	}
	return m, nil
}

// Marshal writes the manifest.json of m; the error is an [ErrManifest].
func (m Manifest) Marshal() ([]byte, error) {
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrManifest, err)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(m); err != nil {
		return nil, err
	}
	if b.Len() > MaxManifest {
		return nil, fmt.Errorf("%w: longer than %d bytes", ErrManifest, MaxManifest)
	}
	return b.Bytes(), nil
}

// ID names the pack and its version: "default@1.0.0". It is a folder's name.
func (m Manifest) ID() string { return m.Name + "@" + m.Version }

// files maps the path of every file of the pack to its SHA-256.
func (m Manifest) files() map[string]string {
	files := map[string]string{}
	for _, model := range m.Models {
		files[model.File] = model.SHA256
	}
	for _, text := range m.Texts {
		files[text.File] = text.SHA256
	}
	return files
}

// singleNames reads one JSON value and refuses an object with one name twice,
// whatever its case, as encoding/json does not heed case.
func singleNames(dec *json.Decoder, depth int) error {
	if depth > maxDepth {
		return errors.New("nested too deep")
	}
	token, err := dec.Token()
	if err != nil {
		return err
	}
	open, ok := token.(json.Delim)
	if !ok {
		return nil
	}
	seen := map[string]bool{}
	for dec.More() {
		if open == '{' {
			token, err := dec.Token()
			if err != nil {
				return err
			}
			name, _ := token.(string)
			if name = strings.ToLower(name); seen[name] {
				return fmt.Errorf("%q stands there twice", name)
			}
			seen[name] = true
		}
		if err := singleNames(dec, depth+1); err != nil {
			return err
		}
	}
	_, err = dec.Token()
	return err
}

func (m Manifest) check() error {
	if err := errors.Join(checkName("name", m.Name), checkVersion(m.Version),
		checkWords("licence", m.Licence, true), checkWords("note", m.Note, false)); err != nil {
		return err
	}
	if len(m.Models) > MaxModels || len(m.Texts) > MaxTexts {
		return fmt.Errorf("more than %d models or %d texts", MaxModels, MaxTexts)
	}
	roles, paths := map[Role]bool{}, map[string]bool{manifestFile: true, signatureFile: true}
	for _, model := range m.Models {
		if roles[model.Role] {
			return fmt.Errorf("two models are the %s", model.Role)
		}
		roles[model.Role] = true
		if err := errors.Join(model.check(), addPath(paths, model.File)); err != nil {
			return fmt.Errorf("model %q: %w", model.Name, err)
		}
	}
	for _, text := range m.Texts {
		if err := errors.Join(addPath(paths, text.File), checkSum(text.SHA256)); err != nil {
			return fmt.Errorf("text: %w", err)
		}
	}
	if !roles[Detector] {
		return errors.New("no detector: without one no face is found")
	}
	return nil
}

func (m Model) check() error {
	err := errors.Join(checkName("name", m.Name), checkVersion(m.Version), checkName("kind", m.Kind), checkSum(m.SHA256),
		checkWords("licence", m.Licence, true), checkWords("source", m.Source, true), checkWords("note", m.Note, false))
	if err != nil {
		return err
	}
	switch m.Role {
	case Detector, Landmarks, Embedding:
	default:
		return fmt.Errorf("%q is no role: detector, landmarks or embedding", m.Role)
	}
	if (m.Role == Embedding) != (m.Bands != nil) {
		return errors.New("bands belong to an embedding, and an embedding has them")
	}
	// Written so that NaN is refused.
	if b := m.Bands; b != nil && !(b.Review > 0 && b.Review <= b.Accept && b.Accept < 1) {
		return fmt.Errorf("bands accept %v, review %v: 0 < review <= accept < 1", b.Accept, b.Review)
	}
	if !(m.MinScore >= 0 && m.MinScore < 1) || m.MinScore != 0 && m.Role != Detector {
		return fmt.Errorf("min_score %v: a detector's, from 0 to less than 1", m.MinScore)
	}
	return nil
}

// The words that stand in names of folders, in the dossier and on terminals.
var (
	nameForm    = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)
	versionForm = regexp.MustCompile(`^[0-9][0-9A-Za-z.+-]{0,31}$`)
	partForm    = regexp.MustCompile(`^[0-9A-Za-z_][0-9A-Za-z_.-]*$`)
)

func checkName(what, s string) error {
	if !nameForm.MatchString(s) {
		return fmt.Errorf("%s %q: up to 64 of a-z 0-9 . _ -, a letter or digit first", what, s)
	}
	return nil
}

func checkVersion(s string) error {
	if !versionForm.MatchString(s) {
		return fmt.Errorf("version %q: up to 32 of 0-9 A-Z a-z . + -, a digit first", s)
	}
	return nil
}

func checkSum(s string) error {
	if b, err := hex.DecodeString(s); err != nil || len(b) != 32 || s != strings.ToLower(s) {
		return fmt.Errorf("sha256 %q: 64 lower-case hexadecimal digits", s)
	}
	return nil
}

// checkWords refuses what would play tricks on a terminal.
func checkWords(what, s string, needed bool) error {
	if needed && strings.TrimSpace(s) == "" {
		return fmt.Errorf("%s is missing", what)
	}
	odd := strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
	if len(s) > maxWords || odd || !utf8.ValidString(s) {
		return fmt.Errorf("%s: up to %d bytes of printable text on one line", what, maxWords)
	}
	return nil
}

// addPath takes the path of a file into paths. A path stays in the folder on
// every system, and differs from the others on one that does not heed case.
func addPath(paths map[string]bool, name string) error {
	ok := len(name) <= maxPath && path.Clean(name) == name
	for part := range strings.SplitSeq(name, "/") {
		ok = ok && partForm.MatchString(part) && !strings.HasSuffix(part, ".")
	}
	if !ok {
		return fmt.Errorf("file %q: a path below the pack's folder, of A-Z a-z 0-9 . _ - and /", name)
	}
	if name = strings.ToLower(name); paths[name] {
		return fmt.Errorf("file %q stands there twice", name)
	}
	paths[name] = true
	return nil
}
