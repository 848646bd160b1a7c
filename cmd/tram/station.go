package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/tram-station/tram/kiosk"
	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/kiosk/operator"
	"github.com/tram-station/tram/kiosk/places"
	"github.com/tram-station/tram/kiosk/rules"
	"github.com/tram-station/tram/mrz/serial"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/audit"
	"github.com/tram-station/tram/offline/envelope"
	"github.com/tram-station/tram/offline/uplink"
	"github.com/tram-station/tram/reader"
	"github.com/tram-station/tram/reader/passive"
)

// stationConfig is what a daemon is made of.
type stationConfig struct {
	id      string        // the station's identifier
	data    string        // folder of everything it keeps
	listen  string        // host:port of the kiosk
	pairing string        // the gateway's pairing file
	trust   string        // folder of CSCA certificates, "" for none
	models  string        // the model pack that was asked for, "" for the newest
	kind    string        // what it may enrol, "" for a commune's
	tpm     string        // as --tpm names it, "" for none
	pins    operator.PINs // fixed ones, for the demo only
	rules   *rules.Pack   // of --rules; nil: the central's, or the embedded pack
	devices devices
	port    *serial.Port // of the QR scanner, nil for none
	origins []string     // of other counter software
	office  string       // file of who receives, as papers say it; "": office.json in the data folder
	log     *slog.Logger
	doctor  func(context.Context) []kiosk.Device
	examine func(context.Context) []kiosk.Finding
}

// station is a running daemon: the enrolment, the outbox and the kiosk.
type station struct {
	url      string        // for people: WebAuthn and browsers want localhost
	local    string        // the same by its address, for programs: no resolver is asked
	pins     operator.PINs // those that this run made
	faces    *faceModels
	keys     *stationKeys
	enrol    *enrol.Station
	people   *operator.Store
	officers officersBook
	rules    *rulebook
	places   *places.List
	central  central
	outbox   *offline.Outbox
	server   *kiosk.Server
	socket   net.Listener
	port     *serial.Port
	log      *slog.Logger
}

// errNoPairing says that the station does not know to whom it seals.
var errNoPairing = errors.New("this station is not paired: copy the gateway's pairing.json into the data folder, or name it with --pairing")

// errExposed says that the kiosk would speak plain HTTP with other machines.
var errExposed = errors.New("the kiosk is for this machine only: name a loopback address with --listen, such as localhost:8420")

// openStation builds the daemon. Close ends it where serve was never called.
func openStation(cfg stationConfig) (_ *station, err error) {
	if err := os.MkdirAll(cfg.data, 0o700); err != nil {
		return nil, coded(exitQueue, err)
	}
	s := &station{port: cfg.port, log: cfg.log}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.rules, err = newRulebook(cfg.rules, cfg.log); err != nil {
		return nil, coded(exitInvalid, err)
	}
	if err := s.openOutbox(cfg); err != nil {
		return nil, err
	}
	s.central = central{data: cfg.data, from: s.outbox, log: cfg.log}
	if err := s.openDocuments(); err != nil {
		return nil, err
	}
	port, err := s.listen(cfg.listen)
	if err != nil {
		return nil, err
	}
	if err := s.openPeople(cfg); err != nil {
		return nil, err
	}
	if s.places, err = openPlaces(cfg); err != nil {
		return nil, err
	}
	office, err := loadOffice(cfg)
	if err != nil {
		return nil, err
	}
	if err := s.openEnrolment(cfg); err != nil {
		return nil, err
	}
	decode, err := decoding(cfg.log)
	if err != nil {
		return nil, err
	}
	kc := kiosk.Config{
		Decode: decode, Pages: s.enrol,
		Places: s.places, Calendar: s.rules.calendar, Station: s.enrol, Operators: s.people, Outbox: s.outbox, Doctor: cfg.doctor, Log: cfg.log,
		Office: office,
		Hosts:  []string{"localhost:" + port, s.socket.Addr().String()}, Origins: cfg.origins, Version: version, Modules: modules(),
		Examine: cfg.examine, Devices: cfg.devices.trials(),
	}
	if cfg.devices.page != nil {
		kc.BrowserCamera = cfg.devices.page
	}
	s.server, err = kiosk.New(kc)
	return s, err
}

// modules lists what this program is made of, as its build says.
func modules() []kiosk.Module {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	all := make([]kiosk.Module, 0, len(info.Deps))
	for _, m := range info.Deps {
		all = append(all, kiosk.Module{Path: m.Path, Version: m.Version})
	}
	return all
}

// listen opens the kiosk's port; nothing is answered before the server is there.
func (s *station) listen(address string) (port string, err error) {
	if s.socket, err = net.Listen("tcp", loopback(address)); err != nil {
		return "", fmt.Errorf("the kiosk's port is taken, is another tram running? %w", err)
	}
	if addr, ok := s.socket.Addr().(*net.TCPAddr); !ok || !addr.IP.IsLoopback() {
		return "", coded(exitUsage, errExposed)
	}
	if _, port, err = net.SplitHostPort(s.socket.Addr().String()); err != nil {
		return "", err
	}
	s.url, s.local = "http://localhost:"+port, "http://"+s.socket.Addr().String()
	return port, nil
}

// loopback binds "localhost:8420" to 127.0.0.1, whatever the resolver says.
func loopback(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err == nil && (host == "localhost" || host == "") {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return listen
}

// actStarted tells in the audit log which program and which key worked since.
const actStarted = "started"

func (s *station) openOutbox(cfg stationConfig) error {
	pairing, err := uplink.LoadPairing(cfg.pairing)
	if errors.Is(err, os.ErrNotExist) {
		return coded(exitUsage, errNoPairing)
	}
	if err != nil {
		return coded(exitUsage, err)
	}
	if s.keys, err = openKeys(keyOptions{cfg.data, cfg.tpm}, cfg.id, true); err != nil {
		return err
	}
	oc := outboxConfig(cfg.data, cfg.id, s.keys)
	oc.Log, oc.Policy = cfg.log, s.rules.policy
	if err := oc.Pair(pairing); err != nil {
		return coded(exitUsage, err)
	}
	if s.outbox, err = offline.Open(oc); err != nil {
		return coded(exitQueue, err)
	}
	if s.keys.counterErr != nil {
		cfg.log.Warn("the audit log is not anchored in the TPM", "error", s.keys.counterErr)
	}
	err = s.outbox.Act(audit.Station, actStarted, uuid.Nil, "", "tram "+version+", key "+s.keys.signer.ID().String())
	if err != nil {
		cfg.log.Error("act not written", "act", actStarted, "error", err)
	}
	return nil
}

func (s *station) openEnrolment(cfg stationConfig) error {
	trust, err := s.openTrust(cfg)
	if err != nil {
		return err
	}
	if s.faces, err = loadFaceModels(cfg.data, cfg.models); err != nil {
		return coded(exitNoDevice, err)
	}
	s.central.sayModels(s.faces)
	portraits := s.faces.portraiter(cfg.log)
	lengths, err := reader.LoadLengths(filepath.Join(cfg.data, "card-types.json"))
	if err != nil {
		return coded(exitQueue, err)
	}
	supervisor, err := loadSupervisor(cfg.data)
	if err != nil {
		return coded(exitQueue, err)
	}
	rules, _ := s.rules.look()
	ec := enrol.Config{
		Places:     s.places,
		Chip:       &cardReader{open: cfg.devices.slot, trust: trust, lengths: lengths},
		Camera:     cfg.devices.camera,
		Portraiter: portraits,
		View:       portraits.View,
		Scanner:    cfg.devices.scanner,
		Outbox:     s.outbox,
		Central:    inquiries(s.outbox),
		Supervisor: supervisor,
		JournalDir: filepath.Join(cfg.data, "journal"),
		JournalKey: s.keys.journal,
		Station:    cfg.id,
		Log:        cfg.log,
		Rules:      rules,
		CardPrint:  portraits.Decode,
		OwnCard:    s.people.OwnCard,

		StationKind: cfg.kind,
	}
	if cfg.devices.page != nil {
		ec.CameraSource = enrol.SourceBrowser
	}
	if s.enrol, err = enrol.Open(ec); err != nil {
		return coded(exitQueue, err)
	}
	return nil
}

// openDocuments changes to what the central has handed out since the last start.
func (s *station) openDocuments() error {
	if err := s.central.forget(offline.DocumentRules); err != nil { // the rulebook begins anew
		return coded(exitQueue, err)
	}
	s.rules.from = s.outbox
	s.rules.note = func(item envelope.Item) {
		u := used(item)
		u.say(s.log)
		if err := s.central.keep(u); err != nil {
			s.log.Error("which rules are in use is not written down", "err", err)
		}
	}
	s.central.take()
	return nil
}

// openTrust loads the certificates that chips are verified with.
func (s *station) openTrust(cfg stationConfig) (*passive.Trust, error) {
	trust, list, lost, err := s.central.trust(cfg.trust)
	if err != nil {
		return nil, coded(exitUsage, err)
	}
	if lost != nil {
		cfg.log.Error("the central's trust list is not used", "err", lost)
	}
	if list.Kind != "" {
		list.say(cfg.log)
	}
	if trust != nil {
		for _, w := range warnings(trust) {
			cfg.log.Warn("not used of what is trusted", "file", w)
		}
	}
	return trust, nil
}

// serve runs the daemon until ctx ends.
func (s *station) serve(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.server.Serve(ctx, s.socket) })
	g.Go(func() error {
		if err := s.outbox.Run(ctx); err != nil && ctx.Err() == nil {
			return coded(exitQueue, err)
		}
		return nil
	})
	if s.port != nil {
		g.Go(func() error { return s.takeScans(ctx, s.port) })
	}
	g.Go(func() error { return s.rules.follow(ctx, rulesEvery, s.enrol.SetRules) })
	g.Go(func() error { return s.followOfficers(ctx, rulesEvery) })
	g.Go(func() error { return s.rest(ctx) })
	states := s.outbox.Watch(ctx)
	g.Go(func() error { return s.tellStates(states) })
	return errors.Join(g.Wait(), s.close())
}

// tellStates tells the enrolment how far its sealed dossier is: first what
// came while the daemon was down, then each change.
func (s *station) tellStates(states <-chan offline.Status) error {
	if r := s.enrol.Snapshot().Receipt; r != nil {
		id, err := uuid.Parse(r.ID)
		if err != nil {
			return err
		}
		st, err := s.outbox.Status(id)
		if err != nil && !errors.Is(err, offline.ErrNotFound) {
			return coded(exitQueue, err)
		}
		switch {
		case err == nil:
			s.enrol.SetQueueState(r.ID, queueState(st))
		case r.State == enrol.StateHeld && s.turnedDown(id):
			s.enrol.SetQueueState(r.ID, enrol.StateTurnedDown)
		}
	}
	for st := range states {
		s.enrol.SetQueueState(st.ID.String(), queueState(st))
	}
	return nil
}

// turnedDown reports whether a supervisor has dropped the dossier, which was held
// when the page last showed it.
func (s *station) turnedDown(id uuid.UUID) (dropped bool) {
	err := s.outbox.Acts(0, func(_ uint64, a audit.Act) error {
		dropped = dropped || a.Dossier == id && a.What == offline.ActHeldRejected
		return nil
	})
	if err != nil {
		s.log.Error("the audit log can not be read", "error", err)
	}
	return dropped
}

// queueState is how far a dossier is, as the page names it.
func queueState(st offline.Status) string {
	if st.Held {
		return enrol.StateHeld
	}
	return st.State.String()
}

// close ends what was opened, in reverse.
func (s *station) close() error {
	var errs []error
	if s.enrol != nil {
		errs = append(errs, s.enrol.Close())
	}
	if s.faces != nil {
		errs = append(errs, s.faces.Close())
	}
	if s.outbox != nil {
		errs = append(errs, s.outbox.Close())
	}
	if s.keys != nil {
		errs = append(errs, s.keys.Close())
	}
	if s.socket != nil && s.server == nil {
		errs = append(errs, s.socket.Close())
	}
	return errors.Join(errs...)
}
