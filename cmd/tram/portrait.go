package main

import (
	"context"
	"fmt"
	"image"
	"math"
	"time"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/reader/verdict"
)

func newPortraitCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "portrait", Short: "Judge portraits"}
	var against, models string
	check := &cobra.Command{
		Use:   "check IMAGE...",
		Short: "Judge whether images make a portrait",
		Long: "Check looks for one face in each image (JPEG, PNG, JPEG 2000) and measures it after\n" +
			"ISO/IEC 29794-5: size, place, pose, light, sharpness, what covers it. With --against it\n" +
			"also compares the face with the one in another image, say the chip's. With --json it\n" +
			"prints one line an image: file, face, measures, verdict, messages, match, ms, or file\n" +
			"and error. Warnings do not refuse an image. It exits with 7 when an image does not pass,\n" +
			"and with 6 when all pass but a face is not that of the other image.\n" +
			"Presentation attacks (a photograph held before the camera) are not assessed.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runPortraitCheck(cmd.Context(), a, args, against, models)
		},
	}
	check.Flags().StringVar(&against, "against", "", "compare with the face in this image, say the chip's")
	check.Flags().StringVar(&models, "models", "", "model pack: a folder, or a name or name@version of `tram models ls` (default: the newest installed)")
	cmd.AddCommand(check)
	return cmd
}

// portraitLine is the result of one image as it is printed.
type portraitLine struct {
	File     string               `json:"file"`
	Face     *portraitFace        `json:"face"`
	Measures []biometrics.Measure `json:"measures"`
	Verdict  verdict.Outcome      `json:"verdict"`
	Messages []portraitMessage    `json:"messages"`
	Match    *portraitMatch       `json:"match,omitempty"`
	MS       float64              `json:"ms"`
}

// portraitFace is where the face is, pixels: boxes as x, y, width, height.
type portraitFace struct {
	Box         [4]int  `json:"box"`
	LeftEye     [2]int  `json:"left_eye"` // on the left of the picture
	RightEye    [2]int  `json:"right_eye"`
	Mouth       [2]int  `json:"mouth"`
	Chin        [2]int  `json:"chin"`
	EyeDistance float64 `json:"eye_distance"`
	Roll        float64 `json:"roll"`
	Score       float64 `json:"score"`
	Model       string  `json:"model"`
}

type portraitMessage struct {
	Code    string `json:"code"`
	Warning bool   `json:"warning,omitempty"` // does not refuse the image
	verdict.Words
}

// portraitMatch is the comparison of two faces. Without models nothing is
// compared, and it says so.
type portraitMatch struct {
	Score *float64    `json:"score"`
	Model *string     `json:"model"`
	Band  string      `json:"band"` // "accept", "review", "alarm", "not done"
	Bands *face.Bands `json:"bands,omitempty"`
	Why   string      `json:"reason,omitempty"` // of "not done"
}

// portraits judges images and compares them with one other.
type portraits struct {
	finder  face.Finder
	matcher face.Matcher   // nil: nothing is compared
	chip    *face.Template // of the other image
	asked   bool           // to compare
	missing error          // why nothing is compared
	pictures
}

func runPortraitCheck(ctx context.Context, a *app, files []string, against, models string) error {
	m, err := loadFaceModels(defaultData(), models)
	if err != nil {
		return err
	}
	defer closed(m)
	if m.lost != nil && !a.json { // with --json the models of each line say it
		fmt.Fprintln(a.stderr, "Not everything is measured or compared:", m.lost)
	}
	w := &portraits{finder: m.finder, matcher: m.matcher, missing: m.lost}
	defer closed(&w.pictures)
	if against != "" {
		if err := w.against(ctx, against); err != nil {
			return coded(exitInvalid, fmt.Errorf("%s: %w", against, err))
		}
	}
	failed, alarm := false, false
	for _, file := range files {
		line, err := w.check(ctx, file)
		if err == nil && against != "" {
			alarm = alarm || line.Match.Band == string(face.Alarm)
		}
		failed = failed || err != nil || line.Verdict != verdict.Passed
		if err := a.showPortrait(file, line, err); err != nil {
			return err
		}
	}
	switch {
	case failed:
		return coded(exitInvalid, errShown)
	case alarm:
		return coded(exitVerification, errShown)
	}
	return nil
}

// against opens the image that the others are compared with.
func (w *portraits) against(ctx context.Context, file string) error {
	img, err := w.open(ctx, file)
	if err != nil {
		return err
	}
	w.asked = true
	if w.matcher == nil {
		return nil
	}
	faces, err := w.finder.Find(img)
	if err != nil {
		return err
	}
	if len(faces) == 0 {
		return face.ErrNoFace
	}
	t, err := w.matcher.Template(img, faces[0])
	w.chip = &t
	return err
}

// match compares the first of the faces of img with the other image's.
func (w *portraits) match(img image.Image, faces []face.Face) (*portraitMatch, error) {
	switch {
	case w.matcher == nil:
		return &portraitMatch{Band: verdict.NotDone.String(), Why: w.missing.Error()}, nil
	case len(faces) == 0:
		return &portraitMatch{Band: verdict.NotDone.String(), Why: "no face in the picture"}, nil
	}
	t, err := w.matcher.Template(img, faces[0])
	if err != nil {
		return nil, err
	}
	score, err := face.Compare(t, *w.chip)
	if err != nil {
		return nil, err
	}
	bands, model := w.matcher.Bands(), w.matcher.Model()
	return &portraitMatch{Score: &score, Model: &model, Band: string(bands.Of(score)), Bands: &bands}, nil
}

func (w *portraits) check(ctx context.Context, file string) (*portraitLine, error) {
	img, err := w.open(ctx, file)
	if err != nil {
		return nil, err
	}
	begin := time.Now()
	faces, err := w.finder.Find(img)
	if err != nil {
		return nil, err
	}
	res := face.Judge(img, faces)
	line := &portraitLine{
		File: file, Measures: res.Measures, Verdict: verdict.Failed, Messages: []portraitMessage{},
		MS: float64(time.Since(begin).Microseconds()) / 1000,
	}
	if res.OK {
		line.Verdict = verdict.Passed
	}
	for _, code := range res.Problems {
		line.Messages = append(line.Messages, portraitMessage{code, false, face.Words(code)})
	}
	for _, code := range res.Warnings {
		line.Messages = append(line.Messages, portraitMessage{code, true, face.Words(code)})
	}
	if len(faces) > 0 {
		line.Face = faceLine(faces[0], w.finder.Model())
	}
	if w.asked {
		line.Match, err = w.match(img, faces)
	}
	return line, err
}

func faceLine(f face.Face, model string) *portraitFace {
	xy := func(p face.Point) [2]int { return [2]int{int(math.Round(p.X)), int(math.Round(p.Y))} }
	return &portraitFace{
		Box:     [4]int{f.Box.Min.X, f.Box.Min.Y, f.Box.Dx(), f.Box.Dy()},
		LeftEye: xy(f.Left), RightEye: xy(f.Right), Mouth: xy(f.Mouth), Chin: xy(f.Chin),
		EyeDistance: f.EyeDistance(), Roll: f.Roll(), Score: f.Score, Model: model,
	}
}

// showPortrait prints the result of one image, or why there is none.
func (a *app) showPortrait(file string, line *portraitLine, err error) error {
	switch {
	case a.json && err != nil:
		return a.printJSON(map[string]string{"file": file, "error": err.Error()})
	case a.json:
		return a.printJSON(line)
	case err != nil:
		fmt.Fprintf(a.stdout, "%s: %v\n", file, err)
		return nil
	}
	fmt.Fprintf(a.stdout, "%s: %s\n", file, line.Verdict)
	for _, m := range line.Measures {
		mark := "ok"
		switch {
		case !m.OK && m.Advisory:
			mark = "warning"
		case !m.OK:
			mark = "not ok"
		}
		fmt.Fprintf(a.stdout, "  %-24s %8.4g  score %3d  %s\n", m.Name, m.Native, m.Score, mark)
	}
	for _, m := range line.Messages {
		fmt.Fprintf(a.stdout, "  → %s  (%s)\n", m.VI, m.EN)
	}
	switch m := line.Match; {
	case m == nil:
	case m.Score == nil:
		fmt.Fprintf(a.stdout, "  %-24s %s: %s\n", "match", m.Band, m.Why)
	default:
		fmt.Fprintf(a.stdout, "  %-24s %8.4g  %s (accept from %.2g, the officer decides from %.2g; %s)\n",
			"match", *m.Score, m.Band, m.Bands.Accept, m.Bands.Review, *m.Model)
	}
	return nil
}
