package specimen

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/tram-station/tram/mrz/gray"
)

// ErrSet says that a folder holds no set of pictures.
var ErrSet = errors.New("no set of pictures: the folder needs labels.jsonl and pgm/")

// Label is the truth about one picture of a set, a line of labels.jsonl. A
// picture without Text, Hex and Lines shows no code.
type Label struct {
	File     string       `json:"file"`              // in the folder pgm
	Text     string       `json:"text,omitempty"`    // of the code
	Hex      string       `json:"hex,omitempty"`     // its bytes, where they are no UTF-8
	Lines    []string     `json:"mrz,omitempty"`     // of the zone
	Module   float64      `json:"m,omitempty"`       // pixels a module, as asked for
	PxMM     float64      `json:"pxmm,omitempty"`    // pixels a millimetre, as asked for
	Severity int          `json:"level"`             // Good … Bad
	Corners  [][2]float64 `json:"corners,omitempty"` // of code or zone, as in Truth
}

// Kind is what the pictures of a set show.
type Kind string

// The kinds of sets.
const (
	Codes Kind = "codes"
	Zones Kind = "zones"
	Empty Kind = "empty"
)

// ReadSet reads the labels of the set in dir. The error is ErrSet.
func ReadSet(dir string) ([]Label, error) {
	f, err := os.Open(filepath.Join(dir, "labels.jsonl"))
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrSet, err)
	}
	defer func() { _ = f.Close() }()
	var all []Label
	for dec := json.NewDecoder(f); ; {
		var l Label
		err := dec.Decode(&l)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%w (%s, label %d: %w)", ErrSet, dir, len(all)+1, err)
		}
		if !filepath.IsLocal(l.File) {
			return nil, fmt.Errorf("%w (%s, label %d names a file elsewhere)", ErrSet, dir, len(all)+1)
		}
		all = append(all, l)
	}
}

// Picture is where the picture of the label lies in the set of that folder.
func (l Label) Picture(dir string) string { return filepath.Join(dir, "pgm", l.File) }

// The pictures of a written set: each size of module (or millimetre) in each
// severity in turn.
var (
	setModules = []float64{2, 2.5, 3, 3.5, 4, 5, 6, 8}
	setPxMM    = []float64{5, 7, 10, 14}
	setScenes  = []Scene{Desk, Back, Page}
)

// WriteSet draws n pictures of that kind into dir.
func WriteSet(dir string, k Kind, seed uint64, n int) error {
	if err := os.MkdirAll(filepath.Join(dir, "pgm"), 0o755); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(dir, "labels.jsonl"))
	if err != nil {
		return err
	}
	enc := json.NewEncoder(f)
	enc.SetEscapeHTML(false)
	for i := range n {
		img, l, err := drawn(k, seed, i)
		if err == nil {
			err = WritePGM(l.Picture(dir), img)
		}
		if err == nil {
			err = enc.Encode(l)
		}
		if err != nil {
			return errors.Join(err, f.Close())
		}
	}
	return f.Close()
}

// drawn returns picture i of a set.
func drawn(k Kind, seed uint64, i int) (*image.Gray, Label, error) {
	rng := rand.New(rand.NewPCG(seed, uint64(i)))
	l := Label{File: fmt.Sprintf("%s_%05d.pgm", k, i)}
	o := Shot{}
	switch rng.IntN(10) {
	case 0, 1:
		o.Width, o.Height = 1920, 1080
	case 2:
		o.Width, o.Height = 640, 480
	}
	var truth Truth
	var img *image.Gray
	switch k {
	case Zones:
		l.PxMM, l.Severity = setPxMM[i%len(setPxMM)], i/len(setPxMM)%severities
		o = Shot{Width: int(l.PxMM * 128), Height: int(l.PxMM * 96), PxMM: l.PxMM, Severity: l.Severity}
		var err error
		if img, truth, err = ZoneFrame(rng.Uint64(), o); err != nil {
			return nil, l, err
		}
		l.Lines = truth.Lines
	case Codes:
		l.Module, l.Severity = setModules[i%len(setModules)], i/len(setModules)%severities
		o.Module, o.Severity = l.Module, l.Severity
		if o.Width == 640 && o.Module > 5 {
			o.Width, o.Height = 0, 0 // no room for a code of that size
		}
		img, truth = QRFrame(rng.Uint64(), o)
		l.Text = truth.Text
	default:
		o.Severity = i / len(setScenes) % severities
		l.Severity = o.Severity
		return EmptyFrame(rng.Uint64(), setScenes[i%len(setScenes)], o), l, nil
	}
	for _, c := range truth.Corners {
		l.Corners = append(l.Corners, [2]float64{c.X, c.Y})
	}
	return img, l, nil
}

// WritePGM writes a grey picture as sets have it.
func WritePGM(file string, g *image.Gray) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	return errors.Join(encodePGM(f, g), f.Close())
}

func encodePGM(out io.Writer, g *image.Gray) error {
	w := bufio.NewWriter(out)
	fmt.Fprintf(w, "P5\n%d %d\n255\n", g.Rect.Dx(), g.Rect.Dy())
	for y := range g.Rect.Dy() {
		_, _ = w.Write(g.Pix[y*g.Stride:][:g.Rect.Dx()]) // Flush reports it
	}
	return w.Flush()
}

// ErrPGM says that a file is no picture of a set.
var ErrPGM = errors.New("no grey PGM picture (P5) of 255 levels")

// ReadPGM reads a grey picture as sets have it: P5, 255 levels, no comments.
// The error is ErrPGM, gray.ErrTooLarge, or that of the file.
func ReadPGM(file string) (*image.Gray, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	g, err := decodePGM(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return g, nil
}

func decodePGM(in io.Reader) (*image.Gray, error) {
	r := bufio.NewReader(in)
	var w, h, most int
	if n, err := fmt.Fscanf(r, "P5\n%d %d\n%d\n", &w, &h, &most); n != 3 || most != 255 {
		return nil, fmt.Errorf("%w (%w)", ErrPGM, err)
	}
	if err := gray.CheckSize(w, h); err != nil {
		return nil, err
	}
	// Memory comes with the bytes, not with what the header promises.
	pix, err := io.ReadAll(io.LimitReader(r, int64(w)*int64(h)))
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrPGM, err)
	}
	if len(pix) != w*h {
		return nil, fmt.Errorf("%w (cut off)", ErrPGM)
	}
	return &image.Gray{Pix: pix, Stride: w, Rect: image.Rect(0, 0, w, h)}, nil
}
