package sbi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/tram-station/tram/biometrics"
)

// busyPause is the time between two tries while the service still waits for the
// finger of a capture that was called off.
const busyPause = 250 * time.Millisecond

// subtypes are the names of fingers (bioSubType).
var subtypes = [...]string{
	biometrics.UnknownFinger: "UNKNOWN",
	biometrics.RightThumb:    "Right Thumb",
	biometrics.RightIndex:    "Right IndexFinger",
	biometrics.RightMiddle:   "Right MiddleFinger",
	biometrics.RightRing:     "Right RingFinger",
	biometrics.RightLittle:   "Right LittleFinger",
	biometrics.LeftThumb:     "Left Thumb",
	biometrics.LeftIndex:     "Left IndexFinger",
	biometrics.LeftMiddle:    "Left MiddleFinger",
	biometrics.LeftRing:      "Left RingFinger",
	biometrics.LeftLittle:    "Left LittleFinger",
}

func names(fingers []biometrics.Finger) []string {
	out := make([]string, 0, len(fingers))
	for _, f := range fingers {
		out = append(out, subtypes[f])
	}
	return out
}

// Capture asks the scanner for the fingers and returns them, cut and signed by
// the scanner. Beside the errors of [biometrics.Scanner] it may end with
// [ErrUntrusted]. Errors and what they wrap hold nothing of the answer.
func (s *Scanner) Capture(ctx context.Context, req biometrics.Request, preview func(*image.Gray)) (*biometrics.Capture, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	within, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.open, cancel)()
	c, err := s.insist(within, req, preview)
	switch {
	case err == nil:
		return c, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case s.open.Err() != nil:
		return nil, fmt.Errorf("the scanner is closed: %w", biometrics.ErrNoDevice)
	}
	return nil, err
}

// insist captures. While the service still waits for the finger of a capture
// that was called off, it tries again.
func (s *Scanner) insist(ctx context.Context, req biometrics.Request, preview func(*image.Gray)) (*biometrics.Capture, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !s.Takes(req) {
		return nil, biometrics.ErrNotTaken
	}
	for {
		c, err := s.try(ctx, req, preview)
		var e *Error
		if !errors.As(err, &e) || e.Code != codeBusy || !s.cfg.Now().Before(s.busy) {
			return c, err
		}
		select {
		case <-time.After(busyPause):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// try makes one capture with the live picture beside it.
func (s *Scanner) try(ctx context.Context, req biometrics.Request, preview func(*image.Gray)) (*biometrics.Capture, error) {
	x, err := s.exchange(req)
	if err != nil {
		return nil, err
	}
	beside, stop := context.WithCancel(ctx)
	defer stop()
	var frames <-chan *image.Gray
	if preview != nil {
		live := s.remote.stream(beside, streamRequest{
			DeviceID: string(s.device.DeviceID), Module: x.sent.Bio[0].Module, Timeout: x.sent.Timeout,
		}, s.cfg.Patience+s.cfg.Answer)
		live.begin(ctx) // the service shows what is laid down from now on
		frames = live.frames
	}
	type answer struct {
		body []byte
		err  error
	}
	answered := make(chan answer, 1)
	go func() {
		b, err := s.remote.call(ctx, verbCapture, "/capture", x.sent, s.cfg.Patience+s.cfg.Answer, maxCapture)
		answered <- answer{b, err}
	}()
	for {
		select {
		case f := <-frames:
			preview(f)
		case a := <-answered:
			if a.err != nil {
				if ctx.Err() != nil {
					s.busy = x.begun.Add(s.cfg.Patience)
				}
				return nil, a.err
			}
			select { // the last picture may have come with the answer
			case f := <-frames:
				preview(f)
			default:
			}
			x.ended = s.cfg.Now()
			return x.capture(ctx, a.body)
		}
	}
}

// exchange is one RCAPTURE: what was asked, and by what the answer is judged.
type exchange struct {
	scanner *Scanner
	req     biometrics.Request
	sent    captureRequest
	begun   time.Time
	ended   time.Time
}

// exchange prepares a request. A single finger on a slap scanner goes with the
// other fingers of its slap as exceptions: services count both together.
func (s *Scanner) exchange(req biometrics.Request) (*exchange, error) {
	id, err := uuid.NewRandomFromReader(s.cfg.Rand)
	if err != nil {
		return nil, fmt.Errorf("number a capture: %w", err)
	}
	wanted := req.Wanted()
	module, _ := s.device.module(req.Finger)
	var without []biometrics.Finger
	if s.device.ID.Kind != kindSingle && req.Finger != biometrics.UnknownFinger {
		without = slices.DeleteFunc(slapOf(req.Finger).Fingers(), func(f biometrics.Finger) bool { return slices.Contains(wanted, f) })
	}
	x := &exchange{scanner: s, req: req, begun: s.cfg.Now()}
	x.sent = captureRequest{
		Env: s.device.Env, Purpose: purposeRegistration, SpecVersion: s.device.version(),
		Timeout:     strconv.FormatInt(s.cfg.Patience.Milliseconds(), 10),
		Time:        x.begun.UTC().Format(time.RFC3339),
		Transaction: id.String(),
		Bio: []bioRequest{{
			Type: typeFinger, Count: strconv.Itoa(len(wanted)), Subtypes: names(wanted), Exception: names(without),
			Score:    strconv.Itoa(min(max(req.Threshold, 1), 100)),
			DeviceID: string(s.device.DeviceID), Module: strconv.Itoa(module), Previous: firstHash(),
		}},
	}
	if req.Impression == biometrics.Rolled {
		x.sent.Options = s.cfg.RolledOptions
	}
	return x, nil
}

// firstHash begins a chain: that of nothing (§Registration Capture).
func firstHash() string {
	sum := sha256.Sum256(nil)
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// follows reports whether hash continues the chain with a record. The interface
// says "sha256 (previous hash + sha256 hash of the current data)" and leaves open
// whether the hashes or their hexadecimal texts are joined; services do the
// former.
func follows(previous, hash string, record []byte) bool {
	before, err := hex.DecodeString(previous)
	if err != nil {
		return false
	}
	this := sha256.Sum256(record)
	joined := sha256.Sum256(slices.Concat(before, this[:]))
	if strings.EqualFold(hash, hex.EncodeToString(joined[:])) {
		return true
	}
	texts := sha256.Sum256([]byte(strings.ToUpper(previous + hex.EncodeToString(this[:]))))
	return strings.EqualFold(hash, hex.EncodeToString(texts[:]))
}

// capture judges the answer and takes the prints out of it.
func (x *exchange) capture(ctx context.Context, body []byte) (*biometrics.Capture, error) {
	var r captureReply
	if json.Unmarshal(body, &r) != nil {
		return nil, replyError("JSON of another form")
	}
	if len(r.Biometrics) == 0 {
		return nil, x.refused(body)
	}
	wanted := x.req.Wanted()
	prints := make(map[biometrics.Finger]biometrics.Print, len(wanted))
	c := &biometrics.Capture{Request: x.req, Device: x.scanner.Device(), Time: x.ended}
	hash := x.sent.Bio[0].Previous
	for i := range r.Biometrics {
		b := &r.Biometrics[i]
		if err := b.Error.err(); err != nil {
			return nil, err
		}
		if i == len(wanted) {
			return nil, badImage("the scanner returned more than the %d fingers asked for", len(wanted))
		}
		p, record, err := x.print(ctx, b)
		if err != nil {
			return nil, err
		}
		if _, twice := prints[p.Finger]; twice || !slices.Contains(wanted, p.Finger) {
			return nil, badImage("the scanner returned another finger than asked for")
		}
		if !follows(hash, b.Hash, record) {
			return nil, untrusted("the chain of hashes is broken")
		}
		hash = b.Hash
		prints[p.Finger] = *p
		c.Records = append(c.Records, []byte(b.Data))
	}
	if len(prints) < len(wanted) {
		return nil, badImage("the scanner found %d of %d fingers", len(prints), len(wanted))
	}
	for _, f := range wanted {
		c.Prints = append(c.Prints, prints[f])
	}
	c.DPI = c.Prints[0].DPI
	return c, nil
}

// refused is the error of an answer without fingers: services report some
// errors by themselves, alone or in a list.
func (x *exchange) refused(body []byte) error {
	type alone struct {
		Error *failure `json:"error"`
	}
	items, err := list[alone](body)
	if err != nil {
		return err
	}
	for _, i := range items {
		if err := i.Error.err(); err != nil {
			return err
		}
	}
	return badImage("the scanner returned no finger")
}
