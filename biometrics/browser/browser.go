// Package browser is the camera of the kiosk page: the page films with
// getUserMedia and posts JPEG frames to the station, which hands them on as a
// [biometrics.Camera]. It is the only camera on Windows. Whoever sits at the
// page can put another film before it; the dossier therefore names the driver
// "browser".
package browser

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/jpeg"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/tram-station/tram/biometrics"
)

// Limits of what a page may post.
const (
	MaxFrame  = 4 << 20 // bytes of one JPEG
	MinSide   = 16      // pixels
	MaxSide   = 4096
	MaxPixels = 3840 * 2160

	maxName = 100 // letters of a camera's name that are kept
)

// Waiting times; the zero value of Source.Patience means the first.
const (
	defaultPatience = 8 * time.Second
	// handover is how long the window that films is silent before another one
	// may film in its place.
	handover = 2 * time.Second
)

var (
	// ErrBusy says that somebody films already.
	ErrBusy = errors.New("the browser's camera is in use: close the other use first")
	// ErrBadFrame says that what was posted is no frame.
	ErrBadFrame = errors.New("not a baseline JPEG within the limits")
)

// Source is where the page's frames arrive. Open films; Post and Wanted are
// the kiosk's. All may be called from any goroutine.
type Source struct {
	// Patience is how long Open and Frame wait before they say that there is
	// no camera; 0 means eight seconds.
	Patience time.Duration
	// Now is the clock of the frames; nil means time.Now.
	Now func() time.Time

	mu  sync.Mutex // guards cam and what is in it
	cam *filming   // nil: nobody films
}

// New returns a source that nobody films with yet.
func New() *Source { return &Source{} }

func (s *Source) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

func (s *Source) patience() time.Duration {
	if s.Patience == 0 {
		return defaultPatience
	}
	return s.Patience
}

// filming is the source while somebody films.
type filming struct {
	source *Source
	fresh  chan posted   // holds the newest frame that nobody has taken yet
	done   chan struct{} // closed by Close
	end    sync.Once

	// Guarded by source.mu.
	page string    // of the window that films
	name string    // of its camera
	seq  uint64    // of the next frame posted
	last time.Time // when the window last posted
}

type posted struct {
	jpeg []byte
	seq  uint64
	time time.Time
}

// Open asks the page for frames and waits for the first. Without one it is
// [biometrics.ErrNoDevice] after the patience.
func (s *Source) Open(ctx context.Context) (biometrics.Camera, error) {
	f := &filming{source: s, fresh: make(chan posted, 1), done: make(chan struct{})}
	s.mu.Lock()
	if s.cam != nil {
		s.mu.Unlock()
		return nil, ErrBusy
	}
	s.cam = f
	s.mu.Unlock()
	first, err := f.wait(ctx)
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	f.put(first) // unless a newer one came meanwhile
	return f, nil
}

// Wanted reports whether somebody films: only then frames are taken.
func (s *Source) Wanted() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cam != nil
}

// Post takes one JPEG frame and keeps it; the caller must not change it. page
// tells one window of the browser from another, name is what the browser calls
// the camera. It is [biometrics.ErrNotWanted] while nobody films or another
// window does, and [ErrBadFrame] for what is none.
func (s *Source) Post(frame []byte, page, name string) error {
	if err := judge(frame); err != nil {
		return err
	}
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.cam
	switch {
	case f == nil:
		return biometrics.ErrNotWanted
	case f.seq > 0 && f.page != page && now.Sub(f.last) < handover:
		return fmt.Errorf("%w: another window films", biometrics.ErrNotWanted)
	}
	p := posted{frame, f.seq, now}
	f.page, f.name, f.last = page, clean(name), now
	f.seq++
	select { // one that waits is older
	case <-f.fresh:
	default:
	}
	f.fresh <- p // every sender holds the lock: there is room
	return nil
}

// put gives a frame back, unless a newer one has come.
func (f *filming) put(p posted) {
	f.source.mu.Lock()
	defer f.source.mu.Unlock()
	select {
	case f.fresh <- p:
	default:
	}
}

// judge looks at the header of a frame. Progressive pictures are refused: a
// small one can hold thousands of passes over all its pixels.
func judge(frame []byte) error {
	if len(frame) > MaxFrame {
		return fmt.Errorf("%w: %d bytes", ErrBadFrame, len(frame))
	}
	if !baseline(frame) {
		return ErrBadFrame
	}
	c, err := jpeg.DecodeConfig(bytes.NewReader(frame))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBadFrame, err)
	}
	if min(c.Width, c.Height) < MinSide || max(c.Width, c.Height) > MaxSide || c.Width*c.Height > MaxPixels {
		return fmt.Errorf("%w: %d×%d pixels", ErrBadFrame, c.Width, c.Height)
	}
	return nil
}

// Markers of ITU-T T.81, table B.1.
const (
	markerSOI  = 0xD8
	markerSOF0 = 0xC0 // baseline DCT
	markerSOF1 = 0xC1 // extended sequential DCT
	markerSOS  = 0xDA
	markerDQT  = 0xDB
	markerDHT  = 0xC4
	markerDRI  = 0xDD
	markerAPP0 = 0xE0
	markerAPPF = 0xEF
	markerCOM  = 0xFE
)

// baseline walks the segments up to the first scan and reports whether the
// only frame header is a sequential one.
func baseline(b []byte) bool {
	if len(b) < 4 || b[0] != 0xFF || b[1] != markerSOI {
		return false
	}
	frames := 0
	for at := 2; at+4 <= len(b); {
		if b[at] != 0xFF {
			return false
		}
		switch m := b[at+1]; {
		case m == markerSOF0 || m == markerSOF1:
			frames++
		case m == markerSOS:
			return frames == 1
		case m == markerDQT, m == markerDHT, m == markerDRI, m == markerCOM, m >= markerAPP0 && m <= markerAPPF:
		default:
			return false
		}
		at += 2 + (int(b[at+2])<<8 | int(b[at+3])) // the length counts itself
	}
	return false
}

// clean makes a name that a browser gave fit for the dossier.
func clean(name string) string {
	letters := []rune(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, name))
	if len(letters) > maxName {
		letters = letters[:maxName]
	}
	if name = strings.TrimSpace(string(letters)); name == "" {
		return "browser camera"
	}
	return name
}
