package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/kiosk"
	"github.com/tram-station/tram/kiosk/journal"
	"github.com/tram-station/tram/offline"
	"github.com/tram-station/tram/offline/queue"
	"github.com/tram-station/tram/offline/uplink"
	"github.com/tram-station/tram/reader/pcsc"
	"github.com/tram-station/tram/reader/verdict"
)

// finding is one part that doctor looked at.
type finding struct {
	Name   string        `json:"name"`
	State  string        `json:"state"` // "ok", "virtual", "waiting" or "missing", as the kiosk shows it
	Detail string        `json:"detail"`
	Next   string        `json:"next,omitempty"` // how to get what is missing
	Needed bool          `json:"needed"`         // an enrolment is worth less, or impossible, without it
	words  verdict.Words // for the officer
}

// attachTimeout bounds how long a part may take to answer.
const attachTimeout = 5 * time.Second

// doctor looks at the parts of one station.
type doctor struct {
	data, pairing, trust, reader, camera string
	port                                 string // of the serial scanner, "" for none
	pack                                 string // the model pack that is asked for, "" for the station's own choice
	prints                               string // the fingerprint reader as --scanner names it
	vouch                                string // the folder of the certificates that vouch for it
	tpm                                  string // as --tpm names it
	// reading asks for the reader of a running station; nil opens it.
	reading func(context.Context) (biometrics.Device, error)
}

func newDoctorCommand(a *app) *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "What is built in, what answers, what is missing and how to get it",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return runDoctor(cmd.Context(), a, o.doctor()) },
	}
	o.flags(cmd.Flags())
	return cmd
}

func runDoctor(ctx context.Context, a *app, d doctor) error {
	findings := d.examine(ctx)
	if a.json {
		if err := a.printJSON(map[string]any{"version": version, "findings": findings}); err != nil {
			return err
		}
	}
	var missing []string
	for _, f := range findings {
		if f.State == "missing" && f.Needed {
			missing = append(missing, f.Name)
		}
		if a.json {
			continue
		}
		mark := map[string]string{"ok": "✓", "virtual": "✓", "waiting": "·", "missing": "✗"}[f.State]
		fmt.Fprintf(a.stdout, "%s %-17s %s\n", mark, f.Name, f.Detail)
		if f.Next != "" {
			fmt.Fprintf(a.stdout, "                    → %s\n", f.Next)
		}
	}
	if len(missing) > 0 {
		return coded(exitNoDevice, fmt.Errorf("missing: %s", strings.Join(missing, ", ")))
	}
	return nil
}

// examine asks every part in turn.
func (d doctor) examine(ctx context.Context) []finding {
	central := d.central(ctx)
	findings := []finding{d.readers(), d.cameras(), d.scanner(), d.models(), d.photographs(ctx), d.roots(), central, d.services(ctx, central), d.disk(), d.keys(), d.documents(), d.sandbox(ctx)}
	findings = append(findings, d.scannerKinds(ctx)...)
	if d.port != "" {
		findings = append(findings, d.qrScanner())
	}
	return findings
}

// state is what the kiosk shows of the parts.
func (d doctor) state(ctx context.Context) []kiosk.Device {
	var out []kiosk.Device
	for _, f := range []finding{d.readers(), d.cameras(), d.scanner(), d.central(ctx)} {
		out = append(out, kiosk.Device{Name: f.Name, State: f.State, Words: f.words})
	}
	return out
}

// findings is all of it, as the kiosk's page of the devices shows it.
func (d doctor) findings(ctx context.Context) []kiosk.Finding { return told(d.examine(ctx)) }

func told(found []finding) []kiosk.Finding {
	out := make([]kiosk.Finding, 0, len(found))
	for _, f := range found {
		out = append(out, kiosk.Finding{Name: f.Name, State: f.State, Detail: f.Detail, Next: f.Next, Needed: f.Needed})
	}
	return out
}

func (d doctor) readers() finding {
	f := finding{Name: "reader", Needed: true}
	names, err := pcsc.List()
	if err == nil && d.reader != "" {
		_, err = pcsc.Open(d.reader)
		names = []string{d.reader}
	}
	switch {
	case err != nil:
		f.State, f.Detail, f.Next = "missing", "no card reader", err.Error()
		f.words = verdict.Words{VI: "Chưa kết nối đầu đọc", EN: "Reader disconnected"}
	case len(names) == 0:
		f.State, f.Detail, f.Next = "missing", "the PC/SC service runs, but no card reader is connected", "connect a PC/SC reader for contactless cards (ISO 14443)"
		f.words = verdict.Words{VI: "Chưa kết nối đầu đọc", EN: "Reader disconnected"}
	default:
		f.State, f.Detail = "ok", strings.Join(names, ", ")
		f.words = verdict.Words{VI: names[0], EN: names[0]}
	}
	return f
}

func (d doctor) cameras() finding {
	f := finding{Name: "camera", Needed: true}
	source := d.camera
	if source == "" {
		source = firstCamera
	}
	if source == pageCamera {
		f.State, f.Detail = "ok", "the camera of the kiosk's page; the browser asks once whether the page may use it"
		f.words = verdict.Words{VI: "Máy ảnh của trình duyệt", EN: "The browser's camera"}
		return f
	}
	program, err := sibling("tram-camera")
	switch {
	case err != nil:
		f.State, f.Detail, f.Next = "missing", "no tram-camera", err.Error()
	case !exists(source) && strings.HasPrefix(source, "/"):
		f.State, f.Detail, f.Next = "missing", "no camera at "+source, "connect a USB camera, or name another with --camera"
	default:
		f.State, f.Detail = "ok", source+" by "+program
		f.words = verdict.Words{VI: "Máy ảnh sẵn sàng", EN: "Camera ready"}
		return f
	}
	f.words = verdict.Words{VI: "Chưa kết nối máy ảnh", EN: "Camera disconnected"}
	return f
}

// models says which pack is in use; without one pigo finds the faces, which is
// less, but not nothing.
func (d doctor) models() finding {
	m, err := loadFaceModels(d.data, d.pack)
	if err != nil {
		return finding{Name: "models", Needed: true, State: "missing", Detail: "no face detector", Next: err.Error()}
	}
	defer closed(m)
	f := finding{Name: "models", Needed: true, State: "ok"}
	var next []string
	if m.lost != nil {
		f.State = "waiting"
		next = append(next, m.lost.Error())
	}
	switch {
	case m.engine == nil:
		f.Detail = m.finder.Model() + " alone: eyes, mouth and pose are not measured, and portraits are not compared with the chip's"
	case m.matcher == nil:
		f.Detail = fmt.Sprintf("%s, in use because %s, in ONNX Runtime %s: portraits are not compared with the chip's", m.finder.Model(), m.choice.Why, m.runtime)
	default:
		f.Detail = fmt.Sprintf("%s, in use because %s; compares by %s; ONNX Runtime %s", m.finder.Model(), m.choice.Why, m.matcher.Model(), m.runtime)
	}
	for _, p := range m.choice.Passed {
		next = append(next, "passed over: "+p.Err.Error())
	}
	f.Next = strings.Join(next, "; ")
	return f
}

// photographs says whether the chip's photograph can be shown where it is JPEG
// 2000. Without that the enrolment goes on: the officer looks at the card.
func (d doctor) photographs(ctx context.Context) finding {
	decoder, err := loadJPEG2000(ctx)
	if err != nil {
		return finding{Name: "jpeg2000", State: "missing", Detail: "photographs of chips in JPEG 2000 are not shown and not compared", Next: err.Error()}
	}
	closed(decoder)
	return finding{Name: "jpeg2000", State: "ok", Detail: "OpenJPEG, in a sandbox"}
}

func (d doctor) roots() finding {
	f := finding{Name: "trust", State: "waiting", Detail: "no trust list: chips are read, but their issuer stays inconclusive",
		Next: "add the CSCA certificates with tram trust import, to " + d.trust}
	folder := d.trust
	if !exists(folder) {
		folder = ""
	}
	t, list, lost, err := central{data: d.data}.trust(folder)
	if err = errors.Join(err, lost); t == nil {
		if err != nil {
			f.Next = err.Error()
		}
		return f
	}
	f.State, f.Next, f.Detail = "ok", "", fmt.Sprintf("%d certificates in %s", len(t.Anchors()), d.trust)
	if list.Kind != "" {
		f.Detail = fmt.Sprintf("%d certificates, of the central's list %s %s and in %s", len(t.Anchors()), list.Name, list.Version, d.trust)
	}
	if err != nil {
		f.State, f.Next = "waiting", err.Error()
	}
	return f
}

// documents says which of the central's documents the station uses, as its last
// start left it.
func (d doctor) documents() finding {
	f := finding{Name: "documents", State: "waiting", Detail: "none of the central's is in use: rules are the built-in ones, trust and models the station's own"}
	var have, lost []string
	for _, kind := range []string{offline.DocumentRules, offline.DocumentTrust, offline.DocumentModels} {
		u, ok, err := central{data: d.data}.record(kind)
		switch {
		case err != nil:
			lost = append(lost, err.Error())
		case ok:
			have = append(have, fmt.Sprintf("%s %s %s (sha256 %.12s…)", u.Kind, u.Name, u.Version, u.Digest))
		}
	}
	if len(have) > 0 {
		f.State, f.Detail = "ok", strings.Join(have, "; ")
	}
	f.Next = strings.Join(lost, "; ")
	return f
}

func (d doctor) central(ctx context.Context) finding {
	f := finding{Name: "central", State: "waiting", words: verdict.Words{VI: "Chưa kết nối trung tâm, hồ sơ chờ gửi", EN: "No connection to the central; dossiers wait"}}
	pairing, err := uplink.LoadPairing(d.pairing)
	if errors.Is(err, os.ErrNotExist) {
		f.State, f.Needed, f.Detail, f.Next = "missing", true, "not paired with a gateway", errNoPairing.Error()
		return f
	}
	if err != nil {
		f.State, f.Needed, f.Detail, f.Next = "missing", true, "pairing not usable", err.Error()
		return f
	}
	ctx, cancel := context.WithTimeout(ctx, attachTimeout)
	defer cancel()
	err = healthy(ctx, pairing)
	if err != nil {
		f.Detail, f.Next = pairing.URL+" does not answer", "dossiers wait and go out by themselves: "+err.Error()
		return f
	}
	return finding{Name: "central", State: "ok", Detail: pairing.URL, words: verdict.Words{VI: "Đã kết nối trung tâm", EN: "Connected to the central"}}
}

// healthy asks a gateway how it is, over the line that dossiers take.
func healthy(ctx context.Context, pairing uplink.Pairing) error {
	roots, err := pairing.Roots()
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(pairing.URL, "/")+"/health", nil)
	if err != nil {
		return err
	}
	client := uplink.Transport{Roots: roots}.Client()
	defer client.CloseIdleConnections()
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer closed(resp.Body)
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	return nil
}

func (d doctor) disk() finding {
	if err := os.MkdirAll(d.data, 0o700); err != nil {
		return finding{Name: "data", Needed: true, State: "missing", Detail: "no data folder", Next: err.Error()}
	}
	probe := filepath.Join(d.data, ".doctor")
	if err := os.WriteFile(probe, nil, 0o600); err != nil {
		return finding{Name: "data", Needed: true, State: "missing", Detail: d.data + " is not writable", Next: err.Error()}
	}
	_ = os.Remove(probe)
	f := finding{Name: "data", Needed: true, State: "ok", Detail: d.data}
	if kept := queue.Asides(filepath.Join(d.data, "queue")); len(kept) > 0 {
		f.Detail = fmt.Sprintf("%s; the queue's index was damaged and built anew, the damaged one is kept: %s", d.data, strings.Join(kept, ", "))
		f.Next = "run tram queue verify and tell support; a disk that loses bits is to be replaced"
		f.words = verdict.Words{VI: "Chỉ mục hàng đợi từng bị hỏng và đã được dựng lại, hãy báo bộ phận hỗ trợ", EN: "The queue's index was damaged and was built anew; tell support"}
	}
	if kept := journal.Asides(filepath.Join(d.data, "journal")); len(kept) > 0 {
		f.Detail += "; the journal of an unfinished enrolment could not be read and is kept: " + strings.Join(kept, ", ")
		f.Next = strings.TrimPrefix(f.Next+"; the citizen of that enrolment has to begin again; tell support, and remove the file once its cause is known", "; ")
		f.words = verdict.Words{VI: "Nhật ký hồ sơ dở dang từng bị hỏng và đã được cất riêng, hãy báo bộ phận hỗ trợ", EN: "The journal of an unfinished enrolment was damaged and set aside; tell support"}
	}
	return f
}
