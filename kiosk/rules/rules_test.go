package rules

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
)

func TestRulesAreChecked(t *testing.T) {
	good, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Pack){
		"no version":          func(r *Pack) { r.Version = "" },
		"no tries":            func(r *Pack) { r.FingerTries = 0 },
		"finger 11":           func(r *Pack) { r.Fingers = append(r.Fingers, 11) },
		"a finger twice":      func(r *Pack) { r.Fingers = append(r.Fingers, r.Fingers[0]) },
		"a broken pattern":    func(r *Pack) { r.Phone = "(" },
		"an empty pattern":    func(r *Pack) { r.Email = "" },
		"a wrong example":     func(r *Pack) { r.Documents[0].Example = "x" },
		"a type twice":        func(r *Pack) { r.Documents = append(r.Documents, r.Documents[0]) },
		"an expired word":     func(r *Pack) { r.ExpiredCard = "whatever" },
		"a correctable birth": func(r *Pack) { r.Correctable = []string{"birth"} },
		"no reasons":          func(r *Pack) { r.FingerReasons = nil },
		"another mode":        func(r *Pack) { r.FingerMode = "toes" },
		"half a slap":         func(r *Pack) { r.FingerMode = Slaps },
		"a threshold of 101":  func(r *Pack) { r.FingerThresholds = map[biometrics.Finger]int{5: 101} },
		"a slap's threshold":  func(r *Pack) { r.FingerThresholds = map[biometrics.Finger]int{13: 40} },
		"a quality of -1":     func(r *Pack) { r.FingerQuality = -1 },
		"fewer than none":     func(r *Pack) { r.FingerMinutiae = -1 },
		"no portrait tries":   func(r *Pack) { r.PortraitTries = 0 },
		"no patience":         func(r *Pack) { r.PortraitPatience = 0 },
		"another challenge":   func(r *Pack) { r.PortraitChallenge = "sing" },
		"no portrait reasons": func(r *Pack) { r.PortraitReasons = nil },
		"retention twice":     func(r *Pack) { r.RetentionDays = 1 },
		"a state unkept":      func(r *Pack) { delete(r.Station.KeepHours, "rejected") },
		"a state not by time": func(r *Pack) { r.Station.KeepHours["sealed"] = 24 },
		"not an hour":         func(r *Pack) { r.Station.KeepHours["approved"] = 0 },
		"two years":           func(r *Pack) { r.Station.KeepHours["approved"] = 2 * maxKeepHours },
		"a quota below 0":     func(r *Pack) { r.Station.QuotaMB = -1 },
		"a quota too large":   func(r *Pack) { r.Station.QuotaMB = maxQuotaMB + 1 },
		"no window":           func(r *Pack) { r.Station.Window = "at night" },
	} {
		b, _ := json.Marshal(good)
		var r Pack
		if err := json.Unmarshal(b, &r); err != nil {
			t.Fatal(err)
		}
		change(&r)
		b, _ = json.Marshal(r)
		if _, err := Parse(b); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	b, _ := json.Marshal(good)
	if _, err := Parse(b); err != nil {
		t.Errorf("the control: %v", err)
	}
}

// TestStationRules: the embedded pack keeps a final dossier a day and lets
// nothing be carried; a pack from before the section still says its days.
func TestStationRules(t *testing.T) {
	r, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	if keep := r.Station.Keep(); keep["approved"] != 24*time.Hour || keep["rejected"] != 24*time.Hour || keep["custody"] <= 24*time.Hour || r.Station.Courier {
		t.Errorf("the embedded pack: %v, courier %v", keep, r.Station.Courier)
	}
	b, _ := json.Marshal(r)
	var pack map[string]any
	if err := json.Unmarshal(b, &pack); err != nil {
		t.Fatal(err)
	}
	delete(pack, "station")
	pack["retention_days"] = 3
	b, _ = json.Marshal(pack)
	old, err := Parse(b)
	if err != nil {
		t.Fatalf("an earlier pack: %v", err)
	}
	if keep := old.Station.Keep(); keep["approved"] != 72*time.Hour || len(keep) != len(keptStates) || old.Station.Courier || old.Station.Quota() != 0 {
		t.Errorf("an earlier pack: %+v", old.Station)
	}
}

// TestExamplePack: the pack for `tram run --rules` applies, and is no other law
// than it says.
func TestExamplePack(t *testing.T) {
	b, err := os.ReadFile("example-issuance.json")
	if err != nil {
		t.Fatal(err)
	}
	r, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(r.Fingers); n != 10 || r.FingerMode != SlapsRolled || r.Threshold(5) != 30 || r.Threshold(2) != 40 || !strings.HasPrefix(r.Version, "example-") {
		t.Errorf("%d fingers, thresholds %d and %d", n, r.Threshold(5), r.Threshold(2))
	}
}

func TestPhonePattern(t *testing.T) {
	r, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	for phone, ok := range map[string]bool{"0912345678": true, "0321234567": true, "0561234567": true, "0791234567": true,
		"0112345678": false, "091234567": false, "09123456789": false, "84912345678": false, "0912345678\n": false} {
		if r.PhoneOK(phone) != ok {
			t.Errorf("%q: %v", phone, !ok)
		}
	}
}

// spoken leaves out what a pack says nothing of: a list that was never there.
func spoken(v any) any {
	switch x := v.(type) {
	case object:
		for name, value := range x {
			if value == nil {
				delete(x, name)
			}
			spoken(value)
		}
	case []any:
		for _, value := range x {
			spoken(value)
		}
	}
	return v
}

// FuzzParseRules: a pack is refused, or it applies in full, reads back the same
// and is one by the schema.
func FuzzParseRules(f *testing.F) {
	f.Add(embeddedRules)
	f.Add([]byte(`{"version":"1","kind":"x"}`))
	schema, err := compileSchema()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Parse(b)
		if err != nil {
			return
		}
		out, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(out)
		if err != nil {
			t.Fatalf("accepted, but not a second time: %v", err)
		}
		twice, err := json.Marshal(again)
		if err != nil || string(twice) != string(out) {
			t.Fatalf("reads back as another pack: %v", err)
		}
		var pack object
		if err := json.Unmarshal(out, &pack); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(spoken(pack)); err != nil {
			t.Fatalf("applies, and the schema refuses it: %v", err)
		}
	})
}

// TestPackWithATypo: a word that nobody reads, or a proof that is left open, is
// refused instead of being passed over.
func TestPackWithATypo(t *testing.T) {
	for _, c := range [][2]string{
		{`"photo": true`, `"foto": true`},
		{`"photo": true, `, ``},
		{`, "supervisor": true`, ``},
		{`"finger_same": true`, `"finger_sane": true`},
		{`  "finger_same": true,`, ``},
		{`"code": "missing"`, `"code": "worn"`},
		{`"code": "missing"`, `"code": ""`},
		{`"version"`, `"note": "", "version"`},
	} {
		b := bytes.Replace(embeddedRules, []byte(c[0]), []byte(c[1]), 1)
		if bytes.Equal(b, embeddedRules) {
			t.Fatalf("%s is not in the pack", c[0])
		}
		if _, err := Parse(b); err == nil {
			t.Errorf("%s → %s: accepted", c[0], c[1])
		}
	}
	for _, more := range []string{"{}", "x"} {
		if _, err := Parse(append(bytes.Clone(embeddedRules), more...)); err == nil {
			t.Errorf("%s behind the pack: accepted", more)
		}
	}
	double, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	double.PortraitReasons = append(double.PortraitReasons, double.PortraitReasons[0])
	b, _ := json.Marshal(double)
	if _, err := Parse(b); err == nil {
		t.Error("a portrait's reason twice: accepted")
	}
}
