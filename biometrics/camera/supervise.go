package camera

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// errStalled says that the process lived but sent nothing.
var errStalled = errors.New("camera process sent nothing for too long")

// supervise follows one life of the process after the other until ctx ends.
func (c *Camera) supervise(ctx context.Context, ch *child) {
	defer close(c.done)
	pause := firstPause
	for {
		pid := ch.pid()
		filmed, err := c.follow(ctx, ch)
		c.mu.Lock()
		c.child = nil
		c.mu.Unlock()
		if ctx.Err() != nil {
			ch.leave()
			return
		}
		how := ch.bury()
		c.tell(Event{Kind: Died, PID: pid, Err: errors.Join(err, how), Said: ch.tail.String()})
		if filmed {
			pause = firstPause
		}
		if ch = c.revive(ctx, pause); ch == nil {
			return
		}
		pause = min(2*pause, longestPause)
		c.tell(Event{Kind: Restarted, PID: ch.pid()})
	}
}

// revive starts the process again, with growing pauses, until it films; nil
// when ctx ended.
func (c *Camera) revive(ctx context.Context, pause time.Duration) *child {
	for {
		wait := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			wait.Stop()
			return nil
		case <-wait.C:
		}
		if ch, err := c.begin(ctx); err == nil {
			return ch
		}
		pause = min(2*pause, longestPause)
	}
}

// follow takes messages until the process breaks off, and says whether it sent
// a picture at all.
func (c *Camera) follow(ctx context.Context, ch *child) (filmed bool, err error) {
	stop := context.AfterFunc(ctx, func() { _ = ch.command(CommandQuit); _ = ch.stdin.Close() })
	defer stop()
	watch := c.watch(ch)
	defer watch.end()
	for {
		m, err := ReadMessage(ch.stdout)
		if err != nil {
			if watch.stalled.Load() {
				err = errStalled
			}
			return filmed, fmt.Errorf("camera process broke off: %w", err)
		}
		switch m.Kind {
		case KindPicture:
			p, err := ParsePicture(m.Body)
			if err != nil {
				return filmed, err
			}
			filmed = true
			c.offer(p)
		case KindTrouble:
			return filmed, fmt.Errorf("camera process: %s", m.Body)
		case KindHello: // it opened the source again
			h, err := ParseHello(m.Body)
			if err != nil {
				return filmed, err
			}
			c.mu.Lock()
			c.hello = h
			c.mu.Unlock()
		case KindEnd:
			c.finish()
		}
		watch.silence.Reset(c.cfg.Stall)
	}
}

// watchdog kills a process that fell silent.
type watchdog struct {
	silence *time.Ticker
	stalled atomic.Bool
	gone    chan struct{}
}

func (c *Camera) watch(ch *child) *watchdog {
	w := &watchdog{silence: time.NewTicker(c.cfg.Stall), gone: make(chan struct{})}
	go func() {
		for {
			select {
			case <-w.gone:
				return
			case <-w.silence.C:
			}
			if !c.idle() {
				w.stalled.Store(true)
				ch.kill()
			}
		}
	}()
	return w
}

func (w *watchdog) end() {
	w.silence.Stop()
	close(w.gone)
}

// offer puts a picture in the place of the one that nobody took.
func (c *Camera) offer(p Picture) {
	select {
	case <-c.fresh:
	default:
	}
	c.fresh <- p // the supervisor is the only sender: there is room
}

func (c *Camera) finish() {
	select {
	case <-c.ended:
	default:
		close(c.ended)
	}
}

// idle says that nothing is expected of the process.
func (c *Camera) idle() bool {
	select {
	case <-c.ended:
		return true
	default:
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.paused
}

func (c *Camera) tell(e Event) {
	if c.cfg.OnEvent != nil {
		e.Time = c.cfg.Now()
		c.cfg.OnEvent(e)
	}
}
