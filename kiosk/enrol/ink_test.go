package enrol

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"testing"
)

// paper is a picture of one colour, with strokes over it.
func paper(t testing.TB, ground color.Color, w, h int, ink color.Color, strokes ...image.Rectangle) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(img, img.Rect, image.NewUniform(ground), image.Point{}, draw.Src)
	for _, r := range strokes {
		draw.Draw(img, r, image.NewUniform(ink), image.Point{}, draw.Src)
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestSignatureIsWritten: a picture on which nobody has written is no signature,
// neither from the citizen's screen nor from the officer's page.
func TestSignatureIsWritten(t *testing.T) {
	const w, h = 1200, 500
	s := newBench(t, t.TempDir()).open(t)
	play(t, s, 0, step(t, CmdConsent))
	id := s.Snapshot().ID
	navy, line := color.RGBA{12, 37, 68, 255}, image.Rect(300, 200, 520, 205)
	whole := paper(t, color.White, w, h, navy, line)
	for name, c := range map[string]struct {
		picture []byte
		w, h    int
		code    string // "": taken
	}{
		"a stroke":         {whole, w, h, ""},
		"on yellow paper":  {paper(t, color.RGBA{240, 232, 190, 255}, w, h, navy, line), w, h, ""},
		"light on dark":    {paper(t, color.Black, w, h, color.White, line), w, h, ""},
		"white":            {paper(t, color.White, w, h, nil), w, h, "blank-signature"},
		"black":            {paper(t, color.Black, w, h, nil), w, h, "blank-signature"},
		"grey":             {paper(t, color.Gray{128}, w, h, nil), w, h, "blank-signature"},
		"a dot":            {paper(t, color.White, w, h, navy, image.Rect(300, 200, 305, 205)), w, h, "blank-signature"},
		"paler than ink":   {paper(t, color.White, w, h, color.Gray{215}, line), w, h, "blank-signature"},
		"small and white":  {paper(t, color.White, 3, 2, nil), 3, 2, "blank-signature"},
		"another size":     {whole, w, h + 1, "bad-page"},
		"cut off":          {whole[:len(whole)/2], w, h, "bad-page"},
		"nothing":          {nil, w, h, "bad-page"},
		"of no size":       {whole, w, 0, "page-too-large"},
		"beyond all sizes": {whole, maxInkPixels, 2, "page-too-large"},
	} {
		_, err := s.SignOnScreen(t.Context(), id, "officer-1", c.picture, c.w, c.h)
		_, also := s.Attach(t.Context(), "officer-1", PageSignature, c.picture, c.w, c.h)
		for who, err := range map[string]error{"the citizen's": err, "the officer's": also} {
			var refused *CommandError
			if c.code == "" && err != nil || c.code != "" && (!errors.As(err, &refused) || refused.Problem.Code != c.code) {
				t.Errorf("%s, %s: %v, want %q", name, who, err, c.code)
			}
		}
	}
	if _, err := s.Attach(t.Context(), "officer-1", PageDocument, paper(t, color.White, w, h, nil), w, h); err != nil {
		t.Errorf("the back of a paper may be white: %v", err)
	}
}

// TestCitizenSaysWhereTheySign: a consent from the own screen has a signature, or
// says that it is on paper.
func TestCitizenSaysWhereTheySign(t *testing.T) {
	s := newBench(t, t.TempDir()).open(t)
	snap := play(t, s, 0, step(t, CmdConsent))
	all := ConsentArgs{Registration: true, Documents: []bool{true, true}, Text: snap.ConsentText.SHA256}
	refusedWith(t, s, own(s, CmdConsent, all), "bad-signature")
	all.Signed = SignedPaper
	if got := mustOwn(t, s, CmdConsent, all); got.Consent.Signed != SignedPaper || got.Step != StepSign {
		t.Errorf("step %s, %+v", got.Step, got.Consent)
	}
}

// TestGuardiansScreen asks for the guardian's card until it is there, and for
// none of a guardian who was verified just before.
func TestGuardiansScreen(t *testing.T) {
	for name, c := range map[string]struct {
		guardian *GuardianView
		screen   string
	}{
		"nothing yet":     {nil, ScreenGuardian},
		"nobody yet":      {&GuardianView{}, ScreenGuardian},
		"read":            {&GuardianView{Fields: []Field{{Name: fieldName, Value: "Nguyễn Văn Cha"}}}, ScreenWait},
		"verified before": {&GuardianView{Carried: true}, ScreenWait},
	} {
		if got := CitizenScreen(Snapshot{Step: StepGuardian, Guardian: c.guardian}); got != c.screen {
			t.Errorf("%s: %s, want %s", name, got, c.screen)
		}
	}
}
