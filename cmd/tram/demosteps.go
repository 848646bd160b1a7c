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
	const width = 26
	pad := strings.Repeat(" ", max(0, width-len([]rune(s.vi))))
	fmt.Fprintf(s.a.stdout, "✓ %s%s %6.2f s  %s\n", s.vi, pad, took.Seconds(), result)
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

// enrolOne enrols the citizen of the card and waits for the receipt.
func enrolOne(ctx context.Context, show *steps, url, qr string, cam *demoCamera) error {
	w := &walk{client: &client{base: url}, show: show, camera: cam}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for _, step := range []func(context.Context) error{
		w.signIn,
		func(ctx context.Context) error { return w.card(ctx, qr) },
		w.person, w.portrait, w.fingers, w.papers, w.seal, w.custody,
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
	if err := w.login(ctx, demoPIN); err != nil {
		return err
	}
	for _, name := range []string{"begin", "notice"} {
		if err := w.command(ctx, name, nil); err != nil {
			return err
		}
	}
	w.show.done("PIN, thông báo theo luật đã đọc")
	return nil
}

func (w *walk) card(ctx context.Context, qr string) error {
	w.show.begin("Đọc chip", "chip")
	if err := w.command(ctx, "scan", enrol.ScanArgs{QR: qr}); err != nil {
		return err
	}
	read := 0
	err := w.until(ctx, func(s *enrol.Snapshot) bool {
		w.show.bar(s.Chip.Done, s.Chip.Total, s.Chip.Step)
		read = max(read, s.Chip.Done)
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
	w.show.done(fmt.Sprintf("%s, %d bytes, %d checks passed", w.last.Chip.Access, read, passed))
	return nil
}

func (w *walk) person(ctx context.Context) error {
	w.show.begin("Xác nhận thông tin", "person")
	if err := w.command(ctx, "confirm-person", enrol.PersonArgs{Phone: "0900000001"}); err != nil {
		return err
	}
	if err := w.command(ctx, "register-check", nil); err != nil {
		return err
	}
	w.show.done(fmt.Sprintf("%d fields; register: chưa đối chiếu", len(w.last.Person.Fields)))
	return nil
}

func (w *walk) portrait(ctx context.Context) error {
	w.show.begin("Ảnh chân dung", "portrait")
	if err := w.command(ctx, "portrait-start", nil); err != nil {
		return err
	}
	err := w.until(ctx, func(s *enrol.Snapshot) bool {
		w.show.bar(min(len(s.Portrait.Measures), 1), 1, s.Portrait.Guidance.VI)
		return s.Portrait.State == "done"
	})
	if err != nil {
		return err
	}
	good := 0
	for _, m := range w.last.Portrait.Measures {
		if m.OK {
			good++
		}
	}
	w.show.done(fmt.Sprintf("tự chụp (%s), %d/%d measures good", w.camera.used.Load(), good, len(w.last.Portrait.Measures)))
	return nil
}

func (w *walk) fingers(ctx context.Context) error {
	w.show.begin("Thu nhận vân tay", "fingers")
	required := len(w.last.Fingers)
	for i, f := range w.last.Fingers {
		if !f.Required {
			continue
		}
		if err := w.command(ctx, "fingers-start", enrol.FingerArgs{Finger: int(f.Finger)}); err != nil {
			return err
		}
		err := w.until(ctx, func(s *enrol.Snapshot) bool {
			w.show.bar(i, required, s.Fingers[i].Words.VI)
			return s.Fingers[i].State == "done"
		})
		if err != nil {
			return err
		}
	}
	var scores []string
	for _, f := range w.last.Fingers {
		if f.Quality != nil {
			scores = append(scores, fmt.Sprintf("%s %d", f.Words.VI, f.Quality.Score))
		}
	}
	w.show.done(strings.Join(scores, ", "))
	return nil
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
	w.show.done(d.Words.VI)
	return nil
}

func (w *walk) seal(ctx context.Context) error {
	w.show.begin("Ký và niêm phong", "sign and seal")
	for _, name := range []string{"sign", "seal"} {
		if err := w.command(ctx, name, nil); err != nil {
			return err
		}
	}
	if err := w.until(ctx, func(s *enrol.Snapshot) bool { return s.Step == enrol.StepDone }); err != nil {
		return err
	}
	w.show.done("age hybrid + COSE, trong hàng đợi")
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
				w.show.done(fmt.Sprintf("hồ sơ %s…, %d bytes, sổ nhật ký số %d, biên nhận đã kiểm tra chữ ký", d.ID[:8], d.Bytes, d.LogPosition))
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
