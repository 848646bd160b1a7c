package main

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/tram-station/tram/mrz"
	"github.com/tram-station/tram/mrz/compare"
	"github.com/tram-station/tram/reader"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/verdict"
)

// cardDocument is the document as `tram card read --json` names it. Dates are
// YYYY-MM-DD; expiry is "none" on a card that is valid without limit.
type cardDocument struct {
	Number         string `json:"number"` // the 12-digit number of a Vietnamese card, else the document's
	DocumentNumber string `json:"document_number,omitempty"`
	Name           string `json:"name"`
	Birth          string `json:"birth"`
	BirthPlace     string `json:"birth_place,omitempty"`
	Sex            string `json:"sex"`
	Nationality    string `json:"nationality"`
	Expiry         string `json:"expiry"`
	Issue          string `json:"issue,omitempty"`
	Origin         string `json:"origin,omitempty"`
	Residence      string `json:"residence,omitempty"`
	MRZ            string `json:"mrz,omitempty"`
	Type           string `json:"type,omitempty"` // the document's code: ID, P, …
	Issuer         string `json:"issuer,omitempty"`
	Authority      string `json:"authority,omitempty"`
	Portrait       string `json:"portrait,omitempty"` // media type of DG2's image

	cardDetails
	Fingers  []cardFinger  `json:"fingers,omitempty"`
	Contacts []cardContact `json:"contacts,omitempty"`
}

// cardDetails is what DG11 and DG12 add. Texts are in the issuer's language.
type cardDetails struct {
	OtherNames     []string `json:"other_names,omitempty"`
	PersonalNumber string   `json:"personal_number,omitempty"`
	Telephone      string   `json:"telephone,omitempty"`
	Profession     string   `json:"profession,omitempty"`
	Title          string   `json:"title,omitempty"`
	Summary        string   `json:"summary,omitempty"`
	OtherDocuments []string `json:"other_documents,omitempty"`
	Custody        string   `json:"custody,omitempty"`
	OtherPersons   []string `json:"other_persons,omitempty"`
	Endorsements   string   `json:"endorsements,omitempty"`
	TaxExit        string   `json:"tax_exit,omitempty"`
	Personalised   string   `json:"personalised,omitempty"` // YYYY-MM-DDThh:mm:ss by the issuer's clock
}

// cardFinger is an image of DG3, without the image.
type cardFinger struct {
	Position int    `json:"position"` // ISO/IEC 19794-4: 1 is the right thumb, 10 the left little finger
	Media    string `json:"media,omitempty"`
	Width    int    `json:"width,omitempty"`
	Height   int    `json:"height,omitempty"`
	DPI      int    `json:"dpi,omitempty"`
	Quality  *int   `json:"quality,omitempty"` // 0 … 100
}

// cardContact is a person to notify, of DG16.
type cardContact struct {
	Name      string `json:"name"`
	Telephone string `json:"telephone,omitempty"`
	Address   string `json:"address,omitempty"`
}

type cardFile struct {
	Name   string `json:"name"`
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}

type cardCheck struct {
	Check    string          `json:"check"`
	Outcome  verdict.Outcome `json:"outcome"`
	Reason   string          `json:"reason"`
	ReasonVI string          `json:"reason_vi,omitempty"`
	Next     string          `json:"next,omitempty"`
}

type cardReport struct {
	Document cardDocument `json:"document"`
	Files    []cardFile   `json:"files"`
	Access   string       `json:"access"`
	Protocol string       `json:"protocol"`
	Checks   []cardCheck  `json:"checks"`
	// Print is how the print compares with the chip, where a print was given.
	Print     []compare.Item `json:"print,omitempty"`
	Commands  int            `json:"commands"`
	BytesUp   int            `json:"bytes_up"`
	BytesDown int            `json:"bytes_down"`
	MS        float64        `json:"ms"`
	Resumes   int            `json:"resumes,omitempty"`
	Extended  bool           `json:"extended"`
	Reads     int            `json:"reads,omitempty"`
	Failures  *int           `json:"failures,omitempty"`
}

const isoDate = "2006-01-02"

// describe gathers who the chip says this is: DG13 where the card has it, for
// its diacritics and full dates, then DG11 and DG12, and DG1 for the rest.
func describe(d *lds.Document, now time.Time) cardDocument {
	var out cardDocument
	if d.MRZ != nil {
		out.MRZ = d.MRZ.Zone
		if z, err := mrz.Parse(d.MRZ.Zone); err == nil {
			describeZone(&out, z, now)
		}
	}
	if d.Face != nil {
		out.Portrait = d.Face.MediaType
	}
	if d.Person != nil {
		describePerson(&out, d.Person)
	}
	if d.Details != nil {
		describeDetails(&out, d.Details)
	}
	if vn := d.VN; vn != nil {
		set(&out.Number, vn.Number)
		set(&out.Name, vn.Name)
		set(&out.Origin, vn.Origin)
		set(&out.Residence, vn.Residence)
		setDate(&out.Birth, vn.BirthDate)
		setDate(&out.Issue, vn.IssueDate)
		setDate(&out.Expiry, vn.ExpiryDate)
	}
	for _, f := range d.Fingers {
		line := cardFinger{Position: f.Position, Media: f.MediaType, Width: f.Width, Height: f.Height, DPI: f.Resolution}
		if f.Quality != lds.QualityUnknown {
			line.Quality = &f.Quality
		}
		out.Fingers = append(out.Fingers, line)
	}
	for _, c := range d.Contacts {
		out.Contacts = append(out.Contacts, cardContact{c.Name.String(), c.Telephone, strings.Join(c.Address, ", ")})
	}
	return out
}

func describePerson(out *cardDocument, p *lds.PersonalDetails) {
	set(&out.Name, p.Name.String())
	// A date without its day says less than the zone's.
	if t, ok := p.Birth.Time(); ok {
		setDate(&out.Birth, t)
	} else if out.Birth == "" {
		out.Birth = p.Birth.String()
	}
	set(&out.BirthPlace, strings.Join(p.BirthPlace, ", "))
	set(&out.Residence, strings.Join(p.Address, ", "))
	out.OtherNames = names(p.OtherNames)
	out.PersonalNumber, out.Telephone = p.PersonalNumber, p.Telephone
	out.Profession, out.Title, out.Summary = p.Profession, p.Title, p.Summary
	out.OtherDocuments, out.Custody = p.OtherDocuments, p.Custody
}

func describeDetails(out *cardDocument, d *lds.DocumentDetails) {
	set(&out.Authority, d.Authority)
	set(&out.Issue, d.Issued.String())
	out.OtherPersons, out.Endorsements, out.TaxExit = names(d.OtherPersons), d.Endorsements, d.TaxExit
	if !d.Personalised.IsZero() {
		out.Personalised = d.Personalised.Format("2006-01-02T15:04:05")
	}
}

func names(list []lds.Name) []string {
	var out []string
	for _, n := range list {
		out = append(out, n.String())
	}
	return out
}

func describeZone(out *cardDocument, z *mrz.Zone, now time.Time) {
	out.Number, out.DocumentNumber = z.Number, z.Number
	set(&out.Number, z.PersonalNumber())
	out.Name = z.Surname
	if z.Given != "" {
		out.Name += " " + z.Given
	}
	out.Sex, out.Nationality = z.Sex, z.Nationality
	out.Type, out.Issuer = z.Code, z.Issuer
	if t, ok := z.Birth.Birth(now); ok {
		out.Birth = t.Format(isoDate)
	}
	if t, ok := z.Expiry.ExpiryOn(now); ok {
		out.Expiry = t.Format(isoDate)
	}
	if z.NoExpiry() {
		out.Expiry = "none"
	}
}

func set(dst *string, v string) {
	if v != "" {
		*dst = v
	}
}

func setDate(dst *string, t time.Time) {
	if !t.IsZero() {
		*dst = t.Format(isoDate)
	}
}

func newCardReport(r *reader.Report, repeat, failures int) cardReport {
	out := cardReport{
		Document: describe(r.Document, time.Now()), Access: string(r.Access), Protocol: r.Protocol,
		Files: []cardFile{}, Checks: []cardCheck{},
		Commands: r.Stats.Commands, BytesUp: r.Stats.BytesUp, BytesDown: r.Stats.BytesDown,
		Resumes: r.Stats.Resumes, Extended: r.Stats.Extended,
		MS: float64(r.Stats.Elapsed.Microseconds()) / 1000,
	}
	for _, f := range r.Document.Raw {
		out.Files = append(out.Files, cardFile{f.Name, len(f.Bytes), digest(f.Bytes)})
	}
	for _, c := range r.Checks {
		out.Checks = append(out.Checks, cardCheck{c.Name, c.Outcome, c.Reason.EN, c.Reason.VI, c.Next.EN})
	}
	if repeat > 1 {
		out.Reads, out.Failures = repeat, &failures
	}
	return out
}

var outcomeMarks = map[verdict.Outcome]string{
	verdict.Passed: "✓", verdict.Failed: "✗", verdict.Inconclusive: "?",
	verdict.NotSupported: "–", verdict.NotDone: "·",
}

// printReport shows a report to a person or a program.
func (a *app) printReport(r *reader.Report, items []compare.Item, repeat, failures int) error {
	out := newCardReport(r, repeat, failures)
	out.Print = items
	if a.json {
		return a.printJSON(out)
	}
	d := out.Document
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for _, row := range [][2]string{
		{"Số định danh cá nhân", d.Number}, {"Họ, chữ đệm và tên", d.Name}, {"Ngày sinh", d.Birth}, {"Giới tính", d.Sex},
		{"Quốc tịch", d.Nationality}, {"Nơi sinh", d.BirthPlace}, {"Có giá trị đến", d.Expiry}, {"Ngày cấp", d.Issue},
		{"Nơi cấp", d.Authority}, {"Nơi thường trú", d.Residence}, {"Điện thoại", d.Telephone},
		{"Nghề nghiệp", d.Profession}, {"Tên khác", strings.Join(d.OtherNames, "; ")}, {"Ảnh", d.Portrait},
	} {
		if row[1] != "" {
			fmt.Fprintf(w, "%s\t%s\n", row[0], row[1])
		}
	}
	fmt.Fprintln(w)
	if len(items) > 0 {
		if err := errors.Join(w.Flush(), printItems(a.stdout, items)); err != nil {
			return err
		}
	}
	for _, c := range out.Checks {
		fmt.Fprintf(w, "%s %s\t%s\t%s\n", outcomeMarks[c.Outcome], c.Check, c.Outcome, c.Reason)
		if c.Next != "" && c.Outcome != verdict.Passed {
			fmt.Fprintf(w, "\t\t→ %s\n", c.Next)
		}
	}
	fmt.Fprintf(w, "\n%d files over %s: %d commands, %d bytes up, %d down, %.0f ms\n",
		len(out.Files), out.Protocol, out.Commands, out.BytesUp, out.BytesDown, out.MS)
	if repeat > 1 {
		fmt.Fprintf(w, "%d reads, %d failures\n", repeat, failures)
	}
	return w.Flush()
}
