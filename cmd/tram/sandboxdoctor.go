package main

import (
	"bytes"
	"context"
	"image"
	"image/png"

	"github.com/tram-station/tram/kiosk"
)

// sandbox says in what pictures are decoded that somebody sends, and tries it.
func (d doctor) sandbox(ctx context.Context) finding {
	f := finding{Name: "sandbox", State: "ok", Needed: true}
	words, whole := confinement()
	f.Detail = "uploaded pictures are decoded in " + words
	if !whole {
		f.State = "waiting"
	}
	var blank bytes.Buffer
	err := png.Encode(&blank, image.NewGray(image.Rect(0, 0, 8, 8)))
	if err == nil {
		var s *sandbox
		if s, err = newSandbox(); err == nil {
			_, _, _, err = s.Decode(ctx, kiosk.DecodePage, blank.Bytes())
		}
	}
	if err != nil {
		f.State, f.Detail, f.Next = "missing", "uploaded pictures can not be decoded", err.Error()
	}
	return f
}
