//go:build realparts

package kiosk

import (
	"bytes"
	"encoding/json"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"github.com/tram-station/tram/mrz/specimen"
)

// TestZoneFromAPicture needs the font OCR-B to draw the back of a card.
func TestZoneFromAPicture(t *testing.T) {
	b := newBench(t)
	token := b.login()
	ask := func(shot specimen.Shot) (status int, text, kind, code string, want specimen.Truth) {
		t.Helper()
		frame, truth, err := specimen.ZoneFrame(3, shot)
		if err != nil {
			t.Fatalf("apt-get install fonts-ocr-b: %v", err)
		}
		var file bytes.Buffer
		if err := png.Encode(&file, frame); err != nil {
			t.Fatal(err)
		}
		w := b.ask(http.MethodPost, "/api/qr", file.String(), token, header("Content-Type", "image/png"))
		var answer struct {
			Text, Kind string
			Error      problem
		}
		_ = json.Unmarshal(w.Body.Bytes(), &answer)
		return w.Code, answer.Text, answer.Kind, answer.Error.Code, truth
	}
	if status, text, kind, _, truth := ask(specimen.Shot{}); status != 200 || kind != "mrz" || text != strings.Join(truth.Lines, "\n") {
		t.Errorf("the back of a card: %d, %s %q, want %q", status, kind, text, truth.Lines)
	}
	if status, _, _, code, _ := ask(specimen.Shot{PxMM: 1}); status != http.StatusUnprocessableEntity || code == "" {
		t.Errorf("a zone of two pixels a character: %d %q", status, code)
	}
}
