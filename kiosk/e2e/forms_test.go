//go:build realparts

package e2e

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/reader/chip"
)

// untaken leaves the portrait and the fingers out of a kind: they do not stand on
// the forms.
func untaken(code string) func(*site) {
	return func(s *site) {
		s.office = office
		for i := range s.rules.Kinds {
			if k := &s.rules.Kinds[i]; k.Code == code {
				k.Steps = slices.DeleteFunc(slices.Clone(k.Steps), func(step string) bool { return step == "portrait" || step == "fingers" })
			}
		}
	}
}

// toForm goes from a confirmed person to the step with the form.
func (s *site) toForm(name string, documents []enrol.Document, says ...string) sheet {
	s.t.Helper()
	s.command(enrol.CmdRegisterCheck, struct{}{})
	s.await("family or documents", func(n enrol.Snapshot) bool { return n.Step == enrol.StepFamily || n.Step == enrol.StepDocuments })
	if s.station.Snapshot().Step == enrol.StepFamily {
		s.command(enrol.CmdFamily, enrol.FamilyArgs{Members: []enrol.FamilyMember{{Relation: "father", Name: "Nguyễn Văn Cha"}, {Relation: "mother", Name: "Trần Thị Mẫu"}}})
	}
	s.command(enrol.CmdDocuments, enrol.DocumentsArgs{Documents: documents})
	return s.form(name, says...)
}

// TestFormOfAForeigner names the passport and the residence card: the passport's
// number is nobody's personal number.
func TestFormOfAForeigner(t *testing.T) {
	s := newSite(t, untaken("foreigner"), func(s *site) { s.kind = "immigration" })
	s.command(enrol.CmdBegin, enrol.BeginArgs{Kind: "foreigner"})
	s.command(enrol.CmdNotice, struct{}{})
	s.command(enrol.CmdIdentity, enrol.IdentityArgs{MRZ: passportLines(t), Fields: map[string]string{"residence": "Phường Thử, Hà Nội"},
		Papers: []enrol.Paper{{Type: "residence-card", Number: "NN-1234567", Expiry: "2031-05-20", OriginalSeen: true}}})
	s.command(enrol.CmdConfirmPerson, enrol.PersonArgs{Phone: "0912345678"})
	form := s.toForm("tk01-foreigner", nil, "Mẫu TK01", "MAU ANNA MARIA", "Quốc tịch: UTO", "Số hộ chiếu: L898902C3",
		"Thẻ thường trú, thẻ tạm trú: NN-1234567, có giá trị đến 20/05/2031", "Phường Thử, Hà Nội", "Cấp tài khoản định danh điện tử mức độ 2")
	form.never(t, "L 8 9 8 9 0 2 C 3", "Cấp căn cước điện tử", "khai sinh")
}

// TestFormOfAnIssuance names the papers in the card's place, and why a card is
// asked for.
func TestFormOfAnIssuance(t *testing.T) {
	s := newSite(t, untaken("issuance"))
	s.command(enrol.CmdBegin, enrol.BeginArgs{Kind: "issuance", Reason: "first"})
	s.command(enrol.CmdNotice, struct{}{})
	s.command(enrol.CmdIdentity, enrol.IdentityArgs{Card: "none",
		Fields: map[string]string{"name": "Nguyễn Văn Thử", "number": "001090990001", "birth": "1990-02-14", "sex": "Nam", "residence": "Số 5, Ngõ 10 Phố Mẫu"},
		Papers: []enrol.Paper{{Type: "birth-certificate", Number: "123/1990", OriginalSeen: true}}})
	s.command(enrol.CmdConfirmPerson, enrol.PersonArgs{Phone: "0912345678"})
	s.toForm("tk01-issuance", nil, "Họ, chữ đệm và tên khai sinh: NGUYỄN VĂN THỬ", "0 0 1 0 9 0 9 9 0 0 0 1", "Giấy khai sinh: 123/1990", "Cấp thẻ căn cước: Cấp lần đầu")
}

// TestFormOfAWard has the guardian, who came without a card, and three places for
// signatures.
func TestFormOfAWard(t *testing.T) {
	s := newSite(t, untaken("ward"), func(s *site) { s.rules.Exceptions.WaitS = 1 })
	ward := s.issueTo(person(70, "Trần Thị Mẫu", "Nữ"), chip.FaultNone)
	s.slot.Put(ward)
	s.command(enrol.CmdBegin, enrol.BeginArgs{Kind: "ward"})
	s.command(enrol.CmdNotice, struct{}{})
	s.command(enrol.CmdGuardian, enrol.GuardianArgs{Relation: "guardian", Reason: "thẻ đang làm thủ tục cấp đổi",
		Fields: map[string]string{"name": "Nguyễn Văn Cha", "number": "001085000022", "birth": "1985-03-01"},
		Paper:  enrol.Paper{Type: "court-decision", Number: "34/2025/QĐST", OriginalSeen: true}})
	s.command(enrol.CmdScan, enrol.ScanArgs{Text: ward.QR()})
	s.await("the chip", func(n enrol.Snapshot) bool { return n.Chip.State == "done" })
	s.command(enrol.CmdConfirmPerson, enrol.PersonArgs{Phone: "0912345678"})
	s.toForm("tk01-ward", nil, "TRẦN THỊ MẪU", "NGUYỄN VĂN CHA", "0 0 1 0 8 5 0 0 0 0 2 2", "Quan hệ: Người giám hộ", "Quyết định của Tòa án 34/2025/QĐST",
		"NGƯỜI ĐỀ NGHỊ", "NGƯỜI GIÁM HỘ, NGƯỜI ĐẠI DIỆN", "CÁN BỘ TIẾP NHẬN")
}

// word is where poppler finds a word on a page, in points from its upper edge.
var word = regexp.MustCompile(`<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">`)

// TestFormOnMorePages: a long name and address, and as many papers and dependants
// as the rules allow. Each page has its margins, its head and its lines whole.
func TestFormOnMorePages(t *testing.T) {
	s := newSite(t, untaken("citizen"))
	long := person(40, "Nguyễn Hoàng Phương Khánh Nguyên Thục Đoan Trang Anh Thư Bảo Ngọc", "Nữ")
	long.Residence = "Số 1234/56/78 ngách 90 ngõ 123, đường Nguyễn Thị Minh Khai nối dài, tổ dân phố số 17, khu đô thị mới Nam Trung Yên, Phường Thử Nghiệm, Thành phố Hồ Chí Minh"
	card := s.issueTo(long, chip.FaultNone)
	s.slot.Put(card)
	s.command(enrol.CmdBegin, enrol.BeginArgs{Kind: "citizen"})
	s.command(enrol.CmdNotice, struct{}{})
	s.command(enrol.CmdScan, enrol.ScanArgs{Text: card.QR()})
	s.await("the chip", func(n enrol.Snapshot) bool { return n.Chip.State == "done" })
	s.command(enrol.CmdConfirmPerson, enrol.PersonArgs{Phone: "0912345678", Email: strings.Repeat("dai", 15) + "@" + strings.Repeat("mau", 15) + ".example.vn"})
	s.command(enrol.CmdRegisterCheck, struct{}{})
	s.await("the documents", func(n enrol.Snapshot) bool { return n.Step == enrol.StepDocuments })
	var family []enrol.Dependant
	for i := range 20 {
		family = append(family, enrol.Dependant{Relation: "child", Name: "Nguyễn Hoàng Phương Khánh Nguyên Thục Đoan " + string(rune('A'+i)), Number: "0012159900" + strconv.Itoa(10+i), Birth: "2015"})
	}
	s.command(enrol.CmdDependants, enrol.DependantsArgs{Dependants: family})
	s.command(enrol.CmdDocuments, enrol.DocumentsArgs{Documents: []enrol.Document{licence}})
	s.await("the consent", func(n enrol.Snapshot) bool { return n.Step == enrol.StepConsent })
	s.command(enrol.CmdConsent, enrol.ConsentArgs{Registration: true, Documents: []bool{true}})
	b := newBrowser(t, s)
	b.signIn("officer-1", pin)
	b.step("sign")
	b.printing()
	form := b.printed("print-form", "long")
	form.says(t, "khu đô thị mới Nam Trung Yên, Phường Thử Nghiệm, Thành phố Hồ Chí Minh", "BẢO NGỌC", "001215990029", "CÁN BỘ TIẾP NHẬN")
	if form.pages < 2 {
		t.Fatalf("%d pages: nothing is shown of a second one", form.pages)
	}
	for page := 1; page <= form.pages; page++ {
		n := strconv.Itoa(page)
		if text := poppler(t, "pdftotext", "-f", n, "-l", n, form.file, "-"); !strings.Contains(text, "Mẫu TK01") || !strings.Contains(text, s.station.Snapshot().ID) {
			t.Errorf("page %d does not say what it belongs to:\n%s", page, text)
		}
		words := word.FindAllStringSubmatch(poppler(t, "pdftotext", "-bbox", "-f", n, "-l", n, form.file, "-"), -1)
		if len(words) < 5 {
			t.Fatalf("page %d: %d words", page, len(words))
		}
		const millimetre = 72 / 25.4
		for _, w := range words {
			at := func(i int) float64 { return must(strconv.ParseFloat(w[i], 64))(t) / millimetre }
			if at(1) < 20 || at(2) < 6 || at(3) > 196 || at(4) > 291 {
				t.Errorf("page %d: a word at %.0f to %.0f mm from the left, %.0f to %.0f from above", page, at(1), at(3), at(2), at(4))
			}
		}
	}
}
