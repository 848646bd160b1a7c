package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tram-station/tram/biometrics/browser"
	"github.com/tram-station/tram/kiosk"
	"github.com/tram-station/tram/kiosk/enrol"
	"github.com/tram-station/tram/mrz/serial"
	"github.com/tram-station/tram/reader/apdu"
	"github.com/tram-station/tram/reader/pcsc"
)

// runOptions are the flags of `tram run`.
type runOptions struct {
	id, data, listen, pairing, trust string
	reader, camera, port, models     string
	rules                            string
	scanner, vouch                   string // the fingerprint reader, and who vouches for it
	tpm, kind, office                string
	origins                          []string // of other counter software
	light                            lightSettings
}

func newRunCommand(a *app) *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run the station: the kiosk on http://localhost:8420",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return runStation(cmd.Context(), a, o) },
	}
	o.flags(cmd.Flags())
	rulesFlag(cmd.Flags(), &o.rules)
	cmd.Flags().StringVar(&o.kind, "station-kind", enrol.StationKinds[0], "what the station may enrol: "+strings.Join(enrol.StationKinds, ", "))
	cmd.Flags().StringVar(&o.office, "office", "", "file that says who receives, for the printed papers (default: office.json in the data folder)")
	cmd.Flags().StringArrayVar(&o.origins, "origin", nil, "pages of this origin may use the API, say http://localhost:3000 (may be repeated)")
	return cmd
}

// flags are those that `tram doctor` shares: it looks at what run would use.
func (o *runOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&o.id, "station", "", "the station's identifier (default: the host's name)")
	f.StringVar(&o.data, "data", defaultData(), "folder of the station's keys, queue and journal")
	f.StringVar(&o.listen, "listen", "localhost:8420", "address of the kiosk, on this machine")
	f.StringVar(&o.pairing, "pairing", "", "the gateway's pairing file (default: pairing.json in the data folder)")
	f.StringVar(&o.trust, "trust", "", "folder with the CSCA certificates to trust (default: trust in the data folder)")
	f.StringVar(&o.reader, "reader", "", "name of the card reader (default: the first)")
	f.StringVar(&o.camera, "camera", defaultCamera(runtime.GOOS),
		"camera: a device, a video file, a folder of pictures, or "+pageCamera+" for the one of the kiosk's page")
	o.light.flags(f)
	f.StringVar(&o.scanner, "scanner", anyScanner, "fingerprint reader: "+scannerUsage())
	f.StringVar(&o.models, "models", "", "model pack: a folder, or a name or name@version of `tram models ls` (default: the newest installed)")
	f.StringVar(&o.vouch, "scanner-trust", "", "folder with the certificates of makers of SBI scanners (default: scanner-trust in the data folder)")
	tpmFlag(f, &o.tpm)
	f.StringVar(&o.port, "scanner-port", "", "port of a serial QR scanner, PORT or PORT@BAUD; a name of /dev/serial/by-id stays")
}

// inData returns path, or the file of that name in the data folder.
func (o *runOptions) inData(path, name string) string {
	if path != "" {
		return path
	}
	return filepath.Join(o.data, name)
}

// voucher is the folder of the certificates that vouch for scanners, "" where
// there is none.
func (o *runOptions) voucher() string {
	if dir := o.inData(o.vouch, "scanner-trust"); o.vouch != "" || exists(dir) {
		return dir
	}
	return ""
}

// doctor looks at the parts that these options name.
func (o *runOptions) doctor() doctor {
	return doctor{
		data: o.data, reader: o.reader, camera: o.camera, port: o.port, pack: o.models, prints: o.scanner, vouch: o.voucher(),
		pairing: o.inData(o.pairing, "pairing.json"), trust: o.inData(o.trust, "trust"), tpm: o.tpm,
	}
}

// devices are the real ones.
func (o *runOptions) devices(log *slog.Logger) (devices, error) {
	scanner, err := scannerNamed(o.scanner, o.voucher())
	if err != nil {
		return devices{}, err
	}
	d := devices{
		slot:    func() (apdu.Slot, error) { return pcsc.Open(o.reader) },
		scanner: scanner,
	}
	if o.camera == pageCamera {
		d.page = browser.New()
		d.camera = d.page.Open
	} else {
		d.camera = openCamera(o.camera, log, o.light.args()...)
	}
	return d, nil
}

// defaultData is where a station keeps its data: the system's place for the
// service, the user's own otherwise.
func defaultData() string {
	if dir := os.Getenv("TRAM_DATA"); dir != "" {
		return dir
	}
	if os.Geteuid() == 0 {
		return "/var/lib/tram"
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "tram-data"
	}
	return filepath.Join(dir, "tram")
}

// check refuses flags that no station could be run with.
func (o *runOptions) check() error {
	for _, origin := range o.origins {
		if _, err := kiosk.ParseOrigin(origin); err != nil {
			return err
		}
	}
	if !slices.Contains(enrol.StationKinds, o.kind) {
		return fmt.Errorf("--station-kind %q is none of %s", o.kind, strings.Join(enrol.StationKinds, ", "))
	}
	return nil
}

func runStation(ctx context.Context, a *app, o runOptions) error {
	id := o.id
	if id == "" {
		var err error
		if id, err = os.Hostname(); err != nil {
			return err
		}
	}
	if err := o.check(); err != nil {
		return coded(exitUsage, err)
	}
	rules, err := loadRules(o.rules)
	if err != nil {
		return err
	}
	var port *serial.Port
	if o.port != "" {
		var err error
		if port, err = scannerPort(o.port); err != nil {
			return err
		}
	}
	d := o.doctor()
	trust := d.trust
	if o.trust == "" && !exists(trust) {
		trust = "" // no list yet: chips are read, their issuer stays inconclusive
	}
	log := slog.New(slog.NewJSONHandler(a.stderr, nil))
	sources, err := o.devices(log)
	if err != nil {
		return err
	}
	watch := &scannerWatch{open: sources.scanner}
	sources.scanner, d.reading = watch.Open, watch.Device
	st, err := openStation(stationConfig{
		id: id, data: o.data, listen: o.listen, pairing: d.pairing, trust: trust, models: o.models, tpm: o.tpm, log: log,
		devices: sources, port: port, doctor: d.state, examine: d.findings, rules: rules, origins: o.origins, kind: o.kind, office: o.office,
	})
	if err != nil {
		return err
	}
	if a.json {
		err = a.printJSON(map[string]any{"url": st.url, "pin": st.pins.Officer.Reveal(), "supervisor_pin": st.pins.Supervisor.Reveal()})
	} else {
		fmt.Fprintf(a.stdout, "Trạm %s: %s\n", version, st.url)
		if pin := st.pins.Officer.Reveal(); pin != "" {
			fmt.Fprintf(a.stdout, "Mã PIN của cán bộ officer-1 (chỉ hiện một lần) / the officer's PIN, shown this once: %s\n", pin)
		}
		if pin := st.pins.Supervisor.Reveal(); pin != "" {
			fmt.Fprintf(a.stdout, "Mã PIN của người phụ trách supervisor-1 (chỉ hiện một lần) / the supervisor's PIN, shown this once: %s\n", pin)
		}
	}
	if err != nil {
		return errors.Join(err, st.close())
	}
	if o.camera != pageCamera {
		go warmCamera(ctx)
	}
	return st.serve(ctx)
}
