package kiosk

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/kiosk/enrol"
)

// marked writes into every text of a view where it stands, and makes one of
// everything that can be there.
func marked(v reflect.Value, at string, deep int) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("‹" + at + "›")
	case reflect.Pointer:
		if deep > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			marked(v.Elem(), at, deep-1)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.Uint8 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			marked(v.Index(0), at, deep)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				marked(v.Field(i), strings.TrimPrefix(at+"."+f.Name, "."), deep)
			}
		}
	}
}

// everything is a snapshot with all that there can be.
func everything(step enrol.Step) (s enrol.Snapshot) {
	marked(reflect.ValueOf(&s).Elem(), "", 4)
	s.Step, s.ID, s.Version = step, enrolled, 7
	s.Person.Fields = nil
	for _, name := range []string{"number", "name", "birth", "sex", "nationality", "origin", "residence", "issue", "expiry", "old_number", "religion", "ethnicity", "document"} {
		f := enrol.Field{Name: name, Value: "‹value of " + name + "›", Print: "‹print›", Chip: "‹chip›", Conflict: true, Said: []enrol.SaidView{{Value: "‹said›"}}}
		s.Person.Fields = append(s.Person.Fields, f)
	}
	s.Steps = nil
	for _, name := range enrol.Order {
		s.Steps = append(s.Steps, enrol.StepView{Name: name, State: enrol.StateTodo})
	}
	return s
}

// TestViewsAreWhatTheScreenNeeds: every text of a snapshot that reaches the
// citizen's screen, screen by screen. What is not named here does not.
func TestViewsAreWhatTheScreenNeeds(t *testing.T) {
	b := newBench(t)
	b.login()
	person := []string{"value of name", "value of number", "value of birth", "value of sex", "value of residence"}
	portrait := []string{"Portrait.Guidance", "Portrait.State", "Portrait.Challenge.Message"}
	consent := []string{"ConsentText.Rules", "ConsentText.SHA256", "ConsentText.Registration.Words", "ConsentText.Registration.Purpose", "ConsentText.Registration.SHA256",
		"ConsentText.Documents.Words", "ConsentText.Documents.Purpose", "ConsentText.Documents.SHA256", "Documents.Type", "Documents.Number",
		"Consent.Answers", "Consent.Signed", "Consent.Signature", "Consent.Withdrawn.What", "Consent.Withdrawn.Type", "Consent.Withdrawn.Number"}
	reached := []string{"Person.Phone", "Person.Email", "Phone.State"}
	said := []string{"Citizen.Phone", "Citizen.Email", "Phone.State", "Chip.State"}
	for _, c := range []struct {
		step   enrol.Step
		change func(*enrol.Snapshot)
		screen string
		shown  []string
	}{
		{enrol.StepIdle, nil, enrol.ScreenBlank, nil},
		{enrol.StepNotice, nil, enrol.ScreenNotice, []string{"Kind.Words", "Prints.Units.Words"}},
		{enrol.StepIdentity, nil, enrol.ScreenWait, nil},
		{enrol.StepGuardian, func(s *enrol.Snapshot) { s.Guardian.Fields = nil }, enrol.ScreenGuardian, nil},
		{enrol.StepGuardian, nil, enrol.ScreenWait, nil},
		{enrol.StepCard, nil, enrol.ScreenCard, []string{"Chip.State"}},
		{enrol.StepPerson, func(s *enrol.Snapshot) { s.Citizen, s.Person.Phone, s.Person.Email = nil, "", "" }, enrol.ScreenPhone, []string{"Phone.State", "Chip.State"}},
		{enrol.StepPerson, nil, enrol.ScreenPerson, append(said, person...)},
		{enrol.StepRequest, nil, enrol.ScreenWait, nil},
		{enrol.StepRegister, nil, enrol.ScreenWait, nil},
		{enrol.StepPhone, nil, enrol.ScreenOTP, []string{"Person.Phone", "Person.Email", "Phone.State"}},
		{enrol.StepPhone, func(s *enrol.Snapshot) { s.Phone.State, s.Citizen.Phone = "taken", s.Person.Phone }, enrol.ScreenPhone, []string{"Person.Phone", "Citizen.Email", "Chip.State"}},
		{enrol.StepPortrait, nil, enrol.ScreenPortrait, portrait},
		{enrol.StepFingers, nil, enrol.ScreenFingers, []string{"Prints.Units.ID", "Prints.Units.Words", "Prints.Units.Prompt", "Prints.Units.State", "Fingers.Words", "Fingers.State", "Fingers.Causes"}},
		{enrol.StepFamily, nil, enrol.ScreenWait, nil},
		{enrol.StepDocuments, nil, enrol.ScreenWait, nil},
		{enrol.StepConsent, nil, enrol.ScreenConsent, consent},
		{enrol.StepSign, nil, enrol.ScreenWait, slices.Concat(person, reached, portrait, consent)},
		{enrol.StepSeal, nil, enrol.ScreenWait, nil},
		{enrol.StepDone, nil, enrol.ScreenStatus, []string{"Receipt.ID", "Receipt.State", "Receipt.Due", "Receipt.Words"}},
		{enrol.StepDone, func(s *enrol.Snapshot) { s.Receipt = nil }, enrol.ScreenWait, nil},
	} {
		s := everything(c.step)
		if c.change != nil {
			c.change(&s)
		}
		v := b.server.seen(s)
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]bool{}
		for _, m := range regexp.MustCompile(`‹(.*?)›`).FindAllStringSubmatch(string(raw), -1) {
			got[strings.TrimSuffix(strings.TrimSuffix(m[1], ".VI"), ".EN")] = true
		}
		shown, want := slices.Sorted(maps.Keys(got)), slices.Sorted(slices.Values(c.shown))
		if v.Screen != c.screen || !slices.Equal(shown, want) {
			t.Errorf("in %s: %s shows %s\nwant %s: %s", c.step, v.Screen, fmt.Sprint(shown), c.screen, fmt.Sprint(want))
		}
		if blank := c.screen == enrol.ScreenBlank; blank != (v.ID == "") || blank != (len(v.Steps) == 0) {
			t.Errorf("in %s: id %q, %d steps", c.step, v.ID, len(v.Steps))
		}
	}
}

// TestHotlineIsThatOfThePapers: the status names the number that the receipt has.
func TestHotlineIsThatOfThePapers(t *testing.T) {
	b := newBench(t)
	b.login()
	if v := b.server.seen(everything(enrol.StepDone)); v.Receipt == nil || v.Receipt.Hotline != hotline {
		t.Errorf("where the office names none: %+v", v.Receipt)
	}
	b.server.cfg.Office.Hotline = "1800 0000"
	if v := b.server.seen(everything(enrol.StepDone)); v.Receipt == nil || v.Receipt.Hotline != "1800 0000" {
		t.Errorf("where it does: %+v", v.Receipt)
	}
}

// TestCitizensPhoneWords: one sentence for each state, in the citizen's place.
func TestCitizensPhoneWords(t *testing.T) {
	seen := map[string]string{}
	for _, state := range []string{"asking", "ready", "sent", "verified", "not-done", "taken", "expired", "spent"} {
		w := citizenPhoneWords(enrol.PhoneView{State: state, Digits: 6})
		if w.VI == "" || w.EN == "" || strings.Contains(w.VI+w.EN, "%") || seen[w.VI] != "" {
			t.Errorf("%s: %+v, as %s", state, w, seen[w.VI])
		}
		seen[w.VI] = state
	}
	if w := citizenPhoneWords(enrol.PhoneView{State: "sent", Digits: 6}); !strings.Contains(w.VI, " 6 ") || !strings.Contains(w.EN, " 6 ") {
		t.Errorf("%+v", w)
	}
	if w := citizenPhoneWords(enrol.PhoneView{State: "sent", Digits: 6, Tries: 1}); w != phoneNotThat {
		t.Errorf("behind a wrong code: %+v", w)
	}
}
