package operator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// The limits of a list.
const (
	MaxList     = 1 << 20 // bytes
	maxListed   = 5000    // people
	maxVersion  = 64      // bytes
	maxStations = 64      // of one person
)

const listSchema = 1

// Errors of the central's list of officers.
var (
	// ErrList says that a list can not be used.
	ErrList = errors.New("the central's list of officers is not valid")
	// ErrOldList says that a list is older than the one that is in use.
	ErrOldList = errors.New("the central's list of officers is older than the one in use: it is not taken")
)

// List says who may work at the stations: the document "officers" of the
// central's catalogue, under whose signature it comes. It is JSON:
//
//	{"schema":1,"version":"2026-11","issued":"2026-11-01T00:00:00Z",
//	 "lease":{"end":"2027-02-01T00:00:00Z","refuse_new":true},
//	 "only_listed":false,
//	 "officers":[{"id":"officer-7","role":"officer","stations":["tram-thu-001"],
//	              "until":"2026-12-31T17:00:00Z"},
//	             {"id":"officer-8","role":"supervisor","revoked":"2026-10-30T08:00:00Z"}]}
//
// Times are RFC 3339. An officer without stations may work at each of them. Who
// was on an earlier list and is on this one no more is revoked. A list gives
// nobody a PIN: the station's administrator does.
type List struct {
	Schema  int       `json:"schema"`
	Version string    `json:"version"`
	Issued  time.Time `json:"issued"` // a list that was issued earlier never follows
	// Lease is until when the list holds without a newer one.
	Lease *ListLease `json:"lease,omitempty"`
	// OnlyListed ends the work of officers and supervisors who were added at the
	// station; its administrators stay.
	OnlyListed bool     `json:"only_listed,omitempty"`
	Officers   []Listed `json:"officers"`
}

// ListLease is the end of a lease, and what happens then: warnings, and with
// RefuseNew no new enrolment. One that has begun can always end.
type ListLease struct {
	End       time.Time `json:"end"`
	RefuseNew bool      `json:"refuse_new,omitempty"`
}

// Listed is one person of the list.
type Listed struct {
	ID       string    `json:"id"`
	Role     string    `json:"role"`
	Stations []string  `json:"stations,omitempty"` // none: every station
	Until    time.Time `json:"until,omitzero"`     // the person's own lease
	Revoked  time.Time `json:"revoked,omitzero"`
}

// ParseList reads a list strictly: an unknown field could be a restriction that
// this version does not keep.
func ParseList(b []byte) (*List, error) {
	if len(b) > MaxList {
		return nil, fmt.Errorf("%w: %d bytes", ErrList, len(b))
	}
	var l List
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&l); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrList, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: something follows it", ErrList)
	}
	return &l, l.check()
}

func (l *List) check() error {
	switch {
	case l.Schema != listSchema:
		return fmt.Errorf("%w: schema %d, want %d", ErrList, l.Schema, listSchema)
	case l.Version == "" || len(l.Version) > maxVersion:
		return fmt.Errorf("%w: a version of at most %d bytes is needed", ErrList, maxVersion)
	case l.Issued.IsZero():
		return fmt.Errorf("%w: it does not say when it was issued", ErrList)
	case l.Lease != nil && !l.Lease.End.After(l.Issued):
		return fmt.Errorf("%w: the lease ends before it begins", ErrList)
	case len(l.Officers) > maxListed:
		return fmt.Errorf("%w: more than %d people", ErrList, maxListed)
	}
	seen := map[string]bool{}
	for _, p := range l.Officers {
		switch {
		case !validID(p.ID) || seen[p.ID]:
			return fmt.Errorf("%w: an identifier is no good, or stands there twice", ErrList)
		case rights[p.Role] == nil:
			return fmt.Errorf("%w: %s has an unknown role", ErrList, p.ID)
		case len(p.Stations) > maxStations || slices.Contains(p.Stations, ""):
			return fmt.Errorf("%w: the stations of %s", ErrList, p.ID)
		}
		seen[p.ID] = true
	}
	return nil
}

// listHead is what the store keeps of the list in use; the rest is in the
// people's records.
type listHead struct {
	Version    string    `json:"version,omitempty"`
	Issued     time.Time `json:"issued,omitzero"`
	End        time.Time `json:"end,omitzero"`
	RefuseNew  bool      `json:"refuse_new,omitempty"`
	OnlyListed bool      `json:"only_listed,omitempty"`
}

func (h listHead) valid() bool { return len(h.Version) <= maxVersion }

// Use changes to a list of the central, and reports whether anything changed.
// The sessions of who may not work here any more, or has another role, end.
func (s *Store) Use(l *List, station string) (changed bool, err error) {
	s.write.Lock()
	defer s.write.Unlock()
	next := s.present()
	switch {
	case l.Issued.Equal(next.List.Issued) && l.Version == next.List.Version:
		return false, nil
	case !l.Issued.After(next.List.Issued):
		return false, fmt.Errorf("%w: %s of %s", ErrOldList, l.Version, l.Issued.Format(time.RFC3339))
	}
	before := next.clone()
	next.List = listHead{Version: l.Version, Issued: l.Issued, OnlyListed: l.OnlyListed}
	if l.Lease != nil {
		next.List.End, next.List.RefuseNew = l.Lease.End, l.Lease.RefuseNew
	}
	here := map[string]bool{}
	for _, p := range l.Officers {
		if len(p.Stations) > 0 && !slices.Contains(p.Stations, station) {
			continue
		}
		here[p.ID] = true
		if next.find(p.ID) == nil {
			if err := s.add(&next, p.ID, p.Role, ""); err != nil {
				return false, err
			}
		}
		r := next.find(p.ID)
		r.Role, r.Listed, r.Until, r.Revoked = p.Role, true, p.Until, p.Revoked
	}
	for i := range next.People {
		if r := &next.People[i]; r.Listed && !here[r.ID] && r.Revoked.IsZero() {
			r.Revoked = l.Issued
		}
	}
	if err := s.replace(next); err != nil {
		return false, err
	}
	for _, was := range before.People {
		if r := next.find(was.ID); r.Role != was.Role || !next.allowed(r, Look) {
			s.endOf(was.ID)
		}
	}
	return true, nil
}
