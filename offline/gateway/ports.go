package gateway

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/uplink"
)

// Errors of the ports.
var (
	// ErrNoRecord says that the ledger has no dossier of this ID.
	ErrNoRecord = errors.New("gateway: no such dossier")
	// ErrUnknownStation says that no station with this key is enrolled.
	ErrUnknownStation = errors.New("gateway: no station with this key is enrolled")
)

// Mark is what the gateway notes of a dossier that it takes.
type Mark struct {
	Quarantine string // a code of why a person has to look first; "" for none
	CarriedBy  string // the station that delivered it for another; "" for none
}

// Record is one manifest as the ledger stores it.
type Record struct {
	ID       uuid.UUID
	Manifest []byte    // signed
	Position uint64    // in the ledger, from 1
	Time     time.Time // of storage, by the ledger's clock
	Mark     Mark
}

// Ledger keeps manifests, one an ID, for ever.
type Ledger interface {
	// Create stores the manifest if the ID is free and returns what is stored
	// under it, read back: the manifest given, or the one that was first. What
	// it returns is durable.
	Create(ctx context.Context, id uuid.UUID, manifest []byte, mark Mark) (Record, error)
	// Get returns the stored record; the error is ErrNoRecord.
	Get(ctx context.Context, id uuid.UUID) (Record, error)
	// Len is how many records there are.
	Len(ctx context.Context) (uint64, error)
	Close() error
}

// Link is one place in a station's chain of manifests.
type Link struct {
	Dossier  uuid.UUID
	Manifest envelope.Digest
}

// Chain knows each station's sequence of manifests, to find gaps and forks.
type Chain interface {
	// Link enters a manifest at its place if that is free, and returns what
	// stands there: another manifest is a fork.
	Link(ctx context.Context, station string, sequence uint64, l Link) (Link, error)
	// Gaps returns the ranges (first and last) of sequence numbers below the
	// highest that are not there, at most limit of them, and the highest.
	Gaps(ctx context.Context, station string, limit int) (gaps [][2]uint64, last uint64, err error)
	// Day returns the dossiers of a station whose records are of a UTC day.
	Day(ctx context.Context, station, day string) ([]uuid.UUID, error)
}

// Event is one step of a dossier at the central.
type Event struct {
	Cursor   uint64 // in the feed of all stations, growing; set by Append
	Station  string
	Dossier  uuid.UUID
	Manifest envelope.Digest
	State    string // validated, matched, approved, fix-needed, rejected
	Section  string // of fix-needed
	Reason   string // a code
	Words    string // for the officer, in Vietnamese
	Deadline time.Time
	At       time.Time // by the ledger's clock; set by Append
	By       string    // who decided, an identifier
}

// States are the dossiers' steps after custody. They only go forward.
type States interface {
	// Append adds a step; ErrState says that it would go back. The same step
	// twice is no error and no second event.
	Append(ctx context.Context, e Event) (Event, error)
	// State returns the newest step; the error is ErrNoRecord.
	State(ctx context.Context, id uuid.UUID) (Event, error)
	// Feed returns a station's steps behind a cursor, oldest first, and the
	// cursor to ask with next.
	Feed(ctx context.Context, station string, after uint64, limit int) ([]Event, uint64, error)
	// Wait returns when the station may have steps behind the cursor, or with
	// the context.
	Wait(ctx context.Context, station string, after uint64) error
}

// ErrState says that a dossier does not go back.
var ErrState = errors.New("gateway: the dossier is beyond this state already")

// ChunkStore keeps chunks by digest. What was put but never kept is swept after
// a while: it belongs to no dossier.
type ChunkStore interface {
	// Put is durable when it returns; the same chunk twice is no error.
	Put(chunks envelope.Chunks) error
	// Size returns a stored chunk's length; the error is envelope.ErrNoChunk.
	Size(d envelope.Digest) (int64, error)
	// Chunk returns the bytes, checked; the errors are envelope.ErrNoChunk
	// and envelope.ErrDigest.
	Chunk(d envelope.Digest) ([]byte, error)
	// Keep makes stored chunks permanent; they are durable as such when it
	// returns. The error is envelope.ErrNoChunk when one is not there.
	Keep(d ...envelope.Digest) error
	// Sweep drops what was put before the time and never kept.
	Sweep(before time.Time) (dropped int, err error)
	// Delete removes chunks; it is used for damaged ones only.
	Delete(d ...envelope.Digest) error
}

// Stations knows the keys of the stations.
type Stations interface {
	// Station returns whose key this is; the error is ErrUnknownStation. A
	// revoked station is returned as such.
	Station(key envelope.KeyID) (uplink.Station, error)
}
