package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/virtual"
	"github.com/tram-station/tram/kiosk"
	"github.com/tram-station/tram/kiosk/operator"
	"github.com/tram-station/tram/kiosk/rules"
	behind "github.com/tram-station/tram/offline/gateway/central"
	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/chip"
	"github.com/tram-station/tram/reader/pcsc"
	"github.com/tram-station/tram/reader/pcsc/pcscd"
	"github.com/tram-station/tram/reader/verdict"
)

// demoPIN opens the demo's kiosk, and demoSupervisorPIN approves there. No other
// run has a known PIN.
const (
	demoOfficer       = "officer-1"
	demoPIN           = "246810"
	demoSupervisor    = "supervisor-1"
	demoSupervisorPIN = "135791"
)

// demoSeed draws the demo's citizen: the same face in DG2 and in front of the
// camera, and the fingers.
const demoSeed = 7

// demoWidth and demoHeight are the size of the drawn portrait.
const demoWidth, demoHeight = 480, 640

// demoOptions are the flags of `tram demo`.
type demoOptions struct {
	once, pcsc bool
	listen     string
	data       string
	scanner    string
	rules      string
}

func newDemoCommand(a *app) *cobra.Command {
	var o demoOptions
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "One enrolment of an invented citizen on virtual devices, then the kiosk",
		Long: "Demo starts a gateway, a virtual chip, camera and fingerprint reader and the\n" +
			"daemon, enrols one invented citizen through the daemon's own API, shows the\n" +
			"gateway's receipt, and leaves the kiosk up. Nothing of it is kept.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runDemo(cmd.Context(), a, o) },
	}
	f := cmd.Flags()
	f.BoolVar(&o.once, "once", false, "end after the enrolment")
	f.BoolVar(&o.pcsc, "pcsc", false, "put the virtual chip into a real pcscd (needs root)")
	f.StringVar(&o.listen, "listen", "localhost:8420", "address of the kiosk")
	f.StringVar(&o.scanner, "scanner", "virtual", "fingerprint reader: "+scannerUsage())
	f.StringVar(&o.data, "data", "", "folder to keep the demo's data in (default: a temporary one)")
	rulesFlag(f, &o.rules)
	return cmd
}

// demo is a running demonstration.
type demo struct {
	demoOptions
	show     *steps
	log      *slog.Logger
	cam      *demoCamera
	register demoRegister // behind the gateway
	gateway  *gatewayProcess
	card     *chip.Card
	slot     apdu.Slot
	station  *station
	prints   *scannerWatch // the fingerprint reader
	ends     []func()      // what was started, ended in reverse
}

func runDemo(ctx context.Context, a *app, o demoOptions) (err error) {
	scanner, err := scannerNamed(o.scanner, "")
	if err != nil {
		return err
	}
	d := &demo{demoOptions: o, show: newSteps(a), prints: &scannerWatch{open: scanner}}
	defer d.end()
	if d.data == "" {
		if d.data, err = os.MkdirTemp("", "tram-demo-"); err != nil {
			return err
		}
		d.ends = append(d.ends, func() { _ = os.RemoveAll(d.data) })
	}
	if err := os.MkdirAll(d.data, 0o700); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := d.start(ctx); err != nil {
		return err
	}
	served := make(chan error, 1)
	go func() { served <- d.station.serve(ctx) }()
	if err := enrolOne(ctx, d.show, d.station.local, d.card.QR(), d.cam, d.register.code); err != nil {
		cancel()
		return errors.Join(err, <-served)
	}
	if d.once {
		cancel()
		return <-served
	}
	d.show.line("")
	d.show.line("Mở " + d.station.url + " — cán bộ " + demoOfficer + ", mã PIN: " + demoPIN + ", của người phụ trách " + demoSupervisor + ": " + demoSupervisorPIN)
	d.show.line("Open " + d.station.url + " (" + demoOfficer + "'s PIN " + demoPIN + ", " + demoSupervisor + "'s PIN " + demoSupervisorPIN + "). The card's QR text to scan or paste:")
	d.show.line("  " + d.card.QR())
	d.show.line("Ctrl-C ends the demo.")
	return <-served
}

// end ends what was started, in reverse.
func (d *demo) end() {
	for _, f := range slices.Backward(d.ends) {
		f()
	}
}

// start brings up the gateway, the chip and the daemon, a step each.
func (d *demo) start(ctx context.Context) (err error) {
	d.log = slog.New(slog.NewJSONHandler(logFile(d.data), nil))
	d.cam = newDemoCamera(ctx, d.data, d.log)

	d.show.begin("Cổng trung tâm", "central gateway")
	citizen, err := demoCitizen()
	if err != nil {
		return err
	}
	d.register = demoRegister{filepath.Join(d.data, "register")}
	var entry behind.Citizen
	var drawing errgroup.Group // beside what starts
	drawing.Go(func() (err error) { entry, err = demoEntry(citizen); return err })
	if d.gateway, err = startGateway(ctx, filepath.Join(d.data, "gateway"), "--register", d.register.dir); err != nil {
		return err
	}
	d.ends = append(d.ends, d.gateway.stop)
	d.show.done(d.gateway.url + ", JetStream (sync_always), cơ sở dữ liệu giả định")

	d.show.begin("Thẻ ảo", "virtual chip card")
	card, trust, err := issueDemoCard(d.data, citizen)
	if err != nil {
		return err
	}
	d.card = card
	slot, stop, err := demoSlot(ctx, d.demoOptions, card)
	if err != nil {
		return err
	}
	d.slot, d.ends = slot, append(d.ends, stop)
	d.show.done("PACE-GM brainpoolP256r1, trong " + slot.Name())

	d.show.begin("Trạm", "station daemon")
	rules, err := loadRules(d.rules)
	if err != nil {
		return err
	}
	if d.station, err = openStation(d.config(trust, rules)); err != nil {
		return err
	}
	if err := drawing.Wait(); err != nil {
		return errors.Join(err, d.station.close())
	}
	if err := d.register.fill(entry, d.station.faces); err != nil {
		return errors.Join(err, d.station.close())
	}
	if err := d.gateway.enrol(ctx, filepath.Join(d.data, "station", "station.json")); err != nil {
		return errors.Join(err, d.station.close())
	}
	d.show.done(d.station.url)
	return nil
}

// config wires the station to the virtual devices.
func (d *demo) config(trust string, rules *rules.Pack) stationConfig {
	return stationConfig{
		id: demoStation, data: filepath.Join(d.data, "station"), listen: d.listen,
		pairing: d.gateway.pairing, trust: trust, log: d.log, rules: rules,
		pins:   operator.PINs{Officer: demoPIN, Supervisor: demoSupervisorPIN},
		doctor: demoDoctor(d.slot, d.prints, d.gateway), examine: d.findings(trust),
		devices: devices{
			slot:    func() (apdu.Slot, error) { return d.slot, nil },
			camera:  d.cam.open,
			scanner: d.prints.Open,
		},
	}
}

// demoStation names the demo's station.
const demoStation = "demo-0001"

// demoCamera films the drawn citizen through the real OpenCV process where
// tram-camera was built with it, and in this process otherwise. The film is
// drawn while the rest of the demo starts.
type demoCamera struct {
	drawn  chan error // closed when the film is there
	opencv func(context.Context) (biometrics.Camera, error)
	used   atomic.Value // the driver that filmed
}

func newDemoCamera(ctx context.Context, data string, log *slog.Logger) *demoCamera {
	film := filepath.Join(data, "citizen.mjpeg")
	c := &demoCamera{drawn: make(chan error, 1), opencv: openCamera(film, log)}
	go warmCamera(ctx)
	go func() {
		defer close(c.drawn)
		c.drawn <- filmCitizen(ctx, film, demoSeed)
	}()
	return c
}

func (c *demoCamera) open(ctx context.Context) (biometrics.Camera, error) {
	if err := <-c.drawn; err != nil {
		return nil, err
	}
	cam, err := c.opencv(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		cam = virtual.NewCamera(demoSeed)
	}
	c.used.Store(cam.Device().Driver)
	return cam, nil
}

// demoDoctor tells the kiosk what is virtual: all, but for a fingerprint reader
// that was asked for.
func demoDoctor(slot apdu.Slot, prints *scannerWatch, g *gatewayProcess) func(context.Context) []kiosk.Device {
	return func(context.Context) []kiosk.Device {
		scanner := doctor{reading: prints.Device}.scanner()
		return []kiosk.Device{
			{Name: "reader", State: "virtual", Words: verdict.Words{VI: slot.Name(), EN: slot.Name()}},
			{Name: "camera", State: "virtual", Words: verdict.Words{VI: "Máy ảnh ảo", EN: "Virtual camera"}},
			{Name: scanner.Name, State: scanner.State, Words: scanner.words},
			{Name: "central", State: "ok", Words: verdict.Words{VI: g.url, EN: g.url}},
		}
	}
}

// findings are those of a station whose devices are virtual.
func (d *demo) findings(trust string) func(context.Context) []kiosk.Finding {
	ask := demoDoctor(d.slot, d.prints, d.gateway)
	data := filepath.Join(d.data, "station")
	doc := doctor{data: data, pairing: d.gateway.pairing, trust: trust, reading: d.prints.Device}
	return func(ctx context.Context) []kiosk.Finding {
		var all []kiosk.Finding
		for _, part := range ask(ctx) {
			all = append(all, kiosk.Finding{Name: part.Name, State: part.State, Detail: part.Words.EN, Needed: true})
		}
		return append(all, told([]finding{doc.models(), doc.photographs(ctx), doc.roots(), doc.disk(), doc.keys(), doc.documents(), doc.sandbox(ctx)})...)
	}
}

// logFile keeps the demo's log out of the terminal.
func logFile(data string) *os.File {
	f, err := os.OpenFile(filepath.Join(data, "tram.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return os.Stderr
	}
	return f
}

// issueDemoCard makes a CSCA, leaves its certificate in a trust folder, and
// issues the invented citizen's card under it.
func issueDemoCard(data string, citizen chip.Citizen) (card *chip.Card, trust string, err error) {
	issuer, err := chip.NewIssuer(rand.Reader, time.Now())
	if err != nil {
		return nil, "", err
	}
	trust = filepath.Join(data, "trust")
	if err := os.MkdirAll(trust, 0o700); err != nil {
		return nil, "", err
	}
	if err := os.WriteFile(filepath.Join(trust, "test-csca.cer"), issuer.CSCA(), 0o600); err != nil {
		return nil, "", err
	}
	card, err = issuer.Issue(citizen, chip.ProfileCCCD, chip.FaultNone)
	return card, trust, err
}

// demoCitizen is the invented citizen, with the drawn face as DG2.
func demoCitizen() (chip.Citizen, error) {
	const quality = 85
	jpeg, err := encodeJPEG(virtual.Portrait(demoSeed, demoWidth, demoHeight), quality)
	if err != nil {
		return chip.Citizen{}, fmt.Errorf("draw the portrait: %w", err)
	}
	c := chip.Sample()
	c.Portrait, c.PortraitW, c.PortraitH = jpeg, demoWidth, demoHeight
	return c, nil
}

// demoSlot puts the card into an in-process slot, or into a real pcscd.
func demoSlot(ctx context.Context, o demoOptions, card *chip.Card) (slot apdu.Slot, stop func(), err error) {
	if !o.pcsc {
		slot := new(apdu.VirtualSlot)
		slot.Put(card)
		return slot, func() {}, nil
	}
	service, err := pcscd.Start(ctx, io.Discard)
	if err != nil {
		return nil, nil, coded(exitNoDevice, err)
	}
	stop = func() { _ = service.Stop() }
	conn, err := service.Connect(ctx)
	if err != nil {
		stop()
		return nil, nil, coded(exitNoDevice, err)
	}
	go func() { _ = chip.ServeVPCD(ctx, conn, card) }()
	if slot, err = pcsc.Open(pcscd.Reader); err != nil {
		stop()
		return nil, nil, err
	}
	return slot, stop, nil
}
