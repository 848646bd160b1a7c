package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOffice(t *testing.T) {
	dir := t.TempDir()
	cfg := stationConfig{id: "tram-thu-001", data: dir, kind: "immigration"}
	if o, err := loadOffice(cfg); err != nil || o.Name != "CỤC QUẢN LÝ XUẤT NHẬP CẢNH" || o.Station != cfg.id {
		t.Errorf("nothing said: %+v, %v", o, err)
	}
	cfg.office = filepath.Join(dir, "other.json")
	if _, err := loadOffice(cfg); err == nil {
		t.Error("a file that was named and is not there is no error")
	}
	cfg.office = ""
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, officeFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(`{"parent": "CÔNG AN TỈNH MẪU", "name": " CÔNG AN PHƯỜNG THỬ NGHIỆM ", "place": "Phường Thử Nghiệm"}`)
	o, err := loadOffice(cfg)
	if err != nil || o.Parent != "CÔNG AN TỈNH MẪU" || o.Name != "CÔNG AN PHƯỜNG THỬ NGHIỆM" || o.Hotline != "" || o.Station != cfg.id {
		t.Errorf("%+v, %v", o, err)
	}
	write("\ufeff" + `{"name": "CÔNG AN PHƯỜNG THỬ NGHIỆM", "hotline": "1800 0000"}`)
	if o, err := loadOffice(cfg); err != nil || o.Name != "CÔNG AN PHƯỜNG THỬ NGHIỆM" || o.Hotline != "1800 0000" {
		t.Errorf("with a byte order mark: %+v, %v", o, err)
	}
	for _, bad := range []string{`{"name": ""}`, `{"name": "A", "naem": "B"}`, `{"name": "A"} {}`, `{"name": "A\nB"}`, `{"name": "` + strings.Repeat("Đ", maxOfficeLine+1) + `"}`, `[]`} {
		write(bad)
		if o, err := loadOffice(cfg); err == nil {
			t.Errorf("%.40s: %+v", bad, o)
		}
	}
}
