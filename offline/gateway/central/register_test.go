package central_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/biometrics/iso19794"
	"github.com/tram-station/tram/offline/gateway/central"
)

const (
	thu = "001990990001"
	mau = "001990990002"
)

// finger is a minutiae record with n minutiae strewn by a seed.
func finger(t testing.TB, position byte, seed uint64) []byte {
	t.Helper()
	v := iso19794.MinutiaeView{Position: position, Width: 400, Height: 500, Dots: iso19794.Density{X: 197, Y: 197}}
	dice := rand.New(rand.NewPCG(seed, seed))
	for range 40 {
		v.Minutiae = append(v.Minutiae, iso19794.MinutiaPoint{
			Kind: iso19794.RidgeEnding, X: 20 + dice.IntN(360), Y: 20 + dice.IntN(460), Angle: byte(dice.IntN(256)), Quality: 80,
		})
	}
	b, err := (&iso19794.MinutiaeRecord{Views: []iso19794.MinutiaeView{v}}).Marshal(iso19794.Edition2011)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func save(t testing.TB, path string, v any) {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// people writes a register of two.
func people(t testing.TB, dir string) {
	t.Helper()
	save(t, filepath.Join(dir, "citizens.json"), map[string]any{
		"accept": map[string]float64{"m": 0.5},
		"citizens": []central.Citizen{
			{
				Number: thu, Phone: "0900000001",
				Fields:  map[string]string{"name": "Nguyễn Văn Thử", "birth": "1990-02-14", "sex": "M", "nationality": "VNM"},
				Face:    &face.Template{Model: "m", Vector: []float32{1, 0}},
				Fingers: finger(t, 2, 1),
			},
			{Number: mau, Fields: map[string]string{"name": "Trần Thị Mẫu"}},
		},
	})
}

func open(t testing.TB, dir string, log *slog.Logger) *central.Register {
	t.Helper()
	r, err := central.OpenRegister(dir, log)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestCheck(t *testing.T) {
	dir := t.TempDir()
	people(t, dir)
	r := open(t, dir, nil)
	data := func(number string, fields map[string]string) central.Question {
		return central.Question{Kind: central.Data, Number: number, Fields: fields}
	}
	look := func(number, model string, v ...float32) central.Question {
		return central.Question{Kind: central.Face, Number: number, Face: &face.Template{Model: model, Vector: v}}
	}
	prints := func(position byte, seed uint64) central.Question {
		return central.Question{Kind: central.Fingers, Number: thu, Fingers: finger(t, position, seed)}
	}
	for name, c := range map[string]struct {
		q      central.Question
		want   central.Outcome
		fields string
	}{
		"all fits":             {data(thu, map[string]string{"name": "NGUYỄN  VĂN THỬ", "birth": "1990-02-14"}), central.Pass, "birth pass name pass"},
		"decomposed":           {data(thu, map[string]string{"name": "Nguyễn Văn Thử"}), central.Pass, "name pass"},
		"a wrong birth":        {data(thu, map[string]string{"name": "Nguyễn Văn Thử", "birth": "1990-02-15"}), central.Fail, "birth fail name pass"},
		"diacritics count":     {data(thu, map[string]string{"name": "Nguyễn Văn Thư"}), central.Fail, "name fail"},
		"codes and words":      {data(thu, map[string]string{"sex": "Nam", "nationality": "Việt Nam"}), central.Pass, "nationality pass sex pass"},
		"another sex":          {data(thu, map[string]string{"sex": "Nữ", "nationality": "VNM"}), central.Fail, "nationality pass sex fail"},
		"not held":             {data(mau, map[string]string{"birth": "1990-02-15"}), central.NotFound, "birth not-held"},
		"nobody":               {data("001990990009", map[string]string{"name": "x"}), central.NotFound, ""},
		"a foreigner":          {data("P1234567", map[string]string{"name": "x"}), central.NotFound, ""},
		"the face":             {look(thu, "m", 0.9, 0.1), central.Pass, "face pass"},
		"another face":         {look(thu, "m", 0, 1), central.Fail, "face fail"},
		"another model":        {look(thu, "n", 1, 0), central.NotFound, "face not-held"},
		"no face held":         {look(mau, "m", 1, 0), central.NotFound, "face not-held"},
		"the finger":           {prints(2, 1), central.Pass, "finger-2 pass"},
		"another finger":       {prints(2, 2), central.Fail, "finger-2 fail"},
		"a finger not on file": {prints(7, 1), central.NotFound, "finger-7 not-held"},
	} {
		a, err := r.Check(t.Context(), c.q)
		var fields []string
		for _, f := range a.Fields {
			fields = append(fields, f.Name, string(f.Outcome))
		}
		if got := strings.Join(fields, " "); err != nil || a.Outcome != c.want || got != c.fields || a.Words.VI == "" || a.Words.EN == "" {
			t.Errorf("%s: %s %q %v, want %s %q", name, a.Outcome, got, err, c.want, c.fields)
		}
	}
	for name, q := range map[string]central.Question{
		"no kind":        {Number: thu},
		"no number":      {Kind: central.Data, Fields: map[string]string{"name": "x"}},
		"a short one":    data("P123", map[string]string{"name": "x"}),
		"no document":    data("Nguyễn", map[string]string{"name": "x"}),
		"digits alone":   data("1234567", map[string]string{"name": "x"}),
		"no fields":      {Kind: central.Data, Number: thu},
		"a long value":   data(thu, map[string]string{"name": strings.Repeat("x", central.MaxValue+1)}),
		"no template":    {Kind: central.Face, Number: thu},
		"a record of no": {Kind: central.Fingers, Number: thu, Fingers: []byte("FMR")},
	} {
		if _, err := r.Check(t.Context(), q); !errors.Is(err, central.ErrQuestion) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A phone is the same one however it is written.
func TestPhoneSpellings(t *testing.T) {
	dir := t.TempDir()
	people(t, dir)
	r := open(t, dir, nil)
	for _, phone := range []string{"0900000001", "+84900000001", "84900000001", "0084 900 000 001", "0900.000.001", " 090-000-0001 ", "+84 (0)900 000 001"} {
		if a, err := r.Phone(t.Context(), central.PhoneQuestion{Number: mau, Phone: phone}); err != nil || a.Outcome != central.Fail {
			t.Errorf("%q, which is another citizen's: %s, %v", phone, a.Outcome, err)
		}
	}
	for _, phone := range []string{"0900000002", "+85900000001", "+1 900 000 001", "84900000"} {
		if a, err := r.Phone(t.Context(), central.PhoneQuestion{Number: mau, Phone: phone}); err != nil || a.Outcome != central.Pass {
			t.Errorf("control, %q: %s, %v", phone, a.Outcome, err)
		}
	}
	for _, phone := range []string{"", "+", "09x0000001", "0900+000001", "٠٩٠٠٠٠٠٠٠١", "+123456789012345678", "900"} {
		if _, err := r.Phone(t.Context(), central.PhoneQuestion{Number: mau, Phone: phone}); !errors.Is(err, central.ErrQuestion) {
			t.Errorf("%q: %v", phone, err)
		}
	}
}

// One phone is one account's, but a guardian lends the own one.
func TestPhoneOfAGuardian(t *testing.T) {
	dir := t.TempDir()
	people(t, dir) // the phone is thu's
	r := open(t, dir, nil)
	const child, stranger = "001915990003", "001990990004"
	for name, c := range map[string]struct {
		q    central.PhoneQuestion
		want central.Outcome
	}{
		"the guardian's":          {central.PhoneQuestion{Number: child, Phone: "+84 900 000 001", Guardian: thu}, central.Pass},
		"control, without":        {central.PhoneQuestion{Number: child, Phone: "0900000001"}, central.Fail},
		"another's guardian":      {central.PhoneQuestion{Number: child, Phone: "0900000001", Guardian: stranger}, central.Fail},
		"a free one of the child": {central.PhoneQuestion{Number: child, Phone: "0911111111", Guardian: thu}, central.Pass},
	} {
		if a, err := r.Phone(t.Context(), c.q); err != nil || a.Outcome != c.want {
			t.Errorf("%s: %s, %v, want %s", name, a.Outcome, err, c.want)
		}
	}
	for _, guardian := range []string{child, "x"} {
		if _, err := r.Phone(t.Context(), central.PhoneQuestion{Number: child, Phone: "0900000001", Guardian: guardian}); !errors.Is(err, central.ErrQuestion) {
			t.Errorf("guardian %q: %v", guardian, err)
		}
	}
}

// A citizen is added, and one with the same number replaced.
func TestAdd(t *testing.T) {
	dir := t.TempDir()
	people(t, dir)
	r := open(t, dir, nil)
	err := central.Add(dir, map[string]float64{"demo": 0.3},
		central.Citizen{Number: "001990990003", Fields: map[string]string{"name": "Lê Văn Giả"}, Face: &face.Template{Model: "demo", Vector: []float32{1, 0}}},
		central.Citizen{Number: mau, Fields: map[string]string{"name": "Trần Thị Giả"}})
	if err != nil {
		t.Fatal(err)
	}
	for number, name := range map[string]string{thu: "Nguyễn Văn Thử", mau: "Trần Thị Giả", "001990990003": "Lê Văn Giả"} {
		a, err := r.Check(t.Context(), central.Question{Kind: central.Data, Number: number, Fields: map[string]string{"name": name}})
		if err != nil || a.Outcome != central.Pass {
			t.Errorf("%s, %v", a.Outcome, err)
		}
	}
	for model, number := range map[string]string{"m": thu, "demo": "001990990003"} {
		q := central.Question{Kind: central.Face, Number: number, Face: &face.Template{Model: model, Vector: []float32{0.9, 0.1}}}
		if a, err := r.Check(t.Context(), q); err != nil || a.Outcome != central.Pass {
			t.Errorf("face by %s: %s, %v", model, a.Outcome, err)
		}
	}
}

func TestPhoneAndAppointments(t *testing.T) {
	dir := t.TempDir()
	day := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	if err := central.Invent(dir, 50, 1, "tram-thu-001", day); err != nil {
		t.Fatal(err)
	}
	r := open(t, dir, nil)
	list, err := r.Appointments(t.Context(), "tram-thu-001", "2026-11-23")
	if err != nil || len(list) != 40 || list[0].At.Hour() != 8 || !list[0].At.Before(list[39].At) {
		t.Fatalf("%d appointments, %v", len(list), err)
	}
	if other, err := r.Appointments(t.Context(), "tram-thu-002", "2026-11-23"); err != nil || len(other) != 0 {
		t.Errorf("another station sees %d, %v", len(other), err)
	}
	if _, err := r.Appointments(t.Context(), "tram-thu-001", "hôm nay"); !errors.Is(err, central.ErrQuestion) {
		t.Error(err)
	}
	own, other := list[0].Number, list[1].Number
	for number, want := range map[string]central.Outcome{own: central.Pass, other: central.Fail} {
		if a, err := r.Phone(t.Context(), central.PhoneQuestion{Number: number, Phone: "0900000001"}); err != nil || a.Outcome != want {
			t.Errorf("phone: %s, %v, want %s", a.Outcome, err, want)
		}
	}
	if a, err := r.Phone(t.Context(), central.PhoneQuestion{Number: other, Phone: "0911111111"}); err != nil || a.Outcome != central.Pass {
		t.Errorf("a free phone: %s, %v", a.Outcome, err)
	}
	if a, err := r.Check(t.Context(), central.Question{Kind: central.Data, Number: own, Fields: map[string]string{"name": list[0].Name}}); err != nil || a.Outcome != central.Pass {
		t.Errorf("an invented citizen: %s, %v", a.Outcome, err)
	}
}

func TestReload(t *testing.T) {
	dir := t.TempDir()
	var log bytes.Buffer
	r := open(t, dir, slog.New(slog.NewJSONHandler(&log, nil)))
	q := central.Question{Kind: central.Data, Number: thu, Fields: map[string]string{"name": "Nguyễn Văn Thử"}}
	want := func(when string, o central.Outcome) {
		t.Helper()
		if a, err := r.Check(t.Context(), q); err != nil || a.Outcome != o {
			t.Errorf("%s: %s, %v, want %s", when, a.Outcome, err, o)
		}
	}
	want("an empty folder", central.NotFound)
	people(t, dir)
	want("a register that appears", central.Pass)
	path := filepath.Join(dir, "citizens.json")
	if err := os.WriteFile(path, []byte(`{"citizens":[{"number":"Nguyễn Văn Thử"`), 0o600); err != nil {
		t.Fatal(err)
	}
	want("a file cut off", central.Pass)
	save(t, path, map[string]any{"citizens": []central.Citizen{{Number: thu}, {Number: thu}}})
	want("a number twice", central.Pass)
	if log.Len() == 0 || strings.Contains(log.String(), "Thử") || strings.Contains(log.String(), thu) {
		t.Errorf("the log: %s", log.String())
	}
	save(t, path, map[string]any{"citizens": []central.Citizen{}})
	want("an emptied register", central.NotFound)
}
