// Package enrol is one enrolment at the counter, from the statutory notice to
// the sealed dossier: an explicit state machine over events, a journal that
// survives a power cut, and a projection for the page.
//
// Everything that happens is an event: an accepted command of the officer or
// the result of a device. An event is journalled and synced first, then
// folded into the state; what the devices have to do next follows from the
// state alone. Replaying the journal therefore resumes in the same step with
// the same data.
package enrol

import (
	"context"
	"errors"
	"image"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/dossier"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/reader"
	"github.com/tram-station/tram/reader/access"
)

// Chip reads the citizen's card. Read waits for a card by itself and tries
// the keys in order; on, when not nil, is called from the reading goroutine.
type Chip interface {
	Read(ctx context.Context, keys []access.Key, on func(reader.Progress)) (*reader.Report, error)
	Virtual() bool
	SlotName() string
}

// Outbox takes finished dossiers and knows the earlier ones; *offline.Outbox is
// one.
type Outbox interface {
	Sealer
	Drafts
	Earlier
	Log
}

// Sealer takes a finished dossier. Submit is durable when it returns nil, and
// the same dossier twice is no error. Room is offline.ErrFull where no further
// one would be taken.
type Sealer interface {
	Room() error
	Submit(ctx context.Context, d *dossier.Dossier) error
	// Hold takes a dossier that waits for the supervisor: as durable as Submit,
	// and nothing goes out before the supervisor has released it.
	Hold(ctx context.Context, d *dossier.Dossier, supervisor *envelope.Recipient) error
}

// Drafts notes which enrolment is under way; nothing of the citizen is in it.
// Begin twice is no error.
type Drafts interface {
	Begin(id uuid.UUID, kind string) error
	Abandon(id uuid.UUID) error
}

// Earlier is the masked index of what was sealed here. SameCitizen says whether
// a dossier is of the citizen with a number, of which the index keeps only a
// keyed hash. Both are offline.ErrNotFound for an unknown dossier.
type Earlier interface {
	Status(id uuid.UUID) (offline.Status, error)
	SameCitizen(id uuid.UUID, number string) (bool, error)
}

// Log is the station's audit log.
type Log interface {
	Act(who, what string, id uuid.UUID, masked, detail string) error
}

// Errors of the station's front door.
var (
	// ErrWrongStep says that the command does not belong to the present step.
	ErrWrongStep = errors.New("the command does not belong to this step: look at the current step and go on from there")
	// ErrBadCommand says that the command or its arguments are not valid.
	ErrBadCommand = errors.New("the command is not valid")
	// ErrRefused says that a rule forbids the command now; the problem says why.
	ErrRefused = errors.New("the rules do not allow this now")
	// ErrDisk says that the journal could not be written: nothing was changed.
	ErrDisk = errors.New("the step could not be saved: free some disk space and repeat it")
	// ErrClosed says that the station is shutting down.
	ErrClosed = errors.New("the station is closed")
)

// Config is what a station is made of. Fields without a note are required.
type Config struct {
	Chip   Chip
	Camera func(ctx context.Context) (biometrics.Camera, error)
	// CameraSource is where the camera's frames come from; "": SourceStation.
	CameraSource string
	Portraiter   Portraiter
	// View makes a JPEG for the page of the chip's photograph, whatever the
	// chip calls it. nil: only a JPEG is shown, as it is.
	View    func(ctx context.Context, mediaType string, b []byte) (jpeg []byte, err error)
	Scanner func(ctx context.Context) (biometrics.Scanner, error)
	// CardPrint decodes a print of the card that is neither WSQ nor bare pixels.
	// It is hostile until then. nil: such a print is compared with nothing.
	CardPrint func(ctx context.Context, mediaType string, b []byte) (image.Image, error)
	Outbox    Outbox
	Central   Central // nil: nothing is asked while the citizen is there
	// StationKind is what the station may enrol by the rules' kinds; "": commune.
	StationKind string
	Places      Places // for addresses; nil: free text only
	// OwnCard says whether a citizen's number is the officer's own; nil: nobody
	// knows.
	OwnCard func(officer, number string) bool
	// Supervisor is to whom dossiers are sealed that wait for a supervisor. nil:
	// no enrolment begins under rules that ask for that.
	Supervisor *envelope.Recipient

	Rules      *rules.Pack      // nil: the embedded pack
	JournalDir string           // folder of the crash journal, made 0700
	JournalKey []byte           // journal.KeySize bytes, see journal.LoadKey
	Station    string           // the station's identifier
	Now        func() time.Time // nil: time.Now
	Log        *slog.Logger     // nil: discard. Never given a name, number or image
	// RetryDelay is the pause before a failing device is tried again; 0: 1 s.
	RetryDelay time.Duration
}
