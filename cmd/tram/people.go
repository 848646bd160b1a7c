package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/kiosk/operator"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/audit"
	"github.com/tram-station/tram/offline/envelope"
)

// peopleFile is who works at the station, in the data folder.
const peopleFile = "people.json"

// errNoPeople says that the station has never run.
var errNoPeople = errors.New("nobody works at this station yet: start it once with `tram run`")

// peopleConfig is the store of the people of a data folder.
func peopleConfig(b *offline.Outbox, data string, log *slog.Logger) operator.Config {
	return operator.Config{Path: filepath.Join(data, peopleFile), Mark: b.Mark, Time: b.Time, Since: b.Uptime, Log: log}
}

// openPeople opens the store for one command; it makes nobody.
func openPeople(b *offline.Outbox, data string) (*operator.Store, error) {
	if !exists(filepath.Join(data, peopleFile)) && !exists(filepath.Join(data, "officer.json")) { // Open would make new people
		return nil, coded(exitUsage, errNoPeople)
	}
	people, _, err := operator.Open(peopleConfig(b, data, slog.New(slog.DiscardHandler)))
	if err != nil {
		return nil, coded(exitQueue, err)
	}
	return people, nil
}

// openPeople loads who works here. The first run makes an officer and a
// supervisor with random PINs, which are shown once; only the demo has known
// ones. The central's list is taken before anybody signs in.
func (s *station) openPeople(cfg stationConfig) (err error) {
	oc := peopleConfig(s.outbox, cfg.data, cfg.log)
	oc.Origins = []string{s.url}
	if cfg.pins != (operator.PINs{}) {
		s.people, err = operator.OpenFixed(oc, cfg.pins)
	} else {
		s.people, s.pins, err = operator.Open(oc)
	}
	if err != nil {
		return coded(exitQueue, err)
	}
	s.officers = officersBook{id: cfg.id, from: s.outbox, use: s.people.Use, log: cfg.log,
		keep: s.central.keep, note: func(version string) error {
			return s.outbox.Act(audit.Station, enrol.ActOfficersList, uuid.Nil, "", version)
		}}
	s.officers.look()
	return nil
}

// officersBook follows the central's list of officers.
type officersBook struct {
	id   string // the station's
	from documents
	use  func(l *operator.List, station string) (changed bool, err error)
	keep func(inUse) error
	note func(version string) error
	log  *slog.Logger
	seen envelope.Digest // of the list that was looked at last
}

// look changes to the central's newest list where there is another than before.
// One that can not be used is named, and the former one stays.
func (b *officersBook) look() {
	path, item, ok := b.from.Document(offline.DocumentOfficers)
	if !ok || item.Digest == b.seen {
		return
	}
	b.seen = item.Digest
	list, err := readOfficers(path)
	changed := false
	if err == nil {
		changed, err = b.use(list, b.id)
	}
	if err == nil {
		err = b.keep(used(item))
	}
	if err == nil && changed {
		err = b.note(list.Version)
	}
	if err != nil {
		b.log.Error("the central's list of officers is not used: have the central check it; the former one stays", "version", item.Version, "err", err)
		return
	}
	used(item).say(b.log)
}

func readOfficers(path string) (*operator.List, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	raw, err := io.ReadAll(io.LimitReader(f, operator.MaxList+1))
	if err != nil {
		return nil, err
	}
	list, err := operator.ParseList(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return list, nil
}

// followOfficers looks for a new list, and keeps the trusted time, until ctx
// ends.
func (s *station) followOfficers(ctx context.Context, every time.Duration) error {
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			s.officers.look()
			if err := s.people.Remember(); err != nil {
				s.log.Error("the trusted time is not written down", "err", err)
			}
		case <-ctx.Done():
			return nil
		}
	}
}
