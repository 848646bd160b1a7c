package chip

import (
	"testing"
	"time"
)

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

// TestMRZ compares with zones whose check digits were verified elsewhere.
func TestMRZ(t *testing.T) {
	for _, c := range []struct {
		name, number, sex string
		birth, expiry     time.Time
		lines             [3]string
	}{
		{"Nguyễn Văn Thử", "001090990001", "Nam", day(1990, 2, 14), day(2030, 2, 14),
			[3]string{"IDVNM0909900018001090990001<<9", "9002144M3002142VNM<<<<<<<<<<<6", "NGUYEN<<VAN<THU<<<<<<<<<<<<<<<"}},
		{"Trần Thị Mẫu", "079301990002", "Nữ", day(2001, 11, 3), day(2026, 11, 3),
			[3]string{"IDVNM3019900024079301990002<<4", "0111034F2611033VNM<<<<<<<<<<<0", "TRAN<<THI<MAU<<<<<<<<<<<<<<<<<"}},
		{"Đặng Đình Đức", "048097990003", "Nam", day(1997, 8, 9), day(2037, 8, 9),
			[3]string{"IDVNM0979900037048097990003<<7", "9708099M3708097VNM<<<<<<<<<<<2", "DANG<<DINH<DUC<<<<<<<<<<<<<<<<"}},
		{"Phạm Thị Giả", "036155990004", "Nữ", day(1955, 1, 1), time.Time{},
			[3]string{"IDVNM1559900041036155990004<<6", "5501018F9912315VNM<<<<<<<<<<<2", "PHAM<<THI<GIA<<<<<<<<<<<<<<<<<"}},
		{"LÊ HỮU VÍ DỤ", "040063990005", "Nam", day(1963, 7, 2), time.Time{},
			[3]string{"IDVNM0639900056040063990005<<8", "6307022M9912315VNM<<<<<<<<<<<4", "LE<<HUU<VI<DU<<<<<<<<<<<<<<<<<"}},
	} {
		got := mrzLines(Citizen{Name: c.name, Number: c.number, Sex: c.sex, Birth: c.birth, Expiry: c.expiry}, Content{State: "VNM"})
		for i, want := range c.lines {
			if got[i] != want {
				t.Errorf("%s, line %d\n got %s\nwant %s", c.name, i+1, got[i], want)
			}
		}
	}
}

func TestMRZName(t *testing.T) {
	for name, want := range map[string]string{
		"Đỗ Thị Ưng Ửng": "DO<<THI<UNG<UNG<<<<<<<<<<<<<<<",
		"Y":              "Y<<<<<<<<<<<<<<<<<<<<<<<<<<<<<",
		"…":              "<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<",
		"Tôn Nữ Thử-Mẫu": "TON<<NU<THU<MAU<<<<<<<<<<<<<<<",
		"Nguyễn Hoàng Phương Thử Nghiệm Dài": "NGUYEN<<HOANG<PHUONG<THU<NGHIE",
	} {
		if got := mrzName(name, lineTD1); got != want {
			t.Errorf("%q\n got %s\nwant %s", name, got, want)
		}
	}
}

// TestCheckDigit uses the worked examples of Doc 9303-3 §4.9.
func TestCheckDigit(t *testing.T) {
	for s, want := range map[string]string{"520727": "3", "AB2134<<<": "5", "": "0"} {
		if got := checkDigit(s); got != want {
			t.Errorf("%q: %s, want %s", s, got, want)
		}
	}
}

func TestPrintOfSample(t *testing.T) {
	card := issue(t, ProfileCCCD, FaultNone)
	const qr = "001090990001|012999901|Nguyễn Văn Thử|14021990|Nam|Số 5, Ngõ 10 Phố Mẫu, Phường Thử, Ba Đình, Hà Nội|20052021"
	if card.QR() != qr {
		t.Errorf("QR %s", card.QR())
	}
	if card.CAN() != "990001" {
		t.Errorf("CAN %s", card.CAN())
	}
	lines := card.MRZ()
	lines[0] = "changed"
	if card.MRZ()[0] == "changed" {
		t.Error("MRZ hands out the card's own slice")
	}
}
