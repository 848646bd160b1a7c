package camera

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/jpeg"
	"io"
	"sync"
	"time"

	"github.com/tram-station/tram/biometrics"
)

// Waiting times; the zero value of a Config's field means these.
const (
	defaultStall    = 5 * time.Second
	defaultPatience = 8 * time.Second
	helloLimit      = 20 * time.Second       // loading OpenCV's libraries takes its time
	firstPause      = 200 * time.Millisecond // before the process is started again,
	longestPause    = 5 * time.Second        // doubled each time up to this
)

// EventKind is what happened to the camera process.
type EventKind string

// The events.
const (
	Died      EventKind = "died"      // Err says how
	Restarted EventKind = "restarted" // and films again
)

// Event is for the log and the officer's page.
type Event struct {
	Kind EventKind
	PID  int
	Err  error
	// Said is the end of what the process wrote to its standard error.
	Said string
	Time time.Time
}

// Config says which camera.
type Config struct {
	// Command is the program and its arguments: tram-camera --device 0.
	Command []string
	// Env is added to the process's environment: "NAME=value".
	Env []string
	// OnEvent, when not nil, is called from the supervisor's goroutine.
	OnEvent func(Event)
	// Stall is how long the process may send nothing before it is killed.
	Stall time.Duration
	// Patience is how long Frame waits before it says that there is no camera.
	Patience time.Duration
	// Now is the clock of events; nil means time.Now.
	Now func() time.Time
}

// Camera films through a process of its own, which it starts again whenever it
// dies. Frame belongs to one goroutine; Close, Pause and Resume may come from
// any.
type Camera struct {
	cfg    Config
	cancel context.CancelFunc
	done   chan struct{} // closed when the supervisor has ended
	fresh  chan Picture  // holds the newest picture that nobody has taken yet
	ended  chan struct{} // closed when the file has no more pictures
	seq    uint64        // of the next frame; Frame's goroutine only

	mu     sync.Mutex // guards what follows
	child  *child     // the process that lives; nil between two lives
	hello  Hello
	paused bool
}

// Open starts the camera process and waits until it films. Without a camera
// it is [biometrics.ErrNoDevice].
func Open(ctx context.Context, cfg Config) (*Camera, error) {
	if cfg.Stall == 0 {
		cfg.Stall = defaultStall
	}
	if cfg.Patience == 0 {
		cfg.Patience = defaultPatience
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	run, cancel := context.WithCancel(context.Background())
	c := &Camera{
		cfg: cfg, cancel: cancel,
		done: make(chan struct{}), ended: make(chan struct{}), fresh: make(chan Picture, 1),
	}
	first, err := c.begin(ctx)
	if err != nil {
		cancel()
		return nil, fmt.Errorf("%w (%w)", biometrics.ErrNoDevice, err)
	}
	go c.supervise(run, first)
	return c, nil
}

// Device says what is filmed with, as the process introduced itself.
func (c *Camera) Device() biometrics.Device {
	c.mu.Lock()
	defer c.mu.Unlock()
	return biometrics.Device{Name: c.hello.Name, Driver: "opencv/" + c.hello.Source, Virtual: c.hello.Virtual}
}

// Hello is how the process introduced itself when it last opened the source:
// the format, the size and the settings that the driver really gives.
func (c *Camera) Hello() Hello {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hello
}

// Frame returns the newest picture that it has not returned yet, and waits for
// it. After Config.Patience without one it is [biometrics.ErrNoDevice], though
// the camera is still looked for; at the end of a file it is io.EOF.
func (c *Camera) Frame(ctx context.Context) (biometrics.Frame, error) {
	patience := time.NewTimer(c.cfg.Patience)
	defer patience.Stop()
	for {
		select { // what is closed or called off wins over a picture that is left
		case <-c.done:
			return biometrics.Frame{}, fmt.Errorf("camera closed: %w", biometrics.ErrNoDevice)
		case <-ctx.Done():
			return biometrics.Frame{}, ctx.Err()
		default:
		}
		select { // and that wins over the end
		case p := <-c.fresh:
			if f, ok := c.develop(p); ok {
				return f, nil
			}
			continue
		default:
		}
		select {
		case p := <-c.fresh:
			if f, ok := c.develop(p); ok {
				return f, nil
			}
		case <-c.ended:
			return biometrics.Frame{}, fmt.Errorf("camera: no more pictures: %w", io.EOF)
		case <-c.done:
			return biometrics.Frame{}, fmt.Errorf("camera closed: %w", biometrics.ErrNoDevice)
		case <-patience.C:
			return biometrics.Frame{}, biometrics.ErrNoDevice
		case <-ctx.Done():
			return biometrics.Frame{}, ctx.Err()
		}
	}
}

// develop decodes a picture. One that is broken is passed over: the next comes
// in a moment.
func (c *Camera) develop(p Picture) (biometrics.Frame, bool) {
	size, err := jpeg.DecodeConfig(bytes.NewReader(p.JPEG))
	if err != nil || size.Width != p.Width || size.Height != p.Height {
		return biometrics.Frame{}, false
	}
	img, err := jpeg.Decode(bytes.NewReader(p.JPEG))
	if err != nil {
		return biometrics.Frame{}, false
	}
	f := biometrics.Frame{Image: img, JPEG: p.JPEG, Seq: c.seq, Time: p.Time}
	c.seq++
	return f, true
}

// Pause closes the device, so that its light goes out; the process stays.
func (c *Camera) Pause() { c.setPaused(true) }

// Resume opens the device again.
func (c *Camera) Resume() { c.setPaused(false) }

func (c *Camera) setPaused(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.paused = on
	if c.child == nil {
		return // the next life begins as it should be
	}
	word := CommandStart
	if on {
		word = CommandStop
	}
	_ = c.child.command(word) // a dead process is the supervisor's matter
}

// Close ends the process, by its id when it does not go by itself.
func (c *Camera) Close() error {
	c.cancel()
	<-c.done
	return nil
}

// begin starts the process and waits for its hello.
func (c *Camera) begin(ctx context.Context) (*child, error) {
	ch, err := launch(c.cfg.Command, c.cfg.Env)
	if err != nil {
		return nil, err
	}
	if err := ch.command(CommandStart); err != nil {
		return nil, errors.Join(fmt.Errorf("camera: %w", err), ch.bury())
	}
	ctx, cancel := context.WithTimeout(ctx, helloLimit)
	defer cancel()
	stop := context.AfterFunc(ctx, ch.kill)
	defer stop()
	hello, err := greet(ch.stdout)
	if err != nil {
		_ = ch.bury()
		if said := ch.tail.String(); said != "" {
			err = fmt.Errorf("%w; it said: %s", err, said)
		}
		return nil, errors.Join(err, ctx.Err())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.child, c.hello = ch, hello
	if c.paused {
		_ = ch.command(CommandStop)
	}
	return ch, nil
}

func greet(r io.Reader) (Hello, error) {
	m, err := ReadMessage(r)
	switch {
	case err != nil:
		return Hello{}, fmt.Errorf("camera process ended before it filmed: %w", err)
	case m.Kind == KindTrouble:
		return Hello{}, fmt.Errorf("camera process: %s", m.Body)
	case m.Kind != KindHello:
		return Hello{}, fmt.Errorf("%w: no hello", ErrProtocol)
	}
	return ParseHello(m.Body)
}
