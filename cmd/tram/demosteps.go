package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"strings"
	"time"

	"github.com/tram-station/tram/kiosk/enrol"
)

// steps prints what the demo does, a line a step with its seconds.
type steps struct {
	a     *app
	start time.Time // of the demo
	since time.Time // of the step
	vi    string
	en    string
	drawn bool // a progress bar stands on the line
}

func newSteps(a *app) *steps { return &steps{a: a, start: time.Now()} }

func (s *steps) begin(vi, en string) { s.vi, s.en, s.since = vi, en, time.Now() }

func (s *steps) line(text string) {
	if !s.a.json {
		fmt.Fprintln(s.a.stdout, text)
	}
}

// done ends the step with what came of it.
func (s *steps) done(result string) {
	took := time.Since(s.since)
	if s.a.json {
		_ = s.a.printJSON(map[string]any{"step": s.en, "seconds": took.Seconds(), "result": result})
		return
	}
	s.clear()
	fmt.Fprintf(s.a.stdout, "✓ %s%s%6.2f s  %s\n", padded(s.vi, 24), padded(s.en, 22), took.Seconds(), result)
}

// padded fills text with spaces up to width letters.
func padded(text string, width int) string {
	return text + strings.Repeat(" ", max(1, width-len([]rune(text))))
}

// bar draws how far the step is.
func (s *steps) bar(done, total int, what string) {
	if s.a.json || total == 0 || !terminal(s.a.stderr) {
		return
	}
	const width = 24
	full := min(width*done/total, width)
	fmt.Fprintf(s.a.stderr, "\r\x1b[K  %s%s %3d %%  %s", strings.Repeat("█", full), strings.Repeat("░", width-full), 100*done/total, what)
	s.drawn = true
}

func (s *steps) clear() {
	if s.drawn {
		fmt.Fprint(s.a.stderr, "\r\x1b[K")
		s.drawn = false
	}
}

// walk is one enrolment through the daemon's API.
type walk struct {
	*client
	show   *steps
	camera *demoCamera
	code   func(context.Context) (string, error)
	last   *enrol.Snapshot
}

// command sends one command and keeps the answer as the latest snapshot.
func (w *walk) command(ctx context.Context, name string, args any) error {
	s, err := w.do(ctx, name, args)
	if err == nil {
		w.last = s
	}
	return err
}

// enrolOne enrols the citizen of the card, who gets the codes of the messages,
// and waits for the receipt.
func enrolOne(ctx context.Context, show *steps, url, qr string, cam *demoCamera, code func(context.Context) (string, error)) error {
	w := &walk{client: &client{base: url}, show: show, camera: cam, code: code}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for _, step := range []func(context.Context) error{
		w.signIn,
		func(ctx context.Context) error { return w.card(ctx, qr) },
		w.person, w.phone, w.portrait, w.fingers, w.papers, w.seal, w.custody,
	} {
		if err := step(ctx); err != nil {
			show.clear()
			return err
		}
	}
	return nil
}

func (w *walk) signIn(ctx context.Context) error {
	w.show.begin("Cán bộ đăng nhập", "officer signs in")
	if err := w.login(ctx, demoOfficer, demoPIN); err != nil {
		return err
	}
	for _, name := range []string{"begin", "notice"} {
		if err := w.command(ctx, name, nil); err != nil {
			return err
		}
	}
	w.show.done("mã PIN; đã đọc thông báo theo luật")
	return nil
}

func (w *walk) card(ctx context.Context, qr string) error {
	w.show.begin("Đọc chip", "chip")
	if err := w.command(ctx, "scan", enrol.ScanArgs{QR: qr}); err != nil {
		return err
	}
	err := w.until(ctx, func(s *enrol.Snapshot) bool {
		w.show.bar(s.Chip.Done, s.Chip.Total, s.Chip.Step)
		return s.Chip.State == "done"
	})
	if err != nil {
		return err
	}
	passed := 0
	for _, c := range w.last.Checks {
		if c.Outcome.String() == "passed" {
			passed++
		}
	}
	w.show.done(fmt.Sprintf("%s, %d byte, %d kiểm tra đạt", w.last.Chip.Access, w.last.Chip.Done, passed))
	return nil
}

func (w *walk) person(ctx context.Context) error {
	w.show.begin("Xác nhận thông tin", "person")
	if err := w.command(ctx, "confirm-person", enrol.PersonArgs{Phone: demoPhone}); err != nil {
		return err
	}
	if err := w.command(ctx, "register-check", nil); err != nil {
		return err
	}
	if err := w.until(ctx, func(s *enrol.Snapshot) bool { return s.Register.State == "done" }); err != nil {
		return err
	}
	result := "chưa đối chiếu với cơ sở dữ liệu"
	if checks := w.last.Register.Checks; len(checks) > 0 {
		result = checks[0].Words.VI
	}
	w.show.done(fmt.Sprintf("%d trường từ chip và bản in; %s", len(w.last.Person.Fields), result))
	return nil
}

// phone has the citizen type the code that was sent to them.
func (w *walk) phone(ctx context.Context) error {
	w.show.begin("Số thuê bao", "phone")
	err := w.until(ctx, func(s *enrol.Snapshot) bool { return s.Phone.State != "asking" })
	if err != nil {
		return err
	}
	if w.last.Phone.State == "ready" {
		if err := w.verify(ctx); err != nil {
			return err
		}
	}
	w.show.done(w.last.Phone.Words.VI)
	return nil
}

func (w *walk) verify(ctx context.Context) error {
	if err := w.command(ctx, "phone-send", nil); err != nil {
		return err
	}
	if err := w.until(ctx, func(s *enrol.Snapshot) bool { return s.Phone.State != "ready" }); err != nil || w.last.Phone.State != "sent" {
		return err
	}
	code, err := w.code(ctx)
	if err != nil {
		return err
	}
	if err := w.command(ctx, "phone-code", enrol.CodeArgs{Code: enrol.OTP(code)}); err != nil {
		return err
	}
	return w.until(ctx, func(s *enrol.Snapshot) bool { return !s.Phone.Busy })
}

func (w *walk) portrait(ctx context.Context) error {
	w.show.begin("Ảnh chân dung", "portrait")
	if err := w.shoot(ctx); err != nil {
		return err
	}
	// Both pictures are drawn from one seed: the demo's officer sees one person.
	match, accept := w.last.Portrait.Match, enrol.PortraitArgs{Same: true, Reason: "demo: drawn from one seed"}
	if err := w.command(ctx, "portrait-accept", accept); err != nil {
		return err
	}
	compared := match.Words.VI
	if match.State == "done" {
		compared = fmt.Sprintf("%s (%.2f)", compared, match.Score)
	}
	good := 0
	for _, m := range w.last.Portrait.Measures {
		if m.OK {
			good++
		}
	}
	w.show.done(fmt.Sprintf("tự chụp qua %s, đạt %d/%d chỉ số; %s", w.camera.used.Load(), good, len(w.last.Portrait.Measures), compared))
	return nil
}

// shoot has the portrait taken and compared. Where the tries are used up, as on
// a very slow machine, it is taken by hand.
func (w *walk) shoot(ctx context.Context) error {
	command, args := "portrait-start", any(nil)
	for pressed := false; ; {
		if err := w.command(ctx, command, args); err != nil {
			return err
		}
		err := w.until(ctx, func(s *enrol.Snapshot) bool {
			p := s.Portrait
			w.show.bar(min(len(p.Measures), 1), 1, p.Guidance.VI)
			switch p.State {
			case "taken":
				return p.Match.State == "done" || p.Match.State == "not-done"
			case "live":
				return p.Waits && !pressed
			}
			return p.State == "missed" || p.State == "used-up"
		})
		if err != nil || w.last.Portrait.State == "taken" {
			return err
		}
		pressed = w.last.Portrait.Waits
		if w.last.Portrait.Left == 0 {
			command, args = "portrait-manual", enrol.ReasonArgs{Reason: "device"}
		}
	}
}

func (w *walk) papers(ctx context.Context) error {
	w.show.begin("Giấy tờ và đồng ý", "documents and consent")
	d := w.last.Rules.Documents[0]
	docs := []enrol.Document{{Type: d.Type, Number: d.Example, OriginalSeen: true}}
	if err := w.command(ctx, "documents", enrol.DocumentsArgs{Documents: docs}); err != nil {
		return err
	}
	consent := enrol.ConsentArgs{Registration: true, Documents: []bool{true}}
	if err := w.command(ctx, "consent", consent); err != nil {
		return err
	}
	w.show.done(d.Words.VI + ", đã đồng ý")
	return nil
}

func (w *walk) seal(ctx context.Context) error {
	w.show.begin("Ký và niêm phong", "sign and seal")
	// The last answer of the register is seconds away at most.
	if err := w.until(ctx, func(s *enrol.Snapshot) bool { return s.Register.State != "asking" }); err != nil {
		return err
	}
	for _, name := range []string{"sign", "seal"} {
		if err := w.command(ctx, name, nil); err != nil {
			return err
		}
	}
	if err := w.until(ctx, func(s *enrol.Snapshot) bool { return s.Step == enrol.StepDone }); err != nil {
		return err
	}
	w.show.done("age ML-KEM-768 + X25519, COSE ES256; đã niêm phong, chờ gửi")
	return nil
}

// until follows the snapshots until done holds; a final problem ends it.
func (w *walk) until(ctx context.Context, done func(*enrol.Snapshot) bool) error {
	return w.follow(ctx, func(s *enrol.Snapshot) (bool, error) {
		w.last = s
		return done(s), nil
	})
}

func encodeJPEG(img image.Image, quality int) ([]byte, error) {
	var b bytes.Buffer
	err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality})
	return b.Bytes(), err
}

// custody waits until the gateway's receipt is verified and stored.
func (w *walk) custody(ctx context.Context) error {
	w.show.begin("Gửi và nhận biên nhận", "sync and receipt")
	for {
		queue, err := w.queue(ctx)
		if err != nil {
			return err
		}
		for _, d := range queue {
			if w.last.Receipt == nil || d.ID != w.last.Receipt.ID {
				continue
			}
			switch d.State {
			case "custody":
				w.show.done(fmt.Sprintf("%d byte đã gửi; chữ ký biên nhận đúng", d.Bytes))
				w.receipt(d)
				return nil
			case "refused":
				return coded(exitRefused, fmt.Errorf("the gateway refused the dossier: %s", d.Detail))
			}
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// receipt shows what the citizen goes home with, and where the time went.
func (w *walk) receipt(d queued) {
	if w.show.a.json {
		_ = w.show.a.printJSON(map[string]any{
			"receipt": map[string]any{"id": d.ID, "state": d.State, "log_position": d.LogPosition, "bytes": d.Bytes},
			"seconds": time.Since(w.show.start).Seconds(),
		})
		return
	}
	var machine float64
	for _, s := range w.last.Steps {
		machine += s.MachineSeconds
	}
	r := w.last.Receipt
	w.show.line("")
	w.show.line("  Giấy tiếp nhận và hẹn trả kết quả")
	w.show.line("  Hồ sơ     " + d.ID)
	w.show.line("  Công dân  " + r.Initials + "  " + r.Number)
	w.show.line(fmt.Sprintf("  Sổ nhật ký số %d · Đã gửi xử lý hồ sơ · Miễn phí", d.LogPosition))
	w.show.line("")
	w.show.line(fmt.Sprintf("  %.2f s in all, %.2f s of them waiting for the enrolment's devices", time.Since(w.show.start).Seconds(), machine))
}
