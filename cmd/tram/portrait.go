package main

import (
	"fmt"
	"math"
	"time"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/reader/verdict"
)

func newPortraitCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "portrait", Short: "Judge portraits"}
	var against string
	check := &cobra.Command{
		Use:   "check IMAGE...",
		Short: "Judge whether images make a portrait",
		Long: "Check looks for one face in each image and measures size, place, light and\n" +
			"sharpness. With --json it prints one line an image: file, face, measures, verdict,\n" +
			"messages, ms, or file and error. It exits with 7 when an image does not pass.\n" +
			"Sunglasses, masks worn, expression, background and printed photographs are not assessed.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return runPortraitCheck(a, args, against) },
	}
	check.Flags().StringVar(&against, "against", "", "compare with the face in this image")
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
	EyeDistance float64 `json:"eye_distance"`
	Roll        float64 `json:"roll"`
	Score       float64 `json:"score"`
	Model       string  `json:"model"`
}

type portraitMessage struct {
	Code string `json:"code"`
	verdict.Words
}

// portraitMatch is the comparison of two faces. Without a face model nothing
// is compared, and it says so.
type portraitMatch struct {
	Score *float64 `json:"score"`
	Model *string  `json:"model"`
	Band  string   `json:"band"`
}

func runPortraitCheck(a *app, files []string, against string) error {
	finder, err := loadFinder()
	if err != nil {
		return err
	}
	if against != "" {
		if _, err := openImage(against); err != nil {
			return coded(exitInvalid, fmt.Errorf("%s: %w", against, err))
		}
	}
	failed := false
	for _, file := range files {
		line, err := checkPortrait(finder, file)
		if err == nil && against != "" {
			line.Match = &portraitMatch{Band: verdict.NotDone.String()}
		}
		failed = failed || err != nil || line.Verdict != verdict.Passed
		if err := a.showPortrait(file, line, err); err != nil {
			return err
		}
	}
	if failed {
		return coded(exitInvalid, errShown)
	}
	return nil
}

func checkPortrait(finder face.Finder, file string) (*portraitLine, error) {
	img, err := openImage(file)
	if err != nil {
		return nil, err
	}
	begin := time.Now()
	faces, err := finder.Find(img)
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
		line.Messages = append(line.Messages, portraitMessage{code, face.Words(code)})
	}
	if len(faces) > 0 {
		f := faces[0]
		xy := func(p face.Point) [2]int { return [2]int{int(math.Round(p.X)), int(math.Round(p.Y))} }
		line.Face = &portraitFace{
			Box:     [4]int{f.Box.Min.X, f.Box.Min.Y, f.Box.Dx(), f.Box.Dy()},
			LeftEye: xy(f.Left), RightEye: xy(f.Right), Mouth: xy(f.Mouth),
			EyeDistance: f.EyeDistance(), Roll: f.Roll(), Score: f.Score, Model: finder.Model(),
		}
	}
	return line, nil
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
		if !m.OK {
			mark = "not ok"
		}
		fmt.Fprintf(a.stdout, "  %-15s %8.4g  score %3d  %s\n", m.Name, m.Native, m.Score, mark)
	}
	for _, m := range line.Messages {
		fmt.Fprintf(a.stdout, "  → %s  (%s)\n", m.VI, m.EN)
	}
	if line.Match != nil {
		fmt.Fprintln(a.stdout, "  match           not done: no face model is installed; the officer compares the pictures")
	}
	return nil
}
