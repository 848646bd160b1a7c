package uplink

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

const (
	// small is how many missing bytes of a dossier or a document go over a
	// metered line at any hour.
	small = 256 << 10
	// longestShut is how long a window may keep a running station from
	// sending: each window opens once a day, so one that did not is seen
	// through a wrong clock.
	longestShut = 24 * time.Hour
	// openAnyway is for how long the line then counts as open.
	openAnyway = time.Hour
	minutesDay = 24 * 60
)

// Window is the hours of a day in which a metered line takes the parts of
// large dossiers, and large documents. Manifests, what is small (256 KiB
// missing), the feed, reports and questions go always. The zero Window is always
// open.
//
// A wrong clock never shuts it for ever: it is judged by Clock.Time, which the
// central's answers (feed and reports pass always) correct, and a running
// station that found it shut for 24 hours sends for an hour. Urgent passes it.
type Window struct {
	from, to int // minutes after midnight; to may be before from
	zone     *time.Location
}

// ErrWindow says that a large dossier or document waits for the hours of the
// metered line.
var ErrWindow = errors.New("the metered line takes what is large at its hours only: it waits and goes by itself")

// Shut is an ErrWindow with the time to wait.
type Shut struct{ For time.Duration }

func (s *Shut) Error() string { return ErrWindow.Error() }

// Is matches ErrWindow.
func (s *Shut) Is(target error) bool { return target == ErrWindow }

// ParseWindow reads "22:00-05:00 Asia/Ho_Chi_Minh". The zone may be left out,
// which is Vietnam's; "" is always open.
func ParseWindow(s string) (Window, error) {
	if s == "" {
		return Window{}, nil
	}
	fail := func() (Window, error) {
		return Window{}, fmt.Errorf("uplink: %q is no window of hours: write it like 22:00-05:00 Asia/Ho_Chi_Minh", s)
	}
	hours, name, _ := strings.Cut(s, " ")
	begin, end, ok := strings.Cut(hours, "-")
	from, err1 := time.Parse("15:04", begin)
	to, err2 := time.Parse("15:04", end)
	zone, err3 := location(name)
	if !ok || err1 != nil || err2 != nil || err3 != nil || from.Equal(to) {
		return fail()
	}
	return Window{from: from.Hour()*60 + from.Minute(), to: to.Hour()*60 + to.Minute(), zone: zone}, nil
}

const vietnam = "Asia/Ho_Chi_Minh"

func location(name string) (*time.Location, error) {
	if name == "" || name == vietnam {
		// UTC+7 all year; so the machine needs no table of time zones.
		return time.FixedZone(vietnam, 7*3600), nil
	}
	if name == "Local" { // not what the signed policy meant
		return nil, errors.New("uplink: no zone")
	}
	return time.LoadLocation(name)
}

func (w Window) String() string {
	if w.zone == nil {
		return ""
	}
	return fmt.Sprintf("%02d:%02d-%02d:%02d %s", w.from/60, w.from%60, w.to/60, w.to%60, w.zone)
}

// MarshalText writes what ParseWindow reads.
func (w Window) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (w *Window) UnmarshalText(b []byte) error {
	v, err := ParseWindow(string(b))
	if err != nil {
		return err
	}
	*w = v
	return nil
}

// Shut returns how long after t the window opens; 0 when it is open.
func (w Window) Shut(t time.Time) time.Duration {
	if w.zone == nil {
		return 0
	}
	t = t.In(w.zone)
	now := t.Hour()*60 + t.Minute()
	sinceOpening := (now - w.from + minutesDay) % minutesDay
	if sinceOpening < (w.to-w.from+minutesDay)%minutesDay {
		return 0
	}
	return time.Duration(minutesDay-sinceOpening)*time.Minute - time.Duration(t.Second())*time.Second
}

// contextKey marks requests for the gate.
type contextKey int

const (
	bulkKey   contextKey = iota // something large
	urgentKey                   // passes the window
	watchKey                    // is told how far a delivery is
)

// Urgent marks what passes the Window: an officer asked for it, or it waited
// longer than the policy allows.
func Urgent(ctx context.Context) context.Context { return context.WithValue(ctx, urgentKey, true) }

func withBulk(ctx context.Context) context.Context { return context.WithValue(ctx, bulkKey, true) }
