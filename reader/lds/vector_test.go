package lds

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"strconv"
	"testing"

	"github.com/tram-station/tram/testdata"
)

// TestVietnameseVectors reads the two Vietnamese vectors: what the card
// announces, and a DG13 of an invented person.
func TestVietnameseVectors(t *testing.T) {
	b, err := os.ReadFile(testdata.Shared(t, "data", "icao9303", "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all []struct {
		ID     string          `json:"id"`
		Fields json.RawMessage `json:"fields"`
	}
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, v := range all {
		var f struct {
			CardAccess string            `json:"card_access"`
			DG13       string            `json:"dg13"`
			Expected   map[string]string `json:"expected"`
		}
		switch v.ID {
		case "vn-cccd-cardaccess", "vn-cccd-dg13-synthetic":
			if err := json.Unmarshal(v.Fields, &f); err != nil {
				t.Fatal(v.ID, err)
			}
			seen++
		}
		if f.CardAccess != "" {
			checkCardAccess(t, f.CardAccess)
		}
		if f.DG13 != "" {
			checkDG13(t, f.DG13, f.Expected)
		}
	}
	if seen != 2 {
		t.Errorf("%d of the two vectors are there", seen)
	}
}

func checkCardAccess(t *testing.T, text string) {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	s, err := ParseCardAccess(b)
	if err != nil {
		t.Fatal(err)
	}
	const brainpoolP256r1 = 13
	if len(s.PACE) != 1 || s.PACE[0].ParameterID != brainpoolP256r1 || len(s.ChipAuth) == 0 || len(s.TerminalAuth) == 0 {
		t.Errorf("%+v", s)
	}
}

func checkDG13(t *testing.T, text string, want map[string]string) {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	d, err := ParseDG13(b)
	if err != nil {
		t.Fatal(err)
	}
	for number, value := range want {
		n, err := strconv.Atoi(number)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Fields[n]; len(got) != 1 || got[0] != value {
			t.Errorf("field %s has %d texts, or another one", number, len(got))
		}
	}
	if len(want) == 0 || d.Father == "" || d.Mother == "" || d.Spouse == "" || d.OldNumber == "" {
		t.Error("a field beyond the expected ones is missing")
	}
}
