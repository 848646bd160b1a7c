// Package checkup tries a station's devices as an officer does in the morning:
// any card answers, the camera films, any finger is taken. Nothing of it is kept,
// and nothing is read from the card.
package checkup

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/jpeg"
	"time"

	"golang.org/x/image/draw"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/verdict"
)

// The parts that can be tried.
const (
	Reader  = "reader"
	Camera  = "camera"
	Scanner = "scanner"
)

// How a try ended.
const (
	OK     = "ok"
	Failed = "failed"
	Page   = "page" // the page itself has the device: it tries it
)

const (
	patience = 11 * time.Second // for the hand of the officer
	settling = 8                // frames until a camera has found the light
	width    = 480              // of the picture that is shown
	quality  = 80
	samples  = 64 // of the brightness, on each side
)

// The light of a usable picture, 0 to 255 on average.
const (
	dark   = 40
	bright = 225
)

// Devices are the station's, as the enrolment opens them. A nil one is not
// tried; PageFilms says that the camera is the browser's.
type Devices struct {
	Slot      func() (apdu.Slot, error)
	Camera    func(context.Context) (biometrics.Camera, error)
	Scanner   func(context.Context) (biometrics.Scanner, error)
	PageFilms bool
}

// Result says how a try ended, in words.
type Result struct {
	Part    string        `json:"part"`
	Outcome string        `json:"outcome"`
	Words   verdict.Words `json:"words"`
	Next    verdict.Words `json:"next,omitzero"`
	// Picture is what the camera sees now, a JPEG. It is kept nowhere.
	Picture []byte `json:"picture,omitempty"`
}

// Known reports whether a part can be tried.
func Known(part string) bool { return part == Reader || part == Camera || part == Scanner }

// Try tries a part. It ends by itself within seconds.
func (d Devices) Try(ctx context.Context, part string) Result {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var r Result
	switch part {
	case Reader:
		r = d.reader(ctx)
	case Camera:
		r = d.camera(ctx)
	default:
		r = d.scanner(ctx)
	}
	r.Part = part
	return r
}

func failed(found finding) Result {
	return Result{Outcome: Failed, Words: found.words, Next: found.next}
}

// command asks a card for eight random bytes (ISO/IEC 7816-4 §11.5.3): whatever
// it answers, it answers, and nothing of it is told.
var command = []byte{0x00, 0x84, 0x00, 0x00, 0x08}

func (d Devices) reader(ctx context.Context) Result {
	if d.Slot == nil {
		return failed(noReader)
	}
	slot, err := d.Slot()
	if err != nil {
		return failed(reading(ctx, err))
	}
	card, err := slot.Insert(ctx)
	if err != nil {
		return failed(reading(ctx, err))
	}
	_, err = card.Transmit(ctx, command)
	_ = card.Close() // the answer counts
	if err != nil {
		return failed(reading(ctx, err))
	}
	return Result{Outcome: OK, Words: verdict.Words{VI: "Thẻ trả lời qua " + slot.Name(), EN: "A card answers by " + slot.Name()}}
}

func reading(ctx context.Context, err error) finding {
	switch {
	case errors.Is(err, apdu.ErrBusy):
		return readerBusy
	case errors.Is(err, apdu.ErrCardLost):
		return cardMoved
	case errors.Is(err, apdu.ErrNoReader):
		return noReader
	case ctx.Err() != nil:
		return noCard
	}
	return noReader
}

func (d Devices) camera(ctx context.Context) Result {
	if d.PageFilms {
		return Result{Outcome: Page, Words: verdict.Words{VI: "Máy ảnh của trình duyệt", EN: "The browser's camera"}}
	}
	if d.Camera == nil {
		return failed(noCamera)
	}
	cam, err := d.Camera(ctx)
	if err != nil {
		return failed(noCamera)
	}
	defer func() { _ = cam.Close() }() // nothing was written
	var frame biometrics.Frame
	for range settling {
		if frame, err = cam.Frame(ctx); err != nil {
			return failed(noPicture)
		}
	}
	picture, light, err := small(frame.Image)
	if err != nil {
		return failed(noPicture)
	}
	r := Result{Outcome: OK, Picture: picture, Words: verdict.Words{VI: "Máy ảnh đang quay: " + cam.Device().Name, EN: "The camera films: " + cam.Device().Name}}
	switch {
	case light < dark:
		r.Outcome, r.Words, r.Next = Failed, tooDark.words, tooDark.next
	case light > bright:
		r.Outcome, r.Words, r.Next = Failed, tooBright.words, tooBright.next
	}
	return r
}

// small is a picture to show, and how bright it is on average.
func small(from image.Image) (picture []byte, light int, err error) {
	if from == nil || from.Bounds().Empty() {
		return nil, 0, biometrics.ErrBadImage
	}
	b := from.Bounds()
	to := image.NewRGBA(image.Rect(0, 0, width, max(1, width*b.Dy()/b.Dx())))
	draw.ApproxBiLinear.Scale(to, to.Rect, from, b, draw.Src, nil)
	grey := image.NewGray(image.Rect(0, 0, samples, samples))
	draw.ApproxBiLinear.Scale(grey, grey.Rect, from, b, draw.Src, nil)
	for _, v := range grey.Pix {
		light += int(v)
	}
	var out bytes.Buffer
	err = jpeg.Encode(&out, to, &jpeg.Options{Quality: quality})
	return out.Bytes(), light / len(grey.Pix), err
}

func (d Devices) scanner(ctx context.Context) Result {
	if d.Scanner == nil {
		return failed(noScanner)
	}
	s, err := d.Scanner(ctx)
	if err != nil {
		return failed(noScanner)
	}
	defer func() { _ = s.Close() }() // nothing was written
	seen := func(*image.Gray) {}     // the picture is nobody's business
	taken, err := s.Capture(ctx, biometrics.Request{Finger: biometrics.RightIndex, Impression: biometrics.Plain}, seen)
	if errors.Is(err, biometrics.ErrNotTaken) { // a reader of four fingers alone
		taken, err = s.Capture(ctx, biometrics.Request{Finger: biometrics.RightSlap, Impression: biometrics.Plain}, seen)
	}
	switch {
	case errors.Is(err, biometrics.ErrNoDevice):
		return failed(noScanner)
	case errors.Is(err, biometrics.ErrNoFinger), err != nil && ctx.Err() != nil:
		return failed(noFinger)
	case err != nil, taken.Slap == nil && len(taken.Prints) == 0:
		return failed(noPrint)
	}
	return Result{Outcome: OK, Words: verdict.Words{VI: "Đã nhận vân tay: " + s.Device().Name, EN: "A finger was taken: " + s.Device().Name}}
}
