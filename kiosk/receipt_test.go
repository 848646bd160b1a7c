package kiosk

import (
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/queue"
)

// TestReceiptPaper: what was told stays told, and custody stands on the paper
// only with the central's receipt.
func TestReceiptPaper(t *testing.T) {
	b := newBench(t)
	token := b.login()
	told := queue.Promise{Day: "2026-11-26", Sure: true, Days: 3, Form: "TK01"}
	read := func(d offline.Status) (p receiptPaper) {
		t.Helper()
		d.Promise = told
		b.outbox.list = []offline.Status{d}
		w := b.ask(http.MethodGet, "/api/receipt/"+d.ID.String(), "", token)
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != http.StatusOK || p.ID != d.ID.String() {
			t.Fatalf("%d %s: %v", w.Code, w.Body, err)
		}
		return p
	}
	p := read(asked(offline.Custody))
	if !p.Custody || p.Received == nil || p.LogPosition != 17 || p.Due != told.Day || !p.DueSure || p.Days != 3 || p.Form != "TK01" ||
		p.Number != "••••••••0001" || p.Initials != "N.V.T." || !p.At.Equal(b.clock) {
		t.Errorf("%+v", p)
	}
	for _, state := range []offline.State{offline.Sealed, offline.Sending, offline.Refused} {
		d := asked(state)
		d.Receipt = nil // the steps may say what they want
		if p := read(d); p.Custody || p.Received != nil || p.LogPosition != 0 || p.State != state.String() {
			t.Errorf("%s: %+v", state, p)
		}
	}
	held := asked(offline.Sealed)
	held.Held, held.Receipt = true, nil
	if p := read(held); p.Custody || p.State != "held" {
		t.Errorf("held: %+v", p)
	}
	for id, status := range map[string]int{"x": 400, uuid.NewString(): 404} {
		if w := b.serve(b.request(http.MethodGet, "/api/receipt/"+id, "", token)); w.Code != status {
			t.Errorf("%s: %d, want %d", id, w.Code, status)
		}
	}
	if w := b.ask(http.MethodGet, "/api/receipt/"+held.ID.String(), ""); w.Code != http.StatusUnauthorized {
		t.Errorf("without a session: %d", w.Code)
	}
}

// TestReceiptCode: the drawing is the dossier's number, also when a part of it
// is torn off.
func TestReceiptCode(t *testing.T) {
	id := "0193a5b2-7c1e-7aaa-8bbb-0123456789ab"
	code, err := codeOf(id)
	if err != nil {
		t.Fatal(err)
	}
	const scale = 6
	drawn := image.NewGray(image.Rect(0, 0, code.Size*scale, code.Size*scale))
	for i := range drawn.Pix {
		drawn.Pix[i] = 255
	}
	for _, bar := range strings.Split(strings.TrimSuffix(code.Path, "z"), "z") {
		var x, y, n, back int
		if _, err := fmt.Sscanf(bar, "M%d %dh%dv1h-%d", &x, &y, &n, &back); err != nil || n != back || x < quietZone || y < quietZone || x+n > code.Size-quietZone {
			t.Fatalf("%q: %v", bar, err)
		}
		for py := y * scale; py < (y+1)*scale; py++ {
			for px := x * scale; px < (x+n)*scale; px++ {
				drawn.SetGray(px, py, color.Gray{})
			}
		}
	}
	read := func() string {
		t.Helper()
		matrix, err := gozxing.NewBinaryBitmapFromImage(drawn)
		if err != nil {
			t.Fatal(err)
		}
		result, err := qrcode.NewQRCodeReader().Decode(matrix, nil)
		if err != nil {
			t.Fatalf("the code does not read: %v", err)
		}
		return result.GetText()
	}
	if got := read(); got != id {
		t.Errorf("the code says %q", got)
	}
	middle := code.Size * scale / 2
	for y := middle; y < middle+5*scale; y++ { // a stain
		for x := middle; x < middle+5*scale; x++ {
			drawn.SetGray(x, y, color.Gray{})
		}
	}
	if got := read(); got != id {
		t.Errorf("the stained code says %q", got)
	}
}

func TestOffice(t *testing.T) {
	b := newBench(t)
	var o Office
	w := b.ask(http.MethodGet, "/api/office", "", b.login())
	if err := json.Unmarshal(w.Body.Bytes(), &o); err != nil || o.Name == "" || o.Hotline != "1900.0368" {
		t.Errorf("%d %s: %v", w.Code, w.Body, err)
	}
	if named := (Office{Name: "CÔNG AN PHƯỜNG THỬ NGHIỆM", Hotline: "1"}).named(); named.Name != "CÔNG AN PHƯỜNG THỬ NGHIỆM" || named.Hotline != "1" {
		t.Errorf("what was said is lost: %+v", named)
	}
}

// TestFormIsLoggedBeforeSealing: only that of the enrolment under way, and
// masked.
func TestFormIsLoggedBeforeSealing(t *testing.T) {
	b := newBench(t)
	token := b.login()
	b.station.said()
	id := uuid.NewString()
	print := func(body string) int {
		t.Helper()
		return b.ask(http.MethodPost, "/api/printed", body, token).Code
	}
	body := `{"id":"` + id + `","paper":"form"}`
	now := view()
	now.ID, now.Kind = id, &enrol.KindView{Code: "citizen", Form: "TK01", Steps: []enrol.Step{}, Card: "required"}
	now.Person.Fields = []enrol.Field{{Name: "number", Value: "001090990001"}}
	for step, want := range map[enrol.Step]int{enrol.StepConsent: 404, enrol.StepSign: 204, enrol.StepSeal: 204, enrol.StepDone: 404} {
		now.Step = step
		b.station.snapshot = now
		if got := print(body); got != want {
			t.Errorf("at %s: %d, want %d", step, got, want)
		}
	}
	if said := b.station.said(); !slices.Equal(said, []string{"officer-1|form-printed|••••••••0001|TK01", "officer-1|form-printed|••••••••0001|TK01"}) {
		t.Errorf("log %q", said)
	}
	now.Step = enrol.StepSign
	b.station.snapshot = now
	for body, want := range map[string]int{
		`{"id":"` + uuid.NewString() + `","paper":"form"}`: 404, `{"id":"x","paper":"form"}`: 400,
	} {
		if got := print(body); got != want {
			t.Errorf("%s: %d, want %d", body, got, want)
		}
	}
	if w := b.serve(b.request(http.MethodPost, "/api/printed", `{"id":"`+id+`","paper":"poster"}`, token)); w.Code != 400 {
		t.Errorf("a poster: %d", w.Code)
	}
	verify := now
	verify.Kind = &enrol.KindView{Code: "verify", Steps: []enrol.Step{}, Card: "required"}
	b.station.snapshot = verify
	if got := print(body); got != 404 {
		t.Errorf("a kind without a form: %d", got)
	}
}
