package chip

import (
	"bytes"
	"encoding/asn1"
	"encoding/binary"
	"image/jpeg"
	"testing"
)

// TestDG13 builds the sample of the layout, byte for byte.
func TestDG13(t *testing.T) {
	c := Sample()
	c.Features = "Nốt ruồi c 1cm trên sau mép trái"
	fields := dg13Fields(c, "0123456789ABCDEF")
	spouse := dg13Field{number: 14, values: [][]byte{utf8String("Trần Thị Vợ")}, nested: true}
	for i, f := range fields {
		if f.number == 15 {
			fields = append(fields[:i:i], append([]dg13Field{spouse}, fields[i:]...)...)
			break
		}
	}
	equal(t, "DG13", dg13(fields), readVector(t, "dg13.txt").hex(t, "dg13"))
}

// TestDG13LeavesOut: what is empty has no field.
func TestDG13LeavesOut(t *testing.T) {
	c := Sample()
	c.OldNumber, c.Father, c.Mother, c.Religion = "", "", "", ""
	var numbers []int64
	for _, f := range dg13Fields(c, "") {
		numbers = append(numbers, f.number)
	}
	want := []int64{1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12}
	if len(numbers) != len(want) {
		t.Fatalf("fields %v, want %v", numbers, want)
	}
	for i := range want {
		if numbers[i] != want[i] {
			t.Fatalf("fields %v, want %v", numbers, want)
		}
	}
}

// TestSmallFiles writes DG1 and EF.COM out.
func TestSmallFiles(t *testing.T) {
	card := issue(t, ProfileCCCD, FaultNone)
	zone := card.lines[0] + card.lines[1] + card.lines[2]
	equal(t, "DG1", card.files[fileDG1], append([]byte{0x61, 0x5D, 0x5F, 0x1F, 0x5A}, zone...))
	equal(t, "EF.COM", card.files[fileCOM], unhex(t, "60185F0104303130375F36063034303030305C066175636D6E6F"))
}

// TestDG2 reads the template with encoding/asn1 and the record by the offsets
// of ISO/IEC 19794-5.
func TestDG2(t *testing.T) {
	for _, sex := range []string{"Nam", "Nữ"} {
		c := Sample()
		c.Sex = sex
		p, err := portrait(c)
		if err != nil {
			t.Fatal(err)
		}
		w, h := p.w, p.h
		record := faceOf(t, dg2(p, 1, sex == "Nữ", Encoding19794))
		be := binary.BigEndian
		if string(record[:8]) != "FAC\x00010\x00" || int(be.Uint32(record[8:])) != len(record) || be.Uint16(record[12:]) != 1 {
			t.Fatalf("face header %X", record[:14])
		}
		if int(be.Uint32(record[14:])) != len(record)-14 || be.Uint16(record[18:]) != 0 {
			t.Errorf("face block %X", record[14:20])
		}
		if want := map[string]byte{"Nam": 1, "Nữ": 2}[sex]; record[20] != want {
			t.Errorf("gender %d, want %d", record[20], want)
		}
		if record[34] != 1 || record[35] != 0 || int(be.Uint16(record[36:])) != w || int(be.Uint16(record[38:])) != h {
			t.Errorf("image information %X", record[34:46])
		}
		picture, err := jpeg.Decode(bytes.NewReader(record[46:]))
		if err != nil {
			t.Fatal(err)
		}
		if b := picture.Bounds(); b.Dx() != w || b.Dy() != h {
			t.Errorf("the picture is %v, the record says %d×%d", b, w, h)
		}
	}
}

func faceOf(t *testing.T, file []byte) []byte {
	t.Helper()
	next := func(b []byte, class, tag int) asn1.RawValue {
		t.Helper()
		var v asn1.RawValue
		if _, err := asn1.Unmarshal(b, &v); err != nil {
			t.Fatal(err)
		}
		if v.Class != class || v.Tag != tag {
			t.Fatalf("class %d tag %X, want %d %X", v.Class, v.Tag, class, tag)
		}
		return v
	}
	group := next(next(file, asn1.ClassApplication, 0x15).Bytes, asn1.ClassApplication, 0x61)
	count := next(group.Bytes, asn1.ClassUniversal, asn1.TagInteger)
	if !bytes.Equal(count.Bytes, []byte{1}) {
		t.Fatalf("%X instances", count.Bytes)
	}
	instance := next(group.Bytes[len(count.FullBytes):], asn1.ClassApplication, 0x60)
	header := next(instance.Bytes, asn1.ClassContextSpecific, 1)
	equal(t, "biometric header", header.Bytes, unhex(t, "80020101"+"810102"+"820100"+"87020101"+"88020008"))
	return next(instance.Bytes[len(header.FullBytes):], asn1.ClassApplication, 0x2E).Bytes
}

// TestPortrait keeps a given picture as it is and tells JPEG 2000.
func TestPortrait(t *testing.T) {
	c := Sample()
	small, err := drawing(30, 40)
	if err != nil {
		t.Fatal(err)
	}
	c.Portrait = small.data
	p, err := portrait(c)
	if err != nil || !bytes.Equal(p.data, c.Portrait) || p.w != 30 || p.h != 40 {
		t.Errorf("%d×%d, %v", p.w, p.h, err)
	}
	for want, b := range map[byte]string{0: "FFD8FFE0", 1: "0000000C6A502020", 2: "FF4FFF51"} {
		if got := faceImageType(unhex(t, b)); got != min(want, 1) {
			t.Errorf("%s: type %d", b, got)
		}
	}
}
