// Package rules is the rule pack: who may be enrolled at which station, with
// what proofs, formats, thresholds, tries and deadlines. It is data with a
// version; a change of the law is a new pack and no new code. Packs of several
// versions are in use side by side: each enrolment keeps the one it began under.
package rules

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/tram-station/tram/biometrics"
	"github.com/tram-station/tram/biometrics/face"
	"github.com/tram-station/tram/mrz/compare"
	"github.com/tram-station/tram/reader/verdict"
)

// Pack is one version of the rules.
type Pack struct {
	Version     string   `json:"version"`
	Basis       string   `json:"basis"` // the legal text it follows
	Kind        string   `json:"kind"`  // dossier kind
	Level       int      `json:"level"`
	MinimumAge  int      `json:"minimum_age"`  // years, on the day
	ExpiredCard string   `json:"expired_card"` // "refuse" or "acknowledge"
	Correctable []string `json:"correctable"`  // fields that the officer may replace
	WorkingDays int      `json:"working_days"` // longest time to the result
	// Station is never nil in a pack that was parsed.
	Station *Station `json:"station"`
	// RetentionDays is how earlier packs said what Station.KeepHours says; it is
	// 0 in a pack that was parsed.
	RetentionDays int `json:"retention_days,omitempty"`
	// Fingers: which are required, in the order of capture; one by one
	// ("single"), as slaps ("slaps": then whole slaps are listed), or as slaps
	// and then each one rolled ("slaps-rolled"); how often each is tried; the
	// score (0 to 100) and the number of minutiae that are good enough, where a
	// finger has no score of its own; whether prints of one person that look
	// alike are an issue; and why one may be missing.
	Fingers          Fingers                   `json:"fingers"`
	FingerMode       string                    `json:"finger_mode"`
	FingerTries      int                       `json:"finger_tries"`
	FingerQuality    int                       `json:"finger_quality"`
	FingerThresholds map[biometrics.Finger]int `json:"finger_thresholds,omitempty"`
	FingerMinutiae   int                       `json:"finger_minutiae"`
	FingerSame       bool                      `json:"finger_same"`
	FingerReasons    []FingerReason            `json:"finger_reasons"`
	// Portrait: how often the camera tries by itself, how long a try lasts, what
	// the citizen is asked to do before it ("", "blink" or "turn"), and the
	// reasons for taking it by hand.
	PortraitTries     int             `json:"portrait_tries"`
	PortraitPatience  int             `json:"portrait_patience_s"` // seconds
	PortraitChallenge face.Challenge  `json:"portrait_challenge"`
	PortraitReasons   []ExceptionRule `json:"portrait_reasons"`
	PortraitMinWidth  int             `json:"portrait_min_width,omitempty"` // pixels
	PortraitMinHeight int             `json:"portrait_min_height,omitempty"`
	ReasonLetters     int             `json:"reason_min_letters"` // of a free reason
	Phone             string          `json:"phone"`              // patterns are anchored by the loader
	Email             string          `json:"email"`
	OTP               OTPRule         `json:"otp"`
	// PhoneReasons are why a number may stay unverified. Never empty in a pack
	// that was parsed.
	PhoneReasons []ExceptionRule `json:"phone_reasons"`
	Documents    []DocumentRule  `json:"documents"`
	MaxDocuments int             `json:"max_documents"`
	Signature    bool            `json:"signature,omitempty"` // the citizen signs the consent
	// Papers that are no part of the account: they say who somebody is, or what
	// one person is to another.
	Papers []DocumentRule `json:"papers,omitempty"`
	// Formats of what is written by hand, by the names FormatIDNumber and so on.
	Formats   []Format        `json:"formats,omitempty"`
	Relations []ExceptionRule `json:"relations,omitempty"` // of a dependant to the citizen
	Family    []FamilyRule    `json:"family,omitempty"`    // what is asked where a card is issued
	// Calendar and Exceptions are never nil in a pack that was parsed.
	Calendar   *Calendar   `json:"calendar"`
	Exceptions *Exceptions `json:"exceptions"`
	// Kinds of enrolment; the first is the plain one. Never empty in a pack that
	// was parsed.
	Kinds []Kind `json:"kinds"`

	as      *Kind // what For was asked for
	formats formats
}

// OTPRule is the one-time code's form.
type OTPRule struct {
	Digits  int `json:"digits"`
	Seconds int `json:"seconds"`            // for which it holds
	Resend  int `json:"resend_s,omitempty"` // seconds before another may be sent
	Sends   int `json:"sends,omitempty"`    // how often one is sent in an enrolment
	Tries   int `json:"tries,omitempty"`    // how often one may be mistyped
}

// ExceptionRule is one coded reason.
type ExceptionRule struct {
	Code  string        `json:"code"`
	Words verdict.Words `json:"words"`
}

// FingerReason is one coded reason for a finger that is not captured, and what
// has to prove it.
type FingerReason struct {
	ExceptionRule
	Photo      bool `json:"photo"`      // a picture of the hand
	Supervisor bool `json:"supervisor"` // the approval of a second person
}

//go:embed level2-2026-09.json
var embeddedRules []byte

// Default returns the embedded pack.
func Default() (*Pack, error) { return Parse(embeddedRules) }

// Parse reads a rule pack and refuses one it can not apply in full.
func Parse(b []byte) (*Pack, error) {
	var r Pack
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields() // a word that is misspelt is a rule that is lost
	if err := d.Decode(&r); err != nil {
		return nil, fmt.Errorf("rule pack: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("rule pack: there is something behind it")
	}
	if err := said(b); err != nil {
		return nil, fmt.Errorf("rule pack %q: %w", r.Version, err)
	}
	if r.Station == nil {
		r.Station, r.RetentionDays = earlierStation(r.RetentionDays), 0
	}
	if len(r.Kinds) == 0 {
		r.Kinds = r.earlierKinds()
	}
	if r.Calendar == nil {
		r.Calendar = earlierCalendar()
	}
	if r.PhoneReasons == nil {
		r.PhoneReasons = earlierPhoneReasons()
	}
	if r.Exceptions == nil {
		r.Exceptions = earlierExceptions()
	}
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("rule pack %q: %w", r.Version, err)
	}
	return &r, nil
}

// said reports whether the pack says what it must not leave open: silence would
// ask for less than the law does.
func said(b []byte) error {
	var given struct {
		FingerSame    *bool `json:"finger_same"`
		FingerReasons []struct {
			Code       string `json:"code"`
			Photo      *bool  `json:"photo"`
			Supervisor *bool  `json:"supervisor"`
		} `json:"finger_reasons"`
	}
	if err := json.Unmarshal(b, &given); err != nil {
		return err
	}
	if given.FingerSame == nil {
		return fmt.Errorf("finger_same is true or false")
	}
	for _, x := range given.FingerReasons {
		if x.Photo == nil || x.Supervisor == nil {
			return fmt.Errorf("finger reason %q: photo and supervisor are true or false", x.Code)
		}
	}
	return nil
}

func (r *Pack) check() error {
	switch {
	case r.Version == "" || r.Kind == "":
		return fmt.Errorf("version and kind are required")
	case r.MinimumAge < 0 || r.MaxDocuments < 0 || r.WorkingDays < 1:
		return fmt.Errorf("a number is out of range")
	case r.RetentionDays != 0:
		return fmt.Errorf("retention_days is of earlier packs: station.keep_hours says it")
	case r.ExpiredCard != "refuse" && r.ExpiredCard != "acknowledge":
		return fmt.Errorf("expired_card is refuse or acknowledge")
	}
	for _, name := range r.Correctable {
		if !slices.Contains(correctable, name) {
			return fmt.Errorf("field %q can not be correctable", name)
		}
	}
	for _, check := range []func() error{
		r.checkFingers, r.checkPortrait, r.checkReasons, r.checkStation, r.checkOTP, r.checkPeople, r.Calendar.check, r.Exceptions.check, r.compile, r.checkKinds,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (r *Pack) checkFingers() error {
	switch {
	case !slices.Contains([]string{Single, Slaps, SlapsRolled}, r.FingerMode):
		return fmt.Errorf("finger_mode is %s, %s or %s", Single, Slaps, SlapsRolled)
	case r.FingerTries < 1 || r.FingerMinutiae < 0:
		return fmt.Errorf("finger_tries is at least 1, finger_minutiae at least 0")
	case len(r.FingerReasons) == 0:
		return fmt.Errorf("no finger exception reasons")
	}
	seen := map[biometrics.Finger]bool{}
	for _, f := range r.Fingers {
		if !f.Single() || seen[f] {
			return fmt.Errorf("finger %d is unknown or listed twice", f)
		}
		seen[f] = true
	}
	for _, slap := range AllSlaps {
		all := slap.Fingers()
		n := len(slices.DeleteFunc(all, func(f biometrics.Finger) bool { return !seen[f] }))
		if r.FingerMode != Single && n != 0 && n != len(slap.Fingers()) {
			return fmt.Errorf("%s: fingers has a part of slap %d only", r.FingerMode, slap)
		}
	}
	for f, t := range r.FingerThresholds {
		if !f.Single() || t < 0 || t > MaxScore {
			return fmt.Errorf("finger_thresholds: finger %d, score %d", f, t)
		}
	}
	if r.FingerQuality < 0 || r.FingerQuality > MaxScore {
		return fmt.Errorf("finger_quality is 0 to %d", MaxScore)
	}
	return nil
}

// MaxScore is the best score of a print.
const MaxScore = 100

func (r *Pack) checkPortrait() error {
	switch {
	case r.PortraitMinWidth < 0 || r.PortraitMinHeight < 0:
		return fmt.Errorf("portrait_min_width and portrait_min_height are at least 0")
	case r.PortraitTries < 1 || r.PortraitPatience < 1:
		return fmt.Errorf("portrait_tries and portrait_patience_s are at least 1")
	case !slices.Contains([]face.Challenge{"", face.Blink, face.Turn}, r.PortraitChallenge):
		return fmt.Errorf("portrait_challenge is empty, blink or turn")
	case len(r.PortraitReasons) == 0:
		return fmt.Errorf("no reasons for a portrait by hand")
	}
	return nil
}

// checkReasons refuses a reason that can not be told from another.
func (r *Pack) checkReasons() error {
	var fingers []ExceptionRule
	for _, x := range r.FingerReasons {
		fingers = append(fingers, x.ExceptionRule)
	}
	if len(r.PhoneReasons) == 0 {
		return fmt.Errorf("phone_reasons names one at least, or is left out")
	}
	return errors.Join(distinct("finger_reasons", fingers), distinct("portrait_reasons", r.PortraitReasons), distinct("phone_reasons", r.PhoneReasons))
}

// distinct refuses a list in which a code is empty or stands twice, or has no
// words.
func distinct(list string, rules []ExceptionRule) error {
	for i, x := range rules {
		if !worded(x.Words) {
			return fmt.Errorf("%s: %q has no words in Vietnamese and English", list, x.Code)
		}
		if x.Code == "" || listed(rules[:i], x.Code) {
			return fmt.Errorf("%s: %q is empty or listed twice", list, x.Code)
		}
	}
	return nil
}

func worded(w verdict.Words) bool { return w.VI != "" && w.EN != "" }

// checkOTP allows 0 where earlier packs said nothing.
func (r *Pack) checkOTP() error {
	if o := r.OTP; o.Digits < 0 || o.Seconds < 0 || o.Resend < 0 || o.Sends < 0 || o.Tries < 0 {
		return fmt.Errorf("otp: a number is below 0")
	}
	return nil
}

// Finger returns the rule of a code, nil where there is none.
func (r *Pack) Finger(code string) *FingerReason {
	for i := range r.FingerReasons {
		if r.FingerReasons[i].Code == code {
			return &r.FingerReasons[i]
		}
	}
	return nil
}

// Proofs says what has to prove a reason: both, where the pack does not know it.
func (r *Pack) Proofs(code string) (photo, supervisor bool) {
	rule := r.Finger(code)
	return rule == nil || rule.Photo, rule == nil || rule.Supervisor
}

// PortraitReason reports whether a portrait may be taken by hand for it.
func (r *Pack) PortraitReason(code string) bool { return listed(r.PortraitReasons, code) }

func listed(reasons []ExceptionRule, code string) bool {
	return slices.ContainsFunc(reasons, func(x ExceptionRule) bool { return x.Code == code })
}

// Threshold is the score from which a print of f is good enough.
func (r *Pack) Threshold(f biometrics.Finger) int {
	if t, ok := r.FingerThresholds[f]; ok {
		return t
	}
	return r.FingerQuality
}

// correctable are the fields that a pack may let the officer replace. Who the
// citizen is, and how old, is what the card says.
var correctable = []string{compare.Nationality, compare.Origin, compare.Residence, compare.Issue, compare.Expiry, compare.OldNumber}
