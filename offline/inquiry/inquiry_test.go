package inquiry_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/offline/gateway/central"
	"github.com/tram-station/tram/offline/inquiry"
)

const (
	thu  = "001990990001"
	name = "Nguyễn Văn Thử"
)

var (
	idA = uuid.MustParse("0197f000-0000-7000-8000-00000000000a")
	idB = uuid.MustParse("0197f000-0000-7000-8000-00000000000b")
	now = time.Date(2026, 11, 23, 1, 2, 3, 0, time.UTC)
)

// Both ends write the same JSON and have the same limits; neither imports the
// other.
func TestSameJSON(t *testing.T) {
	for what, pair := range map[string][2]any{
		"data": {
			inquiry.Question{Kind: inquiry.Data, Number: thu, Fields: map[string]string{"name": name}},
			central.Question{Kind: central.Data, Number: thu, Fields: map[string]string{"name": name}},
		},
		"face": {
			inquiry.Question{Kind: inquiry.Face, Number: thu, Face: &inquiry.Template{Model: "m", Vector: []float32{1, 0.5}}},
			central.Question{Kind: central.Face, Number: thu, Face: &face.Template{Model: "m", Vector: []float32{1, 0.5}}},
		},
		"fingers": {
			inquiry.Question{Kind: inquiry.Fingers, Number: thu, Fingers: []byte("FMR")},
			central.Question{Kind: central.Fingers, Number: thu, Fingers: []byte("FMR")},
		},
		"phone": {
			inquiry.PhoneQuestion{Number: thu, Phone: "0900000001", Guardian: "001990990002"},
			central.PhoneQuestion{Number: thu, Phone: "0900000001", Guardian: "001990990002"},
		},
		"answer": {
			inquiry.Answer{Outcome: inquiry.Fail, Fields: []inquiry.Field{{Name: "name", Outcome: inquiry.Fail}}, Words: inquiry.Words{VI: "a", EN: "b"}},
			central.Answer{Outcome: central.Fail, Fields: []central.Field{{Name: "name", Outcome: central.Fail}}, Words: central.Words{VI: "a", EN: "b"}},
		},
		"ticket":      {inquiry.Ticket{ID: idA, Expires: now}, central.Ticket{ID: idA, Expires: now}},
		"appointment": {inquiry.Appointment{At: now, Number: thu, Name: name, Kind: "k"}, central.Appointment{At: now, Number: thu, Name: name, Kind: "k"}},
		"exception": {
			inquiry.Exception{ID: idA, Dossier: idB, Code: "c", Reason: "r", Masked: "••••0001", Officer: "o"},
			central.Exception{ID: idA, Dossier: idB, Code: "c", Reason: "r", Masked: "••••0001", Officer: "o"},
		},
		"approval": {
			inquiry.Approval{ID: idA, State: inquiry.Approved, Reason: "r", Words: "w", Supervisor: "s", At: now, Signed: []byte("x")},
			central.Approval{ID: idA, State: central.Approved, Reason: "r", Words: "w", Supervisor: "s", At: now, Signed: []byte("x")},
		},
		"outcomes": {
			[]inquiry.Outcome{inquiry.Pass, inquiry.Fail, inquiry.NotFound, inquiry.NotHeld, inquiry.Expired, inquiry.Spent},
			[]central.Outcome{central.Pass, central.Fail, central.NotFound, central.NotHeld, central.Expired, central.Spent},
		},
		"limits": {
			[]int{inquiry.MaxFields, inquiry.MaxValue, inquiry.MaxVector, inquiry.MaxMinutiae, inquiry.CodeDigits},
			[]int{central.MaxFields, central.MaxValue, central.MaxVector, central.MaxMinutiae, central.CodeDigits},
		},
	} {
		a, err1 := json.Marshal(pair[0])
		b, err2 := json.Marshal(pair[1])
		var x, y any
		if err1 != nil || err2 != nil || json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil || !reflect.DeepEqual(x, y) {
			t.Errorf("%s: the station says %s, the gateway %s (%v, %v)", what, a, b, err1, err2)
		}
	}
}

// Nothing of a citizen comes into a log, whoever logs it.
func TestNothingIsLogged(t *testing.T) {
	var log bytes.Buffer
	l := slog.New(slog.NewJSONHandler(&log, nil))
	question := inquiry.Question{
		Kind: inquiry.Data, Number: thu, Fields: map[string]string{"name": name},
		Face: &inquiry.Template{Model: "m", Vector: []float32{0.125}},
	}
	phone := inquiry.PhoneQuestion{Number: thu, Phone: "0900000001"}
	appointment := inquiry.Appointment{Number: thu, Name: name}
	l.Info("said", "question", question, "face", *question.Face, "phone", phone, "appointment", appointment,
		"answer", inquiry.Answer{Outcome: inquiry.Fail, Fields: []inquiry.Field{{Name: "birth"}}},
		"exception", inquiry.Exception{Masked: "••••0001", Code: "finger-missing"})
	all := log.String() + fmt.Sprint(question, question.Face, phone, appointment) + fmt.Sprintf("%v %s", question, appointment)
	for _, secret := range []string{thu, "Thử", "0900000001", "0.125", "birth", "0001"} {
		if strings.Contains(all, secret) {
			t.Errorf("%q is said: %s", secret, all)
		}
	}
	if !strings.Contains(all, "question of kind data") || !strings.Contains(all, "finger-missing") {
		t.Errorf("control: %s", all)
	}
}

func TestMasked(t *testing.T) {
	for s, want := range map[string]bool{"••••••••0001": true, "": true, "****0001": true, "•••••••90001": false, thu: false, "Nguyễn": false, "1 2 3 4 5": false, "\x00": false} {
		if inquiry.Masked(s) != want {
			t.Errorf("Masked(%q) is not %v", s, want)
		}
	}
	for s, want := range map[string]bool{"officer-1": true, "a.b_c:d@e": true, "": false, "Nguyễn Văn Thử": false, "a b": false, strings.Repeat("a", 65): false} {
		if inquiry.Coded(s) != want {
			t.Errorf("Coded(%q) is not %v", s, want)
		}
	}
}
