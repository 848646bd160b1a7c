package virtual

import (
	"context"
	"image"
	"math"
	"sync"
	"time"

	"golang.org/x/image/draw"
	"golang.org/x/image/math/f64"

	"github.com/tram-station/tram/biometrics"
)

// The virtual camera's picture.
const (
	frameWidth  = 1280
	frameHeight = 720
	interval    = time.Second / 15

	nearEyes = 146 // eye distance when the citizen has come close, pixels
	farShare = 1.7 // how much smaller the face is at first

	// The citizen sits down (comes nearer) between these frames.
	approachFrom = 3
	approachTo   = 16
)

// Camera films a drawn citizen who starts too far away, comes nearer and then
// sits still, breathing. What a frame shows follows from its number alone.
type Camera struct {
	// Now is the clock of the frames; NewCamera sets time.Now.
	Now func() time.Time
	// Pose, when not nil, is how the citizen holds the head in that frame; else
	// he looks ahead. It is set before the first frame.
	Pose func(frame uint64) Pose

	sitter *sitter
	scene  *canvas

	mu     sync.Mutex            // guards what follows: Close may come from another goroutine
	lids   [lidSteps]*image.RGBA // the eyes, shut further and further; drawn when needed
	start  time.Time             // of frame 0; zero until the first Frame
	next   uint64                // the number of the next frame
	closed bool
}

// NewCamera returns a camera in front of the invented citizen of the seed, the
// one whom [Portrait] draws.
func NewCamera(seed int64) *Camera {
	w, h := int(frameWidth*farShare)+2, int(frameHeight*farShare)+2
	c := &canvas{
		img:  image.NewRGBA(image.Rect(0, 0, w, h)),
		cx:   float64(w) / 2,
		cy:   float64(h) * portraitEyes,
		unit: nearEyes,
		tall: float64(h),
	}
	s := newSitter(seed)
	s.draw(c, 0)
	return &Camera{Now: time.Now, sitter: s, scene: c}
}

// Device says what it is: virtual.
func (c *Camera) Device() biometrics.Device {
	return biometrics.Device{Name: "Virtual camera", Driver: "virtual", Virtual: true}
}

// Frame waits for the next frame, 15 a second. A caller who comes late gets
// the frame of now; those between are lost, as with a real camera.
func (c *Camera) Frame(ctx context.Context) (biometrics.Frame, error) {
	c.mu.Lock()
	now := c.Now()
	if c.start.IsZero() {
		c.start = now
	}
	if current := uint64(now.Sub(c.start) / interval); current > c.next {
		c.next = current
	}
	seq := c.next
	c.next++
	wait := c.start.Add(time.Duration(seq) * interval).Sub(now)
	closed := c.closed
	c.mu.Unlock()
	if closed {
		return biometrics.Frame{}, biometrics.ErrNoDevice
	}
	if err := pause(ctx, wait); err != nil {
		return biometrics.Frame{}, err
	}
	return biometrics.Frame{Image: c.film(seq), Seq: seq, Time: c.Now()}, nil
}

// Close switches the camera off: later frames are [biometrics.ErrNoDevice].
func (c *Camera) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	return nil
}

// film cuts frame seq out of the scene.
func (c *Camera) film(seq uint64) *image.RGBA {
	n := float64(seq)
	far := 1 - step(approachFrom, approachTo, n)
	zoom := 1 + (farShare-1)*far // scene pixels a frame pixel
	breath := math.Sin(n / 15 * 2 * math.Pi / 4)

	// The eye line sits where a portrait wants it.
	b := c.scene.img.Rect
	eyesX, eyesY := float64(b.Dx())/2, float64(b.Dy())*portraitEyes
	x0 := eyesX - zoom*(frameWidth/2+0.5*math.Sin(n/9))
	y0 := eyesY - zoom*(frameHeight*portraitEyes+0.8*breath)
	x0 = min(max(x0, 0), float64(b.Dx())-zoom*frameWidth-1)
	y0 = min(max(y0, 0), float64(b.Dy())-zoom*frameHeight-1)

	dst := image.NewRGBA(image.Rect(0, 0, frameWidth, frameHeight))
	k := 1 / zoom
	m := f64.Aff3{k, 0, -x0 * k, 0, k, -y0 * k}
	draw.ApproxBiLinear.Transform(dst, m, c.scene.img, b, draw.Src, nil)
	if c.Pose == nil {
		return dst
	}
	pose := c.Pose(seq)
	if eyes := c.eyes(pose.Lids); eyes != nil {
		draw.ApproxBiLinear.Transform(dst, m, eyes, eyes.Rect, draw.Over, nil)
	}
	if pose.Yaw != 0 {
		dst = turned(&canvas{img: dst, cx: k * (c.scene.cx - x0), cy: k * (c.scene.cy - y0), unit: k * nearEyes}, pose.Yaw)
	}
	return dst
}

// pause waits. A context that is done wins over time that is up.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
