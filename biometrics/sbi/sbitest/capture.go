package sbitest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tram-station/tram/biometrics"
)

// fingers are the interface's names of them.
var fingers = map[string]biometrics.Finger{
	"UNKNOWN":     0,
	"Right Thumb": 1, "Right IndexFinger": 2, "Right MiddleFinger": 3, "Right RingFinger": 4, "Right LittleFinger": 5,
	"Left Thumb": 6, "Left IndexFinger": 7, "Left MiddleFinger": 8, "Left RingFinger": 9, "Left LittleFinger": 10,
}

func nameOf(f biometrics.Finger) string {
	for name, g := range fingers {
		if f == g {
			return name
		}
	}
	return ""
}

// order is that in which the fingers of a part are returned.
var order = map[string][]biometrics.Finger{"1": {7, 8, 9, 10}, "2": {2, 3, 4, 5}, "3": {6, 1}}

// loose is a value that services accept as text and as a number.
type loose string

func (l *loose) UnmarshalJSON(b []byte) error {
	*l = loose(strings.Trim(string(b), `"`))
	return nil
}

// asked is a request of RCAPTURE.
type asked struct {
	Env         string            `json:"env"`
	Purpose     string            `json:"purpose"`
	Timeout     loose             `json:"timeout"`
	Time        string            `json:"captureTime"`
	Transaction string            `json:"transactionId"`
	Options     map[string]string `json:"customOpts"`
	Bio         []struct {
		Type     string   `json:"type"`
		Count    loose    `json:"count"`
		Subtypes []string `json:"bioSubType"`
		Without  []string `json:"exception"`
		Score    loose    `json:"requestedScore"`
		DeviceID loose    `json:"deviceId"`
		Module   loose    `json:"deviceSubId"`
		Previous string   `json:"previousHash"`
	} `json:"bio"`
}

var transactions = regexp.MustCompile(`^[A-Za-z0-9-]{4,50}$`)

// check says by which code the interface refuses a request; "" for none.
func (s *Server) check(a *asked) string {
	status, failure := s.state()
	if status != "Ready" {
		return failure["errorCode"]
	}
	if !transactions.MatchString(a.Transaction) {
		return "112"
	}
	if _, err := time.Parse(time.RFC3339, a.Time); err != nil || len(a.Bio) != 1 || a.Env != s.opt.Env || a.Purpose != "Registration" {
		return "113"
	}
	b := &a.Bio[0]
	count, err := strconv.Atoi(string(b.Count))
	score, scoreErr := strconv.Atoi(string(b.Score))
	if previous, hexErr := hex.DecodeString(b.Previous); err != nil || scoreErr != nil || hexErr != nil || len(previous) != 32 ||
		score < 1 || score > 100 || b.Type != "Finger" || b.DeviceID != deviceID || count != len(b.Subtypes) {
		return "113"
	}
	for _, name := range slices.Concat(b.Subtypes, b.Without) {
		f, ok := fingers[name]
		if !ok || f != 0 && s.opt.Kind != "Single" && !slices.Contains(order[string(b.Module)], f) {
			return "113"
		}
	}
	switch {
	case !slices.Contains(s.modules(), string(b.Module)):
		return "113"
	case slices.Equal(b.Subtypes, []string{"UNKNOWN"}):
		return ""
	case s.opt.Kind == "Single" && count != 1, s.opt.Kind != "Single" && count+len(b.Without) != len(order[string(b.Module)]):
		return "109"
	}
	return ""
}

// capture answers RCAPTURE: it waits for the fingers.
func (s *Server) capture(w http.ResponseWriter, r *http.Request, body []byte) {
	var a asked
	if json.Unmarshal(body, &a) != nil {
		answer(w, refused("113"))
		return
	}
	if code := s.check(&a); code != "" {
		answer(w, refused(code))
		return
	}
	answer(w, s.taken(r.Context(), &a))
}

// taken is the answer to a capture. The scanner is free again before it is sent:
// who has read half of it may ask at once.
func (s *Server) taken(ctx context.Context, a *asked) []byte {
	if !s.begin() {
		return refused("111")
	}
	defer s.end()
	limit, err := strconv.Atoi(string(a.Timeout))
	if err != nil {
		return refused("113")
	}
	if s.opt.Deaf {
		ctx = context.WithoutCancel(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(limit)*time.Millisecond)
	defer cancel()
	rolled := a.Options["impression"] == "rolled"
	wanted := s.wanted(a)
	if !s.settle(ctx, wanted, rolled) {
		return refused("101") // nobody reads it when the client went away
	}
	return s.biometrics(a, wanted, rolled)
}

// refused is a capture's answer with a code and nothing else.
func refused(code string) []byte {
	return must(json.Marshal(map[string]any{"biometrics": []any{map[string]any{
		"specVersion": version, "data": "", "hash": "", "error": failed(code),
	}}}))
}

func (s *Server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.taking {
		return false
	}
	s.taking = true
	return true
}

func (s *Server) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taking, s.live = false, nil
}

// wanted are the fingers to return, in the scanner's order.
func (s *Server) wanted(a *asked) []biometrics.Finger {
	var out []biometrics.Finger
	for _, name := range a.Bio[0].Subtypes {
		out = append(out, fingers[name])
	}
	place := func(f biometrics.Finger) int { return slices.Index(order[string(a.Bio[0].Module)], f) }
	slices.SortFunc(out, func(f, g biometrics.Finger) int { return place(f) - place(g) })
	return out
}

// settle waits until fingers lie on the scanner and lie still.
func (s *Server) settle(ctx context.Context, wanted []biometrics.Finger, rolled bool) bool {
	seen := s.opt.Draw(wanted[0], rolled)
	for {
		s.mu.Lock()
		laid, changed := s.laid, s.changed
		s.live = nil
		if laid {
			s.live = seen
		}
		s.mu.Unlock()
		still := time.NewTimer(s.opt.Settle)
		defer still.Stop()
		if !laid {
			still.Stop()
		}
		select {
		case <-still.C:
			return true
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}

// biometrics makes and signs the fingers, with the faults of the script.
func (s *Server) biometrics(a *asked, wanted []biometrics.Finger, rolled bool) []byte {
	fault := s.take("fingers")
	switch fault {
	case FaultReplay:
		if b := s.before(); b != nil {
			return b
		}
		a.Transaction = "another-transaction"
	case FaultFinger:
		wanted = slices.Clone(wanted)
		wanted[0] = wanted[0]%10 + 1
		for slices.Contains(wanted[1:], wanted[0]) {
			wanted[0] = wanted[0]%10 + 1
		}
	case FaultFewer:
		wanted = wanted[1:]
	case FaultMore:
		wanted = append(slices.Clone(wanted), wanted[0]%10+1)
	case FaultTwice:
		wanted = slices.Repeat(wanted[:1], max(len(wanted), 2))
	}
	if code, ok := strings.CutPrefix(string(fault), errorPrefix); ok {
		return refused(code)
	}
	list := []any{}
	hash := a.Bio[0].Previous
	for _, f := range wanted {
		record := s.record(f, rolled, s.opt.Draw(f, rolled), fault)
		hash = s.chain(hash, record)
		if fault == FaultHash {
			hash = s.chain(hash, nil)
		}
		list = append(list, map[string]any{
			"specVersion": version, "data": s.data(a, f, record, fault), "hash": hash, "error": failed("0"),
		})
	}
	b := must(json.Marshal(map[string]any{"biometrics": list}))
	if fault == "" {
		s.mu.Lock()
		s.last = b
		s.mu.Unlock()
	}
	return b
}

// before is the answer to the last capture; nil where there was none.
func (s *Server) before() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

// chain continues the chain of hashes with a record.
func (s *Server) chain(previous string, record []byte) string {
	this := sha256.Sum256(record)
	joined := slices.Concat(must(hex.DecodeString(previous)), this[:])
	if s.opt.Texts {
		joined = []byte(strings.ToUpper(previous + hex.EncodeToString(this[:])))
	}
	sum := sha256.Sum256(joined)
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// data signs one finger.
func (s *Server) data(a *asked, f biometrics.Finger, record []byte, fault Fault) string {
	by, serial, at := s.keys.device, s.opt.Serial, s.opt.Now()
	claims := map[string]any{}
	score := any(strconv.FormatFloat(s.opt.Score, 'f', 1, 64))
	switch fault {
	case FaultOtherDevice:
		serial = newSerial()
	case FaultOtherKey:
		by = s.keys.second
	case FaultOtherRoot:
		by = s.keys.foreign
	case FaultExpired:
		by = s.keys.expired
	case FaultStale:
		at = at.Add(-time.Hour)
	case FaultScore:
		score = "NaN"
	case FaultPurpose:
		claims["purpose"] = "Auth"
	}
	for k, v := range map[string]any{
		"digitalId": s.keys.chip.sign(s.digital(serial)), "deviceCode": s.opt.Serial, "deviceServiceVersion": version,
		"bioType": "Finger", "bioSubType": nameOf(f), "purpose": a.Purpose, "env": a.Env, "bioValue": encode(record),
		"transactionId": a.Transaction, "timestamp": at.UTC().Format(time.RFC3339),
		"requestedScore": a.Bio[0].Score, "qualityScore": score,
	} {
		if claims[k] == nil {
			claims[k] = v
		}
	}
	token := by.sign(claims)
	switch fault {
	case FaultSignature:
		return spoiled(token)
	case FaultUnsigned:
		return stripped(token)
	}
	return token
}

// stripped takes a token's signature away.
func stripped(token string) string {
	return unsigned(map[string]string{"alg": "none"}) + "." + strings.Split(token, ".")[1] + "."
}

// spoiled changes one bit of a token's signature.
func spoiled(token string) string {
	at := strings.LastIndexByte(token, '.') + 10
	c := byte('A')
	if token[at] == c {
		c = 'B'
	}
	return token[:at] + string(c) + token[at+1:]
}
