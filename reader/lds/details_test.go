package lds

import (
	"bytes"
	"slices"
	"testing"
	"time"
)

var sampleDG11 = node(0x6B, node(0x5C, []byte{0x5F, 0x0E}),
	node(0x5F0E, []byte("NGUYỄN<<VĂN<THỬ")),
	node(0xA0, node(0x02, []byte{2}), node(0x5F0F, []byte("TRẦN<<MẪU")), node(0x5F0F, []byte("BÚT DANH"))),
	node(0x5F10, []byte("001090990001")), node(0x5F2B, []byte{0x19, 0x90, 0x02, 0x14}),
	node(0x5F11, []byte("HÀ NỘI<<VNM")), node(0x5F42, []byte("SỐ 1 PHỐ THỬ<HÀ NỘI<")),
	node(0x5F12, []byte("+84<000<000")), node(0x5F13, []byte("KỸ<SƯ")), node(0x5F14, []byte("ÔNG")),
	node(0x5F15, []byte("MẪU\xC3")), node(0x5F16, jpegHead), node(0x5F17, []byte("C1<C2")), node(0x5F18, []byte("KHÔNG")),
	node(0x5F7F, []byte{1}))

func TestDG11(t *testing.T) {
	d, err := ParseDG11(sampleDG11)
	if err != nil {
		t.Fatal(err)
	}
	for what, pair := range map[string][2]string{
		"name": {d.Name.String(), "NGUYỄN VĂN THỬ"}, "primary": {d.Name.Primary, "NGUYỄN"}, "number": {d.PersonalNumber, "001090990001"},
		"birth": {d.Birth.String(), "1990-02-14"}, "telephone": {d.Telephone, "+84 000 000"}, "profession": {d.Profession, "KỸ SƯ"},
		"title": {d.Title, "ÔNG"}, "summary": {d.Summary, "MẪU\uFFFD"}, "custody": {d.Custody, "KHÔNG"}, "citizenship": {d.Citizenship.MediaType, MediaJPEG},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %q, want %q", what, pair[0], pair[1])
		}
	}
	if want := []Name{{"TRẦN", "MẪU"}, {"BÚT DANH", ""}}; !slices.Equal(d.OtherNames, want) {
		t.Errorf("other names %q", d.OtherNames)
	}
	if !slices.Equal(d.BirthPlace, []string{"HÀ NỘI", "VNM"}) || !slices.Equal(d.Address, []string{"SỐ 1 PHỐ THỬ", "HÀ NỘI"}) ||
		!slices.Equal(d.OtherDocuments, []string{"C1", "C2"}) {
		t.Errorf("%q, %q, %q", d.BirthPlace, d.Address, d.OtherDocuments)
	}
	if len(d.Other) != 1 || d.Other[0].Tag != 0x5F7F {
		t.Errorf("unknown tags %v", d.Other)
	}
	many := bytes.Repeat(node(0x5F0F, []byte("X")), maxParts+1)
	for what, b := range map[string][]byte{
		"empty": nil, "other group": node(0x6C), "cut": sampleDG11[:40], "trailing": append(slices.Clone(sampleDG11), 0),
		"many names": node(0x6B, many), "many names inside": node(0x6B, node(0xA0, many)), "names cut": node(0x6B, node(0xA0, []byte{0x5F, 0x0F, 9})),
		"many fields": node(0x6B, bytes.Repeat(node(0x5F10, []byte("1")), maxFields+1)), "too long": make([]byte, maxDetails+1),
	} {
		if d, err := ParseDG11(b); err == nil || d != nil {
			t.Errorf("%s was taken", what)
		}
	}
}

func TestDates(t *testing.T) {
	for s, want := range map[string]string{
		"19900214": "1990-02-14", "\x19\x90\x02\x14": "1990-02-14", "19900200": "1990-02", "19900000": "1990", "20240229": "2024-02-29",
		"00000000": "-", "19900230": "-", "19901301": "-", "19900014": "-", "1990021": "-", "199002141": "-", "1990 214": "-", "\x19\x9A\x02\x14": "-", "": "-",
	} {
		d, ok := parseDate([]byte(s))
		if got := d.String(); ok && got != want || !ok && (want != "-" || !d.IsZero() || got != "") {
			t.Errorf("%q: %q, %v, want %q", s, got, ok, want)
		}
	}
	if day, ok := (Date{1990, 2, 14}).Time(); !ok || day.YearDay() != 45 {
		t.Errorf("%v", day)
	}
	if _, ok := (Date{1990, 2, 0}).Time(); ok {
		t.Error("a month was taken for a day")
	}
}

func TestDG12(t *testing.T) {
	at := time.Date(2024, 1, 2, 12, 30, 59, 0, time.UTC)
	for _, personalised := range []string{"20240102123059", "\x20\x24\x01\x02\x12\x30\x59"} {
		d, err := ParseDG12(node(0x6C, node(0x5C, []byte{0x5F, 0x19}), node(0x5F19, []byte("CỤC<C06")), node(0x5F26, []byte("20240102")),
			node(0xA0, node(0x02, []byte{1}), node(0x5F1A, []byte("TRẦN<<MẪU"))), node(0x5F1B, []byte("A")), node(0x5F1C, []byte("B")),
			node(0x5F1D, jpegHead), node(0x5F1E, []byte{0}), node(0x5F55, []byte(personalised)), node(0x5F56, []byte("S1")), node(0x5F60, []byte{1})))
		if err != nil {
			t.Fatal(err)
		}
		if d.Authority != "CỤC C06" || d.Issued != (Date{2024, 1, 2}) || len(d.OtherPersons) != 1 || d.Endorsements != "A" || d.TaxExit != "B" ||
			d.Front.MediaType != MediaJPEG || d.Rear.MediaType != "" || !d.Personalised.Equal(at) || d.Personaliser != "S1" || len(d.Other) != 1 {
			t.Errorf("%+v", d)
		}
	}
	d, err := ParseDG12(node(0x6C, node(0x5F26, []byte("20241301")), node(0x5F55, []byte("2024"))))
	if err != nil || !d.Issued.IsZero() || !d.Personalised.IsZero() || len(d.Other) != 2 {
		t.Errorf("damaged dates: %+v, %v", d, err)
	}
	if d, err := ParseDG12(node(0x6C, node(0xA0, []byte{0x5F, 0x1A, 9}))); err == nil || d != nil {
		t.Errorf("damaged names were taken: %+v", d)
	}
}

func TestDG16(t *testing.T) {
	person := [][]byte{node(0x5F50, []byte("20240102")), node(0x5F51, []byte("TRẦN<<MẪU")), node(0x5F52, []byte("0<1")), node(0x5F53, []byte("PHỐ<HÀ NỘI")), node(0x5F60)}
	all, err := ParseDG16(node(0x70, node(0x02, []byte{2}), node(0xA1, person...), node(0xA2)))
	if err != nil || len(all) != 2 {
		t.Fatalf("%+v, %v", all, err)
	}
	c := all[0]
	if c.Recorded != (Date{2024, 1, 2}) || c.Name != (Name{"TRẦN", "MẪU"}) || c.Telephone != "0 1" || len(c.Address) != 2 || len(c.Other) != 1 {
		t.Errorf("%+v", c)
	}
	for what, b := range map[string][]byte{
		"many": node(0x70, bytes.Repeat(node(0xA1), maxContacts+1)), "cut": node(0x70, node(0xA1, []byte{0x5F, 0x50, 9})), "other group": node(0x6F),
	} {
		if all, err := ParseDG16(b); err == nil || all != nil {
			t.Errorf("%s was taken", what)
		}
	}
}

func TestDisplayed(t *testing.T) {
	list, err := ParseDG5(node(0x65, node(0x02, []byte{2}), node(0x5F40, jpegHead), node(0x5F40, []byte{1})))
	if err != nil || len(list) != 2 || list[0].MediaType != MediaJPEG || list[1].MediaType != "" {
		t.Errorf("%+v, %v", list, err)
	}
	if list, err = ParseDG7(node(0x67, node(0x02, []byte{1}), node(0x5F43, jpegHead))); err != nil || len(list) != 1 {
		t.Errorf("%+v, %v", list, err)
	}
	for what, b := range map[string][]byte{
		"none": node(0x65, node(0x02, []byte{0})), "fewer": node(0x65, node(0x02, []byte{2}), node(0x5F40, jpegHead)),
		"no count": node(0x65, node(0x5F40, jpegHead)), "a signature": node(0x65, node(0x02, []byte{1}), node(0x5F43, jpegHead)),
		"many": node(0x65, node(0x02, []byte{10}), bytes.Repeat(node(0x5F40, jpegHead), 10)),
	} {
		if list, err := ParseDG5(b); err == nil || list != nil {
			t.Errorf("%s was taken", what)
		}
	}
}
