package main

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/tram-station/tram/reader/lds"
)

const reportZone = "IDVNM0909900018001090990001<<9" + "9002144M3002142VNM<<<<<<<<<<<6" + "NGUYEN<<VAN<THU<<<<<<<<<<<<<<<"

// reported returns the document as a program sees it.
func reported(t *testing.T, d *lds.Document) map[string]any {
	t.Helper()
	b, err := json.Marshal(describe(d, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)))
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestDescribe(t *testing.T) {
	d := &lds.Document{
		MRZ: &lds.MRZInfo{Zone: reportZone},
		Person: &lds.PersonalDetails{
			Name: lds.Name{Primary: "NGUYỄN", Secondary: "VĂN THỬ"}, OtherNames: []lds.Name{{Primary: "BÚT DANH"}}, PersonalNumber: "P1",
			Birth: lds.Date{Year: 1990, Month: 2, Day: 14}, BirthPlace: []string{"HÀ NỘI", "VNM"}, Address: []string{"PHỐ THỬ", "HÀ NỘI"},
			Telephone: "+84", Profession: "KỸ SƯ", OtherDocuments: []string{"C1"},
		},
		Details: &lds.DocumentDetails{
			Authority: "CỤC", Issued: lds.Date{Year: 2021, Month: 5, Day: 20}, OtherPersons: []lds.Name{{Primary: "TRẦN", Secondary: "MẪU"}},
			Personalised: time.Date(2021, 5, 20, 1, 2, 3, 0, time.UTC),
		},
		Fingers: []lds.Finger{{Position: 2, MediaType: lds.MediaWSQ, Width: 300, Height: 400, Resolution: 500, Quality: 0},
			{Position: 7, Quality: lds.QualityUnknown}},
		Contacts: []lds.Contact{{Name: lds.Name{Primary: "TRẦN"}, Address: []string{"A", "B"}}},
	}
	got := reported(t, d)
	for name, want := range map[string]any{
		"number": "001090990001", "document_number": "090990001", "name": "NGUYỄN VĂN THỬ", "birth": "1990-02-14", "expiry": "2030-02-14", "type": "ID",
		"issuer": "VNM", "birth_place": "HÀ NỘI, VNM", "residence": "PHỐ THỬ, HÀ NỘI", "personal_number": "P1", "telephone": "+84",
		"profession": "KỸ SƯ", "authority": "CỤC", "issue": "2021-05-20", "personalised": "2021-05-20T01:02:03",
	} {
		if got[name] != want {
			t.Errorf("%s: %v, want %v", name, got[name], want)
		}
	}
	first := func(name string) any { return got[name].([]any)[0] }
	if first("other_names") != "BÚT DANH" || first("other_documents") != "C1" || first("other_persons") != "TRẦN MẪU" {
		t.Errorf("lists: %v", got)
	}
	finger := first("fingers").(map[string]any)
	if finger["position"] != 2.0 || finger["media"] != lds.MediaWSQ || finger["quality"] != 0.0 || finger["dpi"] != 500.0 {
		t.Errorf("finger %v", finger)
	}
	if _, stated := got["fingers"].([]any)[1].(map[string]any)["quality"]; stated {
		t.Error("a quality that nobody judged")
	}
	if c := first("contacts").(map[string]any); c["name"] != "TRẦN" || c["address"] != "A, B" {
		t.Errorf("contact %v", c)
	}

	// The Vietnamese card's own group goes before, and what is unknown says
	// nothing.
	d.VN = &lds.DG13{Name: "Nguyễn Văn Thử", Residence: "Mẫu, Hà Nội", IssueDate: time.Date(2022, 1, 2, 0, 0, 0, 0, time.UTC)}
	d.Person.Birth = lds.Date{Year: 1991}
	got = reported(t, d)
	if got["name"] != "Nguyễn Văn Thử" || got["residence"] != "Mẫu, Hà Nội" || got["issue"] != "2022-01-02" || got["birth"] != "1990-02-14" {
		t.Errorf("%v", got)
	}
	alone := reported(t, &lds.Document{Person: &lds.PersonalDetails{Birth: lds.Date{Year: 1991}}})
	if alone["birth"] != "1991" || alone["telephone"] != nil || alone["fingers"] != nil {
		t.Errorf("%v", alone)
	}
}
