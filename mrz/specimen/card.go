package specimen

import (
	"image"
	"math"
	"math/rand/v2"

	"github.com/tram-station/tram/mrz"
)

// size of a document in millimetres.
type size struct{ wide, high float64 }

// Sizes: cards ID-1, visas and older cards ID-2, passports ID-3 (ISO/IEC 7810).
var (
	cardSize = size{85.6, 54}
	visaSize = size{105, 74}
	bookSize = size{125, 88}
	pageSize = size{148, 105}
)

// documentSize returns what documents with such lines measure.
func documentSize(lines []string) size {
	const td1, td2 = 30, 36
	switch len(lines[0]) {
	case td1:
		return cardSize
	case td2:
		return visaSize
	}
	return bookSize
}

// card is a print: paper with whatever stands on it.
type card struct {
	size
	img  *image.Gray
	rng  *rand.Rand
	pm   float64 // pixels a millimetre
	base int     // grey level of the paper
}

func newCard(rng *rand.Rand, pm float64) *card { return newPaper(rng, pm, cardSize) }

// newPaper is an empty document: paper with a soft shade and the lines of a
// guilloche.
func newPaper(rng *rand.Rand, pm float64, s size) *card {
	c := &card{s, image.NewGray(image.Rect(0, 0, int(s.wide*pm), int(s.high*pm))), rng, pm, 195 + rng.IntN(41)}
	px, py := between(rng, 0, 6), between(rng, 0, 6)
	w, h := c.img.Rect.Dx(), c.img.Rect.Dy()
	columns := make([]int, w)
	for x := range columns {
		columns[x] = int(math.Round(8 * math.Sin(float64(x)/pm/23+px)))
	}
	for y := range h {
		shade := c.base + int(math.Round(6*math.Sin(float64(y)/pm/17+py)))
		row := c.img.Pix[y*c.img.Stride:][:w]
		for x := range row {
			row[x] = tone(shade + columns[x])
		}
	}
	for range 20 + rng.IntN(26) {
		c.wave()
	}
	c.rosette()
	return c
}

func tone(v int) uint8 { return uint8(max(0, min(255, v))) }

// wave draws one line of the guilloche across the card.
func (c *card) wave() {
	slope, start := between(c.rng, -0.3, 0.3), between(c.rng, -5, c.high+6)
	height, length, phase := between(c.rng, 1, 6), between(c.rng, 4, 20), between(c.rng, 0, 6)
	ink := c.base - 6 - c.rng.IntN(23)
	for x := range c.img.Rect.Dx() {
		mm := float64(x) / c.pm
		c.dot(x, int(math.Round((start+slope*mm+height*math.Sin(mm/length+phase))*c.pm)), ink)
	}
}

// rosette draws a closed figure as banknotes have it.
func (c *card) rosette() {
	const steps, rings = 3000, 3
	x0, y0, r := between(c.rng, 20, 60), between(c.rng, 15, 40), between(c.rng, 6, 14)
	petals := float64(5 + c.rng.IntN(8))
	for ring := range rings {
		for k := range steps {
			sin, cos := math.Sincos(float64(k) * (2 * math.Pi / steps))
			d := r * (1 + 0.25*math.Sin(petals*float64(k)*(2*math.Pi/steps)+float64(ring)))
			c.dot(int(math.Round((x0+d*cos)*c.pm)), int(math.Round((y0+d*sin)*c.pm)), c.base-20)
		}
	}
}

// dot is as thick as a fine line of the print, 0.08 mm.
func (c *card) dot(x, y, ink int) {
	thick := max(1, int(0.08*c.pm))
	c.box(image.Rect(x, y, x+thick, y+thick), ink)
}

// rect returns the pixels of an area in millimetres.
func (c *card) rect(x, y, wide, high float64) image.Rectangle {
	return image.Rect(int(x*c.pm), int(y*c.pm), int((x+wide)*c.pm), int((y+high)*c.pm)).Intersect(c.img.Rect)
}

func (c *card) box(r image.Rectangle, ink int) {
	fill(c.img, r, ink)
}

func fill(g *image.Gray, r image.Rectangle, ink int) {
	r = r.Intersect(g.Rect)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := g.Pix[y*g.Stride:]
		for x := r.Min.X; x < r.Max.X; x++ {
			row[x] = tone(ink)
		}
	}
}

// front prints what stands beside the code: heading, portrait, particulars.
func (c *card) front(p Person) {
	c.text(24, 6.5, 2.6, 40+c.rng.IntN(50), "CONG HOA XA HOI CHU NGHIA VIET NAM")
	c.text(27, 11, 2.1, 60+c.rng.IntN(50), "Socialist Republic of Viet Nam")
	y := 17.0
	for _, line := range []string{
		"So / No.: " + string(p.Number), "Ho va ten / Full name:", mrz.Transliterate(p.Name), "Ngay sinh / Date of birth: " + p.Birth.String(),
		"Gioi tinh / Sex: " + p.Sex + "   Quoc tich / Nationality: Viet Nam", "Que quan / Place of origin:", "Noi thuong tru / Place of residence:",
	} {
		c.text(between(c.rng, 26, 28), y, between(c.rng, 1.7, 2.3), 40+c.rng.IntN(70), line)
		y += 4.6
	}
	c.portrait(4, 18, 20, 27)
}

// portrait is the shape of head and shoulders.
func (c *card) portrait(x, y, wide, high float64) {
	r := c.rect(x, y, wide, high)
	c.box(r, 150+c.rng.IntN(60))
	dark, skin := 30+c.rng.IntN(60), 140+c.rng.IntN(70)
	mx, my, rx := r.Min.X+r.Dx()/2, r.Min.Y+r.Dy()*2/5, r.Dx()/4
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			dx, dy := x-mx, (y-my)*3/4
			switch {
			case dx*dx+dy*dy < rx*rx:
				c.box(image.Rect(x, y, x+1, y+1), skin)
			case dx*dx+dy*dy < rx*rx*3/2 && y < my+rx/2, y > my+rx*3/2 && dx*dx < (y-my)*(y-my):
				c.box(image.Rect(x, y, x+1, y+1), dark)
			}
		}
	}
}

// back prints the other side: remarks, finger prints; the zone comes apart.
func (c *card) back(p Person) {
	for i, line := range []string{
		"Dac diem nhan dang / Personal identification:", "Ngay, thang, nam / Date, month, year: " + p.Issued.String(), "Vi du / Specimen", mrz.Transliterate(p.Residence),
	} {
		c.text(between(c.rng, 4, 24), 4+4.8*float64(i), between(c.rng, 1.6, 2.2), 50+c.rng.IntN(60), line)
	}
	for _, x := range []float64{c.wide - 22, c.wide - 11} {
		c.whorl(x, 5, 9, 13)
	}
}

// whorl is a field with rings, as a finger print has them.
func (c *card) whorl(x, y, wide, high float64) {
	r := c.rect(x, y, wide, high)
	c.box(r, c.base)
	mx, my := float64(r.Min.X+r.Max.X)/2, float64(r.Min.Y+r.Max.Y)/2
	const pitch = 0.5 // millimetres from ridge to ridge
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			d := math.Hypot((float64(x)-mx)*1.2, float64(y)-my) / c.pm
			if int(d/(pitch/2))%2 == 0 {
				c.box(image.Rect(x, y, x+1, y+1), c.base-90)
			}
		}
	}
}

// chip prints the field of the contacts.
func (c *card) chip() {
	r := c.rect(8, 18, 13, 12)
	c.box(r, 70+c.rng.IntN(100))
	const contacts = 4
	for i := 1; i < contacts; i++ {
		y := r.Min.Y + i*r.Dy()/contacts
		c.box(image.Rect(r.Min.X, y, r.Max.X, y+max(1, int(c.pm/5))), c.base)
	}
	c.box(image.Rect(r.Min.X+r.Dx()/3, r.Min.Y, r.Min.X+r.Dx()/3+max(1, int(c.pm/5)), r.Max.Y), c.base)
}

// scratch draws one on the laminate.
func (c *card) scratch() {
	w, h := float64(c.img.Rect.Dx()), float64(c.img.Rect.Dy())
	x0, y0, x1, y1 := between(c.rng, 0, w), between(c.rng, 0, h), between(c.rng, 0, w), between(c.rng, 0, h)
	ink, thick := 150+c.rng.IntN(96), max(1, int(between(c.rng, 0.03, 0.1)*c.pm))
	steps := int(math.Hypot(x1-x0, y1-y0)) + 1
	for k := range steps {
		t := float64(k) / float64(steps)
		x, y := int(math.Round(x0+t*(x1-x0))), int(math.Round(y0+t*(y1-y0)))
		c.box(image.Rect(x, y, x+thick, y+thick), ink)
	}
}
