package enrol

import (
	"context"
	"errors"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/reader/verdict"
)

// Guidance is what the citizen sees while the portrait is taken.
type Guidance struct {
	JPEG     []byte // a small picture for the page; nil where there is none
	OK       bool   // every measure is good: hold still
	Words    verdict.Words
	Measures []biometrics.Measure
	Face     *Place  // nil: no face
	Progress float64 // 0 to 1: how long everything has been good, of the time that is wanted
	// Challenge is what the citizen is asked to do before; nil: nothing.
	Challenge *face.ChallengeState
}

// Place is where a face is, in pixels of a picture of Size: width, height.
type Place struct {
	Size  [2]int `json:"size"`
	Left  [2]int `json:"left"` // the eye on the left of the picture
	Right [2]int `json:"right"`
	Chin  [2]int `json:"chin"`
}

// Portrait is a captured and cropped portrait.
type Portrait struct {
	JPEG          []byte // cropped 3:4
	Original      []byte // the frame it was cut from, JPEG; may be nil
	Width, Height int    // of JPEG, pixels
	Measures      []biometrics.Measure
	Problems      []string // codes of what is not in order, gravest first; see face.Words
	Device        biometrics.Device
	Face          *Place // in JPEG; nil: no face
	Model         string // detector and version
	Tries         int
	Manual        bool        // the officer pressed the trigger
	Attack        face.Attack // what was done against presentation attacks
}

// Shoot says how a portrait is to be taken.
type Shoot struct {
	// Manual is closed when the officer presses the trigger: the next frame is
	// taken as it is, with or without a face. No citizen is turned away by a
	// detector.
	Manual <-chan struct{}
	// Patience ends the try with a *NotReadyError; 0 waits for ever.
	Patience time.Duration
	// Challenge is asked of the citizen before; empty: none.
	Challenge face.Challenge
}

// Portraiter takes one portrait by itself from a running camera, and compares
// it with the chip's.
type Portraiter interface {
	Capture(ctx context.Context, cam biometrics.Camera, how Shoot, on func(Guidance)) (*Portrait, error)
	// Match compares the portrait with the chip's photograph. It returns
	// ErrNoMatcher, ErrChipPhoto, ErrNoFaceLive or ErrNoFaceChip where there
	// is nothing to compare.
	Match(ctx context.Context, live *Portrait, mediaType string, chip []byte) (*face.Match, error)
}

// NotReadyError ends a try in which the picture never became good.
type NotReadyError struct {
	Best *Portrait // the best picture there was; nil when there was none
}

func (e *NotReadyError) Error() string {
	return "the portrait was not in order in time: mend what is named and try again, or take it by hand"
}

// Why a portrait was not compared with the chip's.
var (
	// ErrNoMatcher says that the station has no model that compares faces.
	ErrNoMatcher = errors.New("no model to compare faces: install a model pack, or compare by eye")
	// ErrChipPhoto says that the chip's photograph can not be shown.
	ErrChipPhoto = errors.New("the chip's photograph can not be decoded: compare with the card by eye")
	// ErrNoFaceLive says that no face is found in the portrait.
	ErrNoFaceLive = errors.New("no face found in the portrait: compare by eye")
	// ErrNoFaceChip says that no face is found in the chip's photograph.
	ErrNoFaceChip = errors.New("no face found in the chip's photograph: compare by eye")
)
