package finger

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/iso19794"
	"github.com/tram-station/tram/biometrics/minutiae"
	"github.com/tram-station/tram/biometrics/wsq"
)

// CardDPI is the density that authorities ask for.
const CardDPI = 500

// minPSNR is the least that a stored print resembles what was captured, in dB.
// At 0.75 bit a pixel sound encoders reach 20 to 31 dB on prints; one that
// destroys ridges stays below 19.
const minPSNR = 19

// exactPSNR stands for no difference at all, whose ratio has no number.
const exactPSNR = 99

// denser is how much more room a print gets that did not come back well.
const denser = 2

// ErrNotStored says that what came back from the record is not the print that
// was put in.
var ErrNotStored = errors.New("the print did not come back from its own record: capture the finger again, and if it stays so call for help")

// StoreOptions say how a print is stored.
type StoreOptions struct {
	// Bitrate is the aim in bits a pixel; 0: 0.75. Where a print does not come
	// back well it is tried once more with twice of it.
	Bitrate float64
	// Resample brings other densities to [CardDPI]; else the true one is kept.
	Resample bool
	// Quality is the print's judgement where it is known; nil: it is judged here.
	Quality *biometrics.PrintQuality
	// Encode is the encoder; nil: [wsq.Encode].
	Encode func(*image.Gray, wsq.Options) ([]byte, error)
}

// Stored is a print in the records of a dossier. Width, Height and DPI are of
// the image in WSQ and ISO: at least 256 pixels a side, so a small print stands
// in the middle of its ground.
type Stored struct {
	WSQ []byte
	ISO []byte // finger image record, ISO/IEC 19794-4:2011, with that WSQ in it
	FMR []byte // minutiae of that image, ISO/IEC 19794-2:2011, at 500 dpi; nil where none were found
	PNG []byte // the print as it was captured, for people

	Width, Height, DPI int
	PSNR               float64 // of the decoded WSQ against what was encoded, dB; at most 99
	Bitrate            float64 // that it was encoded at
}

// Store puts a print into records, reads them back and compares: same size,
// density and finger, ridges that differ no more than the coding explains, and
// the same finger to the matcher. What does not come back is [ErrNotStored].
// The score in the record is of [Algorithm], whose maker has no number of the
// IBIA: it stands under 0.
func Store(p *biometrics.Print, o StoreOptions) (*Stored, error) {
	if p == nil || p.Image == nil || p.Image.Rect.Empty() || p.DPI < minDPI || p.DPI > maxDPI || !p.Finger.Single() {
		return nil, fmt.Errorf("%w: no print of a finger at a known density", biometrics.ErrBadImage)
	}
	if o.Bitrate == 0 {
		o.Bitrate = wsq.DefaultBitrate
	}
	if o.Encode == nil {
		o.Encode = wsq.Encode
	}
	img, dpi := p.Image, p.DPI
	if o.Resample {
		img, dpi = wsq.Resample(img, dpi, CardDPI), CardDPI
	}
	img = wsq.Pad(img)
	found, err := minutiae.Extract(img, dpi)
	if err != nil {
		return nil, err
	}
	s, kept, err := encode(img, dpi, found, o)
	if errors.Is(err, ErrNotStored) {
		o.Bitrate *= denser
		s, kept, err = encode(img, dpi, found, o)
	}
	if err != nil {
		return nil, err
	}
	if o.Quality == nil {
		q := judged(p, img, found)
		o.Quality = &q
	}
	if s.ISO, err = imageRecord(p, s, *o.Quality); err != nil {
		return nil, err
	}
	if s.FMR, err = minutiaeRecord(p, kept, *o.Quality); err != nil {
		return nil, err
	}
	if s.PNG, err = forPeople(p.Image); err != nil {
		return nil, err
	}
	return s, nil
}

// judged is the judgement of a print. Where its image is the one to store, its
// minutiae are known.
func judged(p *biometrics.Print, img *image.Gray, found *minutiae.Template) biometrics.PrintQuality {
	if img == p.Image {
		return JudgeWith(img, p.DPI, found)
	}
	return Judge(p.Image, p.DPI)
}

// encode codes an image, decodes it again and compares. It returns the minutiae
// of what came back.
func encode(img *image.Gray, dpi int, found *minutiae.Template, o StoreOptions) (*Stored, *minutiae.Template, error) {
	b, err := o.Encode(img, wsq.Options{Bitrate: o.Bitrate, DPI: dpi})
	if err != nil {
		return nil, nil, err
	}
	back, err := wsq.Decode(b)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrNotStored, err)
	}
	if back.Gray.Rect.Size() != img.Rect.Size() || back.DPI != dpi {
		return nil, nil, fmt.Errorf("%w: %v at %d dpi became %v at %d dpi", ErrNotStored, img.Rect.Size(), dpi, back.Gray.Rect.Size(), back.DPI)
	}
	s := &Stored{WSQ: b, Width: img.Rect.Dx(), Height: img.Rect.Dy(), DPI: dpi, PSNR: min(wsq.PSNR(img, back.Gray), exactPSNR), Bitrate: o.Bitrate}
	if !(s.PSNR >= minPSNR) {
		return nil, nil, fmt.Errorf("%w: it resembles by %.1f dB", ErrNotStored, s.PSNR)
	}
	kept, err := minutiae.Extract(back.Gray, dpi)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrNotStored, err)
	}
	// A print that says too little to be recognised can not prove itself.
	telling := minutiae.Match(found, found) >= minutiae.SameFinger
	if score := minutiae.Match(found, kept); telling && score < minutiae.SameFinger {
		return nil, nil, fmt.Errorf("%w: to the matcher it is another finger (%d)", ErrNotStored, score)
	}
	return s, kept, nil
}

// imageRecord is the finger image record of what was stored, read back.
func imageRecord(p *biometrics.Print, s *Stored, q biometrics.PrintQuality) ([]byte, error) {
	d := iso19794.Density{X: uint16(s.DPI), Y: uint16(s.DPI)}
	r := &iso19794.FingerRecord{Positions: 1, Views: []iso19794.FingerView{{
		Position: byte(p.Finger), Impression: byte(p.Impression), Qualities: quality(q),
		Units: iso19794.PerInch, Scan: iso19794.Density{X: uint16(p.DPI), Y: uint16(p.DPI)}, Dots: d,
		Depth: 8, Compression: iso19794.WSQ, Width: s.Width, Height: s.Height, Image: s.WSQ,
		Captured: iso19794.NewMoment(p.Time),
	}}}
	b, err := r.Marshal(iso19794.Edition2011)
	if err != nil {
		return nil, err
	}
	back, err := iso19794.ParseFinger(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotStored, err)
	}
	if v := &back.Views[0]; len(back.Views) != 1 || !bytes.Equal(v.Image, s.WSQ) || v.Position != byte(p.Finger) || v.DPI() != s.DPI {
		return nil, fmt.Errorf("%w: its record says something else", ErrNotStored)
	}
	return b, nil
}

// quality is the judgement as a record holds it.
func quality(q biometrics.PrintQuality) []iso19794.Quality {
	return []iso19794.Quality{{Score: byte(min(max(q.Score, 0), 100))}}
}

// skeletonEnds says that endings stand where the ridge's skeleton ends.
const skeletonEnds = 1

// minutiaeRecord is the finger minutiae record of a template; nil where it is
// empty, which a record can not say.
func minutiaeRecord(p *biometrics.Print, t *minutiae.Template, q biometrics.PrintQuality) ([]byte, error) {
	if len(t.Minutiae) == 0 {
		return nil, nil
	}
	perCentimetre := uint16(float64(t.DPI)/2.54 + 0.5)
	v := iso19794.MinutiaeView{
		Position: byte(p.Finger), Impression: byte(p.Impression), Qualities: quality(q),
		Width: t.Width, Height: t.Height, Dots: iso19794.Density{X: perCentimetre, Y: perCentimetre},
		Captured: iso19794.NewMoment(p.Time), EndingType: skeletonEnds,
		Minutiae: make([]iso19794.MinutiaPoint, 0, len(t.Minutiae)),
	}
	for _, m := range t.Minutiae {
		v.Minutiae = append(v.Minutiae, iso19794.MinutiaPoint{
			Kind: iso19794.MinutiaKind(m.Kind), X: m.X, Y: m.Y,
			Angle: iso19794.Edition2011.Angle(m.Angle), Quality: byte(m.Quality),
		})
	}
	b, err := (&iso19794.MinutiaeRecord{Views: []iso19794.MinutiaeView{v}}).Marshal(iso19794.Edition2011)
	if err != nil {
		return nil, err
	}
	if back, err := iso19794.ParseMinutiae(b); err != nil || len(back.Views[0].Minutiae) != len(t.Minutiae) {
		return nil, fmt.Errorf("%w: its minutiae do not come back", ErrNotStored)
	}
	return b, nil
}

// forPeople is the print as a picture that any program shows.
func forPeople(img *image.Gray) ([]byte, error) {
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
