package cccd

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// mangledTexts are payloads of invented people as faulty ways deliver them.
var mangledTexts = []struct {
	name, text string
	kind       Kind
	restored   bool
}{
	{"VNI", "001090990027||Nguye6n4 Va8n Hu73|14021990|Nam|Pho61 Ma64u, Ha2 No65i|20052021", KindVNI, false},
	{"VNI in capitals", "001090990027||NGUYE64N VA8N HU7|14021990|Nam|HA2 NO65I|20052021", KindVNI, false},
	{"VIQR", "001090990027||Nguye^~n Va(n Thu+?|14021990|Nam|Pho^' Ma^~u|20052021", KindVIQR, false},
	{"Telex", "001090990027||Nguyeenx Vawn Huwr|14021990|Nam|Phoos Maaux, Haf Nooji|20052021", KindTelex, false},
	{"Telex name alone", "001090990027||Nguyeenx Vawn Huwr|14021990|Nam||20052021", KindTelex, false},
	{"Telex in the sex", "001190990027||Nguyễn Thử|14021990|Nuwx|Phố Mẫu|20052021", KindTelex, false},
	{"no marks in the sex", "001190990027||Nguyen Thu|14021990|Nu|Pho Mau|20052021", KindNoMarks, false},
	{"question marks", "001090990027||Nguy?n V?n Th?|14021990|Nam|Ph? M?u|20052021", KindLost, false},
	{"question mark in the sex", "001190990027||Lan Thanh|14021990|N?|Lang Mau|20052021", KindLost, false},
	{"question marks in the address", "001090990027||Lan Thanh|14021990|Nam|Ph? M?u|20052021", KindLost, false},
	{"replacement", "001090990027||Nguy\ufffdn|14021990|Nam|Pho|20052021", KindLost, false},
	{"not UTF-8", "001090990027||Nguy\xean|14021990|Nam|Pho|20052021", KindNotUTF8, false},
	{"mojibake", asRead(thu, charmap.Windows1252), KindMojibake, true},
	{"mojibake 1258", asRead(thu, charmap.Windows1258), KindMojibake, true},
	{"mojibake 437", asRead(thu, charmap.CodePage437), KindMojibake, true},
	{"mojibake 850", asRead(thu, charmap.CodePage850), KindMojibake, true},
	{"mojibake NFD", asRead(norm.NFD.String(thu), charmap.Windows1252), KindMojibake, true},
	{"mojibake of a father", "031315990006||Vũ Anh|05092015|Nữ|Hải Phòng|12082024||VÅ© VÄƒn|Nguyễn|", KindMojibake, false},
	{"bars as tildes", strings.ReplaceAll(thu, "|", "~"), KindSeparator, true},
	{"bars as tabs", strings.ReplaceAll(thu, "|", "\t"), KindSeparator, true},
	{"bars as the French µ*", strings.ReplaceAll(thu, "|", "*"), KindSeparator, true},
	{"bars as commas", strings.ReplaceAll(thu, "|", ","), KindSeparator, false},
	{"bars gone", strings.ReplaceAll(thu, "|", ""), KindSeparator, false},
	{"US digits with Shift", keyed(thu, digitRows[0]), KindLayout, false},
	{"French digits", keyed(thu, digitRows[1]), KindLayout, false},
	{"Vietnamese digits", keyed(thu, digitRows[2]), KindLayout, false},
	{"Caps Lock", exchanged(thu), KindCapsLock, true},
	{"two scans", thu + thu, KindTwoScans, true},
	{"two scans, two lines", thu + "\r\n" + thu, KindTwoScans, true},
	{"two people", thu + "079301990002||Trần Thị Mẫu|03112001|Nữ|Tổ 7|01062021", KindTwoScans, false},
	{"cut in the date", thu[:len(thu)-3], KindCut, false},
	{"cut behind four digits", thu[:len(thu)-4], KindCut, false},
	{"cut in the address", thu[:len(thu)-20], KindCut, false},
	{"bar lost", strings.Replace(thu, "|", "", 1), KindFields, false},
	{"control character", strings.Replace(thu, "Phố", "Ph\x01", 1), KindControl, false},
}

// asRead is what a program that takes UTF-8 for a code page sees; bytes that
// the page leaves free pass as they are.
func asRead(text string, page *charmap.Charmap) string {
	var b strings.Builder
	for i := range len(text) {
		r := page.DecodeByte(text[i])
		if r == '\ufffd' {
			r = rune(text[i])
		}
		b.WriteRune(r)
	}
	return b.String()
}

// keyed is a text whose digits were typed on a keyboard of another layout.
func keyed(text, row string) string {
	keys := []rune(row)
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return keys[r-'0']
		}
		return r
	}, text)
}

func TestMangled(t *testing.T) {
	want, err := ParseQR([]byte(thu))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mangledTexts {
		c, err := ParseQR([]byte(m.text))
		var fault *Fault
		if !errors.As(err, &fault) || c != nil || fault.Kind != m.kind {
			t.Errorf("%s: %+v, %v, want %s", m.name, c, err, m.kind)
			continue
		}
		if (fault.Restored != nil) != m.restored {
			t.Errorf("%s: restored %+v", m.name, fault.Restored)
		}
		if r := fault.Restored; r != nil && (r.Name != want.Name || r.Residence != want.Residence || r.Number != want.Number || !hasWarning(r, WarnRestored)) {
			t.Errorf("%s: restored %+v", m.name, r)
		}
	}
}

func TestNotMangled(t *testing.T) {
	for name, text := range map[string]string{
		"plain ASCII":    "064095990010||Blan|05051995|Nam|Lang Mau, Gia Lai|07072021",
		"one S":          "064095990010||Y Blas|05051995|Nam|Gia Lai|07072021",
		"Ksor":           "064095990010||Ksor Der|05051995|Nam|Gia Lai|07072021",
		"Rmah Soor":      "064095990010||Rmah Soor|05051995|Nam|Plei Leer, Chu Ser, Gia Lai|07072021",
		"highlands":      "064095990010||Rah Laan Thaan|05051995|Nam|Plei Hlor, Kon|07072021",
		"few such words": "064095990010||Ro Laan Thaan|05051995|Nam|Thon Mang, Xa Kon Tum, Tinh Gia Lai, An Khe|07072021",
		"capitals":       "040063990005||LÊ HỮU VÍ DỤ|02071963|NAM|NGHỆ AN|10012022",
		"ĐÀ":             "048063990005||ĐÀO HÀ|02071963|NAM|ĐÀ NẴNG, Ðà Nẵng, ÐÀ|10012022",
		"question marks": "040063990005||Lê Thử|02071963|Nam|Số 5 (?), Nghệ An|10012022",
	} {
		if c, err := ParseQR([]byte(text)); err != nil {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
	c, err := ParseQR([]byte("001090990027||Nguyen Van Thu|14021990|Nam|Pho Mau, Ha Noi|20052021"))
	if err != nil || !hasWarning(c, WarnNoMarks) {
		t.Errorf("marks lost: %+v, %v", c, err)
	}
}

// Invented people: family names and given names of the Kinh and of the
// peoples of the north and the highlands, put together at random.
var (
	kinhFamily  = strings.Fields("Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Đinh Đào Lương Trịnh Tạ Quách Lâm Mạc Âu")
	kinhGiven   = strings.Fields("Thị Văn Hữu Đức Ngọc Minh Anh Thu Hà Lan Hương Quỳnh Như Tuấn Dũng Hùng Sơn Quốc Bảo Khánh Linh Trang Thùy Dương Ước Nghĩa Khoa Phúc Lộc Thọ Yến Nhi Uyên Xuân Hạnh Thoa Quyên Khuê Huệ Oanh An Nam Long Trung Giang Thanh Bích")
	otherFamily = strings.Fields("Ksor Siu Rmah Nay Kpă Rơ-Châm Rahlan Rcom Ayun Niê Êban Hmok Mlô Adrơng Ktla Byă Kbuôr Ksơr Bling Coor Zơrâm Arâl Hôih Alăng Pơloong Giàng Sùng Vàng Thào Lò Quàng Cầm Lường Hà Vì Tòng Nông Hoàng Bế Chẩu Thạch Kim Sơn Danh Châu Lù Ma Seo Cư Hờ Mùa Tẩn Phàn Chảo Pờ Lỳ")
	otherGiven  = strings.Fields("H'Ngoan H'Der Y-Blas Der Soor Hyeer Groi Bloi Thoors Leek Sâm Xung Blan Duin Krajan Djer Nhor Pleer Thor Brơi Joan Sor Hlor Nuer Mees Dza Páo Sinh Chứ Dếnh Mẩy Pà Mỷ Của Say Dơ Xó Lử Ngọt Sa Rươl Sóc Phol Sa-Rinh Thươl Deer Xee Chur Roor Jes")
	placesMarks = strings.Split("Phường Thử, Ba Đình, Hà Nội|Buôn Thử, Ia Mẫu, Sa Thầy, Kon Tum|Thôn Mẫu, Xã Thử, Hải Hậu, Nam Định|Plei Mẫu, Chư Păh, Gia Lai|Bản Thử, Mường Tè, Lai Châu|Số 5, Đường Giả, Quận 12, TP.Hồ Chí Minh", "|")
	placesPlain = strings.Split("Gia Lai|Kon Tum|Plei Kan, Ia Der, Chu Ser, Gia Lai|Sa Pa, Lao Cai|Buon Hra, Krong Pak, Dak Lak|Long An|Xa A Xer, Kon Ray|", "|")
)

func anyOf(r *rand.Rand, list []string) string { return list[r.IntN(len(list))] }

func invented(r *rand.Rand, highland bool) string {
	family, given := kinhFamily, kinhGiven
	if highland {
		family, given = otherFamily, otherGiven
	}
	parts := []string{anyOf(r, family)}
	for range 1 + r.IntN(3) {
		parts = append(parts, anyOf(r, given))
	}
	name := strings.ReplaceAll(strings.Join(parts, " "), "-", " ")
	if r.IntN(4) == 0 {
		name = strings.ToUpper(name)
	}
	return name
}

func of(name, residence string) []byte {
	return []byte("001090990001||" + name + "|14021990|Nam|" + residence + "|20052021")
}

// Names of every people pass; their key strokes do not.
func TestNames(t *testing.T) {
	const each = 2000
	r := rand.New(rand.NewPCG(1, 2))
	refused := map[string]int{}
	for range each {
		for _, c := range []struct {
			what, name, place string
		}{
			{"Kinh", invented(r, false), anyOf(r, placesMarks)},
			{"highland", invented(r, true), anyOf(r, placesMarks)},
			{"highland, plain address", invented(r, true), anyOf(r, placesPlain)},
		} {
			if _, err := ParseQR(of(c.name, c.place)); err != nil {
				if refused[c.what]++; refused[c.what] < 5 {
					t.Logf("%s: %s|%s: %v", c.what, c.name, c.place, err)
				}
			}
		}
	}
	for _, what := range []string{"Kinh", "highland", "highland, plain address"} {
		t.Logf("%s: %d of %d refused", what, refused[what], each)
		if refused[what] > 0 {
			t.Errorf("%s: names are refused", what)
		}
	}
}

// typed is a Vietnamese text in key strokes: marks by their keys, the tone
// behind its letter or, where late, behind the word.
func typed(text string, keys map[rune]string, late bool) string {
	words := strings.Split(norm.NFD.String(text), " ")
	for i, word := range words {
		var b strings.Builder
		tone := ""
		last := ' '
		for _, r := range word {
			key, ok := keys[r]
			switch {
			case !ok:
				b.WriteRune(r)
				last = r
			case strings.ContainsRune("\u0300\u0301\u0303\u0309\u0323", r) && late:
				tone = key
			case key == "=":
				b.WriteRune(last)
			default:
				b.WriteString(key)
			}
		}
		rest, comma := strings.CutSuffix(b.String(), ",")
		words[i] = rest + tone
		if comma {
			words[i] += ","
		}
	}
	return strings.Join(words, " ")
}

func TestTyped(t *testing.T) {
	methods := map[Kind]map[rune]string{
		KindTelex: {'\u0300': "f", '\u0301': "s", '\u0303': "x", '\u0309': "r", '\u0323': "j", '\u0302': "=", '\u0306': "w", '\u031b': "w", 'đ': "dd", 'Đ': "DD"},
		KindVNI:   {'\u0300': "2", '\u0301': "1", '\u0303': "4", '\u0309': "3", '\u0323': "5", '\u0302': "6", '\u0306': "8", '\u031b': "7", 'đ': "d9", 'Đ': "D9"},
	}
	const each = 2000
	r := rand.New(rand.NewPCG(3, 4))
	for kind, keys := range methods {
		missed, restored, all := 0, 0, 0
		for range each {
			name, place := invented(r, false), anyOf(r, placesMarks)
			if isASCII(name) {
				continue // nothing in the name to spoil
			}
			all++
			late := r.IntN(2) == 0
			_, err := ParseQR(of(typed(name, keys, late), typed(place, keys, late)))
			var fault *Fault
			if !errors.As(err, &fault) || fault.Kind != kind {
				if missed++; missed < 5 {
					t.Logf("%s: %v", of(typed(name, keys, late), typed(place, keys, late)), err)
				}
			} else if fault.Restored != nil {
				restored++
			}
		}
		t.Logf("%s: %d of %d missed", kind, missed, all)
		if missed*100 > all || restored > 0 || all < each*9/10 {
			t.Errorf("%s: %d of %d missed, %d restored", kind, missed, all, restored)
		}
	}
}

// Whatever page the text was read in, what can be undone is undone exactly,
// and the rest is refused all the same.
func TestMojibake(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 400 {
		name, place := invented(r, r.IntN(2) == 0), anyOf(r, placesMarks)
		want, err := ParseQR(of(name, place))
		if err != nil {
			t.Fatal(err)
		}
		for _, page := range codePages {
			_, err := ParseQR([]byte(asRead(string(of(name, place)), page)))
			var fault *Fault
			if !errors.As(err, &fault) || fault.Kind != KindMojibake {
				t.Fatalf("%s, %s by %s: %v", name, place, page, err)
			}
			if c := fault.Restored; c != nil && (c.Name != want.Name || c.Residence != want.Residence) {
				t.Fatalf("%s by %s came back as %s", name, page, c.Name)
			} else if c == nil && page != charmap.Windows1258 {
				t.Errorf("%s, %s by %s is not restored", name, place, page)
			}
		}
	}
}

// Whatever happens to a payload on its way, no other card comes out of it than
// the one that went in, and what is offered as restored is that one too.
func TestNoOtherCard(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	whole := func(name, place string) string {
		text := string(of(name, place))
		if r.IntN(2) == 0 {
			text += "||||"
		}
		return text
	}
	ways := map[string]func(string) string{
		"cut":           func(s string) string { return s[:r.IntN(len(s))] },
		"begun late":    func(s string) string { return s[1+r.IntN(len(s)-1):] },
		"twice":         func(s string) string { return s + s },
		"cut and again": func(s string) string { return s[:1+r.IntN(len(s)-1)] + s },
		"and cut again": func(s string) string { return s + s[:1+r.IntN(len(s)-1)] },
		"separator":     func(s string) string { return strings.ReplaceAll(s, "|", string("~*;>\\\t§"[r.IntN(6)])) },
		"no separator":  func(s string) string { return strings.ReplaceAll(s, "|", "") },
		"a bar lost":    func(s string) string { return strings.Replace(s, "|", "", 1) },
		"Caps Lock":     exchanged,
		"layout":        func(s string) string { return keyed(s, digitRows[r.IntN(3)]) },
		"page":          func(s string) string { return asRead(s, codePages[r.IntN(len(codePages))]) },
		"page, twice":   func(s string) string { return asRead(asRead(s, charmap.Windows1252), charmap.Windows1252) },
		"lost":          func(s string) string { return strings.Map(lost, s) },
		"nothing":       func(s string) string { return s },
	}
	accepted := map[string]int{}
	for range 500 {
		text := whole(invented(r, r.IntN(2) == 0), anyOf(r, placesMarks))
		want, err := ParseQR([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		for way, change := range ways {
			changed := change(text)
			got, err := ParseQR([]byte(changed))
			if fault := new(Fault); errors.As(err, &fault) {
				got = fault.Restored
			}
			if got == nil {
				continue
			}
			accepted[way]++
			if got.Number != want.Number || got.Name != want.Name || got.Birth != want.Birth || got.Issued != want.Issued || got.Residence != want.Residence {
				t.Errorf("%s: %q came of %q", way, changed, text)
			}
		}
	}
	t.Log(accepted)
	if accepted["nothing"] != 500 {
		t.Error("the control:", accepted["nothing"])
	}
}

// lost is a letter as a program without Unicode shows it.
func lost(r rune) rune {
	if r > 0x7F {
		return '?'
	}
	return r
}

func BenchmarkParseQR(b *testing.B) {
	for b.Loop() {
		if _, err := ParseQR([]byte(thu)); err != nil {
			b.Fatal(err)
		}
	}
}
