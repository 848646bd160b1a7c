package inquiry

import (
	"sync"
	"time"
)

const (
	// DefaultTimeout is how long a citizen waits for one answer.
	DefaultTimeout = 5 * time.Second
	// Rest is for how long nobody is kept waiting again once a question was
	// answered by silence.
	Rest = time.Minute
	// quick is how fast a failure has to be to cost nothing: a refused
	// connection is tried again with the next question.
	quick = 500 * time.Millisecond
)

// line remembers that the central does not answer, so that a silent line costs
// one time-out a minute and not one a question. When the minute is over, one
// question tries it while the others still go without.
type line struct {
	mu     sync.Mutex
	until  time.Time // nobody asks before; zero while the line is good
	trying bool      // one question is trying a line that was silent
}

// enter says whether to ask.
func (l *line) enter(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.until.IsZero() {
		return true
	}
	if l.trying || now.Before(l.until) {
		return false
	}
	l.trying = true
	return true
}

// good says whether the line answered when it was asked last.
func (l *line) good() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.until.IsZero()
}

// heard notes that an answer came, or a failure that cost no time.
func (l *line) heard() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.until, l.trying = time.Time{}, false
}

// silent notes that a question waited for nothing.
func (l *line) silent(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.until, l.trying = now.Add(Rest), false
}

// left notes that whoever asked went away before the answer: that says nothing.
func (l *line) left() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.trying = false
}
