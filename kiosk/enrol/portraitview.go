package enrol

import (
	"context"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/reader/lds"
	"github.com/tram-station/tram/reader/verdict"
)

// PortraitView is the state of the portrait. The picture is Image("portrait"),
// that of a try without one Image("portrait-try"), the chip's Image("dg2").
type PortraitView struct {
	// State is "idle", "starting", "live", "missed" (the try's time is over),
	// "used-up" (so are the tries: by hand only), "taken" (waits for the
	// comparison and the officer), "stopped" (the officer does not see the same
	// person) or "done".
	State    string               `json:"state"`
	Guidance verdict.Words        `json:"guidance"`
	OK       bool                 `json:"ok"`
	Measures []biometrics.Measure `json:"measures"` // of the frame or of the picture shown
	Face     *Place               `json:"face,omitempty"`
	Progress float64              `json:"progress"` // of the time that everything has to be good, 0 to 1
	// Challenge is what the citizen is asked to do first; nil: nothing.
	Challenge *face.ChallengeState `json:"challenge,omitempty"`
	Failed    []FailedView         `json:"failed"` // measures of the picture shown that are not in order
	Tries     int                  `json:"tries"`  // begun or ended, this one included
	Left      int                  `json:"left"`   // that the rules still allow
	Manual    bool                 `json:"manual"` // taken by hand
	Waits     bool                 `json:"waits"`  // for the trigger: the reason is known
	Reason    string               `json:"reason,omitempty"`
	Virtual   bool                 `json:"virtual"`
	Match     *MatchView           `json:"match,omitempty"` // when there is a portrait
	Attack    verdict.Words        `json:"attack"`          // what is known of presentation attacks
}

// FailedView is one measure that is not in order.
type FailedView struct {
	Name     string        `json:"name"`
	Advisory bool          `json:"advisory"` // it only warns
	Words    verdict.Words `json:"words"`
}

// MatchView is the comparison with the chip's photograph.
type MatchView struct {
	State  string        `json:"state"` // "waiting" (for the chip), "running", "done" or "not-done"
	Code   string        `json:"code,omitempty"`
	Band   face.Band     `json:"band,omitempty"` // of "done"
	Score  float64       `json:"score"`
	Accept float64       `json:"accept"` // the model's limits
	Review float64       `json:"review"`
	Model  string        `json:"model,omitempty"`
	Words  verdict.Words `json:"words"`
	Reason string        `json:"reason,omitempty"` // of the officer's decision
}

func (s *Station) projectPortrait(snap *Snapshot, pictures map[string]picture) {
	st := s.st
	v := PortraitView{State: st.portraitState(s.rules), Tries: len(st.runs), Left: max(0, s.rules.PortraitTries-st.triesUsed()),
		Waits: st.byHand != ""}
	shown := st.portrait
	switch {
	case shown != nil:
		v.OK, v.Manual, v.Reason = true, shown.Manual, st.portraitHow
		pictures["portrait"] = picture{shown.JPEG, mediaJPEG}
		v.Match = st.matchView()
		v.Attack = shown.Attack.Words()
	case st.wantPortrait:
		if l := s.live.portrait; l.State != "" {
			v.State, v.Guidance, v.OK, v.Measures = l.State, l.Guidance, l.OK, l.Measures
			v.Face, v.Progress, v.Challenge, v.Virtual = l.Face, l.Progress, l.Challenge, l.Virtual
		}
		v.Tries++
	case st.best != nil:
		shown = st.best
		pictures["portrait-try"] = picture{shown.JPEG, mediaJPEG}
	}
	if shown != nil {
		v.Measures, v.Virtual, v.Failed = shown.Measures, shown.Device.Virtual, failed(shown.Measures)
	}
	v.Measures = append([]biometrics.Measure{}, v.Measures...)
	if v.Failed == nil {
		v.Failed = []FailedView{}
	}
	snap.Portrait = v
}

// failed lists what is not in order, what only warns last.
func failed(measures []biometrics.Measure) (out []FailedView) {
	for _, advisory := range []bool{false, true} {
		for _, m := range measures {
			if !m.OK && m.Advisory == advisory {
				out = append(out, FailedView{m.Name, advisory, face.Words(m.Code)})
			}
		}
	}
	return out
}

// decisionReason is what the officer gave for the last word on the pictures.
func (s *state) decisionReason() string {
	switch {
	case s.stopped != nil:
		return s.stopped.Reason
	case s.decision != nil:
		return s.decision.Reason
	}
	return ""
}

func (s *state) matchView() *MatchView {
	switch m := s.matched; {
	case m != nil && m.Match != nil:
		r := m.Match
		return &MatchView{State: "done", Band: r.Band, Score: r.Score, Accept: r.Bands.Accept, Review: r.Bands.Review,
			Model: r.Model, Words: matchReasons[string(r.Band)], Reason: s.decisionReason()}
	case m != nil:
		return &MatchView{State: "not-done", Code: m.Code, Words: matchReasons[m.Code], Reason: s.decisionReason()}
	case s.chip == nil && !s.cardless():
		return &MatchView{State: "waiting", Words: words("Chờ đọc xong chip để so khớp", "Waits for the chip to be read")}
	}
	return &MatchView{State: "running", Words: words("Đang so khớp với ảnh trên chip", "Being compared with the chip's photograph")}
}

// The states of ChipView.Photo.
const (
	photoShown    = "shown"
	photoNone     = "none"       // the chip holds none
	photoUnusable = "unreadable" // it can not be decoded
)

// viewPatience bounds how long one photograph may take to decode.
const viewPatience = 10 * time.Second

// viewPhoto makes the chip's photograph fit for a page. What a chip holds is
// hostile until it is decoded, and a bad one stops no enrolment.
func (s *Station) viewPhoto(ctx context.Context, f *lds.Face) {
	jpeg, err := s.decodePhoto(ctx, f)
	s.report(ctx, func() {
		s.live.photo = photoShown
		if err != nil {
			s.log.Warn("the chip's photograph can not be shown", "type", f.MediaType, "err", err)
			s.live.photo = photoUnusable
		}
		s.live.dg2 = jpeg
	})
}

func (s *Station) decodePhoto(ctx context.Context, f *lds.Face) ([]byte, error) {
	if s.cfg.View == nil {
		if f.MediaType != mediaJPEG {
			return nil, ErrChipPhoto
		}
		return f.Image, nil
	}
	ctx, cancel := context.WithTimeout(ctx, viewPatience)
	defer cancel()
	return s.cfg.View(ctx, f.MediaType, f.Image)
}
