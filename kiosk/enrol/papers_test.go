package enrol

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/offline/dossier"
)

var (
	licence = Document{Type: "driving-licence", Number: "010123456789", OriginalSeen: true}
	tax     = Document{Type: "tax-code", Number: "0123456787", OriginalSeen: true}
)

// papersStation stands in the step documents.
func papersStation(t *testing.T) (*bench, *Station) {
	t.Helper()
	b := newBench(t, t.TempDir())
	s := b.open(t)
	play(t, s, 0, step(t, CmdDocuments))
	return b, s
}

func attached(t *testing.T, s *Station, purpose string, w int) string {
	t.Helper()
	name, err := s.Attach(t.Context(), "officer-1", purpose, testJPEG(w, 20), w, 20)
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func attachRefused(t *testing.T, s *Station, purpose string, jpeg []byte, w, h int, code string) {
	t.Helper()
	_, err := s.Attach(t.Context(), "officer-1", purpose, jpeg, w, h)
	var e *CommandError
	if !errors.As(err, &e) || e.Problem.Code != code {
		t.Errorf("attached %s: %v, want %s", purpose, err, code)
	}
}

func sectionsOf(d *dossier.Dossier) map[string][]byte {
	out := map[string][]byte{}
	for _, x := range d.Sections {
		out[x.Name] = x.Bytes
	}
	return out
}

// TestPages: a page is there when Attach returns, once, within limits, over a
// restart; only those that a paper with consent names go into the dossier.
func TestPages(t *testing.T) {
	b := newBench(t, t.TempDir())
	s := b.open(t)
	attachRefused(t, s, PageDocument, testJPEG(30, 20), 30, 20, "wrong-step")
	play(t, s, 0, 1)
	attachRefused(t, s, PageDocument, testJPEG(30, 20), 30, 20, "wrong-step") // before the notice
	play(t, s, 1, step(t, CmdDocuments))
	attachRefused(t, s, "art", testJPEG(30, 20), 30, 20, "bad-args")
	attachRefused(t, s, PageDocument, testJPEG(30, 20), 30, 21, "bad-page")
	attachRefused(t, s, PageDocument, []byte("<svg/>"), 30, 20, "bad-page")
	attachRefused(t, s, PageDocument, testJPEG(30, 20), maxPageSide+1, 20, "page-too-large")
	attachRefused(t, s, PageDocument, make([]byte, MaxPageBytes+1), 30, 20, "page-too-large")
	front, back, lost, refused := attached(t, s, PageDocument, 30), attached(t, s, PageDocument, 31), attached(t, s, PageDocument, 32), attached(t, s, PageDocument, 33)
	if again := attached(t, s, PageDocument, 30); again != front || front != "page-1" || back != "page-2" {
		t.Errorf("%s, again %s, then %s", front, again, back)
	}
	if got, kind, ok := s.Image(front); !ok || kind != mediaJPEG || !bytes.Equal(got, testJPEG(30, 20)) {
		t.Error("the page is not shown")
	}
	one, other := licence, tax
	one.Pages, other.Pages = []string{front, back}, []string{refused}
	refusedWith(t, s, cmd(CmdDocuments, DocumentsArgs{Documents: []Document{{Type: one.Type, Number: one.Number, OriginalSeen: true, Pages: []string{"page-9"}}}}), "unknown-page")
	must(t, s, CmdDocuments, DocumentsArgs{Documents: []Document{one, other}})
	refusedWith(t, s, cmd(CmdPageRemove, PageArgs{front}), "page-in-use")
	refusedWith(t, s, cmd(CmdPageRemove, PageArgs{"page-9"}), "unknown-page")
	extra := attached(t, s, PageDocument, 34)
	must(t, s, CmdPageRemove, PageArgs{extra})
	if next := attached(t, s, PageDocument, 35); next == extra {
		t.Errorf("%s is named twice", next)
	}
	want := s.Snapshot().Pages
	_ = s.Close()
	s = b.open(t)
	if got := s.Snapshot().Pages; fmt.Sprint(got) != fmt.Sprint(want) || len(got) != 5 {
		t.Fatalf("after a restart %v", got)
	}
	must(t, s, CmdConsent, ConsentArgs{Registration: true, Documents: []bool{true, false}})
	play(t, s, step(t, CmdSign), step(t, CmdSeal))
	attachRefused(t, s, PageDocument, testJPEG(40, 20), 40, 20, "wrong-step")
	play(t, s, step(t, CmdSeal), len(moves))
	d := b.outbox.dossiers[0]
	last := d.Sections[len(d.Sections)-1]
	var got pagesSection
	if err := s.codec.dec.Unmarshal(last.Bytes, &got); err != nil || last.Name != sectionPages {
		t.Fatalf("the last section is %s: %v", last.Name, err)
	}
	var names []string
	for _, p := range got.Pages {
		names = append(names, p.Name)
	}
	if !slices.Equal(names, []string{front, back}) || !bytes.Equal(got.Pages[0].Bytes, testJPEG(30, 20)) {
		t.Errorf("pages %v; %s is of no paper, %s of one without consent", names, lost, refused)
	}
	if _, _, ok := s.Image(front); ok {
		t.Error("a page is shown after the dossier was sealed")
	}
}

func TestPagesAreLimited(t *testing.T) {
	_, s := papersStation(t)
	for i := range MaxPages {
		attached(t, s, PageDocument, 10+i)
	}
	attachRefused(t, s, PageDocument, testJPEG(300, 20), 300, 20, "too-many-pages")
	must(t, s, CmdPageRemove, PageArgs{"page-1"}) // the control: there is room again
	attached(t, s, PageDocument, 300)
}

// TestTwoBrowsersAddPapers: both find theirs, whatever each of them had on its
// page; the list as a whole, sent on an older snapshot, does nothing.
func TestTwoBrowsersAddPapers(t *testing.T) {
	_, s := papersStation(t)
	seen := s.Snapshot().Version
	var both sync.WaitGroup
	for i := range 10 {
		both.Add(1)
		go func() {
			defer both.Done()
			d := licence
			d.Number = fmt.Sprintf("01012345678%d", i)
			for range 2 { // two taps
				if _, err := s.Do(t.Context(), cmd(CmdDocumentAdd, DocumentArgs{d})); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	both.Wait()
	if n := len(s.Snapshot().Documents); n != 10 {
		t.Fatalf("%d papers of 10", n)
	}
	list := cmd(CmdDocuments, DocumentsArgs{Documents: []Document{tax}})
	list.IfVersion = seen
	refusedWith(t, s, list, "stale")
	list.IfVersion = s.Snapshot().Version // the control
	if snap, err := s.Do(t.Context(), list); err != nil || len(snap.Documents) != 1 {
		t.Errorf("%v, %v", snap.Documents, err)
	}
}

func TestPapersOneByOne(t *testing.T) {
	b := newBench(t, t.TempDir())
	pack, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	pack.Documents[0].Scan = true
	b.cfg.Rules = pack
	s := b.open(t)
	play(t, s, 0, step(t, CmdDocuments))
	refusedWith(t, s, cmd(CmdDocumentAdd, DocumentArgs{licence}), "pages-missing")
	refusedWith(t, s, cmd(CmdDocumentAdd, DocumentArgs{Document{Type: "tax-code", Number: "1", OriginalSeen: true}}), "bad-document")
	refusedWith(t, s, cmd(CmdDocumentAdd, DocumentArgs{Document{Type: "ticket", Number: "1", OriginalSeen: true}}), "bad-document")
	refusedWith(t, s, cmd(CmdDocumentAdd, DocumentArgs{Document{Type: "tax-code", Number: tax.Number}}), "original-unseen")
	refusedWith(t, s, cmd(CmdDocumentRemove, DocumentRemoveArgs{"tax-code", tax.Number}), "unknown-document")
	refusedWith(t, s, cmd(CmdDocuments, DocumentsArgs{Documents: []Document{tax, tax}}), "document-twice")
	scanned := licence
	scanned.Pages = []string{attached(t, s, PageDocument, 30)}
	signature := attached(t, s, PageSignature, 30)
	wrong := licence
	wrong.Pages = []string{signature}
	refusedWith(t, s, cmd(CmdDocumentAdd, DocumentArgs{wrong}), "unknown-page")
	wrong.Pages = []string{scanned.Pages[0], scanned.Pages[0]}
	refusedWith(t, s, cmd(CmdDocumentAdd, DocumentArgs{wrong}), "unknown-page")
	must(t, s, CmdDocumentAdd, DocumentArgs{scanned})
	tax := tax
	tax.Holder = "  Trần   Thị Mẫu \u202e"
	must(t, s, CmdDocumentAdd, DocumentArgs{tax})
	if snap := s.Snapshot(); snap.Step != StepDocuments || snap.Documents[1].Holder != "Trần Thị Mẫu" {
		t.Errorf("step %s, %+v", snap.Step, snap.Documents)
	}
	must(t, s, CmdDocumentRemove, DocumentRemoveArgs{"tax-code", tax.Number})
	must(t, s, CmdDocumentsDone, nil)
	if snap := s.Snapshot(); snap.Step != StepConsent || len(snap.Documents) != 1 {
		t.Errorf("step %s, %+v", snap.Step, snap.Documents)
	}
}

func TestDependants(t *testing.T) {
	b, s := papersStation(t)
	good := Dependant{Relation: "child", Name: "Nguyễn  Thị Mẫu", Number: "001 320990005", Birth: "2020-05-01",
		Paper: &DependantPaper{Type: "birth-certificate", Number: "12/2020", OriginalSeen: true, Pages: []string{attached(t, s, PageDependant, 30)}}}
	for name, change := range map[string]func(*Dependant){
		"no relation":    func(d *Dependant) { d.Relation = "friend" },
		"no name":        func(d *Dependant) { d.Name = " " },
		"digits":         func(d *Dependant) { d.Name = "Nguyễn 1" },
		"markup":         func(d *Dependant) { d.Name = "<b>Nguyễn</b>" },
		"a short number": func(d *Dependant) { d.Number = "123" },
		"the citizen's":  func(d *Dependant) { d.Number = testNumber },
		"born tomorrow":  func(d *Dependant) { d.Birth = "2999-01-01" },
		"born on no day": func(d *Dependant) { d.Birth = "2020-02-31" },
		"another paper":  func(d *Dependant) { d.Paper = &DependantPaper{Type: "ticket", Number: "1"} },
		"an unknown page": func(d *Dependant) {
			d.Paper = &DependantPaper{Type: "birth-certificate", Number: "1", Pages: []string{"page-7"}}
		},
		"a long name":      func(d *Dependant) { d.Name = strings.Repeat("a", maxField+1) },
		"a paper unnamed":  func(d *Dependant) { d.Paper = &DependantPaper{Type: "birth-certificate", OriginalSeen: true} },
		"a paper unseen":   func(d *Dependant) { d.Paper = &DependantPaper{Type: "birth-certificate", Number: "1"} },
		"a number's twice": nil,
	} {
		bad := good
		list := []Dependant{bad}
		if change != nil {
			change(&list[0])
		} else {
			list = append(list, bad)
		}
		if _, err := s.Do(t.Context(), cmd(CmdDependants, DependantsArgs{list})); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	refusedWith(t, s, cmd(CmdDependants, DependantsArgs{make([]Dependant, MaxDependants+1)}), "bad-args")
	must(t, s, CmdDependants, DependantsArgs{[]Dependant{good}})
	if d := s.Snapshot().Dependants; len(d) != 1 || d[0].Name != "Nguyễn Thị Mẫu" || d[0].Number != "001320990005" {
		t.Errorf("%+v", d)
	}
	play(t, s, step(t, CmdDocuments), len(moves))
	sections := sectionsOf(b.outbox.dossiers[0])
	if got := string(sections[sectionDependants]); !strings.Contains(got, `"relation":"child"`) || len(sections[sectionPages]) == 0 {
		t.Errorf("%s, %d bytes of pages", got, len(sections[sectionPages]))
	}
}

// familyBench is a station whose plain kind asks for the family.
func familyBench(t *testing.T) *bench {
	t.Helper()
	b := newBench(t, t.TempDir())
	pack, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	k := &pack.Kinds[0]
	k.Steps = slices.Insert(slices.Clone(k.Steps), slices.Index(k.Steps, "documents"), "family")
	b.cfg.Rules = pack
	vn := b.chip.report.Document.VN
	vn.Father, vn.Spouse = "Nguyễn Văn Cha", "Lê Thị \u202eVợ"
	return b
}

func TestFamily(t *testing.T) {
	b := familyBench(t)
	s := b.open(t)
	play(t, s, 0, step(t, CmdFingerApprove))
	x := fingerOf(t, s.Snapshot(), 7).Exception
	must(t, s, CmdFingerApprove, ApproveArgs{7, "supervisor-1", x.Picture})
	snap := await(t, s, "family", at(StepFamily))
	if f := snap.Family; f == nil || fmt.Sprint(f.OnCard) != "[{father Nguyễn Văn Cha    chip} {spouse Lê Thị Vợ    chip}]" {
		t.Fatalf("%+v", f)
	}
	father := FamilyMember{Relation: "father", Name: "Nguyễn Văn Cha", Nationality: "vnm"}
	for name, m := range map[string]FamilyMember{
		"a stranger":      {Relation: "neighbour", Name: "Lê A"},
		"no name":         {Relation: "father"},
		"digits":          {Relation: "father", Name: "Lê 4"},
		"another number":  {Relation: "father", Name: "Lê A", Number: "12"},
		"another country": {Relation: "father", Name: "Lê A", Nationality: "Việt Nam"},
		"absent and not":  {Relation: "father", Name: "Lê A", Absent: "không rõ cha"},
		"twice":           father,
	} {
		if _, err := s.Do(t.Context(), cmd(CmdFamily, FamilyArgs{[]FamilyMember{father, m}})); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t, s, CmdFamily, FamilyArgs{[]FamilyMember{father, {Relation: "mother", Name: "Trần Thị Mẹ", Source: "chip"}}})
	snap = s.Snapshot()
	if m := snap.Family.Members; snap.Step != StepDocuments || m[0].Source != "chip" || m[1].Source != sourceOfficer || m[0].Nationality != "VNM" {
		t.Errorf("%s, %+v", snap.Step, m)
	}
	play(t, s, step(t, CmdDocuments), len(moves))
	if got := string(sectionsOf(b.outbox.dossiers[0])[sectionFamily]); !strings.Contains(got, `"name":"Trần Thị Mẹ","source":"officer"`) {
		t.Error(got)
	}
	// The control: the plain kind asks for none.
	_, s = papersStation(t)
	if s.Snapshot().Family != nil {
		t.Error("the plain kind has a family")
	}
	refusedWith(t, s, cmd(CmdFamily, FamilyArgs{}), "wrong-step")
}

// paperMoves is an enrolment with everything that papers have; after is called
// behind each record.
func paperMoves(t *testing.T, s *Station, after func(*Station) *Station) *Station {
	t.Helper()
	do := func(name string, args any) {
		t.Helper()
		must(t, s, name, args)
		s = after(s)
	}
	doc := licence
	doc.Pages = []string{attached(t, s, PageDocument, 30)}
	s = after(s)
	do(CmdDocumentAdd, DocumentArgs{doc})
	do(CmdDocumentAdd, DocumentArgs{tax})
	do(CmdDependants, DependantsArgs{[]Dependant{{Relation: "child", Name: "Nguyễn Thị Mẫu", Number: "001320990005",
		Paper: &DependantPaper{Type: "birth-certificate", Number: "12/2020", OriginalSeen: true}}}})
	do(CmdDocumentsDone, nil)
	signature := attached(t, s, PageSignature, 40)
	s = after(s)
	do(CmdConsent, ConsentArgs{Registration: true, Documents: []bool{true, true}, Text: s.Snapshot().ConsentText.SHA256, Signature: signature})
	do(CmdConsentWithdraw, WithdrawArgs{What: ConsentDocument, Index: 1})
	do(CmdDocumentRemove, DocumentRemoveArgs{tax.Type, tax.Number})
	do(CmdSign, nil)
	return s
}

// TestPapersSurviveARestart: after each record the station comes back with the
// same papers, and the dossier of a resumed enrolment is the same to the byte.
func TestPapersSurviveARestart(t *testing.T) {
	b, s := papersStation(t)
	s = paperMoves(t, s, func(s *Station) *Station { return reopened(t, b, s) })
	bytesOf := func(s *Station) string {
		st := *s.st
		st.sealedAt = st.signedAt
		d, err := s.dossier(&st, s.rules)
		if err != nil {
			t.Fatal(err)
		}
		out, _ := json.Marshal(d)
		return string(out)
	}
	before := bytesOf(s)
	for range 2 {
		if s = reopened(t, b, s); bytesOf(s) != before {
			t.Fatal("another dossier")
		}
	}
	// The control: one answer more is another dossier.
	_ = s.Close() // its owner has left
	s.st.choices[s.st.documents[0].key()] = agreed{}
	if bytesOf(s) == before {
		t.Fatal("the dossier does not say what was agreed to")
	}
}
