package compare

import "testing"

func TestAmong(t *testing.T) {
	qr := map[string]string{Number: "001090990001", Name: "Nguyễn Văn Thử", Birth: "14/02/1990", Sex: "Nam", Residence: "Hà Nội"}
	zone := map[string]string{Number: "001090990001", Name: "NGUYEN VAN THU", Birth: "1990-02-14", Sex: "M", Nationality: "VNM"}
	outcomes := func(side Facts) map[string]Item {
		out := map[string]Item{}
		for _, i := range Among(side) {
			out[i.Field] = i
		}
		return out
	}
	got := outcomes(Join(Of(QR, qr), Of(Zone, zone)))
	if got[Number].Outcome != Agree || got[Name].Outcome != Folded || got[Name].Conflict || len(got) != 4 {
		t.Errorf("%+v", got)
	}
	for field, v := range map[string]string{Number: "001090990002", Name: "TRAN VAN THU", Birth: "1990-02-15", Sex: "F"} {
		other := map[string]string{}
		for k, x := range zone {
			other[k] = x
		}
		other[field] = v
		if i := outcomes(Join(Of(QR, qr), Of(Zone, other)))[field]; i.Outcome != Differ || !i.Conflict || i.PrintSource != QR || i.ChipSource != Zone {
			t.Errorf("%s: %+v", field, i)
		}
	}
	// Three sources: one that differs outweighs two that agree.
	third := Of(Typed, map[string]string{Number: "001090990003"})
	if i := outcomes(Join(Of(QR, qr), Of(Zone, zone), third))[Number]; !i.Conflict {
		t.Errorf("%+v", i)
	}
	// An address of another day is told and settles nothing.
	moved := Of(Typed, map[string]string{Residence: "Huế"})
	if i := outcomes(Join(Of(QR, qr), moved))[Residence]; i.Outcome != Differ || i.Conflict {
		t.Errorf("%+v", i)
	}
	if got := Among(Of(QR, qr)); len(got) != 0 {
		t.Errorf("one source: %+v", got)
	}
}
