package chip

import (
	"bytes"
	"encoding/asn1"
	"encoding/binary"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
)

func issueContent(t testing.TB, c Citizen, k Content) *Card {
	t.Helper()
	i, err := testIssuer()
	if err != nil {
		t.Fatal(err)
	}
	spec, _ := ProfileSpec(ProfilePACEBAC)
	spec.Content = k
	card, err := i.IssueSpec(c, spec, FaultNone)
	if err != nil {
		t.Fatal(err)
	}
	return card
}

// weighed is the check digit of Doc 9303-3 §4.9, written for this test.
func weighed(s string) byte {
	sum := 0
	for i := range len(s) {
		sum += strings.IndexByte("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", s[i]&^0x80) * [3]int{7, 3, 1}[i%3]
		if s[i] == '<' {
			sum += [3]int{7, 3, 1}[i%3] // IndexByte gave −1
		}
	}
	return byte('0' + sum%10)
}

// TestZones: each document's zone has its size, its check digits and its
// names, and the printed zone opens the chip.
func TestZones(t *testing.T) {
	type check struct {
		line, from, to int // the digit stands at to
	}
	c := Sample()
	c.State = "UTO"
	for _, d := range []struct {
		document Document
		width    int
		start    string
		checks   []check
		name     string
	}{
		{DocumentPassport, 44, "P<VNM", []check{{1, 0, 9}, {1, 13, 19}, {1, 21, 27}, {1, 28, 42}}, "NGUYEN<<VAN<THU"},
		{DocumentResidenceTD2, 36, "IRVNM", []check{{1, 0, 9}, {1, 13, 19}, {1, 21, 27}}, "NGUYEN<<VAN<THU"},
		{DocumentResidence, 30, "IRVNM", []check{{0, 5, 14}, {1, 0, 6}, {1, 8, 14}}, "NGUYEN<<VAN<THU"},
		{DocumentCCCD, 30, "IDVNM", []check{{0, 5, 14}, {0, 15, 29}, {1, 0, 6}, {1, 8, 14}}, "NGUYEN<<VAN<THU"},
	} {
		t.Run("document "+string(d.document), func(t *testing.T) {
			card := issueContent(t, c, Content{Document: d.document})
			lines := card.MRZ()
			for _, l := range lines {
				if len(l) != d.width || strings.Trim(l, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<") != "" {
					t.Fatalf("line %q", l)
				}
			}
			zone := strings.Join(lines, "")
			if !strings.HasPrefix(zone, d.start) || !strings.Contains(zone, d.name) || !strings.Contains(lines[1], "UTO") {
				t.Errorf("zone %s", zone)
			}
			for _, k := range d.checks {
				if l := lines[k.line]; weighed(l[k.from:k.to]) != l[k.to] {
					t.Errorf("line %d: the digit over %s is %c", k.line+1, l[k.from:k.to], l[k.to])
				}
			}
			two := lines[1]
			all := two[0:10] + two[13:20] + two[21:len(two)-1]
			if len(lines) == 3 {
				all = lines[0][5:] + two[0:7] + two[8:15] + two[18:29]
			}
			if weighed(all) != two[len(two)-1] {
				t.Errorf("the composite digit of %s", zone)
			}
			equal(t, "DG1", card.files[fileDG1][5:], []byte(zone))
			if (card.QR() != "") != (d.document == DocumentCCCD) {
				t.Errorf("QR %q", card.QR())
			}
			card.Reset()
			if sw := (&terminal{t: t, card: card}).bac(mrzInformation(lines)); sw != swOK {
				t.Errorf("the printed zone: %04X", sw)
			}
		})
	}
}

// TestLongNumber: the worked example of Doc 9303-11 appendix D.2 for a number
// of twelve characters, and a card that opens with it.
func TestLongNumber(t *testing.T) {
	for _, lines := range [][]string{
		{"I<UTOD23145890<7349<<<<<<<<<<<", "3407127M9507122UTO<<<<<<<<<<<2", ""},
		{"", "D23145890<UTO3407127M95071227349<<<8"},
	} {
		if got := mrzInformation(lines); got != "D23145890734934071279507122" {
			t.Errorf("%s", got)
		}
	}
	for _, d := range []Document{DocumentResidence, DocumentResidenceTD2} {
		card := issueContent(t, Sample(), Content{Document: d, Number: "D23145890734"})
		zone := strings.Join(card.MRZ(), "")
		if len(zone) != map[Document]int{DocumentResidence: 90, DocumentResidenceTD2: 72}[d] || !strings.Contains(zone, "D23145890<") || !strings.Contains(zone, "7349<") {
			t.Errorf("%s: %s", d, zone)
		}
		birth, expiry := Sample().Birth.Format("060102"), Sample().Expiry.Format("060102")
		info := "D231458907349" + birth + string(weighed(birth)) + expiry + string(weighed(expiry))
		if sw := (&terminal{t: t, card: card}).bac(info); sw != swOK {
			t.Errorf("%s: %04X", d, sw)
		}
	}
}

// TestVersionOne: EF.SOD says which version it is.
func TestVersionOne(t *testing.T) {
	versions := sequence(printable("0107"), printable("040000"))
	for _, v1 := range []bool{false, true} {
		card := issueContent(t, Sample(), Content{LDS18: v1})
		if bytes.Contains(card.files[fileSOD], versions) != v1 {
			t.Errorf("version 1 %t: the versions are wrong", v1)
		}
	}
}

// TestSeveralPortraits: DG2 says how many templates follow.
func TestSeveralPortraits(t *testing.T) {
	for _, n := range []int{0, 1, 3} {
		file := issueContent(t, Sample(), Content{Portraits: n}).files[fileDG2]
		group, err := parseObjects(firstValue(firstValue(file)))
		if err != nil {
			t.Fatal(err)
		}
		want := max(1, n)
		if records := bytes.Count(file, []byte("FAC\x00010\x00")); records != want || len(group) != 1+want || group[0].value[0] != byte(want) {
			t.Errorf("%d records in %d objects, want %d", records, len(group), want)
		}
	}
}

// TestMRZInformation uses the worked example of Doc 9303-11 appendix D.2 for a
// TD2 document, laid out as TD3 too.
func TestMRZInformation(t *testing.T) {
	const want = "L898902C<369080619406236"
	for _, line := range []string{"L898902C<3UTO6908061F9406236<<<<<<<8", "L898902C<3UTO6908061F9406236<<<<<<<<<<<<<<08"} {
		if got := mrzInformation([]string{"", line}); got != want {
			t.Errorf("%s: %s", line, got)
		}
	}
}

// TestDataGroups: what is asked for is there, listed, signed and readable; DG3 and
// DG4 are closed.
func TestDataGroups(t *testing.T) {
	card := issueContent(t, Sample(), Content{Document: DocumentPassport, Groups: []int{3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16}, Directory: true})
	hashes := parseSOD(t, card.files[fileSOD]).hashes
	x := open(t, card)
	for n := 1; n <= 16; n++ {
		id := 0x0100 | uint16(n)
		file := card.files[id]
		if file == nil || file[0] != groupTag(n) || hashes[n] == nil || !bytes.Contains(card.files[fileCOM], []byte{groupTag(n)}) {
			t.Errorf("DG%d is not there", n)
			continue
		}
		got, sw := x.read(id, 223)
		if closed := n == 3 || n == 4; closed != (sw == swSecurityStatus) || !closed && !bytes.Equal(got, file) {
			t.Errorf("DG%d: %04X", n, sw)
		}
		size, m, err := parseLength(file[1:])
		if err != nil || 1+m+size != len(file) {
			t.Errorf("DG%d: its header claims %d bytes, %v", n, size, err)
		}
	}
	equal(t, "EF.DIR", card.masterFiles[fileDIR], unhex(t, "61094F07A0000002471001"))
	equal(t, "EF.ATR/INFO", card.masterFiles[fileATRInfo], unhex(t, "47038401E0"+"7F660A"+"020300FFFF"+"020300FFFF"))
	plain := issueContent(t, Sample(), Content{})
	if plain.masterFiles[fileDIR] != nil || plain.files[fileDG11] != nil || plain.files[fileDG13] == nil {
		t.Error("the Vietnamese card holds other files")
	}
}

// TestDetails reads DG11, DG12 and DG16 as lists of data objects.
func TestDetails(t *testing.T) {
	c := Sample()
	for _, g := range []struct {
		file []byte
		want map[uint32]string
	}{
		{dg11(c), map[uint32]string{0x5F0E: "Nguyễn<<Văn<Thử", 0x5F10: c.Number, 0x5F2B: "19900214", 0x5F11: "Thử<Mẫu<Hà Nội"}},
		{dg12(c), map[uint32]string{0x5F26: "20210520", 0x5F55: "20210520000000"}},
	} {
		objects, err := parseObjects(firstValue(g.file))
		if err != nil {
			t.Fatal(err)
		}
		list := find(objects, 0x5C)
		for tag, want := range g.want {
			if got := string(find(objects, tag)); got != want {
				t.Errorf("%04X: %q, want %q", tag, got, want)
			}
			if !bytes.Contains(list, []byte{byte(tag >> 8), byte(tag)}) {
				t.Errorf("%04X is not listed", tag)
			}
		}
	}
	persons, err := parseObjects(firstValue(dg16(c)))
	if err != nil || len(persons) != 2 || persons[1].tag != 0xA1 {
		t.Fatalf("DG16: %v, %v", persons, err)
	}
	person, err := parseObjects(persons[1].value)
	if err != nil || string(find(person, 0x5F51)) != "Lê<<Thị<Mẹ" {
		t.Errorf("DG16: %v", err)
	}
}

// TestSized: DG2 has exactly the size asked for, its picture stays one, and it
// reads through the odd instruction beyond 32 KB.
func TestSized(t *testing.T) {
	natural := len(issueContent(t, Sample(), Content{}).files[fileDG2])
	for _, e := range []Encoding{Encoding19794, Encoding39794} {
		for _, size := range []int{natural + 100, 20084, 32768, 40000, 70001, 200000} {
			card := issueContent(t, Sample(), Content{DG2Size: size, Face: e})
			file := card.files[fileDG2]
			if len(file) != size {
				t.Errorf("%s: %d bytes, want %d", e, len(file), size)
				continue
			}
			start := bytes.Index(file, []byte{0xFF, 0xD8, 0xFF})
			if _, err := jpeg.Decode(bytes.NewReader(file[start:])); err != nil {
				t.Errorf("%d: %v", size, err)
			}
			if got, sw := open(t, card).read(fileDG2, 223); sw != swOK || !bytes.Equal(got, file) {
				t.Errorf("%d: read %d bytes, %04X", size, len(got), sw)
			}
		}
	}
	i, _ := testIssuer()
	for name, k := range map[string]Content{
		"too small": {DG2Size: 100}, "negative": {DG2Size: -1}, "too large": {DG2Size: maxDG2 + 1}, "DG15": {Groups: []int{15}},
		"DG0": {Groups: []int{0}}, "document": {Document: "visa"}, "state": {State: "vn"}, "number": {Document: DocumentPassport, Number: "D23145890734"},
		"short number": {Document: DocumentResidence, Number: "D1"}, "portraits": {Portraits: 10}, "own number": {Number: "123456789"},
		"encoding": {Face: "1"},
	} {
		if _, err := i.IssueSpec(Sample(), Spec{BAC: true, Content: k}, FaultNone); err == nil {
			t.Errorf("%s: issued", name)
		}
	}
}

// TestPadImage: small gaps are zeros behind the picture, larger ones comments.
func TestPadImage(t *testing.T) {
	p, err := drawing(8, 8)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 1, 3, 4, 5, 0xFFFF, 0x10001, 0x10002, 0x10005, 200000} {
		b := padImage(p.data, n)
		if len(b) != len(p.data)+n {
			t.Errorf("%d more: %d", n, len(b)-len(p.data))
		}
		if _, err := jpeg.Decode(bytes.NewReader(b)); err != nil {
			t.Errorf("%d more: %v", n, err)
		}
	}
	if b := padImage([]byte("\x89PNG"), 5); !bytes.Equal(b, []byte("\x89PNG\x00\x00\x00\x00\x00")) {
		t.Errorf("%X", b)
	}
}

// inside descends by context-specific numbers, each the first of its number.
func inside(t *testing.T, b []byte, path ...int) []byte {
	t.Helper()
	for _, n := range path {
		found := false
		for len(b) > 0 && !found {
			var v asn1.RawValue
			rest, err := asn1.Unmarshal(b, &v)
			if err != nil {
				t.Fatal(err)
			}
			if n < 0 && v.Class == asn1.ClassUniversal || v.Class == asn1.ClassContextSpecific && v.Tag == n {
				b, found = v.Bytes, true
				continue
			}
			b = rest
		}
		if !found {
			t.Fatalf("no element %d of %v", n, path)
		}
	}
	return b
}

// TestFaceBlock reads the block of ISO/IEC 39794-5 with encoding/asn1.
func TestFaceBlock(t *testing.T) {
	p, err := drawing(30, 40)
	if err != nil {
		t.Fatal(err)
	}
	var block asn1.RawValue
	unmarshal(t, faceBlock(p, true), &block)
	if block.Class != asn1.ClassApplication || block.Tag != 5 {
		t.Fatalf("class %d, tag %d", block.Class, block.Tag)
	}
	equal(t, "generation and year", inside(t, block.Bytes, 0), unhex(t, "800103"+"810207E3"))
	one := inside(t, block.Bytes, 1, -1)
	image := inside(t, one, 1, 0, 0)
	equal(t, "image", inside(t, image, 0), p.data)
	information := inside(t, image, 1)
	equal(t, "format", inside(t, information, 0, 0), []byte{2})
	equal(t, "size", inside(t, information, 7), unhex(t, "80011E"+"810128"))
	equal(t, "sex", inside(t, one, 8, 0, 0), []byte{3})
	file := dg2(p, 1, false, Encoding39794)
	if !bytes.Contains(file, []byte{0x7F, 0x2E}) || bytes.Contains(file, []byte{0x5F, 0x2E, 0x82}) {
		t.Error("the block is not in 7F2E")
	}
}

// TestFingers reads both encodings of DG3.
func TestFingers(t *testing.T) {
	be := binary.BigEndian
	fingers, err := drawnFingers(Encoding19794)
	if err != nil {
		t.Fatal(err)
	}
	record := fingerRecord(fingers[1], 3)
	if string(record[:8]) != "FIR\x00010\x00" || int(be.Uint16(record[8:]))<<32|int(be.Uint32(record[10:])) != len(record) {
		t.Errorf("header %X", record[:14])
	}
	view := record[32:]
	if int(be.Uint32(view)) != len(view) || view[4] != leftIndex || int(be.Uint16(view[9:])) != 128 || int(be.Uint16(view[11:])) != 160 {
		t.Errorf("view %X", view[:14])
	}
	if img, err := jpeg.Decode(bytes.NewReader(view[14:])); err != nil || img.Bounds().Dx() != 128 {
		t.Errorf("image: %v", err)
	}
	if fingers, err = drawnFingers(Encoding39794); err != nil {
		t.Fatal(err)
	}
	var block asn1.RawValue
	unmarshal(t, fingerBlock(fingers[0], 4), &block)
	one := inside(t, block.Bytes, 1, -1)
	equal(t, "position", inside(t, one, 0, 0), []byte{rightIndex})
	if _, err := png.Decode(bytes.NewReader(inside(t, one, 3))); err != nil || block.Tag != 4 {
		t.Errorf("tag %d, %v", block.Tag, err)
	}
	good := Finger{Position: 1, Image: []byte("\xFF\xA0"), Width: 1, Height: 1}
	for name, spoil := range map[string]func(*Finger){
		"control": func(*Finger) {}, "position": func(f *Finger) { f.Position = 11 }, "image": func(f *Finger) { f.Image = []byte("BM") },
		"size": func(f *Finger) { f.Width = 0 },
	} {
		f := good
		spoil(&f)
		if _, err := dg3([]Finger{f}, Encoding19794); (err == nil) != (name == "control") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := dg3([]Finger{{Position: 1, Image: []byte("\xFF\xD8"), Width: 1, Height: 1}}, Encoding39794); err == nil {
		t.Error("ISO/IEC 39794-4 has no JPEG")
	}
	if a, b := fingerSubtype(rightIndex), fingerSubtype(leftIndex); a != 0x09 || b != 0x0A {
		t.Errorf("subtypes %02X and %02X", a, b)
	}
}
