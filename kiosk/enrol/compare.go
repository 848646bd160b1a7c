package enrol

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"maps"
	"slices"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/finger"
	"github.com/tram-station/tram/biometrics/minutiae"
	"github.com/tram-station/tram/biometrics/wsq"
	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/reader/lds"
)

// comparedPrints is what the kept prints have told of each other and of the card's.
type comparedPrints struct {
	Serial    int         `cbor:"serial"` // of what was kept
	Card      bool        `cbor:"card"`   // the card's prints were there
	At        time.Time   `cbor:"at"`
	Algorithm string      `cbor:"algorithm"`
	Clashes   []clash     `cbor:"clashes"`
	Cards     []cardPrint `cbor:"cards"`
}

// clash is a pair of prints that can not both be right.
type clash struct {
	Kind  string            `cbor:"kind"` // "finger-repeated" or "finger-swapped"
	A     biometrics.Finger `cbor:"a"`
	B     biometrics.Finger `cbor:"b"`
	Score int               `cbor:"score"`
	With  string            `cbor:"with"` // among which: "flat" and "rolled" prints, "flat-rolled", or "card"
}

const (
	repeated = "finger-repeated" // both prints are one finger
	swapped  = "finger-swapped"  // the print of A is the other's B

	withFlat, withRolled, withBoth, withCard = "flat", "rolled", "flat-rolled", "card"
)

func (c clash) issue() string { return fmt.Sprintf("%s:%d-%d", c.Kind, c.A, c.B) }

// cardPrint is a print beside the card's of the same finger.
type cardPrint struct {
	Finger biometrics.Finger `cbor:"finger"`
	Score  int               `cbor:"score"`
	Same   bool              `cbor:"same"`
}

// comparing reports whether prints wait to be compared with each other.
func (s *state) comparing(r *rules.Pack) bool {
	return r.FingerSame && len(s.kept) > 0 && (s.compared == nil || s.compared.Serial != s.serial)
}

// comparingCard reports whether prints wait to be compared with the card's.
func (s *state) comparingCard() bool {
	return len(s.kept) > 0 && len(s.cardFingers()) > 0 && (s.compared == nil || !s.compared.Card || s.compared.Serial != s.serial)
}

func (s *state) cardFingers() []lds.Finger {
	if s.chip == nil || s.chip.Document == nil {
		return nil
	}
	return s.chip.Document.Fingers
}

// clashes are those that still stand, each once: of a finger that was excepted
// since, nothing is said.
func (s *state) clashes() []clash {
	if s.compared == nil || s.compared.Serial != s.serial {
		return nil
	}
	all := slices.DeleteFunc(slices.Clone(s.compared.Clashes), func(c clash) bool {
		_, a := s.exceptions[c.A]
		_, b := s.exceptions[c.B]
		return a || b
	})
	return slices.CompactFunc(all, sameIssue)
}

// onCard says how a finger's print compares with the card's.
func (s *state) onCard(f biometrics.Finger) (cardPrint, bool) {
	if _, excepted := s.exceptions[f]; excepted || s.compared == nil || s.compared.Serial != s.serial {
		return cardPrint{}, false
	}
	i := slices.IndexFunc(s.compared.Cards, func(c cardPrint) bool { return c.Finger == f })
	if i < 0 {
		return cardPrint{}, false
	}
	return s.compared.Cards[i], true
}

type templates map[biometrics.Finger]*minutiae.Template

// comparison is the work of the comparing slot, taken out of the state.
type comparison struct {
	serial       int
	flat, rolled templates
	card         []lds.Finger
	same         bool // the rules want the prints compared with each other
	// What was found before holds for prints that have not changed since.
	before  *comparedPrints
	changed map[spot]int
}

func (s *Station) wantedComparison() (c comparison, key string) {
	st := s.st
	if st == nil || st.done != nil || !st.signedAt.IsZero() || !st.comparing(s.rules) && !st.comparingCard() {
		return comparison{}, ""
	}
	c = comparison{serial: st.serial, flat: templates{}, rolled: templates{}, card: st.cardFingers(), same: s.rules.FingerSame,
		before: st.compared, changed: maps.Clone(st.changed)}
	if c.before == nil {
		c.before = &comparedPrints{Serial: -1}
	}
	for at, p := range st.kept {
		switch {
		case p.Template == nil:
		case at.rolled:
			c.rolled[at.finger] = p.Template
		default:
			c.flat[at.finger] = p.Template
		}
	}
	// One comparison after the other: what changes meanwhile is for the next.
	return c, fmt.Sprintf("%s/compare", st.id)
}

// fresh reports whether a print was not compared before.
func (c *comparison) fresh(f biometrics.Finger, rolled bool) bool {
	return c.changed[spot{f, rolled}] > c.before.Serial
}

// comparePrints compares what is kept. It never fails: a print of the card that
// can not be decoded is compared with nothing.
func (s *Station) comparePrints(ctx context.Context, c comparison) {
	begun := s.cfg.Now()
	out := &comparedPrints{Serial: c.serial, Card: len(c.card) > 0, Algorithm: minutiae.Algorithm, Cards: []cardPrint{}}
	out.Clashes = append([]clash{}, c.among()...)
	if len(c.card) > 0 {
		if first := &c.card[0]; s.cardsOf != first { // once a card
			t := s.cardTemplates(ctx, c.card)
			if ctx.Err() != nil {
				return
			}
			s.cards, s.cardsOf = t, first
		}
		cards, swaps := c.beside(s.cards)
		out.Cards, out.Clashes = append(out.Cards, cards...), append(out.Clashes, swaps...)
	}
	if ctx.Err() != nil {
		return
	}
	sortClashes(out.Clashes)
	out.At = s.cfg.Now()
	s.deliver(ctx, "", event{Kind: evCompared, At: out.At, Elapsed: out.At.Sub(begun), Compared: out})
}

// among compares the prints with each other: those of one kind, which are all
// of different fingers, and each rolled one with the flat ones, where it is to
// be like its own.
func (c *comparison) among() (out []clash) {
	if !c.same {
		return nil
	}
	for with, group := range map[string]templates{withFlat: c.flat, withRolled: c.rolled} {
		for a := range group {
			for b := a + 1; b <= biometrics.LeftLittle; b++ {
				if group[b] == nil {
					continue
				}
				if rolled := with == withRolled; !c.fresh(a, rolled) && !c.fresh(b, rolled) {
					out = append(out, c.carried(repeated, with, a, b)...)
					continue
				}
				out = append(out, clashesOf(repeated, with, finger.Clashes(templates{a: group[a], b: group[b]}))...)
			}
		}
	}
	for a, t := range c.rolled {
		if !c.fresh(a, true) && !slices.ContainsFunc(slices.Collect(maps.Keys(c.flat)), func(f biometrics.Finger) bool { return c.fresh(f, false) }) {
			out = append(out, c.carried(swapped, withBoth, a, 0)...)
			continue
		}
		out = append(out, clashesOf(swapped, withBoth, finger.Swapped(templates{a: t}, c.flat))...)
	}
	return out
}

// beside compares the flat prints with the card's.
func (c *comparison) beside(card templates) (same []cardPrint, swaps []clash) {
	for _, f := range slices.Sorted(maps.Keys(c.flat)) {
		if c.before.Card && !c.fresh(f, false) {
			i := slices.IndexFunc(c.before.Cards, func(p cardPrint) bool { return p.Finger == f })
			if i >= 0 {
				same = append(same, c.before.Cards[i])
			}
			swaps = append(swaps, c.carried(swapped, withCard, f, 0)...)
			continue
		}
		if card[f] != nil {
			score := minutiae.Match(c.flat[f], card[f])
			same = append(same, cardPrint{f, score, score >= minutiae.SameFinger})
		}
		swaps = append(swaps, clashesOf(swapped, withCard, finger.Swapped(templates{f: c.flat[f]}, card))...)
	}
	return same, swaps
}

// carried are the clashes of before between two fingers; b 0: with any.
func (c *comparison) carried(kind, with string, a, b biometrics.Finger) (out []clash) {
	for _, x := range c.before.Clashes {
		if x.Kind == kind && x.With == with && x.A == a && (b == 0 || x.B == b) {
			out = append(out, x)
		}
	}
	return out
}

func clashesOf(kind, with string, found []finger.Clash) (out []clash) {
	for _, f := range found {
		out = append(out, clash{kind, f.A, f.B, f.Score, with})
	}
	return out
}

func sameIssue(a, b clash) bool { return a.issue() == b.issue() }

// sortClashes puts those that say the same beside each other. All are kept: one
// of them may be mended by the next capture, and the other not.
func sortClashes(all []clash) {
	slices.SortFunc(all, func(a, b clash) int {
		return cmp.Or(cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.With, b.With))
	})
}

// The limits of what is looked at in a card, which is hostile until decoded.
const (
	maxCardPrints    = 10
	cardPrintTime    = 20 * time.Second // for all
	defaultCardPrint = 500              // dpi, where the card does not say
)

// cardTemplates finds the minutiae of the card's single fingers.
func (s *Station) cardTemplates(ctx context.Context, fingers []lds.Finger) templates {
	ctx, cancel := context.WithTimeout(ctx, cardPrintTime)
	defer cancel()
	out := templates{}
	for _, f := range fingers {
		position := biometrics.Finger(f.Position)
		if int(position) != f.Position || !position.Single() || out[position] != nil || len(out) == maxCardPrints || ctx.Err() != nil {
			continue
		}
		img, dpi, err := s.decodePrint(ctx, f)
		if err != nil {
			s.log.Warn("a print of the card can not be decoded", "type", f.MediaType, "err", err)
			continue
		}
		if t, err := minutiae.Extract(img, dpi); err == nil {
			out[position] = t
		}
	}
	return out
}

// errCardPrint says that a print of the card is in no form that is known.
var errCardPrint = errors.New("the card's print is in a form that this station does not decode")

func (s *Station) decodePrint(ctx context.Context, f lds.Finger) (*image.Gray, int, error) {
	dpi := cmp.Or(f.Resolution, defaultCardPrint)
	switch {
	case f.MediaType == lds.MediaWSQ:
		img, err := wsq.Decode(f.Image)
		if err != nil {
			return nil, 0, err
		}
		return img.Gray, dpi, usable(img.Gray, dpi, maxPrintSide)
	case f.MediaType == "" && f.Depth == 8 && f.Width > 0 && f.Height > 0 && len(f.Image) == f.Width*f.Height:
		img := &image.Gray{Pix: f.Image, Stride: f.Width, Rect: image.Rect(0, 0, f.Width, f.Height)}
		return img, dpi, usable(img, dpi, maxPrintSide)
	case f.MediaType == "" || s.cfg.CardPrint == nil:
		return nil, 0, errCardPrint
	}
	decoded, err := s.cfg.CardPrint(ctx, f.MediaType, f.Image)
	if err != nil {
		return nil, 0, err
	}
	b := decoded.Bounds()
	if b.Dx() > maxPrintSide || b.Dy() > maxPrintSide {
		return nil, 0, errCardPrint
	}
	img := image.NewGray(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(img, img.Rect, decoded, b.Min, draw.Src)
	return img, dpi, usable(img, dpi, maxPrintSide)
}
