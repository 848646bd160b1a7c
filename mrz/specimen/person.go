package specimen

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"

	"github.com/tram-station/tram/mrz"
	"github.com/tram-station/tram/mrz/cccd"
)

// The layouts of the card's code, by the year in which they came.
const (
	Layout2021 = 2021 // seven fields
	Layout2024 = 2024 // eleven: parents in the ninth and tenth
)

// Person is somebody who does not exist. The number has 99 where the random
// digits begin, so that nobody takes it for a real one.
type Person struct {
	Number         cccd.Number
	OldNumber      string // nine digits, or empty
	Name           string // Vietnamese, as printed
	Birth, Issued  cccd.Date
	Expiry         cccd.Expiry
	Sex            string // "M" or "F"
	Residence      string
	Father, Mother string
}

// LogValue keeps names out of logs, invented ones too: a log should not teach
// anybody that names are usual there.
func (p Person) LogValue() slog.Value { return slog.StringValue("person [redacted]") }

// The words that names and addresses are made of. No table is a list of real
// places: the communes exist nowhere.
const (
	surnames = "Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Đinh Trịnh"
	middles  = "Văn Thị Hữu Đức Minh Ngọc Thanh Quốc Xuân Thùy Bảo Gia Khánh Tường Như Phương Đình Kim"
	givens   = "An Ánh Bình Châu Dũng Giang Hạnh Hiếu Hương Khôi Linh Long Mẫn Nghĩa Ngân Phượng Quỳnh Sơn Thảo Thịnh Thử Tuấn Uyên Ưng Việt Yến Trường Đạt Mẫu Giả"
)

func streets() []string {
	return []string{"Tổ dân phố 3, ", "Thôn Mẫu, ", "Ấp Thử Nghiệm, ", "Số 12/4 Đường Giả, ", "Khu 7, ", "Buôn Ví Dụ, ", ""}
}

func communes() []string {
	return []string{"Xã Ea Mẫu", "Phường Tân Thử", "Thị trấn Đắk Giả", "Xã Nghĩa Mẫu", "Phường Ngưỡng Thử", "Xã Hòa Ví Dụ", "Phường Mỹ Đình Giả"}
}

func provinces() []string {
	return []string{"Huyện Cư Mẫu, Đắk Lắk", "Quận 12, TP. Hồ Chí Minh", "Thành phố Cẩm Thử, Quảng Ninh", "Hà Nội", "Huyện Mường Giả, Điện Biên",
		"Thị xã Hoài Mẫu, Bình Định", "Đồng Nai", "Thừa Thiên Huế"}
}

// NewPerson invents somebody.
func NewPerson(rng *rand.Rand) Person {
	woman := rng.IntN(2)
	p := Person{
		Sex:       "MF"[woman : woman+1],
		Name:      newName(rng),
		Birth:     cccd.Date{Year: 1940 + rng.IntN(78), Month: 1 + rng.IntN(12), Day: 1 + rng.IntN(28)},
		Issued:    cccd.Date{Year: 2021 + rng.IntN(5), Month: 1 + rng.IntN(12), Day: 1 + rng.IntN(28)},
		Residence: pick(rng, streets()) + pick(rng, communes()) + ", " + pick(rng, provinces()),
		Father:    newName(rng),
		Mother:    newName(rng),
	}
	century := (p.Birth.Year - 1900) / 100
	p.Number = cccd.Number(fmt.Sprintf("%03d%d%02d99%04d", pick(rng, []int{1, 4, 22, 31, 36, 48, 66, 75, 79, 92}), 2*century+woman, p.Birth.Year%100, rng.IntN(10_000)))
	if rng.IntN(3) > 0 {
		p.OldNumber = fmt.Sprintf("%03d9%05d", rng.IntN(400), rng.IntN(100_000))
	}
	if rng.IntN(3) == 0 {
		p.Name = strings.ToUpper(p.Name)
	}
	p.Expiry = cccd.Expiry{Never: true}
	if all := cccd.Expiries(p.Birth, p.Issued); len(all) > 0 {
		p.Expiry = all[0]
	}
	return p
}

func newName(rng *rand.Rand) string {
	words := []string{pick(rng, strings.Fields(surnames))}
	for range 1 + rng.IntN(2) {
		words = append(words, pick(rng, strings.Fields(middles)))
	}
	return strings.Join(append(words, pick(rng, strings.Fields(givens))), " ")
}

// Payload returns what the card's code says: UTF-8, fields parted by bars.
func (p Person) Payload(layout int) string {
	sex := "Nam"
	if p.Sex == "F" {
		sex = "Nữ"
	}
	fields := []string{string(p.Number), p.OldNumber, p.Name, day(p.Birth), sex, p.Residence, day(p.Issued)}
	if layout == Layout2024 {
		fields = append(fields, "", p.Father, p.Mother, "")
	}
	return strings.Join(fields, "|")
}

func day(d cccd.Date) string { return fmt.Sprintf("%02d%02d%04d", d.Day, d.Month, d.Year) }

// Zone returns the three lines of the Vietnamese card.
func (p Person) Zone() []string {
	return p.generate(mrz.TD1, mrz.Data{Code: "ID", Number: p.Number.Document(), Optional: string(p.Number)})
}

// Lines returns the lines of another document of that format, issued by Utopia.
func (p Person) Lines(f mrz.Format) []string {
	code := map[mrz.Format]string{mrz.TD1: "I", mrz.TD2: "I", mrz.TD3: "P", mrz.MRVA: "V", mrz.MRVB: "V"}[f]
	return p.generate(f, mrz.Data{Code: code, Issuer: "UTO", Nationality: "UTO", Number: "B" + p.Number.Document()[1:]})
}

func (p Person) generate(f mrz.Format, d mrz.Data) []string {
	if d.Issuer == "" {
		d.Issuer, d.Nationality = "VNM", "VNM"
	}
	d.Birth, d.Expiry, d.Sex = mrz.Date(p.Birth.YYMMDD()), mrz.Date(p.Expiry.YYMMDD()), p.Sex
	d.Surname, d.Given = mrz.SplitVietnamese(p.Name)
	lines, err := mrz.Generate(f, d)
	if err != nil {
		panic("specimen: an invented person does not fit the zone: " + err.Error())
	}
	return lines
}
