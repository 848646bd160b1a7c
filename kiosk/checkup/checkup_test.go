package checkup_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"strings"
	"testing"
	"time"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/virtual"
	"github.com/tram-station/tram/kiosk/checkup"
	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/verdict"
)

// stub answers a card's commands, and knows which came.
type stub struct{ seen [][]byte }

func (s *stub) Reset() {}
func (s *stub) Process(command []byte) []byte {
	s.seen = append(s.seen, bytes.Clone(command))
	return []byte{0x6D, 0x00} // it knows none: it answers all the same
}

// even is a camera that sees one brightness.
type even struct{ light uint8 }

func (e even) Frame(context.Context) (biometrics.Frame, error) {
	img := image.NewRGBA(image.Rect(0, 0, 1280, 720))
	draw.Draw(img, img.Rect, image.NewUniform(color.Gray{Y: e.light}), image.Point{}, draw.Src)
	return biometrics.Frame{Image: img}, nil
}
func (e even) Device() biometrics.Device { return biometrics.Device{Name: "Even"} }
func (e even) Close() error              { return nil }

func camera(light uint8) func(context.Context) (biometrics.Camera, error) {
	return func(context.Context) (biometrics.Camera, error) { return even{light}, nil }
}

func scanner(s *virtual.Scanner) func(context.Context) (biometrics.Scanner, error) {
	return func(context.Context) (biometrics.Scanner, error) { return s, nil }
}

func slot(s apdu.Slot, err error) func() (apdu.Slot, error) {
	return func() (apdu.Slot, error) { return s, err }
}

func TestEachFaultHasItsOwnWords(t *testing.T) {
	held, card := &apdu.VirtualSlot{}, &stub{}
	held.Put(card)
	busy := &apdu.VirtualSlot{}
	busy.Put(card)
	busy.Hold(true)
	gone := func(context.Context) (biometrics.Camera, error) { return nil, biometrics.ErrNoDevice }
	pulled := &virtual.Scanner{Seed: 1}
	pulled.Unplug()
	seen := map[string]string{}
	for _, c := range []struct {
		name, part, outcome string
		devices             checkup.Devices
	}{
		{"a card", checkup.Reader, checkup.OK, checkup.Devices{Slot: slot(held, nil)}},
		{"no reader", checkup.Reader, checkup.Failed, checkup.Devices{Slot: slot(nil, apdu.ErrNoReader)}},
		{"reader busy", checkup.Reader, checkup.Failed, checkup.Devices{Slot: slot(busy, nil)}},
		{"no card", checkup.Reader, checkup.Failed, checkup.Devices{Slot: slot(&apdu.VirtualSlot{}, nil)}},
		{"a picture", checkup.Camera, checkup.OK, checkup.Devices{Camera: camera(128)}},
		{"too dark", checkup.Camera, checkup.Failed, checkup.Devices{Camera: camera(10)}},
		{"too bright", checkup.Camera, checkup.Failed, checkup.Devices{Camera: camera(250)}},
		{"no camera", checkup.Camera, checkup.Failed, checkup.Devices{Camera: gone}},
		{"the page's", checkup.Camera, checkup.Page, checkup.Devices{PageFilms: true}},
		{"a finger", checkup.Scanner, checkup.OK, checkup.Devices{Scanner: scanner(&virtual.Scanner{Seed: 1})}},
		{"no finger", checkup.Scanner, checkup.Failed, checkup.Devices{Scanner: scanner(&virtual.Scanner{Seed: 1, Absent: time.Millisecond})}},
		{"a bad image", checkup.Scanner, checkup.Failed, checkup.Devices{Scanner: scanner(&virtual.Scanner{Seed: 1, Spoilt: 1})}},
		{"scanner pulled", checkup.Scanner, checkup.Failed, checkup.Devices{Scanner: scanner(pulled)}},
	} {
		patience := time.Minute
		if c.name == "no card" || c.name == "no finger" { // nobody's hand comes
			patience = 2 * time.Second
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		r := c.devices.Try(ctx, c.part)
		cancel()
		if r.Part != c.part || r.Outcome != c.outcome || r.Words.VI == "" || r.Words.EN == "" || (r.Next == verdict.Words{}) != (c.outcome != checkup.Failed) {
			t.Errorf("%s: %s %s, %v, %v", c.name, r.Part, r.Outcome, r.Words, r.Next)
		}
		if before := seen[r.Words.VI]; before != "" {
			t.Errorf("%s and %s say the same", before, c.name)
		}
		seen[r.Words.VI] = c.name
	}
	for _, command := range card.seen {
		if !bytes.HasPrefix(command, []byte{0x00, 0x84}) {
			t.Errorf("the card was asked %x", command)
		}
	}
	if len(card.seen) == 0 {
		t.Error("the card was never asked")
	}
}

func TestPictureIsSmall(t *testing.T) {
	r := checkup.Devices{Camera: camera(128)}.Try(t.Context(), checkup.Camera)
	cfg, err := jpeg.DecodeConfig(bytes.NewReader(r.Picture))
	if err != nil || cfg.Width != 480 || cfg.Height != 270 {
		t.Errorf("%+v, %v", cfg, err)
	}
}

func TestMissingDevicesFail(t *testing.T) {
	for _, part := range []string{checkup.Reader, checkup.Camera, checkup.Scanner} {
		if r := (checkup.Devices{}).Try(t.Context(), part); r.Outcome != checkup.Failed || !strings.HasPrefix(r.Words.VI, "Chưa kết nối") {
			t.Errorf("%s: %+v", part, r)
		}
		if !checkup.Known(part) {
			t.Errorf("%s is not known", part)
		}
	}
	if checkup.Known("printer") || checkup.Known("") {
		t.Error("what nobody can try is known")
	}
	broken := checkup.Devices{Slot: slot(nil, errors.New("something else"))}
	if r := broken.Try(t.Context(), checkup.Reader); r.Outcome != checkup.Failed {
		t.Errorf("%+v", r)
	}
}
