package compare

import (
	"log/slog"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/tram-station/tram/mrz"
	"github.com/tram-station/tram/mrz/cccd"
	"github.com/tram-station/tram/reader/lds"
)

// Names of the fields.
const (
	Number         = "number"          // the holder's: 12 digits on a Vietnamese card
	DocumentNumber = "document_number" // the document's: nine characters or more
	Name           = "name"
	Birth          = "birth"
	Sex            = "sex"
	Nationality    = "nationality"
	Origin         = "origin"
	Residence      = "residence"
	Issue          = "issue"
	Expiry         = "expiry"
	OldNumber      = "old_number"
	Father         = "father"
	Mother         = "mother"
)

// Fields lists the fields in the order of a comparison.
func Fields() []string {
	return []string{Number, DocumentNumber, Name, Birth, Sex, Nationality, Origin, Residence,
		Issue, Expiry, OldNumber, Father, Mother}
}

// NoExpiry is the value of Expiry on a card without limit.
const NoExpiry = "none"

// Source is where a fact was read.
type Source string

// The sources: three on the print, four in the chip.
const (
	QR    Source = "qr"
	Zone  Source = "mrz"
	Typed Source = "manual"
	DG1   Source = "dg1"
	DG11  Source = "dg11"
	DG12  Source = "dg12"
	DG13  Source = "dg13"
)

// zone reports the alphabet of the machine-readable zone.
func (s Source) zone() bool { return s == Zone || s == DG1 }

// Fact is a value of one field. Dates are YYYY-MM-DD, YYYY-MM or YYYY, as far
// as they are known; sex is M, F, X, or as it was read.
type Fact struct {
	Value    string
	Source   Source
	Computed bool     // by a rule, not read
	Others   []string // what would do as well as Value, where it was computed
}

// LogValue keeps the value out of logs.
func (f Fact) LogValue() slog.Value {
	return slog.StringValue("fact [redacted] by " + string(f.Source))
}

// Facts are the facts of one side by field, the richest source first.
type Facts map[string][]Fact

// LogValue keeps the values out of logs.
func (f Facts) LogValue() slog.Value { return slog.StringValue("facts [redacted]") }

// Values returns the first value of each field that was read, not computed.
func (f Facts) Values() map[string]string {
	out := map[string]string{}
	for field, facts := range f {
		for _, fact := range facts {
			if out[field] == "" && !fact.Computed {
				out[field] = fact.Value
			}
		}
	}
	return out
}

// add puts the values of one source behind those that are there. Text comes to
// NFC with single spaces; what is empty is left out.
func (f Facts) add(source Source, values map[string]string) {
	for field, v := range values {
		v = norm.NFC.String(strings.Join(strings.Fields(v), " "))
		switch field {
		case Birth, Issue, Expiry:
			v = date(v)
		case Sex:
			v = sex(v)
		}
		if v != "" {
			f[field] = append(f[field], Fact{Value: v, Source: source})
		}
	}
}

// Of makes facts of values by field, as they were kept. A QR code does not say
// when the card expires: that is computed from birth and issue.
func Of(source Source, values map[string]string) Facts {
	f := Facts{}
	f.add(source, values)
	if source == QR && len(f[Birth]) > 0 && len(f[Issue]) > 0 && len(f[Expiry]) == 0 {
		f.addExpiries(f[Birth][0].Value, f[Issue][0].Value)
	}
	return f
}

func (f Facts) addExpiries(born, issued string) {
	birth, _ := parts(born)
	issue, _ := parts(issued)
	var all []string
	for _, e := range cccd.Expiries(birth, issue) {
		if e.Never {
			all = append(all, NoExpiry)
		} else {
			all = append(all, e.Date.String())
		}
	}
	if len(all) > 0 {
		f[Expiry] = []Fact{{Value: all[0], Source: QR, Computed: true, Others: all[1:]}}
	}
}

// FromQR returns what a card's QR code says.
func FromQR(c *cccd.Card) Facts {
	return Of(QR, map[string]string{
		Number: string(c.Number), DocumentNumber: c.Number.Document(), OldNumber: c.OldNumber, Name: c.Name,
		Birth: c.Birth.String(), Sex: c.Sex, Residence: c.Residence, Issue: c.Issued.String(),
		Father: c.Father, Mother: c.Mother,
	})
}

// FromZone returns what a zone says: Zone on the print, DG1 in the chip. The
// day places the two digits of the years.
func FromZone(source Source, z *mrz.Zone, now time.Time) Facts {
	v := map[string]string{
		Number: z.PersonalNumber(), DocumentNumber: z.Number,
		Name: z.Surname + " " + z.Given, Sex: z.Sex, Nationality: z.Nationality,
		Birth: zoneBirth(z.Birth, now),
	}
	if v[Number] == "" {
		v[Number] = z.Number
	}
	if t, ok := z.Expiry.ExpiryOn(now); ok {
		v[Expiry] = t.Format(time.DateOnly)
	}
	if z.NoExpiry() {
		v[Expiry] = NoExpiry
	}
	f := Facts{}
	f.add(source, v)
	return f
}

// zoneBirth places the year in its century, also where day or month are not
// known.
func zoneBirth(d mrz.Date, now time.Time) string {
	if t, ok := d.Birth(now); ok {
		return t.Format(time.DateOnly)
	}
	year, month, _, ok := d.Parts()
	if !ok || year < 0 {
		return ""
	}
	year += now.Year() / 100 * 100
	if year > now.Year() {
		year -= 100
	}
	return cccd.Date{Year: year, Month: max(month, 0)}.String()
}

// dated returns a full date, or the text where there is none.
func dated(t time.Time, text string) string {
	if t.IsZero() {
		return text
	}
	return t.Format(time.DateOnly)
}

// FromChip returns what the files of the chip say: DG13 first, for its
// diacritics and full dates, then DG11 and DG12, then DG1. The personal number
// of DG11 comes last: it is in the issuer's own form.
func FromChip(d *lds.Document, now time.Time) Facts {
	f := Facts{}
	if v := d.VN; v != nil {
		f.add(DG13, map[string]string{
			Number: v.Number, Name: v.Name, Sex: v.Sex, Nationality: v.Nationality,
			Origin: v.Origin, Residence: v.Residence,
			Birth: dated(v.BirthDate, v.Birth), Issue: dated(v.IssueDate, v.Issue), Expiry: dated(v.ExpiryDate, v.Expiry),
			OldNumber: v.OldNumber, Father: v.Father, Mother: v.Mother,
		})
	}
	if p := d.Person; p != nil {
		f.add(DG11, map[string]string{Name: p.Name.String(), Birth: p.Birth.String(), Residence: strings.Join(p.Address, ", ")})
	}
	if p := d.Details; p != nil {
		f.add(DG12, map[string]string{Issue: p.Issued.String()})
	}
	if d.MRZ != nil {
		if z, err := mrz.Parse(d.MRZ.Zone); err == nil {
			f.addAll(FromZone(DG1, z, now))
		}
	}
	if p := d.Person; p != nil {
		f.add(DG11, map[string]string{Number: p.PersonalNumber})
	}
	return f
}

// addAll puts the facts of another source behind those that are there.
func (f Facts) addAll(more Facts) {
	for field, facts := range more {
		f[field] = append(f[field], facts...)
	}
}
